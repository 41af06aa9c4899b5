"""`olievlek run`, `init` and `check`: the bot as a service."""

import logging
import os
from pathlib import Path
from typing import Annotated

import typer

from bot import app as composition
from bot import health
from bot.cli.shared.common import asynchronous
from bot.cli.shared.language import operator_language, say, spoken
from bot.cli.shared.options import OK, WRONG
from bot.cli.shared.output import confirmed, print_message
from bot.languages.registry import tags
from bot.languages.sentences import Choice
from bot.logs import set_up_logs
from bot.masking import mask
from bot.settings import read_settings
from bot.store.keys.master_key import new_secret_key


@asynchronous
async def run() -> int:
    """Runs all configured channels until SIGTERM."""
    settings = read_settings()
    set_up_logs(settings.log_level, settings.log_format)
    await composition.run(settings)
    return OK


def init(
    file: Annotated[Path, typer.Option(metavar="metavar.file", help="option.init_file")] = Path(
        ".env"
    ),
) -> None:
    """Asks a few questions and writes .env, with a fresh key."""
    if file.exists() and not confirmed("ask.overwrite", file=file):
        raise typer.Exit(WRONG)
    token = typer.prompt(say("ask.token"), default="", show_default=False)
    language = typer.prompt(
        say("ask.language", tags=Choice(tags())), default=operator_language().tag
    )
    zone = typer.prompt(say("ask.time_zone"), default="Europe/Amsterdam")
    _write_settings(file, token.strip(), language.strip(), zone.strip())
    print_message("done.init", file=file)


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
    """Checks configuration, database and log-ins, a line each."""
    logging.disable(logging.CRITICAL)
    code = OK
    async for subject, trouble in health.check(read_settings(), composition.now):
        outcome = spoken(trouble) if trouble else "ok"
        typer.echo(mask(f"{spoken(subject)}: {outcome}"))
        code = WRONG if trouble and not isinstance(trouble, health.Advice) else code
    return code
