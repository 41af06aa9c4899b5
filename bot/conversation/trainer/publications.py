"""A challenge set that a trainer sent: its preview, for whom, from when, and its publication."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta

from bot.conversation.context import DeadButton, HandlerContext, NotUnderstood, row_id_in
from bot.conversation.member.nudges.nudges import task_text
from bot.conversation.parsing.dates import read_date
from bot.conversation.words import Words
from bot.core import permissions
from bot.core.challenges.challenge import Challenge, ChallengeSet
from bot.core.challenges.publishing import Audience, Changes
from bot.messages import Button, ButtonRows, Outgoing, Reply
from bot.store.admin import audit
from bot.store.admin.audit import Action
from bot.store.challenges import diff, drafts, publications
from bot.store.schema.challenges import ChallengeRow, DraftRow
from bot.store.schema.members import Expecting
from bot.store.teams import teams

EXAMPLES = 2
MAX_NAMED = 5  # challenges in a line about them
MAX_TEAMS = 90  # Telegram takes a hundred buttons
MAX_AHEAD = timedelta(days=366)


async def start_preview(context: HandlerContext, challenge_set: ChallengeSet) -> Reply:
    """Shows what a set without faults changes, unless it is live already."""
    compared = await diff.compare_with_live(context.session, challenge_set, {None: context.at})
    if compared.live and compared.version is not None:
        await drafts.discard_draft(context.session, context.member.id)
        _stop_expecting_start(context)
        same = context.say("push.same", name=challenge_set.set, version=compared.version.number)
        return Reply([Outgoing(same)])
    draft = await drafts.save_draft(
        context.session, context.member.id, challenge_set, compared.publication_number, context.at
    )
    return Reply([await _preview(context, draft, challenge_set)])


async def press(context: HandlerContext, argument: str) -> Reply:
    """Answers a button under a preview: `more:1a2b3c4d`, `team:1a2b3c4d:7`."""
    verb, _, rest = argument.partition(":")
    stamp, _, more = rest.partition(":")
    if not (await context.roles()).belongs_to(permissions.Audience.TRAINER):
        raise DeadButton
    draft = await context.session.get(DraftRow, context.member.id)
    if draft is None or verb not in PREVIEW_BUTTONS:
        raise DeadButton
    challenge_set = drafts.set_in(draft)
    if drafts.stamp_of(challenge_set) != stamp:
        raise DeadButton
    return await PREVIEW_BUTTONS[verb](context, draft, challenge_set, more)


# -- the preview


async def _preview(
    context: HandlerContext, draft: DraftRow, challenge_set: ChallengeSet, opening: str = ""
) -> Outgoing:
    say, stamp = context.say, drafts.stamp_of(challenge_set)
    audience = await drafts.audience_of(
        context.session, draft, context.at, context.member.rhythm.zone
    )
    compared = await diff.compare_with_live(context.session, challenge_set, audience)
    title = challenge_set.title.in_language(say.language)
    was = (
        say("push.first", title=title, name=challenge_set.set)
        if compared.version is None
        else say(
            "push.against", title=title, name=challenge_set.set, version=compared.version.number
        )
    )
    parts = [
        *([opening] if opening else []),
        "\n".join([was, *change_lines(compared.changes, say)]),
        # Before the examples: where a message is too long, its end is what falls off.
        say(
            "push.plan",
            whom=await audience_words(context, draft.teams),
            start=start_words(context, draft.starts_on),
        ),
        say("push.examples"),
        *(
            example(challenge, say)
            for challenge in _examples(challenge_set, compared.changes, draft.examples_page)
        ),
    ]
    more = ((Button(say("button.push_more", count=say.number(EXAMPLES)), f"push:more:{stamp}"),),)
    buttons: ButtonRows = (
        *(more if len(challenge_set.challenges) > EXAMPLES else ()),
        (
            Button(say("button.push_who"), f"push:who:{stamp}"),
            Button(say("button.push_when"), f"push:when:{stamp}"),
        ),
        (Button(say("button.push_yes"), f"push:yes:{stamp}"),),
        (Button(say("button.push_no"), f"push:no:{stamp}"),),
    )
    return Outgoing("\n\n".join(parts), buttons=buttons)


def change_lines(changes: Changes, say: Words) -> list[str]:
    """Returns what is new, changed and retired, a line each."""
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
    more = len(slugs) - MAX_NAMED
    shown = ", ".join(slugs[:MAX_NAMED])
    return say("push.and_more", names=shown, more=more) if more > 0 else shown


def _examples(challenge_set: ChallengeSet, changes: Changes, seen: int) -> list[Challenge]:
    """Returns `EXAMPLES` challenges; those that are new or changed come first."""
    new_or_changed = {*changes.new, *changes.changed}
    ordered = sorted(
        challenge_set.challenges, key=lambda challenge: challenge.id not in new_or_changed
    )
    return [
        ordered[(seen * EXAMPLES + n) % len(ordered)] for n in range(min(EXAMPLES, len(ordered)))
    ]


def example(challenge: Challenge, say: Words) -> str:
    """Returns a challenge as members will see it, below its id."""
    row = preview_row(challenge)
    return f"— {challenge.id} —\n{task_text(row, say)}\n\n{row.text_in(say.language)['reflect']}"


def preview_row(challenge: Challenge) -> ChallengeRow:
    """Returns a challenge that is not published as if it were, as far as members see it."""
    return ChallengeRow(
        minutes=challenge.minutes, daring=challenge.daring, texts=publications.texts_of(challenge)
    )


async def audience_words(context: HandlerContext, team_ids: Collection[int]) -> str:
    """Says for whom a set is: everybody, or the names of teams."""
    chosen = await teams.teams_by_id(context.session, frozenset(team_ids))
    if not chosen:
        return context.say("push.everybody")
    if len(chosen) > MAX_NAMED:
        return _named([team.name for team in chosen], context.say)
    return context.say.list(team.name for team in chosen)


def start_words(context: HandlerContext, starts_on: date | None) -> str:
    """Says from when a set is live: now, or from a day."""
    if starts_on is None or starts_on <= context.today:
        return context.say("push.at_once")
    return context.say.day(starts_on)


async def _refresh_preview(
    context: HandlerContext, draft: DraftRow, challenge_set: ChallengeSet
) -> Reply:
    """Returns the preview as it is now, in the place of the message that was there."""
    preview = await _preview(context, draft, challenge_set)
    return Reply([Outgoing(preview.text, buttons=preview.buttons, replaces=context.pressed)])


async def _more(
    context: HandlerContext, draft: DraftRow, challenge_set: ChallengeSet, _: str
) -> Reply:
    draft.examples_page += 1
    return await _refresh_preview(context, draft, challenge_set)


async def _back(
    context: HandlerContext, draft: DraftRow, challenge_set: ChallengeSet, _: str
) -> Reply:
    _stop_expecting_start(context)
    return await _refresh_preview(context, draft, challenge_set)


def _stop_expecting_start(context: HandlerContext) -> None:
    """Stops expecting a day; anything else that the bot expects stays."""
    if context.member.expecting is Expecting.STARTS:
        context.member.expects(None)


# -- for whom


async def _who(
    context: HandlerContext, draft: DraftRow, challenge_set: ChallengeSet, _: str
) -> Reply:
    say, stamp = context.say, drafts.stamp_of(challenge_set)
    all_teams = (await teams.all_teams(context.session))[:MAX_TEAMS]
    everybody = _marked(say("button.push_everybody"), chosen=not draft.teams)
    buttons: ButtonRows = (
        (Button(everybody, f"push:all:{stamp}"),),
        *(
            (
                Button(
                    _marked(listed.team.name, chosen=listed.team.id in draft.teams),
                    f"push:team:{stamp}:{listed.team.id}",
                ),
            )
            for listed in all_teams
        ),
        (Button(say("button.push_back"), f"push:back:{stamp}"),),
    )
    question = say("push.who", name=challenge_set.set)
    return Reply([Outgoing(question, buttons=buttons, replaces=context.pressed)])


def _marked(label: str, *, chosen: bool) -> str:
    return f"✓ {label}" if chosen else label


async def _everybody(
    context: HandlerContext, draft: DraftRow, challenge_set: ChallengeSet, _: str
) -> Reply:
    draft.teams = []
    return await _refresh_preview(context, draft, challenge_set)


async def _team(
    context: HandlerContext, draft: DraftRow, challenge_set: ChallengeSet, number: str
) -> Reply:
    """Adds a team to the audience, or takes it out."""
    chosen = frozenset({row_id_in(number)})
    if not await teams.teams_by_id(context.session, chosen):
        raise DeadButton
    draft.teams = sorted({*draft.teams} ^ chosen)
    return await _who(context, draft, challenge_set, "")


# -- from when


async def _when(
    context: HandlerContext, draft: DraftRow, challenge_set: ChallengeSet, _: str
) -> Reply:
    say, stamp = context.say, drafts.stamp_of(challenge_set)
    monday = context.today + timedelta(days=7 - context.today.weekday())
    context.member.expects(Expecting.STARTS)
    buttons: ButtonRows = (
        (Button(say("button.push_now"), f"push:start:{stamp}:"),),
        (Button(say("button.push_monday", day=say.day(monday)), f"push:start:{stamp}:{monday}"),),
        (Button(say("button.push_back"), f"push:back:{stamp}"),),
    )
    return Reply([Outgoing(say("push.when"), buttons=buttons, replaces=context.pressed)])


async def _starts(
    context: HandlerContext, draft: DraftRow, challenge_set: ChallengeSet, day: str
) -> Reply:
    _stop_expecting_start(context)
    starts_on = date.fromisoformat(day) if day else None
    if starts_on is not None and not context.today <= starts_on <= context.today + MAX_AHEAD:
        raise DeadButton
    draft.starts_on = starts_on
    return await _refresh_preview(context, draft, challenge_set)


async def typed_start(context: HandlerContext, text: str) -> Reply:
    """Sets the day on which the set begins, as it was typed."""
    draft = await context.session.get(DraftRow, context.member.id)
    # Who was a trainer meanwhile sees nothing.
    if draft is None or not (await context.roles()).belongs_to(permissions.Audience.TRAINER):
        context.member.expects(None)
        return Reply([Outgoing(context.say("push.gone"))])
    starts_on = read_start(context, text)
    context.member.expects(None)
    draft.starts_on = starts_on
    return Reply([await _preview(context, draft, drafts.set_in(draft))])


def read_start(context: HandlerContext, text: str) -> date | None:
    """Returns the day that was typed, from which a set is to be live; None: today, so at once.

    Raises:
        NotUnderstood: it is no day, or not one in the year to come.
    """
    day = read_date(text, context.today)
    if day is None or not context.today <= day <= context.today + MAX_AHEAD:
        raise NotUnderstood("push.when_unclear")
    return None if day == context.today else day


# -- the last word


async def _publish(
    context: HandlerContext, draft: DraftRow, challenge_set: ChallengeSet, _: str
) -> Reply:
    """Publishes the set, unless somebody else published this set after the preview was made."""
    say, name = context.say, challenge_set.set
    act = await publications.last_publication_number(context.session, name, for_update=True)
    if act != draft.publication_number:
        return await _published_meanwhile(context, draft, challenge_set, act)
    audience = await drafts.audience_of(
        context.session, draft, context.at, context.member.rhythm.zone
    )
    team_ids, starts_on = draft.teams, draft.starts_on
    await context.session.delete(draft)
    _stop_expecting_start(context)
    done = await publish(context, challenge_set, audience, team_ids, starts_on)
    return Reply([Outgoing(done or say("push.already", name=name), replaces=context.pressed)])


async def publish(
    context: HandlerContext,
    challenge_set: ChallengeSet,
    audience: Audience,
    team_ids: Collection[int],
    starts_on: date | None,
) -> str | None:
    """Publishes a set and records it; call it when all else is done.

    Args:
        context: of the trainer.
        challenge_set: the set.
        audience: for whom and from when.
        team_ids: the same teams, to name them; empty: everybody.
        starts_on: the same day, to name it; None: at once.

    Returns:
        What was done, in words; None: nothing, for the whole audience has it already.
    """
    version = await publications.publish(context.session, challenge_set, context.at, audience)
    if version is None:
        return None
    whom, start = await audience_words(context, team_ids), start_words(context, starts_on)
    name = challenge_set.set
    detail = audit.publication(version.number, audience)
    await context.record(Action.PUBLISHED, audit.challenge_set(name), detail)
    return context.say("push.done", name=name, version=version.number, whom=whom, start=start)


async def _published_meanwhile(
    context: HandlerContext, draft: DraftRow, challenge_set: ChallengeSet, act: int
) -> Reply:
    """Says what somebody else changed, and shows what this set would change now."""
    published = await publications.publications_of(context.session, challenge_set.set)
    newest = await publications.version_of(
        context.session,
        challenge_set.set,
        next(publication.version for publication in published if publication.number == act),
    )
    before = next(
        (
            publication.version
            for publication in reversed(published)
            if publication.number <= draft.publication_number
        ),
        None,
    )
    lines = [context.say("push.overtaken", version=newest.number)]
    if before is not None:
        old = await publications.version_of(context.session, challenge_set.set, before)
        lines += change_lines(await diff.changes_between(context.session, old, newest), context.say)
    draft.publication_number = act
    stale = [] if context.pressed is None else [Outgoing("", replaces=context.pressed)]
    return Reply([*stale, await _preview(context, draft, challenge_set, "\n".join(lines))])


async def _drop(
    context: HandlerContext, draft: DraftRow, challenge_set: ChallengeSet, _: str
) -> Reply:
    await context.session.delete(draft)
    _stop_expecting_start(context)
    dropped = context.say("push.dropped", name=challenge_set.set)
    return Reply([Outgoing(dropped, replaces=context.pressed)], notice=dropped)


PREVIEW_BUTTONS = {
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
