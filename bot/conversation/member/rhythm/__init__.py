"""Rhythm: when nudges come, and when none do."""
