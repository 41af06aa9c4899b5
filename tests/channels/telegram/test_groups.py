"""Groups on Telegram: two lines when it comes in, and then only when it is spoken to."""

import asyncio
from typing import Any

import pytest

from bot.app import Application
from bot.channels.telegram.api.client import Login
from bot.channels.telegram.channel import Telegram
from bot.channels.telegram.groups import ChatTopic
from bot.messages import Address, Incoming, Outgoing, Typed
from bot.store.members import roles
from bot.store.schema.teams import InvitationKind, Role
from bot.store.teams import invitations, teams
from tests.channels.telegram.updates import TOKEN
from tests.support.fakes import MONDAY, FixedClock
from tests.support.inbox import all_is_handled
from tests.support.telegram.bot_api import BotApiServer, Person
from tests.support.telegram.group import ANONYMOUS_ADMIN, CHANNEL_BOT, Group
from tests.support.telegram.pace import UNLIMITED

SANNE = {"id": 7, "is_bot": False, "first_name": "Sanne", "language_code": "nl"}
OTHER_BOT = {"id": 55, "is_bot": True, "first_name": "Bot", "username": "other_bot"}


@pytest.fixture
def group(server: BotApiServer, application: Application) -> Group:
    """A group that the bot is in."""
    return server.group()


async def _is_silent(server: BotApiServer, group: Group, application: Application) -> None:
    await all_is_handled(server, application.inboxes["telegram"])
    await asyncio.sleep(0.2)
    assert group.unread == []


async def test_it_says_in_two_lines_what_it_does_and_never_does(group: Group) -> None:
    group.adds(SANNE)
    said = await group.receives("ik ben Olievlek")
    assert len(said.words.split("\n\n")) == 2 and "nooit" in said.words


@pytest.mark.parametrize("words", ["/help", "/start@test_bot", "@test_bot hallo", "hé @test_bot!"])
async def test_it_answers_when_it_is_meant(group: Group, words: str) -> None:
    group.hears(words, SANNE)
    assert (await group.receives()).words


async def test_a_mere_reply_to_it_is_small_talk(
    server: BotApiServer, group: Group, application: Application
) -> None:
    group.adds(SANNE)
    said = await group.receives("ik ben Olievlek")
    group.hears("Leuk!", SANNE, reply_to=said)
    await _is_silent(server, group, application)


async def _connects(group: Group, sanne: Person) -> None:
    """Their lead is asked, and agrees."""
    await group.receives("vraag eerst privé", timeout=8)
    await sanne.receives("Verbind je Griffie")
    sanne.presses("Verbind")
    await group.receives("hoort nu bij Griffie", timeout=8)


async def test_put_out_while_it_might_not_speak_is_noticed(
    server: BotApiServer, group: Group, application: Application, code: str, sanne: Person
) -> None:
    group.hears(f"/start {code}", SANNE)
    await _connects(group, sanne)
    group.mutes(SANNE)
    await sanne.receives("mag ik niets meer zeggen")
    group.removes(SANNE, restricted=True)
    await sanne.receives("uit de groep van Griffie gehaald")
    assert await _team_there(application, -1001) is None


@pytest.mark.parametrize(
    ("words", "by", "more"),
    [
        ("zomaar iets", SANNE, {}),
        ("/help@other_bot", SANNE, {}),
        ("/onbekend", SANNE, {}),
        ("@iemand hallo", SANNE, {}),
        ("/help", OTHER_BOT, {}),
        (
            "@test_bot nieuws",
            CHANNEL_BOT,
            {
                "sender_chat": {"id": -1005, "type": "channel", "title": "Nieuws"},
                "is_automatic_forward": True,
            },
        ),
    ],
)
async def test_else_it_is_silent(
    server: BotApiServer,
    group: Group,
    application: Application,
    words: str,
    by: dict[str, Any],
    more: dict[str, Any],
) -> None:
    group.hears(words, by, **more)
    await _is_silent(server, group, application)


@pytest.mark.parametrize(
    ("by", "kind"), [(ANONYMOUS_ADMIN, "supergroup"), (CHANNEL_BOT, "channel")]
)
async def test_who_writes_in_the_name_of_a_chat_is_answered_too(
    group: Group, by: dict[str, Any], kind: str
) -> None:
    group.hears("/help", by, sender_chat={"id": -1001, "type": kind, "title": "De wijk"})
    await group.receives("ik ben Olievlek")


async def test_nothing_personal_is_said_or_kept_there(
    server: BotApiServer, group: Group, application: Application
) -> None:
    group.hears("/reeks@test_bot", SANNE)
    assert "reeks" not in (await group.receives("privéchat")).words
    assert server.calls_of("sendMessage")[-1]["chat_id"] in (-1001, "-1001")


async def test_the_answer_comes_in_the_same_topic(
    server: BotApiServer, application: Application
) -> None:
    forum = server.group(-1002, "Forum", forum=True)
    forum.hears("/help", SANNE, message_thread_id=42, is_topic_message=True)
    await forum.receives("ik ben Olievlek")
    assert int(server.calls_of("sendMessage")[-1]["message_thread_id"]) == 42


async def test_put_out_it_is_silent(
    server: BotApiServer, group: Group, application: Application
) -> None:
    group.removes(SANNE)
    await _is_silent(server, group, application)


@pytest.mark.parametrize("address", ["7", "-1001", "-1001/42"])
def test_a_place_has_one_address(address: str) -> None:
    assert ChatTopic.of(address).address == address


async def test_a_long_text_stays_in_its_topic(server: BotApiServer, clock: FixedClock) -> None:
    server.group(-1003, forum=True)
    channel = Telegram(Login(server.url, TOKEN), clock, UNLIMITED)
    await channel.send("-1003/9", Outgoing("woord " * 900), "long")
    await channel.close()
    calls = server.calls_of("sendMessage")
    assert [int(call["message_thread_id"]) for call in calls] == [9, 9]


# A group that belongs to a team


@pytest.fixture
async def code(application: Application, clock: FixedClock, sanne: Person) -> str:
    """A code with which a group becomes the Griffie's; its lead is Sanne."""
    async with application.database.transaction() as session:
        team = await teams.create(session, "Griffie", "nl", "Europe/Amsterdam", clock())
        await roles.grant(session, ("telegram", "7"), Role.LEAD, team.id, clock())
        return await invitations.create_invitation(session, team.id, InvitationKind.GROUP, clock())


@pytest.fixture
async def sanne(server: BotApiServer, application: Application) -> Person:
    """The lead, who takes part."""
    person = server.person(7)
    person.types("/start")
    await person.receives("In welke taal")
    return person


async def _team_there(application: Application, address: int) -> str | None:
    async with application.database.reading() as session:
        found = await teams.team_of_chat(session, "telegram", str(address))
    return None if found is None else found.name


async def test_a_link_connects_a_group(
    group: Group, application: Application, code: str, sanne: Person
) -> None:
    group.adds(SANNE)
    await group.receives("ik ben Olievlek")
    group.hears(f"/start@test_bot {code}", SANNE)  # as ?startgroup= has Telegram say it
    await _connects(group, sanne)
    assert await _team_there(application, -1001) == "Griffie"
    group.hears("/team", SANNE)
    await group.receives("Griffie\nHier groeit straks jullie druppel", timeout=8)
    group.hears(f"/start {code}", SANNE)
    await group.receives("zo vaak gebruikt als mag", timeout=8)


async def test_codes_that_do_not_fit_say_so_kindly(
    group: Group, application: Application, code: str, clock: FixedClock, sanne: Person
) -> None:
    group.hears("/start NIETGOED23", SANNE)
    await group.receives("ken ik niet")
    sanne.types(f"/start {code}")
    await sanne.receives("is voor een groep")
    async with application.database.transaction() as session:
        team = await teams.find_team(session, "Griffie")
        assert team is not None
        for_people = await invitations.create_invitation(
            session, team.id, InvitationKind.TEAM, clock()
        )
    group.hears(f"/start {for_people}", SANNE)
    await group.receives("voor mensen, niet voor een groep", timeout=8)
    clock.passes(days=2)
    group.hears(f"/start {code}", SANNE)
    await group.receives("is verlopen", timeout=8)
    assert await _team_there(application, -1001) is None


async def test_a_group_of_another_team_stays_theirs(
    group: Group, application: Application, code: str, clock: FixedClock
) -> None:
    async with application.database.transaction() as session:
        other = await teams.create(session, "Wijkteam", "nl", "Europe/Amsterdam", clock())
        await teams.connect_group_chat(session, other.id, "telegram", "-1001", "-1001", MONDAY)
    group.hears(f"/start {code}", SANNE)
    await group.receives("hoort al bij Wijkteam")
    assert await _team_there(application, -1001) == "Wijkteam"


async def test_a_group_without_a_team_says_how_to_connect_it(
    group: Group, application: Application
) -> None:
    group.hears("/team", SANNE)
    await group.receives("hoort nog bij geen team")


async def test_a_group_that_becomes_a_supergroup_stays_the_teams(
    server: BotApiServer, group: Group, application: Application, code: str, sanne: Person
) -> None:
    group.hears(f"/start {code}", SANNE)
    await _connects(group, sanne)
    group.moves(-100777, SANNE)
    group.hears("/team", SANNE)
    await group.receives("Griffie\n", timeout=8)
    assert await _team_there(application, -100777) == "Griffie"
    assert await _team_there(application, -1001) is None


async def test_a_move_that_only_a_send_finds_out_is_followed_too(
    server: BotApiServer,
    group: Group,
    application: Application,
    code: str,
    sanne: Person,
    clock: FixedClock,
) -> None:
    group.hears(f"/start {code}", SANNE)
    await _connects(group, sanne)
    await all_is_handled(server, *application.inboxes.values())
    server.move(-1001, -100888)
    where = Address("telegram", "-1001")
    await application.replies.handle(
        Incoming("k", Address("telegram", "7"), clock(), Typed("/team", "1"), "nl", group=where)
    )
    await group.receives("Griffie\n", timeout=8)
    assert await _team_there(application, -100888) == "Griffie"


async def test_a_team_in_a_topic_keeps_its_topic_when_the_group_moves(
    server: BotApiServer, application: Application, code: str, sanne: Person
) -> None:
    forum = server.group(-1002, "Forum", forum=True)
    forum.hears(f"/start {code}", SANNE, message_thread_id=42, is_topic_message=True)
    await _connects(forum, sanne)
    forum.moves(-100999, SANNE)
    await all_is_handled(server, application.inboxes["telegram"])
    async with application.database.reading() as session:
        team = await teams.find_team(session, "Griffie")
        assert team is not None
        [chat] = await teams.group_chats_of(session, team.id)
    assert (chat.address, chat.posting_address) == ("-100999", "-100999/42")


async def test_put_out_its_leads_are_told_and_nothing_goes_there(
    server: BotApiServer, group: Group, application: Application, code: str, sanne: Person
) -> None:
    group.hears(f"/start {code}", SANNE)
    await _connects(group, sanne)
    group.removes(SANNE)
    await sanne.receives("uit de groep van Griffie gehaald")
    assert await _team_there(application, -1001) is None


async def test_without_the_right_to_speak_its_leads_are_told(
    server: BotApiServer, group: Group, application: Application, code: str, sanne: Person
) -> None:
    group.hears(f"/start {code}", SANNE)
    await _connects(group, sanne)
    group.mutes(SANNE)
    await sanne.receives("mag ik niets meer zeggen")
    group.hears("/team", SANNE)
    await all_is_handled(server, application.inboxes["telegram"])
    assert await _team_there(application, -1001) == "Griffie"
    group.unmutes(SANNE)
    group.hears("/team", SANNE)
    await group.receives("Griffie\n", timeout=8)


async def test_where_the_bot_may_not_speak_without_a_team_nobody_is_told(
    server: BotApiServer, group: Group, application: Application, sanne: Person
) -> None:
    group.mutes(SANNE)
    group.removes(SANNE)
    await all_is_handled(server, application.inboxes["telegram"])
    assert sanne.unread == [] and group.unread == []
