"""The bot and its homeserver: logging in, whose invitations count, limits and outages."""

import asyncio
import json
import secrets
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.channels.base import InvalidCredentials
from bot.channels.matrix.channel import Matrix
from bot.channels.matrix.client.account import Login
from bot.channels.matrix.rooms.rooms import AllowedServers
from bot.delivery.replies.pending_choices import StoredChoices
from tests.support.matrix.people import PASSWORD
from tests.support.matrix.synapse import Synapse
from tests.support.matrix_bot import PICKLE_KEY, MatrixBot, busy_homeserver, joins


async def test_invitations_from_elsewhere_are_refused(on_matrix: MatrixBot) -> None:
    allowed = AllowedServers.of(["example.org", ""])
    async with on_matrix.running(allowed), (await on_matrix.person()).online() as sanne:
        await sanne.invites(sealed=False)
        await sanne.until(
            lambda: on_matrix.bot not in sanne.client.rooms[sanne.room].users, timeout=10
        )
        assert sanne.from_bot() == []


def test_who_is_allowed() -> None:
    anybody, one, room = (
        AllowedServers.of([""]),
        AllowedServers.of(["Example.org"]),
        AllowedServers.of(["!a:b.org"]),
    )
    assert anybody.allows_invitation("!x:y", "@z:anywhere.org")
    assert one.allows_invitation("!x:y", "@z:example.org") and not one.allows_invitation(
        "!x:y", "@z:b.org"
    )
    assert room.allows_invitation("!a:b.org", "@z:b.org") and not room.allows_invitation(
        "!c:b.org", "@z:b.org"
    )


@pytest.mark.parametrize("password", [None, "mis"])
async def test_a_login_that_is_refused(on_matrix: MatrixBot, password: str | None) -> None:
    token = None if password else "syt_wrong"
    login = Login(on_matrix.server.url, on_matrix.bot, password, token, PICKLE_KEY)
    offers = StoredChoices(on_matrix.database, "matrix", on_matrix.clock)
    channel = Matrix(login, on_matrix.folder / "other", on_matrix.clock, offers)
    with pytest.raises(InvalidCredentials, match="PASSWORD" if password else "TOKEN"):
        await channel.whoami()
    await channel.close()


async def test_who_the_bot_is(on_matrix: MatrixBot) -> None:
    channel = on_matrix.channel()
    assert await channel.whoami() == on_matrix.bot
    device = (on_matrix.folder / "matrix" / "device.json").read_text()
    assert await channel.whoami() == on_matrix.bot
    assert (on_matrix.folder / "matrix" / "device.json").read_text() == device  # it logs in once
    async with on_matrix.running():
        pass
    assert await channel.whoami() == on_matrix.bot
    [number] = {json.loads(text)["device_id"] for text in (device, _saved(on_matrix))}
    assert number


def _saved(on_matrix: MatrixBot) -> str:
    return (on_matrix.folder / "matrix" / "device.json").read_text()


async def test_the_homeserver_goes_away_and_comes_back(
    tmp_path: Path, on_matrix: MatrixBot
) -> None:
    server = Synapse(tmp_path / "own")
    await asyncio.to_thread(server.start)
    try:
        on_matrix.server, on_matrix.bot = server, await server.register("bot", PASSWORD)
        async with on_matrix.running(), (await on_matrix.person()).online() as sanne:
            await joins(sanne, sealed=True)
            await server.restart()
            await sanne.types("!help")
            await sanne.receives("!nu", timeout=30)
    finally:
        await asyncio.to_thread(server.stop)


@pytest.mark.slow
@busy_homeserver
async def test_many_invitations_at_once_are_all_accepted(
    tmp_path: Path, on_matrix: MatrixBot
) -> None:
    server = Synapse(tmp_path / "own", joins={"per_second": 1, "burst_count": 2})
    await asyncio.to_thread(server.start)
    try:
        on_matrix.server = server
        on_matrix.bot = await server.register("bot", PASSWORD, limited=True)
        async with on_matrix.running(), AsyncExitStack() as online:
            people = [await on_matrix.person(f"p{number}") for number in range(5)]
            for person in people:
                await online.enter_async_context(person.online())
                await person.invites(sealed=False)
            for person in people:
                await person.receives("In welke taal", timeout=60)
    finally:
        await asyncio.to_thread(server.stop)


@pytest.mark.slow
async def test_the_limits_of_the_homeserver_are_obeyed(on_matrix: MatrixBot) -> None:
    on_matrix.bot = await on_matrix.server.register(
        f"bot-{secrets.token_hex(4)}", PASSWORD, limited=True
    )
    async with on_matrix.running(), (await on_matrix.person()).online() as sanne:
        await joins(sanne, sealed=False)
        for _ in range(3):
            await sanne.types("!help")
        with capture_logs() as logs:
            for _ in range(3):
                await sanne.receives("!nu", timeout=60)
    assert [entry for entry in logs if entry["event"] == "asked to wait"], "no limit was met"
