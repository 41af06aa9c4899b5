"""/koppel: the same person in another chat, and where their nudges come."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversation.context import DeadButton, Misunderstood, Turn
from bot.conversation.words import Words
from bot.messages import Address, Button, Incoming, Outgoing, Reply, Rows
from bot.store.lifecycle import linking
from bot.store.schema.members import MemberRow

NAMES = {"telegram": "Telegram", "matrix": "Matrix", "terminal": "Terminal"}


async def link(turn: Turn, argument: str) -> Reply:
    """/koppel: with a code, this chat and the one it was made in become one person's."""
    if not argument:
        return await show(turn)
    if await linking.owner_of(turn.session, argument, turn.at) == turn.member.id:
        raise Misunderstood("link.own_code")
    owner = await linking.use(turn.session, argument, turn.at)
    if owner is None:
        raise Misunderstood("link.no_such_code")
    before = await linking.chats_of(turn.session, owner)
    also_here = await linking.chats_of(turn.session, turn.member)
    if twice := before.channels & also_here.channels:
        # Messages are known by their id on a platform, and in two chats these may be the same.
        raise Misunderstood("link.twice", channel=_name(min(twice)))
    await linking.absorb(turn.session, turn.vault, owner, turn.member, turn.at)
    return await _linked(turn.session, owner, turn.sender, before, erased=True)


async def link_stranger(session: AsyncSession, incoming: Incoming, say: Words, code: str) -> Reply:
    """The same, from somebody whom we know nothing of here."""
    async with session.begin_nested() as using:
        owner = await linking.use(session, code, incoming.at)
        if owner is None:
            return Reply([Outgoing(say("link.no_such_code"))])
        before = await linking.chats_of(session, owner)
        if incoming.sender.channel in before.channels:
            told = Words(owner.language)("link.twice", channel=_name(incoming.sender.channel))
            await using.rollback()  # the code stays good for another chat
            return Reply([Outgoing(told)])
        await linking.add_chat(session, owner, *incoming.sender.pair)
    return await _linked(session, owner, incoming.sender, before)


async def _linked(
    session: AsyncSession,
    owner: MemberRow,
    here: Address,
    before: linking.Chats,
    *,
    erased: bool = False,
) -> Reply:
    say = Words(owner.language)
    told = say("link.linked_elsewhere", channel=_name(here.channel))
    elsewhere = [(Address(*pair), Outgoing(told)) for pair in before.addresses]
    question = Outgoing(
        f"{say('link.linked')}\n\n{say('link.where')}", buttons=await _channels(session, owner)
    )
    return Reply([question], erased=erased, elsewhere=elsewhere)


async def show(turn: Turn) -> Reply:
    """Which chats are theirs, where nudges come, and a code for another chat."""
    say = turn.say
    chats = await linking.chats_of(turn.session, turn.member)
    code = await linking.new_code(turn.session, turn.member.id, turn.at)
    lines = [say("link.code", code=code)]
    buttons: Rows = ()
    if len(chats.addresses) > 1:
        names = ", ".join(_name(channel) for channel, _ in chats.addresses)
        lines.insert(0, say("link.chats", channels=names))
        buttons = await _channels(turn.session, turn.member)
        buttons += tuple(
            (Button(say("button.unlink", channel=_name(channel)), f"unlink:{channel}"),)
            for channel in sorted(chats.channels)
        )
    return Reply([Outgoing("\n\n".join(lines), buttons=buttons)])


async def press_channel(turn: Turn, channel: str) -> Reply:
    """From now on nudges come there."""
    chats = await linking.chats_of(turn.session, turn.member)
    if channel not in {name for name, _ in chats.addresses}:
        raise DeadButton
    turn.member.nudge_channel = channel
    told = turn.say("link.chosen", channel=_name(channel))
    return Reply([Outgoing(told, replaces=turn.pressed)], notice=told)


async def press_unlink(turn: Turn, channel: str) -> Reply:
    """A chat is theirs no more; one always stays."""
    chats = await linking.chats_of(turn.session, turn.member)
    for name, address in chats.addresses:
        if name == channel and await linking.leave_chat(turn.session, turn.member, name, address):
            told = turn.say("link.unlinked", channel=_name(channel))
            return Reply([Outgoing(told, replaces=turn.pressed)], notice=told)
    raise DeadButton


async def _channels(session: AsyncSession, member: MemberRow) -> Rows:
    chats = await linking.chats_of(session, member)
    return tuple(
        (Button(f"{_name(name)} ✓" if name == chats.chosen else _name(name), f"channel:{name}"),)
        for name in sorted(chats.channels)
    )


def _name(channel: str) -> str:
    return NAMES.get(channel, channel)
