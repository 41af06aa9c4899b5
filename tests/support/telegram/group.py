"""A group that the bot is in, as the test server keeps it."""

import re
import time
from typing import Any

from tests.support.telegram.message import Message, commands_in
from tests.support.telegram.people import Person, Wire

MENTION = re.compile(r"@\w+")
ANONYMOUS_ADMIN = {
    "id": 1087968824,
    "is_bot": True,
    "first_name": "Group",
    "username": "GroupAnonymousBot",
}
# https://core.telegram.org/bots/api#chatmemberrestricted
RIGHTS = (
    "can_send_messages", "can_send_audios", "can_send_documents", "can_send_photos",
    "can_send_videos", "can_send_video_notes", "can_send_voice_notes", "can_send_polls",
    "can_send_other_messages", "can_add_web_page_previews", "can_change_info",
    "can_invite_users", "can_pin_messages", "can_manage_topics", "can_edit_tag",
    "can_react_to_messages",
)  # fmt: skip
CHANNEL_BOT = {"id": 136817688, "is_bot": True, "first_name": "Channel", "username": "Channel_Bot"}


class Group(Person):
    """A chat of many; whoever speaks in it is given each time."""

    def __init__(self, wire: Wire, chat_id: int, title: str, *, forum: bool = False) -> None:
        super().__init__(wire, {"id": chat_id, "is_bot": False, "first_name": title})
        self._forum, self._is_in = forum, True
        self.forbidden = "Forbidden: bot was kicked from the supergroup chat"
        self._extra: dict[int, dict[str, Any]] = {}

    @property
    def chat(self) -> dict[str, Any]:
        """The group as it stands in the JSON."""
        forum = {"is_forum": True} if self._forum else {}
        return {"id": self.chat_id, "type": "supergroup", "title": self.name, **forum}

    def hears(
        self,
        text: str,
        by: dict[str, Any],
        reply_to: Message | None = None,
        **more: Any,  # noqa: ANN401 - the fields of a message
    ) -> Message:
        """Someone says this here; `more` are further fields, such as `sender_chat`."""
        number = self._wire.next_message_id()
        replied = reply_to.id if reply_to else None
        entities = commands_in(text) or [
            {"type": "mention", "offset": found.start(), "length": len(found[0])}
            for found in MENTION.finditer(text)
        ]
        message = Message(
            number, self.id, int(time.time()), from_bot=False, text=text, entities=entities,
            reply_to=replied,
        )  # fmt: skip
        self._extra[number] = {"from": by, **more}
        self.show(message)
        self._wire.queue("message", self.json_of(message))
        return message

    def json_of(self, message: Message, *, with_reply: bool = True) -> dict[str, Any]:
        """The message as it stands in the JSON, by whoever said it."""
        told = super().json_of(message, with_reply=with_reply)
        return told | self._extra.get(message.id, {})

    def adds(self, by: dict[str, Any]) -> None:
        """Somebody brings the bot in."""
        self.blocked, self._is_in = False, True
        self._moves_bot("left", "member", by)

    def removes(self, by: dict[str, Any], *, restricted: bool = False) -> None:
        """Somebody puts the bot out; where it was restricted it stays so, without being in it."""
        self.blocked, self._is_in = True, False
        self._moves_bot(*(("restricted", "restricted") if restricted else ("member", "kicked")), by)

    def mutes(self, by: dict[str, Any]) -> None:
        """Somebody takes the right to speak from the bot."""
        self.muted = True
        self._moves_bot("member", "restricted", by)

    def unmutes(self, by: dict[str, Any]) -> None:
        """Somebody gives it back."""
        self.muted = False
        self._moves_bot("restricted", "member", by)

    def moves(self, number: int, by: dict[str, Any]) -> None:
        """The group becomes a supergroup with another number, as Telegram tells it."""
        note = Message(self._wire.next_message_id(), self.id, int(time.time()), from_bot=False)
        self._extra[note.id] = {"from": by, "migrate_to_chat_id": number}
        told = self.json_of(note)
        self._wire.move(self.chat_id, number)
        self._wire.queue("message", told)

    def _member(self, status: str) -> dict[str, Any]:
        told = super()._member(status)
        if status == "restricted":
            told |= dict.fromkeys(RIGHTS, False) | {"is_member": self._is_in, "until_date": 0}
        return told

    def _moves_bot(self, old: str, new: str, by: dict[str, Any]) -> None:
        changed = {"chat": self.chat, "from": by, "date": int(time.time())}
        before = self._member(old)
        if old == new:  # it was restricted and is so still; but it was in it
            before["is_member"] = True
        states = {"old_chat_member": before, "new_chat_member": self._member(new)}
        self._wire.queue("my_chat_member", {**changed, **states})
