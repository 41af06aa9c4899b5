"""Which pages the website has, in which order, and from which files they are made."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).parents[3]
DOCS = PROJECT / "docs"
LANGUAGES = ("nl", "en")
HOME = "README"


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the navigation.

    Attributes:
        titles: what it is called, by language.
        pages: its pages, by the path of the Dutch file in docs/ without `.md`; what begins with
            `../` is elsewhere in the project, and what begins with `reference/` is made from code.
    """

    titles: dict[str, str]
    pages: tuple[str, ...]


SECTIONS = (
    Section({"nl": "Beginnen", "en": "Get started"}, ("quickstart",)),
    Section(
        {"nl": "Hoe doe ik…", "en": "How do I…"},
        ("members", "leads", "trainers", "installing", "operating", "runbook", "matrix", "pages"),
    ),
    Section(
        {"nl": "Naslag", "en": "Reference"},
        (
            "reference/command-line",
            "reference/settings",
            "reference/metrics",
            "reference/chat",
            "roles",
            "sets",
            "reference/set-format",
            "dialogues",
        ),
    ),
    Section(
        {"nl": "Uitleg", "en": "Explanation"},
        ("streak", "content", "figures", "toegankelijkheid", "why", "year", "mutation"),
    ),
    Section(
        {"nl": "Privacy", "en": "Privacy"},
        (
            "privacy/README",
            "privacy/medewerkers",
            "privacy/ondernemingsraad",
            "privacy/dpia",
            "privacy/verwerkingsregister",
            "privacy/bewaartermijnen",
            "privacy/dreigingsmodel",
            "privacy/hardening",
            "privacy/telegram",
            "privacy/woo-archiefwet",
            "privacy/ai-verordening",
        ),
    ),
    Section(
        {"nl": "Het project", "en": "The project"},
        (
            "../CHANGELOG",
            "../CONTRIBUTING",
            "developing",
            "../GOVERNANCE",
            "../CODE_OF_CONDUCT",
            "../SECURITY",
            "releasing",
            "../bench/results",
        ),
    ),
)
# The English names of pages whose two files are not named alike.
ENGLISH_NAMES = {"toegankelijkheid": "accessibility"}
# Pages of which there is one file, in English.
ONLY_ENGLISH = frozenset(
    {
        "why",
        "year",
        "mutation",
        "releasing",
        "../CHANGELOG",
        "../CONTRIBUTING",
        "../GOVERNANCE",
        "../CODE_OF_CONDUCT",
        "../SECURITY",
        "../bench/results",
    }
)


def pages() -> Iterator[str]:
    """Yields all pages, as `Section` names them, the first page first."""
    yield HOME
    for section in SECTIONS:
        yield from section.pages


def is_generated(page: str) -> bool:
    """Whether a page is made from code, and has no file in the project."""
    return page.startswith("reference/")


def file_of(page: str, language: str) -> Path:
    """Returns the file that a page is made from: the one in `language`, if there is one."""
    dutch = (DOCS / f"{page}.md").resolve()
    name = f"{ENGLISH_NAMES[page]}.md" if page in ENGLISH_NAMES else f"{dutch.stem}.en.md"
    english = dutch.with_name(name)
    return english if language == "en" and english.exists() else dutch


def language_of(page: str, language: str) -> str:
    """Returns the language that a page is in for readers of `language`."""
    if page in ONLY_ENGLISH:
        return "en"
    if is_generated(page) or language == "nl":
        return language
    return "nl" if file_of(page, "en") == file_of(page, "nl") else "en"


def place_of(page: str) -> str:
    """Returns where a page is in the sources of the website, the same in both languages."""
    folder, _, name = page.removeprefix("../").lower().replace("_", "-").rpartition("/")
    return "/".join(filter(None, [folder, f"{'index' if name == 'readme' else name}.md"]))


def places() -> dict[Path, str]:
    """Returns the place of each file that a page is made from."""
    return {
        file_of(page, language): place_of(page)
        for page in pages()
        if not is_generated(page)
        for language in LANGUAGES
    }
