"""/sets cijfers: what works, and never about few people."""

import csv
from datetime import time
from io import StringIO

import pytest
from sqlalchemy import insert, select, text, update

from bot.app import Application
from bot.core.rhythm.rhythm import WORKWEEK, Rhythm
from bot.core.streaks.rounds import Answer
from bot.store.challenges import publications
from bot.store.lifecycle import erase
from bot.store.members import roles
from bot.store.schema.challenges import ChallengeFiguresRow, ChallengeRow
from bot.store.schema.nudges import NudgeRow
from bot.store.schema.teams import Role
from tests.conversation.teams import number_of
from tests.support.fakes import AMSTERDAM, FakeChannel, FakeMember, FixedClock
from tests.support.population import enrol
from tests.unit.set_files.examples import made

OTHERS = range(101, 116)  # the numbers of fifteen members
LOOKS = (30, 11), (7, 12), (14, 12)  # the Mondays after the week in which something was sent


@pytest.fixture
async def trainer(
    application: Application, fake_channel: FakeChannel, clock: FixedClock
) -> FakeMember:
    """A trainer, in a house where only the set Lef is live, with one challenge."""
    member = FakeMember(application, fake_channel, clock, "trainer")
    await member.joins()
    async with application.database.transaction() as session:
        await roles.grant(session, member.address.pair, Role.TRAINER, None, clock())
        await publications.publish(session, made("lef", "een"), clock())
        await session.execute(text("DELETE FROM publications WHERE set_name != 'lef'"))
    rhythm = Rhythm(WORKWEEK, time(9, 30), AMSTERDAM)
    await enrol(application.database, dict.fromkeys(OTHERS, rhythm), clock())
    return member


async def sent(application: Application, clock: FixedClock, who: range, did: int) -> None:
    """The challenge goes to these members on Tuesday; so many of them do it, one swaps it."""
    clock.goes_to(24, 11, 9, 30)
    answers = [Answer.DONE] * did + [Answer.SWAPPED] + [None] * len(who)
    async with application.database.transaction() as session:
        query = select(ChallengeRow.id).where(ChallengeRow.slug == "een")
        challenge = await session.scalar(query.order_by(ChallengeRow.id.desc()))
        rows = [
            {
                "member_id": member,
                "challenge_id": challenge,
                "round_at": clock(),
                "day": clock().date(),
                "per_week": 5,
                "sent_at": clock(),
                "answer": answer,
                "answered_at": clock() if answer else None,
            }
            for member, answer in zip(who, answers, strict=False)
        ]
        await session.execute(insert(NudgeRow), rows)


async def looks(trainer: FakeMember, day: int, month: int, argument: str = "") -> str:
    """What the trainer sees then."""
    trainer.clock.goes_to(day, month, 9)
    before = len(trainer.messages)
    await trainer.says(f"/sets cijfers {argument}".strip())
    return trainer.messages[before].text


async def without_noise(application: Application) -> None:
    """Takes the noise out of what was counted, so that a test knows the figures."""
    async with application.database.transaction() as session:
        await session.execute(update(ChallengeFiguresRow).values(did=8, swapped=1, reflected=0))


async def test_what_works_in_words_picture_and_table(
    trainer: FakeMember, application: Application, clock: FixedClock
) -> None:
    await sent(application, clock, OTHERS, did=8)
    await looks(trainer, 7, 12)
    await without_noise(application)
    shown = await looks(trainer, 8, 12)
    line = (
        "minstens 15 keer gestuurd, 50 % gedaan of geprobeerd (0–100), "
        "10 % met een antwoord, 10 % geruild"
    )
    assert shown.splitlines()[:2] == ["Wat werkt, per set:", f"• Lef: {line}"]
    assert "Met opzet een beetje onscherp" in shown
    themes, table = trainer.messages[-2:]
    assert themes.message.picture is not None
    assert themes.message.picture.drawing.draw().startswith(b"\x89PNG")
    assert table.message.file is not None
    [row] = csv.DictReader(StringIO(table.message.file.content.decode("utf-8-sig")))
    assert (row["set"], row["challenge"], row["sent_at_least"]) == ("lef", "een", "15")
    assert row["did_share"] == "0.5" and "member" not in " ".join(row)
    assert row.keys() == {
        "set", "challenge", "sent_at_least",
        *(f"{name}_{part}" for name in ("did", "swapped", "reflected")
          for part in ("share", "low", "high")),
    }  # fmt: skip
    shown = await looks(trainer, 8, 12, "lef")
    assert shown.splitlines()[:2] == ["Wat werkt in Lef:", f"• een: {line}"]


async def test_a_set_for_a_team_of_five_has_no_figures(
    trainer: FakeMember, application: Application, clock: FixedClock
) -> None:
    await sent(application, clock, OTHERS[:14], did=3)
    for day, month in LOOKS:
        for argument in ("", "lef"):
            assert "Er zijn nog geen cijfers. Die zijn er vanaf 15 mensen" in await looks(
                trainer, day, month, argument
            )
    assert "Een set koffie ken ik niet" in await looks(trainer, 15, 12, "koffie")


async def test_figures_come_a_week_after_the_week_and_then_stay(
    trainer: FakeMember, application: Application, clock: FixedClock
) -> None:
    await sent(application, clock, OTHERS, did=8)
    shown = [await looks(trainer, day, month) for day, month in ((24, 11), *LOOKS)]
    assert ["geen cijfers" in text for text in shown] == [True, True, False, False]
    assert shown[2] == shown[3]


async def test_a_later_look_differs_by_a_whole_batch_of_people_or_not_at_all(
    trainer: FakeMember, application: Application, clock: FixedClock
) -> None:
    await sent(application, clock, OTHERS, did=8)
    before = await looks(trainer, 7, 12)
    async with application.database.transaction() as session:
        for member in (101, 109):  # one who did it, and the one who swapped it
            await erase.erase_rows(session, member, clock())
        # The others get it once more, in a later week; fourteen are too few for a batch.
        await session.execute(text("UPDATE nudges SET day = '2026-12-01' WHERE member_id > 0"))
    assert await looks(trainer, 14, 12) == before
    new = await number_of(trainer)
    await sent(application, clock, range(new, new + 1), did=1)
    assert await looks(trainer, 21, 12) == before
