"""Where a dialogue is played: the real bot behind the real client, and the people in it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx

from bot.app import Application, BuildOptions, build
from bot.channels.base import Channel
from bot.channels.telegram.api.client import Login
from bot.channels.telegram.channel import Telegram
from bot.conversation.words import Words
from bot.messages import Address, Incoming, Pressed, Typed
from bot.resources import resource_folder
from bot.set_files.reader import read_set
from bot.startup import open_database, unlock
from bot.store.challenges import publications
from bot.store.db import migrate
from bot.store.keys.master_key import new_secret_key
from bot.store.members import organisation, roles
from bot.store.members.vault import Vault
from bot.store.schema.teams import InvitationKind, Role
from bot.store.teams import invitations, teams
from tests.golden.chat import Chat
from tests.golden.received import Receiver
from tests.golden.record import BOT, Event, Kind, Record
from tests.support.databases import copied
from tests.support.fakes import AMSTERDAM, FakeChannel, FixedClock
from tests.support.inbox import NO_LIMITS, all_is_handled, listening
from tests.support.noise import drop_noise
from tests.support.telegram.bot_api import BotApiServer
from tests.support.telegram.pace import UNLIMITED

TOKEN = "123:abc"
# Not all sets, or each new challenge would change what is asked in all of the pictures.
SETS = ("nieuwsgierig", "ja-en")
OTHER_CHANNEL = "matrix"
PAGES_ADDRESS = "https://olievlek.example.org"
PHONE = "Mozilla/5.0 (Android 16; Mobile; rv:150.0) Gecko/150.0 Firefox/150.0"


@dataclass(frozen=True)
class Prepared:
    """A database that is ready to begin with, and its key; each dialogue gets a copy."""

    file: Path
    vault: Vault


async def prepared(folder: Path) -> Prepared:
    """A database with the sets of the dialogues, in this folder."""
    file, vault = folder / "prepared.db", Vault(new_secret_key())
    async with open_database(f"sqlite+aiosqlite:///{file}") as database:
        await migrate.upgrade(database)
        await unlock(database, vault)
        async with database.transaction() as session:
            for name in SETS:
                challenges = read_set(resource_folder("prompts") / f"{name}.yaml")
                await publications.publish(session, challenges, datetime(2026, 1, 1, tzinfo=UTC))
    return Prepared(file, vault)


class Scene:
    """What a dialogue is played with.

    Attributes:
        language: in which it is held.
        record: what was seen.
        clock: stands still until the dialogue moves it.
    """

    def __init__(
        self,
        server: BotApiServer,
        application: Application,
        fake_channel: FakeChannel,
        clock: FixedClock,
        language: str,
    ) -> None:
        self.language, self.clock = language, clock
        self.record = Record(language)
        self._server, self._application, self._fake_channel = server, application, fake_channel
        self._receiver = Receiver(server, self.record)

    def person(self, name: str = "Sanne", number: int = 7, place: str = "") -> Chat:
        """Somebody with a private chat with the bot; `place` is what the picture calls it."""
        return Chat(self, self._server.person(number, name, self.language), place)

    def group(self, title: str) -> Chat:
        """A group; who speaks in it is said each time."""
        return Chat(self, self._server.group(title=title), title)

    def text(self, dutch: str, english: str | None) -> str:
        """One of the two; English is left out where it is the same."""
        return dutch if self.language == "nl" or english is None else english

    async def time_goes_to(
        self, day: int, month: int, hour: int, minute: int, *chats: Chat, year: int = 2026
    ) -> None:
        """It is this local time, and what is due is sent, to these chats."""
        self.clock.goes_to(day, month, hour, minute, year)
        moment = Words(self.language).moment(self.clock(), AMSTERDAM)
        self.record.add(Event(Kind.MOMENT, moment))
        await self.all_that_is_due()
        for chat in chats:
            self.reads(chat)

    async def retention_runs(self, chat: Chat) -> None:
        """The bot deletes what is too old, and asks in this chat whether somebody stays."""
        await self._application.retention.run()
        await self._application.outbox_sender.tick()
        self.reads(chat)

    async def all_that_is_due(self) -> None:
        """Nudges and digests go out."""
        await self._application.nudge_sender.tick()
        await self._application.digest_sender.tick()

    async def team(self, name: str, lead: Chat | None = None) -> str:
        """A team of this name, led by somebody; a code with which one joins it."""
        async with self._application.database.transaction() as session:
            zone = str(AMSTERDAM)
            team = await teams.create(session, name, self.language, zone, self.clock())
            await drop_noise(session)
            if lead is not None:
                pair = ("telegram", str(lead.person.id))
                await roles.grant(session, pair, Role.LEAD, team.id, self.clock())
            return await invitations.create_invitation(
                session, team.id, InvitationKind.TEAM, self.clock()
            )

    async def on_matrix(self, text: str, seen: str, chat: Chat) -> None:
        """Somebody says this on Matrix; `seen` tells it in the picture."""
        self.record.add(Event(Kind.ELSEWHERE, seen))
        who = Address(self._fake_channel.name, "@sanne:example.org")
        content = Pressed(text) if text.startswith("link:") else Typed(text, "there")
        said = Incoming(f"there/{text}", who, self.clock(), content)
        await self._application.replies.handle(said)
        self.reads(chat)

    async def grants(self, number: int, role: Role) -> None:
        """Whoever keeps the bot gives somebody a role."""
        async with self._application.database.transaction() as session:
            await roles.grant(session, (Telegram.name, str(number)), role, None, self.clock())

    async def has_team(self, name: str) -> None:
        """There is a team of this name."""
        async with self._application.database.transaction() as session:
            zone = "Europe/Amsterdam"
            await teams.create(session, name, self.language, zone, self.clock())

    async def signs_in(self, link: str, chat: Chat) -> None:
        """Somebody opens a link on their phone and presses its button; the chat is told."""
        assert self._application.site is not None
        transport = httpx.ASGITransport(self._application.site.application())
        async with httpx.AsyncClient(transport=transport, headers={"User-Agent": PHONE}) as phone:
            assert (await phone.post(link)).status_code == 303
        self.reads(chat)

    async def organisation_code(self, name: str, browser: str) -> str:
        """Somebody signs in at their organisation in a browser; the code that its page shows."""
        async with self._application.database.transaction() as session:
            who = organisation.SignedInAs("a digest", name, browser)
            return await organisation.new_code(session, who, self.clock())

    async def settled(self, chat: Chat) -> None:
        """Waits until the bot has dealt with all that was done, and notes what it said."""
        inbox = self._application.inboxes[Telegram.name]
        await all_is_handled(self._server, inbox, timeout=20)
        self.reads(chat)

    def reads(self, chat: Chat) -> None:
        """Notes what came in this chat."""
        self._receiver.reads(chat.person, chat.place)

    def notes(self, chat: Chat, event: Event) -> None:
        """Notes what somebody did in this chat."""
        self._receiver.enters(chat.place)
        self.record.add(event)


@asynccontextmanager
async def scene(
    start: Prepared, folder: Path, language: str, pages: str = ""
) -> AsyncIterator[Scene]:
    """A scene with nobody in it, on a Monday in November, ten o'clock in Amsterdam.

    Args:
        start: the database that it begins with.
        folder: where that is copied to.
        language: in which it is held.
        pages: the address of the bot's pages; empty: it has none.
    """
    clock, fake_channel = FixedClock(), FakeChannel(name=OTHER_CHANNEL)
    async with open_database(copied(start.file, folder / "scene.db")) as database:
        await unlock(database, start.vault)
        async with BotApiServer(TOKEN) as server:
            server.bot_user |= {"first_name": BOT, "username": "olievlek_bot"}
            telegram = Telegram(Login(server.url, TOKEN), clock, UNLIMITED)
            channels: list[Channel] = [telegram, fake_channel]
            options = BuildOptions(inbox_limits=NO_LIMITS, pages=pages)
            application = build(database, start.vault, channels, clock, options)
            try:
                async with listening(application, telegram):
                    # What it wants to hear of, such as reactions, it says with its first question.
                    await server.until(lambda: server.calls_of("getUpdates"))
                    yield Scene(server, application, fake_channel, clock, language)
            finally:
                await telegram.close()
