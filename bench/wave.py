"""A wave of nudges through the whole way out, against the bare client on its default transport."""

import asyncio
import json
import tempfile
import time
from pathlib import Path

import aiohttp
from sqlalchemy import func, select
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.request import HTTPXRequest

from bench.crowd import NOW, enrol
from bench.lines import Line
from bench.server import server
from bot.app import build, freeze_loaded_objects
from bot.channels.connection.rate_limit import RateLimits
from bot.channels.telegram.api.client import Login
from bot.channels.telegram.channel import Telegram
from bot.conversation.member.nudges.nudges import render, task_text
from bot.conversation.words import Words
from bot.messages import Outgoing
from bot.startup import open_database, prepare
from bot.store.keys.master_key import new_secret_key
from bot.store.members.vault import Vault
from bot.store.schema.challenges import ChallengeRow
from bot.store.schema.nudges import ReceiptRow

TOKEN = "123:abc"
WAVE = 10_000
HISTORY = 10
BARE = 2_000
IN_FLIGHT = 50
RUNS = 3


async def measure() -> list[Line]:
    """10,000 nudges; what the default does with 2,000 of the same."""
    with server() as line:
        line.set_up()
        await bare_rate(line.url, await sample(), 200)  # what is loaded at the first use
        freeze_loaded_objects()
        ours, bare = [], []
        for _ in range(RUNS):
            bare.append(await bare_rate(line.url, await sample(), BARE))
            line.set_up()
            ours.append(await wave_rate(line.url))
            assert line.told()["sent"] == WAVE
        most = await server_rate(line.url, await sample(), WAVE)
    name = "nudges a second in a wave of 10,000, against bare send_message on the default transport"
    return [
        Line(name, max(ours), max(bare), "/s", at_least=4),
        Line(
            "the same messages from a bare aiohttp client, against that wave: the server keeps up",
            most,
            max(ours),
            "/s",
            at_least=1.5,
        ),
    ]


async def sample() -> Outgoing:
    """A nudge as it goes out."""
    async with open_database("sqlite+aiosqlite:///:memory:") as database:
        await prepare(database, Vault(new_secret_key()), NOW)
        async with database.reading() as session:
            challenge = await session.scalar(select(ChallengeRow).limit(1))
            assert challenge is not None
            return render(1, task_text(challenge, Words("nl")), Words("nl"))


async def bare_rate(url: str, message: Outgoing, many: int) -> float:
    """Messages a second by the client alone, with the same words and the same buttons."""
    keyboard = InlineKeyboardMarkup(
        [
            [InlineKeyboardButton(button.label, callback_data=button.action) for button in row]
            for row in message.buttons
        ]
    )
    request = HTTPXRequest(connection_pool_size=IN_FLIGHT)
    async with Bot(TOKEN, base_url=f"{url}/bot", request=request) as bot:
        places = asyncio.Semaphore(IN_FLIGHT)

        async def send(chat: int) -> None:
            async with places:
                await bot.send_message(chat, message.text, reply_markup=keyboard)

        began = time.perf_counter()
        await asyncio.gather(*(send(chat) for chat in range(1, many + 1)))
        return many / (time.perf_counter() - began)


async def server_rate(url: str, message: Outgoing, many: int) -> float:
    """Messages a second by a client that does nothing else: what the server can bear, at least."""
    rows = [
        [{"text": one.label, "callback_data": one.action} for one in r] for r in message.buttons
    ]
    words = {"text": message.text, "reply_markup": json.dumps({"inline_keyboard": rows})}
    chats = iter(range(1, many + 1))
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=IN_FLIGHT)) as session:

        async def send() -> None:
            for chat in chats:
                form = words | {"chat_id": str(chat)}
                async with session.post(f"{url}/bot{TOKEN}/sendMessage", data=form) as answer:
                    await answer.read()

        began = time.perf_counter()
        await asyncio.gather(*(send() for _ in range(IN_FLIGHT)))
        return many / (time.perf_counter() - began)


async def wave_rate(url: str) -> float:
    """Nudges a second, from claim to receipt, in a new SQLite file."""
    with tempfile.TemporaryDirectory() as folder:
        async with open_database(f"sqlite+aiosqlite:///{Path(folder) / 'bench.db'}") as database:
            vault = Vault(new_secret_key())
            await prepare(database, vault, NOW)
            await enrol(database, WAVE, WAVE, "telegram", HISTORY)
            channel = Telegram(Login(url, TOKEN), lambda: NOW, RateLimits(per_second=None))
            application = build(database, vault, [channel], lambda: NOW)
            began = time.perf_counter()
            assert await application.nudge_sender.tick() == WAVE
            took = time.perf_counter() - began
            await channel.close()
            async with database.reading() as session:
                kept = select(func.count()).select_from(ReceiptRow)
                assert await session.scalar(kept) == WAVE * (HISTORY + 1)
            return WAVE / took
