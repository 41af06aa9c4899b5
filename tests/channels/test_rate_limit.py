"""Flood control: as fast as allowed, not faster, and replies first."""

import asyncio
import random

import pytest

from bot.channels.connection.rate_limit import MAX_WAIT, RateLimiter, RateLimits, WaitTooLong

QUICK = RateLimits(per_second=40, chat_seconds=0.2, group_seconds=0.4)


class Platform:
    """Counts strictly: so many in any second, by the moment at which a call reaches it."""

    def __init__(self, limiter: RateLimiter, most: int, seed: int = 1) -> None:
        self.limiter, self.most = limiter, most
        self.arrived: list[tuple[float, str]] = []
        self.refused = 0
        self._random = random.Random(seed)

    async def send(self, chat: str, *, urgent: bool = False, new_message: bool = True) -> None:
        """One call, with a way there and a way back of uneven length."""
        async with self.limiter.slot(chat, urgent=urgent, new_message=new_message):
            await asyncio.sleep(self._random.uniform(0.001, 0.03))
            now = asyncio.get_running_loop().time()
            recent = [at for at, _ in self.arrived if at > now - 1]
            self.refused += len(recent) >= self.most
            self.arrived.append((now, chat))
            await asyncio.sleep(self._random.uniform(0.001, 0.03))

    @property
    def chats(self) -> list[str]:
        """Where messages went, in order of arrival."""
        return [chat for _, chat in self.arrived]


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_no_second_ever_holds_more_than_allowed(seed: int) -> None:
    platform = Platform(RateLimiter(QUICK), 40, seed)
    await asyncio.gather(*(platform.send(str(n)) for n in range(120)))
    assert platform.refused == 0
    assert len(platform.arrived) == 120


async def test_replies_and_nudges_together_stay_within_the_limit() -> None:
    platform = Platform(RateLimiter(QUICK), 40)

    async def chatter() -> None:
        for n in range(40):
            await platform.send(f"person {n}", urgent=True)

    await asyncio.gather(chatter(), *(platform.send(str(n)) for n in range(80)))
    assert platform.refused == 0


async def test_a_reply_goes_before_the_nudges_that_wait() -> None:
    platform = Platform(RateLimiter(QUICK), 40)
    wave = [asyncio.create_task(platform.send(str(n))) for n in range(100)]
    while len(platform.arrived) < 10:
        await asyncio.sleep(0.01)
    await platform.send("reply", urgent=True)
    assert platform.chats.index("reply") < 20
    await asyncio.gather(*wave)


async def test_one_chat_waits_and_others_do_not() -> None:
    platform = Platform(RateLimiter(QUICK), 40)
    await asyncio.gather(
        platform.send("a"), platform.send("a"), platform.send("b"), platform.send("c")
    )
    assert platform.chats[-1] == "a"
    first, last = (at for at, chat in platform.arrived if chat == "a")
    assert last - first >= QUICK.chat_seconds


async def test_a_group_waits_longer() -> None:
    platform = Platform(RateLimiter(QUICK), 40)
    await asyncio.gather(platform.send("-100"), platform.send("-100"))
    first, last = (at for at, _ in platform.arrived)
    assert last - first >= QUICK.group_seconds


async def test_an_edit_does_not_wait_for_its_chat() -> None:
    limiter = RateLimiter(RateLimits(per_second=30, chat_seconds=MAX_WAIT * 10))
    async with limiter.slot("a", urgent=True):
        pass
    async with asyncio.timeout(1), limiter.slot("a", urgent=True, new_message=False):
        pass


async def test_told_to_wait_where_nothing_was_sent_lately_means_the_whole_bot() -> None:
    limiter = RateLimiter(QUICK)
    async with limiter.slot("a", urgent=False):
        limiter.pause_after_refusal("a", MAX_WAIT * 10)
    for chat in ("a", "b"):
        with pytest.raises(WaitTooLong) as caught:
            async with limiter.slot(chat, urgent=True):
                pass
        assert MAX_WAIT < caught.value.seconds <= MAX_WAIT * 10


async def test_told_to_wait_right_after_another_message_means_the_chat() -> None:
    limiter = RateLimiter(QUICK)
    async with limiter.slot("a", urgent=False):
        pass
    async with limiter.slot("a", urgent=False):
        limiter.pause_after_refusal("a", MAX_WAIT * 10)
    with pytest.raises(WaitTooLong):
        async with limiter.slot("a", urgent=True, new_message=False):
            pass
    async with limiter.slot("b", urgent=False):
        pass


async def test_a_short_wait_is_waited_for() -> None:
    platform = Platform(RateLimiter(QUICK), 40)
    began = asyncio.get_running_loop().time()
    platform.limiter.pause_after_refusal("a", 0.3)
    await platform.send("b", urgent=True)
    assert asyncio.get_running_loop().time() - began >= 0.3


async def test_who_stops_waiting_leaves_the_line() -> None:
    limiter = RateLimiter(RateLimits(per_second=1, chat_seconds=0))
    async with limiter.slot("a", urgent=False):
        waiting = asyncio.create_task(_one(limiter, "b"))
        await asyncio.sleep(0.01)
        waiting.cancel()
        await asyncio.wait([waiting])
    async with asyncio.timeout(5), limiter.slot("c", urgent=False):
        pass


async def test_who_gives_up_in_the_moment_of_their_turn_takes_none_along() -> None:
    limiter = RateLimiter(RateLimits(per_second=1, chat_seconds=0))
    async with limiter.slot("a", urgent=False):
        waiting = asyncio.create_task(_one(limiter, "a"))
        await asyncio.sleep(0.01)
        waiting.cancel()  # it is told so only when this turn is over, and given away
    await asyncio.wait([waiting])
    async with asyncio.timeout(5), limiter.slot("a", urgent=False):
        pass


async def test_the_longest_wait_counts() -> None:
    limiter = RateLimiter(QUICK)
    limiter.pause_after_refusal("a", MAX_WAIT * 10)
    limiter.pause_after_refusal("b", 0.1)
    with pytest.raises(WaitTooLong):
        async with limiter.slot("c", urgent=False):
            pass


async def test_without_a_limit_nobody_waits() -> None:
    limiter = RateLimiter(RateLimits(per_second=None))
    async with asyncio.timeout(5):
        await asyncio.gather(*(_one(limiter, str(n)) for n in range(5_000)))


async def _one(limiter: RateLimiter, chat: str) -> None:
    async with limiter.slot(chat, urgent=False):
        await asyncio.sleep(0)


async def test_who_was_held_as_a_whole_goes_on_one_by_one() -> None:
    limiter = RateLimiter(RateLimits(per_second=None, chat_seconds=0.0))
    limiter.pause_after_refusal("a", 0.2)
    together, most = 0, 0

    async def send(chat: str) -> None:
        nonlocal together, most
        async with limiter.slot(chat, urgent=True):
            together += 1
            most = max(most, together)
            await asyncio.sleep(0.005)
            together -= 1

    await asyncio.gather(*(send(str(number)) for number in range(10)))
    assert most == 1


async def test_a_hold_of_one_chat_slows_no_other() -> None:
    limiter = RateLimiter(QUICK)
    async with limiter.slot("a", urgent=True):
        pass
    limiter.pause_after_refusal("a", 1.0)
    both = asyncio.Barrier(2)

    async def send(chat: str) -> None:
        async with limiter.slot(chat, urgent=True):
            await both.wait()

    async with asyncio.timeout(0.5):
        await asyncio.gather(send("b"), send("c"))


async def test_it_is_busy_while_something_is_on_its_way() -> None:
    limiter = RateLimiter(QUICK)
    assert not limiter.is_busy
    async with limiter.slot("a", urgent=False):
        assert limiter.is_busy
    assert not limiter.is_busy
