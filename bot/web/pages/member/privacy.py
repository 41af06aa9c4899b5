"""What is kept about a member, a copy of it, and erasing it."""

import re
from collections.abc import Sequence

from starlette.responses import HTMLResponse, Response

from bot.channels.registry import channel_title
from bot.conversation.context import DeadButton
from bot.conversation.member.privacy import privacy
from bot.messages import Outgoing
from bot.store.lifecycle.linking import linking
from bot.store.members import web_sessions
from bot.web.pages.member.texts import blocks_of
from bot.web.pages.page import Page
from bot.web.pages.sign_in.cookies import forget_session
from bot.web.pages.visit import NotHere, Visit

ANSWER = re.compile(r"forget:(no|yes:[0-9]{1,10}:[0-9]{1,12})")


async def show(visit: Visit) -> Response:
    """Shows what is kept, the chats that are linked, and what a member can do about it."""
    context = visit.context
    chats = await linking.chats_of(visit.session, context.member)
    return visit.render(
        "member/privacy.html",
        visit.say("page.privacy"),
        short=blocks_of(await privacy.in_short(context)),
        more=blocks_of(await privacy.at_length(context)),
        number=await privacy.own_number(context),
        channels=[channel_title(channel) for channel, _ in chats.addresses],
    )


async def export(visit: Visit) -> Response:
    """Returns all that is kept about this member, as the file that the chat sends."""
    reply = await privacy.export(visit.context, "")
    file = reply.messages[0].file
    if file is None:
        raise NotHere
    disposition = f'attachment; filename="{file.name}"'
    return Response(
        file.content, media_type="application/zip", headers={"Content-Disposition": disposition}
    )


async def show_export(visit: Visit) -> Response:
    """Shows the page with the button: a file comes on a POST alone."""
    return await show(visit)


async def show_erase(visit: Visit) -> Response:
    """Asks for a confirmation, in the words of the chat and with its answers."""
    [question] = (await privacy.forget(visit.context, "")).messages
    buttons = [button for row in question.buttons for button in row]
    return visit.render(
        "member/erase.html",
        visit.say("page.privacy_erase"),
        question=question.text.split("\n\n"),
        answers=[(button.action, button.label) for button in buttons],
    )


async def erase(visit: Visit) -> Response:
    """Erases the member if the answer is yes, says goodbye in their chats and signs them out."""
    answer = visit.field("answer")
    if ANSWER.fullmatch(answer) is None:
        raise DeadButton
    member_id = visit.context.member.id
    reply = await privacy.press_forget(visit.context, answer.removeprefix("forget:"))
    if not reply.erased:
        return visit.go("privacy", _said(reply.messages))
    await web_sessions.end_sessions(visit.session, member_id)
    visit.erased, visit.erased_chats = True, reply.erased_chats
    visit.tell([(visit.context.sender, message) for message in reply.messages])
    visit.tell(reply.other_chats)
    return _goodbye(visit)


def _said(messages: Sequence[Outgoing]) -> str:
    return "\n\n".join(message.text for message in messages)


def _goodbye(visit: Visit) -> Response:
    """Returns a page for somebody who is not signed in any more."""
    say = visit.say
    values = {"text": say("page.privacy_erased_text")}
    html = visit.renderer.bare("message.html", say, say("page.privacy_erased_title"), values)
    response = HTMLResponse(html)
    forget_session(response, visit.request)
    return response


PAGES = [
    Page(path="privacy", name="privacy", show=show),
    Page(path="privacy/export", show=show_export, change=export),
    Page(path="privacy/erase", show=show_erase, change=erase),
]
