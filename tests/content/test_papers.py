"""The papers in docs/privacy: what they refer to exists, in both languages."""

import re
from pathlib import Path

import pytest

from tests.support.paths import PROJECT
from tools.docs.privacy_tables import PAGES, PRIVACY, SECTION, VALUE, filled, tables, values

PAPERS = sorted(PRIVACY.glob("*.md"))
SUMMARIES = ("README.md", "README.en.md")
LINKING = [*PAPERS, PROJECT / "SECURITY.md", PROJECT / "docs" / "releasing.md"]
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
TEST = re.compile(r"`(tests/[^`]*)`")
BLANK = re.compile(r"‹([^›]*)›")
CHOOSE = ("kies zelf, bijvoorbeeld ", "spreek af, bijvoorbeeld ")
TARGET = re.compile(r"\bmake ([a-z -]+)`")


@pytest.mark.parametrize("page", LINKING, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    linked = LINK.findall(page.read_text())
    assert [target for target in linked if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("summary", SUMMARIES)
def test_every_paper_is_in_the_list(summary: str) -> None:
    text = (PRIVACY / summary).read_text()
    papers = [page.name for page in PAPERS if page.name not in SUMMARIES]
    assert papers
    assert [name for name in papers if f"({name})" not in text] == []


@pytest.mark.parametrize("page", LINKING, ids=lambda page: page.name)
def test_targets_of_make_exist(page: Path) -> None:
    makefile = (PROJECT / "Makefile").read_text()
    named = {target for group in TARGET.findall(page.read_text()) for target in group.split()}
    assert [target for target in named if f"\n{target}:" not in makefile] == []


@pytest.mark.parametrize("page", ["README.md", "docs/operating.md", "docs/operating.en.md"])
def test_who_installs_finds_the_papers(page: str) -> None:
    assert "privacy/README" in (PROJECT / page).read_text()


@pytest.mark.parametrize("page", PAPERS, ids=lambda page: page.name)
def test_tests_that_are_named_exist(page: Path) -> None:
    named = TEST.findall(page.read_text())
    assert [name for name in named if not (PROJECT / name).is_file()] == []


def test_each_measure_of_the_assessment_names_its_test() -> None:
    [risks] = re.findall(r"\n(\| risico .*\n(?:\|.*\n)+)", (PRIVACY / "dpia.md").read_text())
    measures = risks.splitlines()[2:]
    assert measures
    assert [measure for measure in measures if not TEST.search(measure)] == []


@pytest.mark.parametrize("page", PAGES)
def test_tables_are_made_from_the_inventory(page: str) -> None:
    text = (PRIVACY / page).read_text()
    assert SECTION.search(text)
    assert filled(text, tables(), values()) == text, "run `python -m tools.docs.privacy_tables`"


def test_what_a_rule_says_is_filled_in_from_the_rule() -> None:
    said, used = values(), set()
    for page in PAPERS:
        text = page.read_text()
        used |= {name for _, name, _ in VALUE.findall(text)}
        assert VALUE.sub(lambda match: match[1] + said[match[2]] + match[3], text) == text, page
    assert used == set(said)


@pytest.mark.parametrize("page", PAPERS, ids=lambda page: page.name)
def test_a_number_in_brackets_is_named_as_the_choice_of_the_organisation(page: Path) -> None:
    """What a rule knows is no blank; what the organisation decides says so, with an example."""
    blanks = [re.sub(r"(art\.|lid) \d+", "", each) for each in BLANK.findall(page.read_text())]
    with_number = [each for each in blanks if re.search(r"\d", each)]
    assert [each for each in with_number if not each.startswith(CHOOSE)] == []


def test_only_these_pages_have_tables() -> None:
    assert {page.name for page in PAPERS if "<!-- tabel" in page.read_text()} == set(PAGES)


def test_a_stale_table_is_replaced() -> None:
    page = "voor\n<!-- tabel: velden -->\noud\n<!-- einde van de tabel -->\nna\n"
    new = "voor\n<!-- tabel: velden -->\n| nieuw |\n<!-- einde van de tabel -->\nna\n"
    assert filled(page, {"velden": "| nieuw |\n"}, {}) == new


def test_a_stale_value_is_replaced() -> None:
    page = "na <!-- regel: stil -->oud<!-- einde --> stilte\n"
    new = "na <!-- regel: stil -->6 maanden<!-- einde --> stilte\n"
    assert filled(page, {}, {"stil": "6 maanden"}) == new
