"""The reflection after a nudge: one question, an answer in plain text, and who may read it."""

from datetime import timedelta

from bot.conversation.context import DeadButton, HandlerContext, NotUnderstood, row_id_in
from bot.conversation.words import Words
from bot.core.streak import streak_of
from bot.messages import Button, ButtonRows, NudgeReference, Outgoing, Purpose, Reaction, Reply
from bot.store.nudges import nudges, receipts
from bot.store.schema.members import Expecting
from bot.store.schema.nudges import NudgeRow
from bot.store.schema.teams import TeamRow
from bot.store.teams import digests, shares, teams
from bot.store.teams.shares import Sharing

LONGEST = 20_000
SAME_BREATH = timedelta(minutes=15)
EXCERPT = 60
NOTED = "✍"  # one of those that Telegram offers


async def ask(context: HandlerContext, nudge: NudgeRow) -> Outgoing:
    """The question that comes after done or tried."""
    context.member.expects(Expecting.REFLECTION, nudge.id)
    say = context.say
    before = await nudges.count_counted_before(context.session, nudge)
    praise = say.one_of(f"praise.{nudge.answer}", before)
    if await nudges.round_is_over(context.session, nudge):
        praise = say("praise.late")
    question = nudge.challenge.text_in(say.language)["reflect"]
    return Outgoing(
        f"{praise}\n\n{question}",
        buttons=((Button(say("button.no_words"), f"nowords:{nudge.id}"),),),
        about=NudgeReference(nudge.id, Purpose.QUESTION),
    )


async def keep(context: HandlerContext, nudge: NudgeRow, words: str) -> Reply:
    """Keeps what they wrote about a nudge that they answered.

    Raises:
        Misunderstood: it is far too long; nothing is kept of it and the question stays open.
    """
    await _write(context, nudge, words)
    noted = Reaction(context.source, NOTED)
    said = [*await settle_question(context, nudge), *await thank(context, nudge)]
    return Reply(said, reaction=noted)


async def keep_before_answer(context: HandlerContext, nudge: NudgeRow, words: str) -> Reply:
    """They wrote before they pressed: keeps it, and asks how it went."""
    number = await _write(context, nudge, words)
    say = context.say
    buttons: ButtonRows = (
        (
            Button(say("button.done"), f"done:{nudge.id}"),
            Button(say("button.tried"), f"tried:{nudge.id}"),
        ),
        (Button(say("button.discard"), f"discard:{nudge.id}:{number}"),),
    )
    text = say("reflection.which", task=excerpt(nudge, say))
    about = NudgeReference(nudge.id, Purpose.QUESTION)
    return Reply([Outgoing(text, buttons=buttons, about=about)])


async def add(context: HandlerContext, nudge: NudgeRow, words: str) -> Reply:
    """They wrote on, right after their reflection."""
    await _write(context, nudge, words)
    return Reply([Outgoing(context.say("reflection.added"))])


async def still_writing(context: HandlerContext, nudge_id: int) -> bool:
    """Whether their last words about this nudge are so fresh that these belong to them."""
    fresh = await context.diary.since(context.at - SAME_BREATH)
    return any(entry.nudge.id == nudge_id for entry in fresh)


async def _write(context: HandlerContext, nudge: NudgeRow, words: str) -> int:
    if len(words) > LONGEST:
        raise NotUnderstood("reflection.too_long", n=LONGEST, length=len(words))
    return await context.diary.write(nudge.id, context.source, words, context.at)


async def thank(context: HandlerContext, nudge: NudgeRow) -> list[Outgoing]:
    """Says that it is kept and where the streak stands, and offers to share it."""
    context.member.expects(Expecting.SHARING, nudge.id)
    say = context.say
    streak = await streak_line(context)
    buttons: ButtonRows = (
        (Button(say("button.mine"), f"share:{nudge.id}:{Sharing.NOBODY}"),),
        (
            Button(say("button.share"), f"share:{nudge.id}:{Sharing.TEAM}"),
            Button(say("button.share_nameless"), f"share:{nudge.id}:{Sharing.TEAM_NAMELESS}"),
        ),
    )
    about = NudgeReference(nudge.id, Purpose.THANKS)
    task = excerpt(nudge, say)
    text = f"{say('reflection.kept', task=task)} {streak}\n\n{say('reflection.share')}"
    return [Outgoing(text, buttons=buttons, about=about)]


async def skip(context: HandlerContext, nudge: NudgeRow) -> Reply:
    """They would rather not write anything."""
    if context.member.waits_for(Expecting.REFLECTION, nudge.id):
        context.member.expects(None)
    settled = await settle_question(context, nudge)
    return Reply([*settled, Outgoing(await streak_line(context))])


async def share(
    context: HandlerContext, nudge: NudgeRow, with_whom: str = "", team_id: str = ""
) -> Reply:
    """Who may read it: nobody, or one of their teams, with their name or without."""
    sharing = Sharing(with_whom)
    await receipts.messages_with_buttons(
        context.session, nudge.id, Purpose.THANKS, context.sender.pair
    )
    if sharing is Sharing.NOBODY:
        await shares.withdraw(context.session, nudge.id)
        await digests.mark_for_correction(context.session, [nudge.id], context.at)
        return _shared(context, nudge, context.say("shared.nobody"))
    belongs = {
        team.id: team for team, _ in await teams.teams_of_member(context.session, context.member.id)
    }
    if not belongs:
        return _shared(context, nudge, context.say("shared.no_team"))
    if len(belongs) > 1 and not team_id:
        return Reply([_which_team(context, nudge, sharing, belongs)])
    team = belongs.get(row_id_in(team_id)) if team_id else next(iter(belongs.values()))
    if team is None:
        raise DeadButton
    named = sharing is Sharing.TEAM
    await shares.share(context.session, nudge.id, team.id, named, context.at)
    await digests.mark_for_correction(context.session, [nudge.id], context.at)
    back = Button(context.say("button.take_back"), f"share:{nudge.id}:{Sharing.NOBODY}")
    return _shared(context, nudge, context.say(f"shared.{sharing}", team=team.name), ((back,),))


def _shared(context: HandlerContext, nudge: NudgeRow, told: str, buttons: ButtonRows = ()) -> Reply:
    if context.member.waits_for(Expecting.SHARING, nudge.id):
        context.member.expects(None)
    return Reply([Outgoing(told, buttons=buttons, replaces=context.pressed)], notice=told)


def _which_team(
    context: HandlerContext, nudge: NudgeRow, sharing: Sharing, belongs: dict[int, TeamRow]
) -> Outgoing:
    say = context.say
    buttons: ButtonRows = tuple(
        (Button(team.name, f"share:{nudge.id}:{sharing}:{team.id}"),) for team in belongs.values()
    )
    mine = (Button(say("button.mine"), f"share:{nudge.id}:{Sharing.NOBODY}"),)
    return Outgoing(say("shared.which"), buttons=(*buttons, mine), replaces=context.pressed)


async def discard(context: HandlerContext, nudge: NudgeRow, number: str = "") -> Reply:
    """The text they typed was not meant as a reflection; others about this nudge stay."""
    if nudge.answer is not None:
        return Reply(notice=context.say("already.answered"))
    await context.diary.erase(row_id_in(number))
    told = context.say("reflection.discarded")
    return Reply([Outgoing(told, replaces=context.pressed)], notice=told)


async def edit(context: HandlerContext, words: str) -> Reply:
    """They changed an earlier message; if it was a reflection, that changes too.

    Raises:
        Misunderstood: it is far too long now; what was kept stays.
    """
    if len(words) > LONGEST:
        raise NotUnderstood("reflection.too_long", n=LONGEST, length=len(words))
    nudge_id = await context.diary.rewrite(context.source, words, context.at)
    if nudge_id is None:
        return Reply()
    await digests.mark_for_correction(context.session, [nudge_id], context.at)
    return Reply([Outgoing(context.say("reflection.edited"))])


async def withdraw(context: HandlerContext) -> Reply:
    """They took an earlier message back; if it was a reflection, it is gone here too."""
    nudge_id = await context.diary.erase_source(context.source)
    if nudge_id is None:
        return Reply()
    await digests.mark_for_correction(context.session, [nudge_id], context.at)
    return Reply([Outgoing(context.say("reflection.withdrawn"))], erased=True)


async def streak_line(context: HandlerContext) -> str:
    """Where the streak stands: `Je reeks: 3 rondes.`."""
    await context.session.flush()
    streak = streak_of(await nudges.rounds_of_member(context.session, context.member))
    return context.say("streak.line", n=streak.current)


async def settle_question(context: HandlerContext, nudge: NudgeRow) -> list[Outgoing]:
    """Takes the buttons from the question."""
    copies = await receipts.messages_with_buttons(
        context.session, nudge.id, Purpose.QUESTION, context.sender.pair
    )
    question = nudge.challenge.text_in(context.say.language)["reflect"]
    return [Outgoing(question, replaces=copy) for copy in copies]


def excerpt(nudge: NudgeRow, say: Words) -> str:
    """The start of the task, enough to recognise it by."""
    task = nudge.challenge.text_in(say.language)["task"]
    if len(task) <= EXCERPT:
        return task.rstrip(".")
    return task[:EXCERPT].rsplit(" ", 1)[0].rstrip(".,;:") + "…"
