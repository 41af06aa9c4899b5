"""`olievlek member`: what is kept about one person."""

import os
import re
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from bot.app import now
from bot.cli.shared.common import (
    parse_address,
    prepared_database,
    run_job,
    vault_from,
)
from bot.cli.shared.language import say
from bot.cli.shared.lazy import command_group
from bot.cli.shared.operator import record
from bot.cli.shared.options import OK, WRONG, Who
from bot.cli.shared.output import confirmed, print_message, print_refusal
from bot.conversation.words import Words
from bot.delivery.outbox.outbox import keep_for_later
from bot.delivery.sender import Envelope
from bot.languages.sentences import Sentence
from bot.messages import Address, Outgoing
from bot.settings import ConfigError
from bot.store.admin import audit
from bot.store.admin.audit import Action
from bot.store.lifecycle import erase, linking
from bot.store.lifecycle.export import export_of
from bot.store.members import members
from bot.store.members.vault import Vault
from bot.store.schema.members import MemberRow

app = command_group()
MAX_REASON = 200  # characters


@app.command("export", help="overview.member_export")
def member_export(
    who: Who,
    reason: Annotated[
        str | None, typer.Option(metavar="metavar.text", help="option.export_reason")
    ] = None,
    file: Annotated[
        Path | None, typer.Option(metavar="metavar.file", help="option.export_file")
    ] = None,
) -> None:
    """Writes all that is kept about someone to a ZIP, records why, and tells them."""
    if reason is None and sys.stdin.isatty():
        reason = typer.prompt(say("ask.export_reason"))
    run_job(_export(who, " ".join((reason or "").split()), file))


async def _export(who: str, reason: str, file: Path | None) -> int:
    """Writes the file after the commit, so that there is no copy without its entry and message."""
    if not 0 < len(reason) <= MAX_REASON:
        raise ConfigError([Sentence("mistake.reason", most=MAX_REASON)])
    async with prepared_database() as (settings, database), database.transaction() as session:
        address, at = parse_address(who), now()
        member = await members.find_member(session, *address)
        if member is None:
            return _unknown_member(who)
        if any(_names(reason, word) for word in (address[1], member.name or "")):
            raise ConfigError([Sentence("mistake.reason_name")])
        content = await export_of(session, vault_from(settings), member, at)
        target = file or Path(f"olievlek-{who.replace(':', '-').replace('@', '')}.zip")
        _make_private(target)
        await _tell_about_export(session, vault_from(settings), member, reason, at)
        await record(session, Action.EXPORTED, audit.member(member.id), at, reason)
    target.write_bytes(content)
    print_message("done.written_bytes", file=target, size=len(content))
    return OK


def _names(reason: str, word: str) -> bool:
    """Returns whether a reason has a name or the address of a chat in it, as a word of its own."""
    pattern = rf"(?<!\w){re.escape(word)}(?!\w)"
    return len(word) > 2 and re.search(pattern, reason, re.IGNORECASE) is not None


def _make_private(file: Path) -> None:
    """Makes an empty file that its owner alone can read, whatever it was before.

    Raises:
        OSError: it cannot be written.
    """
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.fchmod(descriptor, 0o600)
    finally:
        os.close(descriptor)


async def _tell_about_export(
    session: AsyncSession, vault: Vault, member: MemberRow, reason: str, at: datetime
) -> None:
    say_to_member = Words(member.language)
    day = say_to_member.day(members.today(member, at))
    message = Outgoing(say_to_member("privacy.exported", day=day, reason=reason))
    chats = await linking.chats_of(session, member)
    envelopes = [
        Envelope(Address(*pair), message, f"export-{member.id}-{at.timestamp():.0f}-{number}")
        for number, pair in enumerate(chats.addresses)
    ]
    await keep_for_later(session, vault, envelopes, at)


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
    """Destroys the key, then the rows, then what the write-ahead log still holds of them."""
    async with prepared_database() as (settings, database):
        async with database.transaction() as session:
            member = await members.find_member(session, *parse_address(who))
            if member is None:
                return _unknown_member(who)
            await record(session, Action.ERASED, audit.member(member.id), now())
            await vault_from(settings).shred(session, member.id)
            await erase.erase_rows(session, member.id, now())
            session.expunge(member)
        # After the commit: the log cannot be emptied of a transaction that is still open.
        await database.checkpoint_wal()
    print_message("done.erased", who=who)
    return OK


def _unknown_member(who: str) -> int:
    return print_refusal("missing.member", who=who)
