"""The page for leads names what there is, and says in words what its pictures show."""

import re

import pytest

from bot.config.settings import Settings
from bot.conversation.team.commands import TEAM_COMMANDS
from bot.core.permissions import Audience
from bot.languages.registry import tags
from bot.store.schema.teams import InvitationKind
from bot.store.teams import invitations
from tests.support.paths import PROJECT
from tools.docs.board_pictures import BOARDS, digest, picture_of
from tools.docs.gallery import stored_digest

DOCS = PROJECT / "docs"
PAGES = ("leads.md", "leads.en.md")
PICTURE = re.compile(r'<img src="board/([\w.]+)\.png" width="\d+" alt="([^"]+)">')


def text(page: str) -> str:
    """What is on a page."""
    return (DOCS / page).read_text()


def verbs(page: str) -> list[str]:
    """What stands after `/team` on a page, but for the number of a team."""
    return re.findall(r"`/team (?:\d )?([a-z]+)", text(page))


def subcommands(page: str) -> list[str]:
    """The ids of the subcommands of /team on a page; a name that is none of theirs as it is."""
    found = [(name, TEAM_COMMANDS.find(name)) for name in verbs(page)]
    return [name if command is None else command.id for name, command in found]


@pytest.mark.parametrize("page", PAGES)
def test_every_command_on_the_page_exists(page: str) -> None:
    assert verbs(page) and [name for name in verbs(page) if TEAM_COMMANDS.find(name) is None] == []


@pytest.mark.parametrize("page", PAGES)
def test_all_that_a_lead_can_do_is_on_the_page(page: str) -> None:
    for_leads = {
        command.id
        for command in TEAM_COMMANDS
        if command.audience is Audience.LEAD and not command.by_button_only
    }
    assert set(subcommands(page)) >= for_leads


def test_both_pages_name_the_same() -> None:
    dutch, english = map(subcommands, PAGES)
    assert dutch == english


@pytest.mark.parametrize(("page", "language"), list(zip(PAGES, tags(), strict=True)))
def test_every_picture_is_there_in_words_too(page: str, language: str) -> None:
    shown = dict(PICTURE.findall(text(page)))
    boards = {picture_of(name, language).stem: board for name, board in BOARDS[language].items()}
    assert set(shown) == set(boards)
    for name, alt in shown.items():
        board = boards[name]
        if board.size:
            assert re.search(rf": {board.streak} (week|weken|weeks)\b", alt), name
        else:
            assert not re.search(r"\d", alt.replace(f"{board.minimum}", "")), name


@pytest.mark.parametrize("language", tags())
def test_no_picture_of_a_board_is_stale(language: str) -> None:
    for name, board in BOARDS[language].items():
        stored = stored_digest(DOCS / picture_of(name, language))
        assert stored == digest(board, language), f"{name}: run `make pictures`"


@pytest.mark.parametrize("page", PAGES)
def test_the_numbers_are_those_of_the_program(page: str) -> None:
    minimum = Settings.model_fields["min_group_size"].default
    assert re.search(rf"\b(onder de|below) {minimum} (mensen|people)", text(page))
    days = invitations.VALID_FOR[InvitationKind.TEAM].days
    assert re.search(
        rf"\b{days} (dagen|days)\b.*\b{invitations.USES[InvitationKind.TEAM]}\b", text(page)
    )
