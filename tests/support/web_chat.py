"""A browser on the chat page without a screen: it posts its forms, and follows its stream."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from html import unescape
from typing import Any

import httpx
from starlette.types import ASGIApp, Message

from bot.app import BuildOptions

ADDRESS = "https://olievlek.test"
PAGES = BuildOptions(pages=ADDRESS)
HEADERS = {"Origin": ADDRESS, "Sec-Fetch-Site": "same-origin", "Accept-Language": "nl-NL,nl"}
PATIENCE = 15.0
ROW = re.compile(r'<li class="chat-row([^"]*)" id="m-([^"]+)"(.*?)</li>', re.S)
HIDDEN = re.compile(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Seen:
    """A message as it stands in the browser.

    Attributes:
        key: its id on the page.
        own: whether it is the member's own.
        text: what it says.
        choices: the labels of its buttons, and their actions.
        picture: the path of its picture; None: it has none.
        file: the same of its file.
        form: the token of its form.
    """

    key: str
    own: bool
    text: str
    choices: dict[str, str]
    picture: str | None
    file: str | None
    form: str


def rows_in(html: str) -> list[Seen]:
    """Returns the messages in a page or a part of one."""
    return [_seen(kind, unescape(key), row) for kind, key, row in ROW.findall(html)]


def _seen(kind: str, key: str, row: str) -> Seen:
    text = re.search(r'<p class="chat-text"[^>]*>(.*?)</p>', row, re.S)
    buttons = re.findall(r'name="press" value="([^"]+)">(.*?)</button>', row, re.S)
    picture = re.search(r'<img src="([^"]+)"', row)
    file = re.search(r'<a [^>]*href="([^"]+)" download', row)
    form = re.search(r'name="form" value="([^"]+)"', row)
    return Seen(
        key,
        "own" in kind,
        unescape(re.sub(r"<[^>]+>", "", text[1])) if text else "",
        {unescape(label): unescape(action) for action, label in buttons},
        picture[1] if picture else None,
        file[1] if file else None,
        form[1] if form else "",
    )


@dataclass
class WebPerson:
    """Somebody with a browser.

    Attributes:
        site: the pages.
        http: requests, with cookies.
        page: the answer to the last request.
        seen: what stands in the chat, by key, oldest first.
        farewell: what was said when they were erased.
    """

    site: ASGIApp
    http: httpx.AsyncClient
    page: httpx.Response | None = None
    seen: dict[str, Seen] = field(default_factory=dict)
    read: set[str] = field(default_factory=set)
    farewell: str | None = None
    _stream: asyncio.Task[None] | None = None
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def html(self) -> str:
        """The page that is open."""
        assert self.page is not None
        return self.page.text

    @property
    def fields(self) -> dict[str, str]:
        """The hidden fields of the form in which one types, or of the only form."""
        part = self.html.partition('id="say"')[2] or self.html
        return {
            name: unescape(value) for name, value in HIDDEN.findall(part.partition("</form>")[0])
        }

    async def opens(self, path: str = "/chat", status: int = 200) -> str:
        """Opens a page, follows where it leads, and returns its HTML."""
        self._take(await self.http.get(path, follow_redirects=True))
        assert self.page is not None and self.page.status_code == status, self.html[:500]
        return self.html

    async def begins(self, code: str = "") -> None:
        """Opens the link of an invitation, or none, and presses the button."""
        await self.opens(f"/chat/{code}" if code else "/chat")
        await self.posts("/chat/begin", self.fields)

    async def posts(
        self,
        path: str,
        fields: Mapping[str, str],
        status: int = 200,
        file: tuple[str, bytes] | None = None,
    ) -> str:
        """Posts a form as a browser does, and returns the page that follows."""
        self._take(
            await self.http.post(
                path,
                data=dict(fields),
                files=None if file is None else {"file": file},
                headers=HEADERS,
                follow_redirects=True,
            )
        )
        assert self.page is not None and self.page.status_code == status, self.html[:500]
        return self.html

    async def says(self, text: str, file: tuple[str, bytes] | None = None, **more: str) -> None:
        """Types something, or sends a file."""
        await self.posts("/chat/say", {**self.fields, "text": text, **more}, file=file)

    async def presses(self, label: str, number: int = -1) -> None:
        """Presses the button, in the newest message that has it."""
        message = [seen for seen in self.seen.values() if label in "\n".join(seen.choices)][number]
        action = next(action for each, action in message.choices.items() if label in each)
        fields = {
            "form_key": self.fields["form_key"],
            "form": message.form,
            "message": message.key,
            "press": action,
        }
        await self.posts("/chat/say", fields)

    async def receives(self, words: str) -> str:
        """Waits for a new message of the bot with these words, and returns all of it."""

        def newest() -> Seen | None:
            new = [one for one in self.seen.values() if one.key not in self.read and not one.own]
            return next((one for one in new if words in one.text), None)

        await self.until(lambda: newest() is not None, words)
        found = newest()
        assert found is not None
        keys = list(self.seen)
        self.read |= set(keys[: keys.index(found.key) + 1])
        return found.text

    async def until(self, holds: Callable[[], object], wanted: str) -> None:
        """Waits until something is so."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not holds():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            shown = "\n".join(one.text for one in self.seen.values())
            raise AssertionError(f"never seen: {wanted}\n{shown}") from None

    def own_key(self, text: str) -> str:
        """Returns the key of what they typed."""
        return next(one.key for one in self.seen.values() if one.own and one.text == text)

    def _take(self, page: httpx.Response) -> None:
        self.page = page
        if 'id="messages"' in page.text:
            self.seen = {one.key: one for one in rows_in(page.text)}
            if self._stream is None or self._stream.done():
                self._stream = asyncio.create_task(self._follow())
        elif "chat-lines" in page.text and self.seen:
            found = re.search(r'chat-lines">(.*?)</p>', page.text, re.S)
            self.farewell = unescape(found[1]) if found else None
        self._changed.set()

    # -- the stream

    async def _follow(self) -> None:
        async for name, data in events(self.site, self._cookie(), "/chat/stream"):
            if name == "message":
                for one in rows_in(data["html"]):
                    self.seen[one.key] = one
            elif name == "removed":
                self.seen.pop(data["key"], None)
            elif name == "settled" and data["key"] in self.seen:
                self.seen[data["key"]].choices.clear()
            elif name == "farewell":
                self.farewell = data["text"] or self.farewell
            self._changed.set()

    def _cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.http.cookies.items())

    async def leaves(self) -> None:
        """Closes the browser."""
        if self._stream is not None:
            self._stream.cancel()
            with suppress(asyncio.CancelledError):
                await self._stream


async def events(
    site: ASGIApp, cookie: str, path: str, query: str = "after=0"
) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    """Yields the events of a stream: their names and their data."""
    chunks: asyncio.Queue[bytes | None] = asyncio.Queue()
    gone = asyncio.Event()

    async def receive() -> Message:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] != 200:
            chunks.put_nowait(None)
        chunks.put_nowait(message.get("body", b""))
        if message["type"] == "http.response.body" and not message.get("more_body"):
            chunks.put_nowait(None)

    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "scheme": "https",
        "query_string": query.encode(),
        "headers": [(b"host", b"olievlek.test"), (b"cookie", cookie.encode())],
        "http_version": "1.1",
    }

    async def serve() -> None:
        await site(scope, receive, send)

    serving = asyncio.create_task(serve())
    try:
        buffer = b""
        while (chunk := await chunks.get()) is not None:
            buffer += chunk
            while b"\n\n" in buffer:
                block, _, buffer = buffer.partition(b"\n\n")
                lines = dict(
                    line.split(": ", 1) for line in block.decode().splitlines() if ": " in line
                )
                if "event" in lines:
                    yield lines["event"], json.loads(lines["data"])
    finally:
        gone.set()
        serving.cancel()
        with suppress(asyncio.CancelledError):
            await serving


@asynccontextmanager
async def browser(site: ASGIApp) -> AsyncIterator[WebPerson]:
    """A browser that has no chat yet."""
    transport = httpx.ASGITransport(site)
    async with httpx.AsyncClient(
        transport=transport, base_url=ADDRESS, headers={"Accept-Language": "nl-NL,nl"}
    ) as http:
        person = WebPerson(site, http)
        try:
            yield person
        finally:
            await person.leaves()
