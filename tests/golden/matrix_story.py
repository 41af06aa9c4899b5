"""A short story on Matrix, as the client of the person in it receives and decrypts it.

The pictures in docs/matrix.md are drawn from it; docs/matrix has what was received in words.
"""

import secrets
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.app import Application
from bot.channels.choices import EMOJI
from bot.conversation.words import Words
from bot.startup import open_database, unlock
from tests.golden.record import INDENT
from tests.golden.scene import Prepared
from tests.support.databases import copied
from tests.support.fakes import AMSTERDAM, FixedClock
from tests.support.matrix.people import PASSWORD, MatrixPerson
from tests.support.matrix.seen import Seen
from tests.support.matrix.synapse import Synapse
from tests.support.matrix_bot import MatrixBot

FORMS = {
    "nl": {
        "sealed": "versleuteld",
        "plain": "niet versleuteld",
        "edited": "(gewijzigd)",
        "reaction": "reactie",
        "read": "gelezen door olievlek",
        "thread": "in de draad",
    },
    "en": {
        "sealed": "encrypted",
        "plain": "not encrypted",
        "edited": "(edited)",
        "reaction": "reaction",
        "read": "read by olievlek",
        "thread": "in the thread",
    },
}


@dataclass(frozen=True)
class RoomMessage:
    """A message, as a client had it at one moment.

    Attributes:
        sender: the first part of who sent it, as Element shows somebody without a name.
        body: its plain text.
        html: its `formatted_body`; None: it has none.
        sealed: whether it came encrypted.
        edited: whether its sender changed it.
        read: whether the bot's read receipt is at this message.
        reactions: each emoji with who put it there, in order of arrival.
        thread: what was said in the thread under it.
    """

    sender: str
    body: str
    html: str | None
    sealed: bool
    edited: bool
    read: bool
    reactions: tuple[tuple[str, tuple[str, ...]], ...]
    thread: tuple["RoomMessage", ...] = ()


@dataclass(frozen=True)
class RoomView:
    """What is in sight in a room at one moment."""

    room: str
    moment: str
    messages: tuple[RoomMessage, ...]

    @property
    def sealed(self) -> bool:
        """Whether all that is in sight came encrypted."""
        return all(message.sealed for message in self.messages)


class Story:
    """Plays the story, and keeps what was in sight at its moments.

    Args:
        bot: the bot, which is running.
        application: what it consists of.
        sanne: somebody who is online.
    """

    def __init__(self, bot: MatrixBot, application: Application, sanne: MatrixPerson) -> None:
        self._bot, self._application, self._sanne = bot, application, sanne
        self.views: list[RoomView] = []

    async def play(self) -> None:
        """Lets her meet the bot, answer a challenge, and speak to it in a group."""
        await self._meets()
        nudge = await self._gets_nudge()
        await self._answers(nudge)
        await self._asks_in_group()

    def _text(self, dutch: str, english: str) -> str:
        return dutch if self._bot.language == "nl" else english

    async def _meets(self) -> None:
        sanne = self._sanne
        await sanne.invites(sealed=True)
        hello = await sanne.receives("English")
        await sanne.sees_reactions(hello, ["1️⃣", "2️⃣"])
        self._sees([hello], "olievlek")

    async def _gets_nudge(self) -> Seen:
        sanne = self._sanne
        await sanne.types(self._text("Nederlands", "English"))
        await sanne.receives("1. ")
        await sanne.types(self._text("di 9:30", "tue 9:30"))
        await sanne.receives("9:30")
        self._bot.clock.goes_to(24, 11, 9, 30)
        assert await self._application.nudge_sender.tick() == 1
        nudge = await sanne.receives("✅")
        await sanne.sees_reactions(nudge, list(EMOJI.values()))
        self._sees([nudge], "olievlek")
        return nudge

    async def _answers(self, nudge: Seen) -> None:
        sanne = self._sanne
        await sanne.reacts(nudge, EMOJI["done"])
        question = await sanne.receives(self._text("Overslaan", "Skip"))
        await sanne.sees_reactions(question, ["1️⃣"])
        self._bot.clock.goes_to(24, 11, 9, 40)
        reflection = await sanne.types(
            self._text(
                "Ik zat ernaast: zij bedoelde de oude regels.",
                "I was wrong: she meant the old rules.",
            )
        )
        await sanne.receives(self._text("Bewaard", "Saved"))
        await sanne.until(lambda: sanne.read_by_bot() == reflection)
        self._bot.clock.goes_to(24, 11, 16, 15)
        addition = await sanne.types_in_thread(
            nudge,
            self._text(
                "Vanmiddag vroeg zij het ook aan mij.", "This afternoon she asked me the same."
            ),
        )
        answer = await sanne.receives(self._text("Bewaard", "Saved"))
        assert answer.thread == nudge.id
        await sanne.until(lambda: sanne.read_by_bot(nudge.id) == addition)
        said = sanne.seen[sanne.seen.index(nudge) :]
        self._sees(said, "olievlek")

    async def _asks_in_group(self) -> None:
        sanne = self._sanne
        group = await sanne.makes_group([self._bot.bot])
        await sanne.receives("!start")
        await sanne.types(self._text("!reeks", "!streak"), group)
        await sanne.receives("")
        said = [seen for seen in sanne.seen if seen.room == group]
        self._sees(said, sanne.client.rooms[group].name)

    def _sees(self, messages: Iterable[Seen], room: str) -> None:
        """Keeps what is in sight now; the messages in a thread go below its first one."""
        messages = list(messages)
        moment = Words(self._bot.language).moment(self._bot.clock(), AMSTERDAM)
        shown = tuple(
            self._message(seen, [other for other in messages if other.thread == seen.id])
            for seen in messages
            if seen.thread is None
        )
        self.views.append(RoomView(room, moment, shown))

    def _message(self, seen: Seen, thread: Iterable[Seen]) -> RoomMessage:
        receipts = {self._sanne.read_by_bot(), self._sanne.read_by_bot(seen.thread or "")}
        reactions: dict[str, tuple[str, ...]] = {}
        for emoji, who in seen.reactions:
            reactions[emoji] = (*reactions.get(emoji, ()), _name(who))
        return RoomMessage(
            _name(seen.sender),
            seen.text,
            seen.html,
            seen.sealed,
            edited=seen.edits > 0,
            read=seen.id in receipts,
            reactions=tuple(reactions.items()),
            thread=tuple(self._message(other, ()) for other in thread),
        )


def _name(user_id: str) -> str:
    """Returns what people call somebody; accounts of tests have a part that differs each time."""
    return user_id[1:].partition("-")[0]


async def played(
    synapse: Synapse, start: Prepared, folder: Path, language: str
) -> tuple[RoomView, ...]:
    """Plays the story with the real bot, and returns what was in sight at its moments."""
    async with _running(synapse, start, folder, language) as story:
        await story.play()
        return tuple(story.views)


@asynccontextmanager
async def _running(
    synapse: Synapse, start: Prepared, folder: Path, language: str
) -> AsyncIterator[Story]:
    account = await synapse.register(f"olievlek-{secrets.token_hex(4)}", PASSWORD)
    async with open_database(copied(start.file, folder / "story.db")) as database:
        await unlock(database, start.vault)
        bot = MatrixBot(synapse, account, folder, database, start.vault, FixedClock(), language)
        bot.allow_unencrypted = False
        async with bot.running() as application, (await bot.person()).online() as sanne:
            yield Story(bot, application, sanne)


def in_words(views: Iterable[RoomView], language: str) -> str:
    """Returns all that was received in words, a line for each thing."""
    forms = FORMS[language]
    lines: list[str] = []
    for view in views:
        sealed = forms["sealed" if view.sealed else "plain"]
        lines += [f"[{view.room}, {sealed}, {view.moment}]"]
        for message in view.messages:
            lines += _lines(message, forms)
        lines.append("")
    return "\n".join(lines)


def _lines(message: RoomMessage, forms: dict[str, str]) -> list[str]:
    edited = f" {forms['edited']}" if message.edited else ""
    first, *more = message.body.splitlines()
    lines = [f"{message.sender}: {first}", *(f"{INDENT}{line}".rstrip() for line in more)]
    lines[-1] += edited
    if message.html is not None:
        lines.append(f"{INDENT}| {message.html}")
    for emoji, people in message.reactions:
        lines.append(f"{INDENT}* {forms['reaction']} {emoji} {', '.join(people)}")
    if message.read:
        lines.append(f"{INDENT}* {forms['read']}")
    if message.thread:
        lines.append(f"{INDENT}{forms['thread']}:")
        below = (line for reply in message.thread for line in _lines(reply, forms))
        lines += [f"{INDENT}{line}" for line in below]
    return lines
