"""Which room is whose: private ones, groups, invitations, upgrades, and rooms that are over."""

import asyncio
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from functools import partial

import structlog
from nio import (
    AsyncClient,
    InviteMemberEvent,
    MatrixRoom,
    RoomInfo,
    RoomMemberEvent,
    SyncResponse,
)

from bot.channels.base import SendError, TemporaryFailure
from bot.channels.matrix.api import account_data, checked_response, keep_account_data
from bot.channels.matrix.sync import Work

log = structlog.get_logger(__name__)
JOIN_AGAIN_SECONDS = 5.0
ROOM_SECONDS = 10.0
ROOM_PAUSE = 0.05
DIRECT = "m.direct"  # the account data in which clients keep which rooms are private


@dataclass(frozen=True, slots=True)
class AllowedServers:
    """Whom the bot listens to.

    Attributes:
        servers: homeservers, such as `example.org`; empty: any.
        rooms: rooms, such as `!abc:example.org`, whoever invites to them.
    """

    servers: frozenset[str] = frozenset()
    rooms: frozenset[str] = frozenset()

    @classmethod
    def of(cls, names: Collection[str]) -> "AllowedServers":
        """From a list in which a room begins with `!`."""
        given = {name.strip() for name in names} - {""}
        rooms = frozenset(name for name in given if name.startswith("!"))
        return cls(frozenset(name.lower() for name in given - rooms), rooms)

    def person(self, user_id: str) -> bool:
        """Whether somebody may talk with the bot."""
        return not self.servers or server_of(user_id) in self.servers

    def invitation(self, room_id: str, inviter: str) -> bool:
        """Whether the bot may come into a room."""
        if room_id in self.rooms:
            return True
        return self.person(inviter) and not (self.rooms and not self.servers)


class Rooms:
    """The rooms that the bot is in.

    Args:
        client: logged in.
        allowed: whose invitations are accepted.

    Attributes:
        followed: rooms that the bot came into because an older one was upgraded.
    """

    def __init__(self, client: AsyncClient, allowed: AllowedServers) -> None:
        self._client, self._allowed = client, allowed
        self._private: dict[str, list[str]] = {}
        self._is_kept = True
        self._making: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._made: dict[str, str] = {}  # by person, rooms that were made and are not there yet
        self.followed: set[str] = set()

    async def load(self) -> None:
        """Reads which private room of each person was the last one they used."""
        kept = await account_data(self._client, DIRECT)
        self._private = {user: list(rooms) for user, rooms in kept.items()}

    def is_allowed(self, user_id: str) -> bool:
        """Whether we listen to somebody."""
        return self._allowed.person(user_id)

    def person_in(self, room_id: str) -> str | None:
        """Who else is in a room that is private; None when it is not.

        A room with a name is a group's, also while nobody but one person is in it, unless it was
        private all along.
        """
        room = self._client.rooms.get(room_id)
        others = _others(room, self._client.user_id) if room else []
        if room is None or len(others) != 1:
            return None
        named = room.name or room.canonical_alias
        return others[0] if not named or room_id in self._private.get(others[0], []) else None

    def known_with(self, user_id: str) -> str | None:
        """The room in which only this person reads along, if one is known; none is made."""
        rooms = self._private.get(user_id, [])
        return next((room for room in rooms if self.person_in(room) == user_id), None)

    async def private_with(self, user_id: str) -> str:
        """The room in which only this person reads along; makes one when there is none any more.

        Raises:
            SendError: none can be made, or it is not there yet.
        """
        async with self._making[user_id]:  # nobody gets two rooms at once
            for room_id in [*self._private.get(user_id, []), *self._client.rooms]:
                if self.person_in(room_id) == user_id:
                    self._made.pop(user_id, None)
                    return str(room_id)
            if user_id not in self._made:
                self._made[user_id] = await self._make(user_id)
            return await self._complete(self._made[user_id], user_id)

    async def _complete(self, room_id: str, user_id: str) -> str:
        """Waits for a room that was made.

        It comes in piece by piece: sealed first, and at last with the person in it. Before that
        nobody would get the key of what is said there.
        """
        try:
            async with asyncio.timeout(ROOM_SECONDS):
                while self.person_in(room_id) != user_id:  # noqa: ASYNC110 - the sync tells
                    await asyncio.sleep(ROOM_PAUSE)
        except TimeoutError:
            raise TemporaryFailure("a new room is not there yet") from None
        return room_id

    async def used(self, user_id: str, room_id: str) -> None:
        """This person talks with us here now."""
        rooms = self._private.get(user_id, [])
        if rooms[:1] != [room_id]:
            self._private[user_id] = [room_id, *(other for other in rooms if other != room_id)]
            self._is_kept = False
        if self._is_kept:
            return
        try:
            await keep_account_data(self._client, DIRECT, self._private)
        except TemporaryFailure as error:  # the next message tries again
            log.info("private rooms not kept", error=str(error))
        else:
            self._is_kept = True

    def invitations(self, answer: SyncResponse) -> list[Work]:
        """What has to be done with each invitation; it may take long."""
        return [
            partial(self._invited, room_id, event.sender)
            for room_id, info in answer.rooms.invite.items()
            for event in info.invite_state
            if isinstance(event, InviteMemberEvent)
            and event.state_key == self._client.user_id
            and event.membership == "invite"
        ]

    async def over(self, answer: SyncResponse) -> list[str]:
        """Leaves rooms in which nobody is left.

        Returns:
            The people who have left their private room, or put the bot out of it.
        """
        gone = [await self._over(room_id) for room_id in answer.rooms.leave]
        for room_id, info in answer.rooms.join.items():
            room = self._client.rooms.get(room_id)
            # A room that is being made is empty too, so somebody must have left.
            if (
                room is not None
                and _has_member_left(info)
                and not _others(room, self._client.user_id)
            ):
                gone.append(await self._alone(room_id))
        return [user for user in gone if user is not None]

    async def follow(self, old: str, new: str, sender: str) -> None:
        """A room was upgraded: the bot goes along."""
        person = self.person_in(old)
        self.followed.add(new)
        try:
            await checked_response(self._client.join(new))
        except SendError as error:  # they still have to invite us there
            log.info("a new version of a room cannot be joined yet", error=str(error))
        else:
            log.info("moved to the new version of a room", by=server_of(sender))
            if person is not None:
                await self.used(person, new)
        await self._leave(old)

    async def _invited(self, room_id: str, inviter: str) -> None:
        if not self._allowed.invitation(room_id, inviter):
            log.info("invitation refused", server=server_of(inviter))
            await self._leave(room_id)
            return
        while True:
            try:
                await checked_response(self._client.join(room_id))
            except TemporaryFailure as error:
                await asyncio.sleep(error.after.total_seconds() or JOIN_AGAIN_SECONDS)
            except SendError as error:
                log.warning("invitation could not be accepted", error=str(error))
                return
            else:
                return

    async def _over(self, room_id: str) -> str | None:
        """The bot is not in this room any more."""
        self._client.rooms.pop(room_id, None)
        self._client.invited_rooms.pop(room_id, None)
        return self._forgotten(room_id)

    async def _alone(self, room_id: str) -> str | None:
        await self._leave(room_id)
        return self._forgotten(room_id)

    def _forgotten(self, room_id: str) -> str | None:
        """Whose private room this was, if they have no other."""
        self._made = {user: made for user, made in self._made.items() if made != room_id}
        for user, rooms in self._private.items():
            if room_id in rooms:
                rooms.remove(room_id)
                others = [r for r in self._client.rooms if self.person_in(r) == user]
                return None if others else user
        return None

    async def _leave(self, room_id: str) -> None:
        try:
            await checked_response(self._client.room_leave(room_id))
            await checked_response(self._client.room_forget(room_id))
        except SendError as error:
            log.info("a room could not be left", error=str(error))
        self._client.rooms.pop(room_id, None)
        self._client.invited_rooms.pop(room_id, None)

    async def _make(self, user_id: str) -> str:
        """A new private room; sealed, which every client of today can read."""
        encryption = {
            "type": "m.room.encryption",
            "state_key": "",
            "content": {"algorithm": "m.megolm.v1.aes-sha2"},
        }
        answer = await checked_response(
            self._client.room_create(is_direct=True, invite=[user_id], initial_state=[encryption])
        )
        await self.used(user_id, answer.room_id)
        return str(answer.room_id)


def server_of(user_id: str) -> str:
    """`example.org` of `@sanne:example.org`."""
    return user_id.partition(":")[2].lower()


def _has_member_left(info: RoomInfo) -> bool:
    return any(
        isinstance(event, RoomMemberEvent) and event.membership in ("leave", "ban")
        for event in (*info.state, *info.timeline.events)
    )


def _others(room: MatrixRoom, own: str) -> list[str]:
    return [user for user in room.users if user != own]
