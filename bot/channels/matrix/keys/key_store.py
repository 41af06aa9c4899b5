"""Stores the keys in the library's store, without its search of all tables at each visit."""

from collections.abc import Collection
from typing import Any

from nio.store import SqliteStore
from nio.store.models import (
    DeviceKeys,
    DeviceTrustState,
    EncryptedRooms,
    Keys,
    MegolmInboundSessions,
    OlmSessions,
    OutgoingKeyRequests,
)
from peewee import SqliteDatabase


class KeyStore(SqliteStore):  # type: ignore[misc]  # nio shows no types for it
    """The store of the library, with a database that binds what it is given and nothing else.

    The library binds its tables to the database at each visit. For each of them peewee would look
    for all that refer to it: a fifth of what an encrypted message costs, and for nothing, since the
    library gives it all of its tables.
    """

    def _create_database(self) -> "KeyDatabase":
        plain: Any = super()._create_database()
        return KeyDatabase(plain.database, pragmas=plain._pragmas)

    def forget_rooms(self, rooms: Collection[str]) -> None:
        """Deletes the keys of these rooms; SQLite overwrites them (`secure_delete`)."""
        with self.database.bind_ctx(self.models), self.database.atomic():
            for model in (MegolmInboundSessions, OutgoingKeyRequests, EncryptedRooms):
                model.delete().where(model.room_id.in_(rooms)).execute()

    def forget_devices(self, user_id: str, sender_keys: Collection[str]) -> None:
        """Deletes somebody's devices, whether they were trusted, and the sessions with them."""
        with self.database.bind_ctx(self.models), self.database.atomic():
            theirs = DeviceKeys.select(DeviceKeys.id).where(DeviceKeys.user_id == user_id)
            for model in (Keys, DeviceTrustState):
                model.delete().where(model.device.in_(theirs)).execute()
            DeviceKeys.delete().where(DeviceKeys.user_id == user_id).execute()
            OlmSessions.delete().where(OlmSessions.sender_key.in_(sender_keys)).execute()


class KeyDatabase(SqliteDatabase):  # type: ignore[misc]  # peewee has no types
    """A database that does not search for tables which refer to the given ones."""

    def bind_ctx(self, models: Collection[Any], **_: bool) -> Any:  # noqa: ANN401 - peewee's own
        """Returns a context in which these tables are those of this database."""
        return super().bind_ctx(models, bind_refs=False, bind_backrefs=False)
