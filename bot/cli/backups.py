"""`olievlek backup`: the encrypted backups that the bot makes by itself."""

import tempfile
from asyncio import to_thread
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.engine import make_url

from bot.app import now
from bot.cli.shared.common import asynchronous
from bot.cli.shared.lazy import command_group
from bot.cli.shared.options import OK, WRONG, AsJson
from bot.cli.shared.output import error_line, print_message, print_refusal, print_rows
from bot.config.database_urls import usable_url
from bot.config.environment import variable_name
from bot.config.reading import read_settings
from bot.operation.logs import set_up_logs
from bot.startup import encrypted_backups, vault_from
from bot.store.admin.encrypted_backups import WORK, BackupKind, Backups
from bot.store.admin.encrypted_files import make_identity, open_backup
from bot.store.db.errors import OperationRefused

app = command_group()


Identity = Annotated[
    Path, typer.Option("--identity", metavar="metavar.file", help="option.identity")
]


def _backups() -> Backups | None:
    backups = encrypted_backups(read_settings())
    if backups is None:
        names = {"folder": variable_name("backup_dir"), "name": variable_name("backup_recipient")}
        print_refusal("refused.no_backups", **names)
    return backups


@app.command("now", help="overview.backup_now")
@asynchronous
async def backup_now() -> int:
    """Makes a backup of the data and one of the keys, also while the bot runs."""
    backups = _backups()
    if backups is None:
        return WRONG
    for kind in BackupKind:
        made = await to_thread(backups.make, kind, now())
        print_message("done.written_bytes", file=made.place, size=made.size)
    return OK


@app.command("list", help="overview.backup_list")
@asynchronous
async def backup_list(as_json: AsJson = False) -> int:
    """Lists the backups that are there, the newest first."""
    backups = _backups()
    if backups is None:
        return WRONG
    if trouble := await to_thread(backups.trouble):
        raise OperationRefused(trouble)
    rows = [
        {
            "kind": str(each.kind),
            "made_at": each.made_at.isoformat(),
            "bytes": each.size,
            "file": each.place,
        }
        for each in await to_thread(backups.stored)
    ]
    print_rows(rows, as_json)
    return OK


@app.command("open", help="overview.backup_open")
@asynchronous
async def backup_open(
    file: Annotated[str, typer.Argument(metavar="metavar.file", help="option.encrypted_backup")],
    to: Annotated[Path, typer.Argument(metavar="metavar.file", help="option.backup_file")],
    identity: Identity,
) -> int:
    """Decrypts a backup, for `db restore`."""
    with tempfile.TemporaryDirectory(prefix=WORK) as work:
        size = open_backup(await to_thread(_fetched, file, Path(work)), identity, to)
    print_message("done.written_bytes", file=to, size=size)
    return OK


def _fetched(place: str, work: Path) -> Path:
    """Returns a backup as a local file; one that is in a bucket is brought to `work`."""
    if "://" in place and (backups := encrypted_backups(read_settings())) is not None:
        for each in backups.stored():
            if each.place == place:
                return backups.storages[each.kind].fetch(each.name, work)
    return Path(place)


@app.command("try", help="overview.backup_try")
@asynchronous
async def backup_try(
    identity: Identity,
    database: Annotated[
        str | None, typer.Option(metavar="metavar.url", help="option.scratch_database")
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Restores the newest backups in a temporary place, and checks what is in them."""
    from bot.store.admin.backup_trial import try_newest  # here, as the others restore nothing

    settings = read_settings()
    set_up_logs("ERROR", "console")
    backups = _backups()
    if backups is None:
        return WRONG
    scratch = None if database is None else make_url(usable_url(database))
    with tempfile.TemporaryDirectory(prefix=WORK) as work:
        vault = vault_from(settings)
        trial = await try_newest(backups, identity, vault, now(), Path(work), scratch)
    made_at = trial.data.made_at.isoformat()
    if as_json:
        print_rows([{"made_at": made_at, "file": trial.data.place, **trial.counts}], as_json)
    else:
        print_message("done.tried", file=trial.data.place, made_at=made_at, **trial.counts)
    try:
        await to_thread(backups.note_trial, now())
    except (OperationRefused, OSError) as error:
        print_refusal("done.tried_not_noted", trouble=error_line(error))
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
