"""What `olievlek check` reports: whether all that `run` needs is there, and what to do if not."""

from collections.abc import AsyncIterator, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from dotenv import dotenv_values
from sqlalchemy.engine import make_url

from bot.channel_factory import check_channels, configured_channels
from bot.channels.base import (
    Channel,
    IdentityChannel,
    InvalidCredentials,
    SendError,
    TemporaryFailure,
)
from bot.config.env_file import env_file
from bot.config.environment import variable_name
from bot.config.settings import ConfigError, Settings
from bot.languages.sentences import Joined, Sentence, Text
from bot.messages import Clock
from bot.operation import machine
from bot.operation.health import refused_credentials
from bot.operation.telemetry import check_installed
from bot.operation.version import program_version
from bot.organisation import provider_from, provider_trouble
from bot.startup import encrypted_backups, open_configured, supported_database, unlock, vault_from
from bot.store.admin import audit
from bot.store.admin.encrypted_backups import BackupKind
from bot.store.db import migrate
from bot.store.db.engine import Database, sqlite_file
from bot.store.db.errors import DATABASE_ERRORS
from bot.store.keys.key_file import is_open_to_others
from bot.store.keys.key_store import KEYS_URL
from bot.store.lifecycle import erase
from bot.store.members import reflections
from bot.store.members.vault import Vault

BACKUP_TOO_OLD = timedelta(hours=26)  # as the alert has it


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of `olievlek check`.

    Attributes:
        subject: what was looked at.
        trouble: what to do about it; None: it is in order.
        detail: what stands behind `ok`, such as a path.
        is_advice: whether it would only be better otherwise.
    """

    subject: Text
    trouble: Text | None = None
    detail: str | Text = ""
    is_advice: bool = False


async def check(settings: Settings, clock: Clock) -> AsyncIterator[Finding]:
    """Looks at all that `run` needs, without using up what a platform allows.

    Args:
        settings: as read from the environment.
        clock: returns the present.

    Yields:
        What was looked at, and what to do about it.
    """
    file = env_file()
    shown: str | Text = str(file) if file.is_file() else Sentence("check.no_env_file", file=file)
    yield Finding(Sentence("check.settings"), detail=shown)
    vault = None
    try:
        vault = vault_from(settings)
        yield Finding(Sentence("check.secret_key"))
    except ConfigError as error:
        yield Finding(Sentence("check.secret_key"), Joined(error.lines))
    for finding in _key_safety(settings):
        yield finding
    for finding in _places(settings):
        yield finding
    yield _backups(settings, clock())
    async for finding in _database(settings, vault, clock()):
        yield finding
    async for finding in _channels(settings, vault, clock):
        yield finding
    if not settings.public_url:
        unset = Sentence("check.pages_unset", name=variable_name("public_url"))
        yield Finding(Sentence("check.pages"), unset, is_advice=True)
    elif _is_unencrypted(settings.public_url):
        unencrypted = Sentence("check.pages_unencrypted", name=variable_name("public_url"))
        yield Finding(Sentence("check.pages"), unencrypted, is_advice=True)
    async for finding in _organisation(settings, clock()):
        yield finding
    if settings.traces_url:
        yield _traces(settings.traces_url)
    if settings.push_key is None and any(name == "web" for name in _enabled(settings)):
        unset = Sentence("check.push_unset", name=variable_name("push_key"))
        yield Finding(Sentence("check.push"), unset, is_advice=True)
    if not (settings.controller_name and settings.controller_contact):
        unset = Sentence("check.controller_unset")
        yield Finding(Sentence("check.controller"), unset, is_advice=True)


async def _organisation(settings: Settings, at: datetime) -> AsyncIterator[Finding]:
    """Yields whether people can sign in at their organisation, if they are meant to."""
    subject = Sentence("check.organisation")
    try:
        provider = provider_from(settings)
    except ConfigError as error:
        yield Finding(subject, Joined(error.lines))
        return
    if provider is not None:
        yield Finding(subject, await provider_trouble(provider, at), detail=settings.oidc.issuer)


def _traces(url: str) -> Finding:
    """Returns whether traces can be made; whether the collector answers is seen in the log."""
    try:
        check_installed(url)
    except ConfigError as error:
        return Finding(Sentence("check.traces"), Joined(error.lines))
    return Finding(Sentence("check.traces"), detail=url)


def _enabled(settings: Settings) -> Collection[str]:
    """Returns the names of the channels that are on; none when their settings are wrong."""
    try:
        return check_channels(settings).keys()
    except ConfigError:
        return ()


def _is_unencrypted(public_url: str) -> bool:
    """Returns whether browsers would keep no cookie of ours, because others could read it."""
    parts = urlsplit(public_url)
    is_here = parts.hostname in ("localhost", "127.0.0.1", "::1")
    return parts.scheme == "http" and not is_here


# -- what the machine has to offer


def _places(settings: Settings) -> Iterator[Finding]:
    """Yields the folders and files that `run` writes, and the room that there is."""
    yield Finding(
        Sentence("check.data_dir"),
        machine.folder_trouble(settings.data_dir),
        detail=str(settings.data_dir),
    )
    file = sqlite_file(make_url(settings.database_url))
    for place in (file, sqlite_file(settings.keys_location)):
        if trouble := machine.file_trouble(place):
            yield Finding(Sentence("check.writing"), trouble)
    folders = {each.parent for each in (file, sqlite_file(settings.keys_location)) if each}
    for folder in sorted(folders - {settings.data_dir.resolve()}):
        if trouble := machine.folder_trouble(folder):
            yield Finding(Sentence("check.writing"), trouble)
    if file is not None:
        yield Finding(Sentence("check.lock"), machine.lock_trouble(file))
    free, trouble = machine.room_trouble(settings.data_dir if file is None else file.parent)
    yield Finding(Sentence("check.room"), trouble, detail=f"{free} MB")


def _backups(settings: Settings, at: datetime) -> Finding:
    """Returns how old the oldest of the newest backups is, or how to have them made."""
    subject = Sentence("check.backups")
    try:
        backups = encrypted_backups(settings)
    except ConfigError as error:
        return Finding(subject, Joined(error.lines))
    if backups is None:
        names = {"folder": variable_name("backup_dir"), "name": variable_name("backup_recipient")}
        return Finding(subject, Sentence("check.backups_unset", **names), is_advice=True)
    if (unusable := backups.trouble()) is not None:
        return Finding(subject, unusable)
    if settings.backup_dir and (trouble := machine.folder_trouble(settings.backup_dir)):
        return Finding(subject, trouble)
    if (program := backups.missing_program()) is not None:
        return Finding(subject, Sentence("check.no_program", program=program))
    made = [backups.made_at(kind, at) for kind in BackupKind]
    moments = [each for each in made if each is not None]
    if len(moments) < len(made):
        return Finding(subject, Sentence("check.no_backup"), is_advice=True)
    age = at - min(moments)
    hours = int(age.total_seconds() // 3600)
    trouble = Sentence("check.backup_old", n=hours) if age > BACKUP_TOO_OLD else None
    return Finding(subject, trouble, detail=Sentence("check.backup_age", n=hours))


# -- the database


async def _database(
    settings: Settings, vault: Vault | None, at: datetime
) -> AsyncIterator[Finding]:
    try:
        with supported_database():
            async with open_configured(settings) as database:
                state = await migrate.schema_state(database)
                state.require_supported()
                yield Finding(Sentence("check.database"))
                yield Finding(Sentence("check.place"), detail=database.place)
                upgrade = None if state.up_to_date else Sentence("check.upgrade")
                yield Finding(Sentence("check.migrations"), upgrade)
                async for finding in _use_of(database, vault, at, is_made=state.up_to_date):
                    yield finding
    except ConfigError as error:
        yield Finding(Sentence("check.database"), Joined(error.lines))
    except DATABASE_ERRORS as error:
        yield Finding(Sentence("check.database"), Sentence("check.failed", trouble=error))


async def _use_of(
    database: Database, vault: Vault | None, at: datetime, *, is_made: bool
) -> AsyncIterator[Finding]:
    """Yields whether the database can be read and written, and what it runs on."""
    shown, trouble = await machine.versions(database)
    yield Finding(Sentence("check.versions"), trouble, f"olievlek {program_version()}, {shown}")
    if not database.is_sqlite:
        trouble = await machine.rights_trouble(database, is_made=is_made)
        yield Finding(Sentence("check.rights"), trouble)
    if is_made:
        reason = await database.write_trouble()
        trouble = Sentence("check.cannot_write", trouble=reason) if reason else None
        yield Finding(Sentence("check.writing"), trouble)
        yield Finding(Sentence("check.clock"), await machine.clock_trouble(database, at))
    if vault is not None:
        locked = await _trouble_unlocking(database, vault)
        old = await _old_keys(database, vault) if is_made and locked is None else None
        yield Finding(Sentence("check.keys"), locked or old)
        if is_made and locked is None:
            yield Finding(Sentence("check.audit_trail"), await _trail_trouble(database, vault))


# -- channels


async def _channels(
    settings: Settings, vault: Vault | None, clock: Clock
) -> AsyncIterator[Finding]:
    database = Database(settings.database_url)
    try:
        for channel in configured_channels(settings, database, clock, vault):
            subject = Sentence("check.channel", name=channel.name)
            yield Finding(subject, await _login_trouble(channel))
            await channel.close()
    except ConfigError as error:
        yield Finding(Sentence("check.channels"), Joined(error.lines))
    finally:
        await database.close()


async def _trouble_unlocking(database: Database, vault: Vault) -> Text | None:
    try:
        await unlock(database, vault)
    except ConfigError as error:
        return Joined(error.lines)
    return None


async def _trail_trouble(database: Database, vault: Vault) -> Text | None:
    """Returns what is wrong with the audit trail: a changed entry, or some that are gone."""
    head = await vault.audit_heads.read()
    async with database.reading() as session:
        result, ending = await audit.verify(session), await audit.ending(session, head)
    if result.broken is not None:
        return Sentence("missing.audit_entry", number=result.broken)
    if not ending.is_trouble:
        return None
    return Sentence(ending, number=0 if head is None else head.number, n=result.entries)


async def _old_keys(database: Database, vault: Vault) -> Text | None:
    """Returns what is wrong when an older copy of the key store was put back."""
    async with database.reading() as session:
        erased = len(await erase.keys_of_erased(session, vault))
        unreadable = await reflections.members_without_key(session, vault)
    if unreadable:
        return Sentence("check.lost_keys", n=unreadable)
    return Sentence("check.erased_keys", n=erased) if erased else None


def _key_safety(settings: Settings) -> Iterator[Finding]:
    """Yields the files with keys that others can read, and advice on keys that lie with the data.

    Whoever gets a copy of everything in one place can read everything.
    """
    data = sqlite_file(make_url(settings.database_url))
    keys_url = settings.keys_location
    dotenv = env_file()
    key_file = settings.secret_key_file or (dotenv if _holds_key(dotenv) else None)
    for file in (settings.secret_key_file, dotenv, sqlite_file(keys_url)):
        if file is not None and is_open_to_others(file):
            yield Finding(Sentence("check.private", file=file), Sentence("check.chmod", file=file))
    if data is not None and key_file is not None and key_file.resolve().parent == data.parent:
        beside = Sentence("check.key_beside_data", name=variable_name("secret_key_file"))
        yield Finding(Sentence("check.apart", file=key_file), beside, is_advice=True)
    if data is None and keys_url == make_url(settings.database_url):
        beside = Sentence("check.keys_beside_data", name=KEYS_URL)
        yield Finding(Sentence("check.keys"), beside, is_advice=True)


def _holds_key(file: Path) -> bool:
    try:
        return bool(dotenv_values(file).get(variable_name("secret_key")))
    except UnicodeDecodeError:  # which reading the settings has reported
        return False


async def _login_trouble(channel: Channel) -> Text | None:
    try:
        await channel.whoami()
        return await channel.identity.trouble() if isinstance(channel, IdentityChannel) else None
    except InvalidCredentials as error:
        return refused_credentials(error)
    except TemporaryFailure as error:
        if error.after:
            seconds = round(error.after.total_seconds())
            return Sentence("check.limited", n=seconds, trouble=error)
        return Sentence("check.unreachable", trouble=error)
    except SendError as error:
        return Sentence("check.unreachable", trouble=error)
    except OSError as error:
        return Sentence("check.channel_files", file=error.filename, trouble=error.strerror)
