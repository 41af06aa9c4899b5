"""What makes a picture stale, and which pictures go to docs/."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from PIL import Image

from bot.core.streaks.team_board import TeamWeek, WeekMark
from tools.docs.gallery import digest_of, metadata, publish, stored_digest

MONDAY = date(2026, 11, 23)


@dataclass(frozen=True)
class Renamed:
    """`TeamWeek` under other names."""

    day: date
    shown_as: str
    titles: frozenset[str]


def drawing(target: Path, digest: str, colour: str) -> bytes:
    """Draws a small picture, and returns the file."""
    Image.new("RGB", (2, 2), colour).save(target, pnginfo=metadata(digest))
    return target.read_bytes()


def test_a_digest_is_about_values_and_not_about_names() -> None:
    week = TeamWeek(MONDAY, WeekMark.MOST, frozenset({"lef"}))
    assert digest_of(week) == digest_of(Renamed(MONDAY, "most", frozenset({"lef"})))
    assert digest_of(week) != digest_of(TeamWeek(MONDAY, WeekMark.HALF, frozenset({"lef"})))


def test_the_order_in_a_set_does_not_count() -> None:
    assert digest_of(frozenset("abc")) == digest_of(frozenset("cba")) == digest_of(list("abc"))


def test_a_value_without_a_plain_form_is_refused() -> None:
    with pytest.raises(TypeError, match="Path cannot be part of a digest"):
        digest_of(Path("x"))


def test_docs_get_a_stale_picture_and_keep_a_current_one(tmp_path: Path) -> None:
    drawn, docs = tmp_path / "drawn", tmp_path / "docs"
    docs.mkdir()
    current, stale, absent = Path("current.png"), Path("stale.png"), Path("new/absent.png")
    (drawn / "new").mkdir(parents=True)
    kept = drawing(docs / current, "1", "red")
    drawing(drawn / current, "1", "blue")
    drawing(docs / stale, "1", "red")
    newer = drawing(drawn / stale, "2", "blue")
    first = drawing(drawn / absent, "3", "green")
    publish([current, stale, absent], drawn, docs)
    contents = [(docs / picture).read_bytes() for picture in (current, stale, absent)]
    assert contents == [kept, newer, first]
    assert stored_digest(docs / "none.png") is None
