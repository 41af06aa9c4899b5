"""The languages of the bot: a folder for each, with its catalogue and its specification."""
