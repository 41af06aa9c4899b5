"""A nudge, the buttons under it, and what they do."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from bot.conversation.context import HandlerContext, NotUnderstood
from bot.conversation.member.nudges import work
from bot.conversation.member.reflections import reflections
from bot.conversation.nudge_buttons import NudgeButton, NudgeButtons
from bot.conversation.render.openings import NO_OPENING, Opening
from bot.conversation.words import Words
from bot.core.challenges.nerve import DARINGS
from bot.core.rhythm.postponing import PostponeOption, postpone_options
from bot.core.streaks.rounds import COUNTS, Answer
from bot.messages import Button, NudgeReference, Outgoing, Purpose, Reply
from bot.set_files.programmes import programmes
from bot.store.challenges import selection
from bot.store.db.locks import leases
from bot.store.nudges import nudges, receipts
from bot.store.nudges.nudges import PlaceInRound
from bot.store.schema.challenges import ChallengeRow
from bot.store.schema.members import Expecting
from bot.store.schema.nudges import NudgeRow

MAX_SWAPS = 2
WITH_ANSWERS = (Purpose.NUDGE, Purpose.CHECK_IN)  # the messages with the buttons of a nudge
WAYS_ON: Mapping[Answer | None, tuple[str, ...]] = {
    Answer.SKIPPED: ("back", "nooccasion"),
    Answer.NO_OCCASION: ("back",),
    Answer.SWAPPED: ("unsuitable",),
}
"""The buttons that stay under a nudge with this answer, by their action."""


def render(
    nudge_id: int,
    task: str,
    say: Words,
    *,
    postponed: int = 0,
    opening: Opening = NO_OPENING,
) -> Outgoing:
    """Returns a nudge as its member sees it, with the buttons under it.

    Args:
        nudge_id: its number.
        task: what it asks, see `task_text`.
        say: their language.
        postponed: how often it was put off before.
        opening: what is said first.
    """
    if opening.is_first_round:  # here they see for the first time how much daring it takes
        task = f"{task} {say('explain.daring', most=max(DARINGS))}"
    return Outgoing(
        "\n\n".join([*opening.paragraphs(say), task]),
        buttons=NUDGE_BUTTONS.rows(nudge_id, say),
        about=NudgeReference(nudge_id, Purpose.NUDGE, postponed),
    )


def task_text(challenge: ChallengeRow, say: Words, last_day: date | None = None) -> str:
    """Returns what to do, why, and what it takes; and until when, for a challenge of this week."""
    text = challenge.text_in(say.language)
    takes = say("nudge.takes", n=challenge.minutes, daring=challenge.daring, most=max(DARINGS))
    if last_day is not None:
        takes = f"{takes} {say('nudge.until', day=say.weekday_name(last_day))}"
    return "\n\n".join(part for part in (text["task"], text["why"], takes) if part)


async def now(context: HandlerContext, _: str) -> Reply:
    """Answers /nu: sends a challenge, in the round that is still open or in an extra one."""
    latest = await nudges.latest_nudge(context.session, context.member.id)
    if latest is not None and await _is_open(context, latest):
        return Reply([await _fresh_nudge(context, PlaceInRound(latest.round_at, latest.extra))])
    return Reply([await _fresh_nudge(context, PlaceInRound(context.at, extra=True))])


async def _is_open(context: HandlerContext, latest: NudgeRow) -> bool:
    """Returns whether the member's last round can still be done; an extra one ends with its day."""
    if latest.sent_at is None or (latest.extra and latest.day != context.today):
        return False
    return not COUNTS & await nudges.round_answers(context.session, latest)


async def _fresh_nudge(
    context: HandlerContext, place: PlaceInRound, check_in_at: datetime | None = None
) -> Outgoing:
    """Creates a nudge with another challenge, leased because it goes out with this reply."""
    member, planned = context.member, place.begins_planned_round
    selected = await selection.select_challenges(
        context.session, [member.id], context.at, programmes(), planned=planned
    )
    if member.id not in selected:
        raise NotUnderstood("nudge.no_challenges")
    challenge = selected[member.id].challenge
    nudge = nudges.create(context.session, member, challenge, place, context.at)
    nudge.check_in_at = check_in_at
    leases.take(nudge, context.at + leases.NUDGE_LEASE, is_attempt=False)
    await context.session.flush()
    return render(
        nudge.id,
        task_text(challenge, context.say, nudge.last_day),
        context.say,
        opening=Opening(selected[member.id]),
    )


async def done(context: HandlerContext, nudge: NudgeRow) -> Reply:
    """Answers Gedaan: the challenge was done."""
    return await _count_answer(context, nudge, Answer.DONE)


async def tried(context: HandlerContext, nudge: NudgeRow) -> Reply:
    """Answers Geprobeerd: it was tried and went otherwise, which counts as well."""
    return await _count_answer(context, nudge, Answer.TRIED)


async def _count_answer(context: HandlerContext, nudge: NudgeRow, answer: Answer) -> Reply:
    if nudge.answer in {*COUNTS, Answer.SWAPPED, Answer.UNSUITABLE}:
        return await _answered_before(context, nudge)
    nudges.record_answer(nudge, answer, context.at)
    await nudges.cancel_round(context.session, nudge)
    if await context.diary.has(nudge.id):  # they wrote first, and the button is under our question
        questions = await reflections.settle_question(context, nudge)
        settled = await _settle(
            context, nudge, except_for=[message.replaces for message in questions]
        )
        return Reply([*settled, *questions, *await reflections.thank(context, nudge)])
    return Reply([*await _settle(context, nudge), await reflections.ask(context, nudge)])


async def replied(context: HandlerContext, nudge: NudgeRow, words: str) -> Reply:
    """Keeps a reply to the message of this nudge, however old, and counts the nudge as done."""
    settled: list[Outgoing] = []
    if nudge.answer not in COUNTS:
        nudges.record_answer(nudge, Answer.DONE, context.at)
        await nudges.cancel_round(context.session, nudge)
        settled = await _settle(context, nudge)
    kept = await reflections.keep(context, nudge, words)
    if settled and await nudges.round_is_over(context.session, nudge):
        settled.append(Outgoing(context.say("praise.late")))
    return replace(kept, messages=[*settled, *kept.messages])


async def keep_before_answer(context: HandlerContext, nudge: NudgeRow, words: str) -> Reply:
    """Keeps what they wrote before they pressed a button, and asks how it went."""
    reflection_id = await reflections.write(context, nudge, words)
    say = context.say
    counting, *_ = NUDGE_BUTTONS.rows(nudge.id, say)
    discard = Button(say("button.discard"), f"discard:{nudge.id}:{reflection_id}")
    text = say("reflection.which", task=reflections.excerpt(nudge, say))
    about = NudgeReference(nudge.id, Purpose.QUESTION)
    return Reply([Outgoing(text, buttons=(counting, (discard,)), about=about)])


async def later(context: HandlerContext, nudge: NudgeRow) -> Reply:
    """Answers Later: asks when, under the nudge itself."""
    if nudge.answer is not None:
        return await _answered_before(context, nudge)
    say = context.say
    options = postpone_options(context.member.rhythm, context.at, context.member.absences)
    buttons = tuple(
        (Button(_option_label(say, kind, moment, context), f"lateron:{nudge.id}:{kind}"),)
        for kind, moment in options.items()
    )
    if not buttons:
        return Reply(notice=say("later.none"))
    text = f"{task_text(nudge.challenge, say, nudge.last_day)}\n\n{say('later.ask')}"
    about = NudgeReference(nudge.id, Purpose.NUDGE)
    return Reply([Outgoing(text, buttons=buttons, replaces=context.pressed, about=about)])


def _option_label(
    say: Words, kind: PostponeOption, moment: datetime, context: HandlerContext
) -> str:
    local = moment.astimezone(context.member.rhythm.zone)
    at = say.time(local.time())
    if kind is PostponeOption.TOMORROW and (local.date() - context.today).days > 1:
        return say("later.on_day", day=say.day(local.date()), time=at)
    return say(f"later.{kind}", time=at)


async def later_on(context: HandlerContext, nudge: NudgeRow, kind: str = "") -> Reply:
    """Postpones the nudge to the moment that was chosen."""
    if nudge.answer is not None:
        return await _answered_before(context, nudge)
    say = context.say
    moment = postpone_options(context.member.rhythm, context.at, context.member.absences).get(
        PostponeOption(kind)
    )
    if moment is None:
        return Reply(notice=say("later.passed"))
    nudges.reschedule_without_follow_up(nudge, moment)
    nudge.postponed += 1
    outcome = say("later.set", moment=say.moment(moment, context.member.rhythm.zone))
    settled = await _settle(context, nudge, outcome)
    return Reply(settled, notice=outcome)


async def another(context: HandlerContext, nudge: NudgeRow) -> Reply:
    """Answers Andere: swaps the challenge within the same round, at most `MAX_SWAPS` times."""
    if nudge.answer is not None:
        return await _answered_before(context, nudge)
    if nudge.swaps >= MAX_SWAPS:
        count = context.say.number(MAX_SWAPS).capitalize()
        return Reply(notice=context.say("another.enough", n=MAX_SWAPS, count=count))
    check_in_at = nudge.check_in_at
    nudges.record_answer(nudge, Answer.SWAPPED, context.at)
    settled = await _settle(context, nudge)
    replacement = await _fresh_nudge(context, PlaceInRound.after_swap(nudge), check_in_at)
    return Reply([*settled, replacement])


async def not_now(context: HandlerContext, nudge: NudgeRow) -> Reply:
    """Answers Niet nu: skips the challenge, without a question."""
    if nudge.answer is not None:
        return await _answered_before(context, nudge)
    nudges.record_answer(nudge, Answer.SKIPPED, context.at)
    return Reply(await _settle(context, nudge), notice=context.say("not_now.fine"))


async def bring_back(context: HandlerContext, nudge: NudgeRow) -> Reply:
    """Answers Toch doen: the challenge that was left is open again, with its buttons."""
    if nudge.answer not in (None, Answer.SKIPPED, Answer.NO_OCCASION):
        return await _answered_before(context, nudge)
    nudges.reopen(nudge)
    copies = await _copies(context, nudge)
    task = task_text(nudge.challenge, context.say, nudge.last_day)
    shown = render(nudge.id, task, context.say)
    return Reply([replace(shown, replaces=copy) for copy in copies])


async def no_occasion(context: HandlerContext, nudge: NudgeRow) -> Reply:
    """Answers Kwam niet voor: what the challenge waits for did not happen, which costs nothing."""
    if nudge.answer not in (None, Answer.SKIPPED):
        return await _answered_before(context, nudge)
    nudges.change_answer(nudge, Answer.NO_OCCASION, context.at)
    return Reply(await _settle(context, nudge), notice=context.say("no_occasion.fine"))


async def unsuitable(context: HandlerContext, nudge: NudgeRow) -> Reply:
    """Answers Past niet bij mijn werk, under a challenge that was swapped."""
    if nudge.answer is not Answer.SWAPPED:
        return await _answered_before(context, nudge)
    learned = await work.does_not_suit(context, nudge)
    return Reply([*await _settle(context, nudge), *learned.messages])


async def _answered_before(context: HandlerContext, nudge: NudgeRow) -> Reply:
    """Answers a second press: nothing changes, and the buttons that were still there go."""
    swapped = nudge.answer in (Answer.SWAPPED, Answer.UNSUITABLE)
    key = "already.swapped" if swapped else "already.answered"
    messages = await _settle(context, nudge)
    if context.member.waits_for(
        Expecting.REFLECTION, nudge.id
    ) and not await receipts.was_message_sent(context.session, nudge.id, Purpose.QUESTION):
        # Their first press was noted, but the question after it got lost on its way.
        messages.append(await reflections.ask(context, nudge))
    return Reply(messages, notice=context.say(key))


async def _settle(
    context: HandlerContext,
    nudge: NudgeRow,
    outcome: str | None = None,
    except_for: Sequence[str | None] = (),
) -> list[Outgoing]:
    """Shows under every copy of the nudge in this chat what became of it, instead of its buttons.

    Buttons of another kind may remain: the ways on from that outcome.
    """
    say = context.say
    text = f"{task_text(nudge.challenge, say)}\n\n{outcome or say(f'settled.{nudge.answer}')}"
    actions = WAYS_ON.get(nudge.answer, ())
    buttons = tuple((NUDGE_BUTTONS[action].under(nudge.id, say),) for action in actions)
    about = NudgeReference(nudge.id, Purpose.NUDGE) if buttons else None
    return [
        Outgoing(text, buttons=buttons, replaces=copy, about=about)
        for copy in await _copies(context, nudge, except_for)
    ]


async def _copies(
    context: HandlerContext, nudge: NudgeRow, except_for: Sequence[str | None] = ()
) -> list[str]:
    """Returns the ids of the messages in this chat that have buttons under this nudge."""
    copies = await receipts.messages_with_buttons(
        context.session, nudge.id, context.sender.pair, *WITH_ANSWERS
    )
    if context.pressed is not None and context.pressed not in (*copies, *except_for):
        copies.append(context.pressed)
    return copies


def awaits_answer(nudge: NudgeRow | None) -> bool:
    """Returns whether a plain text may be about this nudge: it was sent and has no answer."""
    return nudge is not None and nudge.sent_at is not None and nudge.answer is None


NUDGE_BUTTONS = NudgeButtons(
    [
        NudgeButton(
            action="done",
            handler=done,
            label="button.done",
            row=0,
            reactions="✅☑👍❤🎉🏆💯🔥👏",
            repeatable=True,
        ),
        NudgeButton(
            action="tried",
            handler=tried,
            label="button.tried",
            row=0,
            reactions="💪🙈🫡🤝",
            repeatable=True,
        ),
        # A second press on one of these two would put off a nudge again.
        NudgeButton(
            action="later",
            handler=later,
            label="button.later",
            row=1,
            reactions="⏰🕐",
        ),
        NudgeButton(action="lateron", handler=later_on, arguments=1),
        NudgeButton(
            action="another",
            handler=another,
            label="button.another",
            row=1,
            repeatable=True,
        ),
        NudgeButton(
            action="notnow",
            handler=not_now,
            label="button.not_now",
            row=1,
            repeatable=True,
        ),
        NudgeButton(
            action="back",
            handler=bring_back,
            label="button.back",
            repeatable=True,
        ),
        NudgeButton(
            action="nooccasion",
            handler=no_occasion,
            label="button.no_occasion",
            repeatable=True,
        ),
        NudgeButton(
            action="unsuitable",
            handler=unsuitable,
            label="button.unsuitable",
            repeatable=True,
        ),
        NudgeButton(
            action="nowords",
            handler=reflections.skip,
            label="button.no_words",
            repeatable=True,
        ),
        NudgeButton(
            action="discard",
            handler=reflections.discard,
            label="button.discard",
            arguments=1,
        ),
        # A second press would share again what was taken back in between.
        NudgeButton(action="share", handler=reflections.share, arguments=2),
    ]
)
