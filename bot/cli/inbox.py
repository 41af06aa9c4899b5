"""`olievlek inbox`: what came in and could not be handled."""

from typing import Annotated

import typer

from bot.cli.shared.common import asynchronous, prepared_database
from bot.cli.shared.lazy import command_group
from bot.cli.shared.options import OK, WRONG, AsJson
from bot.cli.shared.output import print_message, print_refusal, print_rows
from bot.store.boxes import inbox

app = command_group()
ItemIds = Annotated[
    list[int] | None, typer.Argument(metavar="metavar.ids", help="option.inbox_ids")
]


@app.command("list", help="overview.inbox_list")
@asynchronous
async def inbox_list(as_json: AsJson = False) -> int:
    """Lists what could not be handled, never its content."""
    async with prepared_database() as (_, database), database.reading() as session:
        rows = [
            {
                "id": item.id,
                "channel": item.channel,
                "received_at": item.received_at.isoformat(timespec="seconds"),
                "set_aside_at": item.set_aside_at.isoformat(timespec="seconds"),
                "attempts": item.attempts,
                "fault": item.fault,
            }
            for item in await inbox.all_set_aside(session)
        ]
    print_rows(rows, as_json)
    return OK


@app.command("retry", help="overview.inbox_retry")
@asynchronous
async def inbox_retry(item_ids: ItemIds = None) -> int:
    """Has it handled again, all of it without an ID."""
    wanted = set(item_ids) if item_ids else None
    async with prepared_database() as (_, database), database.transaction() as session:
        retried = await inbox.retry(session, wanted)
    missing = sorted((wanted or set()) - retried)
    for item_id in missing:
        print_refusal("missing.inbox_item", number=item_id)
    if retried or not missing:
        print_message("done.inbox_retried", n=len(retried))
    return WRONG if missing else OK
