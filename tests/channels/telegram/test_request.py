"""The transport: the requests it sends, and network errors."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from telegram import Bot
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, HTTPXRequest

from bot.channels.telegram.api.transport import AiohttpRequest, SendingRequest
from tests.support.telegram.bot_api import BotApiServer

TOKEN = "123:abc"
TRANSPORTS = [AiohttpRequest, SendingRequest]


@pytest.fixture
async def server() -> AsyncIterator[BotApiServer]:
    """The Bot API, with one person in it."""
    async with BotApiServer(TOKEN) as started:
        started.person(7)
        yield started


def bot_on(server: BotApiServer, request: BaseRequest) -> Bot:
    """A client over this transport."""
    return Bot(
        TOKEN,
        base_url=f"{server.url}/bot",
        base_file_url=f"{server.url}/file/bot",
        request=request,
        get_updates_request=AiohttpRequest(1),
    )


ODD = "één & twee = 3 + 4 % ; / ? # \" ' \\ \n\t 😀 \u200f <b>&amp;</b>"


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_the_same_words_arrive_as_with_the_default(
    server: BotApiServer, transport: type[AiohttpRequest]
) -> None:
    async with bot_on(server, transport(2)) as ours, bot_on(server, HTTPXRequest()) as theirs:
        for bot in (ours, theirs):
            await bot.send_message(7, ODD, disable_notification=True)
            await bot.send_document(7, b"inhoud", filename="gegevens é.zip", caption=ODD)
    texts = [dict(call) for call in server.calls_of("sendMessage")]
    files = [dict(call) for call in server.calls_of("sendDocument")]
    assert texts[0] == texts[1] and texts[0]["text"] == ODD
    assert files[0]["caption"] == files[1]["caption"] == ODD
    documents = [message.document for message in server.person(7).inbox if message.document]
    assert documents == [("gegevens é.zip", b"inhoud")] * 2


async def test_a_file_comes_down(server: BotApiServer) -> None:
    document = server.person(7).sends_document("a.yaml", b"set: a").document
    async with bot_on(server, AiohttpRequest(2)) as bot:
        [update] = await bot.get_updates()
        assert update.message is not None and update.message.document is not None
        file = await update.message.document.get_file()
        assert document is not None
        assert bytes(await file.download_as_bytearray()) == document[1]


@pytest.fixture
async def odd_server() -> AsyncIterator[str]:
    """Answers, but oddly: by path."""

    async def answer(request: web.Request) -> web.StreamResponse:
        match request.match_info["how"]:
            case "late":
                await asyncio.sleep(5)
            case "redirect":
                raise web.HTTPFound("/fine")
            case "gone":
                assert request.transport is not None
                request.transport.abort()
        return web.Response(body=b"fine")

    app = web.Application()
    app.router.add_route("*", "/{how}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_what_goes_wrong_is_told_in_the_clients_own_errors(odd_server: str) -> None:
    async with AiohttpRequest(2, read_timeout=0.2) as request:
        with pytest.raises(TimedOut):
            await request.do_request(f"{odd_server}/late", "POST")
        with pytest.raises(NetworkError, match="ServerDisconnected"):
            await request.do_request(f"{odd_server}/gone", "POST")
        with pytest.raises(NetworkError, match="ClientConnector"):
            await request.do_request("http://127.0.0.1:1/bot123:abc/getMe", "POST")
        with pytest.raises(NetworkError, match="ClientConnector"):
            await request.do_request("http://nowhere.invalid/bot123:abc/getMe", "POST")
        with pytest.raises(NetworkError) as caught:
            await request.do_request("http:///bot123:abc/getMe", "POST")
        assert TOKEN not in str(caught.value)


async def test_a_redirect_is_not_followed(odd_server: str) -> None:
    async with AiohttpRequest(2) as request:
        assert (await request.do_request(f"{odd_server}/redirect", "GET"))[0] == 302
        assert await request.do_request(f"{odd_server}/fine", "GET") == (200, b"fine")


async def test_a_call_may_have_time_outs_of_its_own(odd_server: str) -> None:
    async with AiohttpRequest(2) as request:
        assert request.read_timeout == 5
        with pytest.raises(TimedOut):
            await request.do_request(f"{odd_server}/late", "POST", read_timeout=0.2)
        waiting = request.do_request(f"{odd_server}/late", "POST", read_timeout=None)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(waiting, 0.5)


async def test_a_proxy_comes_from_the_environment(
    odd_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", odd_server)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    async with AiohttpRequest(2) as request:
        with pytest.raises(NetworkError):  # not by way of the proxy, so nobody is there
            await request.do_request("http://127.0.0.1:1/fine", "GET")
        assert await request.do_request("http://elsewhere.invalid/fine", "GET") == (200, b"fine")


async def test_it_works_again_after_it_was_closed(server: BotApiServer) -> None:
    request = SendingRequest(2)
    for _ in range(2):
        async with bot_on(server, request) as bot:
            assert (await bot.send_message(7, "hoi")).message_id
