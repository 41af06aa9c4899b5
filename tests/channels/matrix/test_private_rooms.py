"""Nothing personal goes to a room that is not private, with a real homeserver."""

import asyncio
from contextlib import suppress
from typing import Any

import pytest
from nio import SyncResponse

from bot.channels.base import SendCancelled, SendError
from bot.channels.matrix.client.client import MatrixClient
from bot.channels.matrix.rooms.privacy import RoomKind
from bot.channels.matrix.rooms.rooms import NotPrivateNow, Rooms
from bot.messages import Outgoing
from tests.channels.matrix.test_privacy import JOOST, PERSONAL, state
from tests.support.matrix.people import MatrixPerson, well
from tests.support.matrix_bot import MatrixBot, joins


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


async def test_a_state_that_an_answer_gives_late_does_not_close_an_open_room(
    strict: MatrixBot,
) -> None:
    """As Synapse answers when the bot said something at the moment that the room was opened."""
    async with strict.running(), (await strict.person()).online() as sanne:
        await joins(sanne, sealed=True)
        old = sanne.room
        channel = strict.channels[-1]
        client, rooms = channel._logged_in_session()
        said = sanne.from_bot()[-1]
        before = await well(client.room_get_state(old))
        await sanne.changes(old, "m.room.history_visibility", history_visibility="world_readable")
        await _is_public(rooms, old)
        late = [event for event in before.events if event["type"] == "m.room.history_visibility"]
        assert [event["content"]["history_visibility"] for event in late] == ["shared"]
        earlier = await well(client.room_get_event(old, said.id))
        await client.receive_response(_answer(old, late, [earlier.event.source]))
        assert rooms.kind(old) is RoomKind.PUBLIC
        await channel.send(sanne.user_id, Outgoing(PERSONAL), "told")
        assert (await sanne.accepts()) != old
        assert PERSONAL not in texts_in(sanne, old)


async def test_the_state_that_is_in_force_decides_and_no_other(strict: MatrixBot) -> None:
    """Of two changes at the same moment one lost; and what is redacted may still be in force."""
    async with strict.running(), (await strict.person()).online() as sanne:
        await joins(sanne, sealed=True)
        old = sanne.room
        client, rooms = strict.channels[-1]._logged_in_session()
        before = (await well(client.room_get_state(old))).events
        [lost] = [event for event in before if event["type"] == "m.room.history_visibility"]
        opened = {"history_visibility": "world_readable"}
        await sanne.changes(old, "m.room.history_visibility", **opened)
        await _is_public(rooms, old)
        await client.receive_response(_answer(old, [], [lost]))
        assert rooms.kind(old) is RoomKind.PUBLIC
        await sanne.changes(old, "m.room.history_visibility", history_visibility="shared")
        public = {"join_rule": "public"}
        door = await well(sanne.client.room_put_state(old, "m.room.join_rules", public))
        await well(sanne.client.room_redact(old, door.event_id))
    async with strict.running(), sanne.online():
        _, rooms = strict.channels[-1]._logged_in_session()
        await _is_public(rooms, old)
        await sanne.types("!reeks", old)
        await sanne.receives("Hier zeg ik niets persoonlijks")


async def _knows(client: MatrixClient, room: str, person: MatrixPerson) -> None:
    """Waits until the bot knows that somebody has come into a room."""
    known = client.rooms[room]
    async with asyncio.timeout(10):
        while person.user_id not in known.users or person.user_id in known.invited_users:
            await asyncio.sleep(0.02)


async def _is_public(rooms: Rooms, room: str) -> None:
    """Waits until the bot knows that a room is public."""
    async with asyncio.timeout(10):
        while rooms.kind(room) is not RoomKind.PUBLIC:
            await asyncio.sleep(0.02)


def _answer(room: str, late: list[dict[str, Any]], timeline: list[dict[str, Any]]) -> SyncResponse:
    """Returns an answer of the homeserver about one room."""
    joined = {"state": {"events": late}, "timeline": {"events": timeline, "limited": False}}
    answer = SyncResponse.from_dict({"next_batch": "next", "rooms": {"join": {room: joined}}})
    assert isinstance(answer, SyncResponse)
    return answer


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
            await _knows(channel._logged_in_session()[0], old, joost)
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
            await _knows(client, old, joost)
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
