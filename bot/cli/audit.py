"""`olievlek audit`: who did what, and whether the trail is whole."""

from bot.cli.shared.common import asynchronous, prepared_database, unlocked_database
from bot.cli.shared.lazy import command_group
from bot.cli.shared.options import OK, AsJson
from bot.cli.shared.output import print_message, print_refusal, print_rows
from bot.store.admin import audit

app = command_group()


@app.command("show", help="overview.audit_show")
@asynchronous
async def audit_show(as_json: AsJson = False) -> int:
    """Lists what was done, the oldest first."""
    async with prepared_database() as (_, database), database.reading() as session:
        rows = [
            {
                "number": entry.number,
                "done_at": entry.at.isoformat(timespec="seconds"),
                "actor": entry.actor,
                "action": entry.action,
                "subject": entry.subject,
                "detail": entry.detail,
                **({"hash": entry.hash} if as_json else {}),
            }
            async for entry in audit.entries(session)
        ]
    print_rows(rows, as_json)
    return OK


@app.command("verify", help="overview.audit_verify")
@asynchronous
async def audit_verify() -> int:
    """Tells whether the trail is whole, from end to end, and which hash to keep elsewhere."""
    async with unlocked_database() as (_, database, vault):
        head = await vault.audit_heads.read()
        async with database.reading() as session:
            result = await audit.verify(session)
            ending = await audit.ending(session, head)
    if result.broken is not None:
        return print_refusal("missing.audit_entry", number=result.broken)
    number = 0 if head is None else head.number
    if ending.is_trouble:
        return print_refusal(ending, number=number, n=result.entries)
    print_message("done.audit_whole", n=result.entries, hash=result.last_hash)
    if ending is audit.Ending.BEHIND:
        print_message(ending, number=number)
    return OK
