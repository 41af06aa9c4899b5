"""JSON with each of its fields missing, and with each of a wrong kind."""

import copy
from collections.abc import Iterable, Iterator
from itertools import cycle, islice
from typing import Any

CANARY = "kanarie"
"""Stands in every text that somebody may have written, and may be in no log."""


def nested(depth: int) -> object:
    """Returns a list in a list, so many times."""
    value: object = CANARY
    for _ in range(depth):
        value = [value]
    return value


WRONG: list[object] = [
    None,
    CANARY,
    10**30,
    -1,
    1.5,
    True,
    [],
    {},
    [CANARY],
    {"id": CANARY},
    nested(200),
    f"{CANARY}\ud800\0",
]


def paths(value: object, depth: int, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yields the path of every field in a JSON value, down to this depth.

    The items of a list are at the same depth as the list.
    """
    items: Iterable[tuple[Any, object]] = ()
    if isinstance(value, dict) and depth > 0:
        items, depth = value.items(), depth - 1
    elif isinstance(value, list):
        items = enumerate(value)
    for name, part in items:
        yield (*before, name)
        yield from paths(part, depth, (*before, name))


def broken(
    whole: dict[str, Any], depth: int = 2, outer: int = len(WRONG), inner: int = 1
) -> Iterator[dict[str, Any]]:
    """Yields a JSON object with each of its fields missing, and with each wrong in some ways.

    Args:
        whole: the object as it should be; it and what is yielded share their parts.
        depth: how deep its fields are broken.
        outer: in how many ways its own fields are.
        inner: in how many ways the fields within those are, which take turns.
    """
    values = cycle(WRONG)
    for path in list(paths(whole, depth)):
        yield _without(whole, path)
        for wrong in islice(values, outer if len(path) == 1 else inner):
            yield _with(whole, path, wrong)


def _with(whole: Any, path: tuple[Any, ...], value: object) -> Any:  # noqa: ANN401 - any JSON
    """Returns a copy with another value at this path."""
    if not path:
        return value
    changed = copy.copy(whole)
    changed[path[0]] = _with(whole[path[0]], path[1:], value)
    return changed


def _without(whole: Any, path: tuple[Any, ...]) -> Any:  # noqa: ANN401 - any JSON
    """Returns a copy with nothing at this path."""
    changed = copy.copy(whole)
    if len(path) == 1:
        del changed[path[0]]
    else:
        changed[path[0]] = _without(whole[path[0]], path[1:])
    return changed
