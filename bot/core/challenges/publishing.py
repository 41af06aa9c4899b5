"""Which version of a set is live for which teams, how versions differ, and what a rollback does."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

Audience = Mapping[int | None, datetime]
"""From when a version is live, by team; the team None is everybody."""


@dataclass(frozen=True, slots=True)
class Publication:
    """The publication of a version of a set, for everybody or for one team.

    Attributes:
        number: its number among the set's publications, from 1. A publication for several teams
            has one number, and a `Publication` for each team.
        set_name: the name of the set.
        version: the number of the version.
        team: the team that gets it; None: everybody.
        starts_at: the moment from which it is live, aware.
    """

    number: int
    set_name: str
    version: int
    team: int | None
    starts_at: datetime

    def reaches(self, teams: Collection[int]) -> bool:
        """Returns whether it is meant for a member of exactly these teams."""
        return self.team is None or self.team in teams


def live_versions(
    publications: Iterable[Publication], teams: Collection[int], at: datetime
) -> dict[str, Publication]:
    """Returns what is live at `at` for a member of these teams, by the name of the set.

    Of each set that is the last publication that reaches the member and has started. So a version
    for everybody replaces an earlier one for a team.
    """
    live: dict[str, Publication] = {}
    for publication in publications:
        if publication.starts_at > at or not publication.reaches(teams):
            continue
        latest = live.get(publication.set_name)
        if latest is None or latest.number < publication.number:
            live[publication.set_name] = publication
    return live


def latest_publications(
    publications: Collection[Publication], teams: Collection[int | None]
) -> list[Publication]:
    """Returns the last publication of a set for each of these teams, started or not.

    Args:
        publications: those of one set.
        teams: the teams; None among them means everybody, and with that every team.

    Returns:
        Newest first; one that is the last for several teams is there once.
    """
    audience = set(teams)
    if None in audience:
        audience = {publication.team for publication in publications}
    latest: dict[int, Publication] = {}
    for team in audience:
        reaching = [publication for publication in publications if publication.team in (None, team)]
        if reaching:
            last = max(reaching, key=lambda publication: publication.number)
            latest[last.number] = last
    return sorted(latest.values(), key=lambda publication: -publication.number)


@dataclass(frozen=True, slots=True)
class Rollback:
    """What a rollback does: the teams of the last publication get what was live for them before it.

    Attributes:
        current: the version that is taken back.
        back_to: the version that replaces it, by team; the team None is everybody.
    """

    current: int
    back_to: Mapping[int | None, int]

    @property
    def previous(self) -> tuple[int, ...]:
        """The versions that replace it, each once, in ascending order."""
        return tuple(sorted(set(self.back_to.values())))

    @property
    def teams(self) -> tuple[int | None, ...]:
        """The teams that get another version; None is everybody."""
        return tuple(self.back_to)


def rollback_of(publications: Collection[Publication]) -> Rollback | None:
    """Returns what taking back the last publication of a set does; None: nothing came before it.

    Args:
        publications: those of one set, oldest first.
    """
    if not publications:
        return None
    number = max(publication.number for publication in publications)
    last = [publication for publication in publications if publication.number == number]
    timelines = {
        publication.team: _versions_over_time(publications, publication.team)
        for publication in last
    }
    back_to = {team: versions[-2] for team, versions in timelines.items() if len(versions) > 1}
    return Rollback(last[0].version, back_to) if back_to else None


def _versions_over_time(publications: Iterable[Publication], team: int | None) -> list[int]:
    """Returns the versions that were live for a team, in order; a rollback removes the last one.

    A publication of the version before the current one counts as a rollback.
    """
    versions: list[int] = []
    for publication in publications:
        if publication.team not in (None, team):
            continue
        if versions[-2:-1] == [publication.version]:
            versions.pop()
        elif versions[-1:] != [publication.version]:
            versions.append(publication.version)
    return versions


@dataclass(frozen=True, slots=True)
class Changes:
    """How a version differs from an earlier one: ids of challenges, in the version's own order."""

    new: tuple[str, ...]
    changed: tuple[str, ...]
    retired: tuple[str, ...]


def changes(before: Mapping[str, object], after: Mapping[str, object]) -> Changes:
    """Returns how `after` differs from `before`; both map a challenge's id to its content."""
    return Changes(
        tuple(slug for slug in after if slug not in before),
        tuple(slug for slug in after if slug in before and before[slug] != after[slug]),
        tuple(slug for slug in before if slug not in after),
    )


class BundledSetAction(StrEnum):
    """What is done with a bundled set (one that is part of the program) when the bot starts."""

    PUBLISH = "publish"
    NOTHING = "nothing"
    KEEP = "keep"


def bundled_set_action(digest: str, last_bundled: str | None, *, touched: bool) -> BundledSetAction:
    """Returns what is done with the file of a bundled set when the bot starts.

    The file is published when it differs from the bundled version that was published last, but
    never after a trainer published this set or rolled it back: the trainer's decision stands.

    Args:
        digest: the digest of the file.
        last_bundled: the digest of the bundled version that was published last; None: none was.
        touched: whether a trainer published this set, or rolled it back.
    """
    if digest == last_bundled:
        return BundledSetAction.NOTHING
    return BundledSetAction.KEEP if touched else BundledSetAction.PUBLISH
