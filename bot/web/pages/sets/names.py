"""The set that a page is about, and numbers that come with a form or an address."""

from pydantic import TypeAdapter, ValidationError

from bot.conversation.context import NotUnderstood
from bot.core.challenges.challenge import Slug
from bot.set_files.validation import printable
from bot.store.challenges import publications, set_drafts
from bot.store.challenges.set_drafts import SetDraft
from bot.store.schema.challenges import SetVersionRow
from bot.web.pages.visit import NotHere, Visit

SLUG: TypeAdapter[str] = TypeAdapter(Slug)
MAX_DIGITS = 9


def is_slug(text: str) -> bool:
    """Returns whether a text can be the name of a set, as files of sets have it."""
    try:
        SLUG.validate_python(text)
    except ValidationError:
        return False
    return True


def new_name(text: str) -> str:
    """Returns the name that was typed for a new set.

    Raises:
        NotUnderstood: it cannot be one.
    """
    if not is_slug(text):
        raise NotUnderstood("page.sets_wrong_name", given=printable(text))
    return text


def set_name(visit: Visit) -> str:
    """Returns the name of the set in the path.

    Raises:
        NotHere: no set can have it.
    """
    name = str(visit.request.path_params["name"])
    if not is_slug(name):
        raise NotHere
    return name


async def draft_of(visit: Visit) -> tuple[str, SetDraft]:
    """Returns the name of the set in the path, and its draft or else its newest version.

    Raises:
        NotHere: there is no such set.
    """
    name = set_name(visit)
    draft = await set_drafts.find_draft(visit.session, name)
    if draft is None:
        raise NotHere
    return name, draft


async def versions_of(visit: Visit) -> list[SetVersionRow]:
    """Returns the versions of the set in the path, newest first.

    Raises:
        NotHere: there is no such set, or it was never published.
    """
    versions = await publications.versions_of(visit.session, set_name(visit))
    if not versions:
        raise NotHere
    return versions


def whole_number(text: str) -> int | None:
    """Returns a number as a form or an address carries it; None: it is none, or far too large."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= MAX_DIGITS else None


def parameter(visit: Visit, name: str) -> str:
    """Returns what was chosen: in the form that was posted, otherwise in the address."""
    return visit.field(name) or visit.request.query_params.get(name, "").strip()


def revision_in(visit: Visit) -> int | None:
    """Returns the revision that the form was made of; None: the form does not say."""
    return whole_number(visit.field("revision"))
