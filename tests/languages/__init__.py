"""The languages of the bot."""
