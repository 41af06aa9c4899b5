"""Who was signed in, and in which browsers, after a restore."""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select

from bot.push_subscription import Subscription
from bot.store.admin.backup import back_up
from bot.store.chat import browsers, keys, pushes
from bot.store.db.engine import Database
from bot.store.lifecycle.linking import linking
from bot.store.members import organisation, roles, web_sessions
from bot.store.schema.members import LinkCodeRow
from bot.store.schema.teams import Role
from tests.store.taken_away import (
    LATER,
    Team,
    restored,
    team,
)
from tests.support.databases import on_sqlite
from tests.support.fakes import MONDAY

__all__ = ["team"]  # a fixture


@on_sqlite
async def test_whoever_was_signed_in_to_the_pages_signs_in_again(
    team: Team, database: Database, tmp_path: Path
) -> None:
    """They may have signed out since, used their link, or refused a code that was typed."""
    chat, when = ("paper", "joep"), MONDAY + timedelta(days=40)
    async with database.transaction() as session:
        link = await web_sessions.new_link(session, chat, MONDAY)
        opened = await web_sessions.sign_in(session, link, "browser", MONDAY)
        assert opened is not None
        unused = await web_sessions.new_link(session, chat, MONDAY)
        who = organisation.SignedInAs("s", "somebody else", "browser")
        code = await organisation.new_code(session, who, MONDAY)
        await linking.new_code(session, team.members["joep"], MONDAY)
        until = MONDAY + timedelta(days=30)
        await roles.confirm(session, chat, {Role.ADMIN}, MONDAY, until)
    back_up(tmp_path / "test.db", copy := tmp_path / "monday.backup")
    async with database.transaction() as session:
        await web_sessions.end_sessions(session, team.members["joep"])
        await roles.revoke_ended(session, when)
    async with restored(database, copy, team.vault, when) as again, again.transaction() as session:
        assert await web_sessions.find(session, opened[1], MONDAY) is None
        assert await web_sessions.sign_in(session, unused, "browser", MONDAY) is None
        assert await organisation.use_code(session, code, chat, MONDAY) is None
        assert await session.scalar(select(func.count()).select_from(LinkCodeRow)) == 0
        assert not (await roles.of_address(session, chat, MONDAY)).admin


@on_sqlite
async def test_browsers_keep_their_chats_and_who_was_signed_out_stays_so(
    team: Team, database: Database, tmp_path: Path
) -> None:
    async with database.transaction() as session:
        opened = [await browsers.begin(session, "web", form, "browser", MONDAY) for form in "ab"]
        codes = [
            await keys.new_recovery_code(session, ("web", each.row.address), MONDAY)
            for each in opened
            if each is not None
        ]
        stays, goes = (each.cookie for each in opened if each is not None)
    back_up(tmp_path / "test.db", copy := tmp_path / "monday.backup")
    async with database.transaction() as session:
        rotated = await browsers.rotate(session, stays, LATER)
        assert rotated is not None
        await pushes.subscribe(session, rotated.row.id, Subscription("https://push.test/1", "", ""))
        gone = await browsers.find(session, goes, LATER)
        assert gone is not None
        await browsers.end(session, ("web", gone.address))
        newer = await keys.new_recovery_code(session, ("web", gone.address), LATER)
    async with restored(database, copy, team.vault) as again, again.transaction() as session:
        found = await browsers.find(session, rotated.cookie, LATER)
        assert found is not None and await pushes.is_subscribed(session, found.id)
        assert await browsers.find(session, goes, LATER) is None
        assert await keys.recover(session, codes[1], "browser", LATER) is None
        assert await keys.recover(session, newer, "browser", LATER) is not None
        assert await keys.recover(session, codes[0], "browser", LATER) is not None
