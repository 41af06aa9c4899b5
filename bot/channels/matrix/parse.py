"""What was said on Matrix, and to whom: events become `Incoming`."""

import re
from contextlib import suppress
from functools import partial
from typing import Protocol
from urllib.parse import unquote

from nio import (
    AsyncClient,
    Event,
    MegolmEvent,
    ReactionEvent,
    RedactionEvent,
    RoomEncryptedFile,
    RoomMemberEvent,
    RoomMessageFile,
    RoomUpgradeEvent,
)
from nio.exceptions import EncryptionError

from bot.channels.base import IncomingHandler, SendError, Unreachable
from bot.channels.choices import PendingChoices
from bot.channels.matrix.api import checked_response
from bot.channels.matrix.content import (
    Json,
    attachment_in,
    content_of,
    decrypted_content,
    event_of,
    receipt_of,
)
from bot.channels.matrix.rooms import Rooms
from bot.messages import (
    AddedToGroup,
    Address,
    Clock,
    Content,
    Deleted,
    FileUnavailable,
    GroupMoved,
    Incoming,
    Left,
    Outgoing,
    Pressed,
    Reacted,
    RemovedFromGroup,
    Typed,
    Unreadable,
)

CHANNEL = "matrix"
QUOTED = re.compile(r"<mx-reply>.*?</mx-reply>", re.DOTALL)


class SendTo(Protocol):
    """Sends a message to a person."""

    async def __call__(
        self, to: str, message: Outgoing, key: str, *, urgent: bool = False
    ) -> object:
        """As `Channel.send`."""
        ...


class EventParser:
    """Makes out what an event means, and hands it over.

    Args:
        client: logged in.
        rooms: which room is whose.
        offers: what was offered.
        clock: tells the present.
        handle: where everything goes.
        say: brings a passing notice, for which there is no other place here.
    """

    def __init__(
        self,
        client: AsyncClient,
        rooms: Rooms,
        offers: PendingChoices,
        clock: Clock,
        handle: IncomingHandler,
        say: SendTo,
    ) -> None:
        self._client, self._rooms, self._offers = client, rooms, offers
        self._clock, self._handle, self._say = clock, handle, say

    async def left(self, user: str, key: str) -> None:
        """Somebody left their private room, or put the bot out of it."""
        await self._handle(Incoming(key, Address(CHANNEL, user), self._clock(), Left()))

    async def put_out(self, room_id: str, key: str) -> None:
        """The bot is not in a room any more; if it was a group's, nothing goes there."""
        us, group = Address(CHANNEL, self._client.user_id), Address(CHANNEL, room_id)
        await self._handle(Incoming(key, us, self._clock(), RemovedFromGroup(), group=group))

    async def event(self, room_id: str, event: Event) -> None:
        """Deals with one event in a room that the bot is in.

        Raises:
            SendError: the homeserver could not be asked what it takes to understand it.
        """
        if isinstance(event, RoomUpgradeEvent):
            if self._rooms.person_in(room_id) is None:
                moved = GroupMoved(event.replacement_room)
                await self._tell(room_id, event, moved, group=True)
            await self._rooms.follow(room_id, event.replacement_room, event.sender)
            return
        person = self._rooms.person_in(room_id)
        if isinstance(event, RoomMemberEvent):
            await self._on_member(room_id, event, person)
        elif not self._rooms.is_allowed(event.sender):
            return
        elif person is None:
            await self._on_group(room_id, event)
        elif person == event.sender:
            await self._rooms.used(person, room_id)
            if (content := await self._content(room_id, event)) is not None:
                await self._tell(room_id, event, content)

    async def _on_member(self, room_id: str, event: RoomMemberEvent, person: str | None) -> None:
        """The bot itself came in: that is how a conversation begins here."""
        came = event.membership == "join" and event.prev_membership == "invite"
        if event.state_key != self._client.user_id or not came:
            return
        if room_id in self._rooms.followed:
            if person is not None:
                await self._rooms.used(person, room_id)
        elif person is None:
            await self._tell(room_id, event, AddedToGroup(), group=True)
        elif self._rooms.is_allowed(person):
            await self._rooms.used(person, room_id)
            start = Typed("/start", receipt_of(room_id, event.event_id))
            await self._tell(room_id, event, start, sender=person)

    async def _on_group(self, room_id: str, event: Event) -> None:
        """In a group the bot listens only when it is spoken to."""
        content = content_of(room_id, event)
        if isinstance(content, Typed) and await self._is_meant(room_id, event, content):
            await self._tell(room_id, event, content, group=True)

    async def _is_meant(self, room_id: str, event: Event, content: Typed) -> bool:
        if content.text.startswith("/") or self._is_mentioned(event, content):
            return True
        if content.reply_to is None:
            return False
        replied, _ = event_of(content.reply_to)
        try:
            answer = await checked_response(self._client.room_get_event(room_id, replied))
        except Unreachable:  # from before the bot came in
            return False
        return bool(answer.event.sender == self._client.user_id)

    def _is_mentioned(self, event: Event, content: Typed) -> bool:
        raw: Json = event.source.get("content", {})
        own = self._client.user_id
        mentioned = (raw.get("m.mentions") or {}).get("user_ids", [])
        shown = QUOTED.sub("", unquote(str(raw.get("formatted_body", ""))))
        return own in mentioned or own in content.text or own in shown

    async def _content(self, room_id: str, event: Event) -> Content | None:
        """What somebody did in their private room."""
        address = event.sender
        if isinstance(event, MegolmEvent):
            return Unreadable("sealed")
        if isinstance(event, RedactionEvent):
            return Deleted(receipt_of(room_id, event.redacts))
        if isinstance(event, ReactionEvent):
            receipt = receipt_of(room_id, event.reacts_to)
            offer = await self._offers.of(address, receipt)
            action = offer.by_emoji(event.key) if offer else None
            return Pressed(action, receipt) if action else Reacted(event.key, receipt)
        if isinstance(event, RoomMessageFile | RoomEncryptedFile):
            return attachment_in(event, partial(self._download, event))
        content = content_of(room_id, event)
        if not isinstance(content, Typed):
            return content
        if content.reply_to:
            offer = await self._offers.of(address, content.reply_to)
        else:
            offer = await self._offers.latest(address)
        action = offer.by_text(content.text) if offer else None
        return Pressed(action, offer.receipt) if offer and action else content

    async def _download(self, event: RoomMessageFile | RoomEncryptedFile) -> bytes:
        """The file that an event speaks of, opened if it was sealed."""
        try:
            answer = await checked_response(self._client.download(event.url))
            return decrypted_content(event, answer.body)
        except (SendError, EncryptionError) as error:
            raise FileUnavailable(str(error)) from error

    async def _tell(
        self,
        room_id: str,
        event: Event,
        content: Content,
        *,
        sender: str | None = None,
        group: bool = False,
    ) -> None:
        who, room = sender or event.sender, self._client.rooms.get(room_id)
        incoming = Incoming(
            key=event.event_id,
            sender=Address(CHANNEL, who),
            at=self._clock(),
            content=content,
            group=Address(CHANNEL, room_id) if group else None,
            name=room.user_name(who) if room else None,
        )
        notice = await self._handle(incoming)
        if notice:  # there is no passing notice here; without a word nobody knows what became of it
            with suppress(SendError):
                await self._say(who, Outgoing(notice), f"{event.event_id}-notice", urgent=True)
