"""A plugin for coverage.py: leaves out what runs inside greenlets.

SQLAlchemy runs its own code in a greenlet for each call of its asyncio interface. With
`concurrency = ["greenlet"]` coverage looks up the running greenlet at every function call of the
whole program, which makes the tests take twice as long, to measure some thirty lines of ours: the
column types, the listeners on a connection and the callbacks of migrations. This plugin switches
tracing off on the way into a greenlet and on again on the way out, so those lines count as not run
and all others as before.
"""

import sys
import threading
from types import FrameType
from typing import Any

import greenlet


class OutsideGreenlets:
    """Traces one thread while it is in no greenlet, called by `greenlet` at each switch."""

    def __init__(self) -> None:
        self._tracer: Any = None  # while it is off

    def __call__(self, _: str, origin_and_target: tuple[Any, Any]) -> None:
        """Switches tracing off or on, according to the greenlet that runs from here."""
        target = origin_and_target[1]
        if target.parent is None:  # what a thread runs outside any other greenlet
            if self._tracer is not None:
                sys.settrace(self._tracer)
                self._tracer = None
        elif self._tracer is None:
            self._tracer = sys.gettrace()
            sys.settrace(None)


def coverage_init(*_: object) -> None:
    """Installs it in this thread and in all that start later, as coverage.py calls a plugin."""
    greenlet.settrace(OutsideGreenlets())
    threading.setprofile(_install_in_thread)


def _install_in_thread(_: FrameType, __: str, ___: object) -> None:
    """Installs it in the thread that runs, at its first function call; then it is not called."""
    sys.setprofile(None)
    greenlet.settrace(OutsideGreenlets())
