"""`olievlek demo`: a chat in the terminal, on a clock that can jump to the next moment."""

import sys
import tempfile
from datetime import datetime, timedelta
from io import TextIOWrapper
from pathlib import Path

from bot.app import Application, BuildOptions, build, now
from bot.channels.terminal.channel import Terminal
from bot.conversation.words import Words
from bot.messages import Incoming, Outgoing, Typed
from bot.settings import ConfigError
from bot.startup import open_database, prepare
from bot.store.members import members
from bot.store.members.vault import Vault, new_secret_key
from bot.store.nudges import nudges

JUMPS = frozenset({"/spring", "/jump"})
PERSON = "demo"
ZONE = "Europe/Amsterdam"
# A jump may land on a holiday or in quiet hours, from where the nudge moves on a little.
MAX_HOPS = 10


class DemoClock:
    """The real time, and what was jumped over."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def __call__(self) -> datetime:
        """The demo's present."""
        return now() + self._ahead

    def jump_to(self, moment: datetime) -> None:
        """Makes `moment` the present, unless it is past already."""
        self._ahead += max(moment - self(), timedelta())


class Demo:
    """The house with a terminal in it, and the one command that exists nowhere else.

    Args:
        application: all rooms, joined.
        terminal: the chat.
        clock: the clock the house was built with.
        say: the words for what the demo itself says.
    """

    def __init__(
        self, application: Application, terminal: Terminal, clock: DemoClock, say: Words
    ) -> None:
        self._application, self._terminal, self._clock, self._say = (
            application,
            terminal,
            clock,
            say,
        )

    async def handle(self, incoming: Incoming) -> str | None:
        """Jumps when asked to; all else is conversation."""
        content = incoming.content
        if isinstance(content, Typed) and content.text.lower() in JUMPS:
            await self._jump()
            return None
        return await self._application.replies.handle(incoming)

    async def tell(self, text: str) -> None:
        """Says something of the demo's own."""
        await self._terminal.send(PERSON, Outgoing(text), "demo")

    async def _jump(self) -> None:
        for _ in range(MAX_HOPS):
            async with self._application.database.reading() as session:
                member = await members.find_member(session, Terminal.name, PERSON)
                waiting = await nudges.next_send_at(session)
            planned = member.next_nudge_at if member else None
            known = [moment for moment in (planned, waiting) if moment is not None]
            if member is None or not known:
                await self.tell(self._say("demo.nowhere"))
                return
            self._clock.jump_to(min(known))
            words = Words(member.language)
            moment = words.moment(self._clock(), member.rhythm.zone)
            await self.tell(words("demo.jumped", moment=moment))
            if await self._application.nudge_sender.tick():
                return


async def run_demo(database: Path | None, language: str) -> None:
    """Chats until the end of the input.

    Args:
        database: a SQLite file to keep; None: one in a temporary folder, with a key of the moment.
        language: to greet in.

    Raises:
        ConfigError: the database cannot be used.
    """
    folder = Path(tempfile.mkdtemp(prefix="olievlek-"))
    file = database or folder / "demo.db"
    clock = DemoClock()
    async with open_database(f"sqlite+aiosqlite:///{file}") as opened:
        vault = _vault_for(file) if database else Vault(new_secret_key())
        await prepare(opened, vault, clock())
        _speak_utf8()
        terminal = Terminal(PERSON, clock, sys.stdin, sys.stdout, folder)
        application = build(opened, vault, [terminal], clock, BuildOptions(language, ZONE))
        say = Words(language)
        demo = Demo(application, terminal, clock, say)
        await demo.tell(say("demo.hello"))
        scheduler = application.scheduler()
        if sys.stdin.isatty():  # on a pipe time moves by /spring alone, so that a story repeats
            scheduler.start()
        await terminal.listen(demo.handle)
        if scheduler.running:
            scheduler.shutdown(wait=False)


def _speak_utf8() -> None:
    """Whatever the locale: what cannot be read is replaced, and everything can be printed."""
    for stream in (sys.stdin, sys.stdout):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")


def _vault_for(file: Path) -> Vault:
    """With the key beside a demo's database, made on first use, readable by its owner alone.

    Raises:
        ConfigError: what lies there is no key.
    """
    beside = file.with_name(f"{file.name}.key")
    if not beside.exists():
        beside.touch(mode=0o600)
        beside.write_text(new_secret_key())
    try:
        return Vault(beside.read_text().strip())
    except ValueError as error:
        raise ConfigError([f"{beside} holds no key; choose another --database"]) from error
