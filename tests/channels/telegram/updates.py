"""What the tests of updates share: a channel that polls or is served, and ears that listen."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.app import webhook_endpoint
from bot.channels.base import IncomingHandler
from bot.channels.telegram.api.client import Login
from bot.channels.telegram.channel import Telegram
from bot.channels.telegram.updates import (
    WEBHOOK_PATH,
    Webhook,
)
from bot.delivery.inbox.flood_limits import InboxLimits
from bot.messages import Incoming, Typed
from bot.store.db.engine import Database
from bot.store.members.vault import Vault
from bot.web.server import Ports, bind_port, serve
from tests.support.fakes import FixedClock
from tests.support.inbox import NO_LIMITS, HandledBy, inbox_of, running
from tests.support.telegram.bot_api import BotApiServer, Person
from tests.support.telegram.pace import UNLIMITED

TOKEN = "123:abc"


SECRET = "a-secret-of-some-length"


@asynccontextmanager
async def polling(
    server: BotApiServer,
    clock: FixedClock,
    database: Database,
    vault: Vault,
    handle: IncomingHandler | HandledBy,
    limits: InboxLimits = NO_LIMITS,
) -> AsyncIterator[None]:
    """A new channel asks for updates, until the end of the block."""
    channel = Telegram(Login(server.url, TOKEN), clock, UNLIMITED)
    async with running(inbox_of(channel, database, vault, clock, handle, limits)):
        yield
    await channel.close()


@asynccontextmanager
async def served(
    server: BotApiServer,
    clock: FixedClock,
    database: Database,
    vault: Vault,
    handle: IncomingHandler | HandledBy,
) -> AsyncIterator[str]:
    """The channel behind a real port, to which updates are brought; the port's address."""
    listener = bind_port("127.0.0.1", 0)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    channel = Telegram(Login(server.url, TOKEN), clock, UNLIMITED, Webhook.at(url, SECRET))

    inbox = inbox_of(channel, database, vault, clock, handle)
    serving = asyncio.create_task(
        serve(Ports(listener), {}, {WEBHOOK_PATH: webhook_endpoint(channel, inbox)})
    )
    async with running(inbox):
        await server.until(lambda: server.webhook.get("url") == f"{url}{WEBHOOK_PATH}")
        yield url
    await channel.close()
    serving.cancel()
    await asyncio.wait([serving])
    listener.close()


class Ears:
    """Keeps what was heard in each chat; those of `deaf` are never done with."""

    def __init__(self, *deaf: Person) -> None:
        self.heard: defaultdict[str, list[str]] = defaultdict(list)
        self.begun: list[str] = []
        self.deaf = {str(person.id) for person in deaf}
        self.goes_on = asyncio.Event()

    async def handle(self, incoming: Incoming) -> str | None:
        """Notes it."""
        chat = incoming.sender.id
        assert isinstance(incoming.content, Typed)
        self.begun.append(incoming.key)
        if chat in self.deaf:
            await self.goes_on.wait()
        await asyncio.sleep(0.001)
        self.heard[chat].append(incoming.content.text)
        return None


def has_heard(ears: Ears, chat: str, many: int) -> bool:
    """Whether so much was heard in a chat."""
    return len(ears.heard[chat]) == many
