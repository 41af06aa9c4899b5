"""Matrix: rooms are chats, encrypted or not; choices are numbered lines and reactions."""

import asyncio
from contextlib import suppress
from io import BytesIO
from mimetypes import guess_type
from pathlib import Path
from typing import Any

import structlog

from bot.channels.base import (
    IncomingHandler,
    InvalidCredentials,
    ItemReceiver,
    MessageRejected,
    SendCancelled,
    SendError,
    ShouldSend,
    TemporaryFailure,
    Unreachable,
    always_send,
)
from bot.channels.choices import Choices, PendingChoices, choices_of, emoji_for, numbered
from bot.channels.connection.reconnect import Connection
from bot.channels.matrix.client.account import Account, Login
from bot.channels.matrix.client.api import TOKEN, checked_response, close_client
from bot.channels.matrix.client.client import MatrixClient
from bot.channels.matrix.client.identity import AccountIdentity
from bot.channels.matrix.client.pace import Pace
from bot.channels.matrix.client.sync import SyncLoop
from bot.channels.matrix.events.content import (
    TEXT_BYTES,
    Json,
    attachment_content,
    edit_content,
    event_of,
    in_thread,
    reaction_content,
    receipt_of,
    room_hash_of,
    text_content,
    text_size,
)
from bot.channels.matrix.events.items import Departure, Invitation, Removal, RoomEvent, decoded
from bot.channels.matrix.events.parse import CHANNEL, EventParser
from bot.channels.matrix.events.translate import ItemTranslator
from bot.channels.matrix.keys.decryption import Decryption
from bot.channels.matrix.keys.room_keys import share_room_key
from bot.channels.matrix.keys.verification import decline_on_device
from bot.channels.matrix.rooms.leave_taking import take_leave
from bot.channels.matrix.rooms.reactions import ReactionSeeder
from bot.channels.matrix.rooms.read_receipts import ReadReceipts
from bot.channels.matrix.rooms.rooms import AllowedServers, Rooms
from bot.channels.text_split import split
from bot.messages import Clock, Outgoing

log = structlog.get_logger(__name__)

SYNC_SECONDS = 10.0


class Matrix:
    """The bot's account on Matrix.

    Args:
        login: how to log in.
        folder: where its device is saved.
        clock: tells the present.
        pending_choices: stores the choices of messages.
        allowed: whose messages and invitations are accepted; None: anybody's.
        allow_unencrypted: whether something personal may go to a room without encryption.
    """

    name = CHANNEL
    shows_typing_at_once = True

    def __init__(
        self,
        login: Login,
        folder: Path,
        clock: Clock,
        pending_choices: PendingChoices,
        allowed: AllowedServers | None = None,
        *,
        allow_unencrypted: bool = False,
    ) -> None:
        self._account = Account(login, folder)
        self._can_renew = login.password is not None
        self._clock, self._pending_choices = clock, pending_choices
        self._allowed = allowed or AllowedServers()
        self._allow_unencrypted = allow_unencrypted
        self._pace = Pace(self.name)
        self._client: MatrixClient | None = None
        self._rooms: Rooms | None = None
        self._decryption: Decryption | None = None
        self._synced = asyncio.Event()
        self._user_id: str | None = None
        self._connection = Connection(self.name)
        self._seeder = ReactionSeeder(self._react, lambda: self._pace.is_busy)
        self._read = ReadReceipts(self._mark_read, lambda: self._pace.is_busy)

    @property
    def identity(self) -> AccountIdentity:
        """The account's identity, which signs its devices."""
        return AccountIdentity(self._account)

    async def whoami(self) -> str:
        """Returns the bot's user id."""
        self._user_id = await self._account.whoami()
        return self._user_id

    async def receive(self, inbox: ItemReceiver) -> None:
        """Logs in, or uses the saved login, and brings what happens to `inbox`."""
        while True:
            try:
                await self._log_in()
                await self._sync(inbox)
            except InvalidCredentials as error:
                if self._client is None:
                    raise
                if not self._can_renew:
                    raise InvalidCredentials(TOKEN) from error
                log.warning("matrix logged this device out", setting=str(error))
            finally:
                await self._disconnect()

    async def _log_in(self) -> None:
        client = await self._connection.retry(self._account.open)
        self._client, self._user_id = client, client.user_id
        rooms = Rooms(client, self._allowed, allow_unencrypted=self._allow_unencrypted)
        await self._connection.retry(rooms.load)
        self._rooms = rooms

    async def _sync(self, inbox: ItemReceiver) -> None:
        client, rooms = self._logged_in_session()
        self._decryption = decryption = Decryption(client)
        decline_on_device(client, rooms.is_allowed)

        async def on_synced() -> None:
            self._synced.set()
            await decryption.keys_may_have_arrived()

        translator = ItemTranslator(client, rooms)
        sync_loop = SyncLoop(client, self._connection, inbox, translator, on_synced)
        in_between = [asyncio.create_task(one.run()) for one in (self._seeder, self._read)]
        try:
            await sync_loop.run()
        finally:
            for task in in_between:
                task.cancel()
            await asyncio.wait(in_between)

    async def process(self, content: bytes, handle: IncomingHandler) -> None:
        """Decodes an item, decrypts it as soon as its key is there, and passes it on.

        Raises:
            UndecodableItem: nothing can be made of it.
            SendError: the homeserver could not be asked for what is needed to understand it.
        """
        item = decoded(content)
        await self._synced.wait()  # before that it is not known who is in which room
        client, rooms = self._logged_in_session()
        parser = EventParser(client, rooms, self._pending_choices, self._clock, handle, self.send)
        match item:
            case RoomEvent(room_id=room_id):
                event = item.event()
                if self._decryption is not None:
                    event = await self._decryption.decrypted(room_id, event)
                await parser.handle_event(room_id, event)
                root, _ = event_of(client.threads.known_of(room_id, event) or "")
                self._read.add(room_id, event.event_id, root)
            case Invitation(invited_to=room_id, inviter=inviter):
                await rooms.answer_invitation(room_id, inviter)
            case Departure(departed=user_id, key=key):
                await parser.handle_departure(user_id, key)
            case Removal(removed_from=room_id, key=key):
                await parser.handle_removal(room_id, key)

    async def _disconnect(self) -> None:
        self._synced.clear()
        if self._client is not None:
            await close_client(self._client)
        self._client = self._rooms = self._decryption = None

    async def _complete_rooms(self) -> Rooms:
        """Returns the rooms once the first answer of the homeserver tells who is in which.

        Whoever asked for somebody's room before would be given a second one.
        """
        self._logged_in_session()
        try:
            async with asyncio.timeout(SYNC_SECONDS):
                await self._synced.wait()
        except TimeoutError:
            raise TemporaryFailure(self._connection.trouble or "not synced yet") from None
        return self._logged_in_session()[1]

    def _logged_in_session(self) -> tuple[MatrixClient, Rooms]:
        if self._client is None or self._rooms is None:
            raise TemporaryFailure(self._connection.trouble or "not logged in yet")
        return self._client, self._rooms

    # -- sending

    async def send(
        self,
        to: str,
        message: Outgoing,
        key: str,
        *,
        urgent: bool = False,
        should_send: ShouldSend = always_send,
    ) -> str | None:
        """Sends or edits; a repeat with the same key is the same event, and is shown once.

        `to` is a person, or a room (`!...`).
        """
        if message.farewell is not None:
            await self._take_leave(to, message.text, key, should_send)
            return None
        choices = choices_of(message.buttons)
        if message.replaces is not None:
            return await self._edit(
                to, message, choices, key, urgent=urgent, should_send=should_send
            )
        rooms = await self._complete_rooms()
        room_id = await self._room_for(to, message, rooms)
        should_send = rooms.while_private(room_id, to, should_send)

        async def send_text(content: Json, number: int) -> str:
            return await self._send_event(
                room_id,
                "m.room.message",
                in_thread(content, room_id, message.thread),
                f"{key}.{number}",
                urgent=urgent,
                should_send=should_send,
            )

        *first, last = split(numbered(message.text, choices), TEXT_BYTES, size=text_size)
        for number, part in enumerate(first):
            await send_text(text_content(part), number)
        content = text_content(last)
        if message.picture is not None:
            name, png = message.picture.name, message.picture.drawing.draw()
            content = await self._upload(room_id, name, png, "image/png", last)
        elif message.file is not None:
            name = message.file.name
            kind = guess_type(name)[0] or "application/octet-stream"
            content = await self._upload(room_id, name, message.file.content, kind, last)
        event_id = await send_text(content, len(first))
        await rooms.leave_if_space(room_id)
        receipt = receipt_of(room_id, event_id)
        if choices:
            await self._pending_choices.keep(to, Choices(receipt, choices))
            self._seeder.add(room_id, event_id, emoji_for(choices))
        return receipt

    async def _take_leave(self, to: str, text: str, key: str, should_send: ShouldSend) -> None:
        """Redacts what was said to a person, says farewell, and leaves; a repeat does the rest."""
        rooms = await self._complete_rooms()
        event = ("m.room.message", text_content(text), key)

        async def say(room_id: str) -> None:
            check = rooms.while_private(room_id, to, should_send)
            await self._send_event(room_id, *event, urgent=True, should_send=check)

        await take_leave(self._logged_in_session()[0], rooms, to, self._pace, say)

    async def _room_for(self, to: str, message: Outgoing, rooms: Rooms) -> str:
        """Returns the room for a message; it is created if there is none."""
        if to.startswith("!"):
            return to
        if message.room is not None and rooms.person_in(message.room) == to:
            return message.room
        return await rooms.private_with(to)

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
        if not message.text:  # only the choices go; the text stays
            await self._pending_choices.keep(to, Choices(receipt, choices))
            return receipt
        event_id, room_hash = event_of(receipt)
        rooms = await self._complete_rooms()
        client, _ = self._logged_in_session()
        room_id = next((room for room in client.rooms if room_hash_of(room) == room_hash), None)
        await self._pending_choices.keep(to, Choices(receipt, choices))
        if room_id is None or to not in (room_id, rooms.person_in(room_id)):
            return None  # the room is gone, or no longer private; the old text stays
        try:
            await self._send_event(
                room_id,
                "m.room.message",
                edit_content(event_id, numbered(message.text, choices)),
                f"{key}.edit",
                urgent=urgent,
                should_send=rooms.while_private(room_id, to, should_send),
            )
        except (Unreachable, MessageRejected) as error:
            log.info("message not edited", error=str(error))
            return None
        if choices:
            self._seeder.add(room_id, event_id, emoji_for(choices))
        return receipt

    async def _send_event(
        self,
        room_id: str,
        kind: str,
        content: Json,
        key: str,
        *,
        urgent: bool,
        should_send: ShouldSend,
    ) -> str:
        client, _ = self._logged_in_session()

        async def call() -> Any:  # noqa: ANN401 - nio's own type
            await share_room_key(client, room_id)
            # After the last request, because during one the room may stop being private.
            if not should_send():
                raise SendCancelled("it does not have to go out any more")
            return await client.room_send(
                room_id, kind, content, tx_id=key, ignore_unverified_devices=True
            )

        answer = await self._pace.call(room_id, call, urgent=urgent, should_send=should_send)
        return str(answer.event_id)

    async def _upload(
        self, room_id: str, name: str, content: bytes, kind: str, caption: str
    ) -> Json:
        client, _ = self._logged_in_session()
        is_encrypted = bool(client.rooms[room_id].encrypted) if room_id in client.rooms else True
        keys: Json | None = None

        async def call() -> Any:  # noqa: ANN401
            nonlocal keys
            answer, keys = await client.upload(
                lambda *_: BytesIO(content), kind, name, encrypt=is_encrypted, filesize=len(content)
            )
            return answer

        answer = await self._pace.call(room_id, call, urgent=True, should_send=always_send)
        uri = str(answer.content_uri)
        location: Json = {"file": {**(keys or {}), "url": uri}} if is_encrypted else {"url": uri}
        return attachment_content(name, content, kind, caption, location)

    async def _react(self, room_id: str, event_id: str, emoji: str) -> None:
        content = reaction_content(event_id, emoji)
        key = f"seed-{event_id}-{emoji}"
        await self._send_event(
            room_id, "m.reaction", content, key, urgent=False, should_send=always_send
        )

    async def _mark_read(self, room_id: str, event_id: str, thread: str) -> None:
        client, _ = self._logged_in_session()
        marked = client.update_receipt_marker(room_id, event_id, thread_id=thread)
        await checked_response(marked)

    async def typing(self, to: str) -> None:
        """Shows for some seconds that an answer is on its way."""
        await self._set_typing(to, is_typing=True)

    async def typing_ended(self, to: str) -> None:
        """Shows it no longer: a message of the bot does not end it."""
        await self._set_typing(to, is_typing=False)

    async def _set_typing(self, to: str, *, is_typing: bool) -> None:
        if self._client is None or self._rooms is None:
            return
        rooms = self._client.rooms
        room_id = to if to in rooms else self._rooms.known_with(to)
        if room_id is not None:
            with suppress(SendError):
                await checked_response(
                    self._client.room_typing(room_id, typing_state=is_typing, timeout=5_000)
                )

    def invitation(self, code: str, *, to_group: bool) -> str | None:
        """Returns the link to the bot's profile; the code has to be typed in the chat."""
        return f"https://matrix.to/#/{self._user_id}" if self._user_id else None

    async def trouble(self) -> str | None:
        """Returns why the last sync failed; None: it did not."""
        return self._connection.trouble

    async def close(self) -> None:
        """Closes the connections."""
        await self._disconnect()
