"""`olievlek run` and `check`: the bot as a service."""

import logging

import typer

from bot import app as composition
from bot.cli.shared.common import asynchronous
from bot.cli.shared.language import say, spoken
from bot.cli.shared.options import OK, WRONG
from bot.config.reading import read_settings
from bot.languages.sentences import Text
from bot.masking import mask
from bot.operation import check as checks
from bot.operation.logs import set_up_logs


@asynchronous
async def run() -> int:
    """Runs all configured channels until SIGTERM."""
    settings = read_settings()
    set_up_logs(settings.log_level, settings.log_format)
    await composition.run(settings)
    return OK


@asynchronous
async def check() -> int:
    """Checks configuration, database and log-ins, a line each."""
    set_up_logs("ERROR", "console")  # otherwise structlog prints what is logged among the lines
    logging.disable(logging.CRITICAL)
    code = OK
    async for finding in checks.check(read_settings(), composition.now):
        detail = f" ({_shown(finding.detail)})" if finding.detail else ""
        outcome = spoken(finding.trouble) if finding.trouble else f"ok{detail}"
        if finding.trouble and finding.is_advice:
            outcome = say("check.advice", advice=finding.trouble)
        typer.echo(mask(f"{spoken(finding.subject)}: {outcome}"))
        code = WRONG if finding.trouble and not finding.is_advice else code
    return code


def _shown(detail: str | Text) -> str:
    return spoken(detail) if isinstance(detail, Text) else detail
