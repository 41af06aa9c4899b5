"""One incoming message to its handler: what a member did becomes what the bot says."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from inspect import signature

from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversation.context import DeadButton, HandlerContext, NotUnderstood, row_id_in
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
from bot.conversation.trainer.sets import ReceivedFile
from bot.conversation.words import Words, language_for
from bot.core.rounds import COUNTS
from bot.messages import (
    Attached,
    Content,
    Deleted,
    Edited,
    Incoming,
    InvitationLinks,
    Left,
    Outgoing,
    Pressed,
    Reacted,
    Reply,
    Returned,
    Typed,
    Unreadable,
)
from bot.store.db.engine import Database, retry_transient
from bot.store.lifecycle import linking as chats
from bot.store.members import members, roles
from bot.store.members.roles import Roles
from bot.store.members.vault import Vault
from bot.store.nudges import nudges
from bot.store.schema.base import NAME_LENGTH
from bot.store.schema.members import Expecting, MemberRow
from bot.store.schema.nudges import NudgeRow

Handler = Callable[[HandlerContext, str], Awaitable[Reply]]
NudgeHandler = Callable[..., Awaitable[Reply]]

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
NUDGE_PRESSES: dict[str, NudgeHandler] = {
    "done": nudge.done,
    "tried": nudge.tried,
    "later": nudge.later,
    "lateron": nudge.later_on,
    "another": nudge.another,
    "notnow": nudge.not_now,
    "nowords": reflections.skip,
    "discard": reflections.discard,
    "share": reflections.share,
}
# The same choices as words, for channels and people without buttons.
ANSWER_WORDS: dict[str, NudgeHandler] = {
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
REACTIONS: dict[str, NudgeHandler] = {
    **dict.fromkeys("✅☑👍❤🎉🏆💯🔥👏", nudge.done),
    **dict.fromkeys("💪🙈🫡🤝", nudge.tried),
    **dict.fromkeys("⏰🕐", nudge.later),
}
# What may be told a second time: the others would put a nudge off again, or share words anew that
# were taken back meanwhile.
REPEATABLE = frozenset({"done", "tried", "another", "notnow", "nowords"})
SKIP_WORDS = frozenset({"overslaan", "skip"})


class Router:
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
        links: InvitationLinks,
        minimum: int,
    ) -> None:
        self._database, self._vault, self._links = database, vault, links
        self._minimum = minimum
        self._language, self._zone = language, zone

    async def answer(self, incoming: Incoming) -> Reply:
        """What the bot says to `incoming`, after changing what it changes, in one transaction.

        What was told before, by the platform's key, changes nothing and gets an empty reply.
        """
        incoming = _normalized(incoming)
        # Fetched before, because nobody else can write while a transaction is open.
        file = await self._fetch(incoming)
        async for attempt in retry_transient():
            with attempt:
                async with self._database.transaction() as session:
                    reply = await self._first_time(session, incoming, file)
        if reply.erased:
            await self._database.checkpoint_wal()
        return reply

    def greeting_words(self, incoming: Incoming) -> Words:
        """The words for someone whose language is not known from the database."""
        return Words(language_for(incoming.language, self._language))

    async def _fetch(self, incoming: Incoming) -> ReceivedFile | None:
        if not isinstance(incoming.content, Attached):
            return None
        async with self._database.reading() as session:
            member = await members.find_member(session, *incoming.sender.pair)
            held = Roles() if member is None else await roles.of_member(session, member.id)
        return await sets.fetch_file(incoming.content, held)

    async def _first_time(
        self, session: AsyncSession, incoming: Incoming, file: ReceivedFile | None
    ) -> Reply:
        channel = incoming.sender.channel
        again = await members.is_already_processed(session, channel, incoming.key, incoming.at)
        if again and not _answers_nudge(incoming.content):
            return Reply()
        member = await members.find_member(session, *incoming.sender.pair, for_update=True)
        if incoming.group is not None:
            return await self._in_group(session, incoming, member)
        if member is None:
            return await self._stranger(session, incoming)
        if isinstance(incoming.content, Left):
            await chats.close_chat(session, member, *incoming.sender.pair, incoming.at)
            return Reply()
        _welcome_back(member, incoming)
        if incoming.name:
            member.name = incoming.name[:NAME_LENGTH]
        if isinstance(incoming.content, Returned):
            return Reply()
        context = HandlerContext(
            session,
            member,
            incoming.sender,
            incoming.at,
            self._vault,
            self._links,
            self._minimum,
        )
        say = context.say
        try:
            async with session.begin_nested():  # what is not understood leaves nothing half done
                reply = await _by_content(context, incoming, file)
        except NotUnderstood as error:
            return Reply([Outgoing(say(error.key, **error.values))])
        if not (reply.erased or member.welcomed or member.expecting):
            # They went another way before the second question; without it no nudge ever comes.
            reply.messages.extend((await onboarding.ask_when(context)).messages)
        return reply

    async def _in_group(
        self, session: AsyncSession, incoming: Incoming, member: MemberRow | None
    ) -> Reply:
        say = self.greeting_words(incoming) if member is None else Words(member.language)
        text = incoming.content.text if isinstance(incoming.content, Typed) else ""
        command = _command(text.strip())
        if command is not None and command[0] not in COMMANDS:
            return Reply()  # it is for another bot
        return await group_chats.reply_in_group(session, incoming, say, command, self._minimum)

    async def _stranger(self, session: AsyncSession, incoming: Incoming) -> Reply:
        say = self.greeting_words(incoming)
        match incoming.content:
            case Typed(text):
                name, code = _command(text.strip()) or ("", "")
                if name == "start":
                    return await onboarding.welcome_stranger(
                        session, incoming, self._language, self._zone, code
                    )
                if COMMANDS.get(name) is linking.link and code:
                    return await linking.link_stranger(session, incoming, say, code)
            case Left() | Returned() | Edited() | Reacted() | Deleted():
                return Reply()
            case Pressed(_, message):
                stale = [Outgoing("", replaces=message)] if message else []
                return Reply(stale, notice=say("stranger.text"))
        return Reply([Outgoing(say("stranger.text"))])


def _answers_nudge(content: Content) -> bool:
    """Whether this is a press that does no harm a second time, and may bring back a lost reply."""
    if isinstance(content, Pressed):
        return content.action.partition(":")[0] in REPEATABLE
    return isinstance(content, Reacted)


def _welcome_back(member: MemberRow, incoming: Incoming) -> None:
    """Someone who had gone speaks again: everything is still there, and nudges come again."""
    if member.left_at is not None:
        member.left_at = None
        if member.welcomed:
            members.plan_next_nudge(member, incoming.at)


async def _by_content(
    context: HandlerContext, incoming: Incoming, file: ReceivedFile | None
) -> Reply:
    if file is not None:
        return await sets.reply_to_file(context, file)
    match incoming.content:
        case Typed(text, message, reply):
            return await _typed(replace(context, source=message), _clean(text), reply)
        case Pressed(action, message):
            try:
                return await _pressed(replace(context, pressed=message), action)
            except (DeadButton, ValueError):  # the latter: an action that none of our buttons has
                return _dead_button(replace(context, pressed=message))
        case Reacted(emoji, message):
            return await _reacted(context, emoji, message)
        case Edited(text, message):
            return await reflections.edit(replace(context, source=message), _clean(text))
        case Deleted(message):
            return await reflections.withdraw(replace(context, source=message))
        case Unreadable():
            return helping.unreadable(context, incoming.content)
    return Reply()


def _normalized(incoming: Incoming) -> Incoming:
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


async def _pressed(context: HandlerContext, action: str) -> Reply:
    verb, _, argument = action.partition(":")
    if handler := PRESSES.get(verb):
        return await handler(context, argument)
    if on_nudge := NUDGE_PRESSES.get(verb):
        number, *arguments = argument.split(":")
        takes = len(signature(on_nudge).parameters) - 2  # besides the turn and the nudge
        if len(arguments) <= takes:
            pressed = await nudges.get_nudge(context.session, context.member.id, row_id_in(number))
            if pressed is not None:
                return await on_nudge(context, pressed, *arguments)
    return _dead_button(context)


def _dead_button(context: HandlerContext) -> Reply:
    """A button that does nothing any more, which goes."""
    stale = [] if context.pressed is None else [Outgoing("", replaces=context.pressed)]
    return Reply(stale, notice=context.say("button.dead"))


async def _reacted(context: HandlerContext, emoji: str, message: str) -> Reply:
    """An answer to the nudge that this message brought, as if its button were pressed."""
    on_nudge = REACTIONS.get(emoji[:1])
    about = await nudges.find_by_receipt(
        context.session, context.member.id, context.sender.pair, message
    )
    if on_nudge is None or about is None:
        return Reply()
    # Under one that was answered already it may be mere kindness, and asks for no word.
    return replace(await on_nudge(context, about), notice=None)


async def _typed(context: HandlerContext, text: str, reply_to: str | None) -> Reply:
    if command := _command(text):
        name, argument = command
        if handler := COMMANDS.get(name):
            return await handler(context, argument)
        return helping.unknown_command(context.say, name, list(COMMANDS))
    if reply_to is not None and text:
        older = await nudges.find_by_receipt(
            context.session, context.member.id, context.sender.pair, reply_to
        )
        if older is not None:
            return await _about_nudge(context, older, text, nudge.replied)
    if context.member.expecting is None or not text:
        return await _unprompted(context, text)
    return await _expected(context, context.member.expecting, text)


async def _expected(context: HandlerContext, expecting: Expecting, text: str) -> Reply:
    match expecting:
        case Expecting.LANGUAGE:
            return await onboarding.set_language(context, text)
        case Expecting.RHYTHM:
            return rhythm.change(context, text)
        case Expecting.STARTS:
            return await publications.typed_start(context, text)
    nudge_id = context.member.expecting_nudge_id or 0
    about = await nudges.get_nudge(context.session, context.member.id, nudge_id)
    if about is None:
        return helping.hint(context)
    if expecting is Expecting.REFLECTION:
        if text.lower() in SKIP_WORDS:
            return await reflections.skip(context, about)
        return await reflections.keep(context, about, text)
    if await reflections.still_writing(context, about.id):
        return await reflections.add(context, about, text)
    context.member.expects(None)
    return await _unprompted(context, text)


async def _unprompted(context: HandlerContext, text: str) -> Reply:
    """A text nobody asked for: an answer to the latest nudge, or else a hint."""
    latest = await nudges.latest_nudge(context.session, context.member.id)
    if latest is None or not nudge.awaits_answer(latest) or not text:
        return helping.hint(context)
    return await _about_nudge(context, latest, text, reflections.keep_before_answer)


async def _about_nudge(
    context: HandlerContext, subject: NudgeRow, text: str, otherwise: NudgeHandler
) -> Reply:
    """A text about this nudge: one of the five answers as a word, or else a reflection."""
    by_word = ANSWER_WORDS.get(text.lower().rstrip("!. "))
    if by_word is not None and subject.answer not in COUNTS:
        return await by_word(context, subject)
    return await otherwise(context, subject, text)


def _command(text: str) -> tuple[str, str] | None:
    """`/Ritme@olievlek_bot di do` as `("ritme", "di do")`; None: it is no command."""
    if not text.startswith("/"):
        return None
    name, *rest = text[1:].split(maxsplit=1) or [""]
    return name.partition("@")[0].lower(), rest[0].strip() if rest else ""
