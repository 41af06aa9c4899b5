"""/sets cijfers: what works, and never about few people."""

import csv
from io import StringIO

import pytest
from sqlalchemy import text

from bot.app import Application
from bot.store.challenges import publications
from bot.store.members import roles
from bot.store.schema.teams import Role
from tests.support.fakes import FakeChannel, FakeMember, FixedClock
from tests.unit.set_files.examples import made


@pytest.fixture
async def people(
    application: Application, fake_channel: FakeChannel, clock: FixedClock
) -> list[FakeMember]:
    """A trainer and three others, to whom one challenge goes; and one that goes to two of them."""
    found = [FakeMember(application, fake_channel, clock, f"lid{n}") for n in range(4)]
    for one in found:
        await one.joins()
    async with application.database.transaction() as session:
        await roles.grant(session, found[0].address.pair, Role.TRAINER, None, clock())
        for version in await publications.newest_versions(session):
            await publications.publish(session, made(version.name, "een"), clock())
    return found


async def answered(people: list[FakeMember], *answers: str | None) -> None:
    """A round in which each of them answers so."""
    clock = people[0].clock
    clock.goes_to(24, 11, 9, 30)
    await people[0].application.nudge_sender.tick()
    for one, answer in zip(people, answers, strict=True):
        if answer:
            await one.presses(answer)


async def only(application: Application, name: str) -> None:
    """Nothing else is live."""
    async with application.database.transaction() as session:
        await session.execute(text("DELETE FROM publications WHERE set_name != :n"), {"n": name})


async def test_what_works_in_words_picture_and_table(
    people: list[FakeMember], application: Application
) -> None:
    trainer = people[0]
    await only(application, "lef")
    await answered(people, "Gedaan", "Geprobeerd", "Niet nu", None)
    await people[0].says("Een mooi gesprek")
    await trainer.says("/sets cijfers")
    themes, table = trainer.messages[-2:]
    assert themes.text.splitlines() == [
        "Wat werkt, per set:",
        "• Lef: 4 keer gestuurd, 50 % gedaan of geprobeerd (15–85), 25 % met een antwoord, "
        "0 % geruild",
    ]
    assert themes.message.picture is not None
    assert themes.message.picture.drawing.draw().startswith(b"\x89PNG")
    assert table.message.file is not None
    [row] = csv.DictReader(StringIO(table.message.file.content.decode("utf-8-sig")))
    assert (row["set"], row["challenge"], row["sent"], row["done"]) == ("lef", "een", "4", "1")
    assert row["did_share"] == "0.5" and "member" not in " ".join(row)
    await trainer.says("/sets cijfers lef")
    assert trainer.last.text.splitlines()[:2] == [
        "Wat werkt in Lef:",
        "• een: 4 keer gestuurd, 50 % gedaan of geprobeerd (15–85), 25 % met een antwoord, "
        "0 % geruild",
    ]


async def test_too_few_are_not_told(people: list[FakeMember], application: Application) -> None:
    trainer = people[0]
    await trainer.says("/sets cijfers")
    assert "Er zijn nog geen cijfers. Die zijn er vanaf 4 mensen" in trainer.last.text
    await only(application, "lef")
    await answered(people, "Gedaan", "Gedaan", "Gedaan", "Gedaan")
    async with application.database.transaction() as session:
        await publications.publish(session, made("lef", "twee"), people[0].clock())
    await people[1].says("/nu")
    await trainer.says("/sets stats lef")
    assert "Eén uitdaging kwam bij minder dan 4 mensen" in trainer.last.text
    assert "twee" not in trainer.last.text
    await trainer.says("/sets cijfers nieuwsgierig")
    assert "Er zijn nog geen cijfers" in trainer.last.text
    await trainer.says("/sets cijfers koffie")
    assert "Een set koffie ken ik niet" in trainer.last.text
