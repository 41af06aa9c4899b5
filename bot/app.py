"""The composition root: it alone knows everybody, and it alone reads a clock."""

import asyncio
import gc
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channel_factory import configured_channels
from bot.channels.base import (
    Channel,
    InvalidCredentials,
    InvitingChannel,
    SendError,
    WebhookChannel,
)
from bot.conversation.router import Router
from bot.core.challenge import ChallengeSet
from bot.core.publishing import BundledSetAction
from bot.core.team_board import MIN_GROUP_SIZE
from bot.delivery.digests import DigestSender
from bot.delivery.menus import MenuUpdater
from bot.delivery.nudges import NudgeSender
from bot.delivery.replies import Replies
from bot.delivery.scheduler import scheduler_for
from bot.delivery.sender import Sender
from bot.environment import PREFIX
from bot.messages import Clock
from bot.resources import resource_folder
from bot.set_files.reader import read_set
from bot.settings import ConfigError, Settings, require
from bot.store.challenges import publications
from bot.store.db import migrate
from bot.store.db.engine import Database, advisory_lock
from bot.store.db.errors import DATABASE_ERRORS, error_message
from bot.store.db.leader_election import leadership
from bot.store.db.single_instance import DatabaseInUse, single_instance
from bot.store.members.vault import Vault
from bot.web.server import Checks, Deliver, bind_port, serve

log = structlog.get_logger(__name__)
STOP_WITHIN = 8.0
HAND_OVER_SECONDS = 1.5


def now() -> datetime:
    """The present. Everybody else is handed this, or a clock of the test's own."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Application:
    """All rooms, joined.

    Attributes:
        database: where everything is kept.
        vault: seals and opens reflections.
        conversation: answers what comes in.
        sending: brings what is due.
        digests: tells teams once a week how it goes.
        menus: has leads and trainers see their commands.
    """

    database: Database
    vault: Vault
    conversation: Replies
    sending: NudgeSender
    digests: DigestSender
    menus: MenuUpdater

    def scheduler(self) -> AsyncIOScheduler:
        """A scheduler for all that goes by the clock, not started yet."""
        return scheduler_for(self.sending, self.digests, self.menus)


def build(
    database: Database,
    vault: Vault,
    channels: Sequence[Channel],
    clock: Clock,
    language: str,
    zone: str,
    held: Callable[[], Collection[str]] | None = None,
    minimum: int = MIN_GROUP_SIZE,
) -> Application:
    """Joins the rooms; people who join are greeted in `language` and live in `zone`.

    `minimum` is how many members need to have had a round before a team has figures. `held` tells
    the names of the channels that nudges may be sent on now; all, unless given.
    """
    delivery = Sender(database, {channel.name: channel for channel in channels}, clock)
    links = partial(invitation_links, channels)
    talk = Router(database, vault, language, zone, links, minimum)
    conversation = Replies(talk, delivery)
    ours = held or (lambda: delivery.channels)
    return Application(
        database,
        vault,
        conversation,
        NudgeSender(database, delivery, clock, ours),
        DigestSender(database, vault, delivery, clock, ours, minimum),
        MenuUpdater(database, delivery, ours),
    )


def invitation_links(channels: Sequence[Channel], code: str, to_group: bool) -> dict[str, str]:
    """The addresses that carry a code, by channel."""
    return {
        channel.name: link
        for channel in channels
        if isinstance(channel, InvitingChannel)
        and (link := channel.invitation(code, to_group=to_group))
    }


@asynccontextmanager
async def open_database(url: str, name: str = f"{PREFIX}DATABASE_URL") -> AsyncIterator[Database]:
    """A database that can be reached, closed at the end.

    Args:
        url: SQLAlchemy's database URL, with an async driver.
        name: what whoever gave the URL calls it.

    Raises:
        ConfigError: it cannot be opened; says why.
    """
    database = Database(url)
    if trouble := await database.trouble_opening():
        raise ConfigError([f"{name}: the database cannot be opened ({trouble})"])
    try:
        yield database
    finally:
        await database.close()


@contextmanager
def supported_database() -> Iterator[None]:
    """Turns an unsupported database within the block into a configuration error.

    Raises:
        ConfigError: the database is newer than the program, or from before the first release.
    """
    try:
        yield
    except migrate.UnsupportedDatabase as error:
        raise ConfigError([f"{PREFIX}DATABASE_URL: the database {error}"]) from error


async def prepare(database: Database, vault: Vault, at: datetime) -> None:
    """Brings the schema up to date, checks the key, and publishes the sets that came along.

    Raises:
        ConfigError: the database is newer than the program, locked, or sealed with another key.
    """
    try:
        with supported_database():
            before = await migrate.upgrade(database)
        if not before.up_to_date:
            log.info("database upgraded", was=before.current, now=before.expected)
        await check_key(database, vault)
        async with database.transaction() as session:
            await advisory_lock(await session.connection())
            for file in sorted(resource_folder("prompts").glob("*.yaml")):
                await _ship(session, read_set(file), at)
    except DATABASE_ERRORS as error:
        raise ConfigError(
            [f"{PREFIX}DATABASE_URL: the database cannot be used ({error_message(error)})"]
        ) from error


async def _ship(session: AsyncSession, challenge_set: ChallengeSet, at: datetime) -> None:
    """Publishes a set that came along, if it changed and no trainer decides about it."""
    match await publications.publish_bundled(session, challenge_set, at):
        case BundledSetAction.PUBLISH:
            log.info("set published", set=challenge_set.set)
        case BundledSetAction.KEEP:
            log.info("set not published: a trainer's version is live", set=challenge_set.set)


async def check_key(database: Database, vault: Vault) -> None:
    """Checks that what is sealed in this database can be opened.

    Raises:
        ConfigError: it was sealed with another key.
    """
    async with database.reading() as session:
        if not await vault.fits(session):
            raise ConfigError(
                [
                    f"{PREFIX}SECRET_KEY is not the key this database was made with; "
                    "set that one again"
                ]
            )


async def run(settings: Settings) -> None:
    """Runs all configured channels, the scheduler and the HTTP port until SIGTERM or SIGINT.

    Raises:
        ConfigError: something in the configuration keeps it from running.
    """
    require(settings, "secret_key")
    vault = Vault(settings.secret_key.get_secret_value() if settings.secret_key else "")
    async with open_database(settings.database_url) as database, _single_instance(database):
        channels = configured_channels(settings, database, now)
        await prepare(database, vault, now())
        try:
            listener = bind_port(settings.http_host, settings.http_port)
        except OSError as error:
            raise ConfigError(
                [f"{PREFIX}HTTP_PORT {settings.http_port} cannot be opened ({error.strerror})"]
            ) from error
        freeze_loaded_objects()
        held: set[str] = set()
        language, zone = settings.language, settings.time_zone
        minimum = settings.min_group_size
        application = build(database, vault, channels, now, language, zone, lambda: held, minimum)
        checks, deliveries = _checks(application, channels, held), _deliveries(channels)
        serving = asyncio.create_task(serve(listener, checks, deliveries))
        try:
            await _until_stopped(application, channels, held, serving)
        finally:
            for channel in channels:
                await channel.close()


@asynccontextmanager
async def _single_instance(database: Database) -> AsyncIterator[None]:
    try:
        with single_instance(database.file):
            yield
    except DatabaseInUse as error:
        raise ConfigError([f"{PREFIX}DATABASE_URL: {error}"]) from error


def _checks(application: Application, channels: Sequence[Channel], held: Collection[str]) -> Checks:
    """What `/readyz` looks at; a replica that stands by for a channel is as ready as can be."""

    def of(channel: Channel) -> Callable[[], Awaitable[str | None]]:
        async def check() -> str | None:
            standing_by = channel.name not in held and not application.database.is_sqlite
            return None if standing_by else await channel.trouble()

        return check

    return {
        "database": lambda: _database_trouble(application.database),
        "sending": application.sending.trouble,
        **{channel.name: of(channel) for channel in channels},
    }


def _deliveries(channels: Sequence[Channel]) -> dict[str, Deliver]:
    """The paths on which platforms deliver what comes in, instead of our asking for it."""
    return {
        channel.delivery_path: channel.handle_delivery
        for channel in channels
        if isinstance(channel, WebhookChannel) and channel.delivery_path
    }


def freeze_loaded_objects() -> None:
    """Tells the garbage collector that all there is now will stay.

    The libraries are most of the memory; to look through them again and again takes a sixth of the
    time of a wave.
    """
    gc.collect()
    gc.freeze()


async def _until_stopped(
    application: Application,
    channels: Sequence[Channel],
    held: set[str],
    server: asyncio.Task[None],
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    scheduler = application.scheduler()
    scheduler.start()
    working = [
        asyncio.create_task(_run_channel(application, channel, held)) for channel in channels
    ]
    log.info("running", channels=[channel.name for channel in channels])
    stopped = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait([stopped, server, *working], return_when=asyncio.FIRST_COMPLETED)
    finally:
        log.info("stopping")
        scheduler.pause()
        application.sending.stop()
        for task in (stopped, server, *working):
            task.cancel()
        await asyncio.wait([stopped, server, *working], timeout=STOP_WITHIN + 1)
        scheduler.shutdown(wait=False)
    for task in (server, *working):
        if task.done() and not task.cancelled() and (error := task.exception()) is not None:
            raise _as_config_error(error)


async def _run_channel(application: Application, channel: Channel, held: set[str]) -> None:
    """Listens and sends on a channel for as long as it is ours, and waits when it is not.

    A platform has one set of limits for a bot, and one reader of what comes in. So one replica at a
    time does both; another takes over within seconds.
    """
    while True:
        async with leadership(application.database, channel.name) as lost:
            if not application.database.is_sqlite:
                # What the last one sent a moment ago still counts for the platform's limits.
                await asyncio.sleep(HAND_OVER_SECONDS)
            if not await _take_over(application, channel.name):
                continue
            held.add(channel.name)
            listening = asyncio.create_task(channel.listen(application.conversation.handle))
            losing = asyncio.create_task(lost.wait())
            try:
                await asyncio.wait([listening, losing], return_when=asyncio.FIRST_COMPLETED)
            finally:
                held.discard(channel.name)
                for task in (listening, losing):
                    task.cancel()
                # The channel must not pass to another replica while something is in flight on it.
                finished = asyncio.create_task(application.sending.finished(STOP_WITHIN))
                await asyncio.wait([listening, losing, finished])
            if not listening.cancelled():
                listening.result()
                return


async def _take_over(application: Application, channel: str) -> bool:
    try:
        await application.sending.take_over(channel)
    except DATABASE_ERRORS as error:
        log.warning("cannot begin", channel=channel, error=error_message(error))
        await asyncio.sleep(1)
        return False
    log.info("leading", channel=channel)
    return True


def _as_config_error(error: BaseException) -> BaseException:
    if isinstance(error, InvalidCredentials):
        return ConfigError([f"{error} is refused by the platform; check it, or get a new one"])
    return error


async def _database_trouble(database: Database) -> str | None:
    try:
        async with database.reading() as session:
            await session.execute(text("SELECT 1 FROM members LIMIT 1"))
    except DATABASE_ERRORS as error:
        return error_message(error)
    return None


async def check(settings: Settings) -> AsyncIterator[tuple[str, str | None]]:
    """What `olievlek check` tells: what was checked, and what to do; None: it is well.

    Raises:
        ConfigError: the database is newer than the program, or from before the first release.
    """
    try:
        require(settings, "secret_key")
        yield "secret key", None
    except ConfigError as error:
        yield "secret key", str(error)
    with supported_database():
        try:
            async with open_database(settings.database_url) as database:
                state = await migrate.schema_state(database)
                state.require_supported()
                yield "database", None
                yield "migrations", None if state.up_to_date else "run `olievlek db upgrade`"
                if state.up_to_date and settings.secret_key is not None:
                    await check_key(database, Vault(settings.secret_key.get_secret_value()))
        except ConfigError as error:
            yield "database", str(error)
    try:
        for channel in configured_channels(settings, Database(settings.database_url), now):
            yield channel.name, await _login_trouble(channel)
            await channel.close()
    except ConfigError as error:
        yield "channels", str(error)


async def _login_trouble(channel: Channel) -> str | None:
    try:
        await channel.whoami()
    except InvalidCredentials as error:
        return f"{error} is refused by the platform; check it, or get a new one"
    except SendError as error:
        return f"the platform cannot be reached now ({error})"
    return None
