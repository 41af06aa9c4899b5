"""The queries of the runbook, on a real PostgreSQL: who leads, and who holds what the bot needs."""

from bot.store.db.engine import Database
from bot.store.db.locks.leader_election import leadership
from tests.support.runbook_queries import connected, leaders, queries


async def test_they_name_who_leads_and_who_left_a_transaction_open(postgresql_url: str) -> None:
    assert queries("runbook.md") == queries("runbook.en.md")
    _, who_holds = queries("runbook.md")
    database = Database(postgresql_url)
    administrator = await connected(postgresql_url, "psql")
    forgotten = await connected(postgresql_url, "psql")
    assert await leaders(administrator, postgresql_url) == []
    async with leadership(database, "telegram"), database.transaction():
        [leader] = await leaders(administrator, postgresql_url)
        assert leader["query"].endswith(" -- telegram")
        assert leader["pid"] not in (administrator.get_server_pid(), forgotten.get_server_pid())
        assert await administrator.fetch(who_holds) == []
        await forgotten.execute("BEGIN")
        [holder] = await administrator.fetch(who_holds)
        assert (holder["pid"], holder["state"]) == (
            forgotten.get_server_pid(),
            "idle in transaction",
        )
    for connection in (administrator, forgotten):
        await connection.close()
    await database.close()
