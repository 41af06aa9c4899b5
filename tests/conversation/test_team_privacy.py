"""What no lead and no group ever gets to know, whatever happened, and however often they look.

Of a week that runs nothing is shown, and of a week that is over one mark, which never changes. So
there are no two outputs about a week, and nothing to subtract.
"""

import asyncio
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.app import build
from bot.store.db.engine import Database
from bot.store.members.vault import Vault
from tests.conversation.histories import HAPPENS, MINIMUM, PEOPLE, Beginning, World
from tests.conversation.teams import Team
from tests.support.fakes import FakeChannel, FakeMember, FixedClock

Happening = tuple[str, int, int]
QUIETLY = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large]


@pytest.fixture(scope="module")
def beginning(tmp_path_factory: pytest.TempPathFactory) -> Beginning:
    """A database in which everybody takes part already."""
    return Beginning.made_in(tmp_path_factory.mktemp("teams"))


# -- whatever happened


@dataclass(frozen=True)
class History:
    """Who belongs where at first, and what happens on the Tuesdays of some weeks."""

    members: tuple[frozenset[int], frozenset[int]]
    weeks: tuple[tuple[Happening, ...], ...]


PERSON = st.integers(0, PEOPLE - 1)
HAPPENING = st.tuples(
    st.sampled_from([*HAPPENS, "done", "named", "nameless", "look"]), PERSON, st.integers(0, 1)
)
SOME = st.frozensets(PERSON, min_size=2, max_size=6)
HISTORIES = st.builds(
    History,
    st.tuples(SOME, SOME).map(lambda both: (both[0] | {1}, both[1] | {1})),  # one is in both
    st.lists(st.lists(HAPPENING, min_size=3, max_size=9).map(tuple), min_size=1, max_size=2).map(
        tuple
    ),
)


@pytest.mark.slow
@settings(max_examples=5, suppress_health_check=QUIETLY, deadline=None)
@given(history=HISTORIES)
@example(
    history=History(
        (frozenset(range(6)), frozenset({1, 2, 5, 6, 7})),
        (
            (("named", 1, 0), ("nameless", 2, 0), ("private", 3, 0), ("write on", 1, 0)),
            (("take back", 1, 0), ("look", 0, 0), ("erase", 2, 0), ("named", 1, 1)),
            (("leave", 1, 1), ("look", 0, 1), ("done", 3, 0), ("done", 4, 0), ("done", 0, 0)),
        ),
    )
)
@example(  # enough people for figures, and one of them is gone when the next week begins
    history=History(
        (frozenset({0, 1}), frozenset({0, 1, 3, 4, 5})),
        ((("done", 0, 0), ("look", 0, 0), ("done", 0, 0), ("erase", 5, 0)),),
    )
)
def test_no_lead_or_group_gets_what_was_not_shared(
    history: History, beginning: Beginning, tmp_path: Path
) -> None:
    asyncio.run(_live(history, beginning, tmp_path / "lived.db"))


async def _live(history: History, beginning: Beginning, place: Path) -> None:
    async with beginning.lived(place) as world:
        for where, belonging in enumerate(history.members):
            await world.belong(where, sorted(belonging))
        for happenings in history.weeks:
            digests = [len(team.group) for team in world.teams]
            await world.goes_to(1, 8)
            await world.goes_to(1, 9, 30)
            await world.notes_who_is_seen()
            for what, who, where in happenings:
                await world.happens(what, who, where)
                await _holds(world, digests)
            await world.goes_to(4, 15, 30)
            await _holds(world, digests)
            world.week += 1
            await world.goes_to(0, 8)
            for where in (0, 1):
                await world.happens("look", 0, where)
            await _holds(world, [len(team.group) for team in world.teams])


async def _holds(world: World, digests: list[int]) -> None:
    """Everything that lies before leads and groups now is as it may be.

    Of each team, so many digests are of an earlier week than the one that runs.
    """
    for where, team in enumerate(world.teams):
        readable = world.may_read(where)
        for number, sheet in enumerate(team.group):
            _only_shared(sheet.text, readable)
            _figures_of_enough(world, where, sheet.text, number >= digests[where])
        for sheet in world.lead[where].messages:
            assert "woord-" not in sheet.text
        _names_beside_nothing(world.lead[where])
        _figures_of_enough(world, where, world.lead[where].last.text, True)


def _only_shared(text: str, readable: dict[str, set[int | None]]) -> None:
    """Words that were shared, names under words that were shared with a name, and no others."""
    assert set(re.findall(r"woord-\d+-\d+-einde", text)) <= set(readable)
    for words, name in re.findall(r"“([^”]*)”\n– (.*)", text):
        writers = set.intersection(*(readable[word] for word in words.split("\n")))
        allowed = {"iemand uit het team" if who is None else f"Naam{who}" for who in writers}
        assert name in allowed
    assert "Naam" not in re.sub(r"”\n– Naam\d", "", text)


LISTED = re.compile(r"In .+ (is|zijn) \d (persoon|mensen) zichtbaar:(\n• Naam\d)*")


def _names_beside_nothing(lead: FakeMember) -> None:
    """Names stand in the list of members and where one of them is taken out, with nothing else."""
    own = f"Naam{lead.address.id[1:]}"
    for sheet in lead.messages:
        named = "Naam" in sheet.text.replace(own, "")
        assert not named or LISTED.fullmatch(sheet.text) or "zit niet meer in" in sheet.text


def _figures_of_enough(world: World, where: int, text: str, fresh: bool) -> None:
    """Marks and a streak are of weeks in which enough people could be counted, and are over."""
    if not text.startswith(f"{world.teams[where].name}\n"):
        return
    enough = [len(world.seen.get((where, week), ())) >= MINIMUM for week in range(world.week)]
    marks = re.search(r"Week na week: (.*); nu: (.*)\.", text)
    if marks is None:  # there is no week with a figure before this one
        board = text.partition("\n\n")[0]
        assert not re.search(r"\d", board.replace(f"minstens {MINIMUM} mensen", ""))
        return
    assert marks[2] == "loopt nog"
    if streak := re.search(r"(\d+) (week|weken) op rij", text):
        assert int(streak[1]) <= sum(enough)
    if not fresh:  # its marks were of an earlier week
        return
    closed = [
        mark.partition(" × ")[0]
        for mark in marks[1].split(", ")
        for _ in range(int(mark.partition(" × ")[2] or 1))
    ]
    for mark, allowed in zip(reversed(closed), reversed(enough), strict=False):
        assert allowed or mark in ("geen cijfers", "")


# -- before and after somebody acts, comes or goes

HAPPENINGS = ("done", "tried", "skipped", "swap", "leave", "removed", "hide", "erase", "away")


@pytest.mark.parametrize("happening", [*HAPPENINGS, "join", "show"])
def test_nothing_that_happens_in_a_week_is_seen_before_it_is_over(
    happening: str, beginning: Beginning, tmp_path: Path
) -> None:
    """Otherwise a colleague's tap could be told by what changes right after it."""

    async def lived() -> None:
        async with beginning.lived(tmp_path / "lived.db") as world:
            await world.belong(0, range(6 if happening == "join" else 7))
            if happening == "show":
                await world.happens("hide", 6, 0)
            await world.goes_to(1, 8)
            await world.goes_to(1, 9, 30)
            for who in (0, 1, 2):
                await world.happens("done", who, 0)
            before = await world.outputs(0)
            await world.happens(happening, 6, 0)
            assert await world.outputs(0) == before
            await world.goes_to(4, 15, 29)
            assert await world.outputs(0) == before
            await world.goes_to(4, 15, 30)
            digests = [sheet.text for sheet in world.teams[0].group]
            assert not any(re.search("vorige week|op rij", text.lower()) for text in digests)

    asyncio.run(lived())


# -- two accounts that become one


async def test_linking_two_accounts_of_one_team_is_not_seen_in_its_week(
    database: Database, vault: Vault, clock: FixedClock
) -> None:
    papers = FakeChannel(name="telegram"), FakeChannel(name="matrix")
    application = build(database, vault, papers, clock)
    here, there = (Team(application, fake_channel, clock) for fake_channel in papers)
    await here.begins()
    sanne, also_sanne = await here.member("sanne"), await there.member("sanne")
    others = await here.of(4)
    await here.led_by(others[0])
    clock.goes_to(24, 11, 9, 30)
    await application.nudge_sender.tick()
    for someone in (*others[:3], sanne, also_sanne):
        await someone.presses("Gedaan")
    clock.passes(minutes=1)
    before = await _board(here, others[0])
    await sanne.says("/koppel")
    code = re.search(r"/koppel (\w{4}-\w{4})", sanne.last.text)
    assert code is not None
    await also_sanne.says(f"/koppel {code[1]}")
    await also_sanne.presses("Koppelen", also_sanne.last)
    await sanne.presses("Koppelen")
    assert "Deze chat hoort nu ook bij jou" in also_sanne.last.text
    assert len(await here.everyone()) == 5
    assert await _board(here, others[0]) == before
    clock.goes_to(30, 11, 8)
    assert "Vorige week deden de meesten mee." in await _board(here, others[0])  # four of five


async def _board(team: Team, lead: FakeMember) -> str:
    await lead.says("/team bord")
    return lead.last.text
