"""Random people do everything that they can, at random moments, with the real house.

What must hold whatever they do: no text is lost, each press and each message is answered, a local
day has one round, no member has two nudges waiting, the figures are those of a plain model
(`ledger.py`), and nothing is logged as an error (`inspection.py`).

`make people` has them live a hundred lives instead of a few.
"""

import asyncio
import tempfile
from collections.abc import Coroutine, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import pytest
import structlog
from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)

from bot.conversation.commands import COMMANDS, parse_command
from bot.core.streaks.rounds import Answer
from tests.conversation.random_people import sentences, speech
from tests.conversation.random_people.chats import ATTACHMENTS, Chat, MatrixChat, TelegramChat
from tests.conversation.random_people.deeds import DEEDS, WEIGHED, deed
from tests.conversation.random_people.house import House, waits_a_little
from tests.conversation.random_people.inspection import FREE_TEXT, NO_ANSWER, Inspection

Choice = TypeVar("Choice")
USUAL_LIVES = 5
STEPS = 40
# Mondays; soon after each the clocks change, or there are public holidays.
STARTS = [
    datetime(2026, 11, 23, 9, 0, tzinfo=UTC),
    datetime(2026, 12, 14, 9, 0, tzinfo=UTC),
    datetime(2027, 3, 22, 9, 0, tzinfo=UTC),
    datetime(2027, 10, 25, 9, 0, tzinfo=UTC),
]
TIMES = (
    *[timedelta(minutes=16), timedelta(hours=1), timedelta(hours=3), timedelta(hours=6)],
    *[timedelta(days=1)] * 5,
    *(timedelta(days=2, hours=3), timedelta(weeks=1)),
)
CHATS = st.sampled_from([0, 0, 1, 1, 2, 3])
PICKS = st.integers(0, 9_999)
# The plain model knows of no person who becomes two again; `test_link_safety.py` does.
NOT_IN_LEDGER = "link:undo"


class RandomPeople(RuleBasedStateMachine):
    """Two people with a chat on either platform each; three of these take part from the beginning.

    Attributes:
        prepared: a database with the bundled sets.
        folder: for the databases of the houses.
    """

    prepared: Path
    folder: Path

    def __init__(self) -> None:
        super().__init__()
        self._runner = asyncio.Runner()
        self._logged = structlog.testing.capture_logs()
        log = self._logged.__enter__()
        own_folder = Path(tempfile.mkdtemp(dir=self.folder))
        self._house = House(self.prepared, own_folder, STARTS[0])
        self._inspection = Inspection(self._house, log)
        self._texts = count()
        self._failed = False
        self._chats: list[Chat] = [
            TelegramChat(self._house, 7, "Sanne"),
            MatrixChat(self._house, "@sanne:example.org"),
            TelegramChat(self._house, 8, "Joost"),
            MatrixChat(self._house, "@joost:example.org"),
        ]

    # The beginning and the end.

    @initialize(start=st.sampled_from(STARTS), rhythm=st.sampled_from(speech.RHYTHMS[:6]))
    def begins(self, start: datetime, rhythm: str) -> None:
        """The house opens, and three chats join."""
        self._run(self._begin(start, rhythm))

    async def _begin(self, start: datetime, rhythm: str) -> None:
        self._house.clock.moment = start
        await self._house.server.start()
        await self._house.opens()
        for chat in self._chats[:3]:
            for text in ("/start", "nl", rhythm):
                await self._inspection.says(chat, text)

    def teardown(self) -> None:
        """Everybody looks at their figures and texts, and the house closes."""
        try:
            self._runner.run(self._end())
        finally:
            self._runner.close()
            self._logged.__exit__(None, None, None)

    async def _end(self) -> None:
        try:
            for chat in self._chats if self._house.is_open and not self._failed else []:
                await self._inspection.reads_figures(chat)
                await self._inspection.reads_texts(chat)
        finally:
            await self._house.closes()
            await self._house.server.stop()

    # What people say.

    @deed(1)
    async def _writes(self, chat: Chat, pick: int) -> None:
        for _ in range(1 + pick % 3):
            await self._inspection.says(chat, self._new_text())

    @deed(1)
    async def _replies(self, chat: Chat, pick: int) -> None:
        if seen := chat.seen():
            reply_to = seen[-1 - pick % len(seen)].id
            done = frozenset({Answer.DONE})
            await self._inspection.says(chat, self._new_text(), reply_to, done)

    @deed(2)
    async def _types_a_word(self, chat: Chat, pick: int) -> None:
        word = _nth(sorted(speech.WORDS), pick)
        await self._inspection.says(chat, word, answers=speech.WORDS[word])

    @deed(2)
    async def _types_a_command(self, chat: Chat, pick: int) -> None:
        await self._inspection.says(chat, _nth(speech.COMMAND_LINES, pick))

    @deed(2)
    async def _chooses_a_rhythm(self, chat: Chat, pick: int) -> None:
        await self._inspection.says(chat, f"/ritme {_nth(speech.RHYTHMS, pick)}")

    @deed(1)
    async def _moves_to_later_today(self, chat: Chat, _: int) -> None:
        hour = await self._inspection.hour(chat) + 1
        await self._inspection.says(chat, f"/ritme elke dag {hour}:30")
        await self._inspection.passes(timedelta(hours=2))

    @deed(1)
    async def _goes_away(self, chat: Chat, pick: int) -> None:
        async def says_so() -> str:
            today = await self._inspection.today(chat)
            text, first, last = speech.days_away(pick, today)
            if (ledger := await self._inspection.ledger(chat)) is not None:
                ledger.goes_away(first, last, today)
            return await chat.types(f"/pauze {text}")

        await self._inspection.is_answered(chat, says_so)

    @deed(1)
    async def _resumes(self, chat: Chat, _: int) -> None:
        async def says_so() -> str:
            if (ledger := await self._inspection.ledger(chat)) is not None:
                ledger.resumes(await self._inspection.today(chat), leave=False)
            return await chat.types("/hervat")

        await self._inspection.is_answered(chat, says_so)

    @deed(1)
    async def _sends(self, chat: Chat, pick: int) -> None:
        text = self._new_text()
        doing = partial(chat.sends, _nth(ATTACHMENTS, pick), text)
        await self._inspection.is_answered(chat, doing, text)

    @deed(2)
    async def _edits(self, chat: Chat, pick: int) -> None:
        if not chat.typed:
            return
        message = [*chat.typed][-1 - pick % len(chat.typed)]
        texts = (self._new_text(), _nth(speech.COMMAND_LINES, pick), _nth([*speech.WORDS], pick))
        text = _nth(texts, pick // 7)
        if chat.typed[message] == text:
            return
        await self._inspection.passes()
        note(f"edits {message} into {text!r}")
        ledger, command = await self._inspection.ledger(chat), parse_command(text)
        before = chat.seen()
        await chat.edits(message, text)
        await self._house.settles()
        changed = [seen for seen in chat.seen() if seen not in before]
        # What led to something is left as it is, without a word, unless there is one to say.
        if ledger and (message in ledger.texts or (command and COMMANDS.find(command[0]))):
            assert changed, f"silence after an edit: {text}"
        await self._inspection.keeps(chat, message, text, changed, is_edit=True)
        await self._inspection.look(answers=speech.WORDS.get(text, NO_ANSWER))

    @deed(1)
    async def _deletes(self, chat: Chat, pick: int) -> None:
        if not isinstance(chat, MatrixChat) or not chat.typed:
            return  # Telegram does not tell
        await self._inspection.passes()
        message = [*chat.typed][-1 - pick % len(chat.typed)]
        if (ledger := await self._inspection.ledger(chat)) is not None:
            ledger.texts.pop(message, None)
        await chat.deletes(message)
        await self._inspection.look()

    # What people tap.

    @deed(3)
    async def _presses_the_newest(self, chat: Chat, pick: int) -> None:
        await self._press(chat, pick, newest=True)

    @deed(3)
    async def _presses_the_nudge(self, chat: Chat, pick: int) -> None:
        await self._press(chat, pick, newest=True, under="notnow:")

    @deed(3)
    async def _takes_part(self, chat: Chat, pick: int) -> None:
        await self._press(chat, pick % 2, newest=True, under="notnow:")  # done, or tried
        await self._writes(chat, pick)

    @deed(2)
    async def _presses_any(self, chat: Chat, pick: int) -> None:
        await self._press(chat, pick, times=1 + pick % 2)

    async def _press(
        self, chat: Chat, pick: int, *, newest: bool = False, under: str = "", times: int = 1
    ) -> None:
        offering = [
            [(seen.id, action) for _, action in seen.buttons]
            for seen in reversed(chat.seen())
            if any(action.startswith(under) for _, action in seen.buttons)
            and not any(action.startswith(NOT_IN_LEDGER) for _, action in seen.buttons)
        ]
        offered = [button for under in offering[: 1 if newest else None] for button in under]
        if not offered:
            return
        message, action = offered[pick % len(offered)]
        note(f"{chat.address} presses {action} under {message}")
        await self._inspection.passes()
        await self._inspection.expects(chat, action)
        before = chat.seen()
        presses = [await chat.presses(message, action) for _ in range(times)]
        await self._house.settles()
        is_seen = chat.channel != "telegram" and chat.seen() != before
        assert is_seen or all(was_answered() for was_answered in presses), f"silence: {action}"
        await self._inspection.look(erases=action.startswith("forget:yes"))

    @deed(1)
    async def _reacts(self, chat: Chat, pick: int) -> None:
        if not (seen := chat.seen()):
            return
        await self._inspection.passes()
        await chat.reacts(seen[-1 - pick % len(seen)].id, _nth(speech.REACTIONS, pick))
        await self._house.settles()
        await self._inspection.look(answers=frozenset({Answer.DONE, Answer.TRIED}))

    @deed(1)
    async def _links(self, here: Chat, _: int) -> None:
        number = self._chats.index(here)
        there = self._chats[number ^ 1]
        shown = await self._inspection.says(here, "/koppel")
        values = sentences.values_in(shown[-1].text, "link.code")
        if values is None:  # they are no member
            return
        await self._inspection.passes()
        owner, other = [await self._inspection.member(chat) for chat in (here, there)]
        before = there.seen()
        await there.types(f"/koppel {values['code']}")
        await self._house.settles()
        assert there.seen() != before, "silence after a code"
        for chat in (there, here):
            await self._confirms_link(chat)
        now = await self._inspection.member(there)
        if owner and other and now and owner.id == now.id != other.id:
            ledgers = self._inspection.ledgers
            ledgers[owner.id].merges(ledgers.pop(other.id))
        await self._inspection.look()

    async def _confirms_link(self, chat: Chat) -> None:
        """They choose to link, if that was the last thing they were asked."""
        [*_, last] = chat.seen()
        for _, action in last.buttons:
            if action.startswith("link:") and action.endswith(":yes"):
                await chat.presses(last.id, action)
                await self._house.settles()

    @deed(1)
    async def _looks_at_figures(self, chat: Chat, _: int) -> None:
        await self._inspection.reads_figures(chat)

    # What happens to the house.

    @deed(6)
    async def _time_passes(self, _: Chat, pick: int) -> None:
        await self._inspection.passes(_nth(TIMES, pick))

    @deed(1)
    async def _restarts(self, chat: Chat, pick: int) -> None:
        await self._restart(chat, pick % 60, timedelta(0))

    @deed(1)
    async def _is_down(self, chat: Chat, pick: int) -> None:
        await self._restart(chat, pick % 60, _nth(TIMES, pick))

    async def _restart(self, chat: Chat, turns: int, time: timedelta) -> None:
        """A text is on its way when the bot stops; it is answered after the start."""

        async def in_the_middle() -> str:
            message = await chat.types(text)
            await waits_a_little(turns)
            await self._house.closes()
            self._house.clock.moment += time
            await self._house.opens()
            await self._house.ticks()
            return message

        text = self._new_text()
        await self._inspection.is_answered(chat, in_the_middle, text)

    @deed(1)
    async def _restarts_before_the_answer_arrives(self, chat: Chat, _: int) -> None:
        """The platform refuses the answer for now, and the bot stops with it in the outbox."""

        async def with_full_outbox() -> str:
            chat.refuses_next()
            message = await chat.types(text)
            await self._house.settles()
            await self._house.closes()
            await self._house.opens()
            await self._house.passes(timedelta(minutes=2), self._house.settles)
            return message

        text = self._new_text()
        await self._inspection.is_answered(chat, with_full_outbox, text)

    # All of it.

    @rule(deed=st.sampled_from(WEIGHED), chat=CHATS, pick=PICKS)
    def something_happens(self, deed: str, chat: int, pick: int) -> None:
        """Somebody does something, or time passes, or the house closes for a while.

        One rule draws all of it; see `deeds.py`.

        Args:
            deed: its name.
            chat: in which chat.
            pick: picks whatever has to be picked.
        """
        note(f"{deed} in {self._chats[chat].address}")
        self._run(DEEDS[deed](self, self._chats[chat], pick))

    def _new_text(self) -> str:
        return f"{FREE_TEXT} {next(self._texts)}: we zagen elkaar weer."

    def _run(self, doing: Coroutine[Any, Any, object]) -> None:
        try:
            self._runner.run(doing)
        except BaseException:
            self._failed = True
            raise


def _nth(choices: Sequence[Choice], pick: int) -> Choice:
    return choices[pick % len(choices)]


@pytest.mark.slow
def test_what_people_do_at_random_moments_breaks_nothing(
    prepared_file: Path, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    class HereAndNow(RandomPeople):
        prepared, folder = prepared_file, tmp_path

    lives = pytestconfig.getoption("--lives")
    run_state_machine_as_test(
        HereAndNow,
        settings=settings(
            max_examples=lives or USUAL_LIVES,
            stateful_step_count=STEPS,
            deadline=None,
            print_blob=True,
            # To make an example small takes minutes, which the other tests need.
            phases=[phase for phase in Phase if lives or phase is not Phase.shrink],
            suppress_health_check=list(HealthCheck),
        ),
    )
