"""The diary in a browser."""

import pytest

from bot.app import Application
from bot.store.db.engine import Database
from bot.store.members.reflections import Diary
from bot.store.members.vault import Vault
from tests.conversation.test_reflections import belongs, shared, written
from tests.support.fakes import FakeChannel, FakeMember, FixedClock
from tests.web.conftest import Browser


async def id_of(someone: FakeMember, database: Database, vault: Vault, nth: int = 0) -> int:
    """The id of what they wrote, the oldest first."""
    row = await someone.member()
    async with database.reading() as session:
        return (await Diary(session, vault, row.id).since(row.joined_at))[nth].id


@pytest.fixture
async def entry(signed_in: Browser, member: FakeMember, database: Database, vault: Vault) -> str:
    """The path of something that the member wrote, which is open."""
    await member.round("Gedaan", "De kapper weet alles")
    path = f"diary/{await id_of(member, database, vault)}"
    await signed_in.signs_in(member)
    await signed_in.opens(path)
    return path


async def test_the_newest_is_first_with_its_challenge(
    signed_in: Browser, member: FakeMember
) -> None:
    first = await member.round("Gedaan", "De kapper weet <alles> & meer")
    await member.round("Geprobeerd", "Het lukte half")
    await signed_in.signs_in(member)
    told = await signed_in.opens("diary")
    assert told.index("Het lukte half") < told.index("De kapper weet <alles> & meer")
    assert "&lt;alles&gt;" in signed_in.html
    assert first.text[:30] in told and "Alleen jij ziet dit." in told


async def test_nothing_was_written_yet(signed_in: Browser) -> None:
    assert "Je hebt nog niets opgeschreven." in await signed_in.opens("diary")


async def test_twenty_are_on_a_page(signed_in: Browser, member: FakeMember) -> None:
    await member.round("Gedaan", "Stuk 0 Zeilboot")
    for number in range(1, 25):
        await member.says(f"Stuk {number} Zeilboot")
    await signed_in.signs_in(member)
    assert "Bladzijde 1 van 2." in await signed_in.opens("diary")
    assert signed_in.html.count("<article") == 20
    assert "Stuk 24 " in signed_in.text and "Stuk 4 " not in signed_in.text
    assert "Stuk 4 " in await signed_in.opens("diary?page=2")
    assert signed_in.html.count("<article") == 5
    for odd in ("0", "-1", "x", "9" * 50, "٣", ""):
        await signed_in.opens(f"diary?page={odd}")
        assert signed_in.html.count("<article") in (5, 20)
    told = await signed_in.posts("diary", words="zeilboot", page="2")
    assert "25 stukken gevonden." in told and "Bladzijde 2 van 2." in told


@pytest.mark.parametrize(
    ("words", "found"),
    [("KAPPER", 1), ("privé", 1), ("prive wethouder", 1), ("slager", 0), ("%", 0), ("kapper ", 1)],
)
async def test_searching_minds_no_case_or_accents(
    signed_in: Browser, member: FakeMember, words: str, found: int
) -> None:
    await member.round("Gedaan", "De kapper")
    await member.round("Gedaan", "Privé sprak de Wéthouder")
    await signed_in.signs_in(member)
    await signed_in.opens("diary")
    await signed_in.posts("diary", words=words)
    assert signed_in.html.count("<article") == found
    assert signed_in.page is not None and not signed_in.page.url.query


async def test_an_edit_is_read_in_the_chat(
    signed_in: Browser, member: FakeMember, entry: str
) -> None:
    assert "aangepast" in await signed_in.posts(entry, what="edit", words="De slager\r\nook")
    assert "De slager\nook" in signed_in.html and "kapper" not in signed_in.html
    assert "“De slager\nook”" in await written(member)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"what": "edit", "words": ""}, "Schrijf iets"),
        ({"what": "edit", "words": "x" * 20_001}, "20000"),
        ({"what": "share", "with": "everybody", "team": "1"}, "met of zonder naam"),
        ({"what": "share"}, "met of zonder naam"),
        ({"what": "erase"}, "Er is niets gewist"),
    ],
)
async def test_what_is_wrong_changes_nothing(
    signed_in: Browser, member: FakeMember, entry: str, fields: dict[str, str], said: str
) -> None:
    assert said in await signed_in.posts(entry, 422, **fields)
    assert "“De kapper weet alles”" in await written(member)
    assert await shared(member) == []


async def test_it_is_shared_and_taken_back(
    signed_in: Browser, member: FakeMember, entry: str
) -> None:
    assert "nog niet in een team" in signed_in.text
    await belongs(member, "Griffie", "Beleid")
    await signed_in.opens(entry)
    second = signed_in.html.split('<option value="')[2].split('"')[0]
    fields = {"what": "share", "with": "team", "team": second}
    assert "Beleid mag dit lezen, met je naam erbij." in await signed_in.posts(entry, 200, **fields)
    assert await shared(member) == [("Beleid", True)]
    fields = {"what": "share", "with": "team_nameless", "team": second}
    assert "zonder je naam" in await signed_in.posts(entry, 200, **fields)
    assert await shared(member) == [("Beleid", False)]
    fields = {"what": "share", "with": "nobody"}
    assert "Alleen jij ziet dit." in await signed_in.posts(entry, 200, **fields)
    assert await shared(member) == []


async def test_the_offer_in_the_chat_is_settled(
    signed_in: Browser, member: FakeMember, database: Database, vault: Vault
) -> None:
    await belongs(member, "Griffie")
    await member.round("Gedaan", "De kapper weet alles")
    thanks = member.last
    assert "Deel met je team" in thanks.labels
    await signed_in.signs_in(member)
    path = f"diary/{await id_of(member, database, vault)}"
    await signed_in.opens(path)
    team = signed_in.html.split('name="team" value="')[1].split('"')[0]
    await signed_in.posts(path, 200, **{"what": "share", "with": "team", "team": team})
    assert thanks.labels == []
    assert "Bewaard bij" in thanks.text


@pytest.mark.parametrize("team", ["", "x", "0", "-1", "999", "9" * 40])
async def test_it_is_shared_only_with_a_team_of_their_own(
    signed_in: Browser, member: FakeMember, entry: str, team: str
) -> None:
    await belongs(member, "Griffie", "Beleid")
    await signed_in.posts(entry, 404, **{"what": "share", "with": "team", "team": team})
    assert await shared(member) == []


async def test_what_is_erased_is_gone(signed_in: Browser, member: FakeMember, entry: str) -> None:
    assert "Je reflectie is gewist." in await signed_in.posts(entry, what="erase", sure="yes")
    assert "niets opgeschreven" in await written(member)
    await signed_in.opens(entry, 404)


async def test_what_somebody_else_wrote_is_not_here(
    signed_in: Browser,
    member: FakeMember,
    application: Application,
    fake_channel: FakeChannel,
    clock: FixedClock,
) -> None:
    joost = FakeMember(application, fake_channel, clock, "joost")
    await joost.joins()
    await joost.round("Gedaan", "Van Joost")
    number = await id_of(joost, application.database, application.vault)
    await signed_in.signs_in(member)
    assert "Van Joost" not in await signed_in.opens("diary")
    await signed_in.posts("diary", words="joost")
    assert "Van Joost" not in signed_in.text
    for path in (f"diary/{number}", "diary/0", f"diary/{'9' * 30}", f"diary/{2**31}", "diary/x"):
        await signed_in.opens(path, 404)
    await signed_in.opens("diary")
    for what in ("edit", "share", "erase"):
        fields = {"what": what, "words": "Anders", "with": "nobody", "sure": "yes"}
        await signed_in.posts(f"diary/{number}", 404, **fields)
        await signed_in.opens("diary")
    assert "“Van Joost”" in await written(joost)


async def test_the_chat_opens_the_diary(browser: Browser, member: FakeMember) -> None:
    await member.round("Gedaan", "De kapper weet alles")
    await member.says("/terugblik")
    await member.presses("Open in je browser")
    assert "?to=diary" in member.last.text


async def test_what_cannot_be_opened_any_more_is_told_and_can_be_erased(
    signed_in: Browser, member: FakeMember, database: Database, vault: Vault, entry: str
) -> None:
    await vault.shred((await member.member()).id)
    told = "kan ik niet meer openen, want de sleutel is zoek"
    assert told in await signed_in.opens("diary") and "De kapper" not in signed_in.text
    assert "Geen" not in await signed_in.posts("diary", words="kapper")
    assert told in await signed_in.opens(entry) and 'name="words"' not in signed_in.html
    await signed_in.posts(entry, what="erase", sure="yes")
    assert "Je hebt nog niets opgeschreven." in await signed_in.opens("diary")
