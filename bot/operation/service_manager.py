"""Telling systemd that the program runs, stops, and is not stuck.

The protocol is that of sd_notify(3): a datagram to the socket that `NOTIFY_SOCKET` names. Where
that is not set, nothing is told.
"""

import asyncio
import os
import socket

READY = "READY=1"
STOPPING = "STOPPING=1"
_ALIVE = "WATCHDOG=1"


def notify(state: str) -> None:
    """Tells systemd the state of the program; does nothing where it did not start the program.

    Args:
        state: `READY=1`, `STOPPING=1` or `WATCHDOG=1`.
    """
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    if address.startswith("@"):  # an abstract socket, which begins with a zero byte
        address = f"\0{address[1:]}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as to_systemd:
        to_systemd.setblocking(False)
        try:
            to_systemd.sendto(state.encode(), address)
        except OSError:  # it cannot take anything now, or is gone; nobody is helped by an error
            return


def watchdog_seconds() -> float | None:
    """Returns how often systemd wants to hear from this process; None: it does not ask."""
    microseconds = os.environ.get("WATCHDOG_USEC", "")
    is_ours = os.environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    return int(microseconds) / 1e6 if is_ours and microseconds.isdecimal() else None


async def keep_alive() -> None:
    """Tells systemd twice in each period that the event loop turns, until cancelled.

    A program whose loop is stuck says nothing, and systemd starts it again.
    """
    period = watchdog_seconds()
    if not period:
        await asyncio.Event().wait()
        return
    while True:
        notify(_ALIVE)
        await asyncio.sleep(period / 2)
