"""The last message to somebody who is erased, in each of their chats."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.registry import channel_title, find_channel
from bot.conversation.words import Words
from bot.messages import Address, Farewell, OtherChats, Outgoing
from bot.store.lifecycle import ledger
from bot.store.members import members
from bot.store.nudges import sent_messages
from bot.store.schema.members import MemberRow
from bot.store.teams import digests

RELEVANT_FOR = timedelta(days=7)


async def farewells_for(session: AsyncSession, member: MemberRow, at: datetime) -> OtherChats:
    """Returns the last message for each of a person's chats.

    Call it before the erasure, with which their chats go, and what is known of the messages there.
    """
    ids = await ledger.ids_of_person(session, member.id)
    chats = await members.chats_of_members(session, ids)
    say = Words(member.language)
    in_group = await digests.any_told_without_name(session, ids)
    return [
        (
            Address(*pair),
            _farewell(say, pair[0], await sent_messages.sent_to(session, pair, at), in_group),
        )
        for pair in chats
    ]


def _farewell(say: Words, channel: str, sent_before: list[str], in_group: bool) -> Outgoing:
    specification = find_channel(channel)
    leaves = specification is not None and specification.leaves_chats
    again = say("forget.again_elsewhere" if leaves else "forget.again")
    text = say("forget.done", again=again, channel=channel_title(channel))
    return Outgoing(
        f"{text}\n\n{say('forget.nameless_in_group')}" if in_group else text,
        relevant_for=RELEVANT_FOR,
        farewell=Farewell(say("forget.meanwhile"), tuple(sent_before)),
    )
