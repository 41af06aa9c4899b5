"""What docs and docstrings name is there: files, modules, settings and targets of make."""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from tests.support.paths import PROJECT

ROOTS = ("bot", "tests", "tools", "docs", "bench", "deploy", "prompts", "requirements", ".ci")
PAGES = [*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md"), PROJECT / "bench" / "results.md"]
CODE = [each for root in ROOTS[:3] for each in (PROJECT / root).rglob("*.py")]
CODE.remove(Path(__file__))  # it has some that are not there
SPAN = re.compile(r"`([^`\s]+)`")
TARGET = re.compile(r"(?:^\$ |`)make ([a-z -]+)", re.MULTILINE)
SETTING = re.compile(r"OLIEVLEK_[A-Z0-9_]*[A-Z0-9](?![A-Z0-9_…*])")
MODULE = re.compile(r"(?:bot|tests|tools)(?:\.[A-Za-z_]\w*)+")


def places() -> set[str]:
    """Every file and folder of the project, and each with fewer folders before it."""
    files = [*PROJECT.glob("*"), *(each for root in ROOTS for each in (PROJECT / root).rglob("*"))]
    whole = [each.relative_to(PROJECT).parts for each in files if "__pycache__" not in each.parts]
    return {"/".join(parts[start:]) for parts in whole for start in range(len(parts))}


PLACES = places()
FOLDERS = {place.partition("/")[0] for place in PLACES if "/" in place}


def looks_like_a_place(span: str) -> bool:
    """Whether a span of code is a Python file or catalogue, or begins with a folder of ours."""
    if not re.fullmatch(r"\.?\w[\w.*/-]*", span) or span[-1].isdigit():
        return False
    return span.endswith((".py", ".po")) or ("/" in span and span.partition("/")[0] in FOLDERS)


def is_there(span: str) -> bool:
    """Whether a file or folder ends with this; `*` stands for one name."""
    wanted = span.strip("/")
    if "*" not in wanted:
        return wanted in PLACES
    return any(PurePosixPath(place).match(wanted) for place in PLACES)


def is_module(name: str) -> bool:
    """Whether a dotted name is a package or module, or something that a module speaks of."""
    parts = name.split(".")
    for end in range(len(parts), 1, -1):
        place, rest = PROJECT.joinpath(*parts[:end]), parts[end:]
        if place.is_dir() and not rest:
            return True
        for file in (place.with_suffix(".py"), place / "__init__.py"):
            if file.is_file() and (not rest or re.search(rf"\b{rest[0]}\b", file.read_text())):
                return True
    return False


def lacking(file: Path, text: str) -> Iterator[str]:
    """Each line that names what is not there, as `file:line: name`."""
    for number, line in enumerate(text.splitlines(), 1):
        spans = SPAN.findall(line)
        names = [each for each in spans if looks_like_a_place(each) and not is_there(each)]
        names += [each for each in spans if MODULE.fullmatch(each) and not is_module(each)]
        yield from (f"{file.relative_to(PROJECT)}:{number}: {name}" for name in names)


def test_the_places_that_docs_name_exist() -> None:
    assert [each for page in PAGES for each in lacking(page, page.read_text())] == []


def test_the_places_that_docstrings_and_comments_name_exist() -> None:
    assert [each for file in CODE for each in lacking(file, file.read_text())] == []


def test_a_module_that_moved_is_named_with_its_line() -> None:
    right = ("core/rhythm/workdays.py", "bot.core.rhythm.workdays.DAY", "languages/*/language.py")
    wrong = ("core/workdays.py", "langs/nope.po", "bot.core.workdays", "bot.core.rhythm.fast.NO")
    text = "\n".join(" ".join(f"`{each}`" for each in line) for line in (right, wrong))
    page = PROJECT / "README.md"
    assert list(lacking(page, text)) == [f"README.md:2: {each}" for each in wrong]


def test_the_settings_that_docs_name_exist() -> None:
    known = {*SETTING.findall((PROJECT / ".env.example").read_text()), "OLIEVLEK_ENV_FILE"}
    named = {(page.name, each) for page in PAGES for each in SETTING.findall(page.read_text())}
    assert sorted(each for each in named if each[1] not in known) == []


def test_the_targets_that_docs_name_are_in_the_help_of_make() -> None:
    makefile = (PROJECT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):.*?## ", makefile, re.MULTILINE))
    [phony] = re.findall(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)
    assert targets == set(phony.split())
    for page in PAGES:
        for group in TARGET.findall(page.read_text()):
            assert set(group.split()) <= targets, page
