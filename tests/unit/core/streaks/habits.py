"""Rounds with the outcomes that a test or Hypothesis chose."""

from datetime import date, timedelta

from hypothesis import strategies as st

from bot.core.streaks.rounds import Outcome, Round

OUTCOMES = st.lists(st.tuples(st.integers(1, 9), st.sampled_from(Outcome)), max_size=60)


def rounds_from(steps: list[tuple[int, Outcome]], per_week: int = 2) -> list[Round]:
    """Rounds so many days apart."""
    day, rounds = date(2026, 1, 1), []
    for days, outcome in steps:
        day += timedelta(days=days)
        rounds.append(Round(day, per_week, outcome))
    return rounds
