"""The challenges that can be selected for each member at one moment, and the selected rows."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.challenges.publishing import Publication, live_versions
from bot.core.challenges.selection import Available, Theme
from bot.store.db.many_values import is_one_of
from bot.store.schema.challenges import ChallengeRow, PublicationRow, SetVersionRow
from bot.store.schema.teams import MembershipRow

Teams = frozenset[int]
NO_TEAMS: Teams = frozenset()


class LiveCatalogue:
    """The set versions that are live at one moment, for every combination of teams.

    Args:
        versions: of each set and team the last publication that has started, oldest first, with
            the row id of its version and that version's bit sets by trait (hexadecimal).
        at: the moment.
    """

    def __init__(
        self, versions: Sequence[tuple[Publication, int, dict[str, str]]], at: datetime
    ) -> None:
        self._at = at
        self._versions = {
            (publication.set_name, publication.version): (version_id, bits)
            for publication, version_id, bits in versions
        }
        self._publications = [publication for publication, _, _ in versions]
        self._available: dict[Teams, Available] = {}
        self._version_ids: dict[Teams, dict[str, int]] = {}

    @property
    def teams(self) -> Teams:
        """The teams for which anything was published."""
        return frozenset(
            publication.team for publication in self._publications if publication.team is not None
        )

    def available_for(self, teams: Teams) -> Available:
        """Returns the challenges that can be selected for a member of exactly these teams.

        The result is cached by those of the teams that have publications, so that it is computed
        once for all members for whom it is the same.
        """
        teams &= self.teams
        if teams not in self._available:
            self._compute(teams)
        return self._available[teams]

    def version_id(self, theme: str, teams: Teams) -> int:
        """Returns the row id of the version of a set that is live for a member of these teams.

        Raises:
            KeyError: `available_for` was not called for these teams, or they have no such set.
        """
        return self._version_ids[teams & self.teams][theme]

    def _compute(self, teams: Teams) -> None:
        live = live_versions(self._publications, teams, self._at)
        versions = {
            name: self._versions[name, publication.version]
            for name, publication in sorted(live.items())
        }
        self._version_ids[teams] = {name: version_id for name, (version_id, _) in versions.items()}
        self._available[teams] = Available(
            tuple(
                Theme(name, {trait: int(bit_set, 16) for trait, bit_set in bits.items()})
                for name, (_, bits) in versions.items()
                if bits  # otherwise it was withdrawn
            )
        )


async def live_catalogue(session: AsyncSession, at: datetime) -> LiveCatalogue:
    """Returns the set versions that are live at the moment `at`."""
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
        (Publication(number, set_name, version, team_id, starts_at), version_id, bits)
        for number, set_name, version, team_id, starts_at, version_id, bits in (
            await session.execute(query)
        ).all()
    ]
    return LiveCatalogue(versions, at)


async def teams_of(session: AsyncSession, member_ids: Collection[int]) -> dict[int, Teams]:
    """Returns the ids of the teams of each member; a member without a team is left out."""
    query = select(MembershipRow.member_id, MembershipRow.team_id).where(
        is_one_of(MembershipRow.member_id, member_ids)
    )
    teams_by_member: dict[int, set[int]] = {}
    for member_id, team_id in (await session.execute(query)).all():
        teams_by_member.setdefault(member_id, set()).add(team_id)
    return {member_id: frozenset(teams) for member_id, teams in teams_by_member.items()}


SelectedKey = tuple[int, int]
"""The row id of a version, and the number of a challenge in it."""


async def challenges_by_number(
    session: AsyncSession, keys: Collection[SelectedKey]
) -> dict[SelectedKey, ChallengeRow]:
    """Returns the challenges with these keys; other combinations of their parts may come along."""
    query = select(ChallengeRow).where(
        ChallengeRow.version_id.in_({version_id for version_id, _ in keys}),
        ChallengeRow.number.in_({number for _, number in keys}),
    )
    rows = (await session.scalars(query)).all()
    return {(row.version_id, row.number): row for row in rows}
