"""What the environment and the file of settings say: names, values, and where the database is."""
