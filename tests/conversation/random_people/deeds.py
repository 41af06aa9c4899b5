"""What may happen, each with its share; one rule of the machine draws from it.

Hypothesis leaves out about half of the rules of a machine in each life. An answer, a text and a new
rhythm on one day need four of them, so with a rule for each, few lives would have all of these.
"""

from collections.abc import Callable, Coroutine
from typing import Any

from tests.conversation.random_people.chats import Chat

Deed = Callable[[Any, Chat, int], Coroutine[Any, Any, None]]
"""A method of the machine for a chat; the number picks whatever has to be picked."""

DEEDS: dict[str, Deed] = {}
WEIGHED: list[str] = []  # their names, as often as their share of what happens


def deed(weight: int) -> Callable[[Deed], Deed]:
    """Registers a method as something that may happen."""

    def register(method: Deed) -> Deed:
        name = method.__name__.strip("_")
        DEEDS[name] = method
        WEIGHED.extend([name] * weight)
        return method

    return register
