"""The people who talk with the bot on Matrix: real clients, and what they see in their rooms."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol

from nio import (
    AsyncClientConfig,
    ErrorResponse,
    Event,
    MegolmEvent,
    ReactionEvent,
    RedactionEvent,
    RoomEncryptedMedia,
    RoomMessage,
    RoomMessageMedia,
    SyncResponse,
)
from nio.crypto.attachments import decrypt_attachment

from bot.channels.base import UndecodableItem
from bot.channels.matrix.client.client import MatrixClient
from bot.channels.matrix.keys.key_store import KeyStore
from tests.support.matrix.seen import Seen
from tests.support.telegram.people import Bell

PASSWORD = "geheim genoeg"
# What comes within this time comes in one answer: a burst of reactions, receipts and typing notices
# costs the homeserver and this client as much for each answer as for all of it together.
BETWEEN_SYNCS_SECONDS = 0.03
# A burst that is longer than Synapse's own limit of ten would have a gap.
FILTER = {"room": {"timeline": {"limit": 100}}}
ENCRYPTION = {
    "type": "m.room.encryption",
    "state_key": "",
    "content": {"algorithm": "m.megolm.v1.aes-sha2"},
}


class Homeserver(Protocol):
    """Where a client connects to."""

    @property
    def url(self) -> str: ...  # noqa: D102


class MatrixPerson:
    """Somebody with a client, on a device of its own; a second one is a second device of theirs.

    Args:
        server: where their account is.
        user_id: theirs.
        bot: the user id of the bot.
        folder: for the keys of this device.
    """

    def __init__(self, server: Homeserver, user_id: str, bot: str, folder: Path) -> None:
        self.user_id, self.bot = user_id, bot
        self.room = ""
        self.seen: list[Seen] = []
        self.unopened: list[tuple[str, MegolmEvent]] = []
        self._news: list[Seen] = []
        self._read = 0
        self._bell = Bell()
        self._reactions: dict[str, dict[tuple[str, str], None]] = {}
        folder.mkdir(parents=True, exist_ok=True)
        config = AsyncClientConfig(store=KeyStore, encryption_enabled=True)
        # It survives what this person sends to harm the bot, where the library's own does not.
        self.client = MatrixClient(server.url, user_id, store_path=str(folder), config=config)
        self._syncing: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def online(self) -> AsyncIterator["MatrixPerson"]:
        """Logged in on this device and listening, until the end of the block."""
        await well(self.client.login(PASSWORD, device_name="telefoon"))
        await self._once(full_state=True)
        self._syncing = asyncio.create_task(self._sync())
        try:
            yield self
        finally:
            self._syncing.cancel()
            with suppress(asyncio.CancelledError):
                await self._syncing
            await self.client.close()
            if self.client.store is not None:
                self.client.store.database.close()

    async def _sync(self) -> None:
        while True:
            try:
                await self._once(timeout=10_000)
                await asyncio.sleep(BETWEEN_SYNCS_SECONDS)
            except (OSError, TimeoutError, AssertionError):  # the homeserver is being restarted
                await asyncio.sleep(0.2)

    async def _once(self, timeout: int = 0, *, full_state: bool = False) -> None:
        answer = await self.client.sync(timeout, FILTER, full_state=full_state)
        if not isinstance(answer, SyncResponse):
            raise AssertionError(str(answer))
        for room_id, info in answer.rooms.join.items():
            for event in info.timeline.events:
                self._on(room_id, event)
        self._open_again()
        if self.client.should_upload_keys:
            await self.client.keys_upload()
        if self.client.should_query_keys:
            await self.client.keys_query()
        if self.client.should_claim_keys:
            await self.client.keys_claim(self.client.get_users_for_key_claiming())
        await self.client.send_to_device_messages()
        self._bell.ring()

    def _open_again(self) -> None:
        """Tries what could not be opened once more: its key may have come."""
        waiting, self.unopened = self.unopened, []
        for room_id, event in waiting:
            event.room_id = room_id
            with suppress(UndecodableItem):
                opened = self.client.decrypted(event)
                if opened is None:
                    self.unopened.append((room_id, event))
                else:
                    self._on(room_id, opened)

    def _on(self, room_id: str, event: Event) -> None:
        if isinstance(event, MegolmEvent):
            self.unopened.append((room_id, event))
        elif isinstance(event, ReactionEvent):
            about = self._find(event.reacts_to)
            known = self._reactions.setdefault(event.reacts_to, {})
            known[event.key, event.sender] = None
            if about is not None:
                about.reactions |= known
        elif isinstance(event, RedactionEvent):
            if (about := self._find(event.redacts)) is not None:
                about.redacted = True
        elif isinstance(event, RoomMessage | RoomMessageMedia | RoomEncryptedMedia):
            self._on_message(room_id, event)

    def _on_message(self, room_id: str, event: Event) -> None:
        content = event.source["content"]
        relation = content.get("m.relates_to")
        if isinstance(relation, dict) and relation.get("rel_type") == "m.replace":
            about = self._find(relation.get("event_id"))
            # One that could not be opened at first may come after a later one, and changes nothing.
            if about is not None and event.server_timestamp >= about.edited_at:
                about.edited_at = event.server_timestamp
                new = content["m.new_content"]
                about.text, about.html = new["body"], new.get("formatted_body")
                about.edits += 1
                self._news.append(about)
            return
        seen = Seen(
            event.event_id,
            room_id,
            event.sender,
            content.get("body", ""),
            content.get("msgtype", ""),
            content,
            bool(event.decrypted),
            content.get("formatted_body"),
            reactions=dict(self._reactions.get(event.event_id, {})),
        )
        self.seen.append(seen)
        self._news.append(seen)

    def _find(self, event_id: object) -> Seen | None:
        return next((seen for seen in self.seen if seen.id == event_id), None)

    # -- what they do

    async def invites(self, *, sealed: bool) -> str:
        """Opens a room for the two of them, and invites the bot to it."""
        answer = await well(
            self.client.room_create(
                is_direct=True, invite=[self.bot], initial_state=[ENCRYPTION] if sealed else []
            )
        )
        self.room = answer.room_id
        await self.until(lambda: self.room in self.client.rooms)
        return self.room

    async def opens(self, *, sealed: bool, **options: Any) -> str:  # noqa: ANN401 - as nio has them
        """Opens a room of any kind with the bot; its id."""
        state = [ENCRYPTION] if sealed else []
        answer = await well(
            self.client.room_create(invite=[self.bot], initial_state=state, **options)
        )
        await self.until(lambda: answer.room_id in self.client.rooms)
        return str(answer.room_id)

    async def changes(self, room: str, kind: str, **content: Any) -> None:  # noqa: ANN401
        """Changes the state of a room."""
        await well(self.client.room_put_state(room, kind, content))

    async def accepts(self) -> str:
        """Comes into the one room that the bot invited them to; its id."""
        await self.until(lambda: self.client.invited_rooms)
        [room] = self.client.invited_rooms
        await well(self.client.join(room))
        await self.until(lambda: self.user_id in self.joined(room))
        return str(room)

    async def makes_group(self, others: Sequence[str], *, sealed: bool = False) -> str:
        """Opens a room for more people, the bot among them."""
        answer = await well(
            self.client.room_create(
                name="Team", invite=[*others], initial_state=[ENCRYPTION] if sealed else []
            )
        )
        await self.until(lambda: answer.room_id in self.client.rooms)
        return str(answer.room_id)

    async def kicks_bot(self, room: str) -> None:
        """Puts the bot out of a room."""
        await well(self.client.room_kick(room, self.bot))

    async def knows_device(self, folder: Path) -> None:
        """Waits until their client knows the device that the bot has now."""
        device = json.loads((folder / "device.json").read_text())["device_id"]
        known = self.client.device_store
        await self.until(lambda: device in known[self.bot])

    async def bot_is_in(self, room: str | None = None) -> None:
        """Waits until the bot has come in."""
        where = room or self.room
        await self.until(lambda: self.bot in self.joined(where))

    def joined(self, room: str) -> set[str]:
        """Who is in a room."""
        found = self.client.rooms.get(room)
        return set() if found is None else set(found.users) - set(found.invited_users)

    async def sends_file(self, name: str, content: bytes) -> None:
        """Sends a file to their room, sealed where the room is."""
        sealed = self.client.rooms[self.room].encrypted
        answer, keys = await self.client.upload(
            lambda *_: BytesIO(content),
            "application/octet-stream",
            name,
            encrypt=sealed,
            filesize=len(content),
        )
        uri = answer.content_uri
        where = {"file": {**(keys or {}), "url": uri}} if sealed else {"url": uri}
        said = {"msgtype": "m.file", "filename": name, "info": {"size": len(content)}, **where}
        await self.types(name, **said)

    async def types(self, text: str, room: str | None = None, **content: Any) -> str:  # noqa: ANN401
        """Sends a text; the id of its event."""
        return await self._send(
            "m.room.message", {"msgtype": "m.text", "body": text, **content}, room
        )

    async def sends(self, kind: str, content: dict[str, Any]) -> str:
        """Sends an event of any kind to their room; its id."""
        return await self._send(kind, content, None)

    def typing_users(self) -> list[str]:
        """Who is writing in their room."""
        return list(self.client.rooms[self.room].typing_users)

    def read_by_bot(self, thread: str = "main") -> str | None:
        """The id of the event up to which the bot marked their room as read; None: it did not.

        Args:
            thread: the id of the message under which the thread is.
        """
        receipts = self.client.rooms[self.room].threaded_read_receipts.get(self.bot, {})
        receipt = receipts.get(thread)
        return None if receipt is None else str(receipt.event_id)

    async def replies(self, to: Seen, text: str) -> str:
        """Replies to a message, with the quotation that older clients put above it."""
        body = f"> <{to.sender}> {to.first_line}\n\n{text}"
        relation = {"m.in_reply_to": {"event_id": to.id}}
        return await self.types(body, to.room, **{"m.relates_to": relation})

    async def types_in_thread(self, root: Seen, text: str) -> str:
        """Sends a text in the thread under a message, as Element does."""
        fallback = {"is_falling_back": True, "m.in_reply_to": {"event_id": root.id}}
        relation = {"rel_type": "m.thread", "event_id": root.id, **fallback}
        return await self.types(text, root.room, **{"m.relates_to": relation})

    async def edits(self, event_id: str, text: str) -> str:
        """Changes a text of theirs."""
        new = {"msgtype": "m.text", "body": text}
        relation = {"rel_type": "m.replace", "event_id": event_id}
        more: dict[str, Any] = {"m.new_content": new, "m.relates_to": relation}
        return await self.types(f"* {text}", **more)

    async def reacts(self, to: Seen, emoji: str) -> str:
        """Puts a reaction under a message."""
        relation = {"rel_type": "m.annotation", "event_id": to.id, "key": emoji}
        return await self._send("m.reaction", {"m.relates_to": relation}, to.room)

    async def redacts(self, event_id: str) -> None:
        """Takes a message back."""
        await well(self.client.room_redact(self.room, event_id))

    async def leaves(self) -> None:
        """Leaves the room for the two of them."""
        await well(self.client.room_leave(self.room))

    async def upgrades(self) -> str:
        """Upgrades that room to another version, and follows."""
        answer = await self.client.send(
            "POST",
            f"/_matrix/client/v3/rooms/{self.room}/upgrade",
            '{"new_version": "11"}',
            {"Authorization": f"Bearer {self.client.access_token}"},
        )
        self.room = (await answer.json())["replacement_room"]
        await self.until(lambda: self.room in self.client.rooms)
        await well(self.client.room_invite(self.room, self.bot))
        return self.room

    async def _send(self, kind: str, content: dict[str, Any], room: str | None) -> str:
        answer = await well(
            self.client.room_send(room or self.room, kind, content, ignore_unverified_devices=True)
        )
        return str(answer.event_id)

    # -- what they see

    async def receives(self, words: str, timeout: float = 10) -> Seen:
        """The first message of the bot with these words that they had not read yet; now they have.

        A message that was changed is news again.
        """
        found: list[Seen] = []

        def look() -> bool:
            for number in range(self._read, len(self._news)):
                seen = self._news[number]
                if seen.sender == self.bot and words in seen.text:
                    self._read = number + 1
                    found.append(seen)
                    return True
            return False

        if not await self._bell.until(look, timeout):
            raise AssertionError(f"no {words!r} within {timeout:g} s.\n{self.transcript()}")
        return found[0]

    async def receives_new(self, words: str, known: Sequence[Seen]) -> Seen:
        """The same, but none of the known messages, which may have been changed since."""
        seen = await self.receives(words)
        while any(seen is one for one in known):
            seen = await self.receives(words)
        return seen

    async def until(self, holds: Any, timeout: float = 10) -> None:  # noqa: ANN401
        """Waits until something holds."""
        if not await self._bell.until(holds, timeout):
            raise AssertionError(f"it does not hold within {timeout:g} s.\n{self.transcript()}")

    async def sees_reactions(self, about: Seen, emoji: Sequence[str]) -> None:
        """Waits until the bot has put these under its message."""
        wanted = {(one, self.bot) for one in emoji}
        await self.until(lambda: wanted <= about.reactions.keys())

    async def picture(self, seen: Seen) -> bytes:
        """The bytes of a picture or file, opened if it was sealed."""
        file = seen.content.get("file")
        url = file["url"] if file else seen.content["url"]
        answer = await well(self.client.download(url))
        if not file:
            return bytes(answer.body)
        key, digest = file["key"]["k"], file["hashes"]["sha256"]
        return bytes(decrypt_attachment(answer.body, key, digest, file["iv"]))

    def from_bot(self) -> list[Seen]:
        """All that the bot said."""
        return [seen for seen in self.seen if seen.sender == self.bot]

    def transcript(self) -> str:
        """The conversation, a line each."""
        lines = [f"{seen.sender}: {seen.text!r} {sorted(seen.reactions)}" for seen in self.seen]
        return "\n".join([*lines, f"not opened: {len(self.unopened)}"])


async def well(call: Any) -> Any:  # noqa: ANN401
    """What a call gives, which must not be an error."""
    answer = await call
    if isinstance(answer, ErrorResponse):
        raise AssertionError(str(answer))
    return answer
