"""Parses updates from private chats on Telegram."""

from collections.abc import Awaitable, Callable
from functools import partial

from telegram import (
    Chat,
    ChatMemberUpdated,
    Message,
    MessageReactionUpdated,
    ReactionTypeEmoji,
    Update,
    User,
)

from bot.channels.telegram.items import id_text
from bot.membership import Left, Returned
from bot.messages import Attached, Content, Edited, Pressed, Reacted, Typed, Unreadable

Download = Callable[[str], Awaitable[bytes]]


def parse_update(update: Update, download: Download) -> Content | None:
    """Returns what somebody did in their chat with the bot; None: nothing for the bot.

    Args:
        update: as Telegram sent it.
        download: fetches a file by its id.

    Raises:
        TypeError: a number of Telegram's is none.
    """
    if query := update.callback_query:
        message_id = id_text(query.message.message_id) if query.message else None
        return Pressed(query.data, message_id) if query.data else Unreadable("other")
    if membership := update.my_chat_member:
        return _membership(membership)
    if reaction := update.message_reaction:
        return _added_reaction(reaction)
    if edited := update.edited_message:
        text = edited.text or edited.caption
        return Edited(text, id_text(edited.message_id)) if text else None
    return _message(update.message, download) if update.message else None


def _message(message: Message, download: Download) -> Content | None:
    if message.text is not None:
        return _typed(message, message.text)
    caption = _typed(message, message.caption, _kind(message)) if message.caption else None
    if file := message.document:
        read = partial(download, file.file_id)
        return Attached(file.file_name or "", file.file_size or 0, read, caption)
    if caption is not None:
        return caption
    # Without text or attachment it is a service message, such as that of a pinned message.
    return Unreadable(_kind(message)) if message.effective_attachment else None


def _typed(message: Message, text: str, attachment: str | None = None) -> Typed:
    replied = message.reply_to_message
    reply_to = id_text(replied.message_id) if replied else None
    return Typed(text, id_text(message.message_id), reply_to, attachment)


def _membership(changed: ChatMemberUpdated) -> Content | None:
    """Returns whether they blocked or unblocked the bot; None: neither."""
    before, now = changed.old_chat_member.status, changed.new_chat_member.status
    if now == "kicked":
        return Left()
    return Returned() if before == "kicked" else None


def _added_reaction(reaction: MessageReactionUpdated) -> Content | None:
    """Returns the reaction that was added; None: one was taken away."""
    before = {kind.emoji for kind in reaction.old_reaction if isinstance(kind, ReactionTypeEmoji)}
    for kind in reaction.new_reaction:
        if isinstance(kind, ReactionTypeEmoji) and kind.emoji not in before:
            return Reacted(kind.emoji, id_text(reaction.message_id))
    return None


def _kind(message: Message) -> str:
    if message.voice or message.audio or message.video_note:
        return "voice"
    if message.sticker:
        return "sticker"
    return "photo" if message.photo else "other"


def display_name(sender: User | Chat | None) -> str | None:
    """Returns first and last name of a person, or the title of a chat."""
    return None if sender is None else sender.full_name
