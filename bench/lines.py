"""What a measurement says: one line of the table."""

import math
from collections.abc import Sequence
from dataclasses import dataclass


def p99(seconds: Sequence[float]) -> float:
    """The time that 99 of 100 did not exceed."""
    return sorted(seconds)[math.ceil(len(seconds) * 0.99) - 1]


@dataclass(frozen=True, slots=True)
class Line:
    """One measurement beside its baseline.

    Attributes:
        name: what was measured, and against what.
        ours: what came out, in `unit`.
        baseline: the same of the baseline, from the same run.
        unit: `ms`, `s`, `kB`, `MB` or `/s`.
        at_most: the ratio of ours to the baseline that it must not exceed; None: nothing asked.
        at_least: the ratio that it must reach; None: nothing asked.
        difference_at_most: how much more than the baseline it may be, in `unit`; None: not asked.
    """

    name: str
    ours: float
    baseline: float
    unit: str
    at_most: float | None = None
    at_least: float | None = None
    difference_at_most: float | None = None

    @property
    def ratio(self) -> float:
        """Ours to the baseline."""
        return self.ours / self.baseline

    @property
    def wanted(self) -> str:
        """What is asked of it."""
        if self.at_most is not None:
            return f"at most {self.at_most:g} x"
        if self.at_least is not None:
            return f"at least {self.at_least:g} x"
        if self.difference_at_most is not None:
            return f"at most {self.difference_at_most:g} {self.unit} more"
        return ""

    @property
    def holds(self) -> bool:
        """Whether it is as asked."""
        return (
            (self.at_most is None or self.ratio <= self.at_most)
            and (self.at_least is None or self.ratio >= self.at_least)
            and (
                self.difference_at_most is None
                or self.ours - self.baseline <= self.difference_at_most
            )
        )

    def row(self) -> str:
        """As a row of a Markdown table."""
        verdict = ("ok" if self.holds else "**MISSED**") if self.wanted else ""
        return (
            f"| {self.name} | {self.ours:,.1f} {self.unit} | {self.baseline:,.1f} {self.unit} "
            f"| {self.ratio:.2f} | {self.wanted} | {verdict} |"
        )
