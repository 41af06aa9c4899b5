"""`olievlek retention`: deleting what is too old, as the bot does by itself every day."""

from typing import Annotated

import typer

from bot.app import now
from bot.cli.shared.common import asynchronous, unlocked_database
from bot.cli.shared.lazy import command_group
from bot.cli.shared.options import OK, AsJson
from bot.cli.shared.output import print_rows
from bot.delivery.maintenance.retention import RetentionJob

app = command_group()


@app.command("run", help="overview.retention_run")
@asynchronous
async def retention_run(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="option.dry_run")] = False,
    as_json: AsJson = False,
) -> int:
    """Deletes what is too old, and says how much that was of each kind."""
    async with unlocked_database() as (settings, database, vault):
        minimum = settings.min_group_size
        job = RetentionJob(database, vault, now, settings.periods, lambda: True, minimum)
        counts = await (job.preview() if dry_run else job.run())
    print_rows([{"kind": kind, "count": number} for kind, number in counts.items()], as_json)
    return OK
