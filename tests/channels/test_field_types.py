"""What a channel hands over has the types that the message types declare."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.channels.base import UndecodableItem
from bot.channels.field_types import checked_types
from bot.membership import GroupMoved, GroupRights, Left
from bot.messages import (
    Address,
    Attached,
    Content,
    Deleted,
    Edited,
    Incoming,
    Pressed,
    Reacted,
    Typed,
    Unreadable,
)

SANNE = Address("telegram", "7")


async def _read() -> bytes:
    return b""


def incoming(content: Any, **more: Any) -> Incoming:  # noqa: ANN401 - of a wrong type as well
    """Something that Sanne did."""
    return Incoming("1", SANNE, datetime(2026, 11, 24, tzinfo=UTC), content, **more)


@pytest.mark.parametrize(
    "content",
    [
        Typed("hoi", "1", "2"),
        Pressed("done:1"),
        Reacted("👍", "1"),
        Edited("hoi", "1"),
        Deleted("1"),
        Unreadable("voice"),
        Attached("set.xlsx", 3, _read),
        Left(),
        GroupRights(may_speak=True),
        GroupMoved("-1001"),
    ],
)
def test_what_is_right_is_handed_over(content: Content) -> None:
    whole = incoming(content, language="nl", name="Sanne", group=SANNE)
    assert checked_types(whole) is whole


@pytest.mark.parametrize("wrong", [5, [], {}, True, b"hoi"])
def test_what_is_wrong_names_the_field_and_no_value(wrong: Any) -> None:  # noqa: ANN401
    for odd, field in (
        (incoming(Typed(wrong, "1")), "Typed.text"),
        (incoming(Pressed(wrong)), "Pressed.action"),
        (incoming(Reacted(wrong, "1")), "Reacted.emoji"),
        (incoming(Attached(wrong, 3, _read)), "Attached.name"),
        (incoming(Left(), language=wrong), "Incoming.language"),
        (incoming(Left(), name=wrong), "Incoming.name"),
        (incoming(wrong), "Incoming.content"),
    ):
        with pytest.raises(UndecodableItem) as caught:
            checked_types(odd)
        assert str(caught.value) == field
