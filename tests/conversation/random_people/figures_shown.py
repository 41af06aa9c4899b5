"""What /streak and /streak why show, compared with the figures of the model."""

from datetime import date

from tests.conversation.random_people import sentences
from tests.conversation.random_people.ledger import DID, Figures


def check(shown: str, why: str, figures: Figures, today: date) -> None:
    """Fails unless both texts have the figures, and the explanation adds up to them."""
    _check_standing(shown, figures)
    assert sentences.number_in(shown, "streak.longest") == figures.longest, (shown, figures)
    assert sentences.says(shown, "streak.joker_free") == figures.joker_is_free(today), shown
    half_year = sentences.values_in(shown, "streak.half_year")
    assert half_year is not None, shown
    numbers = tuple(int(half_year[name]) for name in ("done", "tried", "missed"))
    assert numbers == figures.of_half_a_year(today), (shown, figures)
    explanation, _, standing = why.rpartition("\n\n")
    _check_standing(standing, figures)
    _check_explanation(explanation, figures)


def _check_standing(text: str, figures: Figures) -> None:
    if figures.total and not figures.current:
        assert sentences.number_in(text, "streak.stands") == figures.total, (text, figures)
    else:
        assert sentences.number_in(text, "streak.line") == figures.current, (text, figures)


def _check_explanation(text: str, figures: Figures) -> None:
    """Every round has a line or is summed up, and what the lines say makes the streak."""
    if sentences.says(text, "why.nothing"):
        assert not figures.counted
        return
    older = sentences.values_in(text, "why.older")
    lines = [line for line in text.splitlines() if line.startswith("•")]
    current = did = older_rounds = jokers = 0
    if older is not None:
        current, did, jokers = int(older["streak"]), int(older["done"]), int(older["jokers"])
        older_rounds = did + jokers + int(older["breaks"]) + int(older["others"])
    for line in lines:
        if "→" in line:
            current, did = current + 1, did + 1
            assert line.endswith(f"→ {current}"), text
        elif sentences.says(line, "why.breaks"):
            current = 0
        jokers += sentences.says(line, "why.joker")
    assert current == figures.current, (text, figures)
    assert did == figures.total == sum(how in DID for _, how in figures.counted), (text, figures)
    assert jokers == len(figures.jokers), (text, figures)
    assert older_rounds + len(lines) == len(figures.counted), (text, figures)
