"""How soon a press is answered, with and without a wave going out."""

import asyncio
import random
import tempfile
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from bench.crowd import NOW, enrol
from bench.lines import Line, p99
from bench.server import Line as ServerLine
from bench.server import server
from bot.app import build, freeze_loaded_objects
from bot.channels.connection.rate_limit import RateLimits
from bot.channels.telegram.api.client import Login
from bot.channels.telegram.channel import DOCUMENTED_LIMITS, Telegram
from bot.delivery.inbox.answers import Answered, Answers
from bot.delivery.inbox.inbox import Inbox
from bot.messages import Incoming
from bot.startup import open_database, prepare
from bot.store.keys.master_key import new_secret_key
from bot.store.members.vault import Vault
from bot.store.schema.nudges import ReceiptRow
from tests.support.inbox import NO_LIMITS

TOKEN = "123:abc"
PRESSES = 250
PRESSES_WITHOUT_LIMITS = 100  # so that they are through before the wave is
BETWEEN = (0.1, 0.2)
RUNS = 3  # the p99 is the third longest of a run, so one pause of the machine would be it


async def measure() -> list[Line]:
    """At Telegram's documented pace, and for information without any limit."""
    with server() as line:
        calm, beside = [], []
        for _ in range(RUNS):
            calm.append(await answer_seconds(line, 30, DOCUMENTED_LIMITS, PRESSES, wave=0))
            beside.append(
                await answer_seconds(line, 30, DOCUMENTED_LIMITS, PRESSES, wave=0, stuck=True)
            )
        waved = await answer_seconds(line, 30, DOCUMENTED_LIMITS, PRESSES, wave=5_000)
        free = await answer_seconds(
            line, None, RateLimits(per_second=None), PRESSES_WITHOUT_LIMITS, wave=100_000
        )
    return [
        Line(
            "a press answered (p99) during a wave at 30/s, against without a wave",
            waved * 1e3,
            min(calm) * 1e3,
            "ms",
            at_most=2,
        ),
        Line(
            "a press answered (p99) while one chat is stuck, against while none is",
            min(beside) * 1e3,
            min(calm) * 1e3,
            "ms",
            at_most=1.2,
        ),
        Line(
            "for information: a press (p99) during a wave without limits, against without a wave",
            free * 1e3,
            min(calm) * 1e3,
            "ms",
        ),
    ]


class NeverDone:
    """Answers as the application does, but is never done with one chat.

    Args:
        answers: those of the application.
        slow: the address of that chat.
    """

    def __init__(self, answers: Answers, slow: str) -> None:
        self._answers, self._slow = answers, slow
        self.apologize, self.slow_down = answers.apologize, answers.slow_down
        self.say_in_chat = answers.say_in_chat

    async def answer(self, incoming: Incoming) -> Answered:
        """Answers, except in the slow chat."""
        if incoming.sender.id == self._slow:
            await asyncio.Event().wait()
        return await self._answers.answer(incoming)


async def answer_seconds(
    line: ServerLine,
    per_second: int | None,
    limits: RateLimits,
    presses: int,
    wave: int,
    *,
    stuck: bool = False,
) -> float:
    """The p99 of the time from a press until its answer and its edit are there.

    With `stuck`, the chat that presses first is being answered all the while, and not counted.
    """
    with tempfile.TemporaryDirectory() as folder:
        async with open_database(f"sqlite+aiosqlite:///{Path(folder) / 'bench.db'}") as database:
            vault = Vault(new_secret_key())
            await prepare(database, vault, NOW)
            await enrol(database, presses, presses, "telegram")
            line.set_up()
            began = datetime.now(UTC)

            def clock() -> datetime:
                return NOW + (datetime.now(UTC) - began)

            free = Telegram(Login(line.url, TOKEN), clock, RateLimits(per_second=None))
            application = build(database, vault, [free], clock)
            assert await application.nudge_sender.tick() == presses
            await free.close()
            async with database.reading() as session:
                sent = list((await session.scalars(select(ReceiptRow))).all())
            if wave:
                everybody = presses + wave
                await enrol(database, everybody, everybody, "telegram", first=presses + 1)
            channel = Telegram(Login(line.url, TOKEN), clock, limits)
            application = build(database, vault, [channel], clock)
            line.set_up(per_second, logs=True)
            freeze_loaded_objects()
            slow = sent[0].address if stuck else None
            answers = application.replies if slow is None else NeverDone(application.replies, slow)
            inbox = Inbox(channel, database, vault, clock, answers, NO_LIMITS)
            listening = asyncio.create_task(inbox.run())
            sending = asyncio.create_task(application.nudge_sender.tick())
            await asyncio.sleep(1)
            await _press_all(line, sent)
            assert not wave or not sending.done(), "the wave was over before the presses were"
            application.nudge_sender.stop()
            await sending
            listening.cancel()
            await asyncio.wait([listening])
            await channel.close()
    told = line.told()
    assert not told["refused"], f"{told['refused']} refused"
    return p99_of_presses([entry for entry in told["log"] if entry[1] != slow], presses - stuck)


async def _press_all(line: ServerLine, sent: list[ReceiptRow]) -> None:
    dice = random.Random(1)
    for nudge in sent:
        await press_done(line, nudge)
        await asyncio.sleep(dice.uniform(*BETWEEN))
    await asyncio.sleep(1)


async def press_done(line: ServerLine, nudge: ReceiptRow) -> None:
    """Has the one who received a nudge press *done* under it."""
    press = {
        "who": int(nudge.address),
        "data": f"done:{nudge.nudge_id}",
        "message": int(nudge.receipt),
    }
    await asyncio.to_thread(line.tell, "press", press)


def p99_of_presses(log: list[tuple[str, str, float]], presses: int) -> float:
    """The p99 of the seconds from a press until its nudge is changed and the press is answered."""
    moments: dict[str, dict[str, float]] = defaultdict(dict)
    for method, chat, at in log:
        moments[method].setdefault(chat, at)
    pressed, answered = moments["pressed"], moments["answerCallbackQuery"]
    edited = {chat: at for chat, at in moments["editMessageText"].items() if chat in pressed}
    assert pressed.keys() == edited.keys() == answered.keys()
    assert len(pressed) == presses, len(pressed)
    return p99([max(edited[chat], answered[chat]) - at for chat, at in pressed.items()])
