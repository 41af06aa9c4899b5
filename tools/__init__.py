"""What the project's developers run besides the bot."""
