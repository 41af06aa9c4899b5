"""A typed code takes nobody's diary: both chats confirm, roles stay, and a tap undoes it all."""

import pytest
from sqlalchemy import func, select

from bot.membership import Left
from bot.messages import Pressed
from bot.store.members import roles
from bot.store.schema.members import LinkRequestRow, LinkRow, MemberRow
from bot.store.schema.nudges import NudgeRow
from bot.store.schema.teams import Role, ShareRow
from bot.store.teams import teams
from tests.delivery.linked_chats import LinkedChats, diary_of, two_diaries
from tests.support.fakes import FakeMember

# -- both are told, and confirm


async def test_a_typed_code_shares_nothing_before_both_confirm(chats: LinkedChats) -> None:
    await two_diaries(chats)
    code = await chats.code(chats.telegram)
    await chats.matrix.says(f"/koppel {code}")
    question = chats.matrix.last.text
    assert (await chats.matrix.member()).id != (await chats.telegram.member()).id
    await chats.matrix.presses("Koppelen", chats.matrix.last)
    assert (await chats.matrix.member()).id != (await chats.telegram.member()).id
    assert "Op Telegram" not in await diary_of(chats.matrix)
    for shared in ("reflecties", "reeks", "teams", "Doe dit alleen als jij dat zelf bent"):
        assert shared in question and shared in chats.telegram.last.text
    await chats.telegram.presses("Koppelen")
    assert (await chats.matrix.member()).id == (await chats.telegram.member()).id
    assert "Op Telegram" in await diary_of(chats.matrix)


async def test_each_is_told_with_whom(chats: LinkedChats) -> None:
    chats.telegram.called, chats.matrix.called = "Sanne de Vries", "Joost"
    await two_diaries(chats)
    code = await chats.code(chats.telegram)
    await chats.matrix.says(f"/koppel {code}")
    assert "Sanne de Vries op Telegram, die meedoet sinds 23 nov 2026" in chats.matrix.last.text
    await chats.matrix.presses("Koppelen", chats.matrix.last)
    assert "Joost op Matrix (doet mee sinds 23 nov 2026)" in chats.telegram.last.text


async def test_somebody_without_a_name_is_called_so(chats: LinkedChats) -> None:
    code = await chats.code(chats.telegram)
    await chats.matrix.says(f"/koppel {code}")
    assert "iemand die geen naam heeft gegeven" in chats.matrix.last.text
    await chats.matrix.presses("Koppelen", chats.matrix.last)
    asked = chats.telegram.last.text
    assert "iemand die geen naam heeft gegeven op Matrix (is nieuw hier)" in asked


@pytest.mark.parametrize("who", ["joining", "owner"])
async def test_either_may_refuse_and_both_hear_it(chats: LinkedChats, who: str) -> None:
    await two_diaries(chats)
    await chats.matrix.says(f"/koppel {await chats.code(chats.telegram)}")
    if who == "joining":
        await chats.matrix.presses("Niet koppelen")
    else:
        await chats.matrix.presses("Koppelen", chats.matrix.last)
        await chats.telegram.presses("Niet koppelen")
    for chat in (chats.matrix, chats.telegram):
        assert "iets gekoppeld" in chat.last.text
    assert (await chats.matrix.member()).id != (await chats.telegram.member()).id


@pytest.mark.parametrize("confirmed", [False, True])
async def test_what_nobody_answers_expires_and_both_hear_it(
    chats: LinkedChats, confirmed: bool
) -> None:
    await two_diaries(chats)
    await chats.matrix.says(f"/koppel {await chats.code(chats.telegram)}")
    question = chats.matrix.last
    if confirmed:
        await chats.matrix.presses("Koppelen", question)
        question = chats.telegram.last
    chats.clock.passes(minutes=15)
    await chats.telegram.application.link_expiry.expire()
    await chats.telegram.application.outbox_sender.tick()
    for chat in (chats.matrix, chats.telegram):
        assert "niet op tijd bevestigd" in chat.last.text
    await (chats.telegram if confirmed else chats.matrix).presses("Koppelen", question)
    assert (await chats.matrix.member()).id != (await chats.telegram.member()).id


async def test_nobody_answers_for_another_chat(chats: LinkedChats) -> None:
    await chats.matrix.says(f"/koppel {await chats.code(chats.telegram)}")
    action = chats.matrix.last.action("Koppelen")
    await chats.telegram.taps(action)  # who made the code cannot confirm for the other
    await chats.matrix.presses("Koppelen", chats.matrix.last)
    await chats.matrix.taps(chats.telegram.last.action("Koppelen"))  # nor the other way round
    async with chats.telegram.application.database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(LinkRow)) == 0
        assert await session.scalar(select(LinkRequestRow.confirmed))


# -- roles do not travel


async def test_whoever_is_linked_to_a_lead_is_no_lead_in_their_own_chat(chats: LinkedChats) -> None:
    await chats.matrix.joins("ma-zo 10:30")
    async with chats.telegram.application.database.transaction() as session:
        team = await teams.create(session, "Griffie", "nl", "Europe/Amsterdam", chats.clock())
        for role, team_id in ((Role.LEAD, team.id), (Role.TRAINER, None)):
            await roles.grant(session, chats.telegram.address.pair, role, team_id, chats.clock())
        await teams.add_to_team(session, team.id, (await chats.telegram.member()).id, chats.clock())
    await chats.link()
    await chats.matrix.says("/team uitnodigen")
    assert "Je leidt Griffie in je andere chat" in chats.matrix.last.text
    await chats.matrix.taps(f"team:invite:{team.id}")
    assert "Je leidt Griffie in je andere chat" in chats.matrix.last.text
    await chats.matrix.says("/sets")
    assert "Sets zijn voor wie uitdagingen maakt" in chats.matrix.last.text
    await chats.matrix.says("/team verlaat")
    assert "Je leidt Griffie in je andere chat" in chats.matrix.last.text
    await chats.telegram.says("/team uitnodigen")
    assert "/start " in chats.telegram.messages[-2].text


async def test_a_team_is_handed_to_the_chat_it_knows_and_not_to_the_one_linked_to_it(
    chats: LinkedChats,
) -> None:
    application, clock = chats.telegram.application, chats.clock
    await chats.matrix.joins("ma-zo 10:30")
    lead = FakeMember(application, chats.telegram.fake_channel, clock, "telegram-9")
    await lead.joins()
    async with application.database.transaction() as session:
        team = await teams.create(session, "Griffie", "nl", "Europe/Amsterdam", clock())
        await roles.grant(session, lead.address.pair, Role.LEAD, team.id, clock())
        for member in (lead, chats.matrix):
            await teams.add_to_team(session, team.id, (await member.member()).id, clock())
    await chats.link()  # the older chat is the one on Telegram
    await lead.says("/team overdragen")
    await lead.presses("iemand zonder naam")
    await lead.presses("Nee, ik stop als leider")
    async with application.database.reading() as session:
        assert await roles.lead_addresses(session, team.id) == [chats.matrix.address.pair]
    assert "Je leidt nu Griffie" in chats.matrix.last.text
    await chats.telegram.presses("Maak los")
    await chats.telegram.says("/team overdragen")
    assert "Je leidt nu" not in "".join(sent.text for sent in chats.telegram.messages)


async def test_handing_over_takes_no_role_of_a_chat_that_was_linked(chats: LinkedChats) -> None:
    application, clock = chats.telegram.application, chats.clock
    await chats.matrix.joins("ma-zo 10:30")
    heir = FakeMember(application, chats.telegram.fake_channel, clock, "telegram-9")
    await heir.joins()
    leads = (chats.telegram, chats.matrix)
    async with application.database.transaction() as session:
        team = await teams.create(session, "Griffie", "nl", "Europe/Amsterdam", clock())
        for lead in leads:
            await roles.grant(session, lead.address.pair, Role.LEAD, team.id, clock())
        for member in (*leads, heir):
            await teams.add_to_team(session, team.id, (await member.member()).id, clock())
    await chats.link()
    await chats.telegram.says("/team overdragen")
    await chats.telegram.presses("iemand zonder naam")
    await chats.telegram.presses("Nee, ik stop als leider")
    async with application.database.reading() as session:
        expected = [chats.matrix.address.pair, heir.address.pair]
        assert await roles.lead_addresses(session, team.id) == expected


# -- undoing


async def test_neither_chat_can_unlink_the_other_for_a_week(chats: LinkedChats) -> None:
    await two_diaries(chats)
    await chats.link()
    for chat, channel in ((chats.telegram, "matrix"), (chats.matrix, "telegram")):
        await chat.says("/koppel")
        assert not [label for label in chat.last.labels if "loskoppelen" in label]
        await chat.taps(f"unlink:{channel}")
        assert "kan de ene chat de andere niet loskoppelen" in chat.last.text
    assert (await chats.matrix.member()).id == (await chats.telegram.member()).id


@pytest.mark.parametrize("who", ["telegram", "matrix"])
async def test_one_tap_gives_each_their_own_again(chats: LinkedChats, who: str) -> None:
    await two_diaries(chats)
    await chats.telegram.says("/pauze 24 dec - 3 jan")
    await chats.matrix.says("/pauze 24 dec - 3 jan")
    await chats.matrix.says("/pauze 30 nov - 4 dec")
    before = {chat: await chat.member() for chat in (chats.telegram, chats.matrix)}
    facts = {chat: [(nudge.id, nudge.extra) for nudge in await chat.nudges()] for chat in before}
    await chats.link()
    await getattr(chats, who).presses("Maak los")
    for chat, member in before.items():
        assert "De chats zijn weer los" in chat.last.text
        now = await chat.member()
        assert now.id == member.id
        assert (now.joined_at, now.rhythm, now.language) == (
            member.joined_at,
            member.rhythm,
            member.language,
        )
        assert now.next_nudge_at == member.next_nudge_at and now.left_at is None
        assert now.absences == member.absences
        assert [(nudge.id, nudge.extra) for nudge in await chat.nudges()] == facts[chat]
        assert await chat.streak() == "Je reeks: 1 ronde."
    mine, yours = await diary_of(chats.telegram), await diary_of(chats.matrix)
    assert "Op Telegram" in mine and "Op Matrix" not in mine
    assert "Op Matrix" in yours and "Op Telegram" not in yours


async def test_what_came_since_stays_with_the_chat_where_it_arrived(chats: LinkedChats) -> None:
    await two_diaries(chats)
    await chats.link()
    for where, chat in (("Matrix", chats.matrix), ("Telegram", chats.telegram)):
        await chats.matrix.says("/koppel")
        await chats.matrix.presses(where, chats.matrix.last)
        await chat.round("Gedaan", f"Later op {where}.")
    await chats.matrix.presses("Maak los")
    mine, yours = await diary_of(chats.telegram), await diary_of(chats.matrix)
    assert "Later op Telegram" in mine and "Later op Matrix" not in mine
    assert "Later op Matrix" in yours and "Later op Telegram" not in yours


async def test_teams_are_given_back_too(chats: LinkedChats) -> None:
    await two_diaries(chats)
    here, there = await chats.telegram.member(), await chats.matrix.member()
    async with chats.telegram.application.database.transaction() as session:
        for name, members in (("Ons", (here, there)), ("Jouw", (there,)), ("Weg", (there,))):
            team = await teams.create(session, name, "nl", "Europe/Amsterdam", chats.clock())
            for member in members:
                await teams.add_to_team(session, team.id, member.id, chats.clock())
    await chats.link()
    async with chats.telegram.application.database.transaction() as session:
        await teams.remove_from_team(session, team.id, here.id, chats.clock())  # since
    await chats.matrix.presses("Maak los")
    async with chats.telegram.application.database.reading() as session:
        names = [
            [team.name for team, _ in await teams.teams_of_member(session, member.id)]
            for member in (here, there)
        ]
    assert [sorted(found) for found in names] == [["Ons"], ["Jouw", "Ons"]]


async def test_what_one_shared_of_the_others_diary_is_private_again(chats: LinkedChats) -> None:
    await two_diaries(chats)
    there = await chats.matrix.member()
    async with chats.telegram.application.database.transaction() as session:
        team = await teams.create(session, "Ons", "nl", "Europe/Amsterdam", chats.clock())
        await teams.add_to_team(session, team.id, there.id, chats.clock())
        query = select(func.max(NudgeRow.id)).where(NudgeRow.member_id == there.id)
        nudge_id = await session.scalar(query)
    await chats.link()
    await chats.telegram.does(Pressed(f"share:{nudge_id}:team", None))
    async with chats.telegram.application.database.reading() as session:
        assert await session.get(ShareRow, nudge_id) is not None
    await chats.matrix.presses("Maak los")
    async with chats.telegram.application.database.reading() as session:
        assert await session.get(ShareRow, nudge_id) is None


async def test_a_chat_that_was_new_is_a_strangers_again(chats: LinkedChats) -> None:
    await chats.link()
    await chats.telegram.presses("Maak los")
    await chats.matrix.says("/reeks")
    assert "/start" in chats.matrix.last.text
    async with chats.telegram.application.database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(MemberRow)) == 1


async def test_who_blocks_the_bot_after_linking_gets_their_diary_back(chats: LinkedChats) -> None:
    await two_diaries(chats)
    await chats.link()
    await chats.matrix.does(Left())
    await chats.telegram.waits_for_nudge()
    assert "Lef:" in chats.telegram.last.text
    await chats.telegram.presses("Maak los")
    assert (await chats.matrix.member()).left_at is not None
    assert "Op Matrix" in await diary_of(chats.matrix)


async def test_after_a_week_it_holds(chats: LinkedChats) -> None:
    await two_diaries(chats)
    joined = (await chats.matrix.member()).id
    await chats.link()
    button = chats.telegram.last
    await chats.week_passes()
    await chats.telegram.presses("Maak los", button)
    assert (await chats.matrix.member()).id == (await chats.telegram.member()).id
    async with chats.telegram.application.database.reading() as session:
        assert await session.get(MemberRow, joined) is None
        assert await session.scalar(select(func.count()).select_from(LinkRow)) == 0
    store = chats.telegram.application.vault.store
    assert await store.member_key(joined) is not None  # what it sealed is theirs still
    await chats.telegram.says("/vergeetmij")
    await chats.telegram.presses("Ja, wis alles")
    assert await store.member_key(joined) is None


async def test_a_third_chat_waits_until_the_week_is_over(chats: LinkedChats) -> None:
    await chats.link()
    await chats.matrix.says("/koppel")
    assert "/koppel " not in chats.matrix.last.text.partition("Was dit")[0]
    third = FakeMember(chats.matrix.application, chats.matrix.fake_channel, chats.clock, "derde")
    await third.joins()
    await chats.telegram.says(f"/koppel {await chats.code(third)}")
    assert "deze week al gekoppeld" in chats.telegram.last.text
