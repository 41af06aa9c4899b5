"""Working off: chats in parallel, each in order; what cannot be handled is set aside.

Handling stays exactly once by the mark that the router commits with what an item changes (see
`bot.store.nudges.processed_updates`). The row is deleted right after. A crash between the two costs
nothing: the item is decoded again at the next start, and its mark is known.
"""

import asyncio
from collections.abc import Coroutine, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.channels.base import InboxChannel, SendError, UndecodableItem
from bot.conversation.commands import is_way_in
from bot.delivery import metrics
from bot.delivery.batch_writer import BatchWriter
from bot.delivery.inbox.answers import Answered, Answers
from bot.delivery.inbox.database_waits import DatabaseWaits
from bot.delivery.inbox.flood_limits import FloodLimits, Verdict
from bot.delivery.inbox.notices import UNSAID, Notices
from bot.delivery.inbox.queues import ChatQueues, QueuedItem
from bot.delivery.inbox.suspects import SUSPECT, Interrupted, Suspects
from bot.masking import without_text
from bot.messages import Clock, Incoming, Pressed, ReceivedItem, Reply, Typed
from bot.operation import tracing
from bot.retries import DATABASE_OUTAGE, INBOX_ATTEMPTS, INBOX_ITEM, INBOX_PLATFORM_ATTEMPTS
from bot.store.boxes import inbox as rows
from bot.store.db.engine import Database
from bot.store.db.errors import DATABASE_ERRORS, error_message, is_outage, retry_transient
from bot.store.keys.master_key import WrongKey
from bot.store.members.vault import Vault

log = structlog.get_logger(__name__)
PAGE = 500
# How often the leader looks for items that another process stored: other replicas take in what a
# webhook brings, and an operator has items tried again.
LOOK_SECONDS = 30.0
STOP_SECONDS = 5.0
MAX_NOTICES = 2_000
INTERRUPTED = "interrupted"
# What is not said, so that it never makes a chat too busy.
UNCOUNTED = Pressed | UNSAID


def monotonic() -> float:
    """Returns seconds of the clock by which a flood is measured; it never jumps."""
    return asyncio.get_running_loop().time()


class _Stopping(Exception):
    """The worker stops, so nothing more is tried."""


class InboxWorker:
    """Handles what waits for one channel, while this process leads it.

    Args:
        channel: decodes the items.
        database: where they wait.
        vault: opens them.
        clock: returns the present.
        answers: answers them.
        flood_limits: decides what is not answered.

    Attributes:
        queues: what waits.
        is_leading: whether this process leads the channel.
        loaded: set once everything from before this process led the channel is in the queues.
    """

    def __init__(
        self,
        channel: InboxChannel,
        database: Database,
        vault: Vault,
        clock: Clock,
        answers: Answers,
        flood_limits: FloodLimits,
    ) -> None:
        self._channel, self._database, self._vault, self._clock = channel, database, vault, clock
        self._answers, self._flood_limits = answers, flood_limits
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._background: set[asyncio.Task[None]] = set()
        self._notices = Notices(channel, answers)
        self._waits = DatabaseWaits(channel.name)
        self._suspects = Suspects(channel.name, database)
        self._stopping = asyncio.Event()
        self._remove = BatchWriter(self._remove_rows, is_common=lambda _: True)
        self._unremoved: list[int] = []
        self._seen: tuple[int, int] | None = None  # the committed state at the last look
        self._may_have_missed = False
        self._reply_time = metrics.REPLY_TIME.labels(channel.name)
        self.queues = ChatQueues()
        self.is_leading = False
        self._leading_since: datetime | None = None
        self.loaded = asyncio.Event()

    def is_backlog(self, item: ReceivedItem) -> bool:
        """Returns whether an item came in before this process led the channel."""
        since = self._leading_since
        return since is not None and item.sent_at is not None and item.sent_at <= since

    # -- what waits

    def add(self, items: Iterable[QueuedItem]) -> None:
        """Has items handled whose rows are committed; a process that does not lead ignores them.

        While what was there before is still being read, they are left to be read as well: added
        now, they would go before older ones of their chats.
        """
        if self.loaded.is_set():
            self._add(items)
        else:
            self._may_have_missed = True

    def _add(self, items: Iterable[QueuedItem]) -> None:
        for item in items:
            if self.queues.add(item) and item.chat not in self._tasks:
                self._tasks[item.chat] = asyncio.create_task(self._work_off_chat(item.chat))

    def notify(self, item: ReceivedItem) -> None:
        """Has somebody asked to slow down, because this item of theirs was dropped."""
        if self.is_leading and len(self._background) < MAX_NOTICES:
            self._in_background(self._notices.slow_down(item))

    def tell_delayed(self, item: ReceivedItem) -> None:
        """Has somebody told that an item of theirs is handled once it can be stored."""
        if self.is_leading and len(self._background) < MAX_NOTICES:
            self._in_background(self._notices.apologize(item.content, "trouble.delayed"))

    async def run(self, look_seconds: float = LOOK_SECONDS) -> None:
        """Works off what waits, until cancelled; `stop` ends what is under way.

        Args:
            look_seconds: how often it looks for what other processes stored.
        """
        self._stopping.clear()
        self.is_leading, self._leading_since = True, self._clock()
        last_error: str | None = None
        while True:
            try:
                if not self.loaded.is_set():
                    async with self._database.transaction() as session:
                        await rows.mark_interrupted(session, self._channel.name, SUSPECT)
                self._may_have_missed = True
                while self._may_have_missed:
                    self._may_have_missed = False
                    await self._look()
            except DATABASE_ERRORS as error:
                if last_error != (last_error := error_message(error)):
                    log.warning("the inbox cannot be read", error=last_error)
                await asyncio.sleep(1.0)
                continue
            last_error = None
            self.loaded.set()
            await asyncio.sleep(look_seconds)

    async def stop(self) -> None:
        """Lets what is being handled finish, for some seconds at most; the rest stays a row."""
        self.is_leading = False
        self.loaded.clear()
        self._stopping.set()
        for tasks in (self._tasks.values(), self._background):
            if unfinished := list(tasks):
                _, late = await asyncio.wait(unfinished, timeout=STOP_SECONDS)
                for task in late:
                    task.cancel()
                if late:
                    await asyncio.wait(late)
        await self._remove.finished()
        self._waits.forget()
        self.queues = ChatQueues()

    async def _look(self) -> None:
        """Adds what waits in the database and is not known here, and does what is left to do."""
        await self._remove_unremoved()
        state = await self._database.committed_state()
        if state is not None and state == self._seen and self.loaded.is_set():
            return
        name, last_id = self._channel.name, 0
        while True:
            async with self._database.reading() as session:
                page = await rows.waiting_page(session, name, last_id, PAGE)
            is_backlog = not self.loaded.is_set()
            self._add(
                QueuedItem(row.id, row.key, row.chat, row.attempts, is_counted=is_backlog)
                for row in rows.least_suspect_first(page)
            )
            if len(page) < PAGE:
                self._seen = state
                return
            last_id = page[-1].id

    # -- handling

    async def _work_off_chat(self, chat: str) -> None:
        """Handles what waits in one chat, one after the other."""
        try:
            while not self._stopping.is_set() and (item := self.queues.next_of(chat)) is not None:
                with tracing.within(item.begin_trace(self._channel.name)):
                    await self._work_off(item)
        except _Stopping:
            pass
        finally:
            self._tasks.pop(chat, None)

    async def _work_off(self, item: QueuedItem) -> None:
        """Handles an item, and tries again where that may help; afterwards its chat goes on."""
        failures = 0
        while True:
            try:
                await self._handle(item)
            except Interrupted:
                await self._give_up(item)
                return
            except (UndecodableItem, WrongKey) as error:
                kind = str(error) if isinstance(error, UndecodableItem) else type(error).__name__
                await self._set_aside(item, kind, attempts=failures + 1)
                return
            except Exception as error:
                failures += 1
                if (wait := _wait_after(error, failures)) is None:
                    log.error("set aside: a fault of ours", **without_text(error))
                    await self._set_aside(item, type(error).__name__, attempts=failures)
                    await self._notices.apologize(item.content, "trouble.unknown")
                    return
                if is_outage(error):
                    self._waits.failed(item.id, error)
                if is_outage(error) and failures == 1:
                    await self._notices.apologize(item.content, "trouble.delayed")
                await self._pause(wait)
            else:
                self._waits.over(item.id)
                if item.since is not None:
                    self._reply_time.observe(monotonic() - item.since)
                self._in_background(self._removed(item.id))
                return

    async def _handle(self, item: QueuedItem) -> None:
        """Answers an item; a press is confirmed as soon as that is committed, and then it is sent.

        It returns when no more messages can go now, so the next item of the chat comes after them.
        """
        answers: list[Answered] = []

        async def handle(incoming: Incoming) -> str | None:
            tracing.note(kind=type(incoming.content).__name__)
            if (verdict := self._verdict(item, incoming)) is Verdict.DROP_WITH_NOTICE:
                return await self._answers.slow_down(incoming)
            if verdict is Verdict.DROP:
                return None
            answers.append(await self._answers.answer(incoming))
            self._note_answered(item, answers[-1].reply)
            return answers[-1].reply.notice

        if item.is_chatter and self._flood_limits.is_answered_stranger(item.chat, monotonic()):
            return  # not even decoded, which takes longer than all the rest
        try:
            async with self._suspects.alone(item):
                if (content := await self._content_of(item)) is not None:
                    with tracing.stage("handle"):
                        await self._channel.process(content, handle)
        finally:
            for answered in answers:
                await answered.sent()

    def _verdict(self, item: QueuedItem, incoming: Incoming) -> Verdict:
        """Returns whether what was decoded is answered; its chat may have been answered enough."""
        content, limits = incoming.content, self._flood_limits
        if isinstance(content, UNCOUNTED):
            return Verdict.ACCEPT
        verdict = limits.on_handling(item.chat, monotonic(), is_new=not item.is_counted)
        item.is_counted = True  # another try is no further message
        text = content.text if isinstance(content, Typed) else None
        is_known = limits.is_answered_stranger(item.chat, monotonic())
        if verdict is Verdict.ACCEPT and is_known and not is_way_in(text):
            return Verdict.DROP
        return verdict

    def _note_answered(self, item: QueuedItem, reply: Reply) -> None:
        for chat in reply.erased_chats:
            if chat.channel == self._channel.name:
                self.queues.discard(chat.id)  # its rows went with the one who was erased
        if reply.to_stranger:
            self._flood_limits.stranger_answered(item.chat, monotonic())
        else:
            self._flood_limits.forget_stranger(item.chat)

    async def _content_of(self, item: QueuedItem) -> bytes | None:
        """Returns what the platform brought; None: the row is gone, because somebody was erased."""
        if item.content is None:
            async with self._database.reading() as session:
                sealed = await rows.sealed_content(session, item.id)
            if sealed is not None:
                label = rows.seal_label(self._channel.name, item.key)
                item.content = self._vault.open_waiting(label, sealed)
        return item.content

    # -- what becomes of an item

    async def _set_aside(self, item: QueuedItem, fault: str, attempts: int) -> None:
        """Sets an item aside, as soon as the database can be written."""
        failures = 0
        log.warning("set aside", channel=self._channel.name, item=item.id, fault=fault)
        while True:
            try:
                async with self._database.transaction() as session:
                    await rows.record_attempt(session, item.id, max(item.attempts, attempts))
                    await rows.set_aside(session, item.id, fault, self._clock())
            except DATABASE_ERRORS:
                failures += 1
                await self._pause(DATABASE_OUTAGE.delay(failures))
            else:
                self._waits.over(item.id)
                self.queues.forget(item.id)
                return

    async def _give_up(self, item: QueuedItem) -> None:
        """Sets aside what seems to end the process, and tells whoever said or pressed it.

        Should that end the process as well, then it was the last time.
        """
        with suppress(WrongKey, *DATABASE_ERRORS):
            await self._content_of(item)  # a row that is set aside is not read any more
        await self._set_aside(item, INTERRUPTED, item.attempts)
        async with self._suspects.turn:
            await self._notices.tell(item.content, "trouble.unknown")

    async def _removed(self, item_id: int) -> None:
        """Deletes the row of an item that was handled, together with others."""
        try:
            await self._remove(item_id)
        except DATABASE_ERRORS:
            self._unremoved.append(item_id)  # the next look tries again
        else:
            self.queues.forget(item_id)

    async def _remove_rows(self, item_ids: list[int]) -> None:
        async for attempt in retry_transient():
            with attempt:
                async with self._database.writing() as connection:
                    await rows.remove(connection, item_ids)

    async def _remove_unremoved(self) -> None:
        item_ids, self._unremoved = self._unremoved, []
        for item_id in item_ids:
            self._in_background(self._removed(item_id))

    # -- tasks

    async def _pause(self, wait: timedelta) -> None:
        """Waits.

        Raises:
            _Stopping: the worker stops in the meantime.
        """
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), wait.total_seconds())
        if self._stopping.is_set():
            raise _Stopping

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)


def _wait_after(error: Exception, failures: int) -> timedelta | None:
    """Returns how long to wait before the next try; None: no other try."""
    if is_outage(error):  # not the item's fault, so it is never set aside for it
        return DATABASE_OUTAGE.delay(failures)
    if isinstance(error, SendError):
        is_last = failures >= INBOX_PLATFORM_ATTEMPTS
        return None if is_last else DATABASE_OUTAGE.delay(failures)
    return None if failures >= INBOX_ATTEMPTS else INBOX_ITEM.delay(failures)
