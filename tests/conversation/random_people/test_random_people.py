"""Random people do everything that they can, at random moments, with the real house.

What must hold whatever they do: no text is lost, each press and each message is answered, a local
day has one round, no member has two nudges waiting, the figures are those of a plain model
(`ledger.py`), and nothing is logged as an error (`inspection.py`).

`make people` has them live a hundred lives instead of a few.
"""

import asyncio
import tempfile
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

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
from bot.core.rounds import Answer
from tests.conversation.random_people import sentences, speech
from tests.conversation.random_people.chats import ATTACHMENTS, Chat, MatrixChat, TelegramChat
from tests.conversation.random_people.house import House, waits_a_little
from tests.conversation.random_people.inspection import FREE_TEXT, NO_ANSWER, Inspection

USUAL_LIVES = 4
STEPS = 40
# Mondays; soon after each the clocks change, or there are public holidays.
STARTS = [
    datetime(2026, 11, 23, 9, 0, tzinfo=UTC),
    datetime(2026, 12, 14, 9, 0, tzinfo=UTC),
    datetime(2027, 3, 22, 9, 0, tzinfo=UTC),
    datetime(2027, 10, 25, 9, 0, tzinfo=UTC),
]
TIMES = st.sampled_from(
    [
        *[timedelta(minutes=16), timedelta(hours=1), timedelta(hours=5)],
        *[timedelta(days=1)] * 3,
        *[timedelta(days=2, hours=3), timedelta(weeks=1)],
    ]
)
CHATS = st.integers(0, 3)
PICKS = st.integers(0, 30)


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

    @rule(chat=CHATS, about=st.none() | PICKS)
    def writes(self, chat: int, about: int | None) -> None:
        """Somebody writes a text, perhaps as a reply to a message of the bot."""
        self._run(self._write(self._chats[chat], about))

    async def _write(self, chat: Chat, about: int | None) -> None:
        seen = chat.seen()
        reply_to = None if about is None or not seen else seen[-1 - about % len(seen)].id
        answers = NO_ANSWER if reply_to is None else frozenset({Answer.DONE})
        await self._inspection.says(chat, self._new_text(), reply_to, answers)

    @rule(chat=CHATS, word=st.sampled_from(sorted(speech.WORDS)))
    def types_a_word(self, chat: int, word: str) -> None:
        """Somebody types one of the words that the bot knows."""
        said = self._inspection.says(self._chats[chat], word, answers=speech.WORDS[word])
        self._run(said)

    @rule(chat=CHATS, line=speech.commands())
    def types_a_command(self, chat: int, line: str) -> None:
        """Somebody types a command."""
        self._run(self._inspection.says(self._chats[chat], line))

    @rule(chat=CHATS, days=speech.DAYS_AWAY)
    def goes_away(self, chat: int, days: tuple[int, int, int]) -> None:
        """Somebody says when they are away."""
        self._run(self._go_away(self._chats[chat], days))

    async def _go_away(self, chat: Chat, days: tuple[int, int, int]) -> None:
        async def says_so() -> str:
            today = await self._inspection.today(chat)
            text, first, last = speech.days_away(days, today)
            if (ledger := await self._inspection.ledger(chat)) is not None:
                ledger.goes_away(first, last, today)
            return await chat.types(f"/pauze {text}")

        await self._inspection.is_answered(chat, says_so)

    @rule(chat=CHATS)
    def resumes(self, chat: int) -> None:
        """Somebody goes on again."""
        self._run(self._resume(self._chats[chat]))

    async def _resume(self, chat: Chat) -> None:
        async def says_so() -> str:
            if (ledger := await self._inspection.ledger(chat)) is not None:
                ledger.resumes(await self._inspection.today(chat), leave=False)
            return await chat.types("/hervat")

        await self._inspection.is_answered(chat, says_so)

    @rule(chat=CHATS, what=st.sampled_from(ATTACHMENTS))
    def sends(self, chat: int, what: str) -> None:
        """Somebody sends something else than a text."""
        text = self._new_text()
        doing = partial(self._chats[chat].sends, what, text)
        self._run(self._inspection.is_answered(self._chats[chat], doing, text))

    @rule(
        chat=CHATS,
        pick=PICKS,
        text=st.none() | st.sampled_from(sorted(speech.WORDS)) | speech.commands(),
    )
    def edits(self, chat: int, pick: int, text: str | None) -> None:
        """Somebody changes what they typed."""
        self._run(self._edit(self._chats[chat], pick, text or self._new_text()))

    async def _edit(self, chat: Chat, pick: int, text: str) -> None:
        if not chat.typed:
            return
        message = [*chat.typed][-1 - pick % len(chat.typed)]
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

    @rule(chat=CHATS, pick=PICKS)
    def deletes(self, chat: int, pick: int) -> None:
        """Somebody deletes what they typed, where the bot hears of that."""
        self._run(self._delete(self._chats[chat], pick))

    async def _delete(self, chat: Chat, pick: int) -> None:
        if not isinstance(chat, MatrixChat) or not chat.typed:
            return
        await self._inspection.passes()
        message = [*chat.typed][-1 - pick % len(chat.typed)]
        if (ledger := await self._inspection.ledger(chat)) is not None:
            ledger.texts.pop(message, None)
        await chat.deletes(message)
        await self._inspection.look()

    # What people tap.

    @rule(chat=CHATS, pick=PICKS)
    def presses_the_newest(self, chat: int, pick: int) -> None:
        """Somebody presses a button under the newest message that has any."""
        self._run(self._press(self._chats[chat], pick, newest=True))

    @rule(chat=CHATS, pick=PICKS)
    def presses_the_nudge(self, chat: int, pick: int) -> None:
        """Somebody presses a button under the newest nudge that is open."""
        self._run(self._press(self._chats[chat], pick, newest=True, under="notnow:"))

    @rule(chat=CHATS, pick=PICKS, times=st.integers(1, 2))
    def presses_any(self, chat: int, pick: int, times: int) -> None:
        """Somebody presses any button, perhaps twice before it goes."""
        self._run(self._press(self._chats[chat], pick, times=times))

    async def _press(
        self, chat: Chat, pick: int, *, newest: bool = False, under: str = "", times: int = 1
    ) -> None:
        offering = [
            [(seen.id, action) for _, action in seen.buttons]
            for seen in reversed(chat.seen())
            if any(action.startswith(under) for _, action in seen.buttons)
        ]
        offered = [button for under in offering[: 1 if newest else None] for button in under]
        if not offered:
            return
        message, action = offered[pick % len(offered)]
        note(f"{chat.address} presses {action} under {message}")
        await self._inspection.passes()
        await self._expect(chat, action)
        before = chat.seen()
        presses = [await chat.presses(message, action) for _ in range(times)]
        await self._house.settles()
        is_seen = chat.channel != "telegram" and chat.seen() != before
        assert is_seen or all(was_answered() for was_answered in presses), f"silence: {action}"
        await self._inspection.look(erases=action.startswith("forget:yes"))

    async def _expect(self, chat: Chat, action: str) -> None:
        """Notes in the ledger what this press changes."""
        if (ledger := await self._inspection.ledger(chat)) is None:
            return
        today, (name, _, rest) = await self._inspection.today(chat), action.partition(":")
        number, _, more = rest.partition(":")
        if name == "resume":
            ledger.resumes(today, leave=True)
        elif action == "pace:pause":
            ledger.goes_away(today, None, today)
        elif name == "absence":
            member = await self._inspection.member(chat)
            for row in member.absence_rows if member else []:
                if row.id == int(number):
                    ledger.drops(row.first_day, row.last_day, today)
        elif name == "discard":
            source = await self._house.source_of(int(more))
            ledger.discards(int(number), source)
        elif number.isdecimal():
            ledger.presses(name, int(number), self._house.clock())

    @rule(chat=CHATS, pick=PICKS, emoji=st.sampled_from(speech.REACTIONS))
    def reacts(self, chat: int, pick: int, emoji: str) -> None:
        """Somebody puts an emoji under a message of the bot."""
        self._run(self._react(self._chats[chat], pick, emoji))

    async def _react(self, chat: Chat, pick: int, emoji: str) -> None:
        if not (seen := chat.seen()):
            return
        await self._inspection.passes()
        await chat.reacts(seen[-1 - pick % len(seen)].id, emoji)
        await self._house.settles()
        await self._inspection.look(answers=frozenset({Answer.DONE, Answer.TRIED}))

    @rule(person=st.integers(0, 1), begins_on=st.integers(0, 1))
    def links(self, person: int, begins_on: int) -> None:
        """Somebody links their two chats."""
        both = self._chats[2 * person : 2 * person + 2]
        self._run(self._link(both[begins_on], both[1 - begins_on]))

    async def _link(self, here: Chat, there: Chat) -> None:
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
        now = await self._inspection.member(there)
        if owner and other and now and owner.id == now.id != other.id:
            ledgers = self._inspection.ledgers
            ledgers[owner.id].merges(ledgers.pop(other.id))
        await self._inspection.look()

    @rule(chat=CHATS)
    def looks_at_figures(self, chat: int) -> None:
        """Somebody looks at their streak."""
        self._run(self._inspection.reads_figures(self._chats[chat]))

    # What happens to the house.

    @rule(time=TIMES)
    def time_passes(self, time: timedelta) -> None:
        """Time passes, and what is due goes out."""
        self._run(self._inspection.passes(time))

    @rule(chat=CHATS, turns=st.integers(0, 60))
    def restarts_while_somebody_writes(self, chat: int, turns: int) -> None:
        """The bot stops and starts while a text is on its way."""
        self._run(self._restart(self._chats[chat], turns, timedelta(0)))

    @rule(chat=CHATS, turns=st.integers(0, 60), time=TIMES)
    def is_down_for_a_while(self, chat: int, turns: int, time: timedelta) -> None:
        """The bot is down for some time."""
        self._run(self._restart(self._chats[chat], turns, time))

    async def _restart(self, chat: Chat, turns: int, time: timedelta) -> None:
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

    def _new_text(self) -> str:
        return f"{FREE_TEXT} {next(self._texts)}: we zagen elkaar weer."

    def _run(self, doing: Coroutine[Any, Any, object]) -> None:
        try:
            self._runner.run(doing)
        except BaseException:
            self._failed = True
            raise


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
