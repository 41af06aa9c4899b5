"""Selects the next challenge of many members at once, from what is live for each of them."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.challenges.fit import Span
from bot.core.challenges.nerve import DARINGS
from bot.core.challenges.programme import Key
from bot.core.challenges.selection import Available, select_challenge
from bot.store.challenges import catalogue, history
from bot.store.challenges import programmes as programme_starts
from bot.store.challenges.history import Received, Recipient
from bot.store.challenges.programmes import ProgrammeGuide, Programmes
from bot.store.schema.challenges import ChallengeRow


@dataclass(frozen=True, slots=True)
class NextChallenge:
    """The next challenge of a member.

    Attributes:
        challenge: the challenge.
        rounds: how many of the member's own rounds began before it.
        had_before: whether they received the same challenge before.
        guide: what the member's programme says about it; None: they follow no programme.
    """

    challenge: ChallengeRow
    rounds: int
    had_before: bool
    guide: ProgrammeGuide | None


async def select_challenges(
    session: AsyncSession,
    member_ids: Collection[int],
    at: datetime,
    programmes: Programmes,
    *,
    planned: bool,
) -> dict[int, NextChallenge]:
    """Selects the next challenge of each of these members, and records it in their histories.

    Args:
        session: the transaction, in which their nudges are made too: a crash before its commit
            leaves neither a nudge nor a trace in the history.
        member_ids: the members.
        at: the present.
        programmes: all programmes, by name.
        planned: whether the challenge begins one of the member's own rounds.

    Returns:
        By member; a member for whom no challenge is live is left out.
    """
    if not member_ids:
        return {}
    live = await catalogue.live_catalogue(session, at)
    teams = await catalogue.teams_of(session, member_ids) if live.teams else {}
    guides = await programme_starts.programme_guides(session, member_ids, programmes, at)
    keys = {key for guide in guides.values() for key in (*guide.candidates, *guide.reserved)}
    numbers = await programme_starts.challenge_numbers(session, keys) if keys else {}
    await session.flush()  # what follows reads past the session
    received: dict[int, Received] = {}
    selected_keys: dict[int, catalogue.SelectedKey] = {}
    recipients = await history.recipients(session, member_ids, at, planned=planned)
    for member_id in member_ids:
        member_teams = teams.get(member_id, catalogue.NO_TEAMS)
        available, recipient = live.available_for(member_teams), recipients[member_id]
        suitable = _within_programme(
            _suitable(available, recipient, at), guides.get(member_id), numbers
        )
        selected = select_challenge(
            available, suitable, recipient.history, member_id, recipient.max_daring
        )
        if selected is not None:
            received[member_id] = Received(recipient, selected, planned)
            version_id = live.version_id(selected.theme, member_teams)
            selected_keys[member_id] = (version_id, selected.number)
    await history.record_received(session, received)
    challenges = await catalogue.challenges_by_number(session, set(selected_keys.values()))
    return {
        member_id: NextChallenge(
            challenges[selected_keys[member_id]],
            item.recipient.history.rounds,
            any(bits >> item.selected.number & 1 for bits in item.recipient.history.times_received),
            guides.get(member_id),
        )
        for member_id, item in received.items()
    }


def _suitable(available: Available, recipient: Recipient, at: datetime) -> int:
    """Returns the bit set of the challenges that suit a member now.

    These rules go in order, and each holds as far as it leaves anything: what they said does not
    suit their work never comes back; it fits their work, and is in time for its part of the day; it
    is not bolder than they want; and while a challenge of this week is open, it is one of today.
    """
    local = at.astimezone(recipient.zone).time()
    rules = [
        ~recipient.unsuitable,
        available.suiting(recipient.work, local),
        ~sum(available.of_daring(daring) for daring in DARINGS if daring > recipient.max_daring),
        *([~available.having(Span.WEEK)] if recipient.has_open_week else []),
    ]
    suitable = available.all
    for rule in rules:
        suitable = suitable & rule or suitable
    return suitable


def _within_programme(
    suitable: int, guide: ProgrammeGuide | None, numbers: Mapping[Key, int]
) -> int:
    """Returns those of a bit set of challenges that a programme allows.

    These are the candidates of the current week; without any, all challenges but those reserved
    for the programme; and without any of those, all challenges.
    """
    if guide is None:
        return suitable
    candidates = _as_bits(guide.candidates, numbers)
    if guide.programme.order == "fixed":  # the first that suits: a retired one is passed over
        bits = (_as_bits([key], numbers) for key in guide.candidates)
        candidates = next((bit for bit in bits if suitable & bit), 0)
    unreserved = suitable & ~_as_bits(guide.reserved, numbers)
    return suitable & candidates or unreserved or suitable


def _as_bits(keys: Iterable[Key], numbers: Mapping[Key, int]) -> int:
    """Returns the bit set of the challenges with these keys; one without a number is left out."""
    return sum(1 << numbers[key] for key in keys if key in numbers)
