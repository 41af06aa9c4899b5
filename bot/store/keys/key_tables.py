"""The tables of the key store. They are few and made when the store is opened, without Alembic."""

from sqlalchemy import Column, Integer, LargeBinary, MetaData, String, Table

from bot.store.keys.master_key import FINGERPRINT_LENGTH

VERSION = 1
KEY_TABLES = MetaData()

# The version of these tables: one row. Whoever chooses the master key that wraps a new key locks it
# against a rotation that begins.
KEY_STORE = Table(
    "key_store",
    KEY_TABLES,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
)

# A key per member; `master` is the fingerprint of the master key that wraps it.
MEMBER_KEYS = Table(
    "member_keys",
    KEY_TABLES,
    Column("member_id", Integer, primary_key=True, autoincrement=False),
    Column("wrapped", LargeBinary, nullable=False),
    Column("master", String(FINGERPRINT_LENGTH), nullable=False),
)

# Keys for what belongs to no member, by what they are for.
DATA_KEYS = Table(
    "data_keys",
    KEY_TABLES,
    Column("name", String(40), primary_key=True),
    Column("wrapped", LargeBinary, nullable=False),
    Column("master", String(FINGERPRINT_LENGTH), nullable=False),
)

# The last entry of the audit trail that was seen: one row. `mac` covers the other two.
AUDIT_HEAD = Table(
    "audit_head",
    KEY_TABLES,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("mac", String(64), nullable=False),
)

# A master key that replaces another, wrapped by that one: during a rotation, and until the first
# start with the new key.
SUCCESSORS = Table(
    "successors",
    KEY_TABLES,
    Column("predecessor", String(FINGERPRINT_LENGTH), primary_key=True),
    Column("fingerprint", String(FINGERPRINT_LENGTH), nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
)
