"""Who may do what: every command, by each capacity, in one's own team and in another's."""

import pytest

from bot.conversation.commands import COMMANDS
from bot.conversation.team.commands import TEAM_COMMANDS
from bot.conversation.trainer.commands import SETS_COMMANDS
from bot.core.permissions import PERMITTED, Audience, Capacity, is_permitted
from bot.messages import Pressed
from bot.store.members import roles
from bot.store.members.roles import Roles
from bot.store.schema.teams import Role
from tests.conversation.teams import Team, number_of
from tests.support.fakes import FakeMember
from tools.docs.roles import PAGES, page

REFUSED = "Dat kan alleen iemand die Griffie leidt"
NOT_FOR_YOU = "Sets zijn voor wie uitdagingen maakt"
GONE = "werkt niet meer"
# What a button brings along, where its command does nothing without.
ABOUT = {"remove": "{other}", "handto": "{other}", "name": "Anders", "digest": "uit"}


async def has(someone: FakeMember, team: Team, capacity: Capacity) -> Team:
    """Gives them a capacity with respect to a team; returns another team, which they may lead."""
    other = Team(team.application, team.fake_channel, team.clock, "Buitendienst", "group-2")
    await other.begins()
    granted = {
        Capacity.LEAD: (Role.LEAD, team),
        Capacity.OTHER_LEAD: (Role.LEAD, other),
        Capacity.TRAINER: (Role.TRAINER, None),
        Capacity.ADMIN: (Role.ADMIN, None),
    }
    if capacity in granted:
        role, about = granted[capacity]
        team_id = (await about.row()).id if about else None
        async with team.application.database.transaction() as session:
            await roles.grant(session, someone.address.pair, role, team_id, team.clock())
    return other


@pytest.mark.parametrize("capacity", Capacity)
async def test_in_their_own_team_they_may_do_what_the_table_says(
    team: Team, capacity: Capacity
) -> None:
    sanne, joost = await team.member("sanne"), await team.member("joost")
    await has(sanne, team, capacity)
    number, other = (await team.row()).id, await number_of(joost)
    for command in TEAM_COMMANDS:
        if command.id == "name":  # the last, as the others are about the name that was
            continue
        about = ABOUT.get(command.id, "").format(other=other)
        await sanne.does(Pressed(f"team:{command.id}:{number}:{about}", sanne.last.id))
        refused = REFUSED in f"{sanne.last.text} {sanne.notice}"
        assert refused != is_permitted(command.audience, frozenset({capacity})), command.id
        await sanne.says("/help")  # so that an earlier refusal is not the last that was said
    assert other in await team.everyone()
    await sanne.does(Pressed(f"team:name:{number}:Anders", sanne.last.id))
    assert (REFUSED in sanne.last.text) == (capacity not in PERMITTED[Audience.LEAD])


@pytest.mark.parametrize("capacity", Capacity)
async def test_in_another_team_they_may_do_nothing_unless_they_lead_it(
    team: Team, capacity: Capacity
) -> None:
    sanne = await team.member("sanne")
    other = await has(sanne, team, capacity)
    number = (await other.row()).id
    for command in TEAM_COMMANDS:
        if command.id in ("connect", "disconnect", "remove", "handto"):
            continue  # a press about something that is not there is dead for everybody
        await sanne.does(Pressed(f"team:{command.id}:{number}:", sanne.last.id))
        is_dead = sanne.notice is not None and GONE in sanne.notice
        assert is_dead != (capacity is Capacity.OTHER_LEAD), command.id
        await sanne.says("/help")


@pytest.mark.parametrize("capacity", Capacity)
async def test_sets_are_for_whom_the_table_says(team: Team, capacity: Capacity) -> None:
    sanne = await team.member("sanne")
    await has(sanne, team, capacity)
    typed = ["/sets", *(f"/sets {command.id}" for command in SETS_COMMANDS)]
    for words in typed:
        await sanne.says(words)
        assert (NOT_FOR_YOU in sanne.last.text) != is_permitted(
            Audience.TRAINER, frozenset({capacity})
        ), words


@pytest.mark.parametrize("capacity", Capacity)
async def test_all_other_commands_are_for_everybody(team: Team, capacity: Capacity) -> None:
    others = [command for command in COMMANDS if command.audience is not Audience.MEMBER]
    assert [command.id for command in others] == ["sets"]
    assert is_permitted(Audience.MEMBER, frozenset({capacity}))


@pytest.mark.parametrize(
    ("held", "team_id", "capacities"),
    [
        (Roles(), 1, {Capacity.MEMBER}),
        (Roles(frozenset({1})), 1, {Capacity.MEMBER, Capacity.LEAD}),
        (Roles(frozenset({2})), 1, {Capacity.MEMBER, Capacity.OTHER_LEAD}),
        (Roles(frozenset({2})), None, {Capacity.MEMBER, Capacity.LEAD}),
        (Roles(frozenset({1, 2})), 1, {Capacity.MEMBER, Capacity.LEAD}),
        (Roles(trainer=True), 1, {Capacity.MEMBER, Capacity.TRAINER}),
        (Roles(admin=True), None, {Capacity.MEMBER, Capacity.ADMIN}),
    ],
)
def test_roles_give_capacities(held: Roles, team_id: int | None, capacities: set[Capacity]) -> None:
    assert held.capacities(team_id) == capacities


@pytest.mark.parametrize("language", sorted(PAGES))
def test_the_page_of_roles_is_made_from_the_table(language: str) -> None:
    assert PAGES[language].read_text() == page(language), "run `python -m tools.docs.roles`"
