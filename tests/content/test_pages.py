"""The pages of the docs: each link leads somewhere, and each page is in the navigation."""

from itertools import chain
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.support.paths import PROJECT
from tools.docs.reference import PAGES as REFERENCE
from tools.docs.site.assemble import same_heading
from tools.docs.site.markdown import anchor, for_python_markdown, headings, links
from tools.docs.site.pages import (
    DOCS,
    HOME,
    LANGUAGES,
    ONLY_ENGLISH,
    file_of,
    is_generated,
    language_of,
    pages,
    place_of,
)

FILES = sorted({*PROJECT.glob("*.md"), *DOCS.rglob("*.md"), PROJECT / "bench" / "results.md"})
# What a newcomer reads before the docs; the website has no use for it.
OUTSIDE = {PROJECT / "README.md", PROJECT / "README.en.md"}


def leads_nowhere(file: Path, target: str) -> bool:
    """Whether a link on a page leads to no file, or to no heading of it."""
    if "://" in target or target.startswith("mailto:"):
        return False
    path, _, heading = target.partition("#")
    aimed = (file.parent / unquote(path)).resolve() if path else file
    if not aimed.exists() or not aimed.is_relative_to(PROJECT):
        return True
    return bool(heading) and heading not in map(anchor, headings(aimed.read_text()))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_links_and_anchors_lead_somewhere(file: Path) -> None:
    assert [target for target in links(file.read_text()) if leads_nowhere(file, target)] == []


def test_a_link_that_leads_nowhere_is_noticed() -> None:
    page = DOCS / "operating.md"
    text = "[a](nope.md) [b](runbook.md#nope) [c](runbook.md#olievlekdown) `[d](nope)`\n"
    text += '<img src="nope.png">\n```\n[e](nope.md)\n```\n[f](https://example.org)\n'
    broken = [target for target in links(text) if leads_nowhere(page, target)]
    assert broken == ["nope.md", "runbook.md#nope", "nope.png"]


def test_a_page_in_dutch_alone_leads_to_the_same_heading_in_english() -> None:
    dutch, english = (file_of("operating", language) for language in ("nl", "en"))
    lost = "#een-token-of-wachtwoord-is-uitgelekt"
    assert same_heading(dutch, english, lost) == "#a-token-or-password-leaked"
    assert same_heading(dutch, dutch, lost) == lost
    assert same_heading(dutch, file_of("roles", "en"), lost) == ""


@pytest.mark.parametrize("page", ["operating", "installing", "runbook", "members", "leads"])
def test_both_languages_have_as_many_headings(page: str) -> None:
    dutch, english = (list(headings(file_of(page, each).read_text())) for each in LANGUAGES)
    assert len(dutch) == len(english)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_in_the_navigation(language: str) -> None:
    made = [page for page in pages() if not is_generated(page)]
    assert len(made) == len(set(made))
    assert all(file_of(page, language).is_file() for page in made)
    used = {file_of(page, each) for page in made for each in LANGUAGES}
    assert {*FILES} - OUTSIDE == used


def test_a_page_of_one_language_says_which() -> None:
    english = {page for page in pages() if language_of(page, "nl") == "en"}
    assert english == ONLY_ENGLISH
    dutch = {place_of(page) for page in pages() if language_of(page, "en") == "nl"}
    assert all(place.startswith("privacy/") for place in dutch - {"figures.md"})
    assert language_of(HOME, "nl") == "nl" and language_of(HOME, "en") == "en"


def test_each_page_of_reference_is_made_in_both_languages() -> None:
    assert set(REFERENCE) == set(filter(is_generated, pages()))
    for page, made in REFERENCE.items():
        dutch, english = (made(language) for language in LANGUAGES)
        assert dutch.startswith("# ") and english.startswith("# ") and dutch != english, page
        rows = (text.count("\n#") + text.count("\n|") for text in (dutch, english))
        assert len(set(rows)) == 1, page


def test_lists_are_as_the_generator_reads_them() -> None:
    text = "Twee:\n- een\n  meer\n- twee\n\n1. drie\n\n   ```sh\n   $ a\n     b\n   ```\n\nEinde\n"
    assert for_python_markdown(text) == (
        "Twee:\n\n-   een\n    meer\n-   twee\n\n"
        "1.  drie\n\n    ```sh\n    $ a\n      b\n    ```\n\nEinde\n"
    )


def test_places_on_the_website_are_unique() -> None:
    places = list(chain(map(place_of, pages())))
    assert len(places) == len(set(places))
