"""What an update from a private chat on Telegram tells."""

from collections.abc import Awaitable, Callable
from functools import partial

from telegram import ChatMemberUpdated, Message, MessageReactionUpdated, ReactionTypeEmoji, Update

from bot.messages import (
    Attached,
    Content,
    Edited,
    Left,
    Pressed,
    Reacted,
    Returned,
    Typed,
    Unreadable,
)

Download = Callable[[str], Awaitable[bytes]]


def parse_update(update: Update, download: Download) -> Content | None:
    """What somebody did in their chat with the bot; None: nothing that we listen to.

    Args:
        update: as it came.
        download: fetches a file by its id.
    """
    if query := update.callback_query:
        message_id = str(query.message.message_id) if query.message else None
        return Pressed(query.data, message_id) if query.data else Unreadable("other")
    if membership := update.my_chat_member:
        return _membership(membership)
    if reaction := update.message_reaction:
        return _reacted(reaction)
    if edited := update.edited_message:
        return Edited(edited.text, str(edited.message_id)) if edited.text else None
    return _message(update.message, download) if update.message else None


def _message(message: Message, download: Download) -> Content | None:
    if message.text is not None:
        replied = message.reply_to_message
        reply_to = str(replied.message_id) if replied else None
        return Typed(message.text, str(message.message_id), reply_to)
    if file := message.document:
        read = partial(download, file.file_id)
        return Attached(file.file_name or "", file.file_size or 0, read)
    # What has neither text nor anything attached is Telegram's own note, as of a pinned message.
    return Unreadable(_kind(message)) if message.effective_attachment else None


def _membership(changed: ChatMemberUpdated) -> Content | None:
    """They blocked the bot, or let it in again."""
    before, now = changed.old_chat_member.status, changed.new_chat_member.status
    if now == "kicked":
        return Left()
    return Returned() if before == "kicked" else None


def _reacted(reaction: MessageReactionUpdated) -> Content | None:
    """The reaction that was added; taking one away says nothing."""
    before = {one.emoji for one in reaction.old_reaction if isinstance(one, ReactionTypeEmoji)}
    for one in reaction.new_reaction:
        if isinstance(one, ReactionTypeEmoji) and one.emoji not in before:
            return Reacted(one.emoji, str(reaction.message_id))
    return None


def _kind(message: Message) -> str:
    if message.voice or message.audio or message.video_note:
        return "voice"
    if message.sticker:
        return "sticker"
    return "photo" if message.photo else "other"
