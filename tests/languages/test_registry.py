"""Languages are named in their own folders alone, and their specifications are complete."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import bot
from bot.conversation.commands import COMMANDS
from bot.languages.registry import language_of, languages, tags, text_in
from bot.languages.tags import canonical_tag

SOURCE = Path(bot.__file__).parent
# A tag by itself, or as the end or the beginning of a name: `task_nl`, `nl or en`.
TAG = re.compile(rf"(?:\w+_)?(?:{'|'.join(tags())})(?: or \w+)?")
ONLY_IN_THE_DEMO = {"jump"}


def names_of(tree: ast.AST) -> Iterator[str]:
    """Every text, attribute, argument and field in a module."""
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(text)):
                yield text
            case ast.Attribute(attr=name) | ast.Name(id=name) | ast.arg(arg=name):
                yield name


def test_no_module_but_its_own_names_a_language() -> None:
    naming = {
        str(file.relative_to(SOURCE)): name
        for file in SOURCE.rglob("*.py")
        if not file.is_relative_to(SOURCE / "languages")
        for name in names_of(ast.parse(file.read_text()))
        if TAG.fullmatch(name)
    }
    assert naming == {}


@pytest.mark.parametrize("tag", tags())
def test_a_specification_names_every_command(tag: str) -> None:
    language = language_of(tag)
    commands = [one for command in COMMANDS for one in (command, *command.subcommands)]
    keys = {command.key for command in commands if command.typed_names}
    assert language.command_names.keys() == keys | ONLY_IN_THE_DEMO
    assert language.command_aliases.keys() <= keys
    assert language.messages.is_file()


def test_one_language_greets_the_rest_of_the_world() -> None:
    assert [language.tag for language in languages() if language.international] == ["en"]


def test_a_text_that_is_not_there_has_another_in_its_place() -> None:
    assert text_in({"fy": "c", "en": "b", "nl": "a"}, "fy") == "c"
    assert text_in({"en": "b", "nl": "a"}, "fy") == "a"


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("nl", "nl"), ("PAP", "pap"), ("en_gb", "en-GB"), ("sr-latn-RS", "sr-Latn-RS"),
        ("sl-rozaj", "sl-rozaj"), ("e", None), ("task", None), ("en-", None), ("", None),
        ("en gb", None), ("tried_nl", None), ("nl" + "-abcdefgh" * 4, None),
    ],
)  # fmt: skip
def test_tags_as_the_standard_writes_them(text: str, tag: str | None) -> None:
    assert canonical_tag(text) == tag
