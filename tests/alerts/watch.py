"""What one alert does while its cause comes and goes, and the causes by the names of the alerts."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from tests.support.command_line import olievlek
from tests.support.databases import SECRET_KEY, copied
from tests.support.paths import PROJECT
from tests.support.postgresql import PostgreSQL
from tests.support.processes import HasUrl, Program, on_telegram
from tests.support.prometheus import Prometheus

RUNBOOKS = [PROJECT / "docs" / "runbook.md", PROJECT / "docs" / "runbook.en.md"]


@dataclass(frozen=True, slots=True)
class Databases:
    """Databases with the schema in them.

    Attributes:
        file: of SQLite, to copy.
        server: PostgreSQL.
        template: the name of a database on it, to copy.
    """

    file: Path
    server: PostgreSQL
    template: str


class Watch:
    """Looks at one alert: calm before its cause, firing with it, and quiet after the remedy.

    Args:
        alert: its name.
        prometheus: asks the program how it is.
        port: the port of the program whose metrics Prometheus asks for.
        folder: where the files of the program go.
        databases: to copy.

    Attributes:
        fired_after: how many seconds after the cause began; None: not yet.
        quiet_after: how many seconds after the remedy began; None: not yet.
    """

    def __init__(
        self, alert: str, prometheus: Prometheus, port: int, folder: Path, databases: Databases
    ) -> None:
        self.alert, self.prometheus, self.folder = alert, prometheus, folder
        self.databases, self.port = databases, port
        self.fired_after: float | None = None
        self.quiet_after: float | None = None
        self._since = 0.0

    def env(self, server: HasUrl, **settings: str) -> dict[str, str]:
        """Returns the environment of the program that is watched, on a new SQLite file."""
        given = {"SECRET_KEY": SECRET_KEY, "HTTP_PORT": str(self.port), **settings}
        if "DATABASE_URL" not in given:
            given["DATABASE_URL"] = copied(self.databases.file, self.folder / "olievlek.db")
        return on_telegram(server, self.folder, **given)

    async def command(self, env: dict[str, str], *words: str) -> tuple[int, str]:
        """Runs a command of the runbook; returns its exit code and all that it printed."""
        code, out, err = await asyncio.to_thread(olievlek, env, self.folder, *words)
        return code, out + err

    async def logs(self, started: Program, words: str) -> None:
        """Waits until the program logs these words, which the page of the alert names."""
        for runbook in RUNBOOKS:
            _, _, page = runbook.read_text().partition(f"\n## {self.alert}\n")
            assert words in page.partition("\n## ")[0], f"{runbook.name} does not name {words!r}"
        await started.says(words, within=60)

    # -- the stages, each of which ends when Prometheus says so

    async def is_calm(self) -> None:
        """Waits until the program works and there is no alert; what comes next is the cause."""
        await self._until(set(), seconds=60)
        self._since = time.monotonic()

    async def fires(self, *others: str) -> None:
        """Waits until the alert fires, with these others and no more; then comes the remedy."""
        await self._until({self.alert, *others}, seconds=90)
        self.fired_after = time.monotonic() - self._since
        self._since = time.monotonic()

    async def ends(self) -> None:
        """Waits until the program works and no alert is left, not even one that waits to fire."""
        await self._until(set(), seconds=90)
        self.quiet_after = time.monotonic() - self._since

    async def _until(self, firing: Collection[str], seconds: float) -> None:
        """Waits until these alerts fire; none: until there is no alert and the program works.

        What Prometheus heard before is of the program that was on this port before.
        """
        works = (
            f"timestamp(up) > {time.time()} and up == 1 and on() max(olievlek_channel_leading) == 1"
            " and on() min(olievlek_channel_up) == 1"
        )
        seen: set[tuple[str, str]] = set()
        try:
            async with asyncio.timeout(seconds):
                while True:
                    found = [each["metric"] for each in await self.prometheus.query("ALERTS")]
                    seen = {(each["alertname"], each["alertstate"]) for each in found}
                    if firing and {name for name, state in seen if state == "firing"} == firing:
                        return
                    if not firing and not seen and await self.prometheus.query(works):
                        return
                    await asyncio.sleep(0.2)
        except TimeoutError as error:
            wanted = ", ".join(sorted(firing)) or "no alert"
            raise AssertionError(f"{wanted} was wanted, and there is {sorted(seen)}") from error


Case = Callable[[Watch], Awaitable[None]]
CASES: dict[str, Case] = {}
"""By the name of an alert, what provokes it and follows its page until it ends."""


def provokes(alert: str) -> Callable[[Case], Case]:
    """Names the alert that a case is about; each alert has one."""

    def note(case: Case) -> Case:
        assert alert not in CASES, f"{alert} has a case already"
        CASES[alert] = case
        return case

    return note
