"""From the calls that the Bot API server received to what was seen of them."""

import io
from dataclasses import dataclass

from PIL import Image

from tests.golden.record import BOT, Event, Kind, Labels, Record, changed
from tests.support.telegram import rules
from tests.support.telegram.bot_api import BotApiServer, Call, Upload
from tests.support.telegram.people import Person

UNSEEN = (
    "get", "setMy", "setWebhook", "deleteWebhook", "sendChatAction",
)  # fmt: skip


@dataclass(frozen=True)
class Shown:
    """A message of the bot as it lies there."""

    text: str
    labels: Labels


class Receiver:
    """Notes what the server received.

    Args:
        server: which server.
        record: where it is noted.
    """

    def __init__(self, server: BotApiServer, record: Record) -> None:
        self._server, self._record = server, record
        self._read = 0
        self._waiting: list[Call] = []  # in chats that nobody looked into yet
        self._now: dict[tuple[int, int], Shown] = {}
        self._place: str | None = None

    def enters(self, place: str) -> None:
        """What follows happens in this chat; said where it is another than before."""
        if place != self._place and (place or self._place):
            self._record.add(Event(Kind.PLACE, place))
        self._place = place

    def reads(self, person: Person, place: str) -> None:
        """Notes what came in this chat since the last time.

        Raises:
            AssertionError: there is something that it does not know how to show.
        """
        new = [call for call in self._server.calls[self._read :] if not _unseen(call)]
        self._read = len(self._server.calls)
        self._waiting += new
        calls = [call for call in self._waiting if self._is_in(call, person)]
        self._waiting = [call for call in self._waiting if call not in calls]
        ids = [one.id for one in person.inbox if (person.id, one.id) not in self._now]
        for call in calls:
            self.enters(place)
            self._note(call, person, ids)

    def _is_in(self, call: Call, person: Person) -> bool:
        if call.method == "answerCallbackQuery":
            return self._server.queries[str(call.params["callback_query_id"])].person is person
        return str(call.params.get("chat_id")) == str(person.chat_id)

    def _note(self, call: Call, person: Person, ids: list[int]) -> None:
        match call.method:
            case "sendMessage":
                self._says(person.id, ids.pop(0), rules.text_of(call.params)[0], call)
            case "sendPhoto" | "sendDocument":
                caption = rules.caption_of(call.params)[0] or ""
                self._says(person.id, ids.pop(0), caption, call)
            case "editMessageText":
                self._changes((person.id, int(call.params["message_id"])), call)
            case "editMessageReplyMarkup":
                number = int(call.params["message_id"])
                self._becomes((person.id, number), self._now[person.id, number].text, call)
            case "setMessageReaction":
                for one in call.params.get("reaction", []):
                    self._record.add(Event(Kind.REACTS, str(one["emoji"]), BOT))
            case "answerCallbackQuery":
                if text := str(call.params.get("text") or ""):
                    self._record.add(Event(Kind.NOTICE, text))
            case _:
                raise AssertionError(f"{call.method} cannot be shown yet")

    def _says(self, chat: int, number: int, text: str, call: Call) -> None:
        labels = _labels(call)
        self._now[chat, number] = Shown(text, labels)
        picture, attached = _attached(call)
        self._record.add(Event(Kind.SAYS, text, BOT, labels, attached, picture))

    def _changes(self, which: tuple[int, int], call: Call) -> None:
        self._becomes(which, rules.text_of(call.params)[0], call)

    def _becomes(self, which: tuple[int, int], words: str, call: Call) -> None:
        before, now = self._now[which], Shown(words, _labels(call))
        if now == before:  # Telegram refuses it, and nothing is seen
            return
        self._now[which] = now
        text = changed(before.text, now.text, self._record.language, now.labels)
        self._record.add(Event(Kind.CHANGES, text, BOT, now.labels))


def _unseen(call: Call) -> bool:
    return call.method.startswith(UNSEEN)


def _labels(call: Call) -> Labels:
    rows = rules.buttons_of(call.params)
    return tuple(tuple(button.text for button in row) for row in rows)


def _attached(call: Call) -> tuple[bytes | None, str]:
    """The picture, and what to call what came along."""
    for name in ("photo", "document"):
        given = call.params.get(name)
        if isinstance(given, str):
            given = call.params.get(given.removeprefix("attach://"))
        if isinstance(given, Upload):
            if name == "document":
                return None, f"📎 {given.name}"
            with Image.open(io.BytesIO(given.content)) as image:
                return given.content, f"🖼 {image.width}×{image.height}"
    return None, ""
