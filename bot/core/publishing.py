"""Which version of a set is live for whom, what changes by another one, and what goes back."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

Audience = Mapping[int | None, datetime]
"""For which teams a version is, and from when; the team None is everybody."""


@dataclass(frozen=True, slots=True)
class Publication:
    """That a version of a set was made live: for everybody, or for one team.

    Attributes:
        act: the set's first publication is 1; one for several teams counts once.
        set_name: of which set.
        version: the number of the version.
        team: for which team; None: for everybody.
        starts_at: from when, aware.
    """

    act: int
    set_name: str
    version: int
    team: int | None
    starts_at: datetime

    def reaches(self, teams: Collection[int]) -> bool:
        """Whether it is for somebody who belongs to these teams and no other."""
        return self.team is None or self.team in teams


def live_versions(
    publications: Iterable[Publication], teams: Collection[int], at: datetime
) -> dict[str, Publication]:
    """What is live at a moment for somebody in these teams, by set.

    Of each set that is what was published last, of all that is for them and has begun. So a version
    for everybody takes the place of an earlier one for a team.
    """
    live: dict[str, Publication] = {}
    for one in publications:
        if one.starts_at > at or not one.reaches(teams):
            continue
        known = live.get(one.set_name)
        if known is None or known.act < one.act:
            live[one.set_name] = one
    return live


def latest_publications(
    publications: Collection[Publication], teams: Collection[int | None]
) -> list[Publication]:
    """The last word for these teams on a set, begun or not; the newest first.

    Args:
        publications: those of one set.
        teams: for whom; with None it is about everybody, so about every team.
    """
    about = set(teams)
    if None in about:
        about |= {one.team for one in publications}
    words: dict[int, Publication] = {}
    for team in about:
        reaching = [one for one in publications if one.team in (None, team)]
        if reaching:
            last = max(reaching, key=lambda one: one.act)
            words[last.act] = last
    return sorted(words.values(), key=lambda one: -one.act)


@dataclass(frozen=True, slots=True)
class Rollback:
    """What a rollback does: each for whom the last version was gets what was live for them before.

    Attributes:
        current: the version that goes.
        back_to: the version that comes, for each team; None is everybody.
    """

    current: int
    back_to: Mapping[int | None, int]

    @property
    def previous(self) -> tuple[int, ...]:
        """The versions that come, each once."""
        return tuple(sorted(set(self.back_to.values())))

    @property
    def teams(self) -> tuple[int | None, ...]:
        """For whom."""
        return tuple(self.back_to)


def rollback_of(publications: Collection[Publication]) -> Rollback | None:
    """What taking back the last publication of a set comes to; None: nothing was before it.

    Args:
        publications: those of one set, oldest first.
    """
    if not publications:
        return None
    act = max(one.act for one in publications)
    last = [one for one in publications if one.act == act]
    lived = {one.team: _versions_over_time(publications, one.team) for one in last}
    back_to = {team: versions[-2] for team, versions in lived.items() if len(versions) > 1}
    return Rollback(last[0].version, back_to) if back_to else None


def _versions_over_time(publications: Iterable[Publication], team: int | None) -> list[int]:
    """The versions that were live for a team, in turn; going back takes the last one off."""
    versions: list[int] = []
    for one in publications:
        if one.team not in (None, team):
            continue
        if versions[-2:-1] == [one.version]:
            versions.pop()
        elif versions[-1:] != [one.version]:
            versions.append(one.version)
    return versions


@dataclass(frozen=True, slots=True)
class Changes:
    """How a version differs from another, by the ids of its challenges, in its own order."""

    new: tuple[str, ...]
    changed: tuple[str, ...]
    retired: tuple[str, ...]


def changes(before: Mapping[str, object], after: Mapping[str, object]) -> Changes:
    """What is different in `after`; each maps a challenge's id to what it says."""
    return Changes(
        tuple(slug for slug in after if slug not in before),
        tuple(slug for slug in after if slug in before and before[slug] != after[slug]),
        tuple(slug for slug in before if slug not in after),
    )


class BundledSetAction(StrEnum):
    """What happens to a set that comes along with the program."""

    PUBLISH = "publish"
    NOTHING = "nothing"
    KEEP = "keep"


def bundled_set_action(digest: str, shipped: str | None, *, touched: bool) -> BundledSetAction:
    """Whether the file that comes along is published at a start.

    Only when it says something else than the last time; and never over what a trainer did, who may
    have taken that very version back.

    Args:
        digest: of the file.
        shipped: of the version that came along and was published last; None: none was.
        touched: whether a trainer published this set, or took it back.
    """
    if digest == shipped:
        return BundledSetAction.NOTHING
    return BundledSetAction.KEEP if touched else BundledSetAction.PUBLISH
