"""The diary: what a member wrote, to read, to search, to change, to share and to erase."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from starlette.responses import Response

from bot.conversation.context import NotUnderstood, row_id_in
from bot.conversation.member.privacy import lost_keys
from bot.conversation.member.reflections import reflections
from bot.conversation.member.reflections.reflections import excerpt
from bot.conversation.parsing.spelling import unaccented
from bot.core.rhythm.rhythm import local_day
from bot.messages import Outgoing, Purpose
from bot.store.members.reflections import Reflection
from bot.store.nudges import receipts
from bot.store.teams import shares, teams
from bot.store.teams.shares import Share, Sharing
from bot.web.pages.page import Page
from bot.web.pages.visit import NotHere, Visit

ON_A_PAGE = 20
MAX_PAGE_DIGITS = 6
MAX_SEARCHED = 200  # characters


@dataclass(frozen=True, slots=True)
class Entry:
    """A reflection as it is shown.

    Attributes:
        id: of its row.
        day: when it was written, in words.
        task: the start of the challenge.
        words: what was written; None: it cannot be opened any more.
        share: who may read it, in words.
        edited: whether it was changed later.
    """

    id: int
    day: str
    task: str
    words: str | None
    share: str
    edited: bool


async def show(visit: Visit) -> Response:
    """Shows the newest reflections, or a page of older ones."""
    return await _list(visit, "", _page_number(visit.request.query_params.get("page", "1")))


async def search(visit: Visit) -> Response:
    """Shows the reflections with the words that were searched for.

    They come in the form, so that they are in no history and in no log.
    """
    words = visit.field("words")[:MAX_SEARCHED]
    return await _list(visit, words, _page_number(visit.field("page") or "1"))


def _page_number(text: str) -> int:
    """Returns the number of a page; what is no number is the first."""
    is_number = text.isascii() and text.isdecimal() and len(text) <= MAX_PAGE_DIGITS
    return max(1, int(text)) if is_number else 1


async def _list(visit: Visit, words: str, page: int) -> Response:
    context = visit.context
    written = await context.diary.since(context.member.joined_at)
    found = [entry for entry in reversed(written) if _fits(visit, entry, words)]
    shared = await shares.shares_of_member(visit.session, context.member.id)
    pages = max(1, -(-len(found) // ON_A_PAGE))
    page = min(page, pages)
    shown = found[(page - 1) * ON_A_PAGE : page * ON_A_PAGE]
    return visit.render(
        "member/diary.html",
        visit.say("page.diary"),
        entries=[_entry(visit, entry, shared) for entry in shown],
        words=words,
        lost=lost_keys.sentence(context),
        found=len(found),
        page=page,
        pages=pages,
    )


def _fits(visit: Visit, entry: Reflection, words: str) -> bool:
    """Returns whether all words are in a reflection or its challenge, whatever case and accents."""
    task = entry.nudge.challenge.text_in(visit.say.language)["task"]
    text = unaccented(f"{entry.words or ''} {task}")
    return all(word in text for word in unaccented(words).split())


def _entry(visit: Visit, entry: Reflection, shared: Mapping[int, Share]) -> Entry:
    say, zone = visit.say, visit.context.member.rhythm.zone
    return Entry(
        entry.id,
        say.short_day(local_day(entry.written_at, zone)),
        excerpt(entry.nudge, say),
        entry.words,
        _readers(visit, shared.get(entry.nudge.id)),
        entry.edited_at is not None,
    )


def _readers(visit: Visit, share: Share | None) -> str:
    if share is None:
        return visit.say("reflection.private")
    sharing = Sharing.TEAM if share.named else Sharing.TEAM_NAMELESS
    return visit.say(f"shared.{sharing}", team=share.team)


async def _own(visit: Visit) -> Reflection:
    """Returns the reflection that the path names.

    Raises:
        NotHere: it is not this member's, or there is none.
    """
    entry = await visit.context.diary.find(row_id_in(str(visit.number("entry"))))
    if entry is None:
        raise NotHere
    return entry


async def show_entry(visit: Visit) -> Response:
    """Shows one reflection, with what can be done with it."""
    entry = await _own(visit)
    member = visit.context.member
    shared = await shares.shares_of_member(visit.session, member.id)
    joined = await teams.teams_of_member(visit.session, member.id)
    about_same = await visit.context.diary.about(entry.nudge.id)
    return visit.render(
        "member/entry.html",
        visit.say("page.diary_entry"),
        entry=_entry(visit, entry, shared),
        task=entry.nudge.challenge.text_in(visit.say.language)["task"],
        lost=lost_keys.sentence(visit.context),
        is_shared=entry.nudge.id in shared,
        teams=[(team.id, team.name) for team, _ in joined],
        others=len(about_same) - 1,
    )


async def change_entry(visit: Visit) -> Response:
    """Changes a reflection, shares it, takes it back or erases it: whichever button was pressed."""
    entry = await _own(visit)
    match visit.field("what"):
        case "edit":
            return await _edit(visit, entry)
        case "share":
            return await _share(visit, entry)
        case "erase":
            return await _erase(visit, entry)
    raise NotHere


async def _edit(visit: Visit, entry: Reflection) -> Response:
    words = visit.field("words").replace("\r\n", "\n")
    if not words:
        raise NotUnderstood("page.diary_empty")
    reply = await reflections.edit(replace(visit.context, source=entry.source), words)
    return visit.go(f"diary/{entry.id}", _said(reply.messages))


async def _share(visit: Visit, entry: Reflection) -> Response:
    sharing = visit.field("with")
    if sharing not in set(Sharing):
        raise NotUnderstood("page.diary_no_choice")
    team = visit.field("team")
    if sharing != Sharing.NOBODY:
        row_id_in(team)
    await _settle_offers(visit, entry)
    reply = await reflections.share(visit.context, entry.nudge, sharing, team)
    return visit.go(f"diary/{entry.id}", _said(reply.messages))


async def _settle_offers(visit: Visit, entry: Reflection) -> None:
    """Takes the buttons from the offer to share it that stands in the chat."""
    chat = visit.context.sender
    offers = await receipts.messages_with_buttons(
        visit.session, entry.nudge.id, chat.pair, Purpose.THANKS
    )
    visit.tell([(chat, Outgoing("", replaces=offer)) for offer in offers])


async def _erase(visit: Visit, entry: Reflection) -> Response:
    if visit.field("sure") != "yes":
        raise NotUnderstood("page.diary_not_sure")
    reply = await reflections.withdraw(replace(visit.context, source=entry.source))
    visit.erased = reply.erased
    return visit.go("diary", _said(reply.messages))


def _said(messages: Sequence[Outgoing]) -> str:
    return "\n\n".join(message.text for message in messages)


PAGES = [
    Page(path="diary", name="diary", show=show, change=search),
    Page(path="diary/{entry:int}", show=show_entry, change=change_entry),
]
