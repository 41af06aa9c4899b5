"""People with Element: matrix-js-sdk and its Rust crypto, in a process of Node."""

import asyncio
import base64
import json
import re
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.matrix.people import ENCRYPTION, PASSWORD
from tests.support.matrix.synapse import Synapse
from tests.support.telegram.people import Bell

PATIENCE = 20.0
LINE_BYTES = 2**22
SCRIPTS = ("player.mjs", "device.mjs")


@dataclass
class Message:
    """An event in a room, as Element has it now.

    Attributes:
        sealed: whether it came encrypted.
        failure: why it could not be opened; None when it was opened or came in the clear.
        session: the key that it was sealed with; None when it came in the clear.
        edits: how often it was changed.
    """

    id: str
    room: str
    sender: str
    type: str
    content: dict[str, Any]
    relation: dict[str, Any]
    sealed: bool
    failure: str | None
    session: str | None
    edits: int = 0
    text: str = field(init=False)

    def __post_init__(self) -> None:
        self.text = str(self.content.get("body", ""))

    @property
    def thread(self) -> str | None:
        """The id of the event whose thread it is in."""
        in_thread = self.relation.get("rel_type") == "m.thread"
        return self.relation.get("event_id") if in_thread else None

    @classmethod
    def of(cls, event: dict[str, Any]) -> "Message":
        """The message that the player reported."""
        return cls(
            id=event["id"],
            room=event["room"],
            sender=event["sender"],
            type=event["type"],
            content=event["content"],
            relation=_relation(event),
            sealed=event["wire"] == "m.room.encrypted",
            failure=event["failure"],
            session=event["session"],
        )


class Player:
    """The process that runs every device of a test.

    Args:
        process: Node with `player.mjs`.
    """

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._devices: dict[str, Element] = {}
        self._numbers = iter(range(1_000_000))
        self.log = ""

    async def read(self) -> None:
        """Hands out what the player says, until it ends."""
        assert self._process.stdout is not None
        try:
            async for line in self._process.stdout:
                said = json.loads(line)
                if "device" in said:
                    self._devices[said["device"]].take(said)
                else:
                    self._answers.pop(said["id"]).set_result(said)
        finally:  # whoever waits for an answer will not get one
            for waiting in self._answers.values():
                waiting.set_exception(AssertionError(f"the player ended.\n{self.log[-3000:]}"))

    async def read_log(self) -> None:
        """Keeps what the library logs, for a test that fails."""
        assert self._process.stderr is not None
        async for line in self._process.stderr:
            self.log += line.decode(errors="replace")

    def add(self, device: "Element") -> None:
        """Has a device take what it sees."""
        self._devices[device.name] = device

    async def has(self, device: str, what: str, **given: Any) -> Any:  # noqa: ANN401
        """Has a device do something; what came of it.

        Raises:
            AssertionError: the library refused it, with its reason.
        """
        assert self._process.stdin is not None
        number = next(self._numbers)
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        command = {"id": number, "device": device, "do": what, "with": given}
        self._process.stdin.write(f"{json.dumps(command)}\n".encode())
        await self._process.stdin.drain()
        async with asyncio.timeout(60):
            said = await answer
        assert "error" not in said, f"{device} cannot {what}: {said['error']}"
        return said["result"]


@asynccontextmanager
async def playing(node: str, folder: Path) -> AsyncIterator[Player]:
    """A player, until the end of the block; `folder` has the scripts and their modules."""
    process = await asyncio.create_subprocess_exec(
        node,
        str(folder / SCRIPTS[0]),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=LINE_BYTES,
    )
    player = Player(process)
    reading = [asyncio.create_task(player.read()), asyncio.create_task(player.read_log())]
    try:
        yield player
    finally:
        assert process.stdin is not None
        process.stdin.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(5):
                await process.wait()
        if process.returncode is None:
            process.kill()
            await process.wait()
        await asyncio.gather(*reading)


class Element:
    """A device of a person, and what they see in their rooms.

    Args:
        player: runs it.
        server: where their account is.
        user_id: theirs.
        bot: the user id of the bot.
        strict: whether they turned on "exclude insecure devices".
    """

    def __init__(
        self, player: Player, server: Synapse, user_id: str, bot: str, *, strict: bool = False
    ) -> None:
        self.name, self.user_id, self.bot = secrets.token_hex(4), user_id, bot
        self.room = self.device_id = ""
        self.messages: dict[str, Message] = {}
        self.reactions: set[tuple[str, str, str]] = set()
        self.redacted: set[str] = set()
        self.typing: list[str] = []
        self.receipts: set[tuple[str, str]] = set()
        self.members: dict[str, dict[str, str]] = {}
        self.invitations: list[str] = []
        self.verifications: dict[str, list[str]] = {}
        self.cancelled: dict[str, str | None] = {}
        self._player, self._server, self._strict = player, server, strict
        self._unread: list[Message] = []
        self._opened: set[str] = set()
        self._bell = Bell()
        player.add(self)

    async def begins(self) -> "Element":
        """Logs in, signs this device with the account, and syncs."""
        self.device_id = await self._does(
            "login",
            url=self._server.url,
            user=self.user_id,
            password=PASSWORD,
            strict=self._strict,
        )
        return self

    async def _does(self, what: str, **given: Any) -> Any:  # noqa: ANN401
        return await self._player.has(self.name, what, **given)

    # -- what the player reports

    def take(self, seen: dict[str, Any]) -> None:
        """Takes in what this device saw."""
        match seen["kind"]:
            case "event":
                self._on_event(seen["event"])
            case "typing" if seen["typing"] and seen["user"] == self.bot:
                self.typing.append(seen["room"])
            case "receipt":
                self._on_receipt(seen["content"])
            case "own" if seen["membership"] == "invite":
                self.invitations.append(seen["room"])
            case "member":
                there = self.members.setdefault(seen["room"], {})
                there[seen["user"]] = seen["membership"]
            case "verification":
                self.verifications.setdefault(seen["request"], []).append(seen["phase"])
                self.cancelled[seen["request"]] = seen["reason"]
        self._bell.ring()

    def _on_receipt(self, content: dict[str, Any]) -> None:
        for event, kinds in content.items():
            self.receipts |= {(event, user) for user in kinds.get("m.read", {})}

    def _on_event(self, event: dict[str, Any]) -> None:
        relation = _relation(event)
        if event["type"] == "m.reaction":
            about, key = str(relation.get("event_id")), str(relation.get("key"))
            self.reactions.add((about, key, event["sender"]))
        elif event["type"] == "m.room.redaction":
            self.redacted.add(event["redacts"])
        elif event["stateKey"] is not None or event["id"] in self._opened:
            return
        elif relation.get("rel_type") == "m.replace":
            self._on_edit(event, relation)
        else:
            message = Message.of(event)
            self.messages[message.id] = message
            if message.failure is None:
                self._unread.append(message)
        if event["failure"] is None:  # otherwise it comes again, when its key has come
            self._opened.add(event["id"])

    def _on_edit(self, event: dict[str, Any], relation: dict[str, Any]) -> None:
        about, new = self.messages.get(relation["event_id"]), event["content"].get("m.new_content")
        if about is None or new is None:
            return
        about.text, about.edits = new["body"], about.edits + 1
        self._unread.append(about)

    # -- what they do

    async def invites(self, *, sealed: bool = True, **options: Any) -> str:  # noqa: ANN401
        """Opens a room for the two of them, and invites the bot; the id of the room."""
        opened = {
            "preset": "trusted_private_chat",
            "is_direct": True,
            "invite": [self.bot],
            "initial_state": [ENCRYPTION] if sealed else [],
            **options,
        }
        self.room = await self._does("create", options=opened)
        return self.room

    async def types(self, text: str, room: str | None = None, **content: Any) -> str:  # noqa: ANN401
        """Sends a text; the id of its event."""
        said = {"msgtype": "m.text", "body": text, **content}
        return await self.sends("m.room.message", said, room)

    async def sends(self, kind: str, content: dict[str, Any], room: str | None = None) -> str:
        """Sends any event; its id."""
        return str(await self._does("send", room=room or self.room, type=kind, content=content))

    async def replies(self, to: Message, text: str) -> str:
        """Replies as Element does, without the quotation that older clients put above it."""
        return await self.types(
            text, to.room, **{"m.relates_to": {"m.in_reply_to": {"event_id": to.id}}}
        )

    async def types_in_thread(self, root: Message, text: str) -> str:
        """Sends a text in the thread under a message."""
        fallback = {"is_falling_back": True, "m.in_reply_to": {"event_id": root.id}}
        relation = {"rel_type": "m.thread", "event_id": root.id, **fallback}
        return await self.types(text, root.room, **{"m.relates_to": relation})

    async def edits(self, event: str, text: str) -> str:
        """Changes a text of theirs."""
        changed: dict[str, Any] = {
            "m.new_content": {"msgtype": "m.text", "body": text},
            "m.relates_to": {"rel_type": "m.replace", "event_id": event},
        }
        return await self.types(f"* {text}", **changed)

    async def reacts(self, to: Message, emoji: str) -> str:
        """Puts a reaction under a message."""
        relation = {"rel_type": "m.annotation", "event_id": to.id, "key": emoji}
        return await self.sends("m.reaction", {"m.relates_to": relation}, to.room)

    async def redacts(self, event: str) -> None:
        """Takes a message back."""
        await self._does("redact", room=self.room, event=event)

    async def uploads(self, content: bytes, kind: str) -> str:
        """Uploads a file; where it is."""
        encoded = base64.b64encode(content).decode()
        return str(await self._does("upload", base64=encoded, type=kind))

    async def joins(self, room: str) -> None:
        """Comes into a room."""
        await self._does("join", room=room)

    async def brings(self, user: str, room: str | None = None) -> None:
        """Invites somebody."""
        await self._does("invite", room=room or self.room, user=user)

    async def sets(self, kind: str, content: dict[str, Any]) -> None:
        """Changes the state of their room."""
        await self._does("state", room=self.room, type=kind, content=content)

    async def upgrades(self) -> str:
        """Upgrades their room, and brings the bot into the new one."""
        self.room = await self._does("upgrade", room=self.room, version="11")
        await self.until(lambda: self.room in self.members)
        await self.brings(self.bot)
        return self.room

    async def asks_to_verify(self, *, device: str | None = None) -> str:
        """Asks the bot to verify, in their room or one device of it; the id of the request."""
        where = {"room": self.room} if device is None else {"deviceId": device}
        return str(await self._does("verify", user=self.bot, **where))

    async def compares(self, request: str) -> None:
        """Finds the emoji to be the same."""
        await self._does("compare", request=request)

    # -- what they see

    async def shield(self, message: Message) -> tuple[str, str | None]:
        """The colour of the shield beside a sealed message, and what it warns of."""
        shown = await self._does("shield", event=message.id)
        assert shown is not None, f"{message.text!r} did not come sealed"
        return shown["colour"], shown["reason"]

    async def signed(self) -> dict[str, bool]:
        """Of each device of the bot, whether its account signed it."""
        devices: dict[str, bool] = await self._does("signed", user=self.bot)
        return devices

    async def receives(self, words: str, within: float = PATIENCE) -> Message:
        """The first message of the bot with these words that they had not read yet; now they have.

        A message that was changed is news again.
        """
        read: list[Message] = []

        def look() -> bool:
            for number, message in enumerate(self._unread):
                if message.sender == self.bot and words in message.text:
                    read.append(message)
                    del self._unread[: number + 1]
                    return True
            return False

        if not await self._bell.until(look, within):
            raise AssertionError(f"no {words!r} within {within:g} s.\n{self.transcript()}")
        return read[0]

    async def until(self, holds: Callable[[], object], within: float = PATIENCE) -> None:
        """Waits until something holds."""
        if not await self._bell.until(holds, within):
            raise AssertionError(f"it does not hold within {within:g} s.\n{self.transcript()}")

    def from_bot(self, room: str | None = None) -> list[Message]:
        """All that the bot said, anywhere or in one room."""
        return [
            message
            for message in self.messages.values()
            if message.sender == self.bot and room in (None, message.room)
        ]

    def offers(self, message: Message) -> bool:
        """Whether there are choices to make under a message now."""
        return re.search(r"^1\. ", message.text, re.MULTILINE) is not None

    def transcript(self) -> str:
        """What they see, a line each."""
        return "\n".join(
            f"{message.sender} in {message.room}: {message.text!r} {message.failure or ''}"
            for message in self.messages.values()
        )


def _relation(event: dict[str, Any]) -> dict[str, Any]:
    relation = event["relation"]
    return relation if isinstance(relation, dict) else {}
