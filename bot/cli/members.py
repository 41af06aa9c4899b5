"""`olievlek member`: what is kept about one person."""

from pathlib import Path
from typing import Annotated

import typer

from bot.app import now
from bot.channels.registry import find_channel
from bot.cli.shared.common import (
    asynchronous,
    parse_address,
    run_job,
    unlocked_database,
)
from bot.cli.shared.lazy import command_group
from bot.cli.shared.options import OK, WRONG, Who
from bot.cli.shared.output import confirmed, print_message, print_refusal
from bot.conversation.member.farewells import farewells_for
from bot.delivery.outbox.outbox import keep_for_later
from bot.delivery.sender import Envelope
from bot.messages import OtherChats
from bot.private_files import write_private
from bot.store.lifecycle import erase
from bot.store.lifecycle.export import export_of
from bot.store.members import members

app = command_group()


@app.command("export", help="overview.member_export")
@asynchronous
async def member_export(
    who: Who,
    file: Annotated[
        Path | None, typer.Option(metavar="metavar.file", help="option.export_file")
    ] = None,
) -> int:
    """Writes all that is kept about someone to a ZIP."""
    async with unlocked_database() as (_, database, vault), database.reading() as session:
        member = await members.find_member(session, *parse_address(who))
        if member is None:
            return _unknown_member(who)
        content = await export_of(session, vault, member, now())
    target = file or Path(f"olievlek-{who.replace(':', '-').replace('@', '')}.zip")
    write_private(target, content)
    print_message("done.written_bytes", file=target, size=len(content))
    return OK


@app.command("erase", help="overview.member_erase")
def member_erase(
    who: Who,
    yes: Annotated[bool, typer.Option("--yes", help="option.yes")] = False,
) -> None:
    """Destroys someone's key and all their data."""
    if not yes and not confirmed("ask.erase", who=who):
        raise typer.Exit(WRONG)
    run_job(_erase(who))


async def _erase(who: str) -> int:
    """Destroys the key, then the rows, then what the write-ahead log still holds of them.

    In chats that the bot can clear, a bot that runs does so, and says there that all is erased.
    """
    async with unlocked_database() as (_, database, vault):
        async with database.transaction() as session:
            member = await members.find_member(session, *parse_address(who))
            if member is None:
                return _unknown_member(who)
            farewells = await farewells_for(session, member, now())
            await erase.erase_member(session, vault, member.id, now())
            await keep_for_later(session, vault, _envelopes(member.id, farewells), now())
            session.expunge(member)
        # After the commit: the log cannot be emptied of a transaction that is still open.
        is_swept = await database.checkpoint_wal()
    if not is_swept:
        print_refusal("done.erased_but_log", who=who)
        return WRONG
    print_message("done.erased", who=who)
    return OK


def _envelopes(member_id: int, farewells: OtherChats) -> list[Envelope]:
    return [
        Envelope(chat, farewell, f"erased-{member_id}-{number}")
        for number, (chat, farewell) in enumerate(farewells)
        if (channel := find_channel(chat.channel)) is not None and channel.clears_chats
    ]


def _unknown_member(who: str) -> int:
    return print_refusal("missing.member", who=who)
