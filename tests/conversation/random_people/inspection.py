"""What must hold whatever people do: compares the house with what they did and what they see."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from hypothesis import note

from bot.conversation.commands import parse_command
from bot.core.streaks.rounds import Answer
from bot.store.schema.members import MemberRow
from bot.store.schema.nudges import NudgeRow
from tests.conversation.random_people import figures_shown, sentences
from tests.conversation.random_people.chats import Chat, Seen
from tests.conversation.random_people.house import House
from tests.conversation.random_people.ledger import Ledger, Nudge

A_WHILE = timedelta(seconds=20)
NO_ANSWER: frozenset[Answer] = frozenset()
FREE_TEXT = "Tekst"  # the first word of a text that is neither a command nor a word of the bot's


class Inspection:
    """A house, the ledgers of its members, and what is checked after all that happens.

    Args:
        house: the house.
        log: what it logged so far.

    Attributes:
        ledgers: by the number of the member.
    """

    def __init__(self, house: House, log: Sequence[Mapping[str, Any]]) -> None:
        self.house, self._log = house, log
        self.ledgers: dict[int, Ledger] = {}

    async def member(self, chat: Chat) -> MemberRow | None:
        """Returns who takes part in this chat."""
        return await self.house.member_at(chat.channel, chat.address)

    async def ledger(self, chat: Chat) -> Ledger | None:
        """Returns the ledger of who takes part in this chat."""
        member = await self.member(chat)
        return None if member is None else self.ledgers[member.id]

    async def today(self, chat: Chat) -> date:
        """Returns the date where this person is."""
        return (await self._local_time(chat)).date()

    async def hour(self, chat: Chat) -> int:
        """Returns the hour where this person is."""
        return (await self._local_time(chat)).hour

    async def _local_time(self, chat: Chat) -> datetime:
        member, now = await self.member(chat), self.house.clock()
        return now if member is None else now.astimezone(member.rhythm.zone)

    # What people do, with what must follow from it.

    async def passes(self, time: timedelta = A_WHILE) -> None:
        """Time passes."""
        await self.house.passes(time, partial(self.look, planned=True))

    async def says(
        self,
        chat: Chat,
        text: str,
        reply_to: str | None = None,
        answers: frozenset[Answer] = NO_ANSWER,
    ) -> list[Seen]:
        """They type something; returns the messages that changed or came."""
        note(f"{chat.address} types {text!r}")
        return await self.is_answered(chat, partial(chat.types, text, reply_to), text, answers)

    async def is_answered(
        self,
        chat: Chat,
        doing: Callable[[], Awaitable[str | None]],
        text: str = "",
        answers: frozenset[Answer] = NO_ANSWER,
    ) -> list[Seen]:
        """They do something that a new message has to answer; returns what changed or came.

        Args:
            chat: where.
            doing: does it; returns the id of the message with the text.
            text: what they wrote.
            answers: see `look`.
        """
        await self.passes()
        before = chat.seen()
        known = {seen.id for seen in before}
        message = await doing()
        await self.house.settles()
        changed = [seen for seen in chat.seen() if seen not in before]
        assert any(seen.id not in known for seen in changed), f"silence after {text!r}"
        if message is not None:
            await self.keeps(chat, message, text, changed)
        await self.look(answers=answers)
        return changed

    async def expects(self, chat: Chat, action: str) -> None:
        """Notes in the ledger what this press changes."""
        if (ledger := await self.ledger(chat)) is None:
            return
        today, (name, _, rest) = await self.today(chat), action.partition(":")
        number, _, more = rest.partition(":")
        if name == "resume":
            ledger.resumes(today, leave=True)
        elif action == "pace:pause":
            ledger.goes_away(today, None, today)
        elif name == "absence":
            member = await self.member(chat)
            for row in member.absence_rows if member else []:
                if row.id == int(number):
                    ledger.drops(row.first_day, row.last_day, today)
        elif name == "discard":
            source = await self.house.source_of(int(more))
            ledger.discards(int(number), source)
        elif number.isdecimal():
            ledger.presses(name, int(number), self.house.clock())

    async def reads_figures(self, chat: Chat) -> None:
        """They look at their streak, and why it is what it is."""
        [shown, *_] = await self.says(chat, "/reeks")
        [why, *_] = await self.says(chat, "/reeks waarom")
        if (ledger := await self.ledger(chat)) is not None:
            today = await self.today(chat)
            figures_shown.check(shown.text, why.text, ledger.figures(), today)

    async def reads_texts(self, chat: Chat) -> None:
        """They look at all that they wrote."""
        [shown, *_] = await self.says(chat, "/terugblik")
        if (ledger := await self.ledger(chat)) is None:
            return
        await chat.presses(shown.id, "review:all")
        await self.house.settles()
        everything = "\n".join(seen.text for seen in chat.seen())
        for text in ledger.texts.values():
            assert text in everything, f"not shown: {text}"

    # What must hold.

    async def keeps(
        self, chat: Chat, message: str, text: str, changed: list[Seen], *, is_edit: bool = False
    ) -> None:
        """Fails unless a text is kept, or they were told that it is not."""
        member = await self.member(chat)
        said = "\n".join(seen.text for seen in changed)
        if member and (await self.house.texts_of(member)).get(message) == text:
            assert is_edit or not parse_command(text), f"a command is kept: {text}"
            assert sentences.says(said, *sentences.KEPT), f"kept without a word: {said}"
            self.ledgers[member.id].texts[message] = text
        elif text.startswith(FREE_TEXT) and not is_edit:
            assert sentences.says(said, *sentences.NOT_KEPT), f"lost: {text}: {said}"

    async def look(
        self,
        *,
        planned: bool = False,
        erases: bool = False,
        answers: frozenset[Answer] = NO_ANSWER,
    ) -> None:
        """Compares what the house keeps with the ledgers.

        Args:
            planned: whether time passed, so that nudges may have moved to another round.
            erases: whether a member may be gone.
            answers: to what one answer may have changed by a word, which has many meanings.
        """
        members, rows = await self.house.members(), await self.house.nudges()
        for joined in await self.house.joined():  # what was theirs is with the other
            assert not any(row.member_id == joined.id for row in rows)
            assert not await self.house.texts_of(joined)
        gone = self.ledgers.keys() - members.keys()
        assert len(gone) <= erases, "a member is gone"
        for number in gone:
            del self.ledgers[number]
        for member in members.values():
            ledger = self.ledgers.setdefault(member.id, Ledger())
            own = [row for row in rows if row.member_id == member.id]
            _compare_nudges(ledger, own, planned=planned, answers=answers)
            if not planned:  # nobody writes while time passes
                assert await self.house.texts_of(member) == ledger.texts
            away = sorted((row.first_day, row.last_day or date.max) for row in member.absence_rows)
            assert away == sorted((a.first, a.last or date.max) for a in ledger.away)
        errors = [line for line in self._log if line["log_level"] in ("error", "critical")]
        assert not errors, errors


def _compare_nudges(
    ledger: Ledger, rows: Sequence[NudgeRow], *, planned: bool, answers: frozenset[Answer]
) -> None:
    """Compares a member's nudges, and adds those that are new; see `Inspection.look`."""
    waiting = [row.id for row in rows if row.send_at is not None and row.follow_up is None]
    assert len(waiting) <= 1, f"these wait: {waiting}"
    by_word = 0
    for row in rows:
        nudge = ledger.nudges.get(row.id)
        if nudge is None:
            _begin_round(ledger, row)
            nudge = ledger.nudges[row.id] = Nudge(
                row.round_at,
                row.day,
                row.extra,
                row.open_until,
                planned=not row.asked_for,
                arrived=False,
                swaps=row.swaps,
            )
        elif nudge.round_at != row.round_at:
            assert planned, "a nudge moved to another round"
            nudge.planned = False  # it leaves the round that it was in
            _begin_round(ledger, row)
            nudge.round_at, nudge.day, nudge.extra = row.round_at, row.day, row.extra
            nudge.open_until, nudge.planned = row.open_until, not row.asked_for
        nudge.arrived = row.sent_at is not None
        if row.answer != nudge.answer and row.answer in answers:
            by_word += 1
            nudge.answer, nudge.answered_at = row.answer, row.answered_at
        assert (row.answer, row.answered_at) == (nudge.answer, nudge.answered_at), row.id
    assert by_word <= 1, "one word answers two nudges"


def _begin_round(ledger: Ledger, row: NudgeRow) -> None:
    """Fails when the round of this nudge is the second one on its local day."""
    may_begin = row.asked_for or ledger.may_begin(row.round_at, row.day)
    assert may_begin, f"two rounds on {row.day}"
