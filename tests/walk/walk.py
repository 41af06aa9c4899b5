"""An administrator who does what a page says, and what they did, line by line."""

import re
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from tests.support.paths import PROJECT
from tests.walk.machine import USER, Machine
from tests.walk.pages import Command
from tests.walk.terminal import Answer, Ended, Terminal

WALKS = PROJECT / "build" / "walks"
SHOWN_ON_FAILURE = 12_000


class Table(NamedTuple):
    """What a person fills in, by what the page says.

    Attributes:
        words: what stands in the page for something of their own, and what they type.
        answers: what they answer to the questions of a command.
        afterwards: what they do by hand after a command, such as filling in a file.
        elsewhere: what they do not type here, by how it begins, and why.
        goes_on: a command that ends when they press Ctrl-C.
        in_a_new_terminal: after this command.
    """

    words: Mapping[str, str] = {}
    answers: Mapping[str, Sequence[Answer]] = {}
    afterwards: Mapping[str, Callable[[], str]] = {}
    elsewhere: Mapping[str, str] = {}
    goes_on: str = ""
    in_a_new_terminal: str = ""


@dataclass
class Walk:
    """One walk.

    Attributes:
        name: of the file with what was done.
        machine: on which.
        folders: in which folder a terminal of a user opens; where the files of the release are.
    """

    name: str
    machine: Machine
    folders: Mapping[str, str]
    lines: list[str] = field(default_factory=list)
    terminals: dict[str, Terminal] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)
    typed: int = 0

    async def follow(self, commands: Iterable[Command], table: Table) -> None:
        """Types these commands, in the way of the table.

        Raises:
            AssertionError: one ended with another code than 0, or something in the table is not in
                the commands, so that it is about an older page.
        """
        commands = [*commands]
        unused = _not_in(commands, table)
        assert not unused, f"not on the page any more: {unused}"
        for command in commands:
            if why := _why_elsewhere(command.line, table):
                self.notes(f"not typed: {command.line} ({why})")
                continue
            await self._types(command, table)

    async def _types(self, command: Command, table: Table) -> None:
        user = "root" if command.as_root else USER
        line = command.line
        for words, own in table.words.items():
            line = line.replace(words, own)
        if command.line == table.goes_on:
            await self.begins(line, user)
            return
        await self.types(line, user, table.answers.get(command.line, ()))
        if command.line in table.afterwards:
            self.notes(f"by hand: {table.afterwards[command.line]()}")
        if command.line == table.in_a_new_terminal:
            await self.terminals.pop(user).leaves()
            self.notes("a new terminal")

    async def types(self, line: str, user: str = "root", answers: Sequence[Answer] = ()) -> str:
        """Types one line, and returns what it said.

        Raises:
            AssertionError: it ended with another code than 0.
        """
        ended = await (await self._terminal(user)).types(line, answers)
        self._adds(ended, user, line)
        if ended.code:
            ask = "journalctl --boot --no-pager --lines 60"
            logged = await (await self._terminal("root")).types(ask)
            said = "\n".join(each.said[-SHOWN_ON_FAILURE:] for each in (logged, ended))
            raise AssertionError(f"{line}\nended with {ended.code}:\n{said}")
        return ended.said

    async def begins(self, line: str, user: str) -> None:
        """Types one line that goes on until it is interrupted."""
        (await self._terminal(user)).begins(line)
        self._adds(None, user, line)

    async def interrupts(self, user: str = USER) -> None:
        """Presses Ctrl-C.

        Raises:
            AssertionError: the command ended with another code than 0.
        """
        ended = await self.terminals[user].interrupts()
        self._adds(ended, user, "Ctrl-C")
        assert ended.code == 0, ended.said[-SHOWN_ON_FAILURE:]

    async def waits(self, what: str, happens: Awaitable[object]) -> None:
        """Waits until something happens, and writes it down."""
        begun = time.monotonic()
        await happens
        self._tells(f"{time.monotonic() - begun:7.1f} s  {what}")
        self._tells(f"{self._minutes():7.1f} minutes since the beginning")

    def notes(self, what: str) -> None:
        """Writes down something that takes no time."""
        self._tells(f"{'':10} ({what})")

    def finishes(self) -> Path:
        """Writes what was done to a file."""
        self._tells(f"{self.typed} commands, {self._minutes():.1f} minutes")
        file = WALKS / f"{self.name}.txt"
        file.write_text("\n".join(self.lines) + "\n")
        return file

    async def _terminal(self, user: str) -> Terminal:
        if user not in self.terminals:
            self.terminals[user] = await self.machine.terminal(user)
            await self.terminals[user].types(f"cd {self.folders[user]}")
        return self.terminals[user]

    def _adds(self, ended: Ended | None, user: str, line: str) -> None:
        self.typed += 1
        took = f"{ended.seconds:7.1f} s" if ended else f"{'goes on':>9}"
        code = f"   (code {ended.code})" if ended and ended.code else ""
        self._tells(f"{took}  {'#' if user == 'root' else '$'} {line}{code}")

    def _tells(self, line: str) -> None:
        self.lines.append(line)
        print(line, flush=True)

    def _minutes(self) -> float:
        return (time.monotonic() - self.began) / 60


def _why_elsewhere(line: str, table: Table) -> str | None:
    return next((why for begin, why in table.elsewhere.items() if line.startswith(begin)), None)


def _not_in(commands: Sequence[Command], table: Table) -> list[str]:
    """Returns what the table has for a page that does not say it (any more)."""
    lines = [command.line for command in commands]
    whole = {*table.answers, *table.afterwards, table.goes_on, table.in_a_new_terminal} - {""}
    return [
        *(line for line in whole if line not in lines),
        *(each for each in table.words if not re.search(re.escape(each), "\n".join(lines))),
        *(each for each in table.elsewhere if not any(line.startswith(each) for line in lines)),
    ]
