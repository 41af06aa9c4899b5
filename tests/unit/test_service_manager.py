"""Whether systemd wants to hear from this process, by what it put in the environment."""

import os

import pytest

from bot.operation.service_manager import READY, notify, watchdog_seconds


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "3000000"}, 3.0),
        ({"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": str(os.getpid())}, 3.0),
        ({"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "1"}, None),  # it asks another process
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_how_often(
    monkeypatch: pytest.MonkeyPatch, asked: dict[str, str], seconds: float | None
) -> None:
    for name in ("WATCHDOG_USEC", "WATCHDOG_PID"):
        monkeypatch.delenv(name, raising=False)
    for name, value in asked.items():
        monkeypatch.setenv(name, value)
    assert watchdog_seconds() == seconds


@pytest.mark.parametrize("address", ["", "nowhere", "/nowhere/at/all", "@nobody-listens-here"])
def test_nobody_who_listens_is_no_error(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    notify(READY)
