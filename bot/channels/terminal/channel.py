"""A chat in the terminal: framed on a screen, plain lines on a pipe."""

import asyncio
import threading
from pathlib import Path
from secrets import token_hex
from typing import TextIO

from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from bot.channels.base import IncomingHandler, ShouldSend, always_send
from bot.channels.terminal import NAME
from bot.messages import Address, Button, Clock, Content, Incoming, Outgoing, Pressed, Typed
from bot.private_files import write_private

PROMPT = "› "
MAX_WIDTH = 72


class Terminal:
    """One person on standard input and output.

    A typed number presses the button of that number in the last message that has any; all else is
    text. Pictures and files are saved in `folder`, and their path is printed.

    Args:
        person: the address of the person at the keyboard.
        clock: tells the present.
        source: to read lines from.
        target: to print messages on.
        folder: for pictures and files.
    """

    name = NAME

    def __init__(
        self, person: str, clock: Clock, source: TextIO, target: TextIO, folder: Path
    ) -> None:
        self._person = Address(self.name, person)
        self._clock, self._source, self._folder = clock, source, folder
        self._screen = source.isatty() and target.isatty()
        self._console = Console(
            file=target, soft_wrap=True, highlight=False, markup=False, emoji=False
        )
        self._buttons: list[Button] = []
        self._question_key: str | None = None
        self._session, self._line_count = token_hex(4), 0

    async def listen(self, handle: IncomingHandler) -> None:
        """Passes line after line to `handle`; each is answered before the next is read."""
        lines: asyncio.Queue[str | None] = asyncio.Queue()
        loop = asyncio.get_running_loop()
        requests = threading.Semaphore(0)

        def read() -> None:
            # In a daemon thread: a read that waits for a person must not delay the end of the
            # program.
            line: str | None = ""
            while line is not None and requests.acquire():
                try:
                    line = self._source.readline() or None
                except (OSError, ValueError):  # the input was closed, or is no text
                    line = None
                loop.call_soon_threadsafe(lines.put_nowait, line)

        threading.Thread(target=read, daemon=True).start()
        while True:
            self._prompt()
            requests.release()
            line = await lines.get()
            if line is None:
                return
            await self._handle(line.strip(), handle)

    async def _handle(self, line: str, handle: IncomingHandler) -> None:
        if not line:
            return
        if not self._screen:
            self._console.print(f"{PROMPT}{line}\n")
        self._line_count += 1
        key = f"{self._session}-{self._line_count}"
        notice = await handle(Incoming(key, self._person, self._clock(), self._content(line, key)))
        if notice:
            self._print(notice, [])

    def _content(self, line: str, key: str) -> Content:
        if line.isdecimal() and 1 <= int(line) <= len(self._buttons):
            return Pressed(self._buttons[int(line) - 1].action, self._question_key)
        return Typed(line, key)

    async def send(
        self,
        to: str,
        message: Outgoing,
        key: str,
        *,
        urgent: bool = False,
        should_send: ShouldSend = always_send,
    ) -> str | None:
        """Prints the message; an edit that leaves nothing to choose prints nothing.

        What it says is printed as the notice; only a farewell has none.
        """
        leaves_choices = bool(message.text and message.buttons)
        if message.replaces is not None and not (leaves_choices or message.farewell):
            return None
        buttons = [button for row in message.buttons for button in row]
        if buttons:
            self._buttons, self._question_key = buttons, key
        text = message.text
        if message.picture is not None:
            text += f"\n[{self._save(message.picture.name, message.picture.drawing.draw())}]"
        if message.file is not None:
            text += f"\n[{self._save(message.file.name, message.file.content)}]"
        self._print(text, buttons)
        return key

    async def whoami(self) -> str:
        """Returns the person's address; there is no log-in."""
        return self._person.id

    async def trouble(self) -> str | None:
        """Returns None: there is no connection that could fail."""
        return None

    async def close(self) -> None:
        """Does nothing: there are no connections."""

    def _save(self, name: str, content: bytes) -> Path:
        path = self._folder / name
        write_private(path, content)
        return path

    def _prompt(self) -> None:
        if self._screen:
            self._console.print(Text(PROMPT, style="bold"), end="")

    def _print(self, text: str, buttons: list[Button]) -> None:
        choices = [f"  {n}. {button.label}" for n, button in enumerate(buttons, start=1)]
        if not self._screen:
            self._console.print("\n".join([text, *choices, ""]))
            return
        body = Text(text)
        for choice in choices:
            body.append(f"\n{choice}", style="cyan")
        width = min(MAX_WIDTH, self._console.width)
        frame = Panel(body, title="Olievlek", title_align="left", width=width)
        self._console.print(frame, soft_wrap=False)
