"""Presses on buttons, and the reactions that mean the same.

The buttons about a nudge are registered in `member/nudges/nudges.py`; all others are listed here.
"""

from dataclasses import replace

from bot.conversation.context import DeadButton, HandlerContext, row_id_in
from bot.conversation.member.linking import link_requests, linking, organisation, pages
from bot.conversation.member.nudges import check_ins, nudges, programmes, work
from bot.conversation.member.nudges.nudges import NUDGE_BUTTONS
from bot.conversation.member.onboarding import onboarding
from bot.conversation.member.privacy import privacy
from bot.conversation.member.reflections import streaks
from bot.conversation.member.rhythm import absences, rhythm, silences
from bot.conversation.registry import Handler
from bot.conversation.team import commands as team_commands
from bot.conversation.trainer import publications, sets
from bot.messages import Content, Outgoing, Pressed, Reacted, Reply
from bot.store.nudges import nudges as stored_nudges
from bot.store.nudges import receipts

BUTTONS: dict[str, Handler] = {
    "language": onboarding.press_language,
    "rhythm": rhythm.press,
    "now": nudges.now,
    "checkin": check_ins.press,
    "pace": silences.press,
    "stay": silences.press_stay,
    "absence": absences.press_drop,
    "resume": absences.press_resume,
    "review": streaks.review,
    "work": work.press_work,
    "daring": work.press_daring,
    "privacy": privacy.press_more,
    "export": privacy.export,
    "forget": privacy.press_forget,
    "channel": linking.press_channel,
    "unlink": linking.press_unlink,
    link_requests.BUTTON: link_requests.press,
    "team": team_commands.press,
    "push": publications.press,
    "programme": programmes.press,
    "sets": sets.press,
    pages.BUTTON: pages.press,
    organisation.BUTTON: organisation.press,
}


async def press(context: HandlerContext, data: str) -> Reply:
    """Answers a press on the button that carries `data`, such as `done:12`."""
    try:
        return await _press(context, data)
    except (DeadButton, ValueError):  # the latter: data that none of our buttons carries
        return dead_button(context)


async def _press(context: HandlerContext, data: str) -> Reply:
    action, _, argument = data.partition(":")
    if (handler := BUTTONS.get(action)) is not None:
        return await handler(context, argument)
    button = NUDGE_BUTTONS.get(action)
    number, *arguments = argument.split(":")
    if button is None or len(arguments) > button.arguments:
        raise DeadButton
    nudge = await stored_nudges.get_nudge(context.session, context.member.id, row_id_in(number))
    if nudge is None:
        raise DeadButton
    return await button.handler(context, nudge, *arguments)


def dead_button(context: HandlerContext) -> Reply:
    """Says that a button does nothing any more, and takes it away."""
    stale = [] if context.pressed is None else [Outgoing("", replaces=context.pressed)]
    return Reply(stale, notice=context.say("button.dead"))


async def react(context: HandlerContext, emoji: str, message: str) -> Reply:
    """Answers the nudge that this message brought, as if its button were pressed."""
    button = NUDGE_BUTTONS.by_reaction(emoji)
    nudge = await receipts.find_by_receipt(
        context.session, context.member.id, context.sender.pair, message
    )
    if button is None or nudge is None:
        return Reply()
    # Under one that was answered already it may be mere kindness, and asks for no notice.
    return replace(await button.handler(context, nudge), notice=None)


def may_be_repeated(content: Content) -> bool:
    """Returns whether a second delivery of this does no harm, and may bring back a lost reply."""
    if isinstance(content, Pressed):
        button = NUDGE_BUTTONS.get(content.action.partition(":")[0])
        return button is not None and button.repeatable
    return isinstance(content, Reacted)
