"""A Bot API server that does next to nothing, in a process of its own.

It answers every method with the least that python-telegram-bot takes for an answer, can hold the
bot to so many messages a second, hands out updates that are queued, and notes when what came in.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl
from urllib.request import Request, urlopen

from aiohttp import web

BOT = {"id": 123, "is_bot": True, "first_name": "bench", "username": "bench_bot"}
# What counts for no limit, and what it is answered.
FREE: dict[str, object] = {
    "getMe": BOT,
    "getUpdates": [],
    "answerCallbackQuery": True,
    "sendChatAction": True,
    "deleteWebhook": True,
    "setWebhook": True,
    "getMyCommands": [],
    "setMyCommands": True,
    "getMyDescription": {"description": ""},
    "setMyDescription": True,
    "getMyShortDescription": {"short_description": ""},
    "setMyShortDescription": True,
    "deleteMyCommands": True,
    "getChatMenuButton": {"type": "default"},
    "setChatMenuButton": True,
}

MOST_UPDATES = 100  # in one answer, as Telegram


class Server:
    """What the server knows."""

    def __init__(self, per_second: int | None) -> None:
        self.per_second = per_second
        self.recent: deque[float] = deque()
        self.messages = 0
        self.refused = 0
        self.updates: list[dict[str, Any]] = []
        self.update_id = 0
        self.pressed: dict[str, str] = {}
        self.news = asyncio.Event()
        self.log: list[tuple[str, str, float]] = []
        self.logs = False
        self.flooding: asyncio.Task[None] | None = None

    async def call(self, request: web.Request) -> web.Response:
        """One call of the Bot API."""
        method = request.match_info["method"]
        params = dict(parse_qsl((await request.read()).decode()))
        now = time.monotonic()
        if self.logs or method == "getUpdates":
            who = params.get("chat_id") or self.pressed.get(params.get("callback_query_id", ""), "")
            self.log.append((method, who, now))
        if method not in FREE and self._too_fast(now):
            self.refused += 1
            wrong = {"ok": False, "error_code": 429, "description": "Too Many Requests"}
            return web.json_response(wrong | {"parameters": {"retry_after": 1}}, status=429)
        return web.json_response({"ok": True, "result": await self._result(method, params)})

    def _too_fast(self, now: float) -> bool:
        if self.per_second is None:
            return False
        while self.recent and self.recent[0] <= now - 1:
            self.recent.popleft()
        if len(self.recent) >= self.per_second:
            return True
        self.recent.append(now)
        return False

    async def _result(self, method: str, params: Mapping[str, str]) -> object:
        if method == "getUpdates":
            return await self._updates(params)
        if method in FREE:
            return FREE[method]
        self.messages += 1
        number = int(params.get("message_id", self.messages))
        chat = {"id": int(params["chat_id"]), "type": "private", "first_name": "Sanne"}
        message: dict[str, Any] = {"message_id": number, "date": 1, "chat": chat, "from": BOT}
        if "text" in params:
            message["text"] = params["text"]
        if "reply_markup" in params:
            message["reply_markup"] = json.loads(params["reply_markup"])
        return message

    async def _updates(self, params: Mapping[str, str]) -> list[dict[str, Any]]:
        offset = int(params.get("offset", 0))
        self.updates = [update for update in self.updates if update["update_id"] >= offset]
        if not self.updates:
            self.news.clear()
            try:
                await asyncio.wait_for(self.news.wait(), float(params.get("timeout", 0)))
            except TimeoutError:
                return []
        return self.updates[:MOST_UPDATES]

    async def press(self, request: web.Request) -> web.Response:
        """Somebody presses a button: `{"who": 7, "data": "done:1", "message": 3}`."""
        told = await request.json()
        self.update_id += 1
        self.pressed[str(self.update_id)] = str(told["who"])
        user = {"id": told["who"], "is_bot": False, "first_name": "Sanne", "language_code": "nl"}
        chat = {"id": told["who"], "type": "private", "first_name": "Sanne"}
        message = {"message_id": told["message"], "date": 1, "chat": chat, "from": BOT, "text": "."}
        query = {"id": str(self.update_id), "from": user, "chat_instance": "1", "message": message}
        press = {"update_id": self.update_id, "callback_query": query | {"data": told["data"]}}
        self.updates.append(press)
        self.log.append(("pressed", str(told["who"]), time.monotonic()))
        self.news.set()
        return web.Response()

    async def flood(self, request: web.Request) -> web.Response:
        """People type at once: `{"chats": [8, 9], "messages": 1000, "seconds": 10}` in all."""
        told = await request.json()
        self.flooding = asyncio.create_task(
            self._flood(told["chats"], told["messages"], told["seconds"])
        )
        return web.Response()

    async def _flood(self, chats: list[int], messages: int, seconds: float) -> None:
        began = time.monotonic()
        for number in range(messages):
            self._type(chats[number % len(chats)], f"Nog een bericht, nummer {number}. " * 8)
            self.news.set()
            ahead = began + number * seconds / messages - time.monotonic()
            if ahead > 0:
                await asyncio.sleep(ahead)

    def _type(self, who: int, text: str) -> None:
        self.update_id += 1
        user = {"id": who, "is_bot": False, "first_name": "Joost", "language_code": "nl"}
        chat = {"id": who, "type": "private", "first_name": "Joost"}
        said = {"message_id": self.update_id, "date": 1, "chat": chat, "from": user, "text": text}
        self.updates.append({"update_id": self.update_id, "message": said})

    async def set_up(self, request: web.Request) -> web.Response:
        """Begins anew: `{"per_second": 30, "logs": true}`."""
        told = await request.json()
        self.per_second, self.logs = told["per_second"], told["logs"]
        if self.flooding is not None:
            self.flooding.cancel()
        self.log.clear()
        self.updates.clear()
        self.recent.clear()
        self.messages = self.refused = 0
        return web.Response()

    async def told(self, _: web.Request) -> web.Response:
        """What it saw."""
        return web.json_response({"log": self.log, "sent": self.messages, "refused": self.refused})


async def serve() -> None:
    """Serves until it is ended, and prints its port first."""
    server = Server(None)
    app = web.Application()
    app.router.add_post("/bot{token}/{method}", server.call)
    app.router.add_post("/press", server.press)
    app.router.add_post("/flood", server.flood)
    app.router.add_post("/set_up", server.set_up)
    app.router.add_get("/told", server.told)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


class Line:
    """A line to the server."""

    def __init__(self, url: str) -> None:
        self.url = url

    def tell(self, where: str, what: Mapping[str, object]) -> None:
        """Tells the server something."""
        body = json.dumps(what).encode()
        urlopen(Request(f"{self.url}/{where}", body, {"Content-Type": "application/json"})).close()

    def set_up(self, per_second: int | None = None, *, logs: bool = False) -> None:
        """Has it begin anew, with this limit."""
        self.tell("set_up", {"per_second": per_second, "logs": logs})

    def told(self) -> dict[str, Any]:
        """What it saw so far."""
        with urlopen(f"{self.url}/told") as answer:
            told: dict[str, Any] = json.load(answer)
            return told


@contextmanager
def server() -> Iterator[Line]:
    """A server in a process of its own, ended at the end."""
    command = [sys.executable, "-m", "bench.server"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Line(f"http://127.0.0.1:{process.stdout.readline().strip()}")
        finally:
            process.terminate()


if __name__ == "__main__":
    asyncio.run(serve())
