"""Stories of teams, on every channel: joining, the board, leading, sharing, and the group chat."""

import pytest

from tests.contract.chat import ON_MATRIX, Chat, everywhere
from tests.contract.client import GroupClient, gone_there, offered, seen_there

WITH_GROUPS = ("telegram", ON_MATRIX)
where_groups_are = pytest.mark.parametrize("chat", WITH_GROUPS, indirect=True)


@everywhere
async def test_a_code_brings_somebody_into_a_team(chat: Chat) -> None:
    code = await chat.team("Griffie")
    await chat.joins()
    await chat.client.says(f"/start {code}")
    await chat.client.receives("Je hoort nu bij Griffie")
    await chat.client.says(f"/start {code}")
    await chat.client.receives("Je hoort al bij Griffie")
    await chat.client.says("/start K7QF2MPXAB")
    await chat.client.receives("ken ik niet")


@everywhere
async def test_the_board_in_words_and_as_a_picture(chat: Chat) -> None:
    code = await chat.team("Griffie")
    await chat.joins()
    await chat.client.says(f"/start {code}")
    await chat.client.receives("Je hoort nu")
    await chat.client.says("/team")
    await chat.client.receives("na een week met minstens 5 mensen")
    await chat.client.chooses("Bord")
    await chat.client.receives("na een week met minstens 5 mensen")
    assert (await chat.client.picture()).startswith(b"\x89PNG")


@everywhere
async def test_invisible_and_then_away(chat: Chat) -> None:
    code = await chat.team("Griffie")
    await chat.joins()
    await chat.client.says(f"/start {code}")
    await chat.client.receives("Je hoort nu")
    await chat.client.says("/team verberg")
    await chat.client.receives("Griffie ziet je niet meer")
    await chat.client.says("/team toon")
    await chat.client.receives("telt weer mee")
    await chat.client.says("/team verlaat")
    await chat.client.receives("Wil je weg bij Griffie?")
    await chat.client.chooses("Ja, ik ga weg")
    await chat.client.sees("Je bent weg uit Griffie")
    await chat.client.says("/team")
    await chat.client.receives("nog niet in een team")


@everywhere
async def test_a_lead_invites_renames_and_plans(chat: Chat) -> None:
    await chat.joins()
    await chat.team("Griffie", led=True)
    await chat.client.says("/team uitnodigen")
    await chat.client.receives("Kom erbij in Griffie")
    await chat.client.chooses("Uitnodigingen intrekken")
    await chat.client.sees("geen enkele uitnodiging van Griffie werkt nog")
    await chat.client.says("/team naam Griffie Zuid")
    await chat.client.receives("Het team heet nu Griffie Zuid")
    await chat.client.says("/team digest do 16:00")
    await chat.client.receives("elke donderdag om 16:00")


@everywhere
async def test_a_lead_sees_who_is_there_and_takes_somebody_out(chat: Chat) -> None:
    await chat.joins()
    code = await chat.team("Griffie", led=True)
    await chat.client.says(f"/start {code}")
    await chat.client.receives("Je hoort nu")
    await chat.others_join("Griffie", 2)
    await chat.client.says("/team leden")
    await chat.client.receives("3 mensen")
    await chat.client.chooses("Lid 2 uit het team")
    await chat.client.receives("Lid 2 uit Griffie halen?")
    await chat.client.chooses("Ja, haal Lid 2 eruit")
    await chat.client.sees("Lid 2 zit niet meer in Griffie")


@everywhere
async def test_a_lead_hands_over(chat: Chat) -> None:
    await chat.joins()
    code = await chat.team("Griffie", led=True)
    await chat.client.says(f"/start {code}")
    await chat.client.receives("Je hoort nu")
    await chat.others_join("Griffie", 1)
    await chat.client.says("/team verlaat")
    await chat.client.receives("de enige die Griffie leidt")
    await chat.client.says("/team overdragen")
    await chat.client.receives("Wie gaat Griffie leiden?")
    await chat.client.chooses("Lid 1")
    await chat.client.sees("Blijf je zelf ook leider?")
    await chat.client.chooses("Nee, ik stop als leider")
    await chat.client.sees("Lid 1 leidt nu Griffie")
    await chat.client.says("/team leden")
    await chat.client.receives("Dat kan alleen iemand die Griffie leidt")


@everywhere
async def test_sharing_with_one_of_two_teams_and_taking_it_back(chat: Chat) -> None:
    codes = [await chat.team(name) for name in ("Griffie", "Wijkteam")]
    await chat.joins()
    for code in codes:
        await chat.client.says(f"/start {code}")
        await chat.client.receives("Je hoort nu")
    await chat.nudge()
    await chat.client.chooses("Gedaan")
    await chat.client.receives("gedaan is gedaan")
    await chat.client.says("De bakker wist meer dan wij.")
    await chat.client.receives("Alleen jij ziet dit")
    await chat.client.chooses("Deel met je team")
    await chat.client.sees("Met je naam erbij of zonder?")
    await chat.client.chooses("Deel zonder naam")
    await chat.client.sees("Met welk team")
    await chat.client.chooses("Wijkteam")
    await chat.client.sees("Wijkteam mag dit lezen, zonder je naam")
    await chat.client.chooses("Terugnemen")
    await chat.client.sees("Alleen jij ziet dit")


async def _with_group(chat: Chat) -> GroupClient:
    """A lead whose team has a group chat, and four others."""
    client = chat.client
    assert isinstance(client, GroupClient)
    await chat.joins()
    code = await chat.team("Griffie", led=True)
    await client.says(f"/start {code}")
    await client.receives("Je hoort nu")
    await client.says("/team groep")
    told = await client.receives("Zo komt Griffie in een groep")
    for_group = told.partition("start ")[2].partition(".")[0]
    await client.makes_group()
    await seen_there(client, "ik ben Olievlek")
    await client.says_there(f"/start {for_group}")
    await client.receives("Verbind je Griffie")
    await client.chooses("Verbind")
    await seen_there(client, "hoort nu bij Griffie")
    return client


@where_groups_are
async def test_the_digest_comes_to_the_group_and_a_story_goes_when_it_is_taken_back(
    chat: Chat,
) -> None:
    client = await _with_group(chat)
    await chat.others_do("Griffie", 4)
    await chat.nudge()
    await client.chooses("Gedaan")
    await client.receives("gedaan is gedaan")
    await client.says("De bakker wist meer dan wij.")
    await client.receives("Alleen jij ziet dit")
    await client.chooses("Deel met je team")
    await client.sees("Delen met Griffie")
    await client.chooses("Deel met naam")
    await client.sees("mag dit lezen, met je naam erbij")
    await offered(client, "Terugnemen")  # or it is out of date before it arrives
    chat.clock.goes_to(27, 11, 15, 30)
    assert await chat.application.digest_sender.tick() == 1
    await seen_there(client, "De bakker wist meer dan wij.")
    assert "Hier groeit straks jullie druppel" in client.reads_there()
    assert await chat.application.digest_sender.tick() == 0
    await client.chooses("Terugnemen")
    await client.sees("Alleen jij ziet dit")
    assert await chat.application.digest_sender.tick() == 1
    await gone_there(client, "De bakker")
    assert "Voor bij de koffie op maandag" in client.reads_there()


@where_groups_are
async def test_a_group_that_is_gone_is_told_to_the_lead(chat: Chat) -> None:
    client = await _with_group(chat)
    await client.says_there("/team")
    await seen_there(client, "Griffie\n")
    await client.puts_bot_out()
    await client.receives("Ik ben uit de groep van Griffie gehaald")
    await chat.others_do("Griffie", 4)
    chat.clock.goes_to(27, 11, 15, 30)
    assert await chat.application.digest_sender.tick() == 0
