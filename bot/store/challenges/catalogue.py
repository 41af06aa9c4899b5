"""What can be chosen for whom now, and the challenges that were chosen."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.publishing import Publication, live_versions
from bot.core.selection import DARINGS, Available, Theme
from bot.store.schema.challenges import ChallengeRow, PublicationRow, SetVersionRow
from bot.store.schema.teams import MembershipRow

Teams = frozenset[int]
NO_TEAMS: Teams = frozenset()


class LiveCatalogue:
    """All that has begun, and what of it is live for whom at one moment.

    Args:
        versions: each publication that counts, with its version's number and bits by daring.
        at: the moment.
    """

    def __init__(
        self, versions: Sequence[tuple[Publication, int, list[str]]], at: datetime
    ) -> None:
        self._at = at
        self._versions = {(one.set_name, one.version): (key, bits) for one, key, bits in versions}
        self._publications = [one for one, _, _ in versions]
        self._decks: dict[Teams, Available] = {}
        self._live: dict[Teams, dict[str, int]] = {}

    @property
    def teams(self) -> Teams:
        """The teams that have anything of their own."""
        return frozenset(one.team for one in self._publications if one.team is not None)

    def deck(self, teams: Teams) -> Available:
        """What can be chosen for somebody in these teams; worked out once for all alike."""
        teams &= self.teams
        if teams not in self._decks:
            self._lay_out(teams)
        return self._decks[teams]

    def version(self, theme: str, teams: Teams) -> int:
        """The row of the version of a set that is live for somebody in these teams."""
        return self._live[teams & self.teams][theme]

    def _lay_out(self, teams: Teams) -> None:
        live = live_versions(self._publications, teams, self._at)
        chosen = {name: self._versions[name, one.version] for name, one in sorted(live.items())}
        self._live[teams] = {name: key for name, (key, _) in chosen.items()}
        self._decks[teams] = Available(
            tuple(
                Theme(name, {daring: int(n, 16) for daring, n in zip(DARINGS, bits, strict=True)})
                for name, (_, bits) in chosen.items()
            )
        )


async def live_catalogue(session: AsyncSession, at: datetime) -> LiveCatalogue:
    """What is live for whom at this moment."""
    last = (
        select(func.max(PublicationRow.id))
        .where(PublicationRow.starts_at <= at)
        .group_by(PublicationRow.set_name, PublicationRow.team_id)
    )
    query = (
        select(
            PublicationRow.publication_number,
            PublicationRow.set_name,
            SetVersionRow.number,
            PublicationRow.team_id,
            PublicationRow.starts_at,
            SetVersionRow.id,
            SetVersionRow.challenge_bits,
        )
        .join(SetVersionRow, SetVersionRow.id == PublicationRow.version_id)
        .where(PublicationRow.id.in_(last))
        .order_by(PublicationRow.id)
    )
    versions = [
        (Publication(act, name, number, team, starts_at), key, bits)
        for act, name, number, team, starts_at, key, bits in (await session.execute(query)).all()
    ]
    return LiveCatalogue(versions, at)


async def teams_of(session: AsyncSession, member_ids: Collection[int]) -> dict[int, Teams]:
    """The numbers of the teams of these members; who has none is not in it."""
    query = select(MembershipRow.member_id, MembershipRow.team_id).where(
        MembershipRow.member_id.in_(member_ids)
    )
    found: dict[int, set[int]] = {}
    for member_id, team_id in (await session.execute(query)).all():
        found.setdefault(member_id, set()).add(team_id)
    return {member_id: frozenset(teams) for member_id, teams in found.items()}


SelectedKeys = tuple[int, int]
"""The row of a version, and the number of a challenge in it."""


async def challenges_by_number(
    session: AsyncSession, picked: Collection[SelectedKeys]
) -> dict[SelectedKeys, ChallengeRow]:
    """The challenges that were chosen."""
    query = select(ChallengeRow).where(
        ChallengeRow.version_id.in_({version for version, _ in picked}),
        ChallengeRow.number.in_({number for _, number in picked}),
    )
    rows = (await session.scalars(query)).all()
    return {(row.version_id, row.number): row for row in rows}
