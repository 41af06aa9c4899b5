"""/privacy, /export and /vergeetmij: what is kept, a copy of it, and its end."""

from datetime import timedelta

from bot.conversation.context import HandlerContext
from bot.messages import Button, ButtonRows, File, Outgoing, Reply
from bot.store.lifecycle import erase
from bot.store.lifecycle.export import export_of

GOOD_FOR = timedelta(hours=1)


async def privacy(context: HandlerContext, _: str) -> Reply:
    """/privacy: what is kept, why, for how long and who sees it."""
    say = context.say
    buttons: ButtonRows = (
        (Button(say("button.export"), "export:"), Button(say("button.forget"), "forget:ask")),
    )
    return Reply([Outgoing(say("privacy.text"), buttons=buttons)])


async def export(context: HandlerContext, _: str) -> Reply:
    """/export: all that is kept about this member, as a ZIP of JSON and CSV."""
    content = await export_of(context.session, context.vault, context.member, context.at)
    name = f"olievlek-{context.today.isoformat()}.zip"
    return Reply([Outgoing(context.say("export.here"), file=File(name, content))])


async def forget(context: HandlerContext, _: str) -> Reply:
    """/vergeetmij: asks once more."""
    say = context.say
    # The answer is good for a while only, and only for who was asked.
    asked = f"{context.member.id}:{int(context.at.timestamp())}"
    buttons: ButtonRows = (
        (Button(say("button.forget_yes"), f"forget:yes:{asked}"),),
        (Button(say("button.forget_no"), "forget:no"),),
    )
    return Reply([Outgoing(say("forget.ask"), buttons=buttons)])


async def press_forget(context: HandlerContext, argument: str) -> Reply:
    """The member's last word: destroys their key first, then all their rows."""
    say = context.say
    answer, *asked = argument.split(":")
    if answer == "ask":
        return await forget(context, "")
    if answer != "yes":
        told = say("forget.kept")
        return Reply([Outgoing(told, replaces=context.pressed)], notice=told)
    whom, when = map(int, asked)
    if whom != context.member.id or context.at.timestamp() - when > GOOD_FOR.total_seconds():
        told = say("forget.too_late")
        return Reply([Outgoing(told, replaces=context.pressed)], notice=told)
    await context.vault.shred(context.session, context.member.id)
    await erase.erase_rows(context.session, context.member.id, context.at)
    context.session.expunge(context.member)
    told = say("forget.done")
    return Reply(
        [Outgoing(told, replaces=context.pressed)], told, erased=True, discard_pending=True
    )
