"""`olievlek run`, `init` and `check`: the bot as a service."""

import logging
import os
from pathlib import Path
from typing import Annotated

import typer

from bot import app as composition
from bot import health
from bot.cli.shared.common import asynchronous
from bot.cli.shared.options import OK, WRONG
from bot.languages.registry import choices, default_tag
from bot.logs import set_up_logs
from bot.masking import mask
from bot.settings import read_settings
from bot.store.members.vault import new_secret_key


@asynchronous
async def run() -> int:
    """Run all configured channels until SIGTERM. Example: olievlek run."""
    settings = read_settings()
    set_up_logs(settings.log_level, settings.log_format)
    await composition.run(settings)
    return OK


def init(
    file: Annotated[Path, typer.Option(help="Where to write the settings.")] = Path(".env"),
) -> None:
    """Ask a few questions and write .env, with a fresh key. Example: olievlek init."""
    if file.exists() and not typer.confirm(f"{file} is there already. Overwrite it?"):
        raise typer.Exit(WRONG)
    token = typer.prompt("Telegram token (from @BotFather; empty for none)", default="")
    language = typer.prompt(f"Language to greet in ({choices()})", default=default_tag())
    zone = typer.prompt("Time zone", default="Europe/Amsterdam")
    _write_settings(file, token.strip(), language.strip(), zone.strip())
    typer.echo(f"{file} is written. Keep a copy of the key in a safe place. Next: olievlek check")


def _write_settings(file: Path, token: str, language: str, zone: str) -> None:
    """Writes the settings and a fresh key, readable by their owner alone."""
    settings = {
        "OLIEVLEK_SECRET_KEY": new_secret_key(),
        "OLIEVLEK_TELEGRAM_TOKEN": token,
        "OLIEVLEK_LANGUAGE": language,
        "OLIEVLEK_TIME_ZONE": zone,
    }
    # A new file, as one that others can read already would keep its mode.
    file.unlink(missing_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as target:
        target.writelines(f"{name}={value}\n" for name, value in settings.items())


@asynchronous
async def check() -> int:
    """Check configuration, database and log-ins, a line each. Example: olievlek check."""
    logging.disable(logging.CRITICAL)
    code = OK
    async for subject, trouble in health.check(read_settings(), composition.now):
        typer.echo(mask(f"{subject}: {trouble or 'ok'}"))
        code = WRONG if trouble else code
    return code
