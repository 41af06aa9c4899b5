"""Rhythm: the moments of a member, the days off, and what is postponed or spread."""
