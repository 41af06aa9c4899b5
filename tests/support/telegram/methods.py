"""The methods of the Bot API that the test server knows, on the chats that it keeps."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from tests.support.telegram import rules
from tests.support.telegram.faults import MOVED_TO
from tests.support.telegram.message import Message
from tests.support.telegram.people import Bell, Person, Press
from tests.support.telegram.profile import Profile
from tests.support.telegram.rules import ApiError, Params, bad_request

LONGEST_POLL = 50
NOT_BY_DEFAULT = frozenset(("chat_member", "message_reaction", "message_reaction_count"))
CONFLICT = (
    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is"
    " running"
)
WEBHOOK_CONFLICT = (
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete"
    " the webhook first"
)
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same"
    " as a current content and reply markup of the message"
)
TOO_OLD = "query is too old and response timeout expired or query ID is invalid"


@dataclass(frozen=True)
class Upload:
    """A file that came with a call."""

    name: str
    content: bytes


class HungUp(Exception):
    """This call gets no response."""


class Methods(Profile):
    """What the Bot API keeps for one bot, and what each of its methods does with it."""

    def __init__(self, token: str) -> None:
        super().__init__()
        self.token = token
        self.bot_user: dict[str, Any] = {
            "id": int(token.partition(":")[0]),
            "is_bot": True,
            "first_name": "Test bot",
            "username": "test_bot",
        }
        self.queries: dict[str, Press] = {}
        self.webhook: Params = {}
        # The number of each update that was brought to the webhook, and what came back.
        self.deliveries: list[tuple[int, int]] = []
        self.bell = Bell()
        # How often the server was stopped: who waits across a stop gets no response.
        self.stops = 0
        self._people: dict[int, Person] = {}
        # Chats that moved: the number of now, by the old one, and the person, by that of now.
        self._moved_to: dict[object, int] = {}
        self._moved: dict[object, Person] = {}
        self._files: dict[str, tuple[str, bytes]] = {}
        self._updates: list[dict[str, Any]] = []
        self._allowed: list[str] = []
        self._last_update = 1000
        self._last_message = 0
        self._polls = 0

    # What the people in it do with it.

    def queue(self, kind: str, content: dict[str, Any]) -> None:
        """Have an update ready for the bot, if it wants updates of this kind."""
        if kind in self._allowed or (not self._allowed and kind not in NOT_BY_DEFAULT):
            self.queue_anyhow(kind, content)

    def queue_anyhow(self, kind: str, content: object) -> None:
        """Have an update ready that the bot did not ask for, or that no Bot API would send."""
        self._last_update += 1
        self._updates.append({"update_id": self._last_update, kind: content})
        self.bell.ring()

    def next_message_id(self) -> int:
        """A message id that was not given before."""
        self._last_message += 1
        return self._last_message

    def keep_file(self, folder: str, name: str, content: bytes) -> dict[str, Any]:
        """Keep a file for download; its id and size as they stand in the JSON."""
        number = len(self._files) + 1
        file_id = f"{folder}-{number}"
        path = f"{folder}/file_{number}{PurePosixPath(name).suffix}"
        self._files[file_id] = (path, content)
        return {"file_id": file_id, "file_unique_id": file_id, "file_size": len(content)}

    @property
    def waiting(self) -> list[dict[str, Any]]:
        """The updates that the bot has not taken, the oldest first."""
        return self._updates

    def taken(self, update_id: int) -> None:
        """The bot has this one."""
        self._updates = [one for one in self._updates if one["update_id"] != update_id]
        self.bell.ring()

    # The methods: updates.

    async def _get_me(self, _: Params) -> object:
        abilities = ("can_join_groups", "can_read_all_group_messages", "supports_inline_queries")
        return {**self.bot_user, **dict.fromkeys(abilities, False)}

    async def _get_updates(self, params: Params) -> object:
        if self.webhook.get("url"):
            raise ApiError(409, WEBHOOK_CONFLICT)
        self._confirm(params.get("offset", 0))
        self._allowed = params.get("allowed_updates", self._allowed)
        self._polls += 1
        poll, stops = self._polls, self.stops
        # An earlier poll that is still open finds that it is no longer the last one.
        self.bell.ring()

        def over() -> bool:
            return bool(self._updates) or self._polls != poll or self.stops != stops

        await self.bell.until(over, min(params.get("timeout", 0), LONGEST_POLL))
        if self.stops != stops:
            raise HungUp
        if self._polls != poll:
            raise ApiError(409, CONFLICT)
        return self._updates[: min(max(params.get("limit", 100), 1), 100)]

    def _confirm(self, offset: int) -> None:
        """Forget the updates before `offset`; a negative one counts from the end."""
        if offset < 0:
            self._updates = self._updates[offset:]
        self._updates = [one for one in self._updates if one["update_id"] >= offset]

    async def _set_webhook(self, params: Params) -> object:
        self._forget_updates_if_asked(params)
        self._allowed = params.get("allowed_updates", self._allowed)
        self.webhook = params
        self.bell.ring()
        return True

    async def _delete_webhook(self, params: Params) -> object:
        self._forget_updates_if_asked(params)
        self.webhook = {}
        return True

    def _forget_updates_if_asked(self, params: Params) -> None:
        if str(params.get("drop_pending_updates", "")).lower() in ("true", "1"):
            self._updates = []

    async def _get_webhook_info(self, _: Params) -> object:
        about = {"url": self.webhook.get("url", ""), "has_custom_certificate": False}
        return {**about, "pending_update_count": len(self._updates)}

    # The methods: messages.

    async def _send_message(self, params: Params) -> object:
        text, entities = rules.text_of(params)
        return self._sent(params, text=text, entities=entities)

    async def _send_photo(self, params: Params) -> object:
        content = self._upload(params, "photo").content
        if len(content) > rules.PHOTO_BYTES:
            raise bad_request(
                f"file of size {len(content)} bytes is too big for a photo;"
                f" the maximum size is {rules.PHOTO_BYTES} bytes"
            )
        caption, entities = rules.caption_of(params)
        kept = self.keep_file("photos", "photo.jpg", content)
        media = {"photo": [{**kept, "width": 1, "height": 1}]}
        return self._sent(params, caption=caption, entities=entities, photo=content, media=media)

    async def _send_document(self, params: Params) -> object:
        upload = self._upload(params, "document")
        caption, entities = rules.caption_of(params)
        kept = self.keep_file("documents", upload.name, upload.content)
        media = {"document": {**kept, "file_name": upload.name}}
        document = (upload.name, upload.content)
        return self._sent(
            params, caption=caption, entities=entities, document=document, media=media
        )

    def _upload(self, params: Params, name: str) -> Upload:
        """The file in a call: one that came with it, or one that was kept before."""
        given = params.get(name)
        if isinstance(given, str) and given.startswith("attach://"):
            given = params.get(given.removeprefix("attach://"))
        if isinstance(given, str) and given in self._files:
            path, content = self._files[given]
            given = Upload(PurePosixPath(path).name, content)
        if not isinstance(given, Upload):
            raise bad_request("wrong file identifier/HTTP URL specified")
        if not given.content:
            raise bad_request("file must be non-empty")
        return given

    def _sent(self, params: Params, **content: Any) -> object:  # noqa: ANN401 - message fields
        person = self._chat(params)
        if person.muted:
            raise bad_request("not enough rights to send text messages to the chat")
        buttons = rules.buttons_of(params)
        message = Message(
            id=self.next_message_id(),
            chat_id=person.id,
            date=int(time.time()),
            from_bot=True,
            buttons=buttons,
            reply_to=self._replied(person, params),
            **content,
        )
        person.show(message)
        return person.json_of(message)

    def _replied(self, person: Person, params: Params) -> int | None:
        asked = params.get("reply_parameters") or {}
        replied = person.find(asked.get("message_id"))
        if asked and replied is None and not asked.get("allow_sending_without_reply"):
            raise bad_request("message to be replied not found")
        return replied.id if replied else None

    async def _edit_text(self, params: Params) -> object:
        text, entities = rules.text_of(params)
        person, message = self._editable(params)
        if message.text is None:
            raise bad_request("there is no text in the message to edit")
        now = replace(message, text=text, entities=entities, buttons=rules.buttons_of(params))
        return _edited(person, message, now)

    async def _edit_caption(self, params: Params) -> object:
        caption, _ = rules.caption_of(params)
        person, message = self._editable(params)
        if not message.media:
            raise bad_request("there is no caption in the message to edit")
        now = replace(message, caption=caption, buttons=rules.buttons_of(params))
        return _edited(person, message, now)

    async def _edit_markup(self, params: Params) -> object:
        person, message = self._editable(params)
        return _edited(person, message, replace(message, buttons=rules.buttons_of(params)))

    def _editable(self, params: Params) -> tuple[Person, Message]:
        person, message = self._found(params, "edit")
        if not message.from_bot:
            raise bad_request("message can't be edited")
        return person, message

    async def _delete(self, params: Params) -> object:
        person, message = self._found(params, "delete", even_if_blocked=True)
        person.take_away(message)
        return True

    async def _delete_many(self, params: Params) -> object:
        person = self._chat(params, even_if_blocked=True)
        ids = params.get("message_ids", [])
        if not 1 <= len(ids) <= 100:
            raise bad_request("message identifiers are not specified")
        for message_id in ids:
            if (message := person.find(message_id)) is not None:
                person.take_away(message)
        return True

    async def _react(self, params: Params) -> object:
        person, message = self._found(params, "react")
        reactions = params.get("reaction", [])
        person.reactions[message.id] = [str(one.get("emoji")) for one in reactions]
        return True

    def _found(
        self, params: Params, purpose: str, *, even_if_blocked: bool = False
    ) -> tuple[Person, Message]:
        person = self._chat(params, even_if_blocked=even_if_blocked)
        message = person.find(params.get("message_id"))
        if message is None:
            raise bad_request(f"message to {purpose} not found")
        return person, message

    def _chat(self, params: Params, *, even_if_blocked: bool = False) -> Person:
        chat_id = params.get("chat_id", "")
        if chat_id == "":
            raise bad_request("chat_id is empty")
        if chat_id in self._moved_to:
            raise rules.upgraded(self._moved_to[chat_id])
        person = self._whose(chat_id)
        if person is None:
            raise bad_request("chat not found")
        if person.blocked and not even_if_blocked:
            raise ApiError(403, person.forbidden)
        return person

    def _whose(self, chat_id: object) -> Person | None:
        """The person whose chat has this number, or had it."""
        now = self._moved_to.get(chat_id, chat_id)
        if now in self._moved:
            return self._moved[now]
        return self._people.get(now) if isinstance(now, int) else None

    def move(self, chat_id: object, number: int | None = None) -> int:
        """Give a chat another number; the new one."""
        person = self._whose(chat_id)
        number = number or MOVED_TO - len(self._moved_to)
        if person is None or number in self._people:  # a test made them two people
            return number
        self._moved_to = {
            old: number if new == person.chat_id else new for old, new in self._moved_to.items()
        }
        self._moved.pop(person.chat_id, None)
        self._moved_to[person.chat_id] = person.chat_id = number
        self._moved[number] = person
        return number

    # The methods: all else.

    async def _answer_query(self, params: Params) -> object:
        press = self.queries.get(str(params.get("callback_query_id")))
        if press is None or press.was_answered or press.expired:
            raise bad_request(TOO_OLD)
        text = str(params.get("text", ""))
        if rules.units(text) > rules.NOTICE_UNITS:
            raise bad_request("message is too long")
        press.was_answered = True
        press.text = text or None
        press.alert = str(params.get("show_alert", "")).lower() == "true"
        return True

    async def _chat_action(self, params: Params) -> object:
        if params.get("action") not in rules.ACTIONS:
            raise bad_request("wrong parameter action in request")
        self._chat(params)
        return True

    async def _get_file(self, params: Params) -> object:
        file_id = str(params.get("file_id", ""))
        if file_id not in self._files:
            raise bad_request("invalid file_id")
        path, content = self._files[file_id]
        if len(content) > rules.DOWNLOAD_BYTES:
            raise bad_request("file is too big")
        about = {"file_id": file_id, "file_unique_id": file_id, "file_size": len(content)}
        return {**about, "file_path": path}


def _edited(person: Person, before: Message, after: Message) -> object:
    if after == before:
        raise bad_request(NOT_MODIFIED)
    after = after.changed()
    person.show(after)
    return person.json_of(after)


METHODS: dict[str, Callable[[Methods, Params], Awaitable[object]]] = {
    "getMe": Methods._get_me,
    "getUpdates": Methods._get_updates,
    "setWebhook": Methods._set_webhook,
    "deleteWebhook": Methods._delete_webhook,
    "getWebhookInfo": Methods._get_webhook_info,
    "sendMessage": Methods._send_message,
    "sendPhoto": Methods._send_photo,
    "sendDocument": Methods._send_document,
    "editMessageText": Methods._edit_text,
    "editMessageCaption": Methods._edit_caption,
    "editMessageReplyMarkup": Methods._edit_markup,
    "deleteMessage": Methods._delete,
    "deleteMessages": Methods._delete_many,
    "setMessageReaction": Methods._react,
    "answerCallbackQuery": Methods._answer_query,
    "sendChatAction": Methods._chat_action,
    "setMyCommands": Methods.set_commands,
    "deleteMyCommands": Methods.delete_commands,
    "getMyCommands": Methods.get_commands,
    "setChatMenuButton": Methods.set_menu_button,
    "getChatMenuButton": Methods.get_menu_button,
    "setMyDescription": Methods.set_description,
    "getMyDescription": Methods.get_description,
    "setMyShortDescription": Methods.set_short_description,
    "getMyShortDescription": Methods.get_short_description,
    "getFile": Methods._get_file,
}
NAMES = {name.lower(): name for name in METHODS}
