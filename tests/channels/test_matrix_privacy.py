"""What is private on Matrix: the rule as a table, and that nothing personal goes anywhere else."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from itertools import product

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from nio import AsyncClient, Event, MatrixRoom, RoomMemberEvent

from bot.channels.base import SendCancelled, SendError
from bot.channels.matrix.privacy import RoomKind
from bot.channels.matrix.rooms import AllowedServers, NotPrivateNow, Rooms
from bot.messages import Outgoing
from tests.support.matrix.people import MatrixPerson, well
from tests.support.matrix_bot import MatrixBot, joins

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


# -- with a real homeserver


@pytest.fixture
def strict(on_matrix: MatrixBot) -> MatrixBot:
    """A bot as it is without the setting for homeservers that cannot encrypt."""
    on_matrix.allow_unencrypted = False
    return on_matrix


def texts_in(person: MatrixPerson, room: str) -> list[str]:
    """What the bot said in a room."""
    return [seen.text for seen in person.from_bot() if seen.room == room]


async def test_in_an_unencrypted_room_the_bot_invites_to_an_encrypted_one(
    strict: MatrixBot,
) -> None:
    async with strict.running(), (await strict.person()).online() as sanne:
        plain = await sanne.invites(sealed=False)
        await sanne.receives("Hier zeg ik niets persoonlijks")
        sealed = await sanne.accepts()
        question = await sanne.receives("In welke taal")
        assert question.sealed and question.room == sealed
        await sanne.types("!reeks", plain)
        await sanne.receives("tussen jou en mij")
        await sanne.types("Ik ben er nog", plain)  # no command, and the bot explained it already
        await sanne.types("1", sealed)
        await sanne.receives("Wanneer")
        assert len(texts_in(sanne, plain)) == 2


async def test_a_room_that_is_not_direct_gets_one_line_and_a_direct_one_beside_it(
    strict: MatrixBot,
) -> None:
    async with strict.running(), (await strict.person()).online() as sanne:
        room = await sanne.opens(sealed=True)
        await sanne.receives("Hier zeg ik niets persoonlijks")
        assert (await sanne.accepts()) != room
        assert (await sanne.receives("In welke taal")).room != room


async def test_who_opens_an_encrypted_room_instead_of_accepting_ours_is_greeted_there(
    strict: MatrixBot,
) -> None:
    async with strict.running(), (await strict.person()).online() as sanne:
        await sanne.invites(sealed=False)
        await sanne.until(lambda: sanne.client.invited_rooms)
        own = await sanne.invites(sealed=True)
        assert (await sanne.receives("In welke taal")).room == own


async def test_a_space_gets_one_line_and_is_left(strict: MatrixBot) -> None:
    async with strict.running(), (await strict.person()).online() as sanne:
        space = await sanne.opens(sealed=False, space=True)
        await sanne.receives("Dit is een ruimte")
        await sanne.until(lambda: strict.bot not in sanne.client.rooms[space].users)
        assert len(sanne.from_bot()) == 1 and not sanne.client.invited_rooms


async def test_in_a_public_room_of_two_nothing_personal_is_said(strict: MatrixBot) -> None:
    public = {"type": "m.room.join_rules", "state_key": "", "content": {"join_rule": "public"}}
    async with strict.running() as application, (await strict.person()).online() as sanne:
        await joins(sanne, sealed=True)
        own = sanne.room
        answer = await well(sanne.client.room_create(invite=[strict.bot], initial_state=[public]))
        room = answer.room_id
        await sanne.receives("In een groep zeg ik alleen iets")
        await sanne.types("Dit is mijn reflectie", room)
        await sanne.types("!reeks", room)
        await sanne.receives("tussen jou en mij")
        strict.clock.goes_to(24, 11, 9, 30)
        assert await application.nudge_sender.tick() == 1
        assert (await sanne.receives("Lef:")).room == own
        await sanne.types("!start", room)
        await sanne.receives("Hier zeg ik niets persoonlijks")
        assert len(texts_in(sanne, room)) == 3


async def test_nudges_move_when_somebody_says_something_and_not_when_they_invite(
    strict: MatrixBot,
) -> None:
    async with strict.running() as application, (await strict.person()).online() as sanne:
        await joins(sanne, sealed=True)
        old, new = sanne.room, await sanne.invites(sealed=True)
        assert (await sanne.receives("Wil je hier verder praten?")).room == new
        strict.clock.goes_to(24, 11, 9, 30)
        assert await application.nudge_sender.tick() == 1
        assert (await sanne.receives("Lef:")).room == old
        await sanne.types("!help", new)
        assert (await sanne.receives("!nu")).room == new
        strict.clock.goes_to(25, 11, 9, 30)
        assert await application.nudge_sender.tick() == 1
        assert (await sanne.receives("Lef:")).room == new


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("m.room.join_rules", {"join_rule": "public"}),
        ("m.room.history_visibility", {"history_visibility": "world_readable"}),
    ],
)
async def test_a_room_that_opens_up_gets_nothing_personal_any_more(
    strict: MatrixBot, kind: str, content: dict[str, str]
) -> None:
    async with strict.running() as application, (await strict.person()).online() as sanne:
        await joins(sanne, sealed=True)
        old = sanne.room
        await sanne.changes(old, kind, **content)
        await sanne.types("!reeks", old)
        await sanne.receives("Hier zeg ik niets persoonlijks")
        strict.clock.goes_to(24, 11, 9, 30)
        assert await application.nudge_sender.tick() == 1
        new = await sanne.accepts()
        assert (await sanne.receives("Lef:")).room == new


async def test_who_comes_in_while_messages_are_on_their_way_can_read_none_of_them(
    strict: MatrixBot,
) -> None:
    async with strict.running(), (await strict.person()).online() as sanne:
        async with (await strict.person("joost")).online() as joost:
            await joins(sanne, sealed=True)
            channel, old = strict.channels[-1], sanne.room

            async def tell(number: int) -> None:
                with suppress(SendError):
                    await channel.send(sanne.user_id, Outgoing(PERSONAL), f"told-{number}")

            # The key is still being sent around when he is out again: he may have it by then.
            await well(sanne.client.room_invite(old, joost.user_id))
            await well(sanne.client.room_kick(old, joost.user_id))
            await tell(1)
            telling = asyncio.gather(*map(tell, range(2, 6)))
            await well(sanne.client.room_invite(old, joost.user_id))
            await well(joost.client.join(old))
            await joost.until(lambda: sanne.user_id in joost.joined(old))
            await telling
            await channel.send(old, Outgoing("Hallo allemaal"), "open")
            await joost.receives("Hallo allemaal")
            assert [seen.text for seen in joost.from_bot()] == ["Hallo allemaal"]


async def test_a_key_that_somebody_took_along_is_not_used_again(strict: MatrixBot) -> None:
    async with strict.running(), (await strict.person()).online() as sanne:
        async with (await strict.person("joost")).online() as joost:
            await joins(sanne, sealed=True)
            channel, old = strict.channels[-1], sanne.room
            await well(sanne.client.room_invite(old, joost.user_id))
            await well(joost.client.join(old))
            await joost.until(lambda: sanne.user_id in joost.joined(old))
            client = channel._logged_in_session()[0]
            async with asyncio.timeout(10):
                while joost.user_id not in client.rooms[old].users:
                    await asyncio.sleep(0.02)
            await channel.send(old, Outgoing("Hallo allemaal"), "open")
            await joost.receives("Hallo allemaal")
            client.rooms[old].remove_member(joost.user_id)  # and the library kept the key
            await channel.send(sanne.user_id, Outgoing(PERSONAL), "told")
            assert (await sanne.receives(PERSONAL)).room == old
            await joost.until(lambda: joost.unopened)
            assert [seen.text for seen in joost.from_bot()] == ["Hallo allemaal"]


async def test_a_message_that_waited_for_its_turn_does_not_go_to_a_room_that_changed(
    strict: MatrixBot,
) -> None:
    async with strict.running(), (await strict.person()).online() as sanne:
        await joins(sanne, sealed=True)
        channel, old = strict.channels[-1], sanne.room
        client = channel._logged_in_session()[0]

        def somebody_comes() -> bool:
            came = state("m.room.member", JOOST, membership="join")
            client.rooms[old].handle_membership(came)
            return True

        with pytest.raises(NotPrivateNow):
            await channel.send(
                sanne.user_id, Outgoing(PERSONAL), "told", should_send=somebody_comes
            )
        with pytest.raises(SendCancelled):
            await channel.send(old, Outgoing("Hallo allemaal"), "open", should_send=lambda: False)
        await channel.send(sanne.user_id, Outgoing(PERSONAL), "told")
        new = await sanne.accepts()
        assert (await sanne.receives(PERSONAL)).room == new
        assert PERSONAL not in texts_in(sanne, old)


async def test_the_new_version_of_a_room_is_private_by_the_rule_and_not_by_heritage(
    strict: MatrixBot,
) -> None:
    async with strict.running() as application, (await strict.person()).online() as sanne:
        async with (await strict.person("joost")).online() as joost:
            await joins(sanne, sealed=True)
            upgraded = await sanne.client.send(
                "POST",
                f"/_matrix/client/v3/rooms/{sanne.room}/upgrade",
                '{"new_version": "11"}',
                {"Authorization": f"Bearer {sanne.client.access_token}"},
            )
            new = (await upgraded.json())["replacement_room"]
            await sanne.until(lambda: new in sanne.client.rooms)
            await well(sanne.client.room_invite(new, joost.user_id))
            await well(joost.client.join(new))
            await well(sanne.client.room_invite(new, strict.bot))
            await sanne.bot_is_in(new)
            strict.clock.goes_to(24, 11, 9, 30)
            assert await application.nudge_sender.tick() == 1
            own = await sanne.accepts()
            assert (await sanne.receives("Lef:")).room == own != new
            assert not [seen for seen in joost.from_bot() if "Lef:" in seen.text]
