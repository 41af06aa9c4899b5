"""What whoever runs the bot sees of this process on the pages."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Operations:
    """What whoever runs the bot can see of this process; nothing where no process is meant.

    Attributes:
        checks: by name, a check that returns what is wrong now, as `/readyz` says it.
        settings: each setting by its name; None: its value may be a secret.
    """

    checks: Mapping[str, Callable[[], Awaitable[str | None]]] = field(default_factory=dict)
    settings: Sequence[tuple[str, str | None]] = ()


NO_OPERATIONS = Operations()
