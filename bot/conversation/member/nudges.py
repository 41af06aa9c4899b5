"""A nudge and its five answers: done, tried, later, another, not now."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.conversation.context import Misunderstood, Turn
from bot.conversation.member import reflections
from bot.conversation.words import Words
from bot.core.postponing import Later, moments_later
from bot.core.rounds import COUNTS, Answer
from bot.messages import About, Button, Outgoing, Purpose, Reply, Rows
from bot.set_files.programmes import programmes
from bot.store.challenges import selection
from bot.store.challenges.programmes import Guide
from bot.store.nudges import nudges
from bot.store.schema.challenges import ChallengeRow
from bot.store.schema.members import Expecting
from bot.store.schema.nudges import NudgeRow

MOST_SWAPS = 2


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
        about=About(nudge_id, Purpose.NUDGE, postponed),
    )


def programme_line(guide: Guide | None, say: Words) -> str:
    """In which week of which programme this is, or that it is over."""
    if guide is None:
        return ""
    title = guide.programme.title.model_dump()[say.language]
    if guide.week is None:
        return say("programme.over", title=title)
    return say(
        "programme.week",
        title=title,
        week=guide.week + 1,
        of=len(guide.programme.weeks),
        about=guide.programme.weeks[guide.week].title.model_dump()[say.language],
    )


def task_text(challenge: ChallengeRow, say: Words) -> str:
    """What to do, why, and what it takes."""
    text = challenge.text_in(say.language)
    takes = say("nudge.takes", n=challenge.minutes, daring=challenge.daring)
    return "\n\n".join(part for part in (text["task"], text["why"], takes) if part)


def choices(nudge_id: int, say: Words) -> Rows:
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


async def now(turn: Turn, _: str) -> Reply:
    """/nu: a challenge right away, in the round that is still open or in an extra one."""
    latest = await nudges.latest_of(turn.session, turn.member.id)
    if latest is not None and await _is_open(turn, latest):
        return Reply([await _new(turn, latest.round_at, extra=latest.extra)])
    return Reply([await _new(turn, turn.at, extra=True)])


async def _is_open(turn: Turn, latest: NudgeRow) -> bool:
    """Whether the member's last round can still be done; an extra one ends with its day."""
    if latest.sent_at is None or (latest.extra and latest.day != turn.today):
        return False
    return not COUNTS & await nudges.round_answers(turn.session, latest)


async def _new(turn: Turn, round_at: datetime, *, extra: bool, swaps: int = 0) -> Outgoing:
    """Another challenge, that goes out with this reply."""
    who, planned = turn.member, not extra and not swaps
    given = await selection.give(turn.session, [who.id], turn.at, programmes(), planned=planned)
    if who.id not in given:
        raise Misunderstood("nudge.no_challenges")
    challenge, opening = given[who.id].challenge, programme_line(given[who.id].guide, turn.say)
    nudge = nudges.create(turn.session, who, challenge, round_at, turn.at, extra=extra, swaps=swaps)
    nudge.leased_until = turn.at + nudges.LEASE
    await turn.session.flush()
    return render(nudge.id, challenge, turn.say, opening=opening)


async def done(turn: Turn, nudge: NudgeRow) -> Reply:
    """They did it."""
    return await _counted(turn, nudge, Answer.DONE)


async def tried(turn: Turn, nudge: NudgeRow) -> Reply:
    """They tried, and it went otherwise; daring counts."""
    return await _counted(turn, nudge, Answer.TRIED)


async def _counted(turn: Turn, nudge: NudgeRow, answer: Answer) -> Reply:
    if nudge.answer in COUNTS or nudge.answer is Answer.SWAPPED:
        return await _already(turn, nudge)
    nudges.answer(nudge, answer, turn.at)
    await nudges.drop_round(turn.session, nudge)
    if await turn.diary.has(nudge.id):  # they wrote first, and the button is under our question
        asked = await reflections.settle_question(turn, nudge)
        settled = await _settle(turn, nudge, but_not=[message.replaces for message in asked])
        return Reply([*settled, *asked, *await reflections.thank(turn, nudge)])
    return Reply([*await _settle(turn, nudge), await reflections.ask(turn, nudge)])


async def replied(turn: Turn, nudge: NudgeRow, words: str) -> Reply:
    """They replied to the message of this nudge, however old: that answers it."""
    settled: list[Outgoing] = []
    if nudge.answer not in COUNTS:
        nudges.answer(nudge, Answer.DONE, turn.at)
        await nudges.drop_round(turn.session, nudge)
        settled = await _settle(turn, nudge)
    kept = await reflections.keep(turn, nudge, words)
    if settled and await nudges.round_is_over(turn.session, nudge):
        settled.append(Outgoing(turn.say("praise.late")))
    return replace(kept, messages=[*settled, *kept.messages])


async def later(turn: Turn, nudge: NudgeRow) -> Reply:
    """Not at this moment: asks when, under the nudge itself."""
    if nudge.answer is not None:
        return await _already(turn, nudge)
    say = turn.say
    offers = moments_later(turn.member.rhythm, turn.at, turn.member.absences)
    buttons = tuple(
        (Button(_offer(say, kind, moment, turn), f"lateron:{nudge.id}:{kind}"),)
        for kind, moment in offers.items()
    )
    if not buttons:
        return Reply(notice=say("later.none"))
    text = f"{task_text(nudge.challenge, say)}\n\n{say('later.ask')}"
    about = About(nudge.id, Purpose.NUDGE)
    return Reply([Outgoing(text, buttons=buttons, replaces=turn.pressed, about=about)])


def _offer(say: Words, kind: Later, moment: datetime, turn: Turn) -> str:
    local = moment.astimezone(turn.member.rhythm.zone)
    at = say.time(local.time())
    if kind is Later.TOMORROW and (local.date() - turn.today).days > 1:
        return say("later.on_day", day=say.day(local.date()), time=at)
    return say(f"later.{kind}", time=at)


async def later_on(turn: Turn, nudge: NudgeRow, kind: str = "") -> Reply:
    """The moment they chose: the nudge comes again then."""
    if nudge.answer is not None:
        return await _already(turn, nudge)
    say = turn.say
    moment = moments_later(turn.member.rhythm, turn.at, turn.member.absences).get(Later(kind))
    if moment is None:
        return Reply(notice=say("later.passed"))
    nudges.put_off(nudge, moment)
    nudge.postponed += 1
    told = say("later.set", moment=say.moment(moment, turn.member.rhythm.zone))
    settled = await _settle(turn, nudge, told)
    return Reply(settled, notice=told)


async def another(turn: Turn, nudge: NudgeRow) -> Reply:
    """Another challenge in the same round, twice at the most."""
    if nudge.answer is not None:
        return await _already(turn, nudge)
    if nudge.swaps >= MOST_SWAPS:
        return Reply(notice=turn.say("another.enough"))
    nudges.answer(nudge, Answer.SWAPPED, turn.at)
    settled = await _settle(turn, nudge)
    fresh = await _new(turn, nudge.round_at, extra=nudge.extra, swaps=nudge.swaps + 1)
    return Reply([*settled, fresh])


async def not_now(turn: Turn, nudge: NudgeRow) -> Reply:
    """Not this one, and no questions asked."""
    if nudge.answer is not None:
        return await _already(turn, nudge)
    nudges.answer(nudge, Answer.SKIPPED, turn.at)
    return Reply(await _settle(turn, nudge), notice=turn.say("not_now.fine"))


async def _already(turn: Turn, nudge: NudgeRow) -> Reply:
    """A second press: nothing changes, and the buttons that were still there go."""
    key = "already.swapped" if nudge.answer is Answer.SWAPPED else "already.answered"
    messages = await _settle(turn, nudge)
    if turn.member.waits_for(Expecting.REFLECTION, nudge.id) and not await nudges.was_sent(
        turn.session, nudge.id, Purpose.QUESTION
    ):
        # Their first press was noted, but the question after it got lost on its way.
        messages.append(await reflections.ask(turn, nudge))
    return Reply(messages, notice=turn.say(key))


async def _settle(
    turn: Turn, nudge: NudgeRow, told: str | None = None, but_not: Sequence[str | None] = ()
) -> list[Outgoing]:
    """Takes the buttons from every copy of the nudge here, and shows what became of it."""
    say = turn.say
    told = told or say(f"settled.{nudge.answer}")
    copies = await nudges.asking(turn.session, nudge.id, Purpose.NUDGE, turn.sender.pair)
    if turn.pressed is not None and turn.pressed not in (*copies, *but_not):
        copies.append(turn.pressed)
    text = f"{task_text(nudge.challenge, say)}\n\n{told}"
    return [Outgoing(text, replaces=copy) for copy in copies]


def awaits_answer(nudge: NudgeRow | None) -> bool:
    """Whether a plain text may well be about this nudge: it is there and was not answered."""
    return nudge is not None and nudge.sent_at is not None and nudge.answer is None
