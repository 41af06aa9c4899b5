"""The composition root: it joins all parts and runs them, and it alone reads a clock."""

import asyncio
import gc
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property, partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import structlog
from starlette.types import ASGIApp

from bot.channel_factory import (
    check_channels,
    configured_channels,
    invitation_links,
    mini_app,
)
from bot.channels.base import (
    Channel,
    DirectChannel,
    InboxChannel,
    PageChannel,
    WebhookChannel,
)
from bot.channels.mini_apps import MiniApp
from bot.config.env_file import env_file
from bot.config.environment import variable_name
from bot.config.reading import shown_values
from bot.config.settings import ConfigError, Settings
from bot.conversation.context import OperatorPolicy, PrivacyTerms
from bot.conversation.router import Router
from bot.core.privacy.retention import DEFAULT_PERIODS, Periods
from bot.core.streaks.team_board import MIN_GROUP_SIZE
from bot.delivery.browsers.page_messages import PageMessages
from bot.delivery.digests.digests import DigestSender
from bot.delivery.inbox.flood_limits import DEFAULT_LIMITS, InboxLimits
from bot.delivery.inbox.inbox import Inbox
from bot.delivery.linking import LinkExpiry
from bot.delivery.maintenance.backups import BackupJob
from bot.delivery.maintenance.retention import RetentionJob
from bot.delivery.menus import MenuUpdater
from bot.delivery.nudges.nudges import NudgeSender
from bot.delivery.outbox.chat_delivery import ChatDelivery
from bot.delivery.outbox.outbox import Outbox
from bot.delivery.outbox.sender import OutboxSender
from bot.delivery.replies.replies import TURNS, TURNS_ON_SQLITE, Replies
from bot.delivery.schedule.due_job import watch_clock
from bot.delivery.schedule.schedule import Jobs, Schedule, Senders
from bot.delivery.sender import Sender
from bot.languages.registry import default_tag
from bot.languages.sentences import Sentence
from bot.messages import Clock
from bot.operation.health import readiness_checks
from bot.operation.http_ports import open_ports, own_address
from bot.operation.lifetime import run_until_stopped
from bot.operation.maintenance import Maintenance
from bot.operation.monitoring import Monitor
from bot.operation.replica import Replica, lock_sqlite_file
from bot.operation.telemetry import check_installed, traces_to
from bot.operation.version import running_version
from bot.organisation import provider_from
from bot.startup import encrypted_backups, open_configured, prepare, vault_from
from bot.store.db.engine import Database
from bot.store.db.notifications import notifications
from bot.store.members.vault import Vault
from bot.web.chat.place import ChatPlace, chat_place
from bot.web.loaded_later import LoadedLater
from bot.web.operations import Operations
from bot.web.pages.render.theme import NO_THEME, Theme, UnusableTheme, read_theme
from bot.web.server import WebhookEndpoint, serve

if TYPE_CHECKING:
    from bot.web.organisation.sign_in import Provider
    from bot.web.pages.site import Site

log = structlog.get_logger(__name__)


def now() -> datetime:
    """Returns the present, aware. Every other part is handed this, or the clock of a test."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """What an operator decides for everybody.

    Attributes:
        language: in which people who join are greeted.
        zone: the IANA name of the time zone of people who join.
        min_group_size: how many members need to have had a round before a team has figures.
        inbox_limits: how much one chat may ask.
        periods: how long things are kept.
        controller: the name of the organisation that runs the bot; empty: it was not set.
        contact: where a member reaches that organisation about their data; empty: it was not set.
        pages: the address at which the pages are opened in a browser; empty: there are none.
        theme: what the organisation adds to the look of the pages.
        mini_app: how a platform vouches for whoever opens the pages in its app; None: none does.
        provider: where people sign in at their organisation; None: nowhere.
        security_contact: where vulnerabilities can be reported, as a URI; empty: not said.
    """

    language: str = default_tag()
    zone: str = "Europe/Amsterdam"
    min_group_size: int = MIN_GROUP_SIZE
    inbox_limits: InboxLimits = DEFAULT_LIMITS
    periods: Periods = DEFAULT_PERIODS
    controller: str = ""
    contact: str = ""
    pages: str = ""
    theme: Theme = NO_THEME
    mini_app: MiniApp | None = None
    provider: "Provider | None" = None
    security_contact: str = ""


@dataclass(frozen=True, slots=True)
class Leads:
    """What a process leads now, of what replicas divide among them.

    Attributes:
        channels: returns the names of the channels that may be sent on; None: all.
        maintenance: returns whether it does the maintenance.
    """

    channels: Callable[[], Collection[str]] | None = None
    maintenance: Callable[[], bool] = lambda: True


@dataclass(frozen=True)
class Application:
    """All parts, joined.

    Attributes:
        database: where everything is kept.
        vault: encrypts and decrypts reflections.
        sender: sends one message.
        replies: answers what comes in.
        outbox_sender: sends what could not be sent at once.
        nudge_sender: sends nudges that are due.
        digest_sender: tells teams once a week how their week went.
        menu_updater: shows leads and trainers their commands.
        link_expiry: ends link requests that nobody answered.
        retention: deletes what is too old.
        inboxes: by channel, what came in and was not handled yet.
        clock: returns the present.
        make_site: loads and builds the pages; None: there are none.
    """

    database: Database
    vault: Vault
    sender: Sender
    replies: Replies
    outbox_sender: OutboxSender
    nudge_sender: NudgeSender
    digest_sender: DigestSender
    menu_updater: MenuUpdater
    link_expiry: LinkExpiry
    retention: RetentionJob
    inboxes: Mapping[str, Inbox]
    clock: Clock
    make_site: Callable[["Application"], "Site"] | None = None

    @cached_property
    def site(self) -> "Site | None":
        """Loads and returns the pages; None: there are none."""
        return None if self.make_site is None else self.make_site(self)

    def site_with(self, operations: Operations) -> ASGIApp | None:
        """Returns the pages, with what an admin can see of this process; None: there are none.

        They are loaded when somebody first asks for one.
        """
        if (make := self.make_site) is None:
            return None
        return LoadedLater(lambda: replace(make(self), operations=operations).application())

    async def listen(self, channel: Channel) -> None:
        """Handles what comes in on a channel, until cancelled or until its input ends.

        Raises:
            InvalidCredentials: the platform does not accept our credentials.
        """
        if (inbox := self.inboxes.get(channel.name)) is not None:
            await inbox.run()
        elif isinstance(channel, DirectChannel):
            await channel.listen(self.replies.handle)

    @property
    def senders(self) -> Senders:
        """Those who send what is due."""
        return Senders(self.outbox_sender, self.nudge_sender, self.digest_sender)

    def schedule(self, backups: BackupJob | None = None) -> Schedule:
        """Returns all that goes by the clock, not started yet; with `backups`, if there are any."""
        jobs = Jobs(self.menu_updater, self.link_expiry, self.retention, backups)
        return Schedule(self.senders, jobs, self.database.due_moments, self.clock)


def build(
    database: Database,
    vault: Vault,
    channels: Sequence[Channel],
    clock: Clock,
    options: BuildOptions = BuildOptions(),
    leads: Leads = Leads(),
) -> Application:
    """Joins all parts.

    Args:
        database: migrated, and filled by `prepare`.
        vault: with the key of this database.
        channels: the platforms.
        clock: returns the present.
        options: what the operator decides.
        leads: what this process leads; without it everything.
    """
    sender = Sender(database, {channel.name: channel for channel in channels}, clock)
    links = partial(invitation_links, channels)
    minimum = options.min_group_size
    pushes = any(isinstance(each, PageChannel) and each.push is not None for each in channels)
    terms = PrivacyTerms(options.periods, options.controller, options.contact, pushes)
    policy = OperatorPolicy(options.language, options.zone, minimum, terms, options.pages)
    router = Router(database, vault, links, policy)
    active = leads.channels or (lambda: sender.channels)
    delivery = ChatDelivery(database, sender, clock, active)
    outbox = Outbox(database, vault, delivery, clock, active)
    turns = TURNS_ON_SQLITE if database.is_sqlite else TURNS
    replies = Replies(router, sender, outbox, turns)
    inboxes = {
        channel.name: Inbox(channel, database, vault, clock, replies, options.inbox_limits)
        for channel in channels
        if isinstance(channel, InboxChannel)
    }
    intakes = {name: inbox.intake for name, inbox in inboxes.items()}
    place = chat_place(channels, intakes, vault, options.zone)
    if place is not None:
        database.chat_wakes.listen(place.signals.hear)
    messages = PageMessages(outbox, sender)
    make_site = partial(_site, router=router, messages=messages, options=options, place=place)
    return Application(
        database,
        vault,
        sender,
        replies,
        OutboxSender(database, vault, delivery, clock, active, sender.reply_priority),
        NudgeSender(database, sender, clock, active),
        DigestSender(database, vault, sender, clock, active, minimum),
        MenuUpdater(database, sender, active, clock),
        LinkExpiry(database, vault, clock),
        RetentionJob(database, vault, clock, options.periods, leads.maintenance, minimum),
        inboxes,
        clock,
        make_site if options.pages else None,
    )


def _site(
    application: Application,
    router: Router,
    messages: PageMessages,
    options: BuildOptions,
    place: ChatPlace | None,
) -> "Site":
    """Loads the pages, which are a fifteenth of all that the bot loads, and builds them."""
    from bot.web.chat.chat import ChatSite
    from bot.web.organisation.sign_in import OrganisationSignIn
    from bot.web.pages.render.rendering import Renderer
    from bot.web.pages.site import Site

    provider = options.provider
    site = Site(
        application.database,
        router,
        messages,
        application.clock,
        Renderer(options.pages, options.controller, options.theme),
        options.language,
        mini_app=options.mini_app,
        organisation=OrganisationSignIn(provider, application.vault) if provider else None,
        security_contact=options.security_contact,
    )
    return site if place is None else replace(site, chat=ChatSite(site, place))


async def run(settings: Settings) -> None:
    """Runs all configured channels, the scheduler and the HTTP port until SIGTERM or SIGINT.

    Raises:
        ConfigError: something in the configuration keeps it from running.
    """
    vault = vault_from(settings)
    opening = open_configured(settings, makes=True)
    async with opening as database, lock_sqlite_file(database):
        check_channels(settings)
        check_installed(settings.traces_url)
        theme = _theme(settings)
        provider = provider_from(settings)
        version = asyncio.create_task(running_version())
        await prepare(database, vault, now())
        source = str(env_file()) if env_file().is_file() else "environment"
        log.info("database opened", database=database.place, settings=source)
        channels = configured_channels(settings, database, now, vault)
        ports = open_ports(settings)
        freeze_loaded_objects()
        active: set[str] = set()
        maintenance = Maintenance(database)
        options = BuildOptions(
            settings.language,
            settings.time_zone,
            settings.min_group_size,
            periods=settings.periods,
            controller=settings.controller_name,
            contact=settings.controller_contact,
            pages=settings.public_url.rstrip("/") or own_address(ports.http),
            theme=theme,
            mini_app=mini_app(settings),
            provider=provider,
            security_contact=settings.security_contact,
        )
        leads = Leads(lambda: active, maintenance.is_leader)
        application = build(database, vault, channels, now, options, leads)
        stored = encrypted_backups(settings)
        zone = ZoneInfo(settings.time_zone)
        backups = None if stored is None else BackupJob(stored, now, zone, maintenance.is_leader)
        schedule = application.schedule(backups)
        replica = Replica(
            database,
            application.listen,
            application.senders,
            active,
            schedule.wake,
        )
        monitor = Monitor(database, channels, now, lambda: active, await version, stored)
        checks = readiness_checks(database, application.nudge_sender, channels, replica)
        webhooks = _webhooks(channels, application.inboxes)
        operations = Operations(checks, shown_values(settings))
        site = application.site_with(operations)
        tracing = traces_to(settings.traces_url, now)
        serving = asyncio.create_task(serve(ports, checks, webhooks, site, monitor.refresh))
        waking = asyncio.create_task(_wake_for_changes(database, schedule))
        jobs = [application.retention] if backups is None else [application.retention, backups]
        maintaining = asyncio.create_task(maintenance.run(jobs))
        try:
            with tracing:
                await run_until_stopped(schedule, replica, channels, [serving, waking, maintaining])
        finally:
            await application.sender.close()
            for channel in channels:
                await channel.close()


def _theme(settings: Settings) -> Theme:
    """Returns the organisation's theme.

    Raises:
        ConfigError: its folder cannot be used.
    """
    try:
        return read_theme(settings.theme_dir)
    except UnusableTheme as error:
        name = variable_name("theme_dir")
        raise ConfigError([Sentence("setting.about", name=name, trouble=error.reason)]) from error


def _webhooks(
    channels: Sequence[Channel], inboxes: Mapping[str, Inbox]
) -> dict[str, WebhookEndpoint]:
    """Returns the paths to which platforms deliver updates, with their handlers."""
    return {
        path: webhook_endpoint(channel, inboxes[channel.name])
        for channel in channels
        if isinstance(channel, WebhookChannel)
        for path in channel.delivery_paths
    }


def webhook_endpoint(channel: WebhookChannel, inbox: Inbox) -> WebhookEndpoint:
    """Returns where a platform delivers to this inbox."""
    return WebhookEndpoint(channel.is_authentic, partial(channel.take_delivery, inbox=inbox.intake))


def freeze_loaded_objects() -> None:
    """Exempts everything that is loaded now from garbage collection.

    The libraries are most of the memory; scanning them again and again takes a sixth of the time of
    a wave.
    """
    gc.collect()
    gc.freeze()


async def _wake_for_changes(database: Database, schedule: Schedule) -> None:
    """Wakes the schedule when other replicas change something, and when the clock jumps."""
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(notifications.listen(database, schedule.wake))
        tasks.create_task(watch_clock(now, schedule.wake))
