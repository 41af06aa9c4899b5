"""`olievlek demo`: a chat in the terminal, on a clock that can jump to the next moment."""

import sys
import tempfile
from dataclasses import replace
from datetime import datetime, timedelta
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer

from bot.app import Application, BuildOptions, build, now
from bot.channels.terminal.channel import Terminal
from bot.cli.shared.common import asynchronous
from bot.cli.shared.language import operator_language
from bot.cli.shared.options import OK
from bot.config.settings import ConfigError
from bot.conversation.words import Words
from bot.languages.registry import languages, tags
from bot.languages.sentences import Choice, Sentence
from bot.membership import Returned
from bot.messages import Incoming, Outgoing, Typed
from bot.operation.logs import set_up_logs
from bot.startup import open_database, prepare
from bot.store.keys.master_key import new_secret_key
from bot.store.members import members
from bot.store.members.vault import Vault
from bot.store.nudges import nudges

PERSON = "demo"
ZONE = "Europe/Amsterdam"
# A jump may land on a holiday or in quiet hours, from where the nudge moves on a little.
MAX_HOPS = 10


@asynchronous
async def demo(
    database: Annotated[
        Path | None, typer.Option(metavar="metavar.file", help="option.demo_database")
    ] = None,
    language: Annotated[
        str | None, typer.Option(metavar="metavar.language", help="option.demo_language")
    ] = None,
) -> int:
    """Chats in the terminal; no account needed."""
    language = operator_language().tag if language is None else language
    if language not in tags():
        raise ConfigError([Sentence("mistake.language", tag=language, tags=Choice(tags()))])
    set_up_logs("ERROR", "console")
    folder = Path(tempfile.mkdtemp(prefix="olievlek-"))
    file = database or folder / "demo.db"
    clock = DemoClock()
    async with open_database(f"sqlite+aiosqlite:///{file}") as demo_database:
        vault = _kept_vault(file) if database else Vault(new_secret_key())
        await prepare(demo_database, vault, clock())
        _use_utf8()
        terminal = Terminal(PERSON, clock, sys.stdin, sys.stdout, folder)
        application = build(demo_database, vault, [terminal], clock, BuildOptions(language, ZONE))
        await DemoChat(application, terminal, clock, Words(language)).run()
    return OK


class DemoClock:
    """The real time, plus all that was jumped over."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def __call__(self) -> datetime:
        """Returns the present of the demo."""
        return now() + self._ahead

    def jump_to(self, moment: datetime) -> None:
        """Makes `moment` the present, unless it is past already."""
        self._ahead += max(moment - self(), timedelta())


class DemoChat:
    """A chat with the whole application in a terminal, and the one command that only a demo has.

    Args:
        application: what answers and sends.
        terminal: its only channel.
        clock: the clock that the application was built with.
        say: the words for what the demo itself says.
    """

    def __init__(
        self, application: Application, terminal: Terminal, clock: DemoClock, say: Words
    ) -> None:
        self._application = application
        self._terminal = terminal
        self._clock = clock
        self._say = say

    async def run(self) -> None:
        """Chats until the end of the input."""
        await self._print(self._say("demo.hello"))
        scheduler = self._application.schedule().scheduler
        if sys.stdin.isatty():  # on a pipe only /spring moves time, so that a story repeats
            scheduler.start()
        await self._terminal.listen(self._handle)
        if scheduler.running:
            scheduler.shutdown(wait=False)

    async def _handle(self, incoming: Incoming) -> str | None:
        content = incoming.content
        if isinstance(content, Typed) and _is_jump(content.text):
            # A jump is a sign of life too, or there would be no moment to jump to after a silence.
            await self._application.replies.handle(replace(incoming, content=Returned()))
            await self._jump()
            return None
        return await self._application.replies.handle(incoming)

    async def _print(self, text: str) -> None:
        await self._terminal.send(PERSON, Outgoing(text), "demo")

    async def _jump(self) -> None:
        """Moves the clock to the next moment, and on until a nudge is sent there."""
        for _ in range(MAX_HOPS):
            async with self._application.database.reading() as session:
                member = await members.find_member(session, Terminal.name, PERSON)
                postponed = await nudges.next_send_at(session)
            planned = member.next_nudge_at if member else None
            moments = [moment for moment in (planned, postponed) if moment is not None]
            if member is None or not moments:
                await self._print(self._say("demo.nowhere"))
                return
            self._clock.jump_to(min(moments))
            words = Words(member.language)
            moment = words.moment(self._clock(), member.rhythm.zone)
            await self._print(words("demo.jumped", moment=moment))
            if await self._application.nudge_sender.tick():
                return


def _is_jump(text: str) -> bool:
    """Whether it is the command that moves the clock, in any language."""
    return text.lower() in {f"/{language.command_names['jump']}" for language in languages()}


def _use_utf8() -> None:
    """Reads and prints UTF-8 in any locale; bytes that are no UTF-8 are replaced."""
    for stream in (sys.stdin, sys.stdout):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")


def _kept_vault(file: Path) -> Vault:
    """Returns the vault of a demo that is kept.

    Its key stands in a file beside the database, made on first use, readable by its owner alone.

    Raises:
        ConfigError: there is no key in that file.
    """
    key_file = file.with_name(f"{file.name}.key")
    if not key_file.exists():
        key_file.touch(mode=0o600)
        key_file.write_text(new_secret_key())
    try:
        return Vault(key_file.read_text().strip())
    except ValueError as error:
        raise ConfigError([Sentence("mistake.no_key", file=key_file)]) from error
