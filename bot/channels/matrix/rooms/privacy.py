"""What a room on Matrix is to the bot: the one rule that decides where something personal may go.

The same table is in docs/matrix.md, with what the bot says in each kind of room.
"""

from dataclasses import dataclass
from enum import Enum, auto

SPACE_TYPE = "m.space"
CLOSED = frozenset({"invite", "private"})
"""The join rules with which nobody comes in without an invitation from inside."""
MEMBERS_ONLY = frozenset({"shared", "invited", "joined"})
"""The history visibilities with which only members read what was said."""


class RoomKind(Enum):
    """What a room is; `PRIVATE` is the only kind in which the bot says something personal."""

    PRIVATE = auto()
    NOT_ENCRYPTED = auto()
    NOT_DIRECT = auto()
    GROUP = auto()
    PUBLIC = auto()
    SPACE = auto()

    @property
    def is_for_one_person(self) -> bool:
        """Whether the bot is alone there with somebody, who may well think that it is private."""
        return self in (RoomKind.PRIVATE, RoomKind.NOT_ENCRYPTED, RoomKind.NOT_DIRECT)


@dataclass(frozen=True, slots=True)
class RoomFacts:
    """What decides on the kind of a room.

    Attributes:
        is_encrypted: whether its encryption is on; it cannot be put off again.
        join_rule: as in `m.room.join_rules`.
        history_visibility: as in `m.room.history_visibility`.
        room_type: as in `m.room.create`; empty: an ordinary room.
        is_named: whether it has a name or an alias.
        members: how many have joined or are invited, with the bot; who left does not count.
        is_direct: whether the bot's account data calls it the conversation with the other member.
    """

    is_encrypted: bool
    join_rule: str
    history_visibility: str
    room_type: str
    is_named: bool
    members: int
    is_direct: bool


def kind_of(room: RoomFacts, *, allow_unencrypted: bool = False) -> RoomKind:
    """Returns the kind of a room; the first line that holds decides.

    Args:
        room: what is known of it.
        allow_unencrypted: whether a room may be private without encryption.
    """
    if room.room_type == SPACE_TYPE:
        return RoomKind.SPACE
    if room.join_rule not in CLOSED or room.history_visibility not in MEMBERS_ONLY:
        return RoomKind.PUBLIC
    if room.room_type or room.members != 2 or (room.is_named and not room.is_direct):
        return RoomKind.GROUP
    if not room.is_direct:
        return RoomKind.NOT_DIRECT
    if not (room.is_encrypted or allow_unencrypted):
        return RoomKind.NOT_ENCRYPTED
    return RoomKind.PRIVATE
