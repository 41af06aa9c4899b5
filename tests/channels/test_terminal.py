"""The terminal channel, on a pipe and on a screen."""

import io
import os
import pty
from pathlib import Path

from bot.channels.terminal.channel import Terminal
from bot.messages import Button, DrawnPicture, File, Incoming, Outgoing, Picture, Pressed, Typed
from tests.support.fakes import FixedClock

YES = ((Button("Ja", "yes:1"), Button("Nee", "no:1")),)


def terminal(lines: str, folder: Path, clock: FixedClock) -> tuple[Terminal, io.StringIO]:
    """A terminal on a pipe, and what it prints."""
    target = io.StringIO()
    return Terminal("demo", clock, io.StringIO(lines), target, folder), target


async def test_numbers_press_and_all_else_is_text(tmp_path: Path, clock: FixedClock) -> None:
    chat, target = terminal("hallo\n\n2\n3\n1x\n", tmp_path, clock)
    heard: list[Incoming] = []

    async def handle(incoming: Incoming) -> str | None:
        heard.append(incoming)
        return "Gezien" if isinstance(incoming.content, Pressed) else None

    asked = await chat.send("demo", Outgoing("Kies", YES), "first")
    await chat.listen(handle)
    contents = [incoming.content for incoming in heard]
    assert contents[1] == Pressed("no:1", asked)
    assert [c.text for c in contents if isinstance(c, Typed)] == ["hallo", "3", "1x"]
    assert target.getvalue().startswith("Kies\n  1. Ja\n  2. Nee\n\n› hallo\n")
    assert "Gezien" in target.getvalue()
    assert "\x1b" not in target.getvalue()


async def test_taking_buttons_away_prints_nothing(tmp_path: Path, clock: FixedClock) -> None:
    chat, target = terminal("", tmp_path, clock)
    assert await chat.send("demo", Outgoing("Gekozen", replaces="first"), "k") is None
    assert target.getvalue() == ""
    await chat.send("demo", Outgoing("Wanneer?", YES, replaces="first"), "k")
    assert "Wanneer?" in target.getvalue()


async def test_pictures_and_files_are_laid_down(tmp_path: Path, clock: FixedClock) -> None:
    chat, target = terminal("", tmp_path, clock)
    await chat.send(
        "demo", Outgoing("Reeks", picture=Picture(DrawnPicture(b"png"), "reeks.png")), "k"
    )
    await chat.send("demo", Outgoing("Alles", file=File("a.zip", b"zip")), "k")
    assert (tmp_path / "reeks.png").read_bytes() == b"png"
    assert (tmp_path / "a.zip").read_bytes() == b"zip"
    assert str(tmp_path / "reeks.png") in target.getvalue()


async def test_two_runs_never_tell_the_same_key(tmp_path: Path, clock: FixedClock) -> None:
    keys: list[str] = []

    async def handle(incoming: Incoming) -> None:
        keys.append(incoming.key)

    for _ in range(2):
        chat, _ = terminal("hallo\n", tmp_path, clock)
        await chat.listen(handle)
    assert len(set(keys)) == 2


async def test_on_a_screen_messages_are_framed(tmp_path: Path, clock: FixedClock) -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(theirs) as source, os.fdopen(os.dup(theirs), "w") as target:
        chat = Terminal("demo", clock, source, target, tmp_path)
        heard: list[Incoming] = []

        async def handle(incoming: Incoming) -> None:
            heard.append(incoming)

        await chat.send("demo", Outgoing("woord " * 40 + "einde", YES), "k")
        os.write(ours, b"1\n\x04")
        await chat.listen(handle)
        assert [incoming.content for incoming in heard] == [Pressed("yes:1", "k")]
        shown = os.read(ours, 65_536).decode()
    os.close(ours)
    assert "Olievlek" in shown and "1. Ja" in shown
    assert shown.count("woord") == 40 and "einde" in shown
    assert await chat.whoami() == "demo"
    await chat.close()
