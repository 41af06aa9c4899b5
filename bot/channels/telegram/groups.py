"""Telegram's groups: when the bot is meant, by whom, and where the answer goes."""

from dataclasses import dataclass
from typing import Self

from telegram import Chat, ChatMember, ChatMemberUpdated, Message, MessageEntity, Update, User
from telegram.constants import ChatType

from bot.messages import (
    AddedToGroup,
    Content,
    GroupMoved,
    GroupRights,
    Pressed,
    RemovedFromGroup,
    Typed,
)

GROUPS = frozenset({ChatType.GROUP, ChatType.SUPERGROUP})
PRESENT = frozenset({"member", "administrator", "restricted"})


@dataclass(frozen=True, slots=True)
class ChatTopic:
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
class GroupUpdate:
    """Something in a group that was meant for the bot, or is about it.

    Attributes:
        content: what it was.
        by: who did it: a person, or the chat in whose name they wrote.
        place: where the answer goes.
    """

    content: Content
    by: User | Chat
    place: ChatTopic


def parse_group_update(update: Update, bot: User) -> GroupUpdate | None:
    """What an update from a group says to `bot`; None: nothing, or nothing to it.

    It is meant by a message that is a command (for it by name, or for nobody by name) or names it,
    and when a button of its is pressed. What other bots say is passed over, and so is what a linked
    channel posts into its group by itself.
    """
    chat = update.effective_chat
    if chat is None or chat.type not in GROUPS:
        return None
    here = ChatTopic(str(chat.id))
    if changed := update.my_chat_member:
        membership = _membership(changed)
        return GroupUpdate(membership, changed.from_user, here) if membership else None
    if query := update.callback_query:
        message_id = str(query.message.message_id) if query.message else None
        return GroupUpdate(Pressed(query.data or "", message_id), query.from_user, here)
    return None if update.message is None else _message(update.message, bot, here)


def _message(message: Message, bot: User, here: ChatTopic) -> GroupUpdate | None:
    # Anonymous admins and channels write in the name of a chat; the person is not told.
    by = message.sender_chat or message.from_user
    if by is not None and message.migrate_to_chat_id is not None:
        return GroupUpdate(GroupMoved(str(message.migrate_to_chat_id)), by, here)
    if by is None or message.is_automatic_forward or (isinstance(by, User) and by.is_bot):
        return None
    words = _addressed_text(message, bot)
    if words is None:
        return None
    topic = message.message_thread_id if message.is_topic_message else None
    return GroupUpdate(Typed(words, str(message.message_id)), by, ChatTopic(here.chat, topic))


def _membership(changed: ChatMemberUpdated) -> Content | None:
    """What became of the bot in a group."""
    before, now = changed.old_chat_member, changed.new_chat_member
    if not _is_in(now):
        return RemovedFromGroup() if _is_in(before) else None
    if not _is_in(before):
        return AddedToGroup()
    return None if _may_speak(before) == _may_speak(now) else GroupRights(_may_speak(now))


def _is_in(member: ChatMember) -> bool:
    """Whether the bot is in the group; who is restricted may be in it or not."""
    return member.status in PRESENT and bool(getattr(member, "is_member", True))


def _may_speak(member: ChatMember) -> bool:
    return bool(getattr(member, "can_send_messages", True))


def _addressed_text(message: Message, bot: User) -> str | None:
    """The words of a message without the bot's name, if it was meant for the bot."""
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
