"""`olievlek member`: what is kept about one person."""

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
    run_job,
    unlocked_database,
)
from bot.cli.shared.language import say
from bot.cli.shared.lazy import command_group
from bot.cli.shared.operator import record
from bot.cli.shared.options import OK, WRONG, Who
from bot.cli.shared.output import confirmed, print_message, print_refusal
from bot.config.settings import ConfigError
from bot.conversation.member.privacy.farewells import farewells_for
from bot.conversation.words import Words
from bot.delivery.maintenance.farewells import farewell_envelopes
from bot.delivery.outbox.outbox import keep_for_later
from bot.delivery.sender import Envelope
from bot.languages.sentences import Sentence
from bot.messages import Address, Outgoing
from bot.private_files import write_private
from bot.store.admin import audit
from bot.store.admin.audit import Action
from bot.store.lifecycle import erase
from bot.store.lifecycle.export import export_of
from bot.store.lifecycle.linking import linking, links
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
    async with unlocked_database() as (_, database, vault), database.transaction() as session:
        address, at = parse_address(who), now()
        member = await members.find_member(session, *address)
        if member is None:
            return _unknown_member(who)
        if any(_names(reason, word) for word in (address[1], member.name or "")):
            raise ConfigError([Sentence("mistake.reason_name")])
        copy = await export_of(session, vault, member, at)
        target = file or Path(f"olievlek-{who.replace(':', '-').replace('@', '')}.zip")
        write_private(target, b"")  # now, because a file that cannot be written tells nobody
        await _tell_about_export(session, vault, member, reason, at)
        await record(session, Action.EXPORTED, audit.member(member.id), at, reason)
    write_private(target, copy.content)
    print_message("done.written_bytes", file=target, size=len(copy.content))
    if copy.lost:
        print_refusal("done.export_lost", n=copy.lost)
    return OK


def _names(reason: str, word: str) -> bool:
    """Returns whether a reason has a name or the address of a chat in it, as a word of its own."""
    pattern = rf"(?<!\w){re.escape(word)}(?!\w)"
    return len(word) > 2 and re.search(pattern, reason, re.IGNORECASE) is not None


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
    """Destroys the key, then the rows, then what the write-ahead log still holds of them.

    In chats that the bot can clear, a bot that runs does so, and says there that all is erased.
    """
    async with unlocked_database() as (_, database, vault):
        async with database.transaction() as session:
            member = await members.find_member(session, *parse_address(who))
            if member is None:
                return _unknown_member(who)
            unlinked = Outgoing(Words(member.language)("link.undone"))
            own, others = await links.split_off(session, vault, member, parse_address(who), now())
            letters = [
                Envelope(Address(*pair), unlinked, f"unlinked-{member.id}-{number}")
                for number, pair in enumerate(others)
            ]
            if own is not None:
                farewells = await farewells_for(session, own, now())
                await record(session, Action.ERASED, audit.member(own.id), now())
                await erase.erase_member(session, vault, own.id, now())
                letters += farewell_envelopes(own.id, farewells)
                session.expunge(own)
            await keep_for_later(session, vault, letters, now())
        # After the commit: the log cannot be emptied of a transaction that is still open.
        is_swept = await database.checkpoint_wal()
    if not is_swept:
        print_refusal("done.erased_but_log", who=who)
        return WRONG
    print_message("done.erased", who=who)
    return OK


def _unknown_member(who: str) -> int:
    return print_refusal("missing.member", who=who)
