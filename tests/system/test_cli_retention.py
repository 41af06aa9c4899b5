"""`olievlek retention run`, as an operator uses it."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from bot.cli.shared.options import OK
from bot.store.members import members
from bot.store.schema.members import MemberRow
from bot.store.schema.outbox import OutboxRow
from tests.support.command_line import olievlek
from tests.support.databases import unlocked_by
from tests.support.processes import environment


async def _joined_long_ago(env: dict[str, str]) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=200)
    opening = unlocked_by(env)
    async with opening as database, database.transaction() as session:
        await members.add_member(session, "terminal", "sanne", "nl", "Europe/Amsterdam", long_ago)


async def _state(env: dict[str, str]) -> tuple[datetime | None, int]:
    """Returns when the member got the notice, and how many messages wait."""
    async with unlocked_by(env) as database, database.reading() as session:
        waiting = await session.scalar(select(func.count()).select_from(OutboxRow)) or 0
        return await session.scalar(select(MemberRow.notice_at)), waiting


def test_a_dry_run_counts_and_a_run_does(tmp_path: Path) -> None:
    env = environment(tmp_path)
    assert olievlek(env, tmp_path, "db", "upgrade")[0] == OK
    asyncio.run(_joined_long_ago(env))
    code, out, _ = olievlek(env, tmp_path, "retention", "run", "--dry-run", "--json")
    counts = {row["kind"]: row["count"] for row in json.loads(out)}
    assert code == OK and {kind for kind, count in counts.items() if count} == {"notices"}
    assert asyncio.run(_state(env)) == (None, 0)
    code, out, _ = olievlek(env, tmp_path, "retention", "run", "--json")
    assert (code, {row["kind"]: row["count"] for row in json.loads(out)}) == (OK, counts)
    noticed, waiting = asyncio.run(_state(env))
    assert noticed is not None and waiting == 1
    _, out, _ = olievlek(env, tmp_path, "retention", "run")
    assert "reflections" in out and "notices" in out


def test_a_period_out_of_bounds_is_named(tmp_path: Path) -> None:
    env = environment(tmp_path, KEEP_SILENT_MONTHS="1")
    code, _, err = olievlek(env, tmp_path, "retention", "run", "--dry-run")
    assert code == 2 and "OLIEVLEK_KEEP_SILENT_MONTHS is '1'" in err and "at least 3" in err
