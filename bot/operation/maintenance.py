"""Who does the maintenance: one process of those on a database, whatever channels each has."""

import asyncio
from collections.abc import Sequence

import structlog
from prometheus_client import Gauge

from bot.delivery.maintenance.job import MaintenanceJob
from bot.operation.replica import FINISH_SECONDS
from bot.store.db.engine import Database
from bot.store.db.locks.leader_election import leadership

log = structlog.get_logger(__name__)

LEADING = Gauge("olievlek_maintenance_leading", "Whether this process does the maintenance")
LEAD = "maintenance"
# Nothing of it is due to the second, so PostgreSQL is asked less often than about a channel.
ELECTION_SECONDS = 5.0


class Maintenance:
    """Leads the maintenance, or stands by for the replica that does.

    Args:
        database: where leadership is decided: by an advisory lock of its own on PostgreSQL; on
            SQLite the one process leads.
    """

    def __init__(self, database: Database) -> None:
        self._database, self._leads = database, False

    def is_leader(self) -> bool:
        """Returns whether this process leads the maintenance now."""
        return self._leads

    async def run(self, jobs: Sequence[MaintenanceJob]) -> None:
        """Leads whenever no other replica does, until cancelled.

        Args:
            jobs: which somebody else starts when they are due. The lead ends when what is in
                flight of them is done, or has had its time.
        """
        LEADING.set_function(self.is_leader)
        while True:
            async with leadership(self._database, LEAD, ELECTION_SECONDS) as lost:
                self._leads = True
                if not self._database.is_sqlite:
                    log.info("this replica does the maintenance")
                try:
                    await lost.wait()
                finally:
                    self._leads = False
                    await asyncio.gather(*(job.finished(FINISH_SECONDS) for job in jobs))
