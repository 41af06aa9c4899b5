"""How often, and how long after each other, something that failed is tried again.

Each policy is written here once, with its reason. What is retried, and on which errors, is decided
where the work is done.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    stop_after_delay,
    stop_never,
    wait_exponential_jitter,
    wait_none,
    wait_random_exponential,
)
from tenacity.stop import stop_base
from tenacity.wait import wait_base

# From here on doubling changes nothing: every policy has reached its longest wait long before.
MAX_DOUBLINGS = 16


def _nothing_requested(_: BaseException) -> timedelta:
    return timedelta()


def _ignore(_: BaseException) -> None:
    pass


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """When to try again, and when to stop trying.

    Attributes:
        wait: how long before the next try.
        stop: when to give up; the last error is raised then.
    """

    wait: wait_base
    stop: stop_base = stop_never

    def attempts(
        self,
        is_retryable: Callable[[BaseException], bool],
        *,
        requested_wait: Callable[[BaseException], timedelta] = _nothing_requested,
        on_failure: Callable[[BaseException], None] = _ignore,
    ) -> AsyncRetrying:
        """Returns the tries, for `async for attempt in ...: with attempt: ...`.

        Args:
            is_retryable: whether another try after this error makes sense; if not, it is raised.
            requested_wait: how long the other side wants us to wait at least after this error.
            on_failure: called with each error that is followed by another try.
        """

        def wait(state: RetryCallState) -> float:
            return max(requested_wait(_error_of(state)).total_seconds(), self.wait(state))

        return AsyncRetrying(
            retry=retry_if_exception(is_retryable),
            wait=wait,
            stop=self.stop,
            before_sleep=lambda state: on_failure(_error_of(state)),
            reraise=True,
        )

    def delay(self, failures: int, requested: timedelta = timedelta()) -> timedelta:
        """Returns how long to wait after so many failures, for tries that outlive the process.

        Args:
            failures: how many tries failed so far, at least 1.
            requested: how long the other side wants us to wait at least.
        """
        state = RetryCallState(AsyncRetrying(), None, (), {})
        state.attempt_number = min(failures, MAX_DOUBLINGS)
        return max(requested, timedelta(seconds=self.wait(state)))


def _error_of(state: RetryCallState) -> BaseException:
    error = state.outcome.exception() if state.outcome else None
    if error is None:
        raise AssertionError("a wait is only asked for after a failure")
    return error


# A reply: someone is looking at their phone, so for a few seconds. Not more often either: what
# timed out may have arrived, and each try may be a copy.
REPLY = RetryPolicy(wait_random_exponential(multiplier=0.2, max=2), stop_after_attempt(3))

# A message for another chat than the one that is answered: nobody there is looking at it yet, and
# the one who is answered does not wait for it. The outbox tries again.
ONCE = RetryPolicy(wait_none(), stop_after_attempt(1))

# What waits in the outbox: some 2, 4, 8... seconds, at most half a minute, because somebody waits
# for it, and because all that was decided later for the same chat waits behind it.
OUTBOX = RetryPolicy(wait_exponential_jitter(multiplier=2, max=30, jitter=2))
# A fault of ours would hold up the chat for as long as its message is relevant.
OUTBOX_FAULTS = 10

# A transaction that met a lock, a deadlock or a restart: another one may succeed a moment later.
# Waits are random, so that two that deadlocked do not meet again.
TRANSACTION = RetryPolicy(wait_random_exponential(multiplier=0.05, max=1), stop_after_delay(8))

# Storing what a platform brought, and that a message arrived: the database has to come back, and
# people wait meanwhile, so every two seconds.
STORE = RetryPolicy(wait_exponential_jitter(multiplier=0.2, max=2, jitter=0.2))

# A connection to a platform: for as long as it takes, and at most half a minute apart.
RECONNECT = RetryPolicy(wait_exponential_jitter(multiplier=0.5, max=30, jitter=0.5))

# An item of the inbox that could not be handled: not for long, because what came after it in the
# same chat waits. Then it is set aside.
INBOX_ATTEMPTS = 5
INBOX_ITEM = RetryPolicy(wait_exponential_jitter(multiplier=0.2, max=5, jitter=0.2))

# An item for which the platform has to be asked something, and does not answer: some ten minutes.
INBOX_PLATFORM_ATTEMPTS = 25

# A nudge that did not arrive: some 2, 4, 8... seconds, at most five minutes. The jitter keeps a
# batch that failed together from coming back together. It ends at the member's next round.
NUDGE = RetryPolicy(wait_exponential_jitter(multiplier=2, max=300, jitter=2))

# A digest that did not arrive: nobody waits for it, so longer; 30 tries are some four hours.
DIGEST = RetryPolicy(wait_exponential_jitter(multiplier=5, max=600, jitter=5))
DIGEST_ATTEMPTS = 30

# Claiming while the database cannot be used: a second at first, at most half a minute.
DATABASE_OUTAGE = RetryPolicy(wait_exponential_jitter(multiplier=1, max=30, jitter=1))
