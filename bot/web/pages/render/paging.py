"""Long lists, a page at a time; the page is in the address."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from bot.web.pages.visit import Visit

AT_ONCE = 100  # items on a page
MAX_DIGITS = 9

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ListPage(Generic[T]):
    """A page of a list.

    Attributes:
        items: what is on it.
        first: the number of the first of them in the whole list, from 1.
        page: its number, from 1.
        pages: how many pages there are.
    """

    items: Sequence[T]
    first: int
    page: int
    pages: int


def page_of(visit: Visit, items: Sequence[T]) -> ListPage[T]:
    """Returns the page of a list that was asked for; one that is not there is the nearest."""
    typed = visit.request.query_params.get("page", "")
    is_number = typed.isascii() and typed.isdecimal() and len(typed) <= MAX_DIGITS
    pages = max(1, page_with(len(items)))
    page = min(max(1, int(typed) if is_number else 1), pages)
    first = (page - 1) * AT_ONCE
    return ListPage(items[first : first + AT_ONCE], first + 1, page, pages)


def page_with(number: int) -> int:
    """Returns the page that has the item with this number, from 1."""
    return -(-number // AT_ONCE)
