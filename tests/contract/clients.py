"""Somebody with a client: the terminal's keyboard, Telegram's app, a Matrix client."""

import asyncio
import io
import os
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.app import Application, BuildOptions, build
from bot.channels.base import Channel
from bot.channels.telegram.api.client import Login
from bot.channels.telegram.channel import Telegram
from bot.channels.terminal.channel import Terminal
from bot.channels.web.channel import WebChat
from bot.delivery.browsers.mailbox import StoredMailbox
from bot.store.db.engine import Database
from bot.store.members.vault import Vault
from tests.contract.client import (
    PATIENCE,
    Client,
    until,
)
from tests.support.fakes import FixedClock
from tests.support.inbox import NO_LIMITS, listening
from tests.support.matrix.people import PASSWORD, MatrixPerson
from tests.support.matrix.synapse import Synapse
from tests.support.matrix_bot import MatrixBot
from tests.support.telegram.bot_api import BotApiServer
from tests.support.telegram.message import Message
from tests.support.telegram.pace import UNLIMITED
from tests.support.telegram.people import Person
from tests.support.web_chat import ADDRESS, WebPerson, browser

TOKEN = "123:abc"


class AtTheTerminal:
    """A keyboard and a printer."""

    def __init__(self, keyboard: io.TextIOBase, printer: io.StringIO) -> None:
        self._keyboard, self._printer = keyboard, printer
        self._read = 0

    async def begins(self) -> None:
        """Opens the conversation."""
        await self.says("/start")

    async def says(self, text: str) -> None:
        """Types a line."""
        self._keyboard.write(f"{text}\n")
        self._keyboard.flush()

    async def chooses(self, label: str) -> None:
        """Types the number of what is offered."""
        await until(lambda: self.offers(label), label)
        found = re.findall(rf"^  (\d+)\. {re.escape(label)}", self._printer.getvalue(), re.M)
        await self.says(found[-1])

    async def receives(self, words: str) -> str:
        """What is printed from here to these words, and the paragraph they stand in."""
        await until(lambda: words in self._printer.getvalue()[self._read :], words)
        printed = self._printer.getvalue()[self._read :]
        self._read += printed.index(words) + len(words)
        return printed

    async def sees(self, words: str) -> None:
        """Waits until it is printed."""
        await until(lambda: words in self._printer.getvalue(), words)

    def offers(self, label: str) -> bool:
        """Paper keeps what was offered; only the newest choices work."""
        return f". {label}" in self._printer.getvalue().rpartition("› ")[2]

    async def picture(self) -> bytes:
        """The file that was laid down."""
        path = re.findall(r"^\[(.+\.png)\]", self._printer.getvalue(), re.M)[-1]
        return await asyncio.to_thread(Path(path).read_bytes)


class OnTelegram:
    """Telegram's app."""

    def __init__(self, server: BotApiServer, person: Person) -> None:
        self._server, self._person = server, person
        self._typed: dict[str, Message] = {}
        self._group = server.group()

    async def begins(self) -> None:
        """Presses the button that opens the conversation."""
        await self.says("/start")

    async def says(self, text: str) -> None:
        """Types something."""
        self._typed[text] = self._person.types(text)

    async def chooses(self, label: str) -> None:
        """Presses a button, which has to be answered."""
        await until(lambda: self.offers(label), label)
        await self._person.presses(label).answered(PATIENCE)

    async def receives(self, words: str) -> str:
        """A new message."""
        return (await self._person.receives(words, timeout=PATIENCE)).words

    async def sees(self, words: str) -> None:
        """Anything that stands there now."""
        inbox = self._person
        await until(lambda: any(words in one.words for one in inbox.inbox), words)

    def offers(self, label: str) -> bool:
        """Whether there is a button with it."""
        return any(label in one for message in self._person.inbox for one in message.labels)

    async def edits(self, old: str, new: str) -> None:
        """Changes a message of theirs."""
        self._person.edits(self._typed[old], new)

    async def replies(self, words: str, text: str) -> None:
        """Replies to a message."""
        about = next(one for one in self._person.inbox if words in one.words)
        self._person.types(text, reply_to=about)

    async def sends_file(self, name: str, content: bytes) -> None:
        """Sends a file."""
        self._person.sends_document(name, content)

    async def picture(self) -> bytes:
        """The newest photo."""
        photos = [one.photo for one in self._person.inbox if one.photo is not None]
        return photos[-1]

    async def makes_group(self) -> None:
        """Adds the bot to a group."""
        self._group.adds(self._person.user)

    async def says_there(self, text: str) -> None:
        """Types in the group."""
        self._group.hears(text, self._person.user)

    def reads_there(self) -> str:
        """What stands in the group."""
        return "\n".join(one.words for one in self._group.inbox)

    async def puts_bot_out(self) -> None:
        """Removes it."""
        self._group.removes(self._person.user)


class InARoom:
    """A Matrix client in an encrypted room."""

    def __init__(self, person: MatrixPerson) -> None:
        self._person = person
        self._typed: dict[str, str] = {}
        self._group = ""

    async def begins(self) -> None:
        """Invites the bot."""
        await self._person.invites(sealed=True)

    async def says(self, text: str) -> None:
        """Types something; a command begins with `!` here."""
        said = f"!{text[1:]}" if text.startswith("/") else text
        self._typed[text] = await self._person.types(said)

    async def chooses(self, label: str) -> None:
        """Types the number of what is offered."""
        await until(lambda: self.offers(label), label, self._person.transcript)
        pattern = re.compile(rf"^(\d+)\. .*{re.escape(label)}", re.M)
        found = [pattern.search(seen.text) for seen in self._person.from_bot()]
        number = [one[1] for one in found if one is not None][-1]
        await self._person.types(number)

    async def receives(self, words: str) -> str:
        """A new message."""
        return (await self._person.receives(words.replace("/", "!"), timeout=PATIENCE)).text

    async def sees(self, words: str) -> None:
        """Anything that stands there now."""
        person = self._person
        await until(lambda: any(words in one.text for one in person.from_bot()), words)

    def offers(self, label: str) -> bool:
        """Whether there is a numbered line with it."""
        pattern = re.compile(rf"^\d+\. .*{re.escape(label)}", re.M)
        return any(pattern.search(seen.text) for seen in self._person.from_bot())

    async def edits(self, old: str, new: str) -> None:
        """Changes a message of theirs."""
        await self._person.edits(self._typed[old], new)

    async def replies(self, words: str, text: str) -> None:
        """Replies to a message."""
        about = next(one for one in self._person.from_bot() if words in one.text)
        await self._person.replies(about, text)

    async def sends_file(self, name: str, content: bytes) -> None:
        """Sends a file, sealed."""
        await self._person.sends_file(name, content)

    async def picture(self) -> bytes:
        """The newest picture, opened."""
        newest = [one for one in self._person.from_bot() if one.kind == "m.image"][-1]
        return await self._person.picture(newest)

    async def makes_group(self) -> None:
        """Opens a room with a name."""
        self._group = await self._person.makes_group([self._person.bot])
        await self._person.bot_is_in(self._group)

    async def says_there(self, text: str) -> None:
        """Types in that room."""
        said = f"!{text[1:]}" if text.startswith("/") else text
        await self._person.types(said, self._group)

    def reads_there(self) -> str:
        """What stands in that room."""
        said = [one.text for one in self._person.from_bot() if one.room == self._group]
        return "\n".join(said)

    async def puts_bot_out(self) -> None:
        """Kicks it."""
        await self._person.kicks_bot(self._group)


class InABrowser:
    """The page of the chat, in a browser."""

    def __init__(self, person: WebPerson) -> None:
        self._person = person

    async def begins(self) -> None:
        """Opens the page and presses its button."""
        await self._person.begins()

    async def says(self, text: str) -> None:
        """Types something."""
        await self._person.says(text)

    async def chooses(self, label: str) -> None:
        """Presses a button."""
        await self._person.until(lambda: self.offers(label), label)
        await self._person.presses(label)

    async def receives(self, words: str) -> str:
        """A new message."""
        return await self._person.receives(words)

    async def sees(self, words: str) -> None:
        """Anything that stands there now, or the last words to who was erased."""
        person = self._person

        def stands_there() -> bool:
            texts = [one.text for one in person.seen.values()]
            return any(words in text for text in [*texts, person.farewell or ""])

        await person.until(stands_there, words)

    def offers(self, label: str) -> bool:
        """Whether there is a button with it."""
        choices = [each for one in self._person.seen.values() for each in one.choices]
        return any(label in each for each in choices)

    async def edits(self, old: str, new: str) -> None:
        """Changes what they typed."""
        key = self._person.own_key(old)
        await self._person.says(new, message=key, edit="1")

    async def replies(self, words: str, text: str) -> None:
        """Replies to a message, by its link."""
        seen = self._person.seen.values()
        key = next(one.key for one in seen if words in one.text and not one.own)
        await self._person.opens(f"/chat?reply={key}")
        await self._person.says(text)

    async def sends_file(self, name: str, content: bytes) -> None:
        """Uploads a file."""
        await self._person.says("", (name, content))

    async def picture(self) -> bytes:
        """The newest picture."""
        newest = [one.picture for one in self._person.seen.values() if one.picture][-1]
        return (await self._person.http.get(newest)).content


@dataclass(frozen=True, slots=True)
class ApplicationParts:
    """What a house in a test stands on."""

    database: Database
    vault: Vault
    clock: FixedClock
    folder: Path

    @asynccontextmanager
    async def application(self, channel: Channel) -> AsyncIterator[Application]:
        """A house with this one channel, which listens until the end of the block."""
        options = BuildOptions(inbox_limits=NO_LIMITS, pages=ADDRESS)
        application = build(self.database, self.vault, [channel], self.clock, options)
        async with listening(application, channel):
            yield application
        await channel.close()


@asynccontextmanager
async def at_the_terminal(parts: ApplicationParts) -> AsyncIterator[tuple[Application, Client]]:
    """The demo's chat, on a pipe."""
    reading, writing = os.pipe()
    printer = io.StringIO()
    with os.fdopen(reading) as source, os.fdopen(writing, "w") as keyboard:
        channel = Terminal("demo", parts.clock, source, printer, parts.folder)
        async with parts.application(channel) as application:
            yield application, AtTheTerminal(keyboard, printer)
            keyboard.close()
            await asyncio.sleep(0.05)  # the thread that reads sees the end


@asynccontextmanager
async def on_telegram(parts: ApplicationParts) -> AsyncIterator[tuple[Application, Client]]:
    """The Bot API server, and the real client in front of it."""
    async with BotApiServer(TOKEN) as server:
        channel = Telegram(Login(server.url, TOKEN), parts.clock, UNLIMITED)
        async with parts.application(channel) as application:
            yield application, OnTelegram(server, server.person(7))


@asynccontextmanager
async def in_a_room(
    parts: ApplicationParts, synapse: Synapse
) -> AsyncIterator[tuple[Application, Client]]:
    """The real homeserver, and real clients on both sides."""
    bot = await synapse.register(f"bot-{secrets.token_hex(4)}", PASSWORD)
    on_matrix = MatrixBot(synapse, bot, parts.folder, parts.database, parts.vault, parts.clock)
    async with AsyncExitStack() as stack:
        application = await stack.enter_async_context(on_matrix.running())
        person = await stack.enter_async_context((await on_matrix.person()).online())
        yield application, InARoom(person)


@asynccontextmanager
async def in_a_browser(parts: ApplicationParts) -> AsyncIterator[tuple[Application, Client]]:
    """The pages of the bot itself, and a browser."""
    mailbox = StoredMailbox(parts.database, parts.vault, "web", parts.clock)
    async with parts.application(WebChat(parts.clock, mailbox, ADDRESS)) as application:
        assert application.site is not None
        async with browser(application.site.application()) as person:
            yield application, InABrowser(person)
