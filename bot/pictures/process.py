"""What a process that only draws does when it starts; it imports next to nothing."""

import os
import signal
import threading
from multiprocessing import parent_process


def set_up() -> None:
    """Leaves signals to the bot, and ends this process when the bot is gone."""
    for number in (signal.SIGINT, signal.SIGTERM):  # a terminal and systemd send them to both
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def load() -> None:
    """Imports what draws a board, so that the first one does not wait for it."""
    import bot.pictures.board  # noqa: F401 - for its effect


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
    os._exit(0)  # a bot that was killed ends no process of its own
