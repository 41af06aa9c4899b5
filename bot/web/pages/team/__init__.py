"""The pages of a team: its board for everybody in it, and what its lead can do."""
