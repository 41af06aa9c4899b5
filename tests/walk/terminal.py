"""A terminal on a machine, and somebody who types in it."""

import asyncio
import re
import time
from collections.abc import Sequence
from typing import NamedTuple, Self

# The prompt says how the last command ended, between two characters that no program prints.
PROMPT = r"PS1='\036$?\036' PS2= PROMPT_COMMAND="
ENDED = re.compile(rb"\x1e(\d+)\x1e")
QUIETLY = f"{PROMPT}; set +o emacs; set +o vi; stty -echo\n"
MINUTES = 15
CTRL_C = b"\x03"


class Answer(NamedTuple):
    """What is typed when a command asks something."""

    asked: str
    typed: str


class Ended(NamedTuple):
    """How a command ended: with which code, after how many seconds, and what it said."""

    code: int
    seconds: float
    said: str


class Terminal:
    """A login shell of a user, in a terminal of its own (`script` makes one)."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._heard = b""

    @classmethod
    async def open(cls, enter: Sequence[str], user: str) -> Self:
        """Opens one by the command that enters the machine."""
        shell = ["script", "--quiet", "--return", "--command", f"su - {user}", "/dev/null"]
        process = await asyncio.create_subprocess_exec(
            *enter,
            *("env", "-i", "TERM=dumb", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"),
            *shell,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        terminal = cls(process)
        terminal._write(QUIETLY.encode())
        await terminal._ends(60)
        return terminal

    def _write(self, typed: bytes) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(typed)

    async def _hears(self) -> None:
        assert self._process.stdout is not None
        more = await self._process.stdout.read(65_536)
        assert more, f"the terminal closed:\n{self._heard.decode(errors='replace')}"
        self._heard += more

    async def _ends(self, seconds: float, answers: Sequence[Answer] = ()) -> tuple[int, str]:
        left, seen = list(answers), 0
        try:
            async with asyncio.timeout(seconds):
                while (ended := ENDED.search(self._heard)) is None:
                    await self._hears()
                    at = self._heard.find(left[0].asked.encode(), seen) if left else -1
                    if at >= 0:
                        self._write(f"{left.pop(0).typed}\n".encode())
                        seen = at + 1
        except TimeoutError as error:
            said = self._heard.decode(errors="replace")
            raise AssertionError(f"it still runs after {seconds:g} s:\n{said}") from error
        said = self._heard[: ended.start()].decode(errors="replace").replace("\r\n", "\n")
        self._heard = self._heard[ended.end() :]
        assert not left, f"it never asked {left[0].asked!r}:\n{said}"
        return int(ended[1]), said

    async def types(self, line: str, answers: Sequence[Answer] = ()) -> Ended:
        """Types a line and waits until it is done."""
        begun = time.monotonic()
        self._write(f"{line}\n".encode())
        code, said = await self._ends(MINUTES * 60, answers)
        return Ended(code, time.monotonic() - begun, said)

    def begins(self, line: str) -> None:
        """Types a line that goes on until it is interrupted."""
        self._write(f"{line}\n".encode())

    async def interrupts(self) -> Ended:
        """Presses Ctrl-C, and waits until the command is done."""
        begun = time.monotonic()
        self._write(CTRL_C)
        code, said = await self._ends(30)
        return Ended(code, time.monotonic() - begun, said)

    async def leaves(self) -> None:
        """Logs out; the terminal closes."""
        self._write(b"exit\n")
        await self.is_closed()

    async def is_closed(self) -> None:
        """Waits until it is closed, such as by the end of the machine."""
        async with asyncio.timeout(30):
            await self._process.communicate()
