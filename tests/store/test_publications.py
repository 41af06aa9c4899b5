"""Versions of sets: published for all or for some, taken back, and never over a trainer's."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text

from bot.app import Application
from bot.core.challenges.challenge import ChallengeSet
from bot.core.challenges.publishing import Audience, BundledSetAction
from bot.resources import resource_folder
from bot.set_files.reader import read_set
from bot.startup import prepare
from bot.store.challenges import diff, history, publications, selection
from bot.store.challenges.history import Recipient
from bot.store.db.engine import Database
from bot.store.members.vault import Vault
from bot.store.schema.challenges import ChallengeRow, HistoryRow, SetVersionRow
from bot.store.teams import teams
from tests.conversation.teams import Team, number_of
from tests.support.fakes import MONDAY, FakeChannel, FakeMember, FixedClock
from tests.unit.set_files.examples import made

DAY = timedelta(days=1)


async def only(database: Database) -> None:
    """The sets that came along are not live any more, so that a test has its own alone."""
    async with database.transaction() as session:
        await session.execute(text("DELETE FROM publications"))


async def publish(
    database: Database,
    name: str,
    *slugs: str,
    says: str = "Stel een vraag",
    at: datetime = MONDAY,
    audience: Audience | None = None,
) -> int | None:
    """Publishes a set; its version, if anything changed."""
    async with database.transaction() as session:
        version = await publications.publish(session, made(name, *slugs, says=says), at, audience)
        return None if version is None else version.number


async def gets(database: Database, number: int, at: datetime, times: int = 1) -> list[str]:
    """The ids of what a member would get next."""
    found = []
    async with database.transaction() as session:
        for _ in range(times):
            given = await selection.select_challenges(session, [number], at, {}, planned=True)
            found.append(given[number].challenge.slug if given else "nothing")
        await session.rollback()
    return found


async def test_a_version_is_published_once(application: Application, database: Database) -> None:
    assert await publish(database, "lef-2", "een", "twee") == 1
    assert await publish(database, "lef-2", "een", "twee") is None
    assert await publish(database, "lef-2", "een", "twee", says="Vraag eens iets") == 2
    async with database.reading() as session:
        assert [one.number for one in await publications.versions_of(session, "lef-2")] == [2, 1]
        published = await publications.publications_of(session, "lef-2")
    assert [publication.number for publication in published] == [1, 2]


async def test_a_challenge_has_one_number_in_all_versions(
    application: Application, database: Database
) -> None:
    await publish(database, "lef-2", "een", "twee")
    await publish(database, "lef-2", "drie", "twee")
    await publish(database, "lef-3", "een")
    async with database.reading() as session:
        rows = (await session.scalars(select(ChallengeRow))).all()
    numbers: dict[tuple[str, str], set[int]] = {}
    for row in rows:
        numbers.setdefault((row.set_name, row.slug), set()).add(row.number)
    assert all(len(found) == 1 for found in numbers.values())
    assert len(set.union(*numbers.values())) == len(numbers)


async def test_what_is_retired_is_never_sent_again(member: FakeMember, database: Database) -> None:
    number = await number_of(member)
    await only(database)
    await publish(database, "nieuw", "een", "twee")
    await publish(database, "nieuw", "twee", "drie")
    assert set(await gets(database, number, MONDAY, 20)) == {"twee", "drie"}


async def test_who_is_in_mid_challenge_keeps_the_text_they_got(
    member: FakeMember, database: Database
) -> None:
    await only(database)
    await publish(database, "nieuw", "een")
    nudge = await member.waits_for_nudge()
    await publish(database, "nieuw", "een", says="Iets heel anders")
    await member.presses("Gedaan", nudge)
    assert "Stel een vraag: een." in nudge.text
    await member.says("Een mooi antwoord")
    [row] = await member.nudges()
    assert row.challenge.texts["nl"]["task"] == "Stel een vraag: een."
    assert "Iets heel anders" in (await member.waits_for_nudge()).text


async def test_a_version_for_a_team_reaches_that_team(
    application: Application, fake_channel: FakeChannel, clock: FixedClock, database: Database
) -> None:
    team = Team(application, fake_channel, clock)
    await team.begins()
    inside = await number_of(await team.member("sanne"))
    outsider = FakeMember(application, fake_channel, clock, "ali")
    await outsider.joins()
    outside = await number_of(outsider)
    await only(database)
    await publish(database, "nieuw", "een")
    await publish(database, "nieuw", "twee", audience={(await team.row()).id: clock() + DAY})
    for number, at, expected in (
        (inside, clock(), "een"),
        (inside, clock() + DAY, "twee"),
        (outside, clock() + DAY, "een"),
    ):
        assert await gets(database, number, at) == [expected]
    async with database.transaction() as session:  # one claim for both of them
        given = await selection.select_challenges(
            session, [inside, outside], clock() + DAY, {}, planned=True
        )
    assert [given[one].challenge.slug for one in (inside, outside)] == ["twee", "een"]


async def test_back_to_the_version_before_and_on_again(
    application: Application, database: Database
) -> None:
    await publish(database, "nieuw", "een")
    await publish(database, "nieuw", "twee")
    async with database.transaction() as session:
        way = await publications.roll_back(session, "nieuw", MONDAY)
        assert way is not None and (way.current, way.previous) == (2, (1,))
        assert await publications.roll_back(session, "nieuw", MONDAY) is None
        assert await publications.roll_back(session, "none", MONDAY) is None
    # The same file again is the version it was, live once more.
    assert await publish(database, "nieuw", "twee") == 2
    async with database.reading() as session:
        acts = await publications.publications_of(session, "nieuw")
    assert [(one.number, one.version) for one in acts] == [(1, 1), (2, 2), (3, 1), (4, 2)]


async def test_a_version_that_waits_can_begin_at_once(
    application: Application, database: Database
) -> None:
    assert await publish(database, "nieuw", "een", audience={None: MONDAY + 7 * DAY}) == 1
    assert await publish(database, "nieuw", "een", audience={None: MONDAY + 9 * DAY}) is None
    assert await publish(database, "nieuw", "een") == 1
    assert await publish(database, "nieuw", "een") is None


async def test_what_changes_is_told(application: Application, database: Database) -> None:
    audience: Audience = {None: MONDAY}
    await publish(database, "nieuw", "een", "twee")
    async with database.reading() as session:
        found = await diff.compare_with_live(session, made("nieuw", "twee", "drie"), audience)
        same = await diff.compare_with_live(session, made("nieuw", "een", "twee"), audience)
        first = await diff.compare_with_live(session, made("ander", "een"), audience)
    assert found.version is not None and (found.version.number, found.publication_number) == (1, 1)
    assert (found.changes.new, found.changes.retired) == (("drie",), ("een",))
    assert not found.live and same.live
    assert first.version is None and first.publication_number == 0 and first.changes.new == ("een",)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("span", "week"),
        ("fits", ["desk", "residents"]),
        ("at", "lunch"),
        (
            "nl",
            {
                "task": "Stel een vraag.",
                "reflect": "Wat is er?",
                "reflect_tried": "Wat hield je tegen?",
            },
        ),
    ],
)
async def test_a_tag_or_a_question_that_changes_makes_a_new_version(
    application: Application, database: Database, field: str, value: object
) -> None:
    await publish(database, "nieuw", "een", "twee")
    content = made("nieuw", "een", "twee").model_dump()
    content["challenges"][1][field] = value
    tagged = ChallengeSet.model_validate(content)
    async with database.transaction() as session:
        before = await publications.version_of(session, "nieuw", 1)
        assert (await diff.changes_since(session, before, tagged)).changed == ("twee",)
        after = await publications.publish(session, tagged, MONDAY)
        assert after is not None and after.number == 2
        assert (await diff.changes_between(session, before, after)).changed == ("twee",)
        assert not (await diff.changes_since(session, after, tagged)).changed
        [_, row] = await publications.challenges_in(session, after.id)
    stored = row.texts["nl"] if field == "nl" else getattr(row, field)
    assert stored == {**value, "why": ""} if isinstance(value, dict) else stored == value


async def test_two_at_once_each_get_a_version_of_their_own(
    application: Application, database: Database
) -> None:
    numbers = await asyncio.gather(
        *(publish(database, "nieuw", f"challenge-{n}") for n in range(4))
    )
    assert sorted(number or 0 for number in numbers) == [1, 2, 3, 4]


async def test_a_set_that_comes_along_is_published_when_its_file_changed(
    application: Application, database: Database
) -> None:
    async with database.transaction() as session:
        first = made("mee", "een")
        assert (
            await publications.publish_bundled(session, first, MONDAY) is BundledSetAction.PUBLISH
        )
        assert (
            await publications.publish_bundled(session, first, MONDAY) is BundledSetAction.NOTHING
        )
        assert (
            await publications.publish_bundled(session, made("mee", "twee"), MONDAY)
            is BundledSetAction.PUBLISH
        )


async def test_a_start_does_not_undo_what_a_trainer_did(
    application: Application, database: Database, vault: Vault
) -> None:
    name, file = "lef", resource_folder("prompts") / "lef.yaml"
    await publish(database, name, "van-de-trainer")
    await prepare(database, vault, MONDAY)
    async with database.transaction() as session:
        assert (
            await publications.publish_bundled(session, read_set(file), MONDAY)
            is BundledSetAction.NOTHING
        )
        assert (
            await publications.publish_bundled(session, made(name, "vernieuwd"), MONDAY)
            is BundledSetAction.KEEP
        )
        assert len(await publications.versions_of(session, name)) == 2
        await publications.roll_back(session, name, MONDAY)
        assert (
            await publications.publish_bundled(session, made(name, "vernieuwd"), MONDAY)
            is BundledSetAction.KEEP
        )


async def test_a_past_that_is_kept_is_the_one_that_the_nudges_tell(
    member: FakeMember, database: Database
) -> None:
    number = await number_of(member)
    for answer in ("Gedaan", None, "Geprobeerd", "Niet nu"):
        await member.round(answer)
        if answer in ("Gedaan", "Geprobeerd"):
            await member.presses("Overslaan")
    await member.says("/nu")
    await member.presses("Andere")

    async def past() -> Recipient:
        async with database.transaction() as session:
            return (await history.recipients(session, [number], MONDAY, planned=True))[number]

    kept = await past()
    async with database.transaction() as session:
        await history.discard(session, [number])
        assert await session.get(HistoryRow, number) is None
    assert await past() == kept
    received = kept.history
    # /nu in a round that was left began another one
    assert (received.rounds, received.done, received.times_received[0].bit_count()) == (5, 2, 6)
    assert (len(received.darings), len(received.themes)) == (6, 3)
    assert "".join(received.responses) == "-asd-d"


async def test_all_come_before_one_comes_again(member: FakeMember, database: Database) -> None:
    number = await number_of(member)
    async with database.reading() as session:
        versions = await publications.newest_versions(session)
        rows = [
            row for one in versions for row in await publications.challenges_in(session, one.id)
        ]
        many = sum(row.daring < 3 for row in rows)  # nobody sees others who did nothing yet
        titles = {one.name for one in (await session.scalars(select(SetVersionRow))).all()}
    found: Counter[tuple[str, str]] = Counter()
    async with database.transaction() as session:
        for _ in range(many):
            given = await selection.select_challenges(session, [number], MONDAY, {}, planned=True)
            row = given[number].challenge
            found[row.set_name, row.slug] += 1
    assert len(found) == many and {name for name, _ in found} == titles


async def test_who_is_erased_leaves_no_past(member: FakeMember, database: Database) -> None:
    await member.round("Gedaan")
    await member.says("/vergeetmij")
    await member.presses("Ja, wis alles")
    async with database.reading() as session:
        assert (await session.scalars(select(HistoryRow))).all() == []
        assert [one.team for one in await teams.all_teams(session)] == []
