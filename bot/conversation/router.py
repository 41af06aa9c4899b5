"""One incoming message to its handler: what a member did becomes what the bot says."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from inspect import signature

from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversation.context import DeadButton, Misunderstood, Turn, number_in
from bot.conversation.member import (
    absences,
    linking,
    onboarding,
    privacy,
    programmes,
    reflections,
    rhythm,
    streaks,
)
from bot.conversation.member import help as helping
from bot.conversation.member import nudges as nudge
from bot.conversation.team import group_chats, teams
from bot.conversation.trainer import publications, sets
from bot.conversation.trainer.sets import Fetched
from bot.conversation.words import Words, language_for
from bot.core.rounds import COUNTS
from bot.messages import (
    Attached,
    Content,
    Edited,
    Incoming,
    Left,
    Links,
    Outgoing,
    Pressed,
    Reacted,
    Reply,
    Returned,
    Typed,
    Unreadable,
    Withdrawn,
)
from bot.store.db.engine import Database, patiently
from bot.store.lifecycle import linking as chats
from bot.store.members import members, roles
from bot.store.members.roles import Held
from bot.store.members.vault import Vault
from bot.store.nudges import nudges
from bot.store.schema.base import NAME_LENGTH
from bot.store.schema.members import Expecting, MemberRow
from bot.store.schema.nudges import NudgeRow

Handler = Callable[[Turn, str], Awaitable[Reply]]
OnNudge = Callable[..., Awaitable[Reply]]

# Dutch and English names always both work.
COMMANDS: dict[str, Handler] = {
    "start": onboarding.start,
    "nu": nudge.now,
    "now": nudge.now,
    "reeks": streaks.streak,
    "streak": streaks.streak,
    "ritme": rhythm.show,
    "rhythm": rhythm.show,
    "pauze": absences.pause,
    "pause": absences.pause,
    "hervat": absences.resume,
    "resume": absences.resume,
    "terugblik": streaks.review,
    "review": streaks.review,
    "taal": onboarding.language,
    "language": onboarding.language,
    "team": teams.team,
    "sets": sets.sets,
    "programma": programmes.programme,
    "programme": programmes.programme,
    "koppel": linking.link,
    "link": linking.link,
    "privacy": privacy.privacy,
    "export": privacy.export,
    "vergeetmij": privacy.forget,
    "forgetme": privacy.forget,
    "help": helping.show,
}
PRESSES: dict[str, Handler] = {
    "language": onboarding.press_language,
    "rhythm": rhythm.press,
    "now": onboarding.press_now,
    "absence": absences.press_drop,
    "review": streaks.press_review,
    "export": privacy.export,
    "forget": privacy.press_forget,
    "channel": linking.press_channel,
    "unlink": linking.press_unlink,
    "team": teams.press,
    "push": publications.press,
    "programme": programmes.press,
    "sets": sets.press,
}
NUDGE_PRESSES: dict[str, OnNudge] = {
    "done": nudge.done,
    "tried": nudge.tried,
    "later": nudge.later,
    "lateron": nudge.later_on,
    "another": nudge.another,
    "notnow": nudge.not_now,
    "nowords": reflections.no_words,
    "discard": reflections.discard,
    "share": reflections.share,
}
# The same choices as words, for channels and people without buttons.
ANSWER_WORDS: dict[str, OnNudge] = {
    "gedaan": nudge.done,
    "done": nudge.done,
    "geprobeerd": nudge.tried,
    "tried": nudge.tried,
    "later": nudge.later,
    "andere": nudge.another,
    "another": nudge.another,
    "niet nu": nudge.not_now,
    "not now": nudge.not_now,
}
# And what people say with a reaction. What may follow the first character (a tone of skin, the wish
# for a picture) changes nothing.
REACTIONS: dict[str, OnNudge] = {
    **dict.fromkeys("✅☑👍❤🎉🏆💯🔥👏", nudge.done),
    **dict.fromkeys("💪🙈🫡🤝", nudge.tried),
    **dict.fromkeys("⏰🕐", nudge.later),
}
# What may be told a second time: the others would put a nudge off again, or share words anew that
# were taken back meanwhile.
HARMLESS = frozenset({"done", "tried", "another", "notnow", "nowords"})
SKIP_WORDS = frozenset({"overslaan", "skip"})


class Talk:
    """Answers whatever comes in.

    Args:
        database: where everything is kept.
        vault: seals and opens reflections.
        language: to greet in when a platform does not tell.
        zone: the IANA zone of someone who joins.
        links: the addresses that carry an invitation.
        minimum: how many members need to have had a round before a team has figures.
    """

    def __init__(
        self,
        database: Database,
        vault: Vault,
        language: str,
        zone: str,
        links: Links,
        minimum: int,
    ) -> None:
        self._database, self._vault, self._links = database, vault, links
        self._minimum = minimum
        self._language, self._zone = language, zone

    async def answer(self, incoming: Incoming) -> Reply:
        """What the bot says to `incoming`, after changing what it changes, in one transaction.

        What was told before, by the platform's key, changes nothing and gets an empty reply.
        """
        incoming = _tidied(incoming)
        # Fetched before, because nobody else can write while a transaction is open.
        file = await self._fetch(incoming)
        async for attempt in patiently():
            with attempt:
                async with self._database.transaction() as session:
                    reply = await self._first_time(session, incoming, file)
        if reply.erased:
            await self._database.fold()
        return reply

    def greeting_words(self, incoming: Incoming) -> Words:
        """The words for someone whose language is not known from the database."""
        return Words(language_for(incoming.language, self._language))

    async def _fetch(self, incoming: Incoming) -> Fetched | None:
        if not isinstance(incoming.content, Attached):
            return None
        async with self._database.reading() as session:
            member = await members.find(session, *incoming.sender.pair)
            held = Held() if member is None else await roles.of_member(session, member.id)
        return await sets.fetch(incoming.content, held)

    async def _first_time(
        self, session: AsyncSession, incoming: Incoming, file: Fetched | None
    ) -> Reply:
        channel = incoming.sender.channel
        again = await members.heard_before(session, channel, incoming.key, incoming.at)
        if again and not _answers_nudge(incoming.content):
            return Reply()
        member = await members.find(session, *incoming.sender.pair, alone=True)
        if incoming.group is not None:
            return await self._in_group(session, incoming, member)
        if member is None:
            return await self._stranger(session, incoming)
        if isinstance(incoming.content, Left):
            await chats.gone(session, member, *incoming.sender.pair, incoming.at)
            return Reply()
        _welcome_back(member, incoming)
        if incoming.name:
            member.name = incoming.name[:NAME_LENGTH]
        if isinstance(incoming.content, Returned):
            return Reply()
        turn = Turn(
            session,
            member,
            incoming.sender,
            incoming.at,
            self._vault,
            self._links,
            self._minimum,
        )
        say = turn.say
        try:
            async with session.begin_nested():  # what is not understood leaves nothing half done
                reply = await _by_content(turn, incoming, file)
        except Misunderstood as error:
            return Reply([Outgoing(say(error.key, **error.values))])
        if not (reply.erased or member.welcomed or member.expecting):
            # They went another way before the second question; without it no nudge ever comes.
            reply.messages.extend((await onboarding.ask_when(turn)).messages)
        return reply

    async def _in_group(
        self, session: AsyncSession, incoming: Incoming, member: MemberRow | None
    ) -> Reply:
        say = self.greeting_words(incoming) if member is None else Words(member.language)
        text = incoming.content.text if isinstance(incoming.content, Typed) else ""
        command = _command(text.strip())
        if command is not None and command[0] not in COMMANDS:
            return Reply()  # it is for another bot
        return await group_chats.answer(session, incoming, say, command, self._minimum)

    async def _stranger(self, session: AsyncSession, incoming: Incoming) -> Reply:
        say = self.greeting_words(incoming)
        match incoming.content:
            case Typed(text):
                name, code = _command(text.strip()) or ("", "")
                if name == "start":
                    return await onboarding.greet(
                        session, incoming, self._language, self._zone, code
                    )
                if COMMANDS.get(name) is linking.link and code:
                    return await linking.link_stranger(session, incoming, say, code)
            case Left() | Returned() | Edited() | Reacted() | Withdrawn():
                return Reply()
            case Pressed(_, message):
                stale = [Outgoing("", replaces=message)] if message else []
                return Reply(stale, notice=say("stranger.text"))
        return Reply([Outgoing(say("stranger.text"))])


def _answers_nudge(content: Content) -> bool:
    """Whether this is a press that does no harm a second time, and may bring back a lost reply."""
    if isinstance(content, Pressed):
        return content.action.partition(":")[0] in HARMLESS
    return isinstance(content, Reacted)


def _welcome_back(member: MemberRow, incoming: Incoming) -> None:
    """Someone who had gone speaks again: everything is still there, and nudges come again."""
    if member.gone_at is not None:
        member.gone_at = None
        if member.welcomed:
            members.plan(member, incoming.at)


async def _by_content(turn: Turn, incoming: Incoming, file: Fetched | None) -> Reply:
    if file is not None:
        return await sets.received(turn, file)
    match incoming.content:
        case Typed(text, message, reply):
            return await _typed(replace(turn, source=message), _clean(text), reply)
        case Pressed(action, message):
            try:
                return await _pressed(replace(turn, pressed=message), action)
            except (DeadButton, ValueError):  # the latter: an action that none of our buttons has
                return _dead(replace(turn, pressed=message))
        case Reacted(emoji, message):
            return await _reacted(turn, emoji, message)
        case Edited(text, message):
            return await reflections.edit(replace(turn, source=message), _clean(text))
        case Withdrawn(message):
            return await reflections.withdraw(replace(turn, source=message))
        case Unreadable():
            return helping.unreadable(turn, incoming.content)
    return Reply()


def _tidied(incoming: Incoming) -> Incoming:
    """Without what cannot be kept, in a text, and in a name what cannot be seen."""
    content, name = incoming.content, incoming.name
    if isinstance(content, Typed):
        content = replace(content, text=_clean(content.text))
    if name is not None:
        seen = "".join(one if one.isprintable() else " " for one in name)
        name = " ".join(seen.split()) or None
    return replace(incoming, content=content, name=name)


def _clean(text: str) -> str:
    """What can be kept and said: half a character (a lone surrogate) cannot."""
    return text.encode("utf-8", "replace").decode().strip()


async def _pressed(turn: Turn, action: str) -> Reply:
    verb, _, argument = action.partition(":")
    if handler := PRESSES.get(verb):
        return await handler(turn, argument)
    if on_nudge := NUDGE_PRESSES.get(verb):
        number, *arguments = argument.split(":")
        takes = len(signature(on_nudge).parameters) - 2  # besides the turn and the nudge
        if len(arguments) <= takes:
            pressed = await nudges.of_member(turn.session, turn.member.id, number_in(number))
            if pressed is not None:
                return await on_nudge(turn, pressed, *arguments)
    return _dead(turn)


def _dead(turn: Turn) -> Reply:
    """A button that does nothing any more, which goes."""
    stale = [] if turn.pressed is None else [Outgoing("", replaces=turn.pressed)]
    return Reply(stale, notice=turn.say("button.dead"))


async def _reacted(turn: Turn, emoji: str, message: str) -> Reply:
    """An answer to the nudge that this message brought, as if its button were pressed."""
    on_nudge = REACTIONS.get(emoji[:1])
    about = await nudges.by_receipt(turn.session, turn.member.id, turn.sender.pair, message)
    if on_nudge is None or about is None:
        return Reply()
    # Under one that was answered already it may be mere kindness, and asks for no word.
    return replace(await on_nudge(turn, about), notice=None)


async def _typed(turn: Turn, text: str, reply_to: str | None) -> Reply:
    if command := _command(text):
        name, argument = command
        if handler := COMMANDS.get(name):
            return await handler(turn, argument)
        return helping.unknown_command(turn.say, name, list(COMMANDS))
    if reply_to is not None and text:
        older = await nudges.by_receipt(turn.session, turn.member.id, turn.sender.pair, reply_to)
        if older is not None:
            return await _about(turn, older, text, nudge.replied)
    if turn.member.expecting is None or not text:
        return await _out_of_the_blue(turn, text)
    return await _expected(turn, turn.member.expecting, text)


async def _expected(turn: Turn, expecting: Expecting, text: str) -> Reply:
    match expecting:
        case Expecting.LANGUAGE:
            return await onboarding.set_language(turn, text)
        case Expecting.RHYTHM:
            return rhythm.change(turn, text)
        case Expecting.STARTS:
            return await publications.typed_start(turn, text)
    nudge_id = turn.member.expecting_nudge_id or 0
    about = await nudges.of_member(turn.session, turn.member.id, nudge_id)
    if about is None:
        return helping.hint(turn)
    if expecting is Expecting.REFLECTION:
        if text.lower() in SKIP_WORDS:
            return await reflections.no_words(turn, about)
        return await reflections.keep(turn, about, text)
    if await reflections.still_writing(turn, about.id):
        return await reflections.add(turn, about, text)
    turn.member.expects(None)
    return await _out_of_the_blue(turn, text)


async def _out_of_the_blue(turn: Turn, text: str) -> Reply:
    """A text nobody asked for: an answer to the latest nudge, or else a hint."""
    latest = await nudges.latest_of(turn.session, turn.member.id)
    if latest is None or not nudge.awaits_answer(latest) or not text:
        return helping.hint(turn)
    return await _about(turn, latest, text, reflections.keep_first)


async def _about(turn: Turn, subject: NudgeRow, text: str, otherwise: OnNudge) -> Reply:
    """A text about this nudge: one of the five answers as a word, or else a reflection."""
    by_word = ANSWER_WORDS.get(text.lower().rstrip("!. "))
    if by_word is not None and subject.answer not in COUNTS:
        return await by_word(turn, subject)
    return await otherwise(turn, subject, text)


def _command(text: str) -> tuple[str, str] | None:
    """`/Ritme@olievlek_bot di do` as `("ritme", "di do")`; None: it is no command."""
    if not text.startswith("/"):
        return None
    name, *rest = text[1:].split(maxsplit=1) or [""]
    return name.partition("@")[0].lower(), rest[0].strip() if rest else ""
