"""/privacy, /export and /vergeetmij: what is kept, a copy of it, and its end."""

from datetime import timedelta

from bot.conversation.context import Turn
from bot.messages import Button, File, Outgoing, Reply, Rows
from bot.store.lifecycle.export import export_of
from bot.store.members import members

GOOD_FOR = timedelta(hours=1)


async def privacy(turn: Turn, _: str) -> Reply:
    """/privacy: what is kept, why, for how long and who sees it."""
    say = turn.say
    buttons: Rows = (
        (Button(say("button.export"), "export:"), Button(say("button.forget"), "forget:ask")),
    )
    return Reply([Outgoing(say("privacy.text"), buttons=buttons)])


async def export(turn: Turn, _: str) -> Reply:
    """/export: all that is kept about this member, as a ZIP of JSON and CSV."""
    content = await export_of(turn.session, turn.vault, turn.member, turn.at)
    name = f"olievlek-{turn.today.isoformat()}.zip"
    return Reply([Outgoing(turn.say("export.here"), file=File(name, content))])


async def forget(turn: Turn, _: str) -> Reply:
    """/vergeetmij: asks once more."""
    say = turn.say
    # The answer is good for a while only, and only for who was asked.
    asked = f"{turn.member.id}:{int(turn.at.timestamp())}"
    buttons: Rows = (
        (Button(say("button.forget_yes"), f"forget:yes:{asked}"),),
        (Button(say("button.forget_no"), "forget:no"),),
    )
    return Reply([Outgoing(say("forget.ask"), buttons=buttons)])


async def press_forget(turn: Turn, argument: str) -> Reply:
    """The member's last word: destroys their key first, then all their rows."""
    say = turn.say
    answer, *asked = argument.split(":")
    if answer == "ask":
        return await forget(turn, "")
    if answer != "yes":
        told = say("forget.kept")
        return Reply([Outgoing(told, replaces=turn.pressed)], notice=told)
    whom, when = map(int, asked)
    if whom != turn.member.id or turn.at.timestamp() - when > GOOD_FOR.total_seconds():
        told = say("forget.too_late")
        return Reply([Outgoing(told, replaces=turn.pressed)], notice=told)
    await turn.vault.shred(turn.session, turn.member.id)
    await members.forget(turn.session, turn.member.id, turn.at)
    turn.session.expunge(turn.member)
    told = say("forget.done")
    return Reply([Outgoing(told, replaces=turn.pressed)], told, erased=True, silenced=True)
