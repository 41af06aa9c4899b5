"""Takes an incoming message to its handler."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversation import buttons, normalizing
from bot.conversation.commands import COMMANDS, parse_command, run_command
from bot.conversation.context import HandlerContext, NotUnderstood, OperatorPolicy
from bot.conversation.member.linking import link_requests
from bot.conversation.member.nudges import nudges, short_answers, work
from bot.conversation.member.nudges.nudges import NUDGE_BUTTONS
from bot.conversation.member.onboarding import help as helping
from bot.conversation.member.onboarding import onboarding
from bot.conversation.member.reflections import reflections
from bot.conversation.member.rhythm import rhythm
from bot.conversation.member.rhythm import silences as pace
from bot.conversation.nudge_buttons import NudgeHandler
from bot.conversation.parsing.short_answers import read_short_answer
from bot.conversation.team import group_chats
from bot.conversation.trainer import publications, sets
from bot.conversation.trainer.sets import ReceivedFile
from bot.conversation.typed_codes import CodeGuesses, TypedCode
from bot.conversation.words import Words
from bot.core.streaks.rounds import COUNTS
from bot.languages.registry import greeting_tag
from bot.membership import Left, Returned
from bot.messages import (
    FOR_MINUTES,
    Address,
    Attached,
    Deleted,
    Edited,
    Incoming,
    InvitationLinks,
    Outgoing,
    Pressed,
    Reacted,
    Reply,
    Typed,
    Unreadable,
)
from bot.store.db.engine import Database
from bot.store.db.errors import retry_transient
from bot.store.lifecycle.linking import linking as chats
from bot.store.members import members, roles
from bot.store.members.roles import Roles
from bot.store.members.vault import Vault
from bot.store.nudges import nudges as stored_nudges
from bot.store.nudges import processed_updates, receipts, silences
from bot.store.schema.base import NAME_LENGTH
from bot.store.schema.members import Expecting, MemberRow
from bot.store.schema.nudges import NudgeRow

FREE_TO_ASK = (None, Expecting.ADDITION)
BURST = 15  # seconds
"""What may be expected while another question is asked: nothing has to be answered first."""

KeepReply = Callable[[AsyncSession, Reply], Awaitable[None]]
"""Keeps a reply until it has arrived, in the transaction that decided it."""


class Router:
    """Answers what comes in from all channels.

    Args:
        database: where everything is kept.
        vault: seals and opens reflections.
        links: the addresses that carry an invitation.
        policy: what whoever runs the bot decided.
    """

    def __init__(
        self, database: Database, vault: Vault, links: InvitationLinks, policy: OperatorPolicy
    ) -> None:
        self._database, self._vault, self.links, self._policy = database, vault, links, policy
        self._guesses = CodeGuesses()

    async def answer(self, incoming: Incoming, keep: KeepReply) -> Reply:
        """Answers `incoming`, and makes the changes that come with it, in one transaction.

        What was processed before, by the platform's key, changes nothing and gets an empty reply.

        Args:
            incoming: what somebody did.
            keep: called with the reply before the transaction commits, so that what changed and
                what is said about it are kept together; again if the transaction is repeated.
        """
        incoming = normalizing.normalized(incoming)
        # Fetched before, because nobody else can write while a transaction is open.
        file = await self._fetch(incoming)
        incoming, file = normalizing.caption_instead(incoming, file)
        async for attempt in retry_transient():
            with attempt:
                async with self._database.transaction() as session:
                    reply = await self._first_time(session, incoming, file)
                    if reply.hint and await _is_in_burst(session, incoming, reply):
                        reply.messages.clear()
                    await keep(session, reply)
        if reply.erased and not reply.erased_chats:  # a farewell makes sure of it itself
            await self._database.checkpoint_wal()
        return reply

    def context(
        self, session: AsyncSession, member: MemberRow, sender: Address, at: datetime
    ) -> HandlerContext:
        """Returns what a handler gets for this member, in this chat of theirs."""
        return HandlerContext(
            session,
            member,
            sender,
            at,
            self._vault,
            self.links,
            self._policy,
            guesses=self._guesses,
        )

    async def member_words(self, incoming: Incoming) -> Words | None:
        """Returns the words for a member who did something, in their language; None: a stranger."""
        async with self._database.reading() as session:
            member = await members.find_member(session, *incoming.sender.pair)
        return None if member is None else Words(member.language)

    def greeting_words(self, incoming: Incoming) -> Words:
        """Returns the words for somebody whose language is not known from the database."""
        return Words(greeting_tag(incoming.language, self._policy.language))

    async def _fetch(self, incoming: Incoming) -> ReceivedFile | None:
        if not isinstance(incoming.content, Attached):
            return None
        async with self._database.reading() as session:
            member = await members.find_member(session, *incoming.sender.pair)
            sender_roles = await roles.of_address(session, incoming.sender.pair, incoming.at)
        return await sets.fetch_file(incoming.content, sender_roles if member else Roles())

    async def _first_time(
        self, session: AsyncSession, incoming: Incoming, file: ReceivedFile | None
    ) -> Reply:
        channel = incoming.sender.channel
        again = await processed_updates.is_already_processed(
            session, channel, incoming.key, incoming.at
        )
        if again and not buttons.may_be_repeated(incoming.content):
            return Reply()
        if incoming.album is not None:
            album = normalizing.mark(incoming, incoming.album)
            is_rest = await processed_updates.is_already_processed(
                session, channel, album, incoming.at
            )
            if is_rest and normalizing.says_nothing(incoming, file):
                return Reply()
        member = await members.find_member(session, *incoming.sender.pair, for_update=True)
        if member is not None and not isinstance(incoming.content, Left):
            members.note_sign_of_life(member, incoming.at)
        if incoming.group is not None:
            return await self._in_group(session, incoming, member)
        if member is None:
            return await self._stranger(session, incoming)
        if isinstance(incoming.content, Left):
            await chats.close_chat(session, member, *incoming.sender.pair, incoming.at)
            return Reply()
        await _welcome_back(session, member, incoming)
        if incoming.name:
            member.name = incoming.name[:NAME_LENGTH]
        if isinstance(incoming.content, Returned):
            return Reply()
        context = self.context(session, member, incoming.sender, incoming.at)
        say = context.say
        try:
            async with session.begin_nested():  # what is not understood leaves nothing half done
                reply = await _by_content(context, incoming, file)
                reply.messages.extend(await work.ask_once(context, incoming.content))
        except NotUnderstood as error:
            refusal = Outgoing(say(error.key, **error.values), relevant_for=FOR_MINUTES)
            reply = Reply([refusal], not_understood=True)
        if reply.not_understood:
            if isinstance(incoming.content, Typed | Edited):
                mark = normalizing.mark(incoming, incoming.content.message)
                await processed_updates.mark_not_understood(session, channel, mark, incoming.at)
            return reply
        if not (reply.erased or member.welcomed) and member.expecting in FREE_TO_ASK:
            # They went another way before the second question; without it no nudge ever comes.
            reply.messages.extend((await onboarding.ask_when(context)).messages)
        return reply

    async def _in_group(
        self, session: AsyncSession, incoming: Incoming, member: MemberRow | None
    ) -> Reply:
        say = self.greeting_words(incoming) if member is None else Words(member.language)
        text = incoming.content.text if isinstance(incoming.content, Typed) else ""
        command_id, argument = "", ""
        if (parsed := parse_command(text.strip())) is not None:
            name, argument = parsed
            if (command := COMMANDS.find(name)) is None:
                return Reply()  # it is for another bot
            command_id = command.id
        code, minimum = self._typed_code(incoming, argument), self._policy.minimum
        return await group_chats.reply_in_group(session, incoming, say, command_id, code, minimum)

    def _typed_code(self, incoming: Incoming, text: str) -> TypedCode:
        return TypedCode(text, incoming.sender, incoming.at, self._guesses)

    async def _stranger(self, session: AsyncSession, incoming: Incoming) -> Reply:
        say = self.greeting_words(incoming)
        name = ""
        match incoming.content:
            case Typed(text):
                name, argument = parse_command(text.strip()) or ("", "")
                code = self._typed_code(incoming, argument)
                command = COMMANDS.find(name)
                if command is COMMANDS["start"]:
                    return await onboarding.welcome_stranger(
                        session, incoming, self._policy.language, self._policy.zone, code
                    )
                if command is COMMANDS["link"] and argument:
                    return await link_requests.ask_stranger(session, incoming, say, code)
            case Left() | Returned() | Edited() | Reacted() | Deleted():
                return Reply()
            case Pressed(action, message):
                reply = await link_requests.press_stranger(session, incoming, say, action, message)
                if reply is not None:
                    return reply
                stale = [Outgoing("", replaces=message)] if message else []
                return Reply(stale, notice=say("stranger.text"), to_stranger=True)
        explanation = Outgoing(say("stranger.text"), relevant_for=FOR_MINUTES)
        return Reply([explanation], to_stranger=True, hint=not name)


async def _welcome_back(session: AsyncSession, member: MemberRow, incoming: Incoming) -> None:
    """Plans nudges again for somebody who had left or was silent, at any sign of life of theirs.

    Their rows were all kept. What was still to be asked about their silence is not asked any more.
    """
    if member.left_at is None and member.quiet_since is None:
        return
    if member.quiet_since is not None:
        await silences.cancel_question(session, member.id)
    member.left_at = member.quiet_since = None
    member.back_at = incoming.at
    if member.welcomed:
        await members.plan_next_nudge(session, member, incoming.at)


async def _by_content(
    context: HandlerContext, incoming: Incoming, file: ReceivedFile | None
) -> Reply:
    if file is not None:
        return await sets.reply_to_file(context, file)
    match incoming.content:
        case Typed(text, message, reply_to, attachment):
            subjects = [each for each in (reply_to, incoming.thread) if each is not None]
            source = replace(context, source=message)
            reply = await _typed(source, normalizing.clean(text), subjects)
            if attachment is not None:
                return helping.attachment_not_kept(context, reply, attachment)
            return reply
        case Pressed(action, message):
            return await buttons.press(replace(context, pressed=message), action)
        case Reacted(emoji, message):
            return await buttons.react(context, emoji, message)
        case Edited(text, message):
            context = replace(context, source=message)
            return await _edited(
                context, normalizing.clean(text), normalizing.mark(incoming, message)
            )
        case Deleted(message):
            return await reflections.withdraw(replace(context, source=message))
        case Unreadable():
            return helping.unreadable(context, incoming.content)
    return Reply()


async def _is_in_burst(session: AsyncSession, incoming: Incoming, reply: Reply) -> bool:
    """Returns whether the same hint was given in this chat in these `BURST` seconds."""
    texts = [message.text for message in reply.messages]
    mark = normalizing.mark(incoming, f"hint {int(incoming.at.timestamp()) // BURST} {texts}")
    channel = incoming.sender.channel
    return await processed_updates.is_already_processed(session, channel, mark, incoming.at)


async def _typed(context: HandlerContext, text: str, subjects: Sequence[str]) -> Reply:
    """Answers a text; `subjects`: the message that it replies to, then the one of its thread."""
    if command := parse_command(text):
        return await run_command(context, *command)
    for subject in subjects if text else ():
        older = await receipts.find_by_receipt(
            context.session, context.member.id, context.sender.pair, subject
        )
        if older is not None:
            return await _about_nudge(context, older, text, nudges.replied)
    if context.member.expecting is None or not text:
        return await _unprompted(context, text)
    return await _expected(context, context.member.expecting, text)


async def _edited(context: HandlerContext, text: str, mark: str) -> Reply:
    """Answers an edit: of a reflection, or of a message that led to nothing and now may.

    What a message did is not done again, so a command in an edit is carried out only when the
    message was not understood before.
    """
    reply = await reflections.edit(context, text)
    if reply.messages:
        return reply
    session, channel = context.session, context.sender.channel
    is_new = await processed_updates.is_marked(session, channel, mark)
    if parsed := parse_command(text):
        command = COMMANDS.find(parsed[0])
        if command is not None and not (is_new and command.runs_when_edited):
            return Reply([Outgoing(context.say("edited.again"), relevant_for=FOR_MINUTES)])
    elif context.member.expecting in FREE_TO_ASK:
        return Reply()
    if not is_new:
        return Reply()
    await processed_updates.forget_not_understood(session, channel, mark)
    return await _typed(context, text, ())


async def _expected(context: HandlerContext, expecting: Expecting, text: str) -> Reply:
    match expecting:
        case Expecting.LANGUAGE:
            return await onboarding.set_language(context, text)
        case Expecting.RHYTHM:
            return await rhythm.change(context, text)
        case Expecting.STARTS:
            return await publications.typed_start(context, text)
        case Expecting.PACE:
            return await pace.typed(context, text) or await _unprompted(context, text)
    nudge_id = context.member.expecting_nudge_id or 0
    about = await stored_nudges.get_nudge(context.session, context.member.id, nudge_id)
    if about is None:
        return helping.hint(context)
    if expecting is Expecting.REFLECTION:
        if short_answers.is_no_reflection(about, read_short_answer(text), context.say):
            return await reflections.skip(context, about)
        return await reflections.keep(context, about, text)
    if await reflections.still_writing(context, about.id):
        if (answer := read_short_answer(text)) is not None:
            return await short_answers.after_thanks(context, about, answer)
        return await reflections.add(context, about, text)
    context.member.expects(None)
    return await _unprompted(context, text)


async def _unprompted(context: HandlerContext, text: str) -> Reply:
    """Answers a text that nobody asked for: as an answer to the latest nudge, or with a hint."""
    latest = await stored_nudges.latest_nudge(context.session, context.member.id)
    if latest is None or not nudges.awaits_answer(latest) or not text:
        reply = await short_answers.without_question(context, latest, read_short_answer(text))
        return reply or helping.hint(context)
    return await _about_nudge(context, latest, text, nudges.keep_before_answer)


async def _about_nudge(
    context: HandlerContext, subject: NudgeRow, text: str, otherwise: NudgeHandler
) -> Reply:
    """Answers a text about this nudge: as a button that was typed, or else with `otherwise`."""
    if subject.answer not in COUNTS:
        if (answer := read_short_answer(text)) is not None:
            return await short_answers.about_nudge(context, subject, answer)
        if (button := NUDGE_BUTTONS.by_text(text)) is not None:
            return await button.handler(context, subject)
    return await otherwise(context, subject, text)
