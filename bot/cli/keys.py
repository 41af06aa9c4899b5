"""`olievlek keys`: the master key, the key store, and the keys that sign the bot's devices."""

import os
import stat
import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.channels.base import IdentityChannel, InvalidCredentials, SendError
from bot.cli.shared.common import asynchronous, exit_code_for, unlocked_database
from bot.cli.shared.lazy import command_group
from bot.cli.shared.options import OK, WRONG
from bot.cli.shared.output import (
    confirmed,
    error_line,
    print_message,
    print_refusal,
)
from bot.cli.shared.progress import ProgressBar
from bot.config.environment import variable_name
from bot.config.reading import read_settings
from bot.operation.logs import set_up_logs
from bot.store.keys.key_file import NAME, OWNER_ONLY, make_key_file, replace_key_file
from bot.store.keys.master_key import new_secret_key

app = command_group()


@app.command("new", help="overview.keys_new")
@asynchronous
async def keys_new(
    file: Annotated[Path | None, typer.Option(metavar="metavar.file", help="option.key_file")] = (
        None
    ),
) -> int:
    """Prints a fresh key, or writes it to a new file."""
    if file is not None:
        try:
            make_key_file(file, new_secret_key())
        except FileExistsError:
            return print_refusal("refused.key_exists", file=file)
        print_message("done.key_file", file=file, name=variable_name("secret_key_file"))
        return OK
    _keep_output_private()
    typer.echo(f"{NAME}{new_secret_key()}")
    return OK


@app.command("push", help="overview.keys_push")
def keys_push() -> None:
    """Prints a fresh key, by which push services know this bot."""
    from bot.channels.web.push import new_private_key  # here, as the other commands need no HTTP

    _keep_output_private()
    typer.echo(f"{variable_name('push_key')}={new_private_key()}")


def _keep_output_private() -> None:
    """Makes the file to which standard output goes its owner's alone, or says that it is not."""
    try:
        descriptor = sys.stdout.fileno()
        mode = os.fstat(descriptor).st_mode
    except (OSError, ValueError):  # no file at all
        return
    if stat.S_ISREG(mode) and mode & 0o077:
        try:
            os.fchmod(descriptor, OWNER_ONLY)
        except OSError:
            print_refusal("refused.output_is_open")


@app.command("rotate", help="overview.keys_rotate")
@asynchronous
async def keys_rotate() -> int:
    """Wraps all keys by a new master key, also while the bot runs."""
    from bot.app import now  # here, and below: `keys new` needs no database
    from bot.cli.shared.operator import record
    from bot.store.admin.audit import Action
    from bot.store.keys.rotation import rotate

    progress = ProgressBar("progress.rotating")
    async with unlocked_database() as (settings, database, vault):
        with progress:
            secret_key = await rotate(vault.store, vault.masters, progress.show)
        async with database.transaction() as session:
            await record(session, Action.KEYS_ROTATED, "keys", now())
    if settings.secret_key_file is None:
        typer.echo(f"{NAME}{secret_key}")
        print_refusal("done.rotated", name=variable_name("secret_key"))
        return OK
    try:
        replace_key_file(settings.secret_key_file, secret_key)
    except OSError as error:  # such as a secret that the platform mounts for reading only
        typer.echo(f"{NAME}{secret_key}")
        print_refusal(
            "refused.key_file_kept", file=settings.secret_key_file, trouble=error.strerror
        )
        return exit_code_for(error)
    print_message("done.rotated_file", file=settings.secret_key_file)
    return OK


@app.command("backup", help="overview.keys_backup")
@asynchronous
async def keys_backup(
    file: Annotated[Path, typer.Argument(metavar="metavar.file", help="option.backup_file")],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="option.overwrite")] = False,
) -> int:
    """Copies the key store, also while the bot runs."""
    from asyncio import to_thread

    from bot.store.admin import backup, server_programs
    from bot.store.db.engine import sqlite_file
    from bot.store.keys.key_store import BACKUP_DAYS
    from bot.store.keys.key_tables import KEY_STORE

    url = read_settings().keys_location
    keys = sqlite_file(url)
    if keys is None:
        alone = backup.Keys.ALONE
        size = await to_thread(server_programs.dump, url, file, alone, overwrite=overwrite)
    else:
        size = backup.back_up(keys, file, overwrite=overwrite, table=KEY_STORE.name)
    print_message("done.written_bytes", file=file, size=size)
    print_refusal("done.keys_backup", days=BACKUP_DAYS)
    return OK


@app.command("reset-identity", help="overview.keys_reset_identity")
@asynchronous
async def keys_reset_identity(
    yes: Annotated[bool, typer.Option("--yes", help="option.yes")] = False,
) -> int:
    """Gives the bot's accounts new signing keys, on each channel where accounts have them."""
    # Here, as `keys new` needs no platform's settings and no database.
    from bot.app import now
    from bot.channel_factory import configured_channels
    from bot.startup import open_configured, unlock, vault_from

    settings = read_settings()
    set_up_logs("ERROR", "console")
    vault = vault_from(settings)
    async with open_configured(settings, makes=True) as database:
        await unlock(database, vault)
        channels = configured_channels(settings, database, now, vault)
        try:
            signing = [channel for channel in channels if isinstance(channel, IdentityChannel)]
            if not signing:
                return print_refusal("missing.identity")
            codes = [await _reset_identity(channel, yes=yes) for channel in signing]
        finally:
            for channel in channels:
                await channel.close()
    return max(codes)


async def _reset_identity(channel: IdentityChannel, *, yes: bool) -> int:
    if not (yes or confirmed("ask.reset_identity", channel=channel.name)):
        return WRONG
    try:
        await channel.identity.reset()
    except InvalidCredentials as error:
        return print_refusal("check.refused", name=error)
    except SendError as error:
        return print_refusal("refused.identity", trouble=error_line(error))
    print_message("done.reset_identity", channel=channel.name)
    return OK
