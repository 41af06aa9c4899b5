"""`olievlek inbox`: what came in and could not be handled."""

from collections.abc import Iterable
from typing import Annotated

import typer

from bot.app import now
from bot.cli.shared.common import asynchronous, prepared_database
from bot.cli.shared.lazy import command_group
from bot.cli.shared.operator import record
from bot.cli.shared.options import OK, WRONG, AsJson
from bot.cli.shared.output import print_message, print_refusal, print_rows
from bot.store.admin.audit import Action
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
    code = _name_missing((wanted or set()) - retried)
    if retried or code == OK:
        print_message("done.inbox_retried", n=len(retried))
    return code


@app.command("discard", help="overview.inbox_discard")
@asynchronous
async def inbox_discard(
    item_ids: Annotated[list[int], typer.Argument(metavar="metavar.ids", help="option.inbox_ids")],
) -> int:
    """Deletes it, so that nobody can have it handled any more."""
    async with prepared_database() as (_, database), database.transaction() as session:
        discarded = await inbox.discard(session, set(item_ids))
        for item_id in sorted(discarded):
            await record(session, Action.DISCARDED, f"inbox:{item_id}", now())
    code = _name_missing(set(item_ids) - discarded)
    if discarded:
        print_message("done.inbox_discarded", n=len(discarded))
    return code


def _name_missing(item_ids: Iterable[int]) -> int:
    """Names the items that are not set aside; returns the exit code."""
    missing = sorted(item_ids)
    for item_id in missing:
        print_refusal("missing.inbox_item", number=item_id)
    return WRONG if missing else OK
