"""Each alert fires for its real cause, and ends with the remedy that the runbook gives."""

from collections.abc import Callable

import pytest

from tests.alerts.cases import CASES
from tests.alerts.watch import Watch
from tests.unit.test_alerts import alerts


@pytest.mark.parametrize("alert", dict.fromkeys(alert["alert"] for alert in alerts()))
async def test_it_fires_for_its_cause_and_ends_with_its_remedy(
    alert: str, watch: Watch, record_property: Callable[[str, object], None]
) -> None:
    assert alert in CASES, f"nothing in tests/alerts provokes {alert}"
    await CASES[alert](watch)
    assert watch.fired_after is not None and watch.quiet_after is not None
    record_property("alert", alert)
    record_property("fired_after", watch.fired_after)
    record_property("quiet_after", watch.quiet_after)
