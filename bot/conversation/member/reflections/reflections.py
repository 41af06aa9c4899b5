"""The reflection after a nudge: a question, an answer in plain text, and who may read it."""

from dataclasses import replace
from datetime import timedelta

from bot.conversation.context import DeadButton, HandlerContext, NotUnderstood, row_id_in
from bot.conversation.member.onboarding import explanations
from bot.conversation.member.privacy import lost_keys
from bot.conversation.member.reflections import look_back
from bot.conversation.render.streaks import streak_sentence
from bot.conversation.words import Words
from bot.core.streaks.rounds import Answer
from bot.messages import Button, ButtonRows, NudgeReference, Outgoing, Purpose, Reaction, Reply
from bot.store.keys.master_key import LostKey
from bot.store.nudges import nudges, receipts
from bot.store.schema.members import Expecting
from bot.store.schema.nudges import NudgeRow
from bot.store.schema.teams import TeamRow
from bot.store.teams import digests, shares, teams
from bot.store.teams.shares import Sharing

MAX_LENGTH = 20_000
STILL_WRITING = timedelta(minutes=15)
EXCERPT_LENGTH = 60
SHOWN_AFTER_BREAK = 4  # rounds
NOTED = "✍"  # one of those that Telegram offers


async def ask(context: HandlerContext, nudge: NudgeRow) -> Outgoing:
    """Returns the question that comes after done or tried."""
    context.member.expects(Expecting.REFLECTION, nudge.id)
    say = context.say
    before = await nudges.count_counted_before(context.session, nudge)
    praise = say.one_of(f"praise.{nudge.answer}", before)
    if await nudges.round_is_over(context.session, nudge):
        praise = say("praise.late")
    question = await look_back.question(context, nudge) or question_about(nudge, say)
    return Outgoing(
        f"{praise}\n\n{question}",
        buttons=((Button(say("button.no_words"), f"nowords:{nudge.id}"),),),
        about=NudgeReference(nudge.id, Purpose.QUESTION),
    )


def question_about(nudge: NudgeRow, say: Words) -> str:
    """Returns the question after its answer; the one after *tried* does not assume success."""
    text = nudge.challenge.text_in(say.language)
    if nudge.answer is Answer.TRIED:
        return text.get("reflect_tried") or say.one_of("reflect.tried", nudge.id)
    return text["reflect"]


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
    return await context.diary.has_since(nudge_id, context.at - STILL_WRITING)


async def write(context: HandlerContext, nudge: NudgeRow, words: str) -> int:
    """Stores what was written about a nudge, and returns the reflection's id.

    Raises:
        NotUnderstood: it is far too long, or cannot be sealed because their key is lost.
    """
    if len(words) > MAX_LENGTH:
        raise NotUnderstood("reflection.too_long", n=MAX_LENGTH, length=len(words))
    try:
        return await context.diary.write(nudge.id, context.source, words, context.at)
    except LostKey as error:
        raise lost_keys.not_sealed(context) from error


async def thank(context: HandlerContext, nudge: NudgeRow) -> list[Outgoing]:
    """Says that it is kept and where the streak stands; who has a team may share it from there."""
    context.member.expects(Expecting.ADDITION, nudge.id)
    say = context.say
    standing, rows = await standing_after(context, nudge)
    text = f"{say('reflection.kept', task=excerpt(nudge, say))} {standing}"
    has_team = bool(await teams.teams_of_member(context.session, context.member.id))
    about = NudgeReference(nudge.id, Purpose.THANKS)
    if not has_team:
        return [Outgoing(text, buttons=rows, about=about)]
    share_button = Button(say("button.share"), f"share:{nudge.id}")
    return [
        Outgoing(
            f"{text}\n\n{say('reflection.private')}", buttons=((share_button,), *rows), about=about
        )
    ]


async def skip(context: HandlerContext, nudge: NudgeRow) -> Reply:
    """Answers Overslaan: the question becomes the thanks, or they follow it when it was typed."""
    if context.member.waits_for(Expecting.REFLECTION, nudge.id):
        context.member.expects(None)
    standing, rows = await standing_after(context, nudge)
    thanks = Outgoing(standing, buttons=rows)
    settled = await settle_question(context, nudge)
    if context.pressed is None:
        return Reply([*settled, thanks])
    others = [copy for copy in settled if copy.replaces != context.pressed]
    notice = standing.splitlines()[0]
    return Reply([*others, replace(thanks, replaces=context.pressed)], notice=notice)


async def share(
    context: HandlerContext, nudge: NudgeRow, with_whom: str = "", team_id: str = ""
) -> Reply:
    """Asks how to share it, or sets who may read it: nobody, or a team, with a name or without."""
    await receipts.messages_with_buttons(
        context.session, nudge.id, context.sender.pair, Purpose.THANKS
    )
    teams_by_id = {
        team.id: team for team, _ in await teams.teams_of_member(context.session, context.member.id)
    }
    if not with_whom:
        return _ask_how(context, nudge, teams_by_id)
    sharing = Sharing(with_whom)
    if sharing is Sharing.NOBODY:
        return await keep_private(context, nudge)
    if not teams_by_id:
        return _confirm_sharing(context, nudge, context.say("shared.no_team"))
    if len(teams_by_id) > 1 and not team_id:
        return Reply([_ask_which_team(context, nudge, sharing, teams_by_id)])
    team = teams_by_id.get(row_id_in(team_id)) if team_id else next(iter(teams_by_id.values()))
    if team is None:
        raise DeadButton
    if any(entry.words is None for entry in await context.diary.about(nudge.id)):
        return _confirm_sharing(context, nudge, lost_keys.sentence(context))
    named = sharing is Sharing.TEAM
    await shares.share(context.session, nudge.id, team.id, named, context.at)
    await digests.mark_for_correction(context.session, [nudge.id], context.at)
    back = Button(context.say("button.take_back"), f"share:{nudge.id}:{Sharing.NOBODY}")
    return _confirm_sharing(
        context, nudge, context.say(f"shared.{sharing}", team=team.name), ((back,),)
    )


async def add_nothing(context: HandlerContext, nudge: NudgeRow, *, shares: bool) -> Reply:
    """Answers a yes or no right after the thanks, which is about sharing: never a reflection.

    Args:
        context: the context of what was typed.
        nudge: what they wrote about.
        shares: whether it was a yes. Without a team there is nothing to share with.
    """
    if not await teams.teams_of_member(context.session, context.member.id):
        context.member.expects(None)
        return Reply([Outgoing(context.say("reflection.fine"))])
    offers = await receipts.messages_with_buttons(
        context.session, nudge.id, context.sender.pair, Purpose.THANKS
    )
    reply = await (share(context, nudge) if shares else keep_private(context, nudge))
    return Reply([*(Outgoing("", replaces=offer) for offer in offers), *reply.messages])


async def keep_private(context: HandlerContext, nudge: NudgeRow) -> Reply:
    """Lets nobody else read it, whether it was shared or not."""
    await shares.withdraw(context.session, nudge.id, context.at)
    in_group = await digests.is_told_without_name(context.session, nudge.id)
    await digests.mark_for_correction(context.session, [nudge.id], context.at)
    confirmation = context.say("shared.nobody_from_group" if in_group else "shared.nobody")
    return _confirm_sharing(context, nudge, confirmation)


def _confirm_sharing(
    context: HandlerContext, nudge: NudgeRow, confirmation: str, buttons: ButtonRows = ()
) -> Reply:
    if context.member.waits_for(Expecting.ADDITION, nudge.id):
        context.member.expects(None)
    return Reply(
        [Outgoing(confirmation, buttons=buttons, replaces=context.pressed)], notice=confirmation
    )


def _ask_how(context: HandlerContext, nudge: NudgeRow, teams_by_id: dict[int, TeamRow]) -> Reply:
    """Asks whether the team may see their name."""
    if not teams_by_id:
        return _confirm_sharing(context, nudge, context.say("shared.no_team"))
    say = context.say
    [team, *others] = teams_by_id.values()
    question = say("shared.how") if others else say("shared.how_with", team=team.name)
    buttons: ButtonRows = (
        (
            Button(say("button.share_named"), f"share:{nudge.id}:{Sharing.TEAM}"),
            Button(say("button.share_nameless"), f"share:{nudge.id}:{Sharing.TEAM_NAMELESS}"),
        ),
        (_keep_private_button(say, nudge),),
    )
    return Reply([Outgoing(question, buttons=buttons, replaces=context.pressed)])


def _keep_private_button(say: Words, nudge: NudgeRow) -> Button:
    return Button(say("button.mine"), f"share:{nudge.id}:{Sharing.NOBODY}")


def _ask_which_team(
    context: HandlerContext, nudge: NudgeRow, sharing: Sharing, teams_by_id: dict[int, TeamRow]
) -> Outgoing:
    say = context.say
    buttons: ButtonRows = tuple(
        (Button(team.name, f"share:{nudge.id}:{sharing}:{team.id}"),)
        for team in teams_by_id.values()
    )
    mine = (_keep_private_button(say, nudge),)
    return Outgoing(say("shared.which"), buttons=(*buttons, mine), replaces=context.pressed)


async def discard(context: HandlerContext, nudge: NudgeRow, reflection_id: str = "") -> Reply:
    """Erases a text that was not meant as a reflection; others about this nudge stay."""
    if nudge.answer is not None:
        return Reply(notice=context.say("already.answered"))
    await context.diary.erase(row_id_in(reflection_id), context.at)
    confirmation = context.say("reflection.discarded")
    return Reply([Outgoing(confirmation, replaces=context.pressed)], notice=confirmation)


async def edit(context: HandlerContext, words: str) -> Reply:
    """Changes a reflection when the message it came from was edited.

    Raises:
        NotUnderstood: it is far too long now, or cannot be sealed; what was kept stays.
    """
    if len(words) > MAX_LENGTH:
        raise NotUnderstood("reflection.too_long", n=MAX_LENGTH, length=len(words))
    try:
        nudge_id = await context.diary.rewrite(context.source, words, context.at)
    except LostKey as error:
        raise lost_keys.not_sealed(context) from error
    if nudge_id is None:
        return Reply()
    await digests.mark_for_correction(context.session, [nudge_id], context.at)
    return Reply([Outgoing(context.say("reflection.edited"))])


async def withdraw(context: HandlerContext) -> Reply:
    """Erases a reflection when the message it came from was deleted."""
    nudge_id = await context.diary.erase_source(context.source, context.at)
    if nudge_id is None:
        return Reply()
    await digests.mark_for_correction(context.session, [nudge_id], context.at)
    return Reply([Outgoing(context.say("reflection.withdrawn"))], erased=True)


async def standing_after(context: HandlerContext, nudge: NudgeRow) -> tuple[str, ButtonRows]:
    """Says where they stand after an answer, with what is explained to them now, and its buttons.

    That is the streak, `Je reeks: 3 rondes.`, or after a break what stands in all: a shown broken
    streak makes people stop (Silverman and Barasch 2023). It is shown again when it has grown to
    `SHOWN_AFTER_BREAK`.
    """
    await context.session.flush()
    progress = await nudges.progress_of_member(context.session, context.member)
    streak = progress.streak
    if progress.was_broken and streak.current < SHOWN_AFTER_BREAK:
        line = context.say("streak.total", n=progress.done)
    else:
        line = streak_sentence(progress, context.say)
    subject = explanations.next_subject(context.member, nudge, streak)
    if subject is None:
        return line, ()
    text, rows = explanations.explain(context, subject)
    return f"{line}\n\n{text}", rows


async def settle_question(context: HandlerContext, nudge: NudgeRow) -> list[Outgoing]:
    """Takes the buttons from the question, wherever it stands in this chat."""
    copies = await receipts.messages_with_buttons(
        context.session, nudge.id, context.sender.pair, Purpose.QUESTION
    )
    return [Outgoing("", replaces=copy) for copy in copies]


def excerpt(nudge: NudgeRow, say: Words) -> str:
    """Returns the start of the task, enough to recognise it by."""
    task = nudge.challenge.text_in(say.language)["task"]
    if len(task) <= EXCERPT_LENGTH:
        return task.rstrip(".")
    return task[:EXCERPT_LENGTH].rsplit(" ", 1)[0].rstrip(".,;:") + "…"
