"""What is kept, a copy of it, and its end."""

import csv
import json
import sqlite3
from contextlib import closing
from io import BytesIO, StringIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from sqlalchemy import func, select

from bot.app import BuildOptions, build
from bot.core.privacy.retention import Periods
from bot.membership import Returned
from bot.messages import Pressed
from bot.store.db.engine import Database
from bot.store.members.vault import Vault
from bot.store.schema.audit import AuditEntryRow
from bot.store.schema.base import Base
from bot.store.schema.challenges import ChallengeRow, PublicationRow, SetVersionRow
from bot.store.schema.ledger import Act, LedgerEntryRow
from bot.store.schema.members import AddressRow
from bot.store.schema.nudges import ProcessedUpdateRow
from tests.support.fakes import FakeMember, FixedClock

SECRET = "Zeldzaamwoord over de watertoren"


async def test_privacy_tells_and_offers(member: FakeMember) -> None:
    await member.says("/privacy")
    assert "versleuteld" in member.last.text
    assert "de organisatie die deze bot draait" in member.last.text
    assert "Na 12 maanden" in member.last.text
    assert member.last.labels == ["Stuur me mijn gegevens", "Vergeet mij", "Meer"]


async def test_behind_a_button_are_the_ground_and_the_rights(member: FakeMember) -> None:
    await member.says("/privacy")
    await member.presses("Meer")
    for words in ("gerechtvaardigd belang", "toestemming", "Autoriteit Persoonsgegevens"):
        assert words in member.last.text
    # What an operator types to mean them.
    assert member.last.text.endswith(":".join(member.address.pair))
    assert member.last.labels == ["Stuur me mijn gegevens", "Vergeet mij"]
    await member.presses("Vergeet mij")
    assert "Ja, wis alles" in member.last.labels


@pytest.mark.parametrize("more", [False, True])
async def test_privacy_names_what_is_set(
    member: FakeMember, vault: Vault, clock: FixedClock, more: bool
) -> None:
    options = BuildOptions(
        periods=Periods(reflections_months=1, silent_months=9, notice_days=45),
        controller="Gemeente Voorbeeld",
        contact="privacy@voorbeeld.nl",
    )
    database, channels = member.application.database, [member.fake_channel]
    member.application = build(database, vault, channels, clock, options)
    await member.says("/privacy")
    if more:
        await member.presses("Meer")
    text = member.last.text
    for words in ("Gemeente Voorbeeld", "privacy@voorbeeld.nl", "1 maand", "9 maanden", "45 dagen"):
        assert words in text
    assert "de organisatie die" not in text and "12 maanden" not in text.partition("weekbericht")[0]


@pytest.mark.parametrize(
    ("chats", "said"),
    [
        (["telegram"], ["Telegram kan meelezen"]),
        (["matrix"], ["Matrix: in een versleutelde kamer"]),
        (["matrix", "telegram"], ["Matrix: in", "Telegram kan"]),
    ],
)
async def test_privacy_says_whether_the_platform_reads_along(
    member: FakeMember, database: Database, chats: list[str], said: list[str]
) -> None:
    own = await member.member()
    async with database.transaction() as session:
        for channel in chats:
            session.add(AddressRow(member_id=own.id, channel=channel, address="7"))
    await member.says("/privacy")
    lines = [
        line for line in member.last.text.splitlines() if "Telegram" in line or "Matrix" in line
    ]
    assert len(lines) == len(said)
    assert all(part in line for part, line in zip(said, lines, strict=True))


async def test_the_name_is_kept_only_after_the_welcome(sanne: FakeMember) -> None:
    sanne.called = "Sanne"
    await sanne.says("/start")
    assert "/privacy" in sanne.messages[0].text
    assert (await sanne.member()).name is None
    await sanne.presses("Nederlands")
    assert (await sanne.member()).name == "Sanne"


async def test_an_export_holds_everything(member: FakeMember) -> None:
    await member.round("Gedaan", SECRET)
    await member.says("/pauze 24 dec - 3 jan")
    await member.says("/export")
    file = member.last.message.file
    assert file is not None and file.name == "olievlek-2026-11-24.zip"
    archive = ZipFile(BytesIO(file.content))
    assert sorted(archive.namelist()) == [
        "absences.csv",
        "counts.csv",
        "drafts.csv",
        "earlier_challenges.csv",
        "member.json",
        "messages.csv",
        "nudges.csv",
        "organisation_accounts.csv",
        "programmes.csv",
        "reflections.csv",
        "roles.csv",
        "teams.csv",
    ]
    told = json.loads(archive.read("member.json"))
    assert told["member"]["addresses"] == ["paper:sanne"]
    assert told["reflections"][0]["text"] == SECRET
    assert told["nudges"][0]["answer"] == "done"
    assert told["absences"] == [
        {"first_day": "2026-12-24", "last_day": "2027-01-03", "planned": True}
    ]
    assert SECRET in archive.read("reflections.csv").decode("utf-8-sig")


async def test_forgetting_asks_once_more(member: FakeMember) -> None:
    await member.says("/vergeetmij")
    await member.presses("Nee, laat staan")
    assert member.last.text == "Goed, alles blijft staan."
    assert (await member.member()).welcomed


async def test_forgetting_leaves_no_row(member: FakeMember, database: Database) -> None:
    await member.round("Gedaan", SECRET)
    await member.says("/pauze 24 dec - 3 jan")
    await member.says("/privacy")
    await member.presses("Vergeet mij")
    await member.presses("Ja, wis alles")
    assert "Alles is gewist" in member.last.text
    about_nobody = {
        row.__tablename__
        for row in (
            ChallengeRow,
            SetVersionRow,
            PublicationRow,
            ProcessedUpdateRow,
            LedgerEntryRow,
            AuditEntryRow,
        )
    }
    async with database.reading() as session:
        left = {
            table.name: await session.scalar(select(func.count()).select_from(table))
            for table in Base.metadata.sorted_tables
            if table.name not in about_nobody
        }
    assert set(left.values()) == {0}, left


async def test_of_who_was_forgotten_only_the_number_is_left(
    member: FakeMember, database: Database, clock: FixedClock
) -> None:
    number = (await member.member()).id
    await member.says("/vergeetmij")
    await member.presses("Ja, wis alles")
    async with database.reading() as session:
        [row] = (await session.scalars(select(LedgerEntryRow))).all()
    assert (row.act, row.subject_id, row.at) == (Act.ERASED, number, clock())


async def test_an_old_yes_erases_nothing(member: FakeMember, clock: FixedClock) -> None:
    await member.says("/vergeetmij")
    first = member.last
    yes = Pressed(first.action("Ja"), first.id)
    clock.passes(hours=2)
    await member.does(yes)
    assert member.notice is not None and "te oud" in member.notice
    await member.says("/vergeetmij")
    again = member.last
    await member.says("/vergeetmij")
    await member.presses("Ja, wis alles")
    await member.joins()
    await member.does(Pressed(again.action("Ja"), again.id))
    assert (await member.member()).welcomed


async def test_a_yes_from_the_future_erases_nothing(member: FakeMember, clock: FixedClock) -> None:
    person = (await member.member()).id
    await member.says("/vergeetmij")
    for moment in (int(clock().timestamp()) + 60, 10**16, -(10**16), 10**40):
        await member.does(Pressed(f"forget:yes:{person}:{moment}", member.last.id))
        assert (await member.member()).welcomed


async def test_no_cell_of_an_export_is_a_formula(member: FakeMember) -> None:
    await member.round("Gedaan", '=HYPERLINK("http://elders.example";"klik")')
    await member.says("/export")
    file = member.last.message.file
    assert file is not None
    archive = ZipFile(BytesIO(file.content))
    rows = csv.DictReader(StringIO(archive.read("reflections.csv").decode("utf-8-sig")))
    assert [row["text"][:6] for row in rows] == ["'=HYPE"]
    [reflection] = json.loads(archive.read("member.json"))["reflections"]
    assert reflection["text"].startswith("=HYPE"), "only a spreadsheet runs it"


async def test_the_forgotten_can_start_again_as_new(member: FakeMember) -> None:
    await member.round("Gedaan", SECRET)
    await member.says("/forgetme")
    await member.presses("Ja, wis alles")
    await member.joins()
    await member.says("/terugblik")
    assert "niets opgeschreven" in member.last.text


async def test_nothing_that_tells_who_or_what_can_be_read_on_disk(
    member: FakeMember, database: Database, tmp_path: Path
) -> None:
    await member.does(Returned())
    message = await member.says("/nu")
    await member.presses("Gedaan")
    message = await member.says(SECRET)
    await member.edits(message, f"{SECRET} Weerwoord")
    files = [file for file in tmp_path.iterdir() if file.name.startswith("test")]
    assert {file.name for file in files} >= {
        "test.db",
        "test.db-wal",
        "test-keys.db",
        "test-keys.db-journal",
    }
    content = b"".join(file.read_bytes() for file in files)
    for word in (*SECRET.split(), "Weerwoord", "sanne", "Sanne"):
        if len(word) > 4:
            assert word.encode() not in content, word
    assert b"paper" in content  # the search itself works


async def test_what_was_erased_is_out_of_the_files_too(
    member: FakeMember, vault: Vault, tmp_path: Path
) -> None:
    await member.round("Gedaan", SECRET)
    keys = tmp_path / "test-keys.db"
    with closing(sqlite3.connect(keys)) as connection:
        [(wrapped,)] = connection.execute("SELECT wrapped FROM member_keys").fetchall()
    assert wrapped in keys.read_bytes()
    await member.says("/vergeetmij")
    await member.presses("Ja, wis alles")
    files = [file for file in tmp_path.iterdir() if file.name.startswith("test")]
    content = b"".join(file.read_bytes() for file in files)
    assert wrapped not in content
