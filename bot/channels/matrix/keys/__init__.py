"""The keys of the bot's account and device, and what they open."""
