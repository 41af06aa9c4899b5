"""Traces: a nudge and a press are one each, and nothing in them says who it was."""

import subprocess
import sys
import time

import pytest
from structlog.testing import capture_logs

from bot.app import build
from bot.channels.base import TemporaryFailure
from bot.config.settings import ConfigError
from bot.operation import telemetry, tracing
from bot.operation.telemetry import check_installed, traces_to
from bot.store.db.engine import Database
from bot.store.members.vault import Vault
from tests.delivery.inbox import Platform, pressed, typed, until, until_handled
from tests.support.collector import attributes, collector
from tests.support.fakes import FakeMember, FixedClock
from tests.support.inbox import running

# What no span may have: who it was, what they are called, and what they wrote.
CANARY = "kanarie-9241"
ALLOWED = {"channel", "kind", "outcome", "attempt", "operation"}


@pytest.fixture
def database_kind() -> str:
    return "sqlite"


async def test_a_nudge_and_a_press_are_a_trace_each_and_say_nothing_of_anybody(
    database: Database, vault: Vault, clock: FixedClock
) -> None:
    platform = Platform(clock=clock)
    application = build(database, vault, [platform], clock)
    inbox, chat = application.inboxes[platform.name], f"chat-{CANARY}"
    member = FakeMember(application, platform, clock, chat, called=f"Sanne {CANARY}")
    await member.joins("ma-zo 9:30")
    with collector() as found:
        with traces_to(found.url, clock):
            clock.goes_to(24, 11, 9, 31)
            platform.fails_with.append(TemporaryFailure(f"no room for {CANARY}"))
            assert await application.nudge_sender.tick() == 1
            clock.passes(minutes=2)
            assert await application.nudge_sender.tick() == 1
            done = member.last.action("Gedaan")
            async with running(inbox):
                await until(lambda: inbox.waiting is not None)
                await inbox.intake.receive([pressed(chat, done, f"{CANARY}-1")])
                await until_handled(inbox)
                await inbox.intake.receive([typed(chat, f"Ik dacht aan {CANARY}")])
                await until_handled(inbox)
    assert found.service["service.name"] == "olievlek" and found.service["service.version"]
    nudges = [each for each in found.traces() if each[0].name == "nudge"]
    assert [attributes(each[0]).get("outcome") for each in nudges] == ["failed", "sent"]
    first, second = ([span.name for span in each[1:]] for each in nudges)
    assert {"due", "claim", "render", "send", "database"} == set(first) == set(second)
    [due] = [span for span in nudges[0] if span.name == "due"]
    assert due.end_time_unix_nano - due.start_time_unix_nano == 60_000_000_000  # a minute late
    updates = [each for each in found.traces() if each[0].name == "update"]
    assert [attributes(each[0])["channel"] for each in updates] == [platform.name] * 2
    for trace in updates:
        assert {"take_in", "handle", "database", "send"} == {span.name for span in trace[1:]}
        by_id = {span.span_id: span.name for span in trace}
        parents = {span.name: by_id[span.parent_span_id] for span in trace[1:]}
        assert (parents["take_in"], parents["handle"], parents["send"]) == ("update",) * 3
    kinds = [
        attributes(span).get("kind") for trace in updates for span in trace if span.name == "handle"
    ]
    assert kinds == ["Pressed", "Typed"]
    assert {key for span in found.spans for key in attributes(span)} <= ALLOWED
    assert not any(CANARY.encode() in body for body in found.raw)
    assert not any(span.events for span in found.spans)


async def test_a_collector_that_is_away_or_hangs_holds_nobody_up_and_is_one_line(
    database: Database, vault: Vault, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "20")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    monkeypatch.setattr(telemetry, "FLUSH_SECONDS", 0.2)
    application = build(database, vault, [Platform(clock=clock)], clock)
    with collector() as found:
        found.answers.clear()
        for url in (found.url, "http://127.0.0.1:9"):
            with capture_logs() as lines:
                with traces_to(url, clock):
                    began = time.monotonic()
                    for _ in range(5):
                        with tracing.within(tracing.begin("nudge")):
                            await application.nudge_sender.tick()
                        time.sleep(0.05)
                    ended = time.monotonic()
                # A request hangs for five seconds, five times.
                assert ended - began < 4 and time.monotonic() - ended < 4
                time.sleep(1.2)
            events = [line["event"] for line in lines]
            assert events in (
                ["traces cannot be sent; they are dropped until the collector answers"],
                [],
            ), events


@pytest.mark.slow
def test_nothing_of_it_is_loaded_unless_it_is_asked_for() -> None:
    code = (
        "import bot.app, sys; print([n for n in sys.modules if n.startswith(('opentele', 'goog'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_without_the_packages_the_setting_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(telemetry, "PACKAGES", ("opentelemetry_of_nobody.sdk",))
    check_installed("")
    with pytest.raises(ConfigError, match=r"olievlek\[telemetry\]"):
        check_installed("http://127.0.0.1:4318")
