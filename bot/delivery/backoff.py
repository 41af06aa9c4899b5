"""How long to wait before the next try, where tries outlive the process."""

from datetime import timedelta

from tenacity import AsyncRetrying, RetryCallState, wait_exponential_jitter

MAX_DOUBLINGS = 16


def wait_before_try(strategy: wait_exponential_jitter, times: int) -> timedelta:
    """How long a strategy waits after so many failures."""
    state = RetryCallState(AsyncRetrying(), None, (), {})
    state.attempt_number = min(times, MAX_DOUBLINGS)
    return timedelta(seconds=strategy(state))
