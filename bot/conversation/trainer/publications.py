"""A set that a trainer sent: what it changes, how it looks, for whom, from when; then live."""

from collections.abc import Sequence
from datetime import date, timedelta

from bot.conversation.context import DeadButton, Misunderstood, Turn, number_in
from bot.conversation.member.nudges import task_text
from bot.conversation.parsing.dates import read_date
from bot.conversation.words import Words
from bot.core.challenge import Challenge, ChallengeSet
from bot.core.publishing import Changes
from bot.messages import Button, Outgoing, Reply, Rows
from bot.store.challenges import diff, drafts, publications
from bot.store.members import roles
from bot.store.schema.challenges import ChallengeRow, DraftRow
from bot.store.schema.members import Expecting
from bot.store.teams import teams

EXAMPLES = 2
MOST_NAMED = 5  # challenges in a line about them
MOST_TEAMS = 90  # Telegram takes a hundred buttons
LATEST = timedelta(days=366)


async def received(turn: Turn, challenge_set: ChallengeSet) -> Reply:
    """A set without faults: what it changes, unless it is live already."""
    compared = await diff.compare(turn.session, challenge_set, {None: turn.at})
    if compared.live and compared.version is not None:
        await drafts.drop(turn.session, turn.member.id)
        _no_day_more(turn)
        same = turn.say("push.same", name=challenge_set.set, version=compared.version.number)
        return Reply([Outgoing(same)])
    draft = await drafts.keep(turn.session, turn.member.id, challenge_set, compared.act, turn.at)
    return Reply([await _preview(turn, draft, challenge_set)])


async def press(turn: Turn, argument: str) -> Reply:
    """A button under a preview: `more:1a2b3c4d`, `team:1a2b3c4d:7`."""
    verb, _, rest = argument.partition(":")
    stamp, _, more = rest.partition(":")
    if not (await roles.of_member(turn.session, turn.member.id)).trains:
        raise DeadButton
    draft = await turn.session.get(DraftRow, turn.member.id)
    if draft is None or verb not in VERBS:
        raise DeadButton
    challenge_set = drafts.set_in(draft)
    if drafts.stamp_of(challenge_set) != stamp:
        raise DeadButton
    return await VERBS[verb](turn, draft, challenge_set, more)


# -- the preview


async def _preview(
    turn: Turn, draft: DraftRow, challenge_set: ChallengeSet, opening: str = ""
) -> Outgoing:
    say, stamp = turn.say, drafts.stamp_of(challenge_set)
    audience = await drafts.audience_of(turn.session, draft, turn.at, turn.member.rhythm.zone)
    compared = await diff.compare(turn.session, challenge_set, audience)
    title = challenge_set.title.model_dump()[say.language]
    was = (
        say("push.first", title=title, name=challenge_set.set)
        if compared.version is None
        else say(
            "push.against", title=title, name=challenge_set.set, version=compared.version.number
        )
    )
    parts = [
        *([opening] if opening else []),
        "\n".join([was, *told(compared.changes, say)]),
        # Before the examples: where a message is too long, its end is what falls off.
        say("push.plan", whom=await _whom(turn, draft), start=_start(turn, draft)),
        say("push.examples"),
        *(_example(one, say) for one in _examples(challenge_set, compared.changes, draft.seen)),
    ]
    more = ((Button(say("button.push_more"), f"push:more:{stamp}"),),)
    buttons: Rows = (
        *(more if len(challenge_set.challenges) > EXAMPLES else ()),
        (
            Button(say("button.push_who"), f"push:who:{stamp}"),
            Button(say("button.push_when"), f"push:when:{stamp}"),
        ),
        (Button(say("button.push_yes"), f"push:yes:{stamp}"),),
        (Button(say("button.push_no"), f"push:no:{stamp}"),),
    )
    return Outgoing("\n\n".join(parts), buttons=buttons)


def told(changes: Changes, say: Words) -> list[str]:
    """What is new, changed and retired, a line each."""
    return [
        say(key, n=len(slugs), names=_named(slugs, say))
        for key, slugs in (
            ("push.new", changes.new),
            ("push.changed", changes.changed),
            ("push.retired", changes.retired),
        )
        if slugs
    ]


def _named(slugs: Sequence[str], say: Words) -> str:
    more = len(slugs) - MOST_NAMED
    shown = ", ".join(slugs[:MOST_NAMED])
    return say("push.and_more", names=shown, more=more) if more > 0 else shown


def _examples(challenge_set: ChallengeSet, changes: Changes, seen: int) -> list[Challenge]:
    """Two challenges; those that are new or changed first."""
    fresh = {*changes.new, *changes.changed}
    ordered = sorted(challenge_set.challenges, key=lambda one: one.id not in fresh)
    return [
        ordered[(seen * EXAMPLES + n) % len(ordered)] for n in range(min(EXAMPLES, len(ordered)))
    ]


def _example(one: Challenge, say: Words) -> str:
    """A challenge as members will see it, below its id."""
    row = ChallengeRow(minutes=one.minutes, daring=one.daring, texts=publications.texts_of(one))
    return f"— {one.id} —\n{task_text(row, say)}\n\n{row.text_in(say.language)['reflect']}"


async def _whom(turn: Turn, draft: DraftRow) -> str:
    chosen = await teams.by_number(turn.session, frozenset(draft.teams))
    if not chosen:
        return turn.say("push.everybody")
    if len(chosen) > MOST_NAMED:
        return _named([team.name for team in chosen], turn.say)
    return turn.say.list(team.name for team in chosen)


def _start(turn: Turn, draft: DraftRow) -> str:
    if draft.starts_on is None or draft.starts_on <= turn.today:
        return turn.say("push.at_once")
    return turn.say.day(draft.starts_on)


async def _again(turn: Turn, draft: DraftRow, challenge_set: ChallengeSet) -> Reply:
    """The preview as it is now, in the place of what was there."""
    shown = await _preview(turn, draft, challenge_set)
    return Reply([Outgoing(shown.text, buttons=shown.buttons, replaces=turn.pressed)])


async def _more(turn: Turn, draft: DraftRow, challenge_set: ChallengeSet, _: str) -> Reply:
    draft.seen += 1
    return await _again(turn, draft, challenge_set)


async def _back(turn: Turn, draft: DraftRow, challenge_set: ChallengeSet, _: str) -> Reply:
    _no_day_more(turn)
    return await _again(turn, draft, challenge_set)


def _no_day_more(turn: Turn) -> None:
    """The bot does not wait for a day any more; what else it waits for, it goes on waiting for."""
    if turn.member.expecting is Expecting.STARTS:
        turn.member.expects(None)


# -- for whom


async def _who(turn: Turn, draft: DraftRow, challenge_set: ChallengeSet, _: str) -> Reply:
    say, stamp = turn.say, drafts.stamp_of(challenge_set)
    counted = (await teams.all_of_them(turn.session))[:MOST_TEAMS]
    everybody = _marked(say("button.push_everybody"), chosen=not draft.teams)
    buttons: Rows = (
        (Button(everybody, f"push:all:{stamp}"),),
        *(
            (
                Button(
                    _marked(one.team.name, chosen=one.team.id in draft.teams),
                    f"push:team:{stamp}:{one.team.id}",
                ),
            )
            for one in counted
        ),
        (Button(say("button.push_back"), f"push:back:{stamp}"),),
    )
    asked = say("push.who", name=challenge_set.set)
    return Reply([Outgoing(asked, buttons=buttons, replaces=turn.pressed)])


def _marked(label: str, *, chosen: bool) -> str:
    return f"✓ {label}" if chosen else label


async def _everybody(turn: Turn, draft: DraftRow, challenge_set: ChallengeSet, _: str) -> Reply:
    draft.teams = []
    return await _again(turn, draft, challenge_set)


async def _team(turn: Turn, draft: DraftRow, challenge_set: ChallengeSet, number: str) -> Reply:
    """One team more, or one less."""
    chosen = frozenset({number_in(number)})
    if not await teams.by_number(turn.session, chosen):
        raise DeadButton
    draft.teams = sorted({*draft.teams} ^ chosen)
    return await _who(turn, draft, challenge_set, "")


# -- from when


async def _when(turn: Turn, draft: DraftRow, challenge_set: ChallengeSet, _: str) -> Reply:
    say, stamp = turn.say, drafts.stamp_of(challenge_set)
    monday = turn.today + timedelta(days=7 - turn.today.weekday())
    turn.member.expects(Expecting.STARTS)
    buttons: Rows = (
        (Button(say("button.push_now"), f"push:start:{stamp}:"),),
        (Button(say("button.push_monday", day=say.day(monday)), f"push:start:{stamp}:{monday}"),),
        (Button(say("button.push_back"), f"push:back:{stamp}"),),
    )
    return Reply([Outgoing(say("push.when"), buttons=buttons, replaces=turn.pressed)])


async def _starts(turn: Turn, draft: DraftRow, challenge_set: ChallengeSet, day: str) -> Reply:
    _no_day_more(turn)
    starts_on = date.fromisoformat(day) if day else None
    if starts_on is not None and not turn.today <= starts_on <= turn.today + LATEST:
        raise DeadButton
    draft.starts_on = starts_on
    return await _again(turn, draft, challenge_set)


async def typed_start(turn: Turn, text: str) -> Reply:
    """The day on which it begins, in words."""
    draft = await turn.session.get(DraftRow, turn.member.id)
    if draft is None:
        turn.member.expects(None)
        return Reply([Outgoing(turn.say("push.gone"))])
    day = read_date(text, turn.today)
    if day is None or not turn.today <= day <= turn.today + LATEST:
        raise Misunderstood("push.when_unclear")
    turn.member.expects(None)
    draft.starts_on = None if day == turn.today else day
    return Reply([await _preview(turn, draft, drafts.set_in(draft))])


# -- the last word


async def _publish(turn: Turn, draft: DraftRow, challenge_set: ChallengeSet, _: str) -> Reply:
    """Makes it live; unless somebody else published this set meanwhile."""
    say, name = turn.say, challenge_set.set
    act = await publications.last_act(turn.session, name, alone=True)
    if act != draft.act:
        return await _overtaken(turn, draft, challenge_set, act)
    audience = await drafts.audience_of(turn.session, draft, turn.at, turn.member.rhythm.zone)
    version = await publications.publish(turn.session, challenge_set, turn.at, audience)
    whom, start = await _whom(turn, draft), _start(turn, draft)
    await turn.session.delete(draft)
    _no_day_more(turn)
    if version is None:
        done = say("push.already", name=name)
    else:
        done = say("push.done", name=name, version=version.number, whom=whom, start=start)
    return Reply([Outgoing(done, replaces=turn.pressed)])


async def _overtaken(turn: Turn, draft: DraftRow, challenge_set: ChallengeSet, act: int) -> Reply:
    """What somebody else changed, and what this set would change now."""
    published = await publications.publications_of(turn.session, challenge_set.set)
    newest = await publications.version_of(
        turn.session,
        challenge_set.set,
        next(one.version for one in published if one.act == act),
    )
    before = next((one.version for one in reversed(published) if one.act <= draft.act), None)
    lines = [turn.say("push.overtaken", version=newest.number)]
    if before is not None:
        old = await publications.version_of(turn.session, challenge_set.set, before)
        lines += told(await diff.changes_between(turn.session, old, newest), turn.say)
    draft.act = act
    stale = [] if turn.pressed is None else [Outgoing("", replaces=turn.pressed)]
    return Reply([*stale, await _preview(turn, draft, challenge_set, "\n".join(lines))])


async def _drop(turn: Turn, draft: DraftRow, challenge_set: ChallengeSet, _: str) -> Reply:
    await turn.session.delete(draft)
    _no_day_more(turn)
    dropped = turn.say("push.dropped", name=challenge_set.set)
    return Reply([Outgoing(dropped, replaces=turn.pressed)], notice=dropped)


VERBS = {
    "more": _more,
    "who": _who,
    "all": _everybody,
    "team": _team,
    "when": _when,
    "start": _starts,
    "back": _back,
    "yes": _publish,
    "no": _drop,
}
