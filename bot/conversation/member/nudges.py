"""A nudge and its five answers: done, tried, later, another, not now."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.conversation.context import HandlerContext, NotUnderstood
from bot.conversation.member import reflections
from bot.conversation.words import Words
from bot.core.postponing import PostponeOption, postpone_options
from bot.core.rounds import COUNTS, Answer
from bot.messages import Button, ButtonRows, NudgeReference, Outgoing, Purpose, Reply
from bot.set_files.programmes import programmes
from bot.store.challenges import selection
from bot.store.challenges.programmes import ProgrammeGuide
from bot.store.nudges import nudges
from bot.store.schema.challenges import ChallengeRow
from bot.store.schema.members import Expecting
from bot.store.schema.nudges import NudgeRow

MAX_SWAPS = 2


def render(
    nudge_id: int,
    challenge: ChallengeRow,
    say: Words,
    *,
    postponed: int = 0,
    rounds: int | None = None,
    opening: str = "",
) -> Outgoing:
    """A nudge as its member sees it, with its five choices.

    Args:
        nudge_id: its number.
        challenge: what it asks.
        say: their language.
        postponed: how often it was put off before.
        rounds: how many planned rounds they had before, which picks a greeting; None: no greeting,
            for they asked for this one, or saw it before.
        opening: what is said first.
    """
    first = [opening] if opening else []
    greeting = [] if rounds is None else [say.one_of("nudge.greeting", rounds)]
    return Outgoing(
        "\n\n".join([*first, *greeting, task_text(challenge, say)]),
        buttons=choices(nudge_id, say),
        about=NudgeReference(nudge_id, Purpose.NUDGE, postponed),
    )


def programme_line(guide: ProgrammeGuide | None, say: Words) -> str:
    """In which week of which programme this is, or that it is over."""
    if guide is None:
        return ""
    title = guide.programme.title.in_language(say.language)
    if guide.week is None:
        return say("programme.over", title=title)
    return say(
        "programme.week",
        title=title,
        week=guide.week + 1,
        of=len(guide.programme.weeks),
        about=guide.programme.weeks[guide.week].title.in_language(say.language),
    )


def task_text(challenge: ChallengeRow, say: Words) -> str:
    """What to do, why, and what it takes."""
    text = challenge.text_in(say.language)
    takes = say("nudge.takes", n=challenge.minutes, daring=challenge.daring)
    return "\n\n".join(part for part in (text["task"], text["why"], takes) if part)


def choices(nudge_id: int, say: Words) -> ButtonRows:
    """The five answers, the two that count on top."""
    return (
        (
            Button(say("button.done"), f"done:{nudge_id}"),
            Button(say("button.tried"), f"tried:{nudge_id}"),
        ),
        (
            Button(say("button.later"), f"later:{nudge_id}"),
            Button(say("button.another"), f"another:{nudge_id}"),
            Button(say("button.not_now"), f"notnow:{nudge_id}"),
        ),
    )


async def now(context: HandlerContext, _: str) -> Reply:
    """/nu: a challenge right away, in the round that is still open or in an extra one."""
    latest = await nudges.latest_nudge(context.session, context.member.id)
    if latest is not None and await _is_open(context, latest):
        return Reply([await _new(context, latest.round_at, extra=latest.extra)])
    return Reply([await _new(context, context.at, extra=True)])


async def _is_open(context: HandlerContext, latest: NudgeRow) -> bool:
    """Whether the member's last round can still be done; an extra one ends with its day."""
    if latest.sent_at is None or (latest.extra and latest.day != context.today):
        return False
    return not COUNTS & await nudges.round_answers(context.session, latest)


async def _new(
    context: HandlerContext, round_at: datetime, *, extra: bool, swaps: int = 0
) -> Outgoing:
    """Another challenge, that goes out with this reply."""
    who, planned = context.member, not extra and not swaps
    given = await selection.select_challenges(
        context.session, [who.id], context.at, programmes(), planned=planned
    )
    if who.id not in given:
        raise NotUnderstood("nudge.no_challenges")
    challenge, opening = given[who.id].challenge, programme_line(given[who.id].guide, context.say)
    nudge = nudges.create(
        context.session, who, challenge, round_at, context.at, extra=extra, swaps=swaps
    )
    nudge.leased_until = context.at + nudges.LEASE
    await context.session.flush()
    return render(nudge.id, challenge, context.say, opening=opening)


async def done(context: HandlerContext, nudge: NudgeRow) -> Reply:
    """They did it."""
    return await _counted(context, nudge, Answer.DONE)


async def tried(context: HandlerContext, nudge: NudgeRow) -> Reply:
    """They tried, and it went otherwise; daring counts."""
    return await _counted(context, nudge, Answer.TRIED)


async def _counted(context: HandlerContext, nudge: NudgeRow, answer: Answer) -> Reply:
    if nudge.answer in COUNTS or nudge.answer is Answer.SWAPPED:
        return await _already(context, nudge)
    nudges.record_answer(nudge, answer, context.at)
    await nudges.cancel_round(context.session, nudge)
    if await context.diary.has(nudge.id):  # they wrote first, and the button is under our question
        asked = await reflections.settle_question(context, nudge)
        settled = await _settle(context, nudge, but_not=[message.replaces for message in asked])
        return Reply([*settled, *asked, *await reflections.thank(context, nudge)])
    return Reply([*await _settle(context, nudge), await reflections.ask(context, nudge)])


async def replied(context: HandlerContext, nudge: NudgeRow, words: str) -> Reply:
    """They replied to the message of this nudge, however old: that answers it."""
    settled: list[Outgoing] = []
    if nudge.answer not in COUNTS:
        nudges.record_answer(nudge, Answer.DONE, context.at)
        await nudges.cancel_round(context.session, nudge)
        settled = await _settle(context, nudge)
    kept = await reflections.keep(context, nudge, words)
    if settled and await nudges.round_is_over(context.session, nudge):
        settled.append(Outgoing(context.say("praise.late")))
    return replace(kept, messages=[*settled, *kept.messages])


async def later(context: HandlerContext, nudge: NudgeRow) -> Reply:
    """Not at this moment: asks when, under the nudge itself."""
    if nudge.answer is not None:
        return await _already(context, nudge)
    say = context.say
    offers = postpone_options(context.member.rhythm, context.at, context.member.absences)
    buttons = tuple(
        (Button(_offer(say, kind, moment, context), f"lateron:{nudge.id}:{kind}"),)
        for kind, moment in offers.items()
    )
    if not buttons:
        return Reply(notice=say("later.none"))
    text = f"{task_text(nudge.challenge, say)}\n\n{say('later.ask')}"
    about = NudgeReference(nudge.id, Purpose.NUDGE)
    return Reply([Outgoing(text, buttons=buttons, replaces=context.pressed, about=about)])


def _offer(say: Words, kind: PostponeOption, moment: datetime, context: HandlerContext) -> str:
    local = moment.astimezone(context.member.rhythm.zone)
    at = say.time(local.time())
    if kind is PostponeOption.TOMORROW and (local.date() - context.today).days > 1:
        return say("later.on_day", day=say.day(local.date()), time=at)
    return say(f"later.{kind}", time=at)


async def later_on(context: HandlerContext, nudge: NudgeRow, kind: str = "") -> Reply:
    """The moment they chose: the nudge comes again then."""
    if nudge.answer is not None:
        return await _already(context, nudge)
    say = context.say
    moment = postpone_options(context.member.rhythm, context.at, context.member.absences).get(
        PostponeOption(kind)
    )
    if moment is None:
        return Reply(notice=say("later.passed"))
    nudges.postpone(nudge, moment)
    nudge.postponed += 1
    told = say("later.set", moment=say.moment(moment, context.member.rhythm.zone))
    settled = await _settle(context, nudge, told)
    return Reply(settled, notice=told)


async def another(context: HandlerContext, nudge: NudgeRow) -> Reply:
    """Another challenge in the same round, twice at the most."""
    if nudge.answer is not None:
        return await _already(context, nudge)
    if nudge.swaps >= MAX_SWAPS:
        return Reply(notice=context.say("another.enough"))
    nudges.record_answer(nudge, Answer.SWAPPED, context.at)
    settled = await _settle(context, nudge)
    fresh = await _new(context, nudge.round_at, extra=nudge.extra, swaps=nudge.swaps + 1)
    return Reply([*settled, fresh])


async def not_now(context: HandlerContext, nudge: NudgeRow) -> Reply:
    """Not this one, and no questions asked."""
    if nudge.answer is not None:
        return await _already(context, nudge)
    nudges.record_answer(nudge, Answer.SKIPPED, context.at)
    return Reply(await _settle(context, nudge), notice=context.say("not_now.fine"))


async def _already(context: HandlerContext, nudge: NudgeRow) -> Reply:
    """A second press: nothing changes, and the buttons that were still there go."""
    key = "already.swapped" if nudge.answer is Answer.SWAPPED else "already.answered"
    messages = await _settle(context, nudge)
    if context.member.waits_for(
        Expecting.REFLECTION, nudge.id
    ) and not await nudges.was_message_sent(context.session, nudge.id, Purpose.QUESTION):
        # Their first press was noted, but the question after it got lost on its way.
        messages.append(await reflections.ask(context, nudge))
    return Reply(messages, notice=context.say(key))


async def _settle(
    context: HandlerContext,
    nudge: NudgeRow,
    told: str | None = None,
    but_not: Sequence[str | None] = (),
) -> list[Outgoing]:
    """Takes the buttons from every copy of the nudge here, and shows what became of it."""
    say = context.say
    told = told or say(f"settled.{nudge.answer}")
    copies = await nudges.messages_with_buttons(
        context.session, nudge.id, Purpose.NUDGE, context.sender.pair
    )
    if context.pressed is not None and context.pressed not in (*copies, *but_not):
        copies.append(context.pressed)
    text = f"{task_text(nudge.challenge, say)}\n\n{told}"
    return [Outgoing(text, replaces=copy) for copy in copies]


def awaits_answer(nudge: NudgeRow | None) -> bool:
    """Whether a plain text may well be about this nudge: it is there and was not answered."""
    return nudge is not None and nudge.sent_at is not None and nudge.answer is None
