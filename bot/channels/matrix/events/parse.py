"""Parses Matrix events into `Incoming`, and decides which are for the bot."""

import re
from contextlib import suppress
from functools import partial
from typing import Protocol
from urllib.parse import unquote

from nio import (
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
from bot.channels.choices import Choices, PendingChoices
from bot.channels.field_types import checked_types
from bot.channels.matrix import NAME
from bot.channels.matrix.client.api import checked_response
from bot.channels.matrix.client.client import MatrixClient
from bot.channels.matrix.events.content import (
    attachment_in,
    content_of,
    decrypted_content,
    event_of,
    object_in,
    receipt_of,
    room_hash_of,
    thread_of,
)
from bot.channels.matrix.keys.verification import decline_in_room, is_request
from bot.channels.matrix.rooms.privacy import RoomKind
from bot.channels.matrix.rooms.rooms import Rooms
from bot.membership import (
    AddedToGroup,
    AddedToSpace,
    GroupMoved,
    Left,
    NotPrivate,
    RemovedFromGroup,
    SecondChat,
)
from bot.messages import (
    Address,
    Clock,
    Content,
    Deleted,
    FileUnavailable,
    Incoming,
    Outgoing,
    Pressed,
    Reacted,
    Typed,
    Unreadable,
)

CHANNEL = NAME
START = "/start"
QUOTED = re.compile(r"<mx-reply>.*?</mx-reply>", re.DOTALL)


class SendMessage(Protocol):
    """Sends a message to a person."""

    async def __call__(
        self, to: str, message: Outgoing, key: str, *, urgent: bool = False
    ) -> object:
        """As `Channel.send`."""
        ...


class EventParser:
    """Parses events, and passes what is for the bot to the handler.

    Args:
        client: logged in.
        rooms: the rooms that the bot is in.
        pending_choices: the choices of messages.
        clock: tells the present.
        handle: the handler.
        threads: in which thread something happens.
        send: sends a passing notice as a message, since Matrix has nothing else for it.
    """

    def __init__(
        self,
        client: MatrixClient,
        rooms: Rooms,
        pending_choices: PendingChoices,
        clock: Clock,
        handle: IncomingHandler,
        send: SendMessage,
    ) -> None:
        self._client, self._rooms, self._pending_choices = client, rooms, pending_choices
        self._clock, self._handle, self._send = clock, handle, send

    async def handle_departure(self, user: str, key: str) -> None:
        """Reports that somebody left their private room, or removed the bot from it."""
        await self._handle(Incoming(key, Address(CHANNEL, user), self._clock(), Left()))

    async def handle_removal(self, room_id: str, key: str) -> None:
        """Reports that the bot is not in a room any more, which matters if it was a group's."""
        bot, group = Address(CHANNEL, self._client.user_id), Address(CHANNEL, room_id)
        await self._handle(Incoming(key, bot, self._clock(), RemovedFromGroup(), group=group))

    async def handle_event(self, room_id: str, event: Event) -> None:
        """Handles one event in a room that the bot is in.

        Raises:
            SendError: the homeserver could not be asked for what is needed to understand it.
            UndecodableItem: a field has another type than it should.
        """
        if isinstance(event, RoomUpgradeEvent):
            if self._rooms.person_in(room_id) is None:
                moved = GroupMoved(event.replacement_room)
                await self._hand_over(room_id, event, moved, group=True)
            await self._rooms.follow(room_id, event.replacement_room, event.sender)
            return
        if isinstance(event, RoomMemberEvent):
            await self._on_member(room_id, event)
            return
        person = self._rooms.person_in(room_id)
        if not self._rooms.is_allowed(event.sender):
            return
        if is_request(event):
            await decline_in_room(self._client, room_id, event)
        elif person is None:
            await self._on_group(room_id, event)
        elif person == event.sender:
            await self._rooms.record_use(person, room_id)
            if (content := await self._private_content(room_id, event)) is not None:
                await self._hand_over(room_id, event, content)

    async def _on_member(self, room_id: str, event: RoomMemberEvent) -> None:
        """Handles the bot's own joining, with which a conversation begins on Matrix."""
        is_invited_in = event.membership == "join" and event.prev_membership == "invite"
        if event.state_key != self._client.user_id or not is_invited_in:
            return
        await self._rooms.record_invitation(room_id, event)
        if room_id in self._rooms.followed:
            return
        kind, person = self._rooms.kind(room_id), self._rooms.only_other(room_id)
        if kind is RoomKind.SPACE:
            await self._hand_over(room_id, event, AddedToSpace(), group=True)
        elif person is None or kind is None or not kind.is_for_one_person:
            await self._hand_over(room_id, event, AddedToGroup(), group=True)
        elif self._rooms.is_allowed(person):
            await self._begin(room_id, event, person, kind)

    async def _begin(
        self, room_id: str, event: RoomMemberEvent, person: str, kind: RoomKind
    ) -> None:
        """Begins the conversation with somebody in the room that they opened, or in another."""
        if kind is not RoomKind.PRIVATE:
            await self._explain(room_id, event, person)
        elif self._rooms.known_with(person) != room_id:
            await self._hand_over(room_id, event, SecondChat(), sender=person, group=True)
        else:
            await self._hand_over(room_id, event, _start(room_id, event), sender=person)

    async def _on_group(self, room_id: str, event: Event) -> None:
        """Handles an event in a room that is not private.

        The bot listens there only if it is addressed, or if somebody thinks that it is private.
        """
        content = content_of(room_id, event)
        if self._rooms.is_thought_private(room_id, event.sender):
            if isinstance(event, RedactionEvent):
                # What was deleted may be a reflection from when the room was private. Without this
                # it would stay in the database. The answer goes to a room that is private now.
                await self._hand_over(room_id, event, _deleted(room_id, event))
                return
            is_explained = self._rooms.was_explained(room_id, self._clock())
            if content is not None and not is_explained:
                await self._explain(room_id, event, event.sender)
                return
        if not isinstance(content, Typed):
            return
        if content.text.strip().lower() == START:
            await self._explain(room_id, event, event.sender)
        elif await self._is_meant(room_id, event, content):
            await self._hand_over(room_id, event, content, group=True)

    async def _explain(self, room_id: str, event: Event, person: str) -> None:
        """Says that a room is not private, and begins a conversation in one that is.

        The greeting opens that room, and invites the person, because it is addressed to them.
        """
        is_new = self._rooms.known_with(person) is None
        await self._hand_over(room_id, event, NotPrivate(), sender=person, group=True)
        if is_new:
            start = _start(room_id, event)
            await self._hand_over(room_id, event, start, sender=person, suffix="-start")
        self._rooms.record_explanation(room_id, self._clock())

    async def _is_meant(self, room_id: str, event: Event, content: Typed) -> bool:
        is_addressed = is_mentioned(self._client.user_id, event, content)
        if content.text.startswith("/") or is_addressed:
            return True
        if content.reply_to is None:
            return False
        replied, _ = event_of(content.reply_to)
        try:
            answer = await checked_response(self._client.room_get_event(room_id, replied))
        except Unreachable:  # from before the bot joined
            return False
        return bool(answer.event.sender == self._client.user_id)

    async def _private_content(self, room_id: str, event: Event) -> Content | None:
        """Returns what somebody did in their private room; None: nothing for the bot."""
        address = event.sender
        if isinstance(event, MegolmEvent):
            return Unreadable("sealed")
        if isinstance(event, RedactionEvent):
            return _deleted(room_id, event)
        if isinstance(event, ReactionEvent):
            receipt = receipt_of(room_id, event.reacts_to)
            choices = await self._pending_choices.of(address, receipt)
            action = choices.by_text(event.key) if choices else None
            return Pressed(action, receipt) if action else Reacted(event.key, receipt)
        if isinstance(event, RoomMessageFile | RoomEncryptedFile):
            return attachment_in(room_id, event, partial(self._download, event))
        content = content_of(room_id, event)
        if not isinstance(content, Typed):
            return content
        thread, choices = thread_of(room_id, event), None
        if content.reply_to:
            choices = await self._pending_choices.of(address, content.reply_to)
        if choices is None and thread is not None:
            choices = await self._choices_in_thread(address, room_id, thread)
        elif not content.reply_to:
            choices = await self._pending_choices.latest(address, room_hash_of(room_id))
        action = choices.by_text(content.text) if choices else None
        return Pressed(action, choices.receipt) if choices and action else content

    async def _choices_in_thread(self, address: str, room_id: str, thread: str) -> Choices | None:
        """Returns what a number in a thread stands for: choices of its first message, or the last.

        Raises:
            SendError: the homeserver could not be asked.
        """
        choices = await self._pending_choices.of(address, thread)
        if choices is not None:
            return choices
        latest = await self._pending_choices.latest(address, room_hash_of(room_id))
        if latest is None:
            return None
        event_id, _ = event_of(latest.receipt)
        try:
            answer = await checked_response(self._client.room_get_event(room_id, event_id))
        except Unreachable:  # it is gone
            return None
        return latest if thread_of(room_id, answer.event) == thread else None

    async def _download(self, event: RoomMessageFile | RoomEncryptedFile) -> bytes:
        """Returns the file of an event, decrypted if it was encrypted."""
        try:
            answer = await checked_response(self._client.download(event.url))
            return decrypted_content(event, answer.body)
        except (SendError, EncryptionError) as error:
            raise FileUnavailable(str(error)) from error

    async def _hand_over(
        self,
        room_id: str,
        event: Event,
        content: Content,
        *,
        sender: str | None = None,
        group: bool = False,
        suffix: str = "",
    ) -> None:
        """Passes one action of somebody to the handler, and sends the notice it returns.

        Args:
            room_id: the room.
            event: what happened there.
            content: the action, translated.
            sender: who did it; None: the sender of the event.
            group: whether the room is a group chat.
            suffix: makes the key unique when one event leads to two actions.
        """
        sender_id, room = sender or event.sender, self._client.rooms.get(room_id)
        thread = await self._client.threads.of(self._client, room_id, event)
        incoming = Incoming(
            key=f"{event.event_id}{suffix}",
            sender=Address(CHANNEL, sender_id),
            at=self._clock(),
            content=content,
            group=Address(CHANNEL, room_id) if group else None,
            name=room.user_name(sender_id) if room else None,
            thread=thread,
            room=None if group else room_id,
        )
        notice = await self._handle(checked_types(incoming))
        if notice:  # Matrix has no passing notices, and without any the press seems to do nothing
            with suppress(SendError):
                await self._send(
                    sender_id,
                    Outgoing(notice, thread=thread, room=incoming.room),
                    f"{event.event_id}-notice",
                    urgent=True,
                )


def _start(room_id: str, event: Event) -> Typed:
    """Returns what somebody would have typed who lets the bot in."""
    return Typed(START, receipt_of(room_id, event.event_id))


def _deleted(room_id: str, event: RedactionEvent) -> Deleted:
    """Returns the deletion of a message."""
    return Deleted(receipt_of(room_id, event.redacts))


def is_mentioned(user_id: str, event: Event, content: Typed) -> bool:
    """Returns whether a text in a room mentions this user."""
    raw = object_in(event.source, "content")
    mentioned = object_in(raw, "m.mentions").get("user_ids")
    formatted = QUOTED.sub("", unquote(str(raw.get("formatted_body", ""))))
    is_listed = isinstance(mentioned, list) and user_id in mentioned
    return is_listed or user_id in content.text or user_id in formatted


def is_said_to_others(user_id: str, room_id: str, event: Event) -> bool:
    """Returns whether an event in a group is certainly not for the bot, without asking anybody.

    An event that is still encrypted may be, and so may a reply, perhaps to a message of the bot.
    """
    if isinstance(event, MegolmEvent | RoomMemberEvent | RoomUpgradeEvent) or is_request(event):
        return False
    content = content_of(room_id, event)
    if not isinstance(content, Typed):
        return True
    is_addressed = content.text.startswith("/") or is_mentioned(user_id, event, content)
    return not (is_addressed or content.reply_to)
