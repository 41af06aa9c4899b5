"""Many members at once, by SQL: enrolling a million takes some seconds."""

from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from sqlalchemy import insert, text, update

from bot.store.challenges import history
from bot.store.db.engine import Database
from bot.store.schema.members import AddressRow, MemberRow
from bot.store.schema.nudges import NudgeRow

NOW = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)  # half past nine in Amsterdam
BATCH = 500
# The master key where several processes measure on one database.
SECRET_KEY = urlsafe_b64encode(sha256(b"bench").digest()).decode()
FAR = NOW + timedelta(days=30)
# Those who are not due are so at a second of their own, as far as that goes.
LATER = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%S', :far, i || ' seconds') || '.000000'",
    "postgresql": ":far + i * interval '1 second'",
}
NUMBERS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT :first UNION ALL SELECT i + 1 FROM n WHERE i < :many)"
    " SELECT i FROM n",
    "postgresql": "SELECT generate_series(CAST(:first AS integer), CAST(:many AS integer)) AS i",
}


async def enrol(
    database: Database, many: int, due: int, channel: str, rounds: int = 0, first: int = 1
) -> None:
    """Enrols members `first` to `many`; those up to number `due` at `NOW`, others from `FAR` on.

    Args:
        database: migrated, without these members.
        many: the highest number.
        due: the highest number of those who are due.
        channel: where they are, each at their own number.
        rounds: how many rounds each of those who are due did before.
        first: the lowest number.
    """
    kind = database.url.get_backend_name()
    numbers, later = NUMBERS[kind], LATER[kind]
    given: dict[str, object] = {"many": many, "due": due, "rounds": rounds, "first": first}
    for name, moment in (("now", NOW), ("far", FAR)):
        given[name] = _at_rest(moment) if database.is_sqlite else moment
    async with database.engine.begin() as connection:  # a million take longer than an answer may
        if not database.is_sqlite:
            await connection.execute(text("SET LOCAL statement_timeout = 0"))
        statement = (
            "INSERT INTO members (id, language, weekdays, nudge_time, zone, joined_at, welcomed,"
            " seen_on, next_nudge_at) SELECT i, 'nl', '12345', '09:30:00.000000',"
            " 'Europe/Amsterdam', :now, true, CURRENT_DATE,"
            f" CASE WHEN i <= :due THEN :now ELSE {later} END"
            f" FROM ({numbers}) AS all_n"
        )
        used = {name: value for name, value in given.items() if f":{name}" in statement}
        if not database.is_sqlite:
            statement = _typed(statement)
        await connection.execute(text(statement), used)
        for start in range(first, many + 1, BATCH):
            addresses = [
                {"member_id": number, "channel": channel, "address": str(number)}
                for number in range(start, min(start + BATCH, many + 1))
            ]
            await connection.execute(insert(AddressRow), addresses)
    if rounds:
        await _history(database, due, rounds)
    await settle(database)


async def settle(database: Database) -> None:
    """What either would do by itself some minutes later, in the midst of a measurement."""
    if database.is_sqlite:
        async with database.transaction() as session:
            await session.execute(text("ANALYZE"))
        await database.checkpoint_wal()
        return
    async with database.engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text("VACUUM ANALYZE"))
        await connection.execute(text("CHECKPOINT"))


def _typed(statement: str) -> str:
    """PostgreSQL wants to know what a value between others is."""
    for name in ("now", "far"):
        statement = statement.replace(f":{name}", f"CAST(:{name} AS timestamptz)")
    statement = statement.replace("'09:30:00.000000'", "time '09:30'")
    return statement


def _at_rest(moment: datetime) -> str:
    """A moment as SQLAlchemy has SQLite keep it, which compares moments as texts."""
    return f"{moment:%Y-%m-%d %H:%M:%S.%f}"


async def _history(database: Database, due: int, rounds: int) -> None:
    """Rounds that were done on earlier days; SQLite alone."""
    async with database.engine.begin() as connection:
        challenges = (await connection.execute(text("SELECT id FROM challenges"))).scalars().all()
        rows = [
            {
                "member": member,
                "challenge": challenges[(member + number) % len(challenges)],
                "at": _at_rest(day := NOW - timedelta(days=rounds + 1 - number)),
                "day": day.date().isoformat(),
            }
            for member in range(1, due + 1)
            for number in range(rounds)
        ]
        await connection.execute(
            text(
                "INSERT INTO nudges (member_id, challenge_id, round_at, day, per_week, extra,"
                " swaps, attempts, sent_at, answer, answered_at)"
                " VALUES (:member, :challenge, :at, :day, 5, false, 0, 1, :at, 'done', :at)"
            ),
            rows,
        )
        await connection.execute(
            text(
                "INSERT INTO receipts (nudge_id, channel, address, receipt, purpose, has_buttons)"
                " SELECT nudges.id, channel, address, CAST(-nudges.id AS varchar), 'nudge', false"
                " FROM nudges JOIN addresses ON addresses.member_id = nudges.member_id"
            )
        )
    for first in range(1, due + 1, BATCH):  # what the bot kept of them meanwhile
        async with database.transaction() as session:
            await history.recipients(
                session, range(first, min(first + BATCH, due + 1)), NOW, planned=True
            )


async def next_day(database: Database, due: int, day: datetime) -> None:
    """It is `day`: what went out is settled, and the first `due` members are due again."""
    async with database.transaction() as session:
        settled = update(NudgeRow).where(NudgeRow.send_at.is_not(None))
        await session.execute(settled.values(send_at=None, leased_until=None))
        members = update(MemberRow).where(MemberRow.id <= due)
        await session.execute(members.values(next_nudge_at=day))
