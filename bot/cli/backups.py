"""`olievlek backup`: the encrypted backups that the bot makes by itself."""

from asyncio import to_thread
from pathlib import Path
from typing import Annotated

import typer

from bot.app import now
from bot.cli.shared.common import asynchronous
from bot.cli.shared.lazy import command_group
from bot.cli.shared.options import OK, WRONG, AsJson
from bot.cli.shared.output import print_message, print_refusal, print_rows
from bot.config.environment import variable_name
from bot.config.reading import read_settings
from bot.startup import backup_folder
from bot.store.admin.encrypted_backups import BackupFolder, BackupKind, make_identity, open_backup

app = command_group()


def _folder() -> BackupFolder | None:
    folder = backup_folder(read_settings())
    if folder is None:
        names = {"folder": variable_name("backup_dir"), "name": variable_name("backup_recipient")}
        print_refusal("refused.no_backups", **names)
    return folder


@app.command("now", help="overview.backup_now")
@asynchronous
async def backup_now() -> int:
    """Makes a backup of the data and one of the keys, also while the bot runs."""
    folder = _folder()
    if folder is None:
        return WRONG
    for kind in BackupKind:
        made = await to_thread(folder.make, kind, now())
        print_message("done.written_bytes", file=made.file, size=made.size)
    return OK


@app.command("list", help="overview.backup_list")
@asynchronous
async def backup_list(as_json: AsJson = False) -> int:
    """Lists the backups that are there, the newest first."""
    folder = _folder()
    if folder is None:
        return WRONG
    if missing := folder.missing_folder():
        return print_refusal("refused.backup_folder", folder=missing)
    rows = [
        {
            "kind": str(each.kind),
            "made_at": each.made_at.isoformat(),
            "bytes": each.size,
            "file": str(each.file),
        }
        for each in folder.stored()
    ]
    print_rows(rows, as_json)
    return OK


@app.command("open", help="overview.backup_open")
@asynchronous
async def backup_open(
    file: Annotated[Path, typer.Argument(metavar="metavar.file", help="option.encrypted_backup")],
    to: Annotated[Path, typer.Argument(metavar="metavar.file", help="option.backup_file")],
    identity: Annotated[
        Path, typer.Option("--identity", metavar="metavar.file", help="option.identity")
    ],
) -> int:
    """Decrypts a backup, for `db restore`."""
    size = open_backup(file, identity, to)
    print_message("done.written_bytes", file=to, size=size)
    return OK


@app.command("key", help="overview.backup_key")
@asynchronous
async def backup_key(
    file: Annotated[Path, typer.Argument(metavar="metavar.file", help="option.identity")],
) -> int:
    """Makes a key pair: the private key goes to a new file, the public key is printed."""
    try:
        public = make_identity(file)
    except FileExistsError:
        return print_refusal("refused.identity_exists", file=file)
    typer.echo(f"{variable_name('backup_recipient')}={public}")
    print_refusal("done.backup_key", file=file)
    return OK
