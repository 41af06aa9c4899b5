"""Putting a backup back, without what was erased since."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.app import build
from bot.messages import ReceivedItem
from bot.startup import open_database, prepare
from bot.store.admin.backup import back_up, open_sqlite
from bot.store.admin.replay import Replayed
from bot.store.admin.restore import RestoreOptions, restore
from bot.store.boxes import inbox
from bot.store.db import migrate
from bot.store.db.engine import Database
from bot.store.db.errors import OperationRefused
from bot.store.members import organisation, roles
from bot.store.members.vault import Vault
from bot.store.schema.members import AddressRow
from bot.store.schema.teams import Role
from tests.store.test_backup import rows
from tests.support.databases import keys_file
from tests.support.fakes import MONDAY, FakeChannel, FakeMember, FixedClock
from tests.support.migrations import INITIAL, LATER, with_later_migration


@pytest.fixture
def database_kind() -> str:
    """SQLite alone: the tests are about its file."""
    return "sqlite"


def yes() -> bool:
    """Agrees."""
    return True


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where `database` is."""
    return tmp_path / "test.db"


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[Path]:
    """Where the backup goes; nothing but what a test names is left beside the database."""
    folder = tmp_path / "backups"
    folder.mkdir()
    yield folder / "monday.db"
    assert not [file for file in tmp_path.rglob("*") if ".part" in file.name]


async def test_everything_is_as_it_was_then(
    member: FakeMember,
    database: Database,
    place: Path,
    copy: Path,
    fake_channel: FakeChannel,
    clock: FixedClock,
) -> None:
    vault = member.application.vault
    await member.round("Gedaan", "Van voor de back-up")
    streak = await member.streak()
    back_up(place, copy)
    content = copy.read_bytes()
    await member.round("Gedaan", "Van na de back-up")
    await database.close()
    done = await restore(copy, place, vault, MONDAY, yes)
    assert done is not None and (done.was, done.replayed) == (
        migrate.expected_revision(),
        Replayed(acts=0, erased=0, refused=None),
    )
    assert done.kept == place.with_name("test.db.before-restore")
    assert rows(done.kept, "SELECT count(*) FROM reflections") == [(2,)]
    assert copy.read_bytes() == content
    assert place.stat().st_mode & 0o777 == done.kept.stat().st_mode & 0o777 == 0o600
    async with open_database(f"sqlite+aiosqlite:///{place}") as restored:
        await prepare(restored, vault, clock())
        application = build(restored, vault, [fake_channel], clock)
        again = FakeMember(application, fake_channel, clock, "sanne")
        again.said = member.said
        assert await again.streak() == streak
        await again.says("/terugblik")
        assert "Van voor de back-up" in again.last.text
        assert "Van na de back-up" not in again.last.text


async def test_what_came_in_is_not_asked_for_again(
    member: FakeMember, database: Database, place: Path, copy: Path, clock: FixedClock, vault: Vault
) -> None:
    async with database.transaction() as session:
        item = ReceivedItem("1", "7", b"")
        await inbox.add(session, "telegram", [(item, b"sealed")], clock())
        await inbox.save_position(session, "telegram", "1", clock())
    back_up(place, copy)
    clock.passes(hours=1)
    async with database.transaction() as session:
        await inbox.save_position(session, "telegram", "2", clock())
        await inbox.save_position(session, "matrix", "@bot:example.org s7", clock())
    await database.close()
    assert await restore(copy, place, vault, MONDAY, yes) is not None
    assert rows(place, "SELECT count(*) FROM inbox") == [(0,)]
    assert rows(place, "SELECT position FROM inbox_positions ORDER BY channel") == [
        ("@bot:example.org s7",),
        ("2",),
    ]


async def test_who_was_erased_since_stays_erased(
    member: FakeMember, sanne: FakeMember, database: Database, place: Path, copy: Path, vault: Vault
) -> None:
    await member.round("Gedaan", "Wat ik schreef")
    joep = FakeMember(sanne.application, sanne.fake_channel, sanne.clock, "joep")
    await joep.joins()
    erased, stays = (await member.member()).id, (await joep.member()).id
    back_up(place, copy)
    await member.says("/vergeetmij")
    await member.presses("Ja, wis alles")
    later = FakeMember(sanne.application, sanne.fake_channel, sanne.clock, "later")
    await later.joins()
    newest = (await later.member()).id
    await database.close()
    done = await restore(copy, place, vault, MONDAY, yes)
    assert done is not None and done.replayed.erased == 1
    assert rows(place, "SELECT id FROM members") == [(stays,)]
    for table in ("nudges", "reflections", "receipts"):
        assert rows(place, f"SELECT count(*) FROM {table}") == [(0,)]
    assert rows(place, "SELECT act, subject_id, at FROM ledger_entries") == [
        ("erased", erased, sanne.clock().strftime("%F %T.%f"))
    ]
    # No number is given out twice, not even one that the copy knows nothing of.
    assert rows(place, "SELECT seq FROM sqlite_sequence WHERE name = 'members'") == [(newest,)]
    # And it goes on so: the next restore of the same backup erases the same.
    place.with_name("test.db.before-restore").unlink()
    again = await restore(copy, place, vault, MONDAY, yes)
    assert again is not None and again.replayed.erased == 1
    assert rows(place, "SELECT count(*) FROM ledger_entries") == [(1,)]


async def test_a_backup_of_an_older_version_is_upgraded(
    member: FakeMember, database: Database, place: Path, copy: Path, tmp_path: Path, vault: Vault
) -> None:
    back_up(place, copy)
    await member.says("/vergeetmij")
    await member.presses("Ja, wis alles")
    await database.close()
    later = RestoreOptions(migrations=with_later_migration(tmp_path))
    done = await restore(copy, place, vault, MONDAY, yes, later)
    assert done is not None and (done.was, done.replayed.erased) == (INITIAL, 1)
    assert rows(place, "SELECT version_num FROM alembic_version") == [(LATER,)]
    assert rows(place, "SELECT count(*) FROM nicknames") == [(0,)]


async def test_a_file_that_was_copied_by_hand_with_its_log(
    member: FakeMember, place: Path, copy: Path, tmp_path: Path, vault: Vault
) -> None:
    for end in ("", "-wal"):
        (copy.parent / f"monday.db{end}").write_bytes((tmp_path / f"test.db{end}").read_bytes())
    elsewhere = tmp_path / "elsewhere.db"
    shutil.copy(keys_file(tmp_path / "test.db"), keys_file(elsewhere))
    done = await restore(copy, elsewhere, vault, MONDAY, yes)
    assert done is not None and done.kept is None and done.replayed.refused
    assert rows(elsewhere, "SELECT count(*) FROM members") == [(1,)]
    assert (copy.parent / "monday.db-wal").exists()


async def test_without_agreement_nothing_changes(
    member: FakeMember, database: Database, place: Path, copy: Path, tmp_path: Path, vault: Vault
) -> None:
    back_up(place, copy)
    before = {file: file.read_bytes() for file in tmp_path.glob("test.db*")}
    assert await restore(copy, place, vault, MONDAY, lambda: False) is None
    assert {file: file.read_bytes() for file in tmp_path.glob("test.db*")} == before


async def test_what_is_no_backup_of_ours_is_refused(
    member: FakeMember, database: Database, place: Path, copy: Path, tmp_path: Path, vault: Vault
) -> None:
    async def refused(words: str) -> None:
        with pytest.raises(OperationRefused, match=words):
            await restore(copy, place, vault, MONDAY, yes)

    await refused("there is no file")
    copy.write_bytes(b"")
    await refused("is not a database of olievlek")
    copy.write_text("geen database " * 999)
    await refused("is not a SQLite database, or it is damaged")
    copy.unlink()
    back_up(place, copy)
    whole = copy.read_bytes()
    copy.write_bytes(whole[: len(whole) // 2])
    await refused("is not a SQLite database, or it is damaged")
    copy.write_bytes(whole)
    with closing(open_sqlite(copy)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    await refused("was made by a newer version of olievlek")
    with closing(open_sqlite(copy)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0006'")
    await refused("was made by a version of olievlek from before its first release")
    with closing(open_sqlite(copy)) as connection:
        connection.execute(
            "UPDATE alembic_version SET version_num = ?", [migrate.expected_revision()]
        )
        connection.execute("DROP TABLE receipts")
    await refused("is not a database of olievlek")
    with pytest.raises(OperationRefused, match="is the database itself"):
        await restore(place, place, vault, MONDAY, yes)
    assert rows(place, "SELECT count(*) FROM members") == [(1,)]


async def test_nothing_changes_while_another_program_has_it_open(
    member: FakeMember, database: Database, place: Path, copy: Path, vault: Vault
) -> None:
    back_up(place, copy)
    with pytest.raises(
        OperationRefused, match=r"another program has .+test\.db open; stop that first"
    ):
        await restore(copy, place, vault, MONDAY, yes)
    await member.round("Gedaan", "De bot merkt er niets van")
    assert not place.with_name("test.db.before-restore").exists()


async def test_what_an_earlier_restore_kept_is_not_overwritten(
    member: FakeMember, database: Database, place: Path, copy: Path, vault: Vault
) -> None:
    back_up(place, copy)
    await database.close()
    await restore(copy, place, vault, MONDAY, yes)
    with pytest.raises(OperationRefused, match="is left from an earlier restore; move or delete"):
        await restore(copy, place, vault, MONDAY, yes)


async def test_a_database_that_cannot_be_read_is_kept_and_said_so(
    member: FakeMember, database: Database, place: Path, copy: Path, vault: Vault
) -> None:
    back_up(place, copy)
    await database.close()
    broken = b"stuk" * 5_000
    place.write_bytes(broken)
    log = place.with_name("test.db-wal")
    log.write_bytes(b"en dit log hoort bij het kapotte bestand")
    done = await restore(copy, place, vault, MONDAY, yes)
    assert done is not None and done.kept is not None and done.replayed.refused
    assert done.kept.read_bytes() == broken and not log.exists()
    assert rows(place, "SELECT count(*) FROM members") == [(1,)]


async def test_an_erasure_during_a_restore_does_not_get_lost(
    member: FakeMember, database: Database, place: Path, copy: Path, vault: Vault
) -> None:
    number = (await member.member()).id
    back_up(place, copy)
    await database.close()
    late = sqlite3.connect(place, isolation_level=None, timeout=0)

    def someone_opens_it() -> bool:
        late.execute("SELECT 1")  # the file is open, but nothing is read from it yet
        return True

    with closing(late):
        done = await restore(copy, place, vault, MONDAY, someone_opens_it)
        assert done is not None
        with pytest.raises(sqlite3.OperationalError):
            late.execute("PRAGMA journal_mode=WAL").fetchone()  # as our own engine begins
        with pytest.raises(sqlite3.OperationalError):
            late.execute(
                "INSERT INTO ledger_entries (at, act, subject_id) VALUES "
                f"('{MONDAY:%F %T.%f}', 'erased', {number})"
            )
    assert not place.with_name("test.db-wal").exists()
    assert done.kept is not None
    assert rows(done.kept, "SELECT count(*) FROM ledger_entries") == [(0,)]


async def test_accounts_at_the_organisation_are_those_of_now(
    member: FakeMember, sanne: FakeMember, database: Database, place: Path, copy: Path, vault: Vault
) -> None:
    """Who unlinked since stays unlinked, and who linked since does not have to do it again."""
    joep = FakeMember(sanne.application, sanne.fake_channel, sanne.clock, "joep")
    await joep.joins()
    chat, of_joep, at = member.address.pair, joep.address.pair, sanne.clock()
    async with database.transaction() as session:
        await organisation.link(session, "unlinked", chat, at)
        await organisation.link(session, "moved", of_joep, at)
        await roles.confirm(session, chat, {Role.TRAINER}, at, at + timedelta(days=30))
    back_up(place, copy)
    later = FakeMember(sanne.application, sanne.fake_channel, sanne.clock, "later")
    await later.joins()
    async with database.transaction() as session:
        await organisation.unlink(session, chat, at)
        await organisation.link(session, "moved", chat, at)
        await organisation.link(session, "linked", of_joep, at)
        await organisation.link(session, "of later", later.address.pair, at)
    await database.close()
    assert await restore(copy, place, vault, MONDAY, yes) is not None
    async with open_database(f"sqlite+aiosqlite:///{place}") as restored:
        await prepare(restored, vault, at)
        async with restored.reading() as session:
            found = {
                subject: await organisation.address_id_of(session, subject)
                for subject in ("unlinked", "moved", "linked", "of later")
            }
            addresses = (await session.scalars(select(AddressRow))).all()
    ids = {(row.channel, row.address): row.id for row in addresses}
    # The copy does not know who came later, so their account opens nothing until they join again.
    assert found == {"unlinked": None, "moved": ids[chat], "linked": ids[of_joep], "of later": None}
    assert rows(place, "SELECT count(*) FROM roles") == [(0,)]
    # Where nothing is known of what happened since, every account has to be linked again.
    elsewhere = place.with_name("elsewhere.db")
    shutil.copy(keys_file(place), keys_file(elsewhere))
    done = await restore(copy, elsewhere, vault, MONDAY, yes)
    assert done is not None and done.replayed.refused is not None
    assert rows(copy, "SELECT count(*) FROM organisation_accounts") == [(2,)]
    assert rows(elsewhere, "SELECT count(*) FROM organisation_accounts") == [(0,)]
