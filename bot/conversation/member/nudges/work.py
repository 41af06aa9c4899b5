"""/werk and /lef: what suits a member's work, and how daring challenges may be."""

from bot.conversation.context import DeadButton, HandlerContext, NotUnderstood
from bot.conversation.words import Words
from bot.core.challenges.fit import (
    CONTACTS,
    NEEDS,
    PLACES,
    Tag,
    WorkProfile,
    lessons,
    with_room_for,
    without,
)
from bot.core.challenges.nerve import BOLDEST, DARINGS
from bot.core.streaks.rounds import Answer
from bot.messages import Button, ButtonRows, Content, Outgoing, Pressed, Reply
from bot.store.challenges import history
from bot.store.members import members
from bot.store.nudges import nudges
from bot.store.schema.nudges import NudgeRow

ASKED_AFTER = 2  # challenges done or tried
# With these a member leaves a challenge behind: it was done, and all about it is said.
LAST_PRESSES = frozenset({"nowords", "share"})
ROWS = (
    (Tag.DESK, Tag.COUNTER, Tag.OUTDOORS),
    (Tag.HOME, Tag.SHIFT),
    (Tag.RESIDENTS, Tag.COLLEAGUES),
    (Tag.MEETING, Tag.WALKING),
)
CHOSEN = "✓ "


async def work(context: HandlerContext, _: str) -> Reply:
    """Answers /werk: shows what they said about their work, with buttons to change it."""
    return Reply([_question(context)])


def _question(context: HandlerContext, replaces: str | None = None) -> Outgoing:
    context.member.asked_about_work = True
    return Outgoing(
        context.say("work.ask"),
        buttons=_buttons(context.member.work, context.say),
        replaces=replaces,
    )


async def ask_once(context: HandlerContext, content: Content) -> list[Outgoing]:
    """Returns the question about their work after the second challenge they did; otherwise nothing.

    It comes when all about that challenge is said, so that it is in the way of nothing; and once.

    Args:
        context: of what they did just now.
        content: what they did.
    """
    member = context.member
    if (
        member.asked_about_work
        or member.expecting is not None
        or not isinstance(content, Pressed)
        or content.action.partition(":")[0] not in LAST_PRESSES
        or await nudges.count_counted(context.session, member.id) < ASKED_AFTER
    ):
        return []
    return [_question(context)]


def _buttons(profile: WorkProfile, say: Words) -> ButtonRows:
    """Returns a button for each tag, marked where it is chosen, and one that is the last."""
    chosen = profile.places | profile.contacts | profile.avoids
    rows = tuple(
        tuple(
            Button((CHOSEN if tag in chosen else "") + say(f"work.{tag}"), f"work:toggle:{tag}")
            for tag in row
        )
        for row in ROWS
    )
    return (*rows, (Button(say("button.ready"), "work:ready"),))


async def press_work(context: HandlerContext, argument: str) -> Reply:
    """Answers a button about their work, such as `toggle:desk`.

    Raises:
        DeadButton: no button carries this.
        ValueError: there is no such tag.
    """
    action, _, name = argument.partition(":")
    profile, say = context.member.work, context.say
    match action:
        case "toggle":
            members.set_work(context.member, _toggled(profile, Tag(name)))
            return Reply([_question(context, context.pressed)])
        case "ready":
            return _confirmed(context, _summary(profile, say))
        case "without":
            members.set_work(context.member, without(profile, Tag(name)))
            return Reply([_learned(context, Tag(name), context.pressed)])
        case "again":
            members.set_work(context.member, with_room_for(profile, Tag(name)))
            return _confirmed(context, say("work.again"))
        case "only":
            return _confirmed(context, say("work.never"))
    raise DeadButton


def _confirmed(context: HandlerContext, text: str) -> Reply:
    return Reply([Outgoing(text, replaces=context.pressed)], notice=text)


def _toggled(profile: WorkProfile, tag: Tag) -> WorkProfile:
    changed = frozenset({tag})
    return WorkProfile(
        profile.places ^ changed & PLACES,
        profile.contacts ^ changed & CONTACTS,
        profile.avoids ^ changed & NEEDS,
    )


def _summary(profile: WorkProfile, say: Words) -> str:
    """Says what they chose: `Je werk: kantoor en thuis.`."""
    chosen = profile.places | profile.contacts | profile.avoids
    if not chosen:
        return say("work.nothing")
    return say(
        "work.set", work=say.list(say(f"work.{tag}").lower() for tag in Tag if tag in chosen)
    )


async def does_not_suit(context: HandlerContext, nudge: NudgeRow) -> Reply:
    """Records that a challenge does not suit their work, and learns what it can from its tags.

    The challenge itself never comes again. What it cannot do without is not asked for any more: at
    once where that is one thing, with a button to take it back; otherwise they say which it is.

    Args:
        context: of the press.
        nudge: one that was swapped.
    """
    say, member = context.say, context.member
    nudges.change_answer(nudge, Answer.UNSUITABLE, context.at)
    await context.session.flush()
    await history.discard(context.session, [member.id])  # it is rebuilt with what was learned
    learned = lessons([Tag(tag) for tag in nudge.challenge.fits], member.work)
    if not learned:
        return Reply([Outgoing(say("work.never"))])
    if len(learned) == 1:
        members.set_work(member, without(member.work, learned[0]))
        return Reply([_learned(context, learned[0])])
    buttons = tuple((Button(say(f"work.why.{tag}"), f"work:without:{tag}"),) for tag in learned)
    only = (Button(say("button.only_this"), "work:only"),)
    return Reply([Outgoing(say("work.which"), buttons=(*buttons, only))])


def _learned(context: HandlerContext, tag: Tag, replaces: str | None = None) -> Outgoing:
    say = context.say
    undo = Button(say("button.undo"), f"work:again:{tag}")
    return Outgoing(say(f"work.learned.{tag}"), buttons=((undo,),), replaces=replaces)


async def daring(context: HandlerContext, argument: str) -> Reply:
    """Answers /lef: sets the highest daring, or asks for it with buttons.

    Raises:
        NotUnderstood: it is not one of the darings.
    """
    say = context.say
    if argument:
        return Reply([Outgoing(_set_daring(context, argument))])
    buttons = tuple(
        (Button(say(f"daring.{most}", most=most), f"daring:{most}"),) for most in DARINGS
    )
    text = say("daring.now", most=context.member.max_daring, of=BOLDEST)
    return Reply([Outgoing(text, buttons=buttons)])


async def press_daring(context: HandlerContext, argument: str) -> Reply:
    """Answers a button with a daring on it."""
    return _confirmed(context, _set_daring(context, argument))


def _set_daring(context: HandlerContext, typed: str) -> str:
    """Sets the highest daring, and says so.

    Raises:
        NotUnderstood: it is not one of the darings.
    """
    if typed not in map(str, DARINGS):
        raise NotUnderstood("daring.unclear", least=min(DARINGS), most=BOLDEST)
    context.member.max_daring = int(typed)
    return context.say("daring.set", most=context.member.max_daring, of=BOLDEST)
