"""The reflection after a nudge: a question, an answer in plain text, and who may read it."""

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

MAX_LENGTH = 20_000
STILL_WRITING = timedelta(minutes=15)
EXCERPT_LENGTH = 60
NOTED = "✍"  # one of those that Telegram offers


async def ask(context: HandlerContext, nudge: NudgeRow) -> Outgoing:
    """Returns the question that comes after done or tried."""
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
    """Keeps what was written about a nudge that has its answer, and thanks for it.

    Raises:
        NotUnderstood: it is far too long; nothing is kept of it and the question stays open.
    """
    await write(context, nudge, words)
    noted = Reaction(context.source, NOTED)
    messages = [*await settle_question(context, nudge), *await thank(context, nudge)]
    return Reply(messages, reaction=noted)


async def add(context: HandlerContext, nudge: NudgeRow, words: str) -> Reply:
    """Keeps what was written on, right after a reflection."""
    await write(context, nudge, words)
    return Reply([Outgoing(context.say("reflection.added"))])


async def still_writing(context: HandlerContext, nudge_id: int) -> bool:
    """Returns whether the last words about this nudge are so recent that new ones go with them."""
    recent = await context.diary.since(context.at - STILL_WRITING)
    return any(entry.nudge.id == nudge_id for entry in recent)


async def write(context: HandlerContext, nudge: NudgeRow, words: str) -> int:
    """Stores what was written about a nudge, and returns the reflection's id.

    Raises:
        NotUnderstood: it is far too long.
    """
    if len(words) > MAX_LENGTH:
        raise NotUnderstood("reflection.too_long", n=MAX_LENGTH, length=len(words))
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
    """Answers Overslaan: leaves the question without an answer."""
    if context.member.waits_for(Expecting.REFLECTION, nudge.id):
        context.member.expects(None)
    settled = await settle_question(context, nudge)
    return Reply([*settled, Outgoing(await streak_line(context))])


async def share(
    context: HandlerContext, nudge: NudgeRow, with_whom: str = "", team_id: str = ""
) -> Reply:
    """Sets who may read it: nobody, or one of the member's teams, with their name or without."""
    sharing = Sharing(with_whom)
    await receipts.messages_with_buttons(
        context.session, nudge.id, Purpose.THANKS, context.sender.pair
    )
    if sharing is Sharing.NOBODY:
        await shares.withdraw(context.session, nudge.id)
        await digests.mark_for_correction(context.session, [nudge.id], context.at)
        return _confirm_sharing(context, nudge, context.say("shared.nobody"))
    teams_by_id = {
        team.id: team for team, _ in await teams.teams_of_member(context.session, context.member.id)
    }
    if not teams_by_id:
        return _confirm_sharing(context, nudge, context.say("shared.no_team"))
    if len(teams_by_id) > 1 and not team_id:
        return Reply([_ask_which_team(context, nudge, sharing, teams_by_id)])
    team = teams_by_id.get(row_id_in(team_id)) if team_id else next(iter(teams_by_id.values()))
    if team is None:
        raise DeadButton
    named = sharing is Sharing.TEAM
    await shares.share(context.session, nudge.id, team.id, named, context.at)
    await digests.mark_for_correction(context.session, [nudge.id], context.at)
    back = Button(context.say("button.take_back"), f"share:{nudge.id}:{Sharing.NOBODY}")
    return _confirm_sharing(
        context, nudge, context.say(f"shared.{sharing}", team=team.name), ((back,),)
    )


def _confirm_sharing(
    context: HandlerContext, nudge: NudgeRow, confirmation: str, buttons: ButtonRows = ()
) -> Reply:
    if context.member.waits_for(Expecting.SHARING, nudge.id):
        context.member.expects(None)
    return Reply(
        [Outgoing(confirmation, buttons=buttons, replaces=context.pressed)], notice=confirmation
    )


def _ask_which_team(
    context: HandlerContext, nudge: NudgeRow, sharing: Sharing, teams_by_id: dict[int, TeamRow]
) -> Outgoing:
    say = context.say
    buttons: ButtonRows = tuple(
        (Button(team.name, f"share:{nudge.id}:{sharing}:{team.id}"),)
        for team in teams_by_id.values()
    )
    mine = (Button(say("button.mine"), f"share:{nudge.id}:{Sharing.NOBODY}"),)
    return Outgoing(say("shared.which"), buttons=(*buttons, mine), replaces=context.pressed)


async def discard(context: HandlerContext, nudge: NudgeRow, reflection_id: str = "") -> Reply:
    """Erases a text that was not meant as a reflection; others about this nudge stay."""
    if nudge.answer is not None:
        return Reply(notice=context.say("already.answered"))
    await context.diary.erase(row_id_in(reflection_id))
    confirmation = context.say("reflection.discarded")
    return Reply([Outgoing(confirmation, replaces=context.pressed)], notice=confirmation)


async def edit(context: HandlerContext, words: str) -> Reply:
    """Changes a reflection when the message it came from was edited.

    Raises:
        NotUnderstood: it is far too long now; what was kept stays.
    """
    if len(words) > MAX_LENGTH:
        raise NotUnderstood("reflection.too_long", n=MAX_LENGTH, length=len(words))
    nudge_id = await context.diary.rewrite(context.source, words, context.at)
    if nudge_id is None:
        return Reply()
    await digests.mark_for_correction(context.session, [nudge_id], context.at)
    return Reply([Outgoing(context.say("reflection.edited"))])


async def withdraw(context: HandlerContext) -> Reply:
    """Erases a reflection when the message it came from was deleted."""
    nudge_id = await context.diary.erase_source(context.source)
    if nudge_id is None:
        return Reply()
    await digests.mark_for_correction(context.session, [nudge_id], context.at)
    return Reply([Outgoing(context.say("reflection.withdrawn"))], erased=True)


async def streak_line(context: HandlerContext) -> str:
    """Says where the streak stands: `Je reeks: 3 rondes.`."""
    await context.session.flush()
    streak = streak_of(await nudges.rounds_of_member(context.session, context.member))
    return context.say("streak.line", n=streak.current)


async def settle_question(context: HandlerContext, nudge: NudgeRow) -> list[Outgoing]:
    """Takes the buttons from the question, wherever it stands in this chat."""
    copies = await receipts.messages_with_buttons(
        context.session, nudge.id, Purpose.QUESTION, context.sender.pair
    )
    question = nudge.challenge.text_in(context.say.language)["reflect"]
    return [Outgoing(question, replaces=copy) for copy in copies]


def excerpt(nudge: NudgeRow, say: Words) -> str:
    """Returns the start of the task, enough to recognise it by."""
    task = nudge.challenge.text_in(say.language)["task"]
    if len(task) <= EXCERPT_LENGTH:
        return task.rstrip(".")
    return task[:EXCERPT_LENGTH].rsplit(" ", 1)[0].rstrip(".,;:") + "…"
