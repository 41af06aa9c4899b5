"""The same person's chats on two channels."""

import re
from dataclasses import dataclass

from tests.support.fakes import FakeMember, FixedClock


@dataclass
class LinkedChats:
    """An application with two channels, and the same person's chats on both."""

    telegram: FakeMember
    matrix: FakeMember
    clock: FixedClock

    async def code(self, of: FakeMember) -> str:
        """A fresh code, made in one of the chats."""
        await of.says("/koppel")
        code = re.search(r"/koppel (\w{4}-\w{4})", of.last.text)
        assert code is not None
        return code[1]

    async def link(self) -> None:
        """The chat on Matrix becomes one with the one on Telegram."""
        await self.uses(await self.code(self.telegram))

    async def uses(self, code: str, owner: FakeMember | None = None) -> None:
        """The chat on Matrix uses this code, and both chats confirm."""
        joining = self.matrix if owner is None else self.telegram
        await joining.says(f"/koppel {code}")
        await joining.presses("Koppelen", joining.last)
        await (owner or self.telegram).presses("Koppelen")

    async def week_passes(self) -> None:
        """The week in which linking can be undone is over."""
        self.clock.passes(days=7)
        await self.telegram.application.link_expiry.expire()
        await self.tick()

    async def tick(self) -> None:
        """What is due is sent."""
        await self.telegram.application.nudge_sender.tick()


def nudges_of(member: FakeMember) -> int:
    """How many nudges came in this chat."""
    return sum("Lef:" in sheet.text for sheet in member.messages)


async def diary_of(chat: FakeMember) -> str:
    """What /terugblik shows there."""
    seen = len(chat.messages)
    await chat.says("/terugblik")
    return "\n".join(message.text for message in chat.messages[seen:])


async def two_diaries(chats: LinkedChats) -> None:
    """Two people, each with a reflection of their own."""
    await chats.matrix.joins("ma-zo 10:30")
    await chats.telegram.round("Gedaan", "Op Telegram geschreven.")
    await chats.matrix.round("Gedaan", "Op Matrix geschreven.")
