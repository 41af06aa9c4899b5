"""The check-in: *Hoe ging het?* in the afternoon, with the buttons of the morning's nudge.

It is off until a member turns it on: a second message a day is what makes people silence a bot.
"""

from bot.conversation.context import DeadButton, HandlerContext
from bot.conversation.member.nudges.nudges import NUDGE_BUTTONS, task_text
from bot.conversation.member.onboarding.explanations import check_in_switch
from bot.conversation.words import Words
from bot.core.rhythm.check_in import CHECK_IN
from bot.messages import NudgeReference, Outgoing, Purpose, Reply
from bot.store.schema.nudges import NudgeRow


def render(nudge: NudgeRow, say: Words) -> Outgoing:
    """Returns the question how a nudge went, with the nudge and its buttons."""
    return Outgoing(
        f"{say('check_in.ask')}\n\n{task_text(nudge.challenge, say)}",
        buttons=NUDGE_BUTTONS.rows(nudge.id, say),
        about=NudgeReference(nudge.id, Purpose.CHECK_IN),
    )


async def press(context: HandlerContext, argument: str) -> Reply:
    """Answers the button that turns the check-in on or off."""
    if argument not in ("on", "off"):
        raise DeadButton
    context.member.check_in = argument == "on"
    text = context.say(f"check_in.{argument}", time=context.say.time(CHECK_IN))
    return Reply(
        [Outgoing(text, buttons=((check_in_switch(context),),), replaces=context.pressed)],
        notice=text,
    )
