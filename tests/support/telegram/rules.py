"""What the Bot API accepts: its limits, its markup, and the words of its refusals."""

import html
import json
import re
from dataclasses import dataclass
from typing import Any

from tests.support.telegram.message import Button

TEXT_UNITS = 4096
CAPTION_UNITS = 1024
NOTICE_UNITS = 200
BUTTON_DATA_BYTES = 64
PHOTO_BYTES = 10 * 1024 * 1024
UPLOAD_BYTES = 50 * 1024 * 1024
DOWNLOAD_BYTES = 20 * 1024 * 1024
DESCRIPTION, SHORT_DESCRIPTION = 512, 120
COMMANDS = 100
ACTIONS = frozenset(
    [
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    ]
)

ENTITY_OF_TAG = {
    **dict.fromkeys(("b", "strong"), "bold"),
    **dict.fromkeys(("i", "em"), "italic"),
    **dict.fromkeys(("u", "ins"), "underline"),
    **dict.fromkeys(("s", "strike", "del"), "strikethrough"),
    **dict.fromkeys(("tg-spoiler", "span"), "spoiler"),
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
TAG = re.compile(r"<(?P<end>/?)(?P<name>[a-zA-Z][a-zA-Z0-9-]*)?(?P<more>[^<>]*)>?")
LINK = re.compile(r"href\s*=\s*[\"']?([^\"'\s>]+)")

Params = dict[str, Any]
Entity = dict[str, Any]


class ApiError(Exception):
    """A refusal, with the status and the description that Telegram gives it."""

    def __init__(self, status: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.parameters = parameters

    def body(self) -> dict[str, Any]:
        """The refusal as the Bot API writes it."""
        body: dict[str, Any] = {
            "ok": False,
            "error_code": self.status,
            "description": self.description,
        }
        return {**body, "parameters": self.parameters} if self.parameters else body


def bad_request(description: str) -> ApiError:
    """A refusal of what was asked for."""
    return ApiError(400, f"Bad Request: {description}")


def too_many_requests(retry_after: int) -> ApiError:
    """A refusal because of the pace."""
    return ApiError(429, f"Too Many Requests: retry after {retry_after}", retry_after=retry_after)


def upgraded(number: int) -> ApiError:
    """A refusal because the chat has another number now."""
    words = "Bad Request: group chat was upgraded to a supergroup chat"
    return ApiError(400, words, migrate_to_chat_id=number)


def units(text: str) -> int:
    """The length of `text` in UTF-16 code units, in which Telegram measures."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def text_of(params: Params) -> tuple[str, list[Entity]]:
    """The text of a message and its entities, within the limits."""
    text, entities = _formatted(params, "text", "entities")
    if not text:
        raise bad_request("message text is empty")
    if units(text) > TEXT_UNITS:
        raise bad_request("message is too long")
    return text, entities


def caption_of(params: Params) -> tuple[str | None, list[Entity]]:
    """The caption of a photo or a document and its entities, within the limits."""
    text, entities = _formatted(params, "caption", "caption_entities")
    if units(text) > CAPTION_UNITS:
        raise bad_request("message caption is too long")
    return text or None, entities


def _formatted(params: Params, name: str, entities_name: str) -> tuple[str, list[Entity]]:
    text = str(params.get(name, ""))
    mode = str(params.get("parse_mode", "")).lower()
    if mode == "html":
        text, entities = _from_html(text)
    elif mode == "":
        entities = params.get(entities_name, [])
    else:
        raise bad_request("unsupported parse_mode")
    return _trimmed(text, entities)


def _trimmed(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Without the white space at both ends, which Telegram takes off."""
    dropped = units(text) - units(text.lstrip())
    text = text.strip()
    kept = []
    for entity in entities:
        start = max(entity["offset"] - dropped, 0)
        end = min(entity["offset"] + entity["length"] - dropped, units(text))
        if end > start:
            kept.append({**entity, "offset": start, "length": end - start})
    return text, kept


@dataclass
class _Open:
    """A tag that is not closed yet."""

    name: str
    offset: int
    url: str | None


def _from_html(source: str) -> tuple[str, list[Entity]]:
    text, entities, opened, read = "", [], list[_Open](), 0
    for tag in TAG.finditer(source):
        text += html.unescape(source[read : tag.start()])
        read = tag.end()
        if tag["end"]:
            entities += _entity(_closed(tag, opened), units(text))
        else:
            opened.append(_opened(tag, units(text)))
    if opened:
        name = opened[-1].name
        raise _unparsable(f'Can\'t find end tag corresponding to start tag "{name}"')
    text += html.unescape(source[read:])
    return text, sorted(entities, key=lambda entity: (entity["offset"], -entity["length"]))


def _opened(tag: re.Match[str], offset: int) -> _Open:
    name = (tag["name"] or "").lower()
    if name not in ENTITY_OF_TAG:
        raise _unparsable(f'Unsupported start tag "{name}" at byte offset {_byte_offset(tag)}')
    if not tag[0].endswith(">"):
        raise _unparsable(f"Unclosed start tag at byte offset {_byte_offset(tag)}")
    link = LINK.search(tag["more"])
    return _Open(name, offset, html.unescape(link[1]) if link else None)


def _closed(tag: re.Match[str], opened: list[_Open]) -> _Open:
    name = (tag["name"] or "").lower()
    if not opened:
        raise _unparsable(f"Unexpected end tag at byte offset {_byte_offset(tag)}")
    last = opened.pop()
    if name not in ("", last.name):
        raise _unparsable(
            f"Unmatched end tag at byte offset {_byte_offset(tag)},"
            f' expected "</{last.name}>", found "</{name}>"'
        )
    return last


def _entity(tag: _Open, end: int) -> list[Entity]:
    """What a closed tag has become; a tag around nothing and a link to nowhere become nothing."""
    if end == tag.offset or (tag.name == "a" and tag.url is None):
        return []
    entity = {"type": ENTITY_OF_TAG[tag.name], "offset": tag.offset, "length": end - tag.offset}
    return [{**entity, "url": tag.url}] if tag.name == "a" else [entity]


def _byte_offset(tag: re.Match[str]) -> int:
    return len(tag.string[: tag.start()].encode("utf-8", "surrogatepass"))


def _unparsable(why: str) -> ApiError:
    return bad_request(f"can't parse entities: {why}")


def buttons_of(params: Params) -> list[list[Button]]:
    """The inline keyboard that comes with a message; other keyboards are not kept."""
    markup = params.get("reply_markup") or {}
    if not isinstance(markup, dict):
        raise bad_request("can't parse reply keyboard markup JSON object")
    rows = [[_button(button) for button in row] for row in markup.get("inline_keyboard", [])]
    return [row for row in rows if row]


def _button(asked: dict[str, Any]) -> Button:
    button = Button(str(asked.get("text", "")), asked.get("callback_data"), asked.get("url"))
    if not button.text:
        raise bad_request("inline keyboard button text can't be empty")
    if button.data is None and button.url is None:
        raise bad_request("Text buttons are unallowed in the inline keyboard")
    if button.data is not None and not 1 <= len(button.data.encode()) <= BUTTON_DATA_BYTES:
        raise bad_request("BUTTON_DATA_INVALID")
    return button


def commands_of(params: Params) -> list[dict[str, str]]:
    """The commands that the bot wants in its menu."""
    commands = params.get("commands", [])
    if len(commands) > COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not re.fullmatch(r"/?[a-z0-9_]{1,32}", command["command"]):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(command["description"]) <= 256:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return [
        {"command": command["command"].lstrip("/"), "description": command["description"]}
        for command in commands
    ]


WHOLE_NUMBERS = frozenset(("chat_id", "message_id", "offset", "limit", "timeout"))
IN_JSON = frozenset(
    [
        "reply_markup",
        "reply_parameters",
        "allowed_updates",
        "commands",
        "scope",
        "menu_button",
        "reaction",
        "entities",
        "caption_entities",
        "link_preview_options",
        "message_ids",
    ]
)


def plain(params: Params) -> Params:
    """The parameters of a call, with numbers and JSON read where the Bot API reads them."""
    return {name: _plain(name, value) for name, value in params.items()}


def _plain(name: str, value: Any) -> Any:  # noqa: ANN401 - a parameter can be anything
    if not isinstance(value, str):
        return value
    if name in WHOLE_NUMBERS:
        return int(value) if re.fullmatch(r"-?\d+", value) else value
    if name in IN_JSON:
        try:
            return json.loads(value)
        except ValueError:
            raise bad_request(f"can't parse {name} JSON object") from None
    return value
