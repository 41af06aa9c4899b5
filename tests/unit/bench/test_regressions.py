"""A benchmark says what became worse, by the ratio to the baseline of its own run."""

import pytest

from bench.lines import Line
from bench.regressions import committed_ratios, regressions


def table(*lines: Line) -> str:
    return "# Measurements\n\n| what | ours | baseline | ratio | wanted | |\n|---|\n" + "\n".join(
        line.row() for line in lines
    )


def line(ours: float, baseline: float = 1_000.0, unit: str = "ms", name: str = "a claim") -> Line:
    return Line(name, ours, baseline, unit)


@pytest.mark.parametrize(
    ("unit", "before", "now", "is_worse"),
    [
        ("ms", 1_000, 1_140, False),
        ("ms", 1_000, 1_160, True),
        ("ms", 1_000, 500, False),
        ("/s", 1_000, 900, False),
        ("/s", 1_000, 850, True),
        ("/s", 1_000, 2_000, False),
        ("MB", 1_000, 1_200, True),
    ],
)
def test_more_than_15_percent_worse(unit: str, before: float, now: float, is_worse: bool) -> None:
    committed = committed_ratios(table(line(before, unit=unit)))
    assert bool(regressions([line(now, unit=unit)], committed)) == is_worse


def test_another_machine_that_is_half_as_fast_changes_nothing() -> None:
    committed = committed_ratios(table(line(1_000)))
    assert regressions([line(2_000, baseline=2_000)], committed) == []


def test_it_names_the_line_and_both_ratios() -> None:
    committed = committed_ratios(table(line(1_000, name="claims, PostgreSQL; against bare")))
    [sentence] = regressions([line(2_000, name="claims, PostgreSQL; against bare")], committed)
    assert sentence == "100% worse: claims, PostgreSQL; against bare (ratio 1.00, now 2.00)"


def test_a_new_line_has_nothing_to_be_held_against() -> None:
    assert regressions([line(5_000, name="new")], committed_ratios(table(line(1_000)))) == []


def test_the_committed_results_can_be_read() -> None:
    from bench.__main__ import RESULTS

    assert len(committed_ratios(RESULTS.read_text())) >= 18
