"""What a page of the docs tells an administrator to type."""

import re
from pathlib import Path
from typing import NamedTuple

from tests.support.paths import PROJECT

DOCS = PROJECT / "docs"
INSTALLING = DOCS / "installing.md"
OPERATING = DOCS / "operating.md"
BLOCK = re.compile(r"^ *```(console|sql|text)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^##+ (.+)$", re.MULTILINE)


class Command(NamedTuple):
    """A line of a page that is typed, as root or as an ordinary user."""

    as_root: bool
    line: str


def sections(page: Path) -> dict[str, str]:
    """Returns what is below each heading of a page, up to the next of them."""
    text = page.read_text()
    found = [*HEADING.finditer(text)]
    ends = [each.start() for each in found[1:]] + [len(text)]
    return {each[1]: text[each.end() : end] for each, end in zip(found, ends, strict=True)}


def commands(page: Path, heading: str) -> list[Command]:
    """Returns what the blocks below a heading say to type, without the remarks behind it."""
    typed = []
    for kind, block in BLOCK.findall(sections(page)[heading]):
        for line in block.replace("\\\n", "").splitlines() if kind == "console" else []:
            if prompt := re.match(r" *([#$]) ", line):
                said = re.sub(r" +# .*", "", line[prompt.end() :]).strip()
                typed.append(Command(prompt[1] == "#", said))
    return typed


def named(page: Path, heading: str, paragraph: str) -> list[str]:
    """Returns the whole commands in the running text of the paragraph that begins with a word."""
    paragraphs = re.split(r"\n{2,}", sections(page)[heading])
    [text] = [each for each in paragraphs if each.startswith(paragraph)]
    return re.findall(r"`((?:pipx|systemctl|olievlek) [^`]+)`", text.replace("\n", " "))


def said(page: Path, heading: str, begin: str) -> str:
    """Returns what the running text below a heading says to type that begins with these words."""
    text = BLOCK.sub("", sections(page)[heading]).replace("\n", " ")
    [found] = {each for each in re.findall(r"`([^`]+)`", text) if each.startswith(begin)}
    return str(found)


def statements(page: Path, heading: str) -> list[str]:
    """Returns the lines of SQL below a heading."""
    blocks = BLOCK.findall(sections(page)[heading])
    return [line.strip() for kind, block in blocks if kind == "sql" for line in block.splitlines()]


def lines_of_settings(page: Path, heading: str) -> list[str]:
    """Returns the lines for the file of settings below a heading."""
    blocks = BLOCK.findall(sections(page)[heading])
    lines = [
        line.strip() for kind, block in blocks if kind == "text" for line in block.splitlines()
    ]
    return [line for line in lines if line.startswith("OLIEVLEK_")]
