"""The shell completes commands, and the manual page has all of them."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.command_line import olievlek
from tests.support.processes import environment
from tools.docs.command_line import commands
from tools.docs.manual_page import write_manual_pages


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("olievlek d", ["demo", "db"]),
        ("olievlek db ba", ["backup"]),
        ("olievlek sets push --dr", ["--dry-run"]),
    ],
)
def test_the_shell_completes(tmp_path: Path, typed: str, completed: list[str]) -> None:
    env = environment(tmp_path) | {
        "_OLIEVLEK_COMPLETE": "complete_bash",
        "COMP_WORDS": typed,
        "COMP_CWORD": str(typed.count(" ")),
    }
    code, out, err = olievlek(env, tmp_path)
    assert (code, err, out.split()) == (0, "", completed)


@pytest.mark.parametrize(
    ("language", "words"),
    [("nl", "aanvullen met Tab"), ("en", "Install completion for the current shell")],
)
def test_completion_is_explained(tmp_path: Path, language: str, words: str) -> None:
    _, out, _ = olievlek(environment(tmp_path, LANGUAGE=language), tmp_path, "--help")
    assert words in " ".join(out.split())


def test_the_manual_page_has_every_command(tmp_path: Path) -> None:
    for file, language in zip(write_manual_pages(tmp_path), ("nl", "en"), strict=True):
        text = file.read_text().replace(r"\-", "-")
        assert text.startswith(".TH OLIEVLEK 1 ")
        assert [each.name for each in commands(language) if each.usage not in text] == []
        if groff := shutil.which("groff"):
            done = subprocess.run(
                [groff, "-K", "utf8", "-man", "-Tutf8", "-ww", file], capture_output=True, text=True
            )
            assert (done.returncode, done.stderr) == (0, "")
