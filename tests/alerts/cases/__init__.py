"""What provokes each alert, and what its page in the runbook does about it."""

from tests.alerts.cases import deliveries, reach, upkeep
from tests.alerts.watch import CASES

__all__ = ["CASES", "deliveries", "reach", "upkeep"]
