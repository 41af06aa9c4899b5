"""/web: a link that signs in to the pages, and the browsers that are signed in."""

from bot.channels.registry import channel_title
from bot.conversation.context import HandlerContext, NotUnderstood
from bot.messages import Button, ButtonRows, Outgoing, Reply
from bot.store.chat import browsers
from bot.store.members import members, organisation, web_sessions

BUTTON = "web"


async def web(context: HandlerContext, _: str) -> Reply:
    """Answers /web: returns a link that works once, and what is open now.

    Raises:
        NotUnderstood: this bot has no pages.
    """
    if not context.policy.pages:
        raise NotUnderstood("web.none")
    return await link_to(context, "")


async def link_to(context: HandlerContext, path: str) -> Reply:
    """Returns a message with a link that signs in and opens a page; the path is below `/web/`."""
    say, session, chat = context.say, context.session, context.sender.pair
    member_id, at = context.member.id, context.at
    token = await web_sessions.new_link(session, chat, at)
    minutes = web_sessions.LINK_VALID_FOR.seconds // 60
    link = f"{context.policy.pages}/web/sign-in/{token}" + (f"?to={path}" if path else "")
    sessions = await web_sessions.sessions_of_member(session, member_id, at)
    chats = await browsers.of_member(session, member_id, at, without=chat)
    opened = [*(row.browser for row in sessions), *(row.browser for row in chats)]
    parts = [say("web.link", link=link, minutes=minutes)]
    buttons: ButtonRows = ()
    if opened:
        parts.append(say("web.open", n=len(opened), browsers=say.list(opened)))
        buttons = ((end_button(context),),)
    return Reply(
        [Outgoing("\n\n".join(parts), buttons=buttons, relevant_for=web_sessions.LINK_VALID_FOR)]
    )


def end_button(context: HandlerContext) -> Button:
    """Returns the button that signs out everywhere."""
    return Button(context.say("button.web_end"), f"{BUTTON}:end")


async def press(context: HandlerContext, argument: str) -> Reply:
    """Answers a button about the pages: `end` signs out everywhere, `open:team/7` opens one."""
    verb, _, path = argument.partition(":")
    if verb == "open":
        if not context.policy.pages:
            raise NotUnderstood("web.none")
        return await link_to(context, path)
    await web_sessions.end_sessions(context.session, context.member.id)
    # Whoever says so in a chat in a browser keeps that one: it has a page of browsers of its own.
    await browsers.end_of_member(context.session, context.member.id, without=context.sender.pair)
    ended = context.say("web.ended")
    text = "\n\n".join([ended, *await _accounts(context)])
    return Reply([Outgoing(text, replaces=context.pressed)], notice=ended)


async def _accounts(context: HandlerContext) -> list[str]:
    """Returns for which chats an account at the organisation still signs in, and how that ends.

    Somebody who had one of the browsers may have linked their own account there.
    """
    say, session = context.say, context.session
    return [
        say(
            "web.ended_but_account",
            organisation=context.policy.terms.controller or say("organisation.nameless"),
            channel=channel_title(chat[0]),
        )
        for chat in await members.chats_of_members(session, [context.member.id])
        if await organisation.linked_since(session, chat) is not None
    ]
