"""What an operator has to look after: room, backups, and who tries the doors."""

import os
import shutil
import subprocess
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.store.admin.encrypted_backups import NAME, STAMP, TRIAL
from tests.alerts.watch import Watch, provokes
from tests.conftest import cannot_start
from tests.support.databases import copied
from tests.support.processes import TOKEN, full_speed, program
from tests.support.small_disk import small_disk
from tests.support.telegram.bot_api import BotApiServer

DISK, GREW = "510m", 40_000_000  # bytes; without what grew, more than 500 MB is left
SECRETS = "a" * 32, "b" * 32
# One chat may type five wrong codes an hour.
GUESSERS, GUESSES = 12, 5


@provokes("OlievlekStorageLow")
async def old_copies_are_on_the_same_disk(watch: Watch) -> None:
    with ExitStack() as mounted:
        try:
            disk = mounted.enter_context(small_disk(watch.folder, DISK))
        except (OSError, subprocess.SubprocessError) as error:
            cannot_start("a disk of its own (as root)", error)
        async with BotApiServer(TOKEN) as server:
            url = copied(watch.databases.file, disk / "olievlek.db")
            async with program(watch.env(server, DATABASE_URL=url), watch.folder):
                await watch.is_calm()
                with (disk / "monday.db").open("wb") as copy:
                    os.posix_fallocate(copy.fileno(), 0, GREW)
                await watch.fires()
                shutil.move(disk / "monday.db", watch.folder)
                await watch.ends()


@provokes("OlievlekBackupOld")
async def the_folder_of_the_backups_is_not_mounted(watch: Watch) -> None:
    async with BotApiServer(TOKEN) as server:
        env, folder, _ = await _with_backups(watch, server)
        async with program(env, watch.folder):
            await watch.is_calm()
            for file in [*folder.rglob("*.age")]:
                _put_back(file, timedelta(hours=27))
            await watch.fires()
            away = folder.rename(watch.folder / "away")
            code, told = await watch.command(env, "backup", "now")
            assert code == 1 and f"{folder} is no folder" in told
            away.rename(folder)
            assert (await watch.command(env, "backup", "now"))[0] == 0
            assert (await watch.command(env, "backup", "list"))[1].count("olievlek-data-") == 2
            await watch.ends()


@provokes("OlievlekBackupUntried")
async def nobody_tries_the_backups(watch: Watch) -> None:
    async with BotApiServer(TOKEN) as server:
        env, folder, identity = await _with_backups(watch, server)
        trying = ("backup", "try", "--identity", str(identity))
        assert (await watch.command(env, *trying))[0] == 0
        async with program(env, watch.folder):
            await watch.is_calm()
            [trial] = folder.glob("olievlek-trial-*.txt")
            _put_back(trial, timedelta(days=16))
            await watch.fires()
            assert (await watch.command(env, *trying))[0] == 0
            await watch.ends()


@provokes("OlievlekGuessing")
async def somebody_tries_codes(watch: Watch) -> None:
    async with BotApiServer(TOKEN) as server:
        people = [server.person(number, f"Lid {number}") for number in range(100, 100 + GUESSERS)]
        async with program(watch.env(server, **full_speed()), watch.folder) as started:
            await watch.is_calm()
            for number in range(GUESSES):
                for person in people:
                    person.types(f"/start MIS{person.id}GOK{number}")
            await watch.fires()
            assert "wrong codes typed" in started.log
            await watch.ends()


@provokes("OlievlekDeliveriesRefused")
async def one_replica_has_another_secret(watch: Watch) -> None:
    ours, theirs = SECRETS
    async with BotApiServer(TOKEN) as server:
        someone = server.person()
        url = f"http://127.0.0.1:{watch.port}"
        env = watch.env(server, TELEGRAM_WEBHOOK_URL=url, TELEGRAM_WEBHOOK_SECRET=ours)
        async with program(env, watch.folder):
            await watch.is_calm()
            server.webhook["secret_token"] = theirs  # as the other replica told Telegram
            someone.types("/start")
            await watch.fires()
        async with program(env | {"OLIEVLEK_TELEGRAM_WEBHOOK_SECRET": theirs}, watch.folder):
            await someone.receives("In welke taal", timeout=60)
            await watch.ends()


async def _with_backups(watch: Watch, server: BotApiServer) -> tuple[dict[str, str], Path, Path]:
    """Sets up encrypted backups and makes the first.

    Returns:
        The environment, the folder of the backups, and the file of the private key.
    """
    folder, identity = watch.folder / "backups", watch.folder / "key.txt"
    folder.mkdir()
    env = watch.env(server, BACKUP_DIR=str(folder))
    name, _, public = (await watch.command(env, "backup", "key", str(identity)))[1].partition("=")
    env[name] = public.split()[0]
    assert (await watch.command(env, "backup", "now"))[0] == 0
    return env, folder, identity


def _put_back(file: Path, by: timedelta) -> None:
    """Renames a file as if it was made so much earlier: its name says when."""
    found = NAME.fullmatch(file.name) or TRIAL.fullmatch(file.name)
    assert found is not None
    stamp = found.groups()[-1]
    earlier = datetime.strptime(stamp, STAMP).replace(tzinfo=UTC) - by
    file.rename(file.with_name(file.name.replace(stamp, f"{earlier:{STAMP}}")))
