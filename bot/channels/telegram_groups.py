"""Telegram's groups: when the bot is meant, by whom, and where the answer goes."""

from dataclasses import dataclass
from typing import Self

from telegram import ChatMemberUpdated, Message, MessageEntity, Update, User
from telegram.constants import ChatType

from bot.talk.messages import Added, Content, Pressed, Typed

GROUPS = frozenset({ChatType.GROUP, ChatType.SUPERGROUP})
PRESENT = frozenset({"member", "administrator", "restricted"})


@dataclass(frozen=True, slots=True)
class Place:
    """A chat, and the topic within it where a forum has topics.

    Attributes:
        chat: the chat's number.
        topic: `message_thread_id`; None: the chat itself.
    """

    chat: str
    topic: int | None = None

    @classmethod
    def of(cls, address: str) -> Self:
        """The place behind an address: `-100123` or `-100123/7`."""
        chat, _, topic = address.partition("/")
        return cls(chat, int(topic) if topic else None)

    @property
    def address(self) -> str:
        """How the rest of the program names it."""
        return self.chat if self.topic is None else f"{self.chat}/{self.topic}"


@dataclass(frozen=True, slots=True)
class Spoken:
    """Something in a group that was meant for the bot.

    Attributes:
        content: what it was.
        sender: the number of whoever did it: a person, or the chat in whose name they wrote.
        place: where the answer goes.
        language: of their app.
    """

    content: Content
    sender: str
    place: Place
    language: str | None


def spoken(update: Update, bot: User) -> Spoken | None:
    """What an update from a group says to `bot`; None: nothing, or nothing to it.

    It is meant when it is added, when a button of its is pressed, and by a message that is a
    command (for it by name, or for nobody by name), names it, or replies to it. What other bots
    say is passed over, and so is what a linked channel posts into its group by itself.
    """
    chat = update.effective_chat
    if chat is None or chat.type not in GROUPS:
        return None
    if changed := update.my_chat_member:
        who = changed.from_user
        here = Place(str(chat.id))
        return Spoken(Added(), str(who.id), here, who.language_code) if _came_in(changed) else None
    if query := update.callback_query:
        who = query.from_user
        pressed = Pressed(query.data or "")
        return Spoken(pressed, str(who.id), Place(str(chat.id)), who.language_code)
    message = update.message
    if message is None or message.text is None or message.is_automatic_forward:
        return None
    words = _meant(message, bot)
    if words is None:
        return None
    # Anonymous admins and channels write in the name of a chat; the person is not told.
    named = message.sender_chat or message.from_user
    if named is None or (message.sender_chat is None and getattr(named, "is_bot", False)):
        return None
    user = message.from_user if message.sender_chat is None else None
    topic = message.message_thread_id if message.is_topic_message else None
    typed = Typed(words, str(message.message_id))
    place = Place(str(chat.id), topic)
    return Spoken(typed, str(named.id), place, user.language_code if user else None)


def _came_in(changed: ChatMemberUpdated) -> bool:
    before, now = changed.old_chat_member.status, changed.new_chat_member.status
    return before not in PRESENT and now in PRESENT


def _meant(message: Message, bot: User) -> str | None:
    """The words of a message without the bot's name, if it was meant for the bot."""
    text = message.text or ""
    name = f"@{bot.username}"
    for entity, part in message.parse_entities(
        [MessageEntity.BOT_COMMAND, MessageEntity.MENTION]
    ).items():
        if entity.type == MessageEntity.BOT_COMMAND and entity.offset == 0:
            command, _, whom = part.partition("@")
            if whom and whom.lower() != name[1:].lower():
                return None
            return command + text[len(part) :]
        if part.lower() == name.lower():
            return text.replace(part, "", 1).strip()
    replied = message.reply_to_message
    if replied is not None and replied.from_user is not None and replied.from_user.id == bot.id:
        return text
    return None
