"""Linking an account at the organisation to a chat, for which it signs in to the pages then.

The page where somebody signed in shows a code, which works once. Whoever types it reads first whose
account it is: somebody else may have talked them into it.
"""

from typing import NamedTuple

from bot.conversation.context import DeadButton, HandlerContext, row_id_in
from bot.messages import Button, ButtonRows, Outgoing, Reply
from bot.store.admin import audit
from bot.store.admin.audit import Action
from bot.store.members import members
from bot.store.members import organisation as accounts

BUTTON = "organisation"


class AccountLines(NamedTuple):
    """What /koppel says of the account that signs in for this chat; nothing when there is none."""

    lines: list[str]
    buttons: ButtonRows


async def ask(context: HandlerContext, text: str) -> Reply | None:
    """Answers a code of an account: asks whether it is theirs; None: it is no such code."""
    say, code = context.say, context.typed_code(text)
    if code.minutes_to_wait() is not None:
        return None  # as for each other code, which says so
    row = await accounts.use_code(context.session, text, context.sender.pair, context.at)
    if row is None:
        return None
    question = say(
        "organisation.ask",
        organisation=context.policy.terms.controller or say("organisation.nameless"),
        name=row.name or say("organisation.no_name"),
        browser=row.browser,
    )
    buttons = (
        (Button(say("button.link_yes"), f"{BUTTON}:yes:{row.id}"),),
        (Button(say("button.link_no"), f"{BUTTON}:no:{row.id}"),),
    )
    return Reply([Outgoing(question, buttons=buttons, relevant_for=accounts.CODE_VALID_FOR)])


async def account_lines(context: HandlerContext) -> AccountLines:
    """Returns what /koppel says of the account, with a button to unlink it."""
    say = context.say
    since = await accounts.linked_since(context.session, context.sender.pair)
    if since is None:
        return AccountLines([], ())
    day = say.day(members.today(context.member, since))
    line = say(
        "organisation.linked_since",
        organisation=context.policy.terms.controller or say("organisation.nameless"),
        day=day,
    )
    button = Button(say("button.organisation_unlink"), f"{BUTTON}:unlink")
    return AccountLines([line], ((button,),))


async def press(context: HandlerContext, argument: str) -> Reply:
    """Answers a button about an account: `yes:12`, `no:12` or `unlink`.

    Raises:
        DeadButton: the question is over, or was another chat's; or nothing is linked.
    """
    session, chat, at = context.session, context.sender.pair, context.at
    verb, _, number = argument.partition(":")
    if verb == "unlink":
        taken = await accounts.unlink(session, chat, at)
        if taken is None:
            raise DeadButton
        detail = ",".join(["organisation", *taken])
        await context.record(Action.UNLINKED, audit.member(context.member.id), detail)
        return _replaced(context, "organisation.unlinked")
    subject = await accounts.answer(session, row_id_in(number), chat, at)
    if subject is None or verb not in ("yes", "no"):
        raise DeadButton
    if verb == "no":
        return _replaced(context, "link.refused")
    await accounts.link(session, subject, chat, at)
    await context.record(Action.LINKED, audit.member(context.member.id), "organisation")
    return _replaced(context, "organisation.linked")


def _replaced(context: HandlerContext, key: str) -> Reply:
    text = context.say(key)
    return Reply([Outgoing(text, replaces=context.pressed)], notice=text)
