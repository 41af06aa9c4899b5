"""Parses updates from Telegram's groups: which are for the bot, from whom, and where to answer."""

from dataclasses import dataclass
from typing import Self

from telegram import Chat, ChatMember, ChatMemberUpdated, Message, MessageEntity, Update, User
from telegram.constants import ChatType

from bot.channels.telegram.items import id_text
from bot.membership import AddedToGroup, GroupMoved, GroupRights, RemovedFromGroup
from bot.messages import Content, Pressed, Typed

GROUPS = frozenset({ChatType.GROUP, ChatType.SUPERGROUP})
PRESENT = frozenset({"member", "administrator", "restricted"})


@dataclass(frozen=True, slots=True)
class ChatTopic:
    """A chat, and the topic within it if it is a forum.

    Attributes:
        chat: the chat's number.
        topic: `message_thread_id`; None: the chat itself.
    """

    chat: str
    topic: int | None = None

    @classmethod
    def of(cls, address: str) -> Self:
        """Parses an address: `-100123` or `-100123/7`."""
        chat, _, topic = address.partition("/")
        return cls(chat, int(topic) if topic else None)

    @property
    def address(self) -> str:
        """The address by which the rest of the program knows it."""
        return self.chat if self.topic is None else f"{self.chat}/{self.topic}"


@dataclass(frozen=True, slots=True)
class GroupUpdate:
    """An update from a group that is for the bot, or about it.

    Attributes:
        content: what happened.
        sender: who did it: a person, or the chat in whose name they wrote.
        place: where the answer goes.
    """

    content: Content
    sender: User | Chat
    place: ChatTopic


def parse_group_update(update: Update, bot: User) -> GroupUpdate | None:
    """Returns what an update from a group says to `bot`; None: nothing.

    A message is for the bot if it is a command (with the bot's name or without any) or mentions the
    bot. Messages of other bots are ignored, and so are the automatic posts of a linked channel.

    Raises:
        TypeError: a number of Telegram's is none.
    """
    chat = update.effective_chat
    if chat is None or chat.type not in GROUPS:
        return None
    chat_topic = ChatTopic(id_text(chat.id))
    if changed := update.my_chat_member:
        membership = _membership(changed)
        return GroupUpdate(membership, changed.from_user, chat_topic) if membership else None
    if query := update.callback_query:
        message_id = id_text(query.message.message_id) if query.message else None
        return GroupUpdate(Pressed(query.data or "", message_id), query.from_user, chat_topic)
    return None if update.message is None else _message(update.message, bot, chat_topic)


def _message(message: Message, bot: User, chat_topic: ChatTopic) -> GroupUpdate | None:
    # Anonymous admins and channels write in the name of a chat; the person stays unknown.
    sender = message.sender_chat or message.from_user
    if sender is not None and message.migrate_to_chat_id is not None:
        return GroupUpdate(GroupMoved(id_text(message.migrate_to_chat_id)), sender, chat_topic)
    if (
        sender is None
        or message.is_automatic_forward
        or (isinstance(sender, User) and sender.is_bot)
    ):
        return None
    text = _addressed_text(message, bot)
    if text is None:
        return None
    topic = int(id_text(message.message_thread_id)) if message.is_topic_message else None
    return GroupUpdate(
        Typed(text, id_text(message.message_id)), sender, ChatTopic(chat_topic.chat, topic)
    )


def _membership(changed: ChatMemberUpdated) -> Content | None:
    """Returns how the bot's membership of a group changed; None: not in a way that matters."""
    before, now = changed.old_chat_member, changed.new_chat_member
    if not _is_in(now):
        return RemovedFromGroup() if _is_in(before) else None
    if not _is_in(before):
        return AddedToGroup()
    return None if _may_speak(before) == _may_speak(now) else GroupRights(_may_speak(now))


def _is_in(member: ChatMember) -> bool:
    """Returns whether the bot is in the group; a restricted member may be in it or not."""
    return member.status in PRESENT and bool(getattr(member, "is_member", True))


def _may_speak(member: ChatMember) -> bool:
    return bool(getattr(member, "can_send_messages", True))


def _addressed_text(message: Message, bot: User) -> str | None:
    """Returns the text without the bot's name; None: the message is not for the bot."""
    if message.text is None:
        return None
    text, name = message.text, f"@{bot.username}"
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
    return None
