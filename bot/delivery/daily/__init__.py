"""What is done once a day: deleting what is too old, and backups."""
