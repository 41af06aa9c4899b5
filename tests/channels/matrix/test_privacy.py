"""What is private on Matrix: the rule as a table, and that nothing personal goes anywhere else."""

from collections.abc import Iterator
from functools import cache
from itertools import product

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from nio import AsyncClient, Event, MatrixRoom, RoomMemberEvent

from bot.channels.matrix.rooms.privacy import RoomKind
from bot.channels.matrix.rooms.rooms import AllowedServers, NotPrivateNow, Rooms

BOT, SANNE, JOOST = "@bot:example.org", "@sanne:example.org", "@joost:example.org"
ROOM = "!room:example.org"
PERSONAL = "Je schreef: bij de bakker hoorde ik het."

JOIN_RULES = ("invite", "private", "public", "knock", "restricted", "knock_restricted")
HISTORIES = ("shared", "invited", "joined", "world_readable")
TYPES = ("", "m.space", "org.example.album")
MEMBERS = {
    "1": (),
    "2": ((SANNE, "join"),),
    "2, invited": ((SANNE, "invite"),),
    "2, and one left": ((SANNE, "join"), (JOOST, "join"), (JOOST, "leave")),
    "2, and one banned": ((SANNE, "join"), (JOOST, "ban")),
    "3": ((SANNE, "join"), (JOOST, "join")),
    "3, one invited": ((SANNE, "join"), (JOOST, "invite")),
}


@cache
def state(kind: str, key: str, **content: object) -> Event:
    """An event that sets a room's state, as the library parses it."""
    return Event.parse_event(
        {
            "type": kind,
            "state_key": key,
            "content": {name.replace("__", "."): value for name, value in content.items()},
            "event_id": "$event",
            "sender": SANNE,
            "origin_server_ts": 1_790_000_000_000,
            "unsigned": {},
        }
    )


def room_of(
    *,
    encrypted: bool = True,
    join_rule: str = "invite",
    history: str = "shared",
    room_type: str = "",
    name: str = "",
    members: str = "2",
) -> MatrixRoom:
    """A room, as the library has it after the state that the homeserver sent."""
    room = MatrixRoom(ROOM, BOT)
    room.handle_event(state("m.room.create", "", type=room_type, room_version="11"))
    room.handle_event(state("m.room.join_rules", "", join_rule=join_rule))
    room.handle_event(state("m.room.history_visibility", "", history_visibility=history))
    room.handle_event(state("m.room.name", "", name=name))
    if encrypted:
        room.handle_event(state("m.room.encryption", "", algorithm="m.megolm.v1.aes-sha2"))
    for user, membership in ((BOT, "join"), *MEMBERS[members]):
        room.handle_membership(state("m.room.member", user, membership=membership))
    return room


def came_in(*, is_direct: bool) -> RoomMemberEvent:
    """The bot's own joining, by an invitation that says whether the room is direct."""
    event = Event.parse_event(
        {
            "type": "m.room.member",
            "state_key": BOT,
            "content": {"membership": "join"},
            "event_id": "$event",
            "sender": BOT,
            "origin_server_ts": 1_790_000_000_000,
            "unsigned": {"prev_content": {"membership": "invite", "is_direct": is_direct}},
        }
    )
    assert isinstance(event, RoomMemberEvent)
    return event


INVITED = {is_direct: came_in(is_direct=is_direct) for is_direct in (False, True)}


def rooms_with(room: MatrixRoom, *, direct: bool, allow_unencrypted: bool = False) -> Rooms:
    """The bot's rooms: this one, to which it was invited."""
    client = AsyncClient("http://localhost", BOT)
    client.user_id = BOT
    client.rooms[ROOM] = room
    rooms = Rooms(client, AllowedServers(), allow_unencrypted=allow_unencrypted)
    rooms.note_invitation(ROOM, INVITED[direct])
    return rooms


# The table of docs/matrix.md. A line says what it takes; the first line that holds decides.
TABLE: list[tuple[dict[str, object], RoomKind]] = [
    ({"room_type": "m.space"}, RoomKind.SPACE),
    ({"join_rule": ("public", "knock", "restricted", "knock_restricted")}, RoomKind.PUBLIC),
    ({"history": "world_readable"}, RoomKind.PUBLIC),
    ({"room_type": "org.example.album"}, RoomKind.GROUP),
    ({"members": ("1", "3", "3, one invited")}, RoomKind.GROUP),
    ({"name": "Team", "direct": False}, RoomKind.GROUP),
    ({"direct": False}, RoomKind.NOT_DIRECT),
    ({"encrypted": False}, RoomKind.NOT_ENCRYPTED),
    ({}, RoomKind.PRIVATE),
]


def line_of(case: dict[str, object]) -> RoomKind:
    """What the table says about a room."""
    return next(
        kind
        for takes, kind in TABLE
        if all(
            case[name] in values if isinstance(values, tuple) else case[name] == values
            for name, values in takes.items()
        )
    )


def cases() -> Iterator[dict[str, object]]:
    """Each combination of what decides."""
    names = ("encrypted", "join_rule", "history", "room_type", "name", "members", "direct")
    every = (
        (False, True), JOIN_RULES, HISTORIES, TYPES, ("", "Team"), tuple(MEMBERS), (False, True)
    )  # fmt: skip
    for values in product(*every):
        yield dict(zip(names, values, strict=True))


def test_each_combination_is_what_the_table_says() -> None:
    private = 0
    for case in cases():
        direct = bool(case["direct"])
        told = {name: value for name, value in case.items() if name != "direct"}
        rooms = rooms_with(room_of(**told), direct=direct)  # type: ignore[arg-type] # by name
        kind = rooms.kind(ROOM)
        assert kind is line_of(case), case
        is_private = (
            case["encrypted"]
            and case["join_rule"] in ("invite", "private")
            and case["history"] != "world_readable"
            and not case["room_type"]
            and str(case["members"]).startswith("2")
            and direct
        )
        assert (kind is RoomKind.PRIVATE) is bool(is_private), case
        assert (rooms.person_in(ROOM) == SANNE) is bool(is_private), case
        private += bool(is_private)
    assert private == 2 * 3 * 2 * 4  # join rules, histories, names, and ways to be two


def test_the_setting_makes_unencrypted_rooms_private_and_no_others() -> None:
    for case in cases():
        told = {name: value for name, value in case.items() if name != "direct"}
        room, direct = room_of(**told), bool(case["direct"])  # type: ignore[arg-type] # by name
        strict = rooms_with(room, direct=direct).kind(ROOM)
        lenient = rooms_with(room, direct=direct, allow_unencrypted=True).kind(ROOM)
        is_changed = strict is RoomKind.NOT_ENCRYPTED
        assert lenient is (RoomKind.PRIVATE if is_changed else strict), case


def test_a_room_is_direct_with_who_was_there_and_not_with_who_came_later() -> None:
    room = room_of()
    rooms = rooms_with(room, direct=True)
    assert rooms.person_in(ROOM) == SANNE
    room.handle_membership(state("m.room.member", JOOST, membership="join"))
    room.handle_membership(state("m.room.member", SANNE, membership="leave"))
    assert rooms.only_other(ROOM) == JOOST
    assert rooms.kind(ROOM) is RoomKind.NOT_DIRECT


class ARoomThatChanges(RuleBasedStateMachine):
    """A room in which everything may change while a message is on its way there."""

    def __init__(self) -> None:
        super().__init__()
        self.room = room_of(encrypted=False)
        self.rooms = rooms_with(self.room, direct=True)
        self.members = {SANNE}
        self.sealed = self.space = False
        self.join_rule, self.history = "invite", "shared"
        # As `send` has it: made when the room was chosen, called when the message leaves.
        self.may_send = self.rooms.while_private(ROOM, SANNE, lambda: True)

    @rule(user=st.sampled_from([SANNE, JOOST]), membership=st.sampled_from(["join", "invite"]))
    def somebody_comes(self, user: str, membership: str) -> None:
        """Somebody joins or is invited."""
        self.room.handle_membership(state("m.room.member", user, membership=membership))
        self.members.add(user)

    @rule(user=st.sampled_from([SANNE, JOOST]), membership=st.sampled_from(["leave", "ban"]))
    def somebody_goes(self, user: str, membership: str) -> None:
        """Somebody leaves or is put out."""
        self.room.handle_membership(state("m.room.member", user, membership=membership))
        self.members.discard(user)

    @rule(join_rule=st.sampled_from(JOIN_RULES))
    def the_door_changes(self, join_rule: str) -> None:
        """Others may come in, or may not any more."""
        self.room.handle_event(state("m.room.join_rules", "", join_rule=join_rule))
        self.join_rule = join_rule

    @rule(history=st.sampled_from(HISTORIES))
    def the_history_opens(self, history: str) -> None:
        """Others may read along, or may not any more."""
        self.room.handle_event(state("m.room.history_visibility", "", history_visibility=history))
        self.history = history

    @rule()
    def it_is_sealed(self) -> None:
        """Encryption is put on, for ever."""
        self.room.handle_event(state("m.room.encryption", "", algorithm="m.megolm.v1.aes-sha2"))
        self.sealed = True

    @rule(name=st.sampled_from(["", "Team"]))
    def it_is_named(self, name: str) -> None:
        """It gets a name, which changes nothing for a direct room."""
        self.room.handle_event(state("m.room.name", "", name=name))

    @invariant()
    def nothing_personal_goes_where_others_read(self) -> None:
        """What is for her leaves only while she and the bot are alone behind a closed door."""
        alone = self.members == {SANNE} and self.sealed
        closed = self.join_rule in ("invite", "private") and self.history != "world_readable"
        if alone and closed:
            assert self.may_send()
        else:
            with pytest.raises(NotPrivateNow):
                self.may_send()


TestARoomThatChanges = ARoomThatChanges.TestCase
TestARoomThatChanges.settings = settings(max_examples=60, stateful_step_count=12, deadline=None)


def test_what_is_for_a_room_may_always_go_there() -> None:
    rooms = rooms_with(room_of(members="3"), direct=False)
    assert rooms.while_private(ROOM, ROOM, lambda: True)()
