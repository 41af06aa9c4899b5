"""The people who talk with the bot in a test, and what they see of it."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from tests.support.telegram.message import Button, Message, commands_in, markup_of

LOOK_SECONDS = 0.02  # for what changes in the bot without a call to the server


class Bell:
    """Wakes everyone who waits for something to change."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def ring(self) -> None:
        """Have everyone who waits look again."""
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)

    async def until(self, holds: Callable[[], object], seconds: float) -> bool:
        """Wait until `holds` gives something true, at most so long; say whether it does."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while not holds():
            left = end - loop.time()
            if left <= 0:
                return False
            waiting = loop.create_future()
            self._waiting.add(waiting)
            try:
                await asyncio.wait([waiting], timeout=min(left, LOOK_SECONDS))
            finally:
                self._waiting.discard(waiting)
        return True


class Wire(Protocol):
    """What a person needs of the server."""

    bell: Bell
    bot_user: dict[str, Any]
    queries: dict[str, "Press"]

    def queue(self, kind: str, content: dict[str, Any]) -> None:
        """Have an update ready for the bot."""

    def next_message_id(self) -> int:
        """A message id that was not given before."""

    def move(self, chat_id: object, number: int | None = None) -> int:
        """Give a chat another number; the new one."""

    def keep_file(self, folder: str, name: str, content: bytes) -> dict[str, Any]:
        """Keep a file for download; its id and size as they stand in the JSON."""


class Press:
    """A press on a button, which the bot has to answer."""

    def __init__(self, wire: Wire, person: "Person", message: Message, button: Button) -> None:
        self.id = str(7_000_000_000 + len(wire.queries))
        self.person = person
        self.message = message
        self.button = button
        self.was_answered = False
        self.text: str | None = None
        self.alert = False
        self.expired = False
        self._wire = wire

    async def answered(self, timeout: float = 5) -> str | None:
        """The text of the answer, or None for an answer without one; waits for the answer."""
        if await self._wire.bell.until(lambda: self.was_answered, timeout):
            return self.text
        raise AssertionError(f"{self.line()} within {timeout:g} s.\n{self.person.transcript()}")

    def expires(self) -> None:
        """From now on the bot is too late with its answer."""
        self.expired = True

    def line(self) -> str:
        """The press in one line of a transcript."""
        answer = f"answered {self.text!r}" if self.was_answered else "not answered"
        return f"{self.person.name} presses [{self.button.text}] on #{self.message.id}: {answer}"


class Person:
    """Someone with a private chat with the bot."""

    def __init__(self, wire: Wire, user: dict[str, Any]) -> None:
        self.id: int = user["id"]
        self.chat_id = self.id  # until the chat moves
        self.name: str = user["first_name"]
        self.user = user
        self.blocked = False
        self.forbidden = "Forbidden: bot was blocked by the user"
        self.muted = False  # the bot is there, and may not speak
        self.reactions: dict[int, list[str]] = {}
        self._reacted: dict[int, list[dict[str, str]]] = {}
        self._wire = wire
        self._messages: dict[int, Message] = {}
        self._told: list[int | str | Press] = []
        self._consumed = 0

    # What the person does.

    def types(self, text: str, reply_to: Message | None = None) -> Message:
        """Send a text; a command in it is marked as one."""
        replied = reply_to.id if reply_to else None
        return self._sends(text=text, entities=commands_in(text), reply_to=replied)

    def sends_sticker(self, emoji: str = "👍") -> Message:
        """Send a sticker."""
        shape = {"type": "regular", "width": 512, "height": 512, "emoji": emoji}
        flags = {"is_animated": False, "is_video": False}
        kept = self._wire.keep_file("stickers", "sticker.webp", b"a sticker")
        return self._sends(media={"sticker": {**kept, **shape, **flags}})

    def sends_voice(self, seconds: int = 3) -> Message:
        """Send a voice message."""
        kept = self._wire.keep_file("voice", "voice.oga", b"a voice")
        return self._sends(media={"voice": {**kept, "duration": seconds}})

    def sends_photo(
        self,
        caption: str | None = None,
        content: bytes = b"a photo",
        album: str | None = None,
    ) -> Message:
        """Send a photo, perhaps as part of an album."""
        kept = self._wire.keep_file("photos", "photo.jpg", content)
        media: dict[str, Any] = {"photo": [{**kept, "width": 1, "height": 1}]}
        media |= {"media_group_id": album} if album else {}
        return self._sends(caption=caption, photo=content, media=media)

    def sends_document(self, name: str, content: bytes, caption: str | None = None) -> Message:
        """Send a file."""
        kept = self._wire.keep_file("documents", name, content)
        media = {"document": {**kept, "file_name": name}}
        return self._sends(caption=caption, document=(name, content), media=media)

    def edits(self, message: Message, text: str) -> Message:
        """Change the text of a message that this person sent."""
        self._must_be_able_to_write()
        assert not message.from_bot, f"{self.name} cannot edit what the bot wrote."
        changed = self._messages[message.id].changed(text=text, entities=commands_in(text))
        self.show(changed)
        self._wire.queue("edited_message", self.json_of(changed))
        return changed

    def presses(self, label: str, on: Message | None = None) -> Press:
        """Press the button with `label` on it: of this message, or of the newest that has it."""
        self._must_be_able_to_write()
        message, button = self._button(label, on)
        press = Press(self._wire, self, message, button)
        self._wire.queries[press.id] = press
        self._told.append(press)
        query = {"id": press.id, "from": self.user, "chat_instance": str(self.id)}
        content = {"message": self.json_of(message), "data": button.data}
        self._wire.queue("callback_query", {**query, **content})
        return press

    def reacts(self, on: Message, *emoji: str) -> None:
        """Put these under a message, in place of what stood there from this person."""
        self._must_be_able_to_write()
        shown = [{"type": "emoji", "emoji": one} for one in emoji]
        before, self._reacted[on.id] = self._reacted.get(on.id, []), shown
        about = {"chat": self.chat, "message_id": on.id, "user": self.user}
        change = {"date": int(time.time()), "old_reaction": before, "new_reaction": shown}
        self._wire.queue("message_reaction", {**about, **change})

    def blocks(self) -> None:
        """Block the bot, which hears of it."""
        self._changes_membership("member", "kicked", "blocks")

    def is_deleted(self) -> None:
        """Their account is gone; the bot hears of it when it writes."""
        self.blocked, self.forbidden = True, "Forbidden: user is deactivated"

    def unblocks(self) -> None:
        """Let the bot in again, which hears of it."""
        self._changes_membership("kicked", "member", "unblocks")

    # What the person sees.

    @property
    def inbox(self) -> list[Message]:
        """Every message of the bot, oldest first, as the person sees it now."""
        return [message for _, message in sorted(self._messages.items()) if message.from_bot]

    @property
    def unread(self) -> list[Message]:
        """The messages of the bot that no `receives` has consumed yet."""
        return [message for message in self.inbox if message.id > self._consumed]

    async def receives(
        self,
        containing: str = "",
        timeout: float = 5,
        buttons: Sequence[str] | None = None,
    ) -> Message:
        """The next new message of the bot with this text, and it and those before it consumed.

        With `buttons`, each of these words must be on one of its buttons; an empty list asks for
        a message without buttons.
        """

        def fitting() -> list[Message]:
            return [one for one in self.unread if _fits(one, containing, buttons)]

        await self._wire.bell.until(fitting, timeout)
        found = fitting()
        if not found:
            raise self._missed(_wanted("no new message", containing, buttons), timeout)
        self._consumed = found[0].id
        return found[0]

    async def sees_edit(
        self,
        message: Message,
        containing: str = "",
        timeout: float = 5,
        buttons: Sequence[str] | None = None,
    ) -> Message:
        """The message after the bot changed it since `message` was looked at."""

        def changed() -> Message | None:
            now = self._messages.get(message.id)
            later = now is not None and now.edits > message.edits
            return now if now and later and _fits(now, containing, buttons) else None

        await self._wire.bell.until(changed, timeout)
        now = changed()
        if now is None:
            raise self._missed(_wanted(f"no edit of #{message.id}", containing, buttons), timeout)
        return now

    def transcript(self) -> str:
        """The whole chat, a line for everything that happened in it."""
        return "\n".join(self._line(told) for told in self._told) or "(nothing was said)"

    # What the server does to the chat.

    def show(self, message: Message) -> None:
        """Put a message in the chat, or its new state."""
        if message.id not in self._messages:
            self._told.append(message.id)
        self._messages[message.id] = message
        self._wire.bell.ring()

    def take_away(self, message: Message) -> None:
        """Delete a message."""
        del self._messages[message.id]
        self._told[self._told.index(message.id)] = f"#{message.id} (deleted)"
        self._wire.bell.ring()

    def forgets(self) -> None:
        """Throw away what was said, but for messages with buttons."""
        self._messages = {n: one for n, one in self._messages.items() if one.buttons}
        self._told = [told for told in self._told if told in self._messages]

    @property
    def messages(self) -> list[Message]:
        """What is in the chat now, the oldest first."""
        return list(self._messages.values())

    def find(self, message_id: object) -> Message | None:
        """The message with this id as it is now, if it is in the chat."""
        return self._messages.get(message_id) if isinstance(message_id, int) else None

    @property
    def chat(self) -> dict[str, Any]:
        """The chat as it stands in the JSON."""
        names = ("id", "first_name", "last_name", "username")
        told = {k: v for k, v in self.user.items() if k in names}
        return {"type": "private", **told, "id": self.chat_id}

    def json_of(self, message: Message, *, with_reply: bool = True) -> dict[str, Any]:
        """The message as it stands in the JSON."""
        sender = self._wire.bot_user if message.from_bot else self.user
        told: dict[str, Any] = {"message_id": message.id, "from": sender, "chat": self.chat}
        told |= {"date": message.date, **message.media}
        replied = self.find(message.reply_to)
        optional = {
            "text": message.text,
            "caption": message.caption,
            "entities" if message.text else "caption_entities": message.entities,
            "edit_date": message.edit_date,
            "reply_markup": markup_of(message.buttons),
            "reply_to_message": self.json_of(replied, with_reply=False)
            if replied and with_reply
            else None,
        }
        return told | {name: value for name, value in optional.items() if value}

    def _sends(self, **content: Any) -> Message:  # noqa: ANN401 - the fields of a message
        self._must_be_able_to_write()
        number = self._wire.next_message_id()
        message = Message(number, self.id, int(time.time()), from_bot=False, **content)
        self.show(message)
        self._wire.queue("message", self.json_of(message))
        return message

    def _must_be_able_to_write(self) -> None:
        assert not self.blocked, f"{self.name} has blocked the bot and has to unblock it first."

    def _button(self, label: str, on: Message | None) -> tuple[Message, Button]:
        now = self._messages.get(on.id) if on else None
        messages = [*reversed(self.inbox)] if on is None else [now] if now else []
        for message in messages:
            for button in (button for row in message.buttons for button in row):
                if label in button.text and button.data is not None:
                    return message, button
        there = [f"  {message.line('bot')}" for message in messages if message.buttons]
        listed = "\n".join(there) or "  (none)"
        raise AssertionError(f"{self.name} sees no button {label!r}. The buttons are:\n{listed}")

    def _changes_membership(self, old: str, new: str, doing: str) -> None:
        assert self.blocked == (old == "kicked"), f"{self.name} {doing} the bot for a second time."
        self.blocked = new == "kicked"
        self._told.append(f"{self.name} {doing} the bot")
        changed = {"chat": self.chat, "from": self.user, "date": int(time.time())}
        states = {"old_chat_member": self._member(old), "new_chat_member": self._member(new)}
        self._wire.queue("my_chat_member", {**changed, **states})

    def _member(self, status: str) -> dict[str, Any]:
        until = {"until_date": 0} if status == "kicked" else {}
        return {"status": status, "user": self._wire.bot_user, **until}

    def _line(self, told: int | str | Press) -> str:
        if isinstance(told, Press):
            return told.line()
        if isinstance(told, str):
            return told
        message = self._messages[told]
        return message.line("bot" if message.from_bot else self.name)

    def _missed(self, wanted: str, seconds: float) -> AssertionError:
        return AssertionError(
            f"{self.name} saw {wanted} within {seconds:g} s.\n{self.transcript()}"
        )


def _fits(message: Message, containing: str, buttons: Sequence[str] | None) -> bool:
    if containing not in message.words:
        return False
    if not buttons:
        return buttons is None or not message.labels
    return all(any(wanted in label for label in message.labels) for wanted in buttons)


def _wanted(what: str, containing: str, buttons: Sequence[str] | None) -> str:
    text = f" containing {containing!r}" if containing else ""
    return what + text + ("" if buttons is None else f" with buttons {list(buttons)!r}")
