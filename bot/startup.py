"""What happens before anything runs: the database is opened, upgraded, checked and filled."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime

import structlog
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config.env_file import env_file
from bot.config.environment import PREFIX, variable_name
from bot.config.reading import missing_line
from bot.config.settings import ConfigError, DatabaseUnavailable, Settings
from bot.core.challenges.challenge import ChallengeSet
from bot.core.challenges.publishing import BundledSetAction
from bot.languages.sentences import Sentence
from bot.resources import resource_folder
from bot.set_files.reader import read_set
from bot.store.admin import kept_history
from bot.store.admin.backup_storage import BackupStorage, FolderStorage
from bot.store.admin.encrypted_backups import BackupKind, Backups
from bot.store.admin.s3_storage import EXTRA, Bucket, S3Storage, is_installed
from bot.store.challenges import publications
from bot.store.db import migrate
from bot.store.db.engine import Database, sqlite_file
from bot.store.db.errors import DATABASE_ERRORS, error_message
from bot.store.db.locks.advisory import advisory_lock
from bot.store.keys.key_file import fingerprint_in
from bot.store.keys.key_store import KEYS_URL, KeysUnusable
from bot.store.lifecycle import erase
from bot.store.members.vault import Vault

log = structlog.get_logger(__name__)


@asynccontextmanager
async def open_database(
    url: str, name: str = f"{PREFIX}DATABASE_URL", keys_url: str | None = None
) -> AsyncIterator[Database]:
    """Opens a database that answers, and closes it at the end.

    Args:
        url: SQLAlchemy's database URL, with an async driver.
        name: the setting or option that holds the URL, for the error message.
        keys_url: the URL of its key store; None: beside it. It is opened by `unlock`.

    Raises:
        ConfigError: it cannot be opened; says why.
    """
    database = Database(url, keys_url=keys_url)
    if trouble := await database.trouble_opening():
        kind = DatabaseUnavailable if trouble.is_unavailable else ConfigError
        raise kind([Sentence("config.cannot_open", name=name, trouble=trouble)])
    try:
        yield database
    finally:
        await database.close()


def is_not_made(settings: Settings) -> bool:
    """Returns whether the settings name a SQLite file that is not there yet."""
    file = sqlite_file(make_url(settings.database_url))
    return file is not None and not file.exists()


@asynccontextmanager
async def open_configured(settings: Settings, *, makes: bool = False) -> AsyncIterator[Database]:
    """Opens the database that the settings name, and closes it at the end.

    Args:
        settings: as read from the environment.
        makes: whether a SQLite file that is not there is made.

    Raises:
        ConfigError: there is no such database, or it cannot be opened; says why.
    """
    if is_not_made(settings):
        file = sqlite_file(make_url(settings.database_url))
        if not settings.names_database and not env_file().is_file():
            raise ConfigError([Sentence("config.no_place", env=env_file(), file=file)])
        if not makes:
            raise ConfigError([Sentence("config.no_database", file=file)])
    async with open_database(settings.database_url, keys_url=settings.keys_url) as database:
        yield database


@contextmanager
def supported_database() -> Iterator[None]:
    """Turns an unsupported database within the block into a configuration error.

    Raises:
        ConfigError: the database is newer than the program, or from before the first release.
    """
    try:
        yield
    except migrate.UnsupportedDatabase as error:
        about = error.about(Sentence("config.the_database"))
        raise ConfigError(
            [Sentence("setting.about", name=f"{PREFIX}DATABASE_URL", trouble=about)]
        ) from error


async def prepare(database: Database, vault: Vault, at: datetime) -> None:
    """Upgrades the schema, unlocks the vault, and publishes the bundled sets.

    What a rotation of the master key left to be done is done, and keys of erased members that came
    back with an older copy of the key store are destroyed again.

    Replicas that start at the same time take turns, by an advisory lock on PostgreSQL. After a
    crash in between it is simply done again: each of the three finds what was committed.

    Raises:
        ConfigError: the database is newer than the program, locked, not restored to the end, cannot
            be written, or its keys cannot be used.
    """
    try:
        with supported_database():
            before = await migrate.upgrade(database)
        if not before.up_to_date:
            log.info("database upgraded", was=before.current, now=before.expected)
        await unlock(database, vault)
        await vault.finish_rotation()
        await _check_restored(database)
        async with database.reading() as session:
            shredded = await erase.shred_again(session, vault)
        if shredded:
            log.warning("keys of erased members destroyed again", keys=shredded)
        async with database.transaction() as session:
            await advisory_lock(await session.connection())
            for file in sorted(resource_folder("prompts").glob("*.yaml")):
                await _publish_bundled(session, read_set(file), at)
    except DATABASE_ERRORS as error:
        unusable = Sentence(
            "config.cannot_use", name=f"{PREFIX}DATABASE_URL", trouble=error_message(error)
        )
        raise DatabaseUnavailable([unusable]) from error


async def _check_restored(database: Database) -> None:
    """Checks that no restore was begun and not finished.

    Raises:
        ConfigError: one was; who was erased since the backup may be back.
    """
    async with database.reading() as session:
        if await kept_history.is_kept(await session.connection()):
            raise ConfigError([Sentence("config.replay_first")])


async def unlock(database: Database, vault: Vault) -> None:
    """Opens the key store of a database, without which hardly anything in it can be read.

    Raises:
        ConfigError: the keys are missing, of another database, or wrapped by another master key.
    """
    try:
        await vault.unlock(database)
    except KeysUnusable as error:
        raise ConfigError([error.reason]) from error
    except DATABASE_ERRORS as error:
        unusable = Sentence("config.cannot_use", name=KEYS_URL, trouble=error_message(error))
        raise DatabaseUnavailable([unusable]) from error


def vault_from(settings: Settings) -> Vault:
    """Returns the vault with the master key of the settings, locked.

    Raises:
        ConfigError: there is no key in them.
    """
    if settings.secret_key is None:
        raise ConfigError([_missing_key(settings)])
    return Vault(settings.secret_key.get_secret_value(), settings.secret_key_variable)


def _missing_key(settings: Settings) -> Sentence:
    """Returns what to do without a key: never to make another for a database that has one."""
    name = settings.secret_key_variable
    file = sqlite_file(make_url(settings.database_url))
    if file is None:
        return Sentence("config.key_of_server", name=name)
    if not file.exists() and not settings.names_database and not env_file().is_file():
        return Sentence("config.no_place", env=env_file(), file=file)
    if fingerprint := fingerprint_in(sqlite_file(settings.keys_location)):
        return Sentence("config.key_gone", name=name, place=file, fingerprint=fingerprint)
    return missing_line(type(settings).model_fields, ["secret_key"])


async def _publish_bundled(
    session: AsyncSession, challenge_set: ChallengeSet, at: datetime
) -> None:
    """Publishes a bundled set if its file changed, unless a trainer decides about it."""
    match await publications.publish_bundled(session, challenge_set, at):
        case BundledSetAction.PUBLISH:
            log.info("set published", set=challenge_set.set)
        case BundledSetAction.KEEP:
            log.info("set not published: a trainer's version is live", set=challenge_set.set)


def encrypted_backups(settings: Settings) -> Backups | None:
    """Returns the encrypted backups and where they are kept; None: the settings ask for none.

    Raises:
        ConfigError: the settings name both a folder and a bucket, or the package is not there.
    """
    recipient, folder, bucket = settings.backup_recipient, settings.backup_dir, _bucket(settings)
    if recipient is None or (folder is None and bucket is None):
        return None
    if folder is not None and bucket is not None:
        names = {"folder": variable_name("backup_dir"), "bucket": variable_name("s3_bucket")}
        raise ConfigError([Sentence("config.two_backup_places", **names)])
    data = make_url(settings.database_url)
    file = sqlite_file(data)
    work = settings.data_dir if file is None else file.parent
    storages: dict[BackupKind, BackupStorage] = {}
    if bucket is not None:
        storages[BackupKind.DATA] = S3Storage(bucket)
        storages[BackupKind.KEYS] = S3Storage(bucket, "keys")
    if folder is not None:
        storages[BackupKind.DATA] = FolderStorage(folder)
        storages[BackupKind.KEYS] = FolderStorage(folder / "keys", made_in=folder)
    if settings.backup_keys_dir is not None:
        storages[BackupKind.KEYS] = FolderStorage(settings.backup_keys_dir)
    return Backups(storages, recipient, work, data, settings.keys_location)


def _bucket(settings: Settings) -> Bucket | None:
    s3 = settings.s3
    if not s3.bucket:
        return None
    known = type(s3).model_fields
    if lines := [missing_line(known, names, ("s3",)) for names in s3.missing()]:
        raise ConfigError(lines)
    if not is_installed():
        raise ConfigError(
            [Sentence("config.no_extra", name=variable_name("s3_bucket"), extra=EXTRA)]
        )
    who, proof = s3.access_key_id, s3.secret_access_key
    return Bucket(
        s3.bucket,
        s3.prefix.strip("/"),
        s3.endpoint,
        s3.region,
        who.get_secret_value() if who else "",
        proof.get_secret_value() if proof else "",
    )
