"""What the docs tell an operator to type works: each block of commands is run, page by page."""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.command_line import olievlek
from tests.support.paths import PROJECT
from tests.support.processes import TOKEN, environment
from tools.docs.command_line import Explained, commands

PAGES = sorted({*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md")})
BLOCK = re.compile(r"^ *```(?:console|sh)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`(olievlek [^`]+)`")
SETTING = re.compile(r"^(OLIEVLEK_[A-Z_]+)=(.+)$", re.MULTILINE)
PROGRAM = re.compile(r"^(?:\.venv/bin/|/opt/olievlek/bin/)?olievlek\b")
# What a page shows of files is in the folder of the test.
ELSEWHERE = re.compile(r"/etc/olievlek/|/srv/olievlek/")
# What is not run, by how it begins, and why.
NOT_RUN = {
    r"make ": "a build or a test of its own; that there is such a target is checked",
    r"printf .* \| make demo$": "test_demo.py tells that story",
    r"PATH=": "a setting of the shell",
    r"\(umask": "a shell's own; `olievlek keys new` is run by itself",
    r"cd ": "a shell's own",
    r"(apt-get|python3 -m venv|/opt/olievlek/bin/pip|install|chown|cp) ": "`make test-walk` does",
    r"pipx ": "installs from a package registry; `make test-walk` types it",
    r"(systemctl|journalctl|systemd-run) ": "needs systemd; `make test-walk` types it",
    r"(docker|buildah) ": "needs an image; `make test-walk` types it",
    r"(pg_restore|psql) ": "needs a server of PostgreSQL; `make test-walk` types it",
    r"kubectl ": "needs a cluster; test_deploy.py reads the manifests",
    r"curl ": "needs a bot that runs; test_run.py asks it",
    r"(git|ssh-keygen|export|\(cd dist|sha256sum|\.venv/bin/hatchling) ": "makes a release",
    r"olievlek db copy sqlite\S+ postgresql": "needs a server; test_cli_database.py copies to one",
    r"olievlek sets rollback": "there is one version yet; test_cli_sets.py goes back",
    r"olievlek run$": "goes on until it is stopped; test_run.py runs it",
    r"olievlek inbox (retry|discard) 12": "nothing was set aside; test_cli_inbox.py does both",
}


class Typed(NamedTuple):
    """A line of a block: what is typed, and what the page shows below it."""

    line: str
    shown: list[str]


# What has a Dutch name on a Dutch page.
IN_ENGLISH = {"maandag.": "monday.", "sleutels.": "keys.", "/sleutel": "/key"}


@dataclass
class Operator:
    """Somebody who types what a page says, in an empty folder.

    Attributes:
        folder: where.
        env: the settings; one that a command prints is taken over, as the page says.
        answers: what is typed when a command asks something.
    """

    folder: Path
    env: dict[str, str]
    answers: str
    done: list[str] = field(default_factory=list)

    def types(self, typed: Typed) -> None:
        """Types one line, and fails if it does not do what it is named after."""
        line, _, target = ELSEWHERE.sub("", typed.line).partition(" >> ")
        words = shlex.split(PROGRAM.sub("", line))
        self.prepare(words)
        given = f"{TOKEN}\nnl\nEurope/Amsterdam\n" if words == ["init"] else self.answers
        code, out, err = olievlek(self.env, self.folder, *words, given=given)
        assert code == 0, (typed.line, out, err)
        for shown in typed.shown:
            if shown.startswith("telegram:"):  # nobody is asked over the network
                continue
            if shown.startswith(("pages: tip", "pagina’s: tip")):  # see the test of that line
                continue
            assert self.looks_like(shown, words).search(out + err), (shown, out, err)
        if target or words[:2] in (["backup", "key"], ["keys", "rotate"]):
            self.env |= dict(SETTING.findall(out))
        if words == ["init"]:
            self.env.pop("OLIEVLEK_SECRET_KEY")  # that of the file counts from here
        self.done.append(" ".join(words[:2]))

    def prepare(self, words: list[str]) -> None:
        """Does what the pages say beside the blocks."""
        if words[:2] == ["db", "restore"]:
            (self.folder / "olievlek.db.before-restore").unlink(missing_ok=True)
        if words[:2] != ["db", "upgrade"] and "db upgrade" not in self.done and words != ["init"]:
            self.types(Typed("olievlek db upgrade", []))
            self.types(Typed("olievlek team list", []))  # opens the keys, as a first start does
        if words == ["check"] and (file := self.folder / ".env").exists():
            file.write_text(file.read_text().replace(f"OLIEVLEK_TELEGRAM_TOKEN={TOKEN}\n", ""))

    def looks_like(self, shown: str, words: list[str]) -> re.Pattern[str]:
        """Returns what a shown line stands for: of `check`, which part it is about."""
        if words == ["check"]:
            return re.compile(re.escape(shown.partition(":")[0]) + ":")
        return re.compile(re.sub(r"\d+", r"\\d+", re.escape(shown)).replace("…", ".+"))


def blocks(page: Path) -> list[Typed]:
    """Returns what is typed on a page, with what is shown below it."""
    typed: list[Typed] = []
    for block in BLOCK.findall(page.read_text()):
        is_plain = not re.search(r"^ *[$#] ", block, re.MULTILINE)
        for line in block.replace("\\\n", "").splitlines():
            prompt = re.match(r" *[$#] ", line)
            if prompt or is_plain:
                typed.append(
                    Typed(line[prompt.end() if prompt else 0 :].split("  #")[0].strip(), [])
                )
            elif line.strip():
                typed[-1].shown.append(line.strip())
    return [each._replace(line=re.sub(r" # .*| \[--.*", "", each.line)) for each in typed]


def reason_not_to_run(line: str) -> str | None:
    """Returns why a line is not run; None: it is."""
    return next((why for begin, why in NOT_RUN.items() if re.match(begin, line)), None)


@pytest.fixture
def operator(request: pytest.FixtureRequest, tmp_path: Path) -> Operator:
    """An operator of a bot with a chat in the browser, who reads pages in one language."""
    page: Path = request.getfixturevalue("page")
    english = ".en" in page.suffixes
    (tmp_path / "backups").mkdir()
    settings = {
        "LANGUAGE": "en" if english else "nl",
        "WEB_CHAT": "on",
        "PUBLIC_URL": "https://olievlek.example.org",
        "BACKUP_DIR": str(tmp_path / "backups"),
    }
    return Operator(tmp_path, environment(tmp_path, **settings), "y\n" if english else "j\n")


RUN = [
    page for page in PAGES if any(reason_not_to_run(typed.line) is None for typed in blocks(page))
]


@pytest.mark.parametrize("page", RUN, ids=lambda page: page.name)
def test_what_a_page_says_to_type_works(page: Path, operator: Operator) -> None:
    for typed in blocks(page):
        if reason_not_to_run(typed.line) is None:
            operator.types(typed)
    assert operator.done


@pytest.mark.parametrize(
    "page",
    [PROJECT / "docs" / f"quickstart{suffix}.md" for suffix in ("", ".en")],
    ids=["nl", "en"],
)
def test_who_begins_is_told_of_the_pages_as_the_page_shows(page: Path, operator: Operator) -> None:
    [shown] = re.findall(r"^pag.*: tip: .*$", page.read_text(), re.MULTILINE)
    for name in ("PUBLIC_URL", "WEB_CHAT"):  # who begins has filled in neither
        del operator.env[f"OLIEVLEK_{name}"]
    assert olievlek(operator.env, operator.folder, "db", "upgrade")[0] == 0
    _, out, _ = olievlek(operator.env, operator.folder, "check")
    assert any(line.startswith(shown.removesuffix("…")) for line in out.splitlines()), out


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_targets_of_make_exist(page: Path) -> None:
    makefile = (PROJECT / "Makefile").read_text()
    lines = [typed.line for typed in blocks(page)]
    typed = [word for line in lines if line.startswith("make ") for word in line.split()[1:]]
    assert [word for word in typed if f"\n{word}:" not in makefile] == []


@pytest.mark.parametrize("name", ["installing", "operating"])
def test_both_languages_say_to_type_the_same(name: str) -> None:
    dutch = [typed.line for typed in blocks(PROJECT / "docs" / f"{name}.md")]
    for word, english in IN_ENGLISH.items():
        dutch = [line.replace(word, english) for line in dutch]
    assert dutch == [typed.line for typed in blocks(PROJECT / "docs" / f"{name}.en.md")]


def is_known(named: str, known: Mapping[str, Explained]) -> bool:
    """Whether a command in running text is one of `olievlek`, with the options it has there."""
    words = [word for word in named.split() if re.fullmatch(r"[a-z][a-z-]*", word)]
    names = [" ".join(words[:length]) for length in range(len(words), 0, -1)]
    command = next(known[name] for name in names if name in known)
    if command.is_group and len(words) > len(command.name.split()):
        return False
    options = {word for name, _ in command.options for word in name.split()}
    return options.issuperset(re.findall(r"--[a-z-]+", named))


def test_every_command_that_is_named_exists() -> None:
    known = {command.name: command for command in commands("en")}
    named = [
        (page.name, each)
        for page in PAGES
        for each in INLINE.findall(re.sub(r"\s+", " ", page.read_text()))
    ]
    assert [(page, each) for page, each in named if not is_known(each, known)] == []
    assert not is_known("olievlek db bakcup", known)
    assert not is_known("olievlek db backup --owerwrite x.db", known)


def test_the_list_of_what_is_not_run_is_short_and_used() -> None:
    lines = [typed.line for page in PAGES for typed in blocks(page)]
    assert [begin for begin in NOT_RUN if not any(re.match(begin, line) for line in lines)] == []
