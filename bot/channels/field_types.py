"""Checks that what a platform said has the types that the message types declare.

The libraries copy a field of JSON as it is: a text that is a number stays a number, and would be a
fault somewhere in the conversation.
"""

from functools import cache
from typing import Any, get_type_hints

from pydantic import TypeAdapter, ValidationError

from bot.channels.base import UndecodableItem
from bot.messages import Incoming


def checked_types(incoming: Incoming) -> Incoming:
    """Returns `incoming`, of which each field has its declared type.

    Raises:
        UndecodableItem: one has another.
    """
    for part in (incoming, incoming.content):
        for name, adapter in _adapters(type(part)):  # type: ignore[arg-type] # classes are hashable
            try:
                adapter.validate_python(getattr(part, name), strict=True)
            except ValidationError:
                raise UndecodableItem(f"{type(part).__name__}.{name}") from None
    return incoming


@cache
def _adapters(kind: type) -> tuple[tuple[str, TypeAdapter[Any]], ...]:
    """Returns the name of each field of a dataclass, and what checks its value."""
    return tuple((name, TypeAdapter(hint)) for name, hint in get_type_hints(kind).items())
