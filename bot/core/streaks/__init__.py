"""Streaks: the rounds of a member, and what follows from them for a member and for a team."""
