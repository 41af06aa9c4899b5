"""Upgrades: of two replicas one by one in the middle of a wave, and one that is killed."""

import signal
from pathlib import Path

import httpx
from sqlalchemy import text

from tests.support.databases import SECRET_KEY, unlocked_by
from tests.support.migrations import LATER, with_later_migration
from tests.support.paths import PROJECT
from tests.support.postgresql import PostgreSQL
from tests.support.processes import Program, command, environment, on_telegram, program
from tests.support.telegram.process import server_process
from tests.system.http_port import port_of
from tests.system.test_waves import PEOPLE, Waves

PER_SECOND = 15  # so that the wave lasts for all that happens in the middle of it
BEGUN = 30
UPGRADED_WITHIN = 30


def later_release(folder: Path) -> Path:
    """Returns a folder with the program and one migration more."""
    with_later_migration(folder)
    for part in ("bot", "prompts"):
        (folder / part).symlink_to(PROJECT / part)
    return folder


async def is_ready(started: Program) -> bool:
    """Whether `/readyz` says that all is well."""
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"http://127.0.0.1:{await port_of(started)}/readyz")
    return answer.status_code == 200


async def is_stopped(started: Program) -> None:
    """It is asked to stop, and ends well."""
    started.process.terminate()
    assert await started.ends() == 0
    assert "Traceback" not in started.log and '"level": "error"' not in started.log


async def test_no_nudge_is_lost_or_doubled(
    tmp_path: Path, postgresql: PostgreSQL, template: str
) -> None:
    release = later_release(tmp_path / "later")
    async with (
        server_process(per_second=PER_SECOND, per_chat_per_second=1) as server,
        postgresql.database(template) as url,
    ):
        pace = {"TELEGRAM_PER_SECOND": str(PER_SECOND)}
        env = on_telegram(server, tmp_path, DATABASE_URL=url, SECRET_KEY=SECRET_KEY, **pace)
        later = env | {"PYTHONPATH": str(release)}
        async with unlocked_by(env) as database:
            waves = Waves(database, server, seed=1)
            await waves.enrol()
            await waves.begin()
            async with program(env, tmp_path) as first:
                await first.says("leading")
                async with program(env, tmp_path) as second:
                    await second.says("another replica has it")
                    assert await server.until_accepted(BEGUN, UPGRADED_WITHIN)
                    await is_stopped(first)
                    await second.says('"event": "leading"')
                    async with program(later, tmp_path) as third:
                        await third.says("database upgraded", UPGRADED_WITHIN)
                        await third.says("another replica has it")
                        here = (await server.counters()).nudges
                        # The older release goes on with the tables of the later one.
                        assert await server.until_accepted(here + BEGUN, UPGRADED_WITHIN)
                        assert await is_ready(second) and await is_ready(third)
                        await is_stopped(second)
                        async with program(later, tmp_path) as fourth:
                            await third.says('"event": "leading"')
                            await fourth.says("another replica has it")
                            assert await waves.left() > 0, "the wave was over before"
                            await waves.ends()
                            await is_stopped(third)
                            await fourth.says('"event": "leading"')
                            assert await is_ready(fourth)
                            await is_stopped(fourth)
            async with database.reading() as session:
                revision = await session.scalar(text("SELECT version_num FROM alembic_version"))
            assert revision == LATER and len(PEOPLE) > 2 * BEGUN


async def test_a_kill_in_the_middle_leaves_the_database_as_it_was(tmp_path: Path) -> None:
    release = later_release(tmp_path / "later")
    env = environment(tmp_path)
    later = env | {"PYTHONPATH": str(release)}
    for words in (("db", "upgrade"), ("team", "create", "Griffie")):
        assert (await command(env, tmp_path, *words))[0] == 0
    before = (await command(env, tmp_path, "team", "list", "--json"))[1]
    migration = release / "migrations/versions" / f"{LATER}.py"
    whole = migration.read_text()
    first, second = whole.split("    op.create_table(", 1)
    kill = "    __import__('os').kill(__import__('os').getpid(), 9)\n"
    migration.write_text(f"{first}{kill}    op.create_table({second}")
    for _ in range(2):
        assert (await command(later, tmp_path, "db", "upgrade"))[0] == -signal.SIGKILL
        # The release of before goes on with it, as if nothing had been begun.
        assert (await command(env, tmp_path, "team", "list", "--json")) == (0, before, "")
    migration.write_text(whole)
    assert (await command(later, tmp_path, "db", "upgrade"))[0] == 0
    assert (await command(later, tmp_path, "team", "list", "--json")) == (0, before, "")
    code, _, trouble = await command(env, tmp_path, "team", "list")
    assert code == 2 and "nieuwere versie" in trouble
