"""Matrix: rooms become chats, sealed or not; choices become numbered lines and reactions."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from io import BytesIO
from mimetypes import guess_type
from pathlib import Path
from typing import Any

import structlog
from nio import AsyncClient, SyncResponse

from bot.channels.base import (
    IncomingHandler,
    InvalidCredentials,
    MessageRejected,
    SendCancelled,
    SendError,
    ShouldSend,
    TemporaryFailure,
    Unreachable,
    always_send,
)
from bot.channels.choices import Choices, PendingChoices, choices_of, emoji_for, numbered
from bot.channels.matrix.account import SYNC, Account, Login
from bot.channels.matrix.api import TOKEN, checked_response, close_client
from bot.channels.matrix.content import (
    TEXT_UNITS,
    Json,
    attachment_content,
    edit_content,
    event_of,
    reaction_content,
    receipt_of,
    room_mark,
    text_content,
)
from bot.channels.matrix.parse import CHANNEL, EventParser
from bot.channels.matrix.reactions import ReactionSeeder
from bot.channels.matrix.rooms import AllowedServers, Rooms
from bot.channels.matrix.sync import SyncLoop, Work
from bot.channels.rate_limit import RateLimiter, RateLimits, WaitTooLong
from bot.channels.reconnect import Connection
from bot.channels.text_split import split
from bot.messages import Clock, Outgoing

log = structlog.get_logger(__name__)

# A homeserver's limits are its own, and it tells them only when they are met. So as fast as it
# will; after a refusal as slowly as it asks.
UNKNOWN = RateLimits(per_second=None, chat_seconds=0.0, group_seconds=0.0)
# A reply is tried for so long while the homeserver asks to wait; a nudge until its lease is over.
PATIENCE = 60.0


class Matrix:
    """The bot's account on Matrix.

    Args:
        login: how to get in.
        folder: where its device is kept.
        clock: tells the present.
        offers: remembers what was offered.
        allowed: whom it listens to.
    """

    name = CHANNEL

    def __init__(
        self,
        login: Login,
        folder: Path,
        clock: Clock,
        offers: PendingChoices,
        allowed: AllowedServers | None = None,
    ) -> None:
        self._account = Account(login, folder)
        self._can_renew = login.password is not None
        self._clock, self._offers = clock, offers
        self._allowed = allowed or AllowedServers()
        self._pace = RateLimiter(UNKNOWN)
        self._client: AsyncClient | None = None
        self._rooms: Rooms | None = None
        self._me: str | None = None
        self._line = Connection(self.name)
        self._seeds = ReactionSeeder(self._react, lambda: self._pace.is_busy)

    async def whoami(self) -> str:
        """The bot's user id."""
        self._me = await self._account.whoami()
        return self._me

    async def listen(self, handle: IncomingHandler) -> None:
        """Logs in, or takes up the login of before, and hands over what comes in."""
        while True:
            try:
                await self._log_in()
                await self._listen(handle)
            except InvalidCredentials as error:
                if self._client is None:
                    raise
                if not self._can_renew:
                    raise InvalidCredentials(TOKEN) from error
                log.warning("matrix logged this device out", setting=str(error))
            finally:
                await self._log_off()

    async def _log_in(self) -> None:
        client = await self._line.until_it_works(self._account.open)
        self._client, self._me = client, client.user_id
        rooms = Rooms(client, self._allowed)
        await self._line.until_it_works(rooms.load)
        self._rooms = rooms

    async def _listen(self, handle: IncomingHandler) -> None:
        client, rooms = self._joined()
        hearing = EventParser(client, rooms, self._offers, self._clock, handle, self.send)

        async def look(answer: SyncResponse) -> list[Work]:
            for user in await rooms.over(answer):
                await hearing.left(user, f"left-{answer.next_batch}-{user}")
            for room_id in answer.rooms.leave:
                await hearing.put_out(room_id, f"out-{answer.next_batch}-{room_id}")
            return rooms.invitations(answer)

        file = self._account.folder / SYNC
        inbox = SyncLoop(client, file, self._line, hearing.event, look)
        seeding = asyncio.create_task(self._seeds.run())
        try:
            await inbox.run()
        finally:
            seeding.cancel()
            await asyncio.wait([seeding])

    async def _log_off(self) -> None:
        if self._client is not None:
            await close_client(self._client)
        self._client = self._rooms = None

    def _joined(self) -> tuple[AsyncClient, Rooms]:
        if self._client is None or self._rooms is None:
            raise TemporaryFailure(self._line.trouble or "not logged in yet")
        return self._client, self._rooms

    # -- the way out

    async def send(
        self,
        to: str,
        message: Outgoing,
        key: str,
        *,
        urgent: bool = False,
        should_send: ShouldSend = always_send,
    ) -> str | None:
        """Sends or edits; a repeat under the same key is the same event, and stands there once.

        `to` is a person, or a room (`!...`).
        """
        choices = choices_of(message.buttons)
        if message.replaces is not None:
            return await self._edit(
                to, message, choices, key, urgent=urgent, should_send=should_send
            )
        _, rooms = self._joined()
        room_id = to if to.startswith("!") else await rooms.private_with(to)

        async def say(content: Json, number: int) -> str:
            return await self._event(
                room_id,
                "m.room.message",
                content,
                f"{key}.{number}",
                urgent=urgent,
                should_send=should_send,
            )

        *first, last = split(numbered(message.text, choices), TEXT_UNITS)
        for number, part in enumerate(first):
            await say(text_content(part), number)
        content = text_content(last)
        if message.picture is not None:
            name, png = message.picture.name, message.picture.draw()
            content = await self._attached(room_id, name, png, "image/png", last)
        elif message.file is not None:
            name = message.file.name
            kind = guess_type(name)[0] or "application/octet-stream"
            content = await self._attached(room_id, name, message.file.content, kind, last)
        event_id = await say(content, len(first))
        receipt = receipt_of(room_id, event_id)
        if choices:
            await self._offers.keep(to, Choices(receipt, choices))
            self._seeds.sow(room_id, event_id, emoji_for(choices))
        return receipt

    async def _edit(
        self,
        to: str,
        message: Outgoing,
        choices: tuple[tuple[str, str], ...],
        key: str,
        *,
        urgent: bool,
        should_send: ShouldSend,
    ) -> str | None:
        receipt = message.replaces or ""
        if not message.text:  # the choices go; what stands there as text may stand
            await self._offers.keep(to, Choices(receipt, choices))
            return receipt
        event_id, mark = event_of(receipt)
        client, rooms = self._joined()
        room_id = next((room for room in client.rooms if room_mark(room) == mark), None)
        text = split(numbered(message.text, choices), TEXT_UNITS)[0]
        await self._offers.keep(to, Choices(receipt, choices))
        if room_id is None or to not in (room_id, rooms.person_in(room_id)):
            return None  # the room is over, or others read along now; what stood there may stand
        try:
            await self._event(
                room_id,
                "m.room.message",
                edit_content(event_id, text),
                f"{key}.edit",
                urgent=urgent,
                should_send=should_send,
            )
        except (Unreachable, MessageRejected) as error:
            log.info("message not edited", error=str(error))
            return None
        if choices:
            self._seeds.sow(room_id, event_id, emoji_for(choices))
        return receipt

    async def _event(
        self,
        room_id: str,
        kind: str,
        content: Json,
        key: str,
        *,
        urgent: bool,
        should_send: ShouldSend,
    ) -> str:
        client, _ = self._joined()

        async def attempt() -> Any:  # noqa: ANN401 - nio's own type
            room = client.rooms.get(room_id)
            if room is not None and room.encrypted and client.should_query_keys:
                await checked_response(
                    client.keys_query()
                )  # who is new here must be able to read it
            return await client.room_send(
                room_id, kind, content, tx_id=key, ignore_unverified_devices=True
            )

        answer = await self._in_turn(room_id, attempt, urgent=urgent, should_send=should_send)
        return str(answer.event_id)

    async def _attached(
        self, room_id: str, name: str, content: bytes, kind: str, caption: str
    ) -> Json:
        client, _ = self._joined()
        sealed = bool(client.rooms[room_id].encrypted) if room_id in client.rooms else True
        keys: Json | None = None

        async def attempt() -> Any:  # noqa: ANN401
            nonlocal keys
            answer, keys = await client.upload(
                lambda *_: BytesIO(content), kind, name, encrypt=sealed, filesize=len(content)
            )
            return answer

        answer = await self._in_turn(room_id, attempt, urgent=True, should_send=always_send)
        uri = str(answer.content_uri)
        where: Json = {"file": {**(keys or {}), "url": uri}} if sealed else {"url": uri}
        return attachment_content(name, content, kind, caption, where)

    async def _in_turn(
        self, room_id: str, attempt: Callable[[], Any], *, urgent: bool, should_send: ShouldSend
    ) -> Any:  # noqa: ANN401
        """Asks for something until the homeserver does it, or nobody has to wait any more."""
        loop = asyncio.get_running_loop()
        until = loop.time() + PATIENCE
        while True:
            try:
                async with self._turn(room_id, urgent=urgent):
                    if not should_send():
                        raise SendCancelled("it does not have to go out any more")
                    return await checked_response(attempt())
            except WaitTooLong as error:
                if loop.time() > until:
                    raise TemporaryFailure(str(error), timedelta(seconds=error.seconds)) from error
                await asyncio.sleep(min(error.seconds, 1.0))
            except TemporaryFailure as error:
                if not error.after or loop.time() > until:
                    raise

    @asynccontextmanager
    async def _turn(self, room_id: str, *, urgent: bool) -> AsyncIterator[None]:
        async with self._pace.turn(room_id, urgent=urgent):
            try:
                yield
            except TemporaryFailure as error:
                if error.after:
                    log.info("asked to wait", channel=self.name, seconds=error.after.seconds)
                    self._pace.hold(room_id, error.after.total_seconds())
                raise

    async def _react(self, room_id: str, event_id: str, emoji: str) -> None:
        content = reaction_content(event_id, emoji)
        key = f"seed-{event_id}-{emoji}"
        await self._event(
            room_id, "m.reaction", content, key, urgent=False, should_send=always_send
        )

    async def typing(self, to: str) -> None:
        """Shows for some seconds that an answer is on its way."""
        if self._client is None or self._rooms is None:
            return
        rooms = self._client.rooms
        room_id = to if to in rooms else self._rooms.known_with(to)
        if room_id is not None:
            with suppress(SendError):
                await checked_response(
                    self._client.room_typing(room_id, typing_state=True, timeout=5_000)
                )

    def invitation(self, code: str, *, to_group: bool) -> str | None:
        """The address that shows the bot, to begin a chat with it; the code is typed there."""
        return f"https://matrix.to/#/{self._me}" if self._me else None

    async def trouble(self) -> str | None:
        """What the last answer of the homeserver was, if it was none."""
        return self._line.trouble

    async def close(self) -> None:
        """Closes the connections."""
        await self._log_off()
