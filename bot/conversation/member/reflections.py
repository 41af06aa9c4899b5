"""The reflection after a nudge: one question, an answer in plain text, and who may read it."""

from datetime import timedelta

from bot.conversation.context import DeadButton, Misunderstood, Turn, number_in
from bot.conversation.words import Words
from bot.core.streak import streak_of
from bot.messages import About, Button, Outgoing, Purpose, Reaction, Reply, Rows
from bot.store.nudges import nudges
from bot.store.schema.members import Expecting
from bot.store.schema.nudges import NudgeRow
from bot.store.schema.teams import TeamRow
from bot.store.teams import digests, shares, teams
from bot.store.teams.shares import Sharing

LONGEST = 20_000
SAME_BREATH = timedelta(minutes=15)
EXCERPT = 60
NOTED = "✍"  # one of those that Telegram offers


async def ask(turn: Turn, nudge: NudgeRow) -> Outgoing:
    """The question that comes after done or tried."""
    turn.member.expects(Expecting.REFLECTION, nudge.id)
    say = turn.say
    before = await nudges.counted_before(turn.session, nudge)
    praise = say.one_of(f"praise.{nudge.answer}", before)
    if await nudges.round_is_over(turn.session, nudge):
        praise = say("praise.late")
    question = nudge.challenge.text_in(say.language)["reflect"]
    return Outgoing(
        f"{praise}\n\n{question}",
        buttons=((Button(say("button.no_words"), f"nowords:{nudge.id}"),),),
        about=About(nudge.id, Purpose.QUESTION),
    )


async def keep(turn: Turn, nudge: NudgeRow, words: str) -> Reply:
    """Keeps what they wrote about a nudge that they answered.

    Raises:
        Misunderstood: it is far too long; nothing is kept of it and the question stays open.
    """
    await _write(turn, nudge, words)
    noted = Reaction(turn.source, NOTED)
    said = [*await settle_question(turn, nudge), *await thank(turn, nudge)]
    return Reply(said, reaction=noted)


async def keep_first(turn: Turn, nudge: NudgeRow, words: str) -> Reply:
    """They wrote before they pressed: keeps it, and asks how it went."""
    number = await _write(turn, nudge, words)
    say = turn.say
    buttons: Rows = (
        (
            Button(say("button.done"), f"done:{nudge.id}"),
            Button(say("button.tried"), f"tried:{nudge.id}"),
        ),
        (Button(say("button.discard"), f"discard:{nudge.id}:{number}"),),
    )
    text = say("reflection.which", task=excerpt(nudge, say))
    about = About(nudge.id, Purpose.QUESTION)
    return Reply([Outgoing(text, buttons=buttons, about=about)])


async def add(turn: Turn, nudge: NudgeRow, words: str) -> Reply:
    """They wrote on, right after their reflection."""
    await _write(turn, nudge, words)
    return Reply([Outgoing(turn.say("reflection.added"))])


async def still_writing(turn: Turn, nudge_id: int) -> bool:
    """Whether their last words about this nudge are so fresh that these belong to them."""
    fresh = await turn.diary.since(turn.at - SAME_BREATH)
    return any(entry.nudge.id == nudge_id for entry in fresh)


async def _write(turn: Turn, nudge: NudgeRow, words: str) -> int:
    if len(words) > LONGEST:
        raise Misunderstood("reflection.too_long", n=LONGEST, length=len(words))
    return await turn.diary.write(nudge.id, turn.source, words, turn.at)


async def thank(turn: Turn, nudge: NudgeRow) -> list[Outgoing]:
    """Says that it is kept and where the streak stands, and offers to share it."""
    turn.member.expects(Expecting.SHARING, nudge.id)
    say = turn.say
    streak = await streak_line(turn)
    buttons: Rows = (
        (Button(say("button.mine"), f"share:{nudge.id}:{Sharing.NOBODY}"),),
        (
            Button(say("button.share"), f"share:{nudge.id}:{Sharing.TEAM}"),
            Button(say("button.share_nameless"), f"share:{nudge.id}:{Sharing.TEAM_NAMELESS}"),
        ),
    )
    about = About(nudge.id, Purpose.THANKS)
    task = excerpt(nudge, say)
    text = f"{say('reflection.kept', task=task)} {streak}\n\n{say('reflection.share')}"
    return [Outgoing(text, buttons=buttons, about=about)]


async def no_words(turn: Turn, nudge: NudgeRow) -> Reply:
    """They would rather not write anything."""
    if turn.member.waits_for(Expecting.REFLECTION, nudge.id):
        turn.member.expects(None)
    settled = await settle_question(turn, nudge)
    return Reply([*settled, Outgoing(await streak_line(turn))])


async def share(turn: Turn, nudge: NudgeRow, with_whom: str = "", team_id: str = "") -> Reply:
    """Who may read it: nobody, or one of their teams, with their name or without."""
    sharing = Sharing(with_whom)
    await nudges.asking(turn.session, nudge.id, Purpose.THANKS, turn.sender.pair)
    if sharing is Sharing.NOBODY:
        await shares.take_back(turn.session, nudge.id)
        await digests.correct(turn.session, [nudge.id], turn.at)
        return _shared(turn, nudge, turn.say("shared.nobody"))
    belongs = {team.id: team for team, _ in await teams.of_member(turn.session, turn.member.id)}
    if not belongs:
        return _shared(turn, nudge, turn.say("shared.no_team"))
    if len(belongs) > 1 and not team_id:
        return Reply([_which_team(turn, nudge, sharing, belongs)])
    team = belongs.get(number_in(team_id)) if team_id else next(iter(belongs.values()))
    if team is None:
        raise DeadButton
    named = sharing is Sharing.TEAM
    await shares.share(turn.session, nudge.id, team.id, named, turn.at)
    await digests.correct(turn.session, [nudge.id], turn.at)
    back = Button(turn.say("button.take_back"), f"share:{nudge.id}:{Sharing.NOBODY}")
    return _shared(turn, nudge, turn.say(f"shared.{sharing}", team=team.name), ((back,),))


def _shared(turn: Turn, nudge: NudgeRow, told: str, buttons: Rows = ()) -> Reply:
    if turn.member.waits_for(Expecting.SHARING, nudge.id):
        turn.member.expects(None)
    return Reply([Outgoing(told, buttons=buttons, replaces=turn.pressed)], notice=told)


def _which_team(
    turn: Turn, nudge: NudgeRow, sharing: Sharing, belongs: dict[int, TeamRow]
) -> Outgoing:
    say = turn.say
    buttons: Rows = tuple(
        (Button(team.name, f"share:{nudge.id}:{sharing}:{team.id}"),) for team in belongs.values()
    )
    mine = (Button(say("button.mine"), f"share:{nudge.id}:{Sharing.NOBODY}"),)
    return Outgoing(say("shared.which"), buttons=(*buttons, mine), replaces=turn.pressed)


async def discard(turn: Turn, nudge: NudgeRow, number: str = "") -> Reply:
    """The text they typed was not meant as a reflection; others about this nudge stay."""
    if nudge.answer is not None:
        return Reply(notice=turn.say("already.answered"))
    await turn.diary.erase(number_in(number))
    told = turn.say("reflection.discarded")
    return Reply([Outgoing(told, replaces=turn.pressed)], notice=told)


async def edit(turn: Turn, words: str) -> Reply:
    """They changed an earlier message; if it was a reflection, that changes too.

    Raises:
        Misunderstood: it is far too long now; what was kept stays.
    """
    if len(words) > LONGEST:
        raise Misunderstood("reflection.too_long", n=LONGEST, length=len(words))
    nudge_id = await turn.diary.rewrite(turn.source, words, turn.at)
    if nudge_id is None:
        return Reply()
    await digests.correct(turn.session, [nudge_id], turn.at)
    return Reply([Outgoing(turn.say("reflection.edited"))])


async def withdraw(turn: Turn) -> Reply:
    """They took an earlier message back; if it was a reflection, it is gone here too."""
    nudge_id = await turn.diary.erase_source(turn.source)
    if nudge_id is None:
        return Reply()
    await digests.correct(turn.session, [nudge_id], turn.at)
    return Reply([Outgoing(turn.say("reflection.withdrawn"))], erased=True)


async def streak_line(turn: Turn) -> str:
    """Where the streak stands: `Je reeks: 3 rondes.`."""
    await turn.session.flush()
    streak = streak_of(await nudges.rounds_for(turn.session, turn.member))
    return turn.say("streak.line", n=streak.current)


async def settle_question(turn: Turn, nudge: NudgeRow) -> list[Outgoing]:
    """Takes the buttons from the question."""
    copies = await nudges.asking(turn.session, nudge.id, Purpose.QUESTION, turn.sender.pair)
    question = nudge.challenge.text_in(turn.say.language)["reflect"]
    return [Outgoing(question, replaces=copy) for copy in copies]


def excerpt(nudge: NudgeRow, say: Words) -> str:
    """The start of the task, enough to recognise it by."""
    task = nudge.challenge.text_in(say.language)["task"]
    if len(task) <= EXCERPT:
        return task.rstrip(".")
    return task[:EXCERPT].rsplit(" ", 1)[0].rstrip(".,;:") + "…"
