"""That an answer is on its way is shown, in order, and never holds it up."""

import asyncio
from collections.abc import Callable

import pytest

from bot.delivery.replies.typing_indicator import TypingIndicator
from bot.messages import Address, Content, Edited, Incoming, Typed
from tests.support.fakes import FakeChannel, FixedClock

ROOM = "!kamer"


class TypingFake(FakeChannel):
    """Keeps what it was asked to show; begins to show it when it may."""

    def __init__(self, *, at_once: bool = True) -> None:
        super().__init__()
        self.shows_typing_at_once = at_once
        self.shown: list[tuple[str, bool]] = []
        self.may_show, self.asked = asyncio.Event(), asyncio.Event()
        self.ended = asyncio.Event()
        self.meanwhile: Callable[[], object] | None = None

    async def typing(self, to: str) -> None:
        """Keeps that it was shown, once it may be."""
        self.asked.set()
        await self.may_show.wait()
        self.shown.append((to, True))

    async def typing_ended(self, to: str) -> None:
        """Keeps that it ended."""
        self.shown.append((to, False))
        self.meanwhile, meanwhile = None, self.meanwhile
        if meanwhile is not None:
            meanwhile()
        self.ended.set()


def said(content: Content, group: str | None = None) -> Incoming:
    sender = Address("paper", "sanne")
    where = None if group is None else Address("paper", group)
    return Incoming("1", sender, FixedClock()(), content, group=where, room=ROOM)


async def test_it_is_shown_at_once_where_it_was_said_and_ends_after_that() -> None:
    channel = TypingFake()
    end = TypingIndicator({"paper": channel}).show(said(Typed("hallo", "1")))
    await asyncio.wait_for(channel.asked.wait(), 5)
    end()  # while the platform has not even heard that it began
    channel.may_show.set()
    await asyncio.wait_for(channel.ended.wait(), 5)
    assert channel.shown == [(ROOM, True), (ROOM, False)]


async def test_of_a_burst_it_is_shown_once_and_ends_after_the_last() -> None:
    channel = TypingFake()
    channel.may_show.set()
    indicator = TypingIndicator({"paper": channel})
    for _ in range(20):
        end = indicator.show(said(Typed("hallo", "1")))
        await asyncio.sleep(0)
        end()
    await asyncio.wait_for(channel.ended.wait(), 5)
    assert channel.shown == [(ROOM, True), (ROOM, False)]
    channel.ended.clear()
    indicator.show(said(Typed("nog eens", "2")))()
    await asyncio.sleep(0.01)
    assert channel.shown == [(ROOM, True), (ROOM, False)], "it was there before anything was shown"


async def test_a_question_that_comes_while_it_ends_is_shown_again() -> None:
    channel = TypingFake()
    channel.may_show.set()
    indicator = TypingIndicator({"paper": channel})
    end = indicator.show(said(Typed("hallo", "1")))
    await asyncio.wait_for(channel.asked.wait(), 5)
    channel.meanwhile = lambda: ends.append(indicator.show(said(Typed("en nog iets", "2"))))
    ends: list[Callable[[], None]] = []
    end()
    await asyncio.wait_for(channel.ended.wait(), 5)
    channel.ended.clear()
    ends.pop()()
    await asyncio.wait_for(channel.ended.wait(), 5)
    assert channel.shown == [(ROOM, True), (ROOM, False)] * 2


@pytest.mark.parametrize(
    ("incoming", "at_once"),
    [
        (said(Typed("hallo", "1")), False),
        (said(Typed("hallo", "1"), group="griffie"), True),
        (said(Edited("hallo", "1")), True),
    ],
    ids=["another platform", "a group", "an edit"],
)
async def test_it_is_not_shown_at_once_for(incoming: Incoming, at_once: bool) -> None:
    channel = TypingFake(at_once=at_once)
    channel.may_show.set()
    end = TypingIndicator({"paper": channel}).show(incoming)
    await asyncio.sleep(0.01)
    assert channel.shown == []
    end()
