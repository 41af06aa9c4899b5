"""Matrix: rooms become chats, sealed or not; choices become numbered lines and reactions."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import structlog
from nio import (
    AsyncClient,
    Event,
    MegolmEvent,
    ReactionEvent,
    RedactionEvent,
    RoomMemberEvent,
    RoomUpgradeEvent,
    SyncResponse,
)

from bot.channels.channel import (
    BadToken,
    CalledOff,
    Hear,
    NotNow,
    Refused,
    SendError,
    Still,
    Unreachable,
    always,
)
from bot.channels.matrix_account import Account, Login
from bot.channels.matrix_calls import TOKEN, asked, let_go
from bot.channels.matrix_inbox import Inbox
from bot.channels.matrix_rooms import Allowed, Rooms
from bot.channels.matrix_text import (
    TEXT_UNITS,
    Json,
    attachment_content,
    content_of,
    edit_content,
    mark_of,
    reaction_content,
    receipt_of,
    text_content,
)
from bot.channels.offers import Offer, Offers, choices_of, emoji_for, written
from bot.channels.pace import Limits, Pace, TooLong
from bot.channels.text import split
from bot.talk.messages import (
    Added,
    Address,
    Clock,
    Content,
    Incoming,
    Left,
    Outgoing,
    Pressed,
    Typed,
    Unreadable,
    Withdrawn,
)

log = structlog.get_logger(__name__)

# A homeserver's limits are its own, and it tells them only when they are met. So as fast as it
# will; after a refusal as slowly as it asks.
UNKNOWN = Limits(per_second=None, chat_seconds=0.0, group_seconds=0.0)
# A reply is tried for so long while the homeserver asks to wait; a nudge until its lease is over.
PATIENCE = 60.0
ROOM_SECONDS = 10.0
SEEDS_WAITING = 5_000
SEED_PAUSE = 0.05
MEDIA = {".csv": "text/csv", ".json": "application/json", ".zip": "application/zip"}


@dataclass(frozen=True, slots=True)
class Seed:
    """A reaction that the bot puts under its own message, so that one tap is enough."""

    room_id: str
    event_id: str
    emoji: str


class Matrix:
    """The bot's account on Matrix.

    Args:
        login: how to get in.
        folder: where its device is kept.
        clock: tells the present.
        offers: remembers what was offered.
        allowed: whom it listens to.
    """

    name = "matrix"

    def __init__(
        self,
        login: Login,
        folder: Path,
        clock: Clock,
        offers: Offers,
        allowed: Allowed | None = None,
    ) -> None:
        self._account = Account(login, folder)
        self._can_renew = login.password is not None
        self._clock, self._offers = clock, offers
        self._allowed = allowed or Allowed()
        self._pace = Pace(UNKNOWN)
        self._client: AsyncClient | None = None
        self._rooms: Rooms | None = None
        self._inbox: Inbox | None = None
        self._trouble: str | None = "not logged in yet"
        self._seeds: deque[Seed] = deque(maxlen=SEEDS_WAITING)
        self._seeds_came = asyncio.Event()

    async def whoami(self) -> str:
        """The bot's user id."""
        return await self._account.whoami()

    async def listen(self, hear: Hear) -> None:
        """Logs in, or takes up the login of before, and hands over what comes in."""
        while True:
            await self._log_in()
            try:
                await self._listen(hear)
            except BadToken as error:
                if not self._can_renew:
                    raise BadToken(TOKEN) from error
                log.warning("matrix logged this device out; a new one takes its place")
            finally:
                await self._log_off()

    async def _log_in(self) -> None:
        failures = 0
        while self._client is None:
            try:
                self._client = await self._account.open()
                self._rooms = Rooms(self._client, self._allowed)
                await self._rooms.load()
            except BadToken:
                raise
            except SendError as error:
                if self._trouble != str(error):
                    log.warning("matrix does not answer", error=str(error))
                self._trouble = str(error)
                failures += 1
                await asyncio.sleep(min(30.0, 2.0**failures / 4))

    async def _listen(self, hear: Hear) -> None:
        client, rooms = self._joined()

        async def deal(room_id: str, event: Event) -> None:
            await self._deal(room_id, event, hear)

        async def look(answer: SyncResponse) -> list[Coroutine[Any, Any, None]]:
            for user in await rooms.over(answer):
                key = f"left-{answer.next_batch}-{user}"
                await hear(Incoming(key, Address(self.name, user), self._clock(), Left()))
            return rooms.invitations(answer)

        file = self._account.folder / "sync.json"
        self._inbox = Inbox(client, file, deal, look)
        seeding = asyncio.create_task(self._seed())
        try:
            await self._inbox.run()
        finally:
            seeding.cancel()
            await asyncio.wait([seeding])

    async def _log_off(self) -> None:
        if self._client is not None:
            await let_go(self._client)
        self._client = self._rooms = self._inbox = None

    def _joined(self) -> tuple[AsyncClient, Rooms]:
        if self._client is None or self._rooms is None:
            raise NotNow(self._trouble or "not logged in yet")
        return self._client, self._rooms

    # -- the way in

    async def _deal(self, room_id: str, event: Event, hear: Hear) -> None:
        client, rooms = self._joined()
        if event.sender == client.user_id and not isinstance(event, RoomMemberEvent):
            return
        if isinstance(event, RoomUpgradeEvent):
            await rooms.follow(room_id, event.replacement_room, event.sender)
            return
        person = rooms.person_in(room_id)
        if isinstance(event, RoomMemberEvent):
            await self._on_member(room_id, event, person, hear)
            return
        if not rooms.is_allowed(event.sender):
            return
        if person is None:
            await self._on_group(room_id, event, hear)
        elif person == event.sender:
            await rooms.used(person, room_id)
            if (content := await self._content(room_id, event)) is not None:
                await self._hear(room_id, event, content, hear)

    async def _on_member(
        self, room_id: str, event: RoomMemberEvent, person: str | None, hear: Hear
    ) -> None:
        """The bot itself came in: that is how a conversation begins here."""
        client, rooms = self._joined()
        came = event.membership == "join" and event.prev_membership == "invite"
        if event.state_key != client.user_id or not came:
            return
        if room_id in rooms.followed:
            if person is not None:
                await rooms.used(person, room_id)
        elif person is None:
            await self._hear(room_id, event, Added(), hear, group=True)
        elif rooms.is_allowed(person):
            await rooms.used(person, room_id)
            await self._hear(room_id, event, Typed("/start", event.event_id), hear, sender=person)

    async def _on_group(self, room_id: str, event: Event, hear: Hear) -> None:
        """In a group the bot listens only when it is spoken to."""
        content = content_of(room_id, event)
        if isinstance(content, Typed) and await self._is_meant(room_id, event, content):
            await self._hear(room_id, event, content, hear, group=True)

    async def _is_meant(self, room_id: str, event: Event, content: Typed) -> bool:
        client, _ = self._joined()
        if content.text.startswith("/"):
            return True
        raw: Json = event.source.get("content", {})
        if client.user_id in (raw.get("m.mentions") or {}).get("user_ids", []):
            return True
        if client.user_id in content.text:
            return True
        if content.reply_to is None:
            return False
        replied = content.reply_to.partition(" ")[0]
        try:
            answer = await asked(client.room_get_event(room_id, replied))
        except SendError:
            return False
        return bool(answer.event.sender == client.user_id)

    async def _content(self, room_id: str, event: Event) -> Content | None:
        """What somebody did in their private room."""
        address = event.sender
        if isinstance(event, MegolmEvent):
            return Unreadable("sealed")
        if isinstance(event, RedactionEvent):
            return Withdrawn(receipt_of(room_id, event.redacts))
        if isinstance(event, ReactionEvent):
            receipt = receipt_of(room_id, event.reacts_to)
            offer = await self._offers.of(address, receipt)
            action = offer.by_emoji(event.key) if offer else None
            return Pressed(action, receipt) if action else None
        content = content_of(room_id, event)
        if not isinstance(content, Typed):
            return content
        offer = (
            await self._offers.of(address, content.reply_to)
            if content.reply_to
            else await self._offers.latest(address)
        )
        action = offer.by_text(content.text) if offer else None
        return Pressed(action, offer.receipt) if offer and action else content

    async def _hear(
        self,
        room_id: str,
        event: Event,
        content: Content,
        hear: Hear,
        *,
        sender: str | None = None,
        group: bool = False,
    ) -> None:
        incoming = Incoming(
            key=event.event_id,
            sender=Address(self.name, sender or event.sender),
            at=self._clock(),
            content=content,
            group=Address(self.name, room_id) if group else None,
        )
        notice = await hear(incoming)
        if notice:  # there is no passing notice here; without a word nobody knows what became of it
            with suppress(SendError):
                await self.send(room_id, Outgoing(notice), f"{event.event_id}-notice", urgent=True)

    # -- the way out

    async def send(
        self,
        to: str,
        message: Outgoing,
        key: str,
        *,
        urgent: bool = False,
        still: Still = always,
    ) -> str | None:
        """Sends or edits; a repeat under the same key is the same event, and stands there once.

        `to` is a person, or a room (`!...`).
        """
        choices = choices_of(message.buttons)
        if message.replaces is not None:
            return await self._edit(to, message, choices, key, urgent=urgent, still=still)
        _, rooms = self._joined()
        room_id = to if to.startswith("!") else await self._private_room(rooms, to)

        async def say(content: Json, number: int) -> str:
            return await self._event(
                room_id, "m.room.message", content, f"{key}.{number}", urgent=urgent, still=still
            )

        *first, last = split(written(message.text, choices), TEXT_UNITS)
        for number, part in enumerate(first):
            await say(text_content(part), number)
        content = text_content(last)
        if message.picture is not None:
            name, png = message.picture.name, message.picture.draw()
            content = await self._attached(room_id, name, png, "image/png", last)
        elif message.file is not None:
            name, kind = message.file.name, MEDIA.get(Path(message.file.name).suffix, "")
            content = await self._attached(
                room_id, name, message.file.content, kind or "application/octet-stream", last
            )
        event_id = await say(content, len(first))
        receipt = receipt_of(room_id, event_id)
        if choices:
            await self._offers.keep(to, Offer(receipt, choices))
            self._sow(room_id, event_id, emoji_for(choices))
        return receipt

    async def _edit(
        self,
        to: str,
        message: Outgoing,
        choices: tuple[tuple[str, str], ...],
        key: str,
        *,
        urgent: bool,
        still: Still,
    ) -> str | None:
        receipt = message.replaces or ""
        event_id, _, mark = receipt.partition(" ")
        client, _ = self._joined()
        room_id = next((room for room in client.rooms if mark_of(room) == mark), None)
        text = split(written(message.text, choices), TEXT_UNITS)[0]
        await self._offers.keep(to, Offer(receipt, choices))
        if room_id is None:  # the room is over; what stood there may stand
            return None
        try:
            await self._event(
                room_id,
                "m.room.message",
                edit_content(event_id, text),
                f"{key}.edit",
                urgent=urgent,
                still=still,
            )
        except (Unreachable, Refused) as error:
            log.info("message not edited", error=str(error))
            return None
        if choices:
            self._sow(room_id, event_id, emoji_for(choices))
        return receipt

    async def _event(
        self, room_id: str, kind: str, content: Json, key: str, *, urgent: bool, still: Still
    ) -> str:
        client, _ = self._joined()

        async def attempt() -> Any:  # noqa: ANN401 - nio's own type
            room = client.rooms.get(room_id)
            if room is not None and room.encrypted and client.should_query_keys:
                await asked(client.keys_query())  # who is new here must be able to read it
            return await client.room_send(
                room_id, kind, content, tx_id=key, ignore_unverified_devices=True
            )

        answer = await self._in_turn(room_id, attempt, urgent=urgent, still=still)
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

        answer = await self._in_turn(room_id, attempt, urgent=True, still=always)
        uri = str(answer.content_uri)
        where: Json = {"file": {**(keys or {}), "url": uri}} if sealed else {"url": uri}
        return attachment_content(name, content, kind, caption, where)

    async def _in_turn(
        self, room_id: str, attempt: Callable[[], Any], *, urgent: bool, still: Still
    ) -> Any:  # noqa: ANN401
        """Asks for something until the homeserver does it, or nobody has to wait any more."""
        loop = asyncio.get_running_loop()
        until = loop.time() + PATIENCE
        while True:
            try:
                async with self._turn(room_id, urgent=urgent):
                    if not still():
                        raise CalledOff("it does not have to go out any more")
                    return await asked(attempt())
            except TooLong as error:
                if loop.time() > until:
                    raise NotNow(str(error), timedelta(seconds=error.seconds)) from error
                await asyncio.sleep(min(error.seconds, 1.0))
            except NotNow as error:
                if not error.after or loop.time() > until:
                    raise

    @asynccontextmanager
    async def _turn(self, room_id: str, *, urgent: bool) -> AsyncIterator[None]:
        async with self._pace.turn(room_id, urgent=urgent):
            try:
                yield
            except NotNow as error:
                if error.after:
                    self._pace.hold(room_id, error.after.total_seconds())
                raise

    async def _private_room(self, rooms: Rooms, user_id: str) -> str:
        room_id = await rooms.private_with(user_id)
        client, _ = self._joined()
        with suppress(TimeoutError):
            async with asyncio.timeout(ROOM_SECONDS):
                while room_id not in client.rooms:  # noqa: ASYNC110 - we are told in the next answer
                    await asyncio.sleep(0.05)
        return room_id

    # -- the reactions to tap on

    def _sow(self, room_id: str, event_id: str, emoji: list[str]) -> None:
        self._seeds.extend(Seed(room_id, event_id, one) for one in emoji)
        self._seeds_came.set()

    async def _seed(self) -> None:
        """Puts reactions under messages, whenever nothing else has to go out."""
        while True:
            if not self._seeds:
                self._seeds_came.clear()
                await self._seeds_came.wait()
            while self._pace.is_busy:  # noqa: ASYNC110 - it need not know at once
                await asyncio.sleep(SEED_PAUSE)
            seed = self._seeds.popleft()
            content = reaction_content(seed.event_id, seed.emoji)
            key = f"seed-{seed.event_id}-{seed.emoji}"
            try:
                await self._event(
                    seed.room_id, "m.reaction", content, key, urgent=False, still=always
                )
            except SendError as error:
                log.info("no reaction to tap on", error=str(error))

    async def trouble(self) -> str | None:
        """What the last answer of the homeserver was, if it was none."""
        return self._inbox.trouble if self._inbox is not None else self._trouble

    async def close(self) -> None:
        """Closes the connections."""
        await self._log_off()
