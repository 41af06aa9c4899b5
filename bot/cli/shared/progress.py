"""A progress bar on standard error."""

from contextlib import ExitStack

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bot.cli.shared.language import say


class ProgressBar(ExitStack):
    """A progress bar on standard error, shown from the first report until the end.

    Args:
        key: the message that stands before it.
    """

    def __init__(self, key: str) -> None:
        super().__init__()
        self._bar = Progress(
            TextColumn(say(key)),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
        )
        self._rows = self._bar.add_task("", total=None)

    def show(self, done: int, total: int) -> None:
        """Shows that `done` of `total` are done."""
        if not self._bar.live.is_started:  # what is refused at once shows no bar
            self.enter_context(self._bar)
        self._bar.update(self._rows, completed=done, total=total)
