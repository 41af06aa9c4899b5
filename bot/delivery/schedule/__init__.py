"""When something is sent: jobs that sleep until it is due."""
