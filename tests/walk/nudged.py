"""Somebody on Telegram who gets a challenge from the bot that was just installed."""

import socket

from tests.support.processes import TOKEN, soon, zone_at_noon
from tests.support.telegram.bot_api import BotApiServer, Person
from tests.system.telegram_person import joins


def own_settings(server: BotApiServer) -> dict[str, str]:
    """Returns what is different here: Telegram is on loopback, and the usual port may be taken."""
    return {"OLIEVLEK_TELEGRAM_API_URL": server.url, "OLIEVLEK_HTTP_PORT": str(free_port())}


def free_port() -> int:
    """Returns a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def all_settings(server: BotApiServer) -> dict[str, str]:
    """Returns what an administrator fills in who is asked nothing."""
    zone = {"OLIEVLEK_TELEGRAM_TOKEN": TOKEN, "OLIEVLEK_TIME_ZONE": zone_at_noon()}
    return zone | own_settings(server)


async def joins_and_is_nudged(person: Person) -> None:
    """They join, choose a moment within two minutes, and get a challenge then."""
    await joins(person, f"/ritme ma-zo {soon(zone_at_noon()):%H:%M}")
    await person.receives(timeout=150, buttons=["Gedaan"])
