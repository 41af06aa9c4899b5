"""The sources of the website in both languages, as the generator wants them."""

import os
import posixpath
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tools.docs.reference import PAGES as REFERENCE
from tools.docs.site.markdown import anchor, for_python_markdown, headings, links, with_links
from tools.docs.site.pages import (
    LANGUAGES,
    PROJECT,
    SECTIONS,
    file_of,
    is_generated,
    language_of,
    pages,
    place_of,
    places,
)

BUILD = PROJECT / "build"
SOURCES = BUILD / "docs"
SITE = BUILD / "site"
COMMON = Path("../tools/docs/site/mkdocs.yml")  # from `build`
ASSETS = Path(__file__).with_name("theme") / "assets"
HOMES = {"nl": "Documentatie", "en": "Documentation"}
NAMES = {"nl": "Nederlands", "en": "English"}
NOTES = {"nl": "Deze pagina is er alleen in het Engels.", "en": "This page is in Dutch only."}
# The button shows what it changes to.
LOOKS = {
    "default": ("light", "material/weather-night", {"nl": "Donker", "en": "Dark"}),
    "slate": ("dark", "material/weather-sunny", {"nl": "Licht", "en": "Light"}),
}
DESCRIPTIONS = {
    "nl": "Olievlek installeren, beheren en gebruiken.",
    "en": "How to install, run and use Olievlek.",
}
# The line at the top of a page that leads to the same page in the other language.
OTHER_LANGUAGE = re.compile(
    r"^\*?\(?\*?\(?(?:English|Nederlands|In English|In het Nederlands|\[English\]|\[Nederlands\]|"
    r"\[In English\]|\[In het Nederlands\])[^\n]*\.md\)\)?\*?\)?\n\n?",
    re.MULTILINE,
)

# A link whose words are the name of a file, as a reader of the files wants it.
NAMED_AFTER_FILE = re.compile(r"\[[\w./-]+\.md\]\((?P<target>[^)#]+)\)")


class BrokenLink(Exception):
    """A page leads to something that is not in the project."""


def assemble() -> list[Path]:
    """Writes the sources, and returns the settings of the generator, one file a language."""
    shutil.rmtree(SOURCES, ignore_errors=True)
    made = []
    for language in LANGUAGES:
        for page in pages():
            _write(SOURCES / language / place_of(page), _page(page, language))
        shutil.copytree(ASSETS, SOURCES / language / "assets")
        file = BUILD / f"docs.{language}.yml"
        file.write_text(yaml.safe_dump(_settings(language), allow_unicode=True, sort_keys=False))
        made.append(file)
    return made


def _page(page: str, language: str) -> str:
    """Returns one page of the website, and copies what it shows or leads to."""
    if is_generated(page):
        return for_python_markdown(_generated(page, language))
    file = file_of(page, language)
    text = OTHER_LANGUAGE.sub("", file.read_text(), count=1)
    known = places()
    for target in links(text):
        _copy(file, target, known, language)
    titled = NAMED_AFTER_FILE.sub(lambda found: _titled(file, found, known, language), text)
    linked = with_links(titled, lambda target: _led(file, page, target, known, language))
    return _front_matter(page, language) + for_python_markdown(linked)


def _generated(page: str, language: str) -> str:
    shutil.copyfile(
        PROJECT / "docs" / "challenge-set.schema.json",
        _with_folder(SOURCES / language / "challenge-set.schema.json"),
    )
    return REFERENCE[page](language)


def _front_matter(page: str, language: str) -> str:
    own = language_of(page, language)
    if own == language:
        return ""
    return f"---\nlanguage: {own}\nnote: {NOTES[language]}\n---\n\n"


def _led(file: Path, page: str, target: str, known: dict[Path, str], language: str) -> str:
    """Returns where a link on a page leads within the website, in `language`."""
    aim = _aim(file, target)
    if aim is None:
        return target
    path, fragment = aim
    there = known.get(path) or _place_of_file(path)
    if fragment and path in known:
        fragment = same_heading(path, file_of(_page_at(known[path]), language), fragment)
    return posixpath.relpath(there, posixpath.dirname(place_of(page)) or ".") + fragment


def same_heading(file: Path, shown: Path, fragment: str) -> str:
    """Returns the fragment of the heading at the same place on a page in another language.

    Papers in Dutch alone lead to headings in Dutch, and in English the website shows the English
    page there. Empty, and so the top of the page: the two pages have not as many headings.
    """
    if file == shown:
        return fragment
    here, there = (list(map(anchor, headings(each.read_text()))) for each in (file, shown))
    return f"#{there[here.index(fragment[1:])]}" if len(here) == len(there) else ""


def _page_at(place: str) -> str:
    """Returns the page, made from a file, that is at a place on the website."""
    return next(page for page in pages() if not is_generated(page) and place_of(page) == place)


def _titled(file: Path, found: re.Match[str], known: dict[Path, str], language: str) -> str:
    """Returns a link that is named after a file, with the title of that page instead."""
    aim = _aim(file, found["target"])
    if aim is None or aim[0] not in known:
        return found[0]
    title = next(headings(file_of(_page_at(known[aim[0]]), language).read_text()))
    return f"[{title}]({found['target']})"


def _aim(file: Path, target: str) -> tuple[Path, str] | None:
    """Returns the file that a link leads to, and its fragment; None: it stays here, or leaves."""
    path, hash_sign, fragment = target.partition("#")
    if not path or "://" in path or path.startswith("mailto:"):
        return None
    aimed = (file.parent / path).resolve()
    if not aimed.exists():
        raise BrokenLink(f"{file.relative_to(PROJECT)}: {target}")
    return aimed, hash_sign + fragment


def _place_of_file(path: Path) -> str:
    """Returns where a file that is no page is on the website; a folder has a page of its own."""
    own = path.relative_to(PROJECT)
    return (
        own / "index.md"
        if path.is_dir()
        else own.relative_to("docs")
        if own.is_relative_to("docs")
        else own
    ).as_posix()


def _copy(file: Path, target: str, known: dict[Path, str], language: str) -> None:
    """Copies the file that a link leads to; of a folder, all in it, with a page that lists it."""
    aim = _aim(file, target)
    if aim is None or aim[0] in known:
        return
    path = aim[0]
    place = SOURCES / language / _place_of_file(path)
    if path.is_file():
        shutil.copyfile(path, _with_folder(place))
        return
    inside = sorted(each for each in path.rglob("*") if each.is_file())
    lines = [f"# {path.relative_to(PROJECT)}", ""]
    for each in inside:
        name = each.relative_to(path).as_posix()
        lines.append(f"- [{name}]({name})")
        shutil.copyfile(each, _with_folder(place.parent / name))
    _write(place, "\n".join(lines) + "\n")


def _settings(language: str) -> dict[str, Any]:
    root = "" if language == LANGUAGES[0] else f"{language}/"
    navigation: list[Any] = [{HOMES[language]: place_of(next(pages()))}]
    navigation += [
        {section.titles[language]: [place_of(page) for page in section.pages]}
        for section in SECTIONS
    ]
    others = [
        {
            "tag": other,
            "name": NAMES[other],
            "root": f"{other}/" if other != LANGUAGES[0] else "../",
        }
        for other in LANGUAGES
        if other != language
    ]
    return {
        "INHERIT": COMMON.as_posix(),
        "site_name": "Olievlek",
        "site_description": DESCRIPTIONS[language],
        "docs_dir": os.path.relpath(SOURCES / language, BUILD),
        "site_dir": os.path.relpath(SITE / root, BUILD),
        "theme": {"language": language, "palette": list(_palette(language))},
        "extra": {"languages": others},
        "nav": navigation,
    }


def _palette(language: str) -> Iterator[dict[str, Any]]:
    for scheme, (preferred, icon, names) in LOOKS.items():
        yield {
            "media": f"(prefers-color-scheme: {preferred})",
            "scheme": scheme,
            "toggle": {"icon": icon, "name": names[language]},
        }


def _write(file: Path, text: str) -> None:
    _with_folder(file).write_text(text)


def _with_folder(file: Path) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    return file
