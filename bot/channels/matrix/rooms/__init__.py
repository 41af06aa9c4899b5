"""Rooms: which there are, what may be said in each, and what others in it see of the bot."""
