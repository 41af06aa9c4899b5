"""The pages of an admin: the teams, the roles, and how the bot itself is doing."""
