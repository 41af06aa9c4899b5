"""/privacy, /export and /vergeetmij: what is kept, a copy of it, and erasing it."""

from dataclasses import replace
from datetime import timedelta

from bot.channels.registry import find_channel
from bot.conversation.context import HandlerContext
from bot.conversation.member.privacy import lost_keys
from bot.conversation.member.privacy.farewells import farewells_for
from bot.core.challenges.nerve import REMEMBERED
from bot.core.privacy.retention import KEEP_MINUTES
from bot.messages import Address, Button, ButtonRows, File, OtherChats, Outgoing, Reply
from bot.store.admin import audit
from bot.store.admin.audit import Action
from bot.store.lifecycle import erase
from bot.store.lifecycle.export import export_of
from bot.store.lifecycle.linking import linking, links
from bot.store.members.web_sessions import SESSION_VALID_FOR

CONFIRM_WITHIN = timedelta(hours=1)


async def privacy(context: HandlerContext, _: str) -> Reply:
    """Answers /privacy: says in short what is kept, for how long and who is responsible."""
    more = (Button(context.say("button.privacy_more"), "privacy:more"),)
    text = await in_short(context)
    return Reply([Outgoing(text, buttons=(*_own_data_buttons(context), more))])


async def press_more(context: HandlerContext, _: str) -> Reply:
    """Answers the button for more: also why, on which ground, who sees it, and one's rights."""
    text = f"{await at_length(context)}\n\n{await own_number(context)}"
    buttons = _own_data_buttons(context)
    return Reply([Outgoing(text, buttons=buttons, replaces=context.pressed)])


async def own_number(context: HandlerContext) -> str:
    """Returns by which addresses an operator knows the member."""
    chats = await linking.chats_of(context.session, context.member)
    own = ", ".join(f"{channel}:{address}" for channel, address in chats.addresses)
    return context.say("privacy.own_number", addresses=own)


async def in_short(context: HandlerContext) -> str:
    """Returns what is kept, for how long and who is responsible."""
    return context.say(
        "privacy.text", **_periods(context), **_responsible(context), platform=await _notes(context)
    )


async def at_length(context: HandlerContext) -> str:
    """Returns also why it is kept, on which ground, who sees it, and what somebody's rights are."""
    return context.say(
        "privacy.more", **_periods(context), **_responsible(context), platform=await _notes(context)
    )


def _own_data_buttons(context: HandlerContext) -> ButtonRows:
    say = context.say
    return ((Button(say("button.export"), "export:"), Button(say("button.forget"), "forget:ask")),)


def _periods(context: HandlerContext) -> dict[str, str]:
    """Returns the periods in words, as they are set."""
    say, periods = context.say, context.policy.terms.periods
    return {
        "reflections": say("kept.months", n=periods.reflections_months),
        "silent": say("kept.months", n=periods.silent_months),
        "notice": say("kept.days", n=periods.notice_days),
        "digests": say("kept.months", n=periods.digests_months),
        "absences": say("kept.months", n=periods.absences_months),
        "receipts": say("kept.days", n=periods.receipts_days),
        "answers": say("kept.months", n=periods.answers_months),
        "session": say("kept.hours", n=SESSION_VALID_FOR // timedelta(hours=1)),
        "last": str(REMEMBERED),
        "minutes": say("kept.days", n=KEEP_MINUTES.days),
    }


def _responsible(context: HandlerContext) -> dict[str, str]:
    """Returns which organisation is responsible, and where to reach it."""
    say, terms = context.say, context.policy.terms
    return {
        "controller": terms.controller or say("privacy.controller"),
        "contact": lost_keys.whom_to_ask(context),
    }


async def _notes(context: HandlerContext) -> str:
    """Returns whether the platforms of the member's chats can read along, a line for each."""
    chats = await linking.chats_of(context.session, context.member)
    names = sorted({channel for channel, _ in chats.addresses})
    channels = [channel for name in names if (channel := find_channel(name)) is not None]
    lines = [context.say(channel.privacy_note) for channel in channels if channel.privacy_note]
    if context.policy.terms.pushes:
        lines += [context.say(channel.push_note) for channel in channels if channel.push_note]
    return "".join(f"\n• {line}" for line in lines)


async def export(context: HandlerContext, _: str) -> Reply:
    """Answers /export: sends all that is kept about this member, as a ZIP of JSON and CSV."""
    copy = await export_of(context.session, context.vault, context.member, context.at)
    await context.record(Action.EXPORTED, audit.member(context.member.id))
    file = File(f"olievlek-{context.today.isoformat()}.zip", copy.content)
    lines = [context.say("export.here"), *([lost_keys.sentence(context)] if copy.lost else [])]
    return Reply([Outgoing("\n\n".join(lines), file=file)])


async def forget(context: HandlerContext, _: str) -> Reply:
    """Answers /vergeetmij: asks for a confirmation."""
    say = context.say
    # The answer is good for a while only, and only from the member who was member_and_time.
    member_and_time = f"{context.member.id}:{int(context.at.timestamp())}"
    buttons: ButtonRows = (
        (Button(say("button.forget_yes"), f"forget:yes:{member_and_time}"),),
        (Button(say("button.forget_no"), "forget:no"),),
    )
    link = await links.undoable_link(context.session, context.member.id, context.at)
    parts = [say("forget.ask"), *([] if link is None else [say("forget.ask_linked")])]
    return Reply([Outgoing("\n\n".join(parts), buttons=buttons)])


async def press_forget(context: HandlerContext, argument: str) -> Reply:
    """Erases the member when they confirm: destroys their key first, then all their rows."""
    say = context.say
    answer, *rest = argument.split(":")
    if answer == "ask":
        return await forget(context, "")
    if answer != "yes":
        text = say("forget.kept")
        return Reply([Outgoing(text, replaces=context.pressed)], notice=text)
    member_id, asked_at = map(int, rest)
    passed = context.at.timestamp() - asked_at
    if member_id != context.member.id or not 0 <= passed <= CONFIRM_WITHIN.total_seconds():
        text = say("forget.too_late")
        return Reply([Outgoing(text, replaces=context.pressed)], notice=text)
    own, others = await links.split_off(
        context.session, context.vault, context.member, context.sender.pair, context.at
    )
    unlinked: OtherChats = [(Address(*pair), Outgoing(say("link.undone"))) for pair in others]
    if own is None:  # nothing but this chat was theirs, and nothing is left of that
        there = Outgoing(say("link.undone"), replaces=context.pressed)
        return Reply([there], erased=True, other_chats=unlinked)
    farewells = await farewells_for(context.session, own, context.at)
    await context.record(Action.ERASED, audit.member(own.id))
    await erase.erase_member(context.session, context.vault, own.id, context.at)
    context.session.expunge(own)
    # No notice: it would say so before it is true.
    return Reply(
        [
            replace(farewell, replaces=context.pressed)
            for chat, farewell in farewells
            if chat == context.sender
        ],
        erased=True,
        erased_chats=[chat for chat, _ in farewells],
        other_chats=[
            *((chat, farewell) for chat, farewell in farewells if chat != context.sender),
            *unlinked,
        ],
    )
