"""/privacy, /export and /vergeetmij: what is kept, a copy of it, and its end."""

from bot.store import members
from bot.store.export import export_of
from bot.talk.messages import Button, File, Outgoing, Reply, Rows
from bot.talk.turn import Turn


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
    buttons: Rows = (
        (Button(say("button.forget_yes"), "forget:yes"),),
        (Button(say("button.forget_no"), "forget:no"),),
    )
    return Reply([Outgoing(say("forget.ask"), buttons=buttons)])


async def press_forget(turn: Turn, argument: str) -> Reply:
    """The member's last word: destroys their key first, then all their rows."""
    say = turn.say
    if argument == "ask":
        return await forget(turn, "")
    if argument != "yes":
        told = say("forget.kept")
        return Reply([Outgoing(told, replaces=turn.pressed)], notice=told)
    await turn.vault.shred(turn.session, turn.member.id)
    await members.forget(turn.session, turn.member.id)
    turn.session.expunge(turn.member)
    return Reply([Outgoing(say("forget.done"), replaces=turn.pressed)], notice=say("forget.done"))
