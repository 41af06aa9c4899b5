"""A command and an answer button are one registration each: all else follows from it."""

import re
from collections.abc import Iterator

import pytest

from bot.conversation import menus
from bot.conversation.commands import COMMANDS, help_text, parse_command
from bot.conversation.context import HandlerContext
from bot.conversation.member.nudges.nudges import NUDGE_BUTTONS
from bot.conversation.nudge_buttons import NudgeButton, NudgeButtons
from bot.conversation.registry import Command, Help, Registry, Subcommand
from bot.conversation.team.commands import TEAM_COMMANDS, TeamCommand
from bot.conversation.team.team_access import TeamAccess
from bot.conversation.words import Words
from bot.core.permissions import Audience
from bot.languages.registry import tags
from bot.messages import Outgoing, Reacted, Reply
from bot.store.members.roles import Roles
from bot.store.schema.nudges import NudgeRow
from tests.conversation.teams import Team
from tests.support.fakes import FakeMember
from tests.support.paths import PROJECT

SUMMARY, EXAMPLE, REFUSAL, LABEL = "later.ask", "time.every_day", "not_now.fine", "button.all"
"""Messages that are in the catalogues anyway, for commands and a button that are not."""


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        *((text, ("nu", "")) for text in ("/nu", "/NU", "/ NU", "/nu!", "/nu.", "/Nu?", "／nu")),
        ("/nu@olievlek_bot", ("nu", "")),
        ("/ritme: di do 9:30", ("ritme", "di do 9:30")),
        ("/team naam Griffie!", ("team", "naam Griffie!")),
        ("1/2 gelukt", None),
        ("nu", None),
    ],
)
def test_a_command_as_people_type_it(text: str, parsed: tuple[str, str] | None) -> None:
    assert parse_command(text) == parsed


async def toast(context: HandlerContext, argument: str) -> Reply:
    """Raises a glass."""
    return Reply([Outgoing(f"Proost, {argument or 'allemaal'}!")])


async def toast_team(context: HandlerContext, access: TeamAccess, argument: str) -> Reply:
    """Raises a glass to a team."""
    return Reply([Outgoing(f"Proost, {access.team.name}!")])


async def postcard(context: HandlerContext, nudge: NudgeRow, to: str = "") -> Reply:
    """Answers a nudge with a card."""
    return Reply([Outgoing(f"Kaart over {nudge.id} aan {to or 'niemand'}.")], notice="Op de bus.")


TOAST = Command(
    id="toast", names={"nl": "proost"}, handler=toast, help=Help(SUMMARY, example=EXAMPLE)
)
TRAINERS_TOAST = Command(
    id="bubbles",
    names={"nl": "bubbels"},
    handler=toast,
    help=Help(SUMMARY),
    audience=Audience.TRAINER,
    refusal=REFUSAL,
)
TEAM_TOAST: TeamCommand = Subcommand(
    id="toast",
    names={"nl": "proost"},
    handler=toast_team,
    audience=Audience.LEAD,
    help=Help(SUMMARY),
)
POSTCARD = NudgeButton(
    action="postcard",
    handler=postcard,
    label=LABEL,
    row=1,
    words=("kaartje",),
    reactions="📮",
    arguments=1,
)


@pytest.fixture
def toasts() -> Iterator[None]:
    """A command, a command for trainers and a subcommand of /team, for one test."""
    COMMANDS.register(TOAST)
    COMMANDS.register(TRAINERS_TOAST)
    TEAM_COMMANDS.register(TEAM_TOAST)
    yield
    COMMANDS.remove("toast")
    COMMANDS.remove("bubbles")
    TEAM_COMMANDS.remove("toast")


@pytest.fixture
def postcards() -> Iterator[None]:
    """A button under every nudge, for one test."""
    NUDGE_BUTTONS.register(POSTCARD)
    yield
    NUDGE_BUTTONS.remove("postcard")


@pytest.mark.parametrize("typed", ["/toast", "/proost", "/Proost@olievlek_bot"])
@pytest.mark.usefixtures("toasts")
async def test_a_registered_command_works_by_each_of_its_names(
    member: FakeMember, typed: str
) -> None:
    await member.says(f"{typed} Sanne")
    assert member.last.text == "Proost, Sanne!"


@pytest.mark.usefixtures("toasts")
async def test_a_registered_command_is_in_help_and_is_what_was_meant(member: FakeMember) -> None:
    await member.says("/help")
    assert member.last.text.splitlines()[-1] == "/proost elke dag – Wanneer wel?"
    await member.says("/prost")
    assert "/proost?" in member.last.text
    await member.says("/toats")
    assert "/toast?" in member.last.text


@pytest.mark.parametrize(("language", "name"), [("nl", "proost"), ("en", "toast")])
@pytest.mark.usefixtures("toasts")
def test_a_registered_command_is_in_the_menu(language: str, name: str) -> None:
    say = Words(language)
    assert menus.commands(say)[-1] == (name, say(SUMMARY))


@pytest.mark.usefixtures("toasts")
async def test_a_command_for_a_role_is_there_for_that_role_alone(member: FakeMember) -> None:
    say, trainer = Words("nl"), Roles(trainer=True)
    await member.says("/bubbels")
    assert member.last.text == say(REFUSAL)
    await member.says("/help")
    assert "/bubbels" not in member.last.text
    assert "bubbels" not in dict(menus.commands(say))
    assert "/bubbels – Wanneer wel?" in help_text(say, trainer).splitlines()
    assert [name for name, _ in menus.commands_for(say, trainer)][:2] == ["sets", "bubbels"]


@pytest.mark.usefixtures("toasts")
async def test_a_registered_subcommand_works_and_is_in_the_help_of_leads(
    team: Team, lead: FakeMember, member: FakeMember
) -> None:
    await lead.says("/team proost")
    assert lead.last.text == f"Proost, {team.name}!"
    await lead.says("/help")
    assert "/team proost – Wanneer wel?" in lead.last.text.splitlines()
    await member.says(f"/start {await team.code()}")
    await member.says("/team proost")
    assert "Dat kan alleen iemand die" in member.last.text


@pytest.mark.usefixtures("postcards")
async def test_a_registered_button_stands_under_a_nudge_and_can_be_pressed(
    member: FakeMember,
) -> None:
    nudge = await member.waits_for_nudge()
    assert nudge.labels == [
        "Gedaan", "Geprobeerd", "Later", "Andere", "Niet nu", "Laat alles zien",
    ]  # fmt: skip
    [row] = await member.nudges()
    assert nudge.action("Laat alles zien") == f"postcard:{row.id}"
    await member.presses("Laat alles zien")
    assert (member.last.text, member.notice) == (f"Kaart over {row.id} aan niemand.", "Op de bus.")


@pytest.mark.parametrize("typed", ["Laat alles zien", "show everything!", "Kaartje."])
@pytest.mark.usefixtures("postcards")
async def test_a_registered_button_can_be_typed_in_each_language(
    member: FakeMember, typed: str
) -> None:
    await member.waits_for_nudge()
    await member.says(typed)
    assert member.last.text.startswith("Kaart over")


@pytest.mark.usefixtures("postcards")
async def test_a_registered_button_has_its_reactions(member: FakeMember) -> None:
    nudge = await member.waits_for_nudge()
    await member.does(Reacted("📮", nudge.id))
    assert member.last.text.startswith("Kaart over")


@pytest.mark.parametrize(("behind", "works"), [(":oma", True), (":oma:opa", False)])
@pytest.mark.usefixtures("postcards")
async def test_a_registered_button_takes_the_arguments_it_says(
    member: FakeMember, behind: str, works: bool
) -> None:
    await member.waits_for_nudge()
    [row] = await member.nudges()
    await member.taps(f"postcard:{row.id}{behind}")
    assert ("aan oma" in member.last.text) is works


@pytest.mark.parametrize("repeatable", [True, False])
async def test_whether_a_second_press_counts_is_in_the_registration(
    member: FakeMember, repeatable: bool
) -> None:
    button = NudgeButton(action="stamp", handler=postcard, repeatable=repeatable)
    NUDGE_BUTTONS.register(button)
    await member.waits_for_nudge()
    [row] = await member.nudges()
    before = len(member.messages)
    for _ in range(2):
        await member.taps(f"stamp:{row.id}", key="twice")
    NUDGE_BUTTONS.remove("stamp")
    assert len(member.messages) - before == (2 if repeatable else 1)


def test_a_name_is_registered_once() -> None:
    registry = Registry([TOAST])
    for other in (TOAST, Command(id="cheers", aliases=("proost",), handler=toast)):
        with pytest.raises(ValueError, match="taken"):
            registry.register(other)
    buttons = NudgeButtons([POSTCARD])
    for another in (POSTCARD, NudgeButton(action="mail", handler=postcard, reactions="✉📮")):
        with pytest.raises(ValueError, match="taken"):
            buttons.register(another)


def test_what_is_incomplete_cannot_be_used() -> None:
    with pytest.raises(ValueError, match="refusal"):
        Command(id="toast", handler=toast, audience=Audience.LEAD)
    with pytest.raises(ValueError, match="no label"):
        NudgeButton(action="mail", handler=postcard).under(1, Words("nl"))


@pytest.mark.parametrize("language", tags())
def test_every_command_has_a_name_of_its_own(language: str) -> None:
    for registry in (COMMANDS, TEAM_COMMANDS):
        names = [command.name_in(language) for command in registry]
        assert len(set(names)) == len(names)


@pytest.mark.parametrize(("page", "language"), [("README.md", "nl"), ("README.en.md", "en")])
def test_the_table_in_the_readme_has_every_command(page: str, language: str) -> None:
    rows = re.findall(r"^\| (`/.+?) \|", (PROJECT / page).read_text(), re.MULTILINE)
    in_table = [usage for cell in rows for usage in re.findall(r"`(.+?)`", cell)]
    registered = {
        command.usage(Words(language))
        for command in COMMANDS
        if command.help is not None and command.audience is Audience.MEMBER
    }
    assert set(in_table) == registered - {"/help"} and len(in_table) == len(set(in_table))
