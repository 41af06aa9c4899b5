"""The table in the docs leads from each idea to challenges that exist, and misses none."""

import re
from pathlib import Path

import pytest

from tests.prompts.test_sets import THEMES, every_challenge

DOCS = Path(__file__).parents[2] / "docs"
ROW = re.compile(r"^\| `([a-z-]+)` \| (.+?) \| (.+) \|$", re.MULTILINE)
IDEAS = 80  # of the article, counted when the table was made


@pytest.mark.parametrize("page", ["content.md", "content.en.md"])
def test_each_idea_is_a_challenge(page: str) -> None:
    rows = ROW.findall((DOCS / page).read_text())
    known = {(name, one.id) for name, one in every_challenge()}
    named = {(theme, slug) for theme, _, cell in rows for slug in re.findall(r"`([^`]+)`", cell)}
    assert len(rows) == IDEAS and {theme for theme, _, _ in rows} == set(THEMES)
    assert named <= known


@pytest.mark.parametrize("page", ["content.md", "content.en.md"])
def test_every_challenge_is_on_the_page(page: str) -> None:
    text = (DOCS / page).read_text()
    assert [one.id for _, one in every_challenge() if f"`{one.id}`" not in text] == []
