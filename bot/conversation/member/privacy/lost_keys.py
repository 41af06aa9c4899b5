"""What a member reads when their key is lost: whom to ask, while all else goes on."""

import structlog

from bot.conversation.context import HandlerContext, NotUnderstood

log = structlog.get_logger(__name__)


def sentence(context: HandlerContext) -> str:
    """Says that what they wrote cannot be opened any more, and whom to ask."""
    return context.say("lost_key.words", contact=whom_to_ask(context))


def not_sealed(context: HandlerContext) -> NotUnderstood:
    """Returns the refusal of what they write now: it would have to be kept unsealed."""
    log.warning("a reflection cannot be sealed: the key is lost", member=context.member.id)
    return NotUnderstood("lost_key.not_kept", contact=whom_to_ask(context))


def whom_to_ask(context: HandlerContext) -> str:
    """Says where to ask questions about one's data."""
    say, contact = context.say, context.policy.terms.contact
    return say("privacy.contact", contact=contact) if contact else say("privacy.no_contact")
