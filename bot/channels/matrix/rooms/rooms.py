"""The bot's rooms: private ones, groups, invitations, upgrades, and abandoned rooms."""

import asyncio
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from nio import (
    AsyncClient,
    InviteMemberEvent,
    MatrixRoom,
    RoomInfo,
    RoomMemberEvent,
    SyncResponse,
)

from bot.channels.base import MessageRejected, SendError, ShouldSend, TemporaryFailure, Unreachable
from bot.channels.matrix.client.api import account_data, checked_response, save_account_data
from bot.channels.matrix.events.items import Invitation
from bot.channels.matrix.rooms.privacy import RoomFacts, RoomKind, kind_of

log = structlog.get_logger(__name__)
JOIN_AGAIN_SECONDS = 5.0
ROOM_SECONDS = 10.0
ROOM_PAUSE = 0.05
DIRECT = "m.direct"  # the type of account data in which clients store which rooms are private
EXPLAIN_AGAIN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class AllowedServers:
    """Whose messages and invitations the bot accepts.

    Attributes:
        servers: homeservers, such as `example.org`; empty: any.
        rooms: rooms that anybody may invite to, such as `!abc:example.org`.
    """

    servers: frozenset[str] = frozenset()
    rooms: frozenset[str] = frozenset()

    @classmethod
    def of(cls, names: Collection[str]) -> "AllowedServers":
        """Parses a list in which a room begins with `!`."""
        entries = {name.strip() for name in names} - {""}
        rooms = frozenset(name for name in entries if name.startswith("!"))
        return cls(frozenset(name.lower() for name in entries - rooms), rooms)

    def allows_person(self, user_id: str) -> bool:
        """Returns whether somebody may talk with the bot."""
        return not self.servers or server_of(user_id) in self.servers

    def allows_invitation(self, room_id: str, inviter: str) -> bool:
        """Returns whether the bot may accept an invitation to a room."""
        if room_id in self.rooms:
            return True
        return self.allows_person(inviter) and not (self.rooms and not self.servers)


class NotPrivateNow(TemporaryFailure):
    """A room that stopped being private while something personal was on its way there."""


class Rooms:
    """The rooms that the bot is in.

    Args:
        client: logged in.
        allowed: whose invitations are accepted.
        allow_unencrypted: whether a room may be private without encryption.

    Attributes:
        followed: rooms that the bot joined because an older one was upgraded.
        taken_leave_of: rooms that the bot left after a farewell; the homeserver still reports it.
    """

    def __init__(
        self, client: AsyncClient, allowed: AllowedServers, *, allow_unencrypted: bool = False
    ) -> None:
        self._client, self._allowed = client, allowed
        self._allow_unencrypted = allow_unencrypted
        # By person, the rooms that are meant for the two of them; whether they are, `kind` says.
        self._direct: dict[str, list[str]] = {}
        self._is_saved = True
        self._creation_locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        # By person, the room that was created for them and is not complete yet.
        self._created: dict[str, str] = {}
        self.followed: set[str] = set()
        self.taken_leave_of: set[str] = set()
        self._explained_at: dict[str, datetime] = {}

    async def load(self) -> None:
        """Loads the direct rooms of each person, the last used first."""
        saved = await account_data(self._client, DIRECT)
        self._direct = {who: list(rooms) for who, rooms in saved.items() if isinstance(rooms, list)}

    def is_allowed(self, user_id: str) -> bool:
        """Returns whether somebody may talk with the bot."""
        return self._allowed.allows_person(user_id)

    def kind(self, room_id: str) -> RoomKind | None:
        """Returns what a room is; None: the bot is not in it.

        The library's picture of a room may lag behind the homeserver's. In an encrypted room that
        costs nothing: whoever is not in the picture is not sent the key either.
        """
        room = self._client.rooms.get(room_id)
        if room is None:
            return None
        others = _others(room, self._client.user_id)
        facts = RoomFacts(
            is_encrypted=bool(room.encrypted),
            join_rule=room.join_rule,
            history_visibility=room.history_visibility,
            room_type=room.room_type or "",
            is_named=bool(room.name or room.canonical_alias),
            members=len(others) + 1,
            is_direct=len(others) == 1 and self._is_direct_with(others[0], room_id),
        )
        return kind_of(facts, allow_unencrypted=self._allow_unencrypted)

    def person_in(self, room_id: str) -> str | None:
        """Returns the other person in a private room; None: the room is not private."""
        return self.only_other(room_id) if self.kind(room_id) is RoomKind.PRIVATE else None

    def only_other(self, room_id: str) -> str | None:
        """Returns the only other member of a room, of any kind; None: there is not exactly one."""
        room = self._client.rooms.get(room_id)
        others = _others(room, self._client.user_id) if room else []
        return others[0] if len(others) == 1 else None

    def is_thought_private(self, room_id: str, user_id: str) -> bool:
        """Returns whether somebody may well think that this room is private, which it is not."""
        kind = self.kind(room_id)
        if kind is None or kind is RoomKind.PRIVATE:
            return False
        return kind.is_for_one_person or self._is_direct_with(user_id, room_id)

    def was_explained(self, room_id: str, now: datetime) -> bool:
        """Returns whether the bot said there lately that the room is not private."""
        explained_at = self._explained_at.get(room_id)
        return explained_at is not None and now - explained_at < EXPLAIN_AGAIN

    def record_explanation(self, room_id: str, now: datetime) -> None:
        """Records that the bot said there that the room is not private; a restart forgets it."""
        self._explained_at[room_id] = now

    def while_private(self, room_id: str, to: str, should_send: ShouldSend) -> ShouldSend:
        """Returns `should_send`, which also raises once the room is not private to `to` any more.

        What is for a room, and not for a person, is nothing personal, and may always go there.

        Raises:
            NotPrivateNow: by what is returned. A next attempt finds or opens another room.
        """

        def should_send_there() -> bool:
            if self.person_in(room_id) != to:
                raise NotPrivateNow("the room is not private any more")
            return should_send()

        return should_send if to == room_id else should_send_there

    def _is_direct_with(self, user_id: str, room_id: str) -> bool:
        return room_id in self._direct.get(user_id, [])

    def known_with(self, user_id: str) -> str | None:
        """Returns the private room of this person; None: there is none. Creates no room."""
        rooms = self._direct.get(user_id, [])
        return next((room for room in rooms if self.person_in(room) == user_id), None)

    def meant_for(self, user_id: str) -> list[str]:
        """Returns the rooms that are meant for this person and the bot, private or not."""
        return [room for room in self._direct.get(user_id, []) if room in self._client.rooms]

    async def leave_person(self, user_id: str) -> None:
        """Leaves the rooms that are meant for this person, and forgets that there were any."""
        rooms = self.meant_for(user_id)
        # First: that the bot leaves is no sign that they did.
        if self._direct.pop(user_id, None) is not None:
            self._is_saved = False
        self._created.pop(user_id, None)
        for room_id in rooms:
            self._explained_at.pop(room_id, None)
            self.taken_leave_of.add(room_id)
            await self.leave(room_id)
        await self._save()

    async def private_with(self, user_id: str) -> str:
        """Returns the private room of this person, and creates one if there is none.

        Raises:
            SendError: none can be created, or it is not complete yet.
        """
        # Without the lock two messages at the same time would create two rooms.
        async with self._creation_locks[user_id]:
            if (room_id := self.known_with(user_id)) is not None:
                self._created.pop(user_id, None)
                return room_id
            if user_id not in self._created:
                self._created[user_id] = await self._create_room(user_id)
            return await self._complete(self._created[user_id], user_id)

    async def _complete(self, room_id: str, user_id: str) -> str:
        """Waits until a room that was created is complete.

        The sync reports it in steps: encryption first, the person last. A message sent before that
        is encrypted for nobody.
        """
        try:
            async with asyncio.timeout(ROOM_SECONDS):
                while self.person_in(room_id) != user_id:  # noqa: ASYNC110 - the sync tells
                    await asyncio.sleep(ROOM_PAUSE)
        except TimeoutError:
            raise TemporaryFailure("a new room is not there yet") from None
        return room_id

    async def record_use(self, user_id: str, room_id: str) -> None:
        """Records that a person said something in this room, so that nudges go there from now."""
        rooms = self._direct.get(user_id, [])
        if rooms[:1] != [room_id]:
            self._direct[user_id] = [room_id, *(other for other in rooms if other != room_id)]
            self._is_saved = False
        await self._save()

    def note_invitation(self, room_id: str, event: RoomMemberEvent) -> None:
        """Notes with whom a room is direct, if the bot came in by an invitation that says so.

        It comes after the rooms that they are in, because nudges move when somebody says something,
        and before rooms that the bot invited them to in vain.
        """
        invitation, person = event.prev_content or {}, self.only_other(room_id)
        if invitation.get("is_direct") is not True or person is None:
            return
        if not self._is_direct_with(person, room_id):
            rooms = self._direct.get(person, [])
            entered = [room for room in rooms if self._has_joined(room, person)]
            self._direct[person] = list(dict.fromkeys([*entered, room_id, *rooms]))
            self._is_saved = False

    async def record_invitation(self, room_id: str, event: RoomMemberEvent) -> None:
        """Does the same, in the account data too."""
        self.note_invitation(room_id, event)
        await self._save()

    async def _save(self) -> None:
        if self._is_saved:
            return
        try:
            await save_account_data(self._client, DIRECT, self._direct)
        except TemporaryFailure as error:  # the next message tries again
            log.info("private rooms not kept", error=str(error))
        else:
            self._is_saved = True

    def invitations(self, answer: SyncResponse) -> list[Invitation]:
        """Returns the invitations in an answer."""
        return [
            Invitation(room_id, event.sender)
            for room_id, info in answer.rooms.invite.items()
            for event in info.invite_state
            if isinstance(event, InviteMemberEvent)
            and event.state_key == self._client.user_id
            and event.membership == "invite"
        ]

    async def leave_abandoned(self, answer: SyncResponse) -> list[str]:
        """Leaves rooms in which nobody else is left.

        Returns:
            The people who left their private room, or removed the bot from it.
        """
        departed = [await self._forget_room_left(room_id) for room_id in answer.rooms.leave]
        for room_id, info in answer.rooms.join.items():
            room = self._client.rooms.get(room_id)
            # A room that is being created is empty too; so somebody must have left.
            if (
                room is not None
                and _has_member_left(info)
                and not _others(room, self._client.user_id)
            ):
                departed.append(await self._leave_empty_room(room_id))
        return [user for user in departed if user is not None]

    async def follow(self, old: str, new: str, sender: str) -> None:
        """Joins the new version of a room that was upgraded, and leaves the old one."""
        person = self.person_in(old)
        self.followed.add(new)
        if person is not None:  # before the bot leaves: that it left is no sign that they did
            await self._replace(person, old, new)
        try:
            await checked_response(self._client.join(new))
        except SendError as error:  # the bot still has to be invited there
            log.info("a new version of a room cannot be joined yet", error=str(error))
        else:
            log.info("moved to the new version of a room", by=server_of(sender))
        await self.leave(old)

    async def _replace(self, person: str, old: str, new: str) -> None:
        rooms = [new if room == old else room for room in self._direct.get(person, [])]
        self._direct[person] = list(dict.fromkeys(rooms))
        self._is_saved = False
        await self._save()

    async def answer_invitation(self, room_id: str, inviter: str) -> None:
        """Joins a room, as soon as that is possible, or refuses the invitation.

        Raises:
            InvalidCredentials: the device was logged out; the next one has to answer.
        """
        if not self._allowed.allows_invitation(room_id, inviter):
            log.info("invitation refused", server=server_of(inviter))
            await self.leave(room_id)
            return
        while True:
            try:
                await checked_response(self._client.join(room_id))
            except TemporaryFailure as error:
                await asyncio.sleep(error.after.total_seconds() or JOIN_AGAIN_SECONDS)
                continue
            except (Unreachable, MessageRejected) as error:
                log.warning("invitation could not be accepted", error=str(error))
            return

    async def _forget_room_left(self, room_id: str) -> str | None:
        """Drops a room that the bot is not in any more; returns as `_forget`."""
        self._client.rooms.pop(room_id, None)
        self._client.invited_rooms.pop(room_id, None)
        return self._forget(room_id)

    async def _leave_empty_room(self, room_id: str) -> str | None:
        await self.leave(room_id)
        return self._forget(room_id)

    def _forget(self, room_id: str) -> str | None:
        """Returns the person whose private room this was, if they have no other."""
        self._created = {
            user: new_room for user, new_room in self._created.items() if new_room != room_id
        }
        self._explained_at.pop(room_id, None)
        for user, rooms in self._direct.items():
            if room_id in rooms:
                rooms.remove(room_id)
                return None if any(self._has_member(room, user) for room in rooms) else user
        return None

    def _has_joined(self, room_id: str, user_id: str) -> bool:
        return self._has_member(room_id, user_id) and not (
            self._client.rooms[room_id].users[user_id].invited
        )

    def _has_member(self, room_id: str, user_id: str) -> bool:
        room = self._client.rooms.get(room_id)
        return room is not None and user_id in room.users

    async def leave_if_space(self, room_id: str) -> None:
        """Leaves a space once something was said there, which is why nobody can talk there."""
        if self.kind(room_id) is RoomKind.SPACE:
            await self.leave(room_id)

    async def leave(self, room_id: str) -> None:
        """Leaves a room, and forgets it; what cannot be left is forgotten."""
        try:
            await checked_response(self._client.room_leave(room_id))
            await checked_response(self._client.room_forget(room_id))
        except SendError as error:
            log.info("a room could not be left", error=str(error))
        self._client.rooms.pop(room_id, None)
        self._client.invited_rooms.pop(room_id, None)

    async def _create_room(self, user_id: str) -> str:
        """Creates a private room, encrypted, which every current client supports."""
        encryption = {
            "type": "m.room.encryption",
            "state_key": "",
            "content": {"algorithm": "m.megolm.v1.aes-sha2"},
        }
        answer = await checked_response(
            self._client.room_create(is_direct=True, invite=[user_id], initial_state=[encryption])
        )
        await self.record_use(user_id, answer.room_id)
        return str(answer.room_id)


def server_of(user_id: str) -> str:
    """Returns `example.org` for `@sanne:example.org`."""
    return user_id.partition(":")[2].lower()


def _has_member_left(info: RoomInfo) -> bool:
    return any(
        isinstance(event, RoomMemberEvent) and event.membership in ("leave", "ban")
        for event in (*info.state, *info.timeline.events)
    )


def _others(room: MatrixRoom, own: str) -> list[str]:
    return [user for user in room.users if user != own]
