"""What was taken away since a backup stays away when that is restored."""

import os
import random
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from bot.app import build
from bot.config.settings import ConfigError
from bot.startup import open_database, prepare, unlock
from bot.store.admin import kept_history
from bot.store.admin.backup import back_up, dump_command, restore_command
from bot.store.admin.replay import Refused, Replayed, replay
from bot.store.admin.restore import restore
from bot.store.db.engine import Database
from bot.store.db.errors import OperationRefused
from bot.store.lifecycle import ledger
from bot.store.lifecycle.delete_team import delete_team
from bot.store.lifecycle.erase import erase_member
from bot.store.lifecycle.linking import links
from bot.store.members import members
from bot.store.members.reflections import Diary
from bot.store.members.vault import Vault
from bot.store.schema import Base
from bot.store.schema.ledger import Act
from bot.store.schema.members import AddressRow, MemberRow
from bot.store.schema.nudges import NudgeRow, ReflectionRow
from bot.store.schema.teams import TeamRow
from tests.store.taken_away import (
    DEEDS,
    LATER,
    PEOPLE,
    Deed,
    Team,
    granted,
    hides,
    is_erased,
    is_merged,
    is_merged_and_erased,
    loses_a_role,
    nothing_came_back,
    restored,
    team,
)
from tests.support.databases import copied, keys_file, new_database, on_sqlite
from tests.support.fakes import MONDAY, FakeChannel, FakeMember, FixedClock
from tests.support.postgresql import PROGRAMS, PostgreSQL

__all__ = ["team"]  # a fixture


@on_sqlite
@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.__name__)
async def test_what_was_done_since_a_backup_holds_after_it_is_restored(
    deed: Deed, team: Team, database: Database, tmp_path: Path
) -> None:
    back_up(tmp_path / "test.db", copy := tmp_path / "monday.backup")
    backup = await granted(database)
    async with database.transaction() as session:
        await deed(team, session)
    before = await granted(database)
    assert before != backup
    async with restored(database, copy, team.vault) as again:
        nothing_came_back(backup, before, await granted(again))


@on_sqlite
async def test_who_was_merged_keeps_what_both_wrote(
    team: Team, database: Database, tmp_path: Path
) -> None:
    back_up(tmp_path / "test.db", copy := tmp_path / "monday.backup")
    async with database.transaction() as session:
        await is_merged(team, session)
    async with restored(database, copy, team.vault) as again, again.reading() as session:
        joep = team.members["joep"]
        written = await Diary(session, team.vault, joep).since(MONDAY)
        assert [entry.words for entry in written] == ["Wat joep schreef", "Wat kees schreef"]
        owner = select(AddressRow.member_id).where(AddressRow.address == "kees")
        assert set((await session.scalars(owner)).all()) == {joep}


@on_sqlite
async def test_of_who_was_merged_and_whose_key_is_gone_the_rest_is_kept(
    team: Team, database: Database, tmp_path: Path
) -> None:
    await team.vault.shred(team.members["kees"])
    back_up(tmp_path / "test.db", copy := tmp_path / "monday.backup")
    async with database.transaction() as session:
        ledger.record(session, Act.MERGED, [team.members["joep"]], LATER, team.members["kees"])
    async with restored(database, copy, team.vault) as again, again.reading() as session:
        owners = (await session.scalars(select(ReflectionRow.member_id))).all()
        assert team.members["joep"] in owners and team.members["kees"] not in owners
        owner = select(AddressRow.member_id).where(AddressRow.address == "kees")
        assert set((await session.scalars(owner)).all()) == {team.members["joep"]}


@on_sqlite
async def test_a_merge_that_was_undone_is_not_done_again(
    team: Team, database: Database, tmp_path: Path
) -> None:
    back_up(tmp_path / "test.db", copy := tmp_path / "monday.backup")
    joep, kees = team.members["joep"], team.members["kees"]
    async with database.transaction() as session:
        for act in (Act.MERGED, Act.MERGE_UNDONE):
            ledger.record(session, act, [joep], LATER, kees)
            await session.flush()
        assert await ledger.ids_of_person(session, joep) == [joep]
    async with restored(database, copy, team.vault) as again:
        assert (await granted(again))["members"] >= {joep, kees}


@on_sqlite
@pytest.mark.parametrize(("gone", "stays"), [("joep", "kees"), ("kees", "joep")])
async def test_who_was_split_off_and_erased_is_gone_from_a_backup_of_the_week_of_the_link(
    team: Team, database: Database, tmp_path: Path, gone: str, stays: str
) -> None:
    async with database.transaction() as session:
        joep, kees = await team.member(session, "joep"), await team.member(session, "kees")
        await links.link_members(session, joep, kees, MONDAY, is_new=False)
    back_up(tmp_path / "test.db", copy := tmp_path / "monday.backup")
    async with database.transaction() as session:
        joep = await team.member(session, "joep")
        chat = ("paper", gone)
        own, _ = await links.split_off(session, team.vault, joep, chat, LATER)
        assert own is not None and own.id == team.members[gone]
        await erase_member(session, team.vault, own.id, LATER)
        session.expunge(own)
    async with restored(database, copy, team.vault) as again, again.reading() as session:
        assert await session.get(MemberRow, team.members[gone]) is None
        assert await session.get(NudgeRow, team.nudges[gone]) is None
        assert await session.get(NudgeRow, team.nudges[stays]) is not None
        assert await session.get(ReflectionRow, team.reflections[gone]) is None
        written = await Diary(session, team.vault, team.members[stays]).since(MONDAY)
        assert [entry.words for entry in written] == [f"Wat {stays} schreef"]
        owner = select(AddressRow.member_id).where(AddressRow.address.in_((gone, stays)))
        assert set((await session.scalars(owner)).all()) == {team.members[stays]}


async def test_who_is_erased_is_erased_under_all_ids_they_had(
    team: Team, database: Database
) -> None:
    joep, kees, sanne = (team.members[name] for name in ("joep", "kees", "sanne"))
    async with database.transaction() as session:  # kees stays a row as long as it can be undone
        ledger.record(session, Act.MERGED, [joep], LATER, kees)
        await session.flush()
        ledger.record(session, Act.MERGED, [sanne], LATER, joep)
        await session.flush()
        assert await ledger.ids_of_person(session, sanne) == [sanne, joep, kees]
        await erase_member(session, team.vault, sanne, LATER)
    assert (await granted(database))["members"].isdisjoint({joep, kees, sanne})


async def test_the_ledger_only_grows(team: Team, database: Database) -> None:
    async with database.transaction() as session:
        await loses_a_role(team, session)
    for statement in ("UPDATE ledger_entries SET subject_id = 0", "DELETE FROM ledger_entries"):
        with pytest.raises(DBAPIError, match="ledger_entries is append-only"):
            async with database.transaction() as session:
                await session.execute(text(statement))


@on_sqlite
async def test_the_ledger_is_carried_over_and_the_next_restore_knows_it_too(
    team: Team, database: Database, tmp_path: Path
) -> None:
    back_up(tmp_path / "test.db", copy := tmp_path / "monday.backup")
    async with database.transaction() as session:
        await is_erased(team, session)
        await loses_a_role(team, session)
    before = await granted(database)
    entries = select(Base.metadata.tables["ledger_entries"].c.number)
    async with restored(database, copy, team.vault) as again:
        async with again.reading() as session:
            assert (await session.scalars(entries)).all()[:3] == [1, 2, 3]
        (tmp_path / "test.db.before-restore").unlink()
        async with restored(again, copy, team.vault) as twice:
            assert (await granted(twice))["roles"] == before["roles"]


@on_sqlite
async def test_on_an_empty_machine_nobody_gets_a_role_or_a_story_back(
    team: Team, database: Database, tmp_path: Path
) -> None:
    back_up(tmp_path / "test.db", copy := tmp_path / "monday.backup")
    elsewhere = tmp_path / "elsewhere.db"
    with pytest.raises(OperationRefused, match="there are no keys in"):
        await restore(copy, elsewhere, team.vault, LATER, lambda: True)
    assert not elsewhere.exists()
    shutil.copy(keys_file(tmp_path / "test.db"), keys_file(elsewhere))
    done = await restore(copy, elsewhere, team.vault, LATER, lambda: True)
    assert done is not None and done.replayed == Replayed(
        acts=0, erased=0, refused=Refused(roles=2, shares=4, invitations=2, group_chats=1)
    )
    async with open_database(f"sqlite+aiosqlite:///{elsewhere}") as opened:
        await unlock(opened, team.vault)
        there = await granted(opened)
    assert not (there["roles"] or there["shares"] or there["valid"] or there["team_chats"])
    assert len(there["members"]) == len(PEOPLE)
    # What was refused stays refused: the next restore of the same backup finds it in the ledger.
    again = await restore(copy, elsewhere, team.vault, LATER, lambda: True)
    assert again is not None and again.replayed.refused is None
    async with open_database(f"sqlite+aiosqlite:///{elsewhere}") as opened:
        await unlock(opened, team.vault)
        assert not (await granted(opened))["roles"]


@on_sqlite
async def test_a_team_that_was_deleted_comes_back_without_anybody(
    team: Team, database: Database, tmp_path: Path
) -> None:
    back_up(tmp_path / "test.db", copy := tmp_path / "monday.backup")
    async with database.transaction() as session:
        row = await session.get(TeamRow, team.id)
        assert row is not None and await delete_team(session, row, LATER) > 1
    left = await granted(database)
    for name in ("shares", "valid", "team_chats", "memberships", "visible"):
        assert not left[name], name
    async with database.reading() as session:
        assert await session.get(TeamRow, team.id) is None
        assert len((await session.scalars(select(ReflectionRow.id))).all()) > 1  # stays theirs
    async with restored(database, copy, team.vault) as again:
        there = await granted(again)
        assert there["roles"] == left["roles"]  # of no team
        assert not (there["shares"] or there["valid"] or there["memberships"])


@on_sqlite
async def test_a_database_that_was_begun_anew_knows_nothing_of_a_backup(
    team: Team, database: Database, tmp_path: Path, prepared_file: Path
) -> None:
    back_up(tmp_path / "test.db", copy := tmp_path / "monday.backup")
    fresh = tmp_path / "fresh.db"
    async with open_database(copied(prepared_file, fresh)) as opened:
        await unlock(opened, team.vault)
        async with opened.transaction() as session:
            stranger = await members.add_member(
                session, "paper", "bob", "nl", "Europe/Paris", LATER
            )
            assert stranger.id == team.members["sanne"]  # which is nobody's fault
            await erase_member(session, team.vault, stranger.id, LATER)
            session.expunge(stranger)
    done = await restore(copy, fresh, team.vault, LATER, lambda: True)
    assert done is not None and done.replayed.refused is not None
    async with open_database(f"sqlite+aiosqlite:///{fresh}") as opened:
        await unlock(opened, team.vault)
        assert team.members["sanne"] in (await granted(opened))["members"]


@on_sqlite
async def test_a_database_that_went_another_way_knows_nothing_of_a_backup_either(
    team: Team, database: Database, tmp_path: Path
) -> None:
    back_up(tmp_path / "test.db", other := tmp_path / "other.db")
    async with database.transaction() as session:
        await hides(team, session)
    back_up(tmp_path / "test.db", copy := tmp_path / "monday.backup")
    shutil.copy(keys_file(tmp_path / "test.db"), keys_file(other))
    async with open_database(f"sqlite+aiosqlite:///{other}") as opened:
        await unlock(opened, team.vault)
        async with opened.transaction() as session:
            await loses_a_role(team, session)  # under the same number
    done = await restore(copy, other, team.vault, LATER, lambda: True)
    assert done is not None and done.replayed.refused is not None


@on_sqlite
@pytest.mark.parametrize("seed", range(5))
async def test_nothing_comes_back_after_whatever_was_done(
    seed: int, team: Team, database: Database, tmp_path: Path
) -> None:
    dice = random.Random(seed)
    deeds = dice.sample([deed for deed in DEEDS if deed is not is_merged_and_erased], 8)
    copies: list[tuple[Path, dict[str, Any]]] = []
    for number, deed in enumerate(deeds):
        if dice.random() < 0.4 or not number:
            back_up(tmp_path / "test.db", copy := tmp_path / f"{number}.backup")
            copies.append((copy, await granted(database)))
        async with database.transaction() as session:
            if await session.get(MemberRow, team.members["joep"]) is not None:
                await deed(team, session)
    before = await granted(database)
    copy, backup = dice.choice(copies)
    async with restored(database, copy, team.vault) as again:
        nothing_came_back(backup, before, await granted(again))


async def test_on_postgresql_it_holds_by_its_own_programs(
    postgresql: PostgreSQL, template: str, vault: Vault, clock: FixedClock, tmp_path: Path
) -> None:
    def run(line: str) -> None:
        path = {"PATH": f"{PROGRAMS}:{os.environ['PATH']}"}
        subprocess.run(line, shell=True, check=True, cwd=tmp_path, env=path, capture_output=True)

    async with new_database(postgresql, template) as database:
        url = make_url(database.url)
        channel = FakeChannel()
        await unlock(database, vault)
        application = build(database, vault, [channel], clock)
        person = FakeMember(application, channel, clock, "sanne")
        await person.joins()
        await person.round("Gedaan")
        team = Team(vault)
        await team.begins(database, person)
        run(dump_command(url, tmp_path / "monday.dump"))
        backup = await granted(database)
        for deed in reversed(DEEDS):
            if deed is not is_merged_and_erased:
                async with database.transaction() as session:
                    await deed(team, session)
        async with database.transaction() as session:  # somebody of whom the backup knows nothing
            late = await members.add_member(session, "paper", "late", "nl", "Europe/Paris", LATER)
            await erase_member(session, vault, late.id, LATER)
            session.expunge(late)
        before = await granted(database)
        async with database.engine.begin() as connection:
            assert await kept_history.keep(connection)
        with pytest.raises(ConfigError, match="run `olievlek db replay` first"):
            await prepare(database, vault, LATER)
        await database.close()
        run(restore_command(url, tmp_path / "monday.dump"))
        assert await granted(database) == backup
        async with database.transaction() as session:
            done = await replay(session, vault, LATER)
        assert done.refused is None and done.erased == 1
        nothing_came_back(backup, before, await granted(database))
        await prepare(database, vault, LATER)
        async with database.transaction() as session:
            new = await members.add_member(session, "paper", "new", "nl", "Europe/Paris", LATER)
            assert new.id > late.id
        # Nothing is kept any more, so the next one knows nothing.
        async with database.transaction() as session:
            assert (await replay(session, vault, LATER)).refused is not None
        assert not (await granted(database))["roles"]
