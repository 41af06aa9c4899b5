"""What is counted of deliveries for `/metrics`; names and units as Prometheus advises.

No label and no value says anything about a member or a team.
"""

from datetime import datetime, timedelta

from prometheus_client import Counter, Histogram

NUDGES = Counter(
    "olievlek_nudges", "Nudges by what came of trying to send them", ["channel", "outcome"]
)
DIGESTS = Counter(
    "olievlek_digests", "Digests by what came of trying to send them", ["channel", "outcome"]
)
NUDGE_DELAY = Histogram(
    "olievlek_nudge_delay_seconds",
    "Time from the moment that a nudge was planned for until it arrived",
    ["channel"],
    buckets=(1, 2, 5, 10, 30, 60, 120, 300, 900, 3_600),
)
REPLY_TIME = Histogram(
    "olievlek_reply_seconds",
    "Time from taking in what somebody sent until its replies were sent",
    ["channel"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300),
)
SENT = "sent"
UNREACHABLE = "unreachable"  # it can never arrive; the chat is closed
FAILED = "failed"  # it is tried again
OUTCOMES = (SENT, UNREACHABLE, FAILED)


def show_zeros(channel: str) -> None:
    """Has a channel's counters shown before anything is counted, so that a first rise is seen."""
    for counter in (NUDGES, DIGESTS):
        for outcome in OUTCOMES:
            counter.labels(channel, outcome)
    NUDGE_DELAY.labels(channel)
    REPLY_TIME.labels(channel)


def note_arrival(channel: str, planned: datetime, at: datetime) -> None:
    """Counts a nudge that arrived at `at`, and by how much it was late."""
    NUDGES.labels(channel, SENT).inc()
    NUDGE_DELAY.labels(channel).observe(max(at - planned, timedelta()).total_seconds())
