"""Life on Telegram: joining, blocking and returning, names, roles, files, and what a chat shows."""

import asyncio
from datetime import timedelta

import pytest

from bot.app import Application
from bot.set_files.reader import MAX_BYTES
from bot.store.members import members, roles
from bot.store.schema.members import MemberRow
from bot.store.schema.teams import InvitationKind, Role
from bot.store.teams import invitations, teams
from tests.support.fakes import MONDAY, FixedClock
from tests.support.inbox import all_is_handled
from tests.support.telegram.bot_api import BotApiServer, Person

CHAT = "chat 7", ""


@pytest.fixture
async def sanne(server: BotApiServer, application: Application) -> Person:
    """Somebody who takes part on every day."""
    person = server.person(7, last_name="de Vries")
    person.types("/start")
    await person.presses("Nederlands", await person.receives("In welke taal")).answered()
    await person.receives("Wanneer")
    person.types("ma-zo 9:30")
    await person.receives("elke dag om 9:30")
    return person


async def _row(application: Application, address: str = "7") -> MemberRow:
    async with application.database.reading() as session:
        found = await members.find_member(session, "telegram", address)
    assert found is not None
    return found


async def _dealt_with(server: BotApiServer, application: Application) -> None:
    await all_is_handled(server, application.inboxes["telegram"])


# Invitations


async def test_one_tap_on_a_link_joins_a_team(
    server: BotApiServer, application: Application, clock: FixedClock
) -> None:
    async with application.database.transaction() as session:
        team = await teams.create(session, "Griffie", "nl", "Europe/Amsterdam", clock())
        code = await invitations.create_invitation(session, team.id, InvitationKind.TEAM, clock())
    joost = server.person(8, "Joost", "de")
    joost.types(f"/start {code}")  # as ?start= has Telegram say it
    await joost.receives("You are now part of Griffie")
    await joost.receives("Which language")
    async with application.database.reading() as session:
        assert [team.team.name for team in await teams.all_teams(session)] == ["Griffie"]
        assert len(await teams.members_of(session, team.id)) == 1


async def test_a_lead_gets_links_that_work(
    server: BotApiServer, application: Application, clock: FixedClock, sanne: Person
) -> None:
    async with application.database.transaction() as session:
        team = await teams.create(session, "Griffie", "nl", "Europe/Amsterdam", clock())
        await roles.grant(session, ("telegram", "7"), Role.LEAD, team.id, clock())
    sanne.types("/team uitnodigen")
    invitation = await sanne.receives("Kom erbij in Griffie")
    link = next(line for line in str(invitation.caption).splitlines() if "t.me" in line)
    assert invitation.photo is not None and link.startswith("https://t.me/test_bot?start=")
    joost = server.person(8, "Joost")
    joost.types(f"/start {link.rpartition('=')[2]}")
    await joost.receives("Je hoort nu bij Griffie")
    sanne.types("/team groep")
    told = await sanne.receives("Zo komt Griffie in een groep", timeout=8)
    assert "https://t.me/test_bot?startgroup=" in str(told.text)


# Coming, going, changing


async def test_blocked_means_silence_and_unblocked_nudges_come_again(
    server: BotApiServer, application: Application, sanne: Person, clock: FixedClock
) -> None:
    sanne.blocks()
    await _dealt_with(server, application)
    clock.goes_to(24, 11, 9, 30)
    assert await application.nudge_sender.tick() == 0
    sanne.unblocks()
    await _dealt_with(server, application)
    assert sanne.unread == []  # without a word
    clock.goes_to(25, 11, 9, 30)
    assert await application.nudge_sender.tick() == 1
    await sanne.receives("Lef:")


async def test_a_deleted_account_ends_in_silence(
    server: BotApiServer, application: Application, sanne: Person, clock: FixedClock
) -> None:
    sanne.is_deleted()
    clock.goes_to(24, 11, 9, 30)
    assert await application.nudge_sender.tick() == 1
    assert (await _row(application)).left_at == clock()
    clock.goes_to(25, 11, 9, 30)
    assert await application.nudge_sender.tick() == 0


async def test_a_changed_name_is_known(
    server: BotApiServer, application: Application, sanne: Person
) -> None:
    assert (await _row(application)).name == "Sanne de Vries"
    sanne.user["first_name"], sanne.user["last_name"] = "Sanne 🌱", "Jansen" * 20
    sanne.types("/help")
    await sanne.receives("/nu")
    name = str((await _row(application)).name)
    assert name.startswith("Sanne 🌱 Jansen") and len(name) == 60


# Menus


async def test_leads_and_trainers_see_their_commands(
    server: BotApiServer, application: Application, sanne: Person, clock: FixedClock
) -> None:
    await application.menu_updater.refresh()
    assert CHAT not in server.commands
    async with application.database.transaction() as session:
        await roles.grant(session, ("telegram", "7"), Role.TRAINER, None, clock())
    await application.menu_updater.refresh()
    assert server.commands[CHAT][0]["command"] == "sets"
    calls = len(server.calls_of("setMyCommands"))
    await application.menu_updater.refresh()
    assert len(server.calls_of("setMyCommands")) == calls  # only when it changed
    sanne.types("/taal en")
    await sanne.receives("English")
    await application.menu_updater.refresh()
    assert server.commands[CHAT][0]["description"] == "which sets there are"
    async with application.database.transaction() as session:
        await roles.revoke(session, ("telegram", "7"), Role.TRAINER, None, MONDAY)
    await application.menu_updater.refresh()
    assert CHAT not in server.commands


async def test_the_menu_of_a_role_goes_when_the_role_ends_by_itself(
    server: BotApiServer, application: Application, sanne: Person, clock: FixedClock
) -> None:
    end = clock() + timedelta(hours=8)
    async with application.database.transaction() as session:
        await roles.confirm(session, ("telegram", "7"), [Role.TRAINER], clock(), end)
    await application.menu_updater.refresh()
    assert server.commands[CHAT][0]["command"] == "sets"
    clock.passes(hours=7, minutes=59)
    await application.menu_updater.refresh()
    assert CHAT in server.commands
    clock.passes(minutes=1)
    await application.menu_updater.refresh()
    assert CHAT not in server.commands


async def test_a_role_before_they_take_part_is_shown_when_they_do(
    server: BotApiServer, application: Application, clock: FixedClock
) -> None:
    async with application.database.transaction() as session:
        await roles.grant(session, ("telegram", "8"), Role.TRAINER, None, clock())
    await application.menu_updater.refresh()
    assert server.calls_of("setMyCommands") == []
    server.person(8, "Joost").types("/start")
    await server.person(8).receives("In welke taal")
    server.fail_next("setMyCommands", retry_after=3)
    await application.menu_updater.refresh()
    assert ("chat 8", "") not in server.commands
    await application.menu_updater.refresh()
    assert server.commands["chat 8", ""]


async def test_a_menu_of_somebody_who_is_gone_is_asked_for_once(
    server: BotApiServer, application: Application, clock: FixedClock, sanne: Person
) -> None:
    async with application.database.transaction() as session:
        await roles.grant(session, ("telegram", "7"), Role.TRAINER, None, clock())
    server.fail_next("setMyCommands", status=400, description="Bad Request: chat not found")
    for _ in range(2):
        await application.menu_updater.refresh()
    assert len(server.calls_of("setMyCommands")) == 1


# What a chat shows besides messages


async def test_the_bot_marks_what_it_noted(
    server: BotApiServer, application: Application, sanne: Person, clock: FixedClock
) -> None:
    clock.goes_to(24, 11, 9, 30)
    await application.nudge_sender.tick()
    await sanne.receives("Lef:")
    await sanne.presses("Gedaan").answered()
    wrote = sanne.types("Er kwam meer achter vandaan.")
    await sanne.receives("Bewaard")
    await server.until(lambda: sanne.reactions.get(wrote.id) == ["✍"])
    server.fail_next("setMessageReaction", status=400, description="Bad Request: REACTION_INVALID")
    more = sanne.types("En nog iets.")
    await sanne.receives("erbij")
    assert sanne.reactions.get(more.id) is None


async def test_an_answer_that_takes_long_is_seen_coming(
    server: BotApiServer, sanne: Person, application: Application
) -> None:
    before = len(server.calls_of("sendChatAction"))
    sanne.types("/help")
    await sanne.receives("/nu")
    assert len(server.calls_of("sendChatAction")) == before  # it was there in a moment
    server.delay("sendMessage", 0.8)
    sanne.types("/help")
    await server.until(lambda: len(server.calls_of("sendChatAction")) > before)
    await sanne.receives("/nu")
    assert server.calls_of("sendChatAction")[-1]["action"] == "typing"
    server.delay("sendMessage", 0)
    await asyncio.sleep(0.6)
    assert len(server.calls_of("sendChatAction")) == before + 1


async def test_a_dead_button_goes_and_its_words_stay(
    server: BotApiServer, application: Application, sanne: Person, clock: FixedClock
) -> None:
    clock.goes_to(24, 11, 9, 30)
    await application.nudge_sender.tick()
    nudge = await sanne.receives("Lef:")
    clock.passes(hours=49)  # what is newer goes with them
    sanne.types("/vergeetmij")
    await sanne.presses("Ja, wis alles", await sanne.receives("zeker")).answered()
    sanne.types("/start")
    await sanne.receives("In welke taal")
    press = sanne.presses("Gedaan", nudge)  # of whom nobody knows anything any more
    assert "werkt niet meer" in str(await press.answered())
    bare = await sanne.sees_edit(nudge, buttons=[])
    assert bare.text == nudge.text


# Files


async def test_a_file_from_somebody_without_the_role_gets_a_kind_no(
    server: BotApiServer, application: Application, sanne: Person, clock: FixedClock
) -> None:
    sanne.sends_document("set.yaml", b"set: x")
    await sanne.receives("Fijn dat je iets stuurt")
    assert server.calls_of("getFile") == []
    clock.goes_to(24, 11, 9, 30)
    await application.nudge_sender.tick()
    await sanne.presses("Gedaan", await sanne.receives("Lef:")).answered()
    await sanne.receives("?")
    sanne.sends_document("foto.zip", b"PK")
    assert "Typ je antwoord in woorden" in (await sanne.receives("Fijn dat")).words
    joost = server.person(9, "Joost")
    joost.sends_document("set.yaml", b"set: x")
    await joost.receives("Ik ken je niet")


@pytest.mark.parametrize(
    ("file", "told"),
    [
        (("foto.jpg", b"x"), "eindigt op .yaml, .xlsx, .ods of .csv"),
        (("groot.yaml", b"x" * (MAX_BYTES + 1)), "groter dan 1 MiB"),
    ],
)
async def test_a_trainers_file_that_cannot_be_a_set(
    server: BotApiServer,
    application: Application,
    sanne: Person,
    clock: FixedClock,
    file: tuple[str, bytes],
    told: str,
) -> None:
    await _trains(application, clock)
    sanne.sends_document(*file)
    await sanne.receives(told)
    assert server.calls_of("getFile") == []


async def test_a_download_that_breaks_is_told(
    server: BotApiServer, application: Application, sanne: Person, clock: FixedClock
) -> None:
    await _trains(application, clock)
    server.fail_next("getFile", status=400, description="Bad Request: file is too big")
    sanne.sends_document("set.yaml", b"set: x")
    await sanne.receives("kwam niet goed bij mij aan")


async def _trains(application: Application, clock: FixedClock) -> None:
    async with application.database.transaction() as session:
        await roles.grant(session, ("telegram", "7"), Role.TRAINER, None, clock())
