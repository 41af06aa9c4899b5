"""What a dialogue is: a short story, with a heading and a sentence in both languages."""

import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from tests.golden.record import Record
from tests.golden.scene import PAGES_ADDRESS, Prepared, Scene, scene

Play = Callable[[Scene], Awaitable[None]]


@dataclass(frozen=True)
class Heading:
    """What stands above a dialogue.

    Attributes:
        title: its name.
        sentence: what it shows.
    """

    title: str
    sentence: str


@dataclass(frozen=True)
class Dialogue:
    """A dialogue.

    Attributes:
        name: a-z and `-`; its pictures are called so.
        headings: what stands above it, by language.
        play: plays it.
        with_pages: whether the bot has pages there; without, no button leads to one.
    """

    name: str
    headings: dict[str, Heading]
    play: Play
    with_pages: bool = False


def dialogue(
    nl: tuple[str, str], en: tuple[str, str], *, with_pages: bool = False
) -> Callable[[Play], Dialogue]:
    """Makes a dialogue of the function that plays it; it is called as the function is.

    Args:
        nl: title and sentence in Dutch.
        en: the same in English.
        with_pages: whether the bot has pages there.
    """

    def made(play: Play) -> Dialogue:
        name = getattr(play, "__name__", "").replace("_", "-")
        headings = {"nl": Heading(*nl), "en": Heading(*en)}
        return Dialogue(name, headings, play, with_pages)

    return made


async def played(one: Dialogue, start: Prepared, language: str) -> Record:
    """What was seen when it was played."""
    with tempfile.TemporaryDirectory() as folder:
        address = PAGES_ADDRESS if one.with_pages else ""
        async with scene(start, Path(folder), language, address) as opened:
            await one.play(opened)
            return opened.record
