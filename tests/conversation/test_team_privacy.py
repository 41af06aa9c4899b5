"""What no lead and no group ever gets to know, whatever happened, and however often they look.

Taking two outputs apart: of a week of which something was said, nothing that is said later may hang
on who came or went since. Then no two outputs differ by one person, and there is nothing to
subtract. A week of which nothing was said yet has said nothing of anybody's answer.
"""

import asyncio
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.app import Application, build
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
        (frozenset(range(5)), frozenset({1, 5, 6, 7})),
        (
            (("named", 1, 0), ("nameless", 2, 0), ("private", 3, 0), ("write on", 1, 0)),
            (("take back", 1, 0), ("look", 0, 0), ("erase", 2, 0), ("named", 1, 1)),
            (("leave", 1, 1), ("look", 0, 1), ("done", 3, 0), ("done", 4, 0), ("done", 0, 0)),
        ),
    )
)
@example(  # enough people for figures, and one of them is gone when the next week begins
    history=History(
        (frozenset({0, 1}), frozenset({0, 1, 3, 5})),
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


def _only_shared(text: str, readable: dict[str, int | None]) -> None:
    """Words that were shared, names under words that were shared with a name, and no others."""
    assert set(re.findall(r"woord-\d+-\d+-einde", text)) <= set(readable)
    for words, name in re.findall(r"“([^”]*)”\n– (.*)", text):
        writer = {readable[word] for word in words.split("\n")}
        assert name in {"iemand uit het team" if who is None else f"Naam{who}" for who in writer}
        assert len(writer) == 1
    assert "Naam" not in re.sub(r"”\n– Naam\d", "", text)


LISTED = re.compile(r"In .+ (is|zijn) \d (persoon|mensen) zichtbaar:(\n• Naam\d)*")


def _names_beside_nothing(lead: FakeMember) -> None:
    """Names stand in the list of members and where one of them is taken out, with nothing else."""
    own = f"Naam{lead.address.id[1:]}"
    for sheet in lead.messages:
        named = "Naam" in sheet.text.replace(own, "")
        assert not named or LISTED.fullmatch(sheet.text) or "zit niet meer in" in sheet.text


def _figures_of_enough(world: World, where: int, text: str, fresh: bool) -> None:
    """Figures, marks and a streak are of weeks in which enough people could be counted at all."""
    if not text.startswith(f"{world.teams[where].name}\n"):
        return
    enough = [len(world.seen.get((where, week), ())) >= MINIMUM for week in range(world.week + 1)]
    marks = re.search(r"Week na week.*?: (.*); nu: (.*)\.", text)
    if marks is None:  # there is no week before this one
        told = "telt al mee" in text or "nog vroeg" in text
        assert told or not re.search(r"\d", text.replace(f"vanaf {MINIMUM} mensen", ""))
        assert enough[-1] or not (fresh and told)
        return
    if found := re.search(r"vorige week (\d+) van de (\d+)", text):
        took, of = map(int, found.groups())
        assert of >= MINIMUM and took * 2 >= of
    if found := re.search(r"(\d+) (week|weken) op rij", text):
        assert int(found[1]) <= sum(enough)
    if not fresh:  # its marks were of an earlier week
        return
    closed = [
        mark.partition(" × ")[0]
        for mark in marks[1].split(", ")
        for _ in range(int(mark.partition(" × ")[2] or 1))
    ]
    for mark, allowed in zip(reversed(closed), reversed(enough[:-1]), strict=False):
        assert allowed or mark in ("geen cijfers", "")
    assert enough[-1] or marks[2] == "loopt nog"


# -- before and after somebody comes or goes

GOES = ("leave", "removed", "hide", "erase", "away")
COMES = ("join", "show")
UNDECIDED = ("done", "nothing")  # the answer that nobody may learn
SHE = 1


@dataclass(frozen=True)
class Week:
    """A week of Griffie in which somebody comes or goes on Tuesday afternoon.

    Attributes:
        moves: how she comes or goes.
        away: whether she has no round of her own that week, and asks for something herself.
        early: what each of the others answers before that.
        late: what each of them does after it.
    """

    moves: str
    away: bool
    early: tuple[str, ...]
    late: tuple[str, ...]


OTHERS = st.integers(2, 5).flatmap(
    lambda many: st.tuples(
        *[st.tuples(*[st.sampled_from(["done", "tried", "skipped", "nothing"])] * many)] * 2
    )
)
WEEKS = st.builds(
    lambda moves, away, others: Week(moves, away, *others),
    st.sampled_from(GOES + COMES),
    st.booleans(),
    OTHERS,
)
NOTHING = ("nothing",) * 3
HALF = ("done", "done", "nothing", "nothing")  # with her it is half only if she did it too


@pytest.mark.slow
@settings(max_examples=4, suppress_health_check=QUIETLY, deadline=None)
@given(week=WEEKS)
@example(week=Week("leave", away=False, early=HALF, late=NOTHING))
@example(week=Week("erase", away=False, early=HALF, late=NOTHING))
@example(week=Week("away", away=False, early=HALF, late=NOTHING))
@example(week=Week("hide", away=False, early=HALF, late=("nothing", "nothing", "done")))
@example(week=Week("join", away=True, early=NOTHING, late=NOTHING))
def test_no_answer_can_be_learned_by_subtraction(
    week: Week, beginning: Beginning, tmp_path: Path
) -> None:
    def lived(answer: str, moves: str) -> list[list[str]]:
        return asyncio.run(_spend(week, answer, moves, beginning, tmp_path / "lived.db"))

    runs = {answer: lived(answer, week.moves) for answer in UNDECIDED}
    first, second = (before for before, *_ in runs.values())
    if not (_tells(first) or _tells(second)):  # it said nothing then, whatever she had done
        assert first == second
        return
    for answer, (before, right_after, *later) in runs.items():
        assert _tells(before) and right_after == before
        # From then on her coming or going changes nothing in what is said of this week.
        assert later == lived(answer, "nothing")[2:]


def _tells(outputs: list[str]) -> bool:
    """Whether the outputs say anything of how the week that runs goes."""
    return any("telt al mee" in told or "nog vroeg" in told for told in outputs)


async def _spend(
    week: Week, answer: str, moves: str, beginning: Beginning, place: Path
) -> list[list[str]]:
    """What the lead and the group hear: before, right after, on Wednesday, Friday and Monday."""
    place.unlink(missing_ok=True)
    async with beginning.lived(place) as world:
        others = [who for who in range(PEOPLE) if who != SHE][: len(week.early)]
        await world.belong(0, others if week.moves == "join" else [SHE, *others])
        if week.moves == "show":
            await world.happens("hide", SHE, 0)
        if week.away:
            await world.happens("away", SHE, 0)
        await world.goes_to(1, 8)
        await world.goes_to(1, 9, 30)
        for who, what in zip(others, week.early, strict=True):
            await world.happens(what, who, 0)
        if week.away:
            await world.happens("asks", SHE, 0)
        await world.happens(answer, SHE, 0)
        await world.goes_to(1, 14)
        before = await world.outputs(0)
        await world.happens(moves, SHE, 0)
        outputs = [before, await world.outputs(0)]
        for who, what in zip(others, week.late, strict=False):
            await world.happens(what, who, 0)
        await world.goes_to(2, 14)
        outputs.append(await world.outputs(0))
        await world.goes_to(4, 15, 30)
        outputs.append([sheet.text for sheet in world.teams[0].group])
        world.week += 1
        await world.goes_to(0, 8)
        return [*outputs, await world.outputs(0)]


# -- two accounts that become one


@pytest.mark.parametrize("did", [(), (0,), (1,), (0, 1)])
async def test_linking_two_accounts_of_one_team_changes_no_week(
    did: tuple[int, ...], database: Database, vault: Vault, clock: FixedClock
) -> None:
    papers = FakeChannel(name="telegram"), FakeChannel(name="matrix")
    application = build(database, vault, papers, clock)
    here, there = (Team(application, fake_channel, clock) for fake_channel in papers)
    await here.begins()
    sanne, also_sanne = await here.member("sanne"), await there.member("sanne")
    others = await here.of(3)
    await here.led_by(others[0])
    clock.goes_to(24, 11, 9, 30)
    await application.nudge_sender.tick()
    for someone in (others[0], *((sanne, also_sanne)[number] for number in did)):
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
    assert len(await here.everyone()) == 4
    assert await _board(here, others[0]) == before
    clock.goes_to(30, 11, 8)
    shown = await _board(here, others[0])
    assert ("vorige week 3 van de 5" in shown) == (len(did) == 2)


async def _board(team: Team, lead: FakeMember) -> str:
    await lead.says("/team bord")
    return lead.last.text


async def test_figures_do_not_hang_on_what_somebody_answered_while_away(
    application: Application, fake_channel: FakeChannel, clock: FixedClock
) -> None:
    team = Team(application, fake_channel, clock)
    await team.begins()
    people = await team.of(4)
    await team.led_by(people[0])
    await people[3].says("/pauze 1 week")
    await team.week(23, 11, people[:3])
    clock.passes(minutes=1)
    assert "Cijfers komen er vanaf 4 mensen" in await _board(team, people[0])
    await people[3].says("/nu")
    asked = await _board(team, people[0])
    await people[3].presses("Gedaan")
    clock.passes(minutes=1)
    assert await _board(team, people[0]) == asked
