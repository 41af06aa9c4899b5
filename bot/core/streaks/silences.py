"""Silences: rounds that arrived and were not answered at all, in a row."""

SILENCES = 3
"""After so many the bot asks once whether less often suits better, and then keeps quiet."""
