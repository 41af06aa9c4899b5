"""Where the keys are: the library's store, without its search at each visit."""

from collections.abc import Collection
from typing import Any

from nio.store import SqliteStore
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


class KeyDatabase(SqliteDatabase):  # type: ignore[misc]  # peewee has no types
    """A database that does not search for tables which refer to the given ones."""

    def bind_ctx(self, models: Collection[Any], **_: bool) -> Any:  # noqa: ANN401 - peewee's own
        """Returns a context in which these tables are those of this database."""
        return super().bind_ctx(models, bind_refs=False, bind_backrefs=False)
