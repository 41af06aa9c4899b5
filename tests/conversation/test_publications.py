"""A trainer sends a set: faults, preview, for whom, from when, live, and back."""

import pytest

from bot.app import Application
from bot.messages import Attached, FileUnavailable, Pressed
from bot.set_files import template
from bot.store.challenges import publications
from bot.store.members import roles
from bot.store.schema.teams import Role
from tests.conversation.teams import Team
from tests.conversation.trainer import Trainer, become
from tests.support.fakes import FakeChannel, FakeMember, FixedClock
from tests.unit.set_files.examples import made
from tests.unit.set_files.spreadsheets import as_csv, rows_of


@pytest.fixture
async def trainer(member: FakeMember) -> Trainer:
    """A member who trains."""
    return await become(member)


async def test_from_file_to_live_in_three_taps(trainer: Trainer) -> None:
    seen = await trainer.sends(made("nieuw", "een", "twee", "drie"))
    assert "Nieuw (nieuw) is een nieuwe set.\n• 3 nieuw: een, twee, drie" in seen.text
    assert "— een —\nStel een vraag: een." in seen.text and "Wat hoorde je daar?" in seen.text
    assert "Voor iedereen, vanaf nu" in seen.text
    await trainer.someone.presses("Laat er nog twee zien")
    assert "— drie —" in seen.text and "— twee —" not in seen.text
    await trainer.someone.presses("Publiceer")
    assert "Versie 1 van nieuw staat klaar voor iedereen, vanaf nu" in seen.text
    assert seen.labels == []


async def test_the_same_file_again_changes_nothing_and_says_so(trainer: Trainer) -> None:
    await trainer.sends(made("nieuw", "een"))
    await trainer.someone.presses("Publiceer")
    again = await trainer.sends(made("nieuw", "een"))
    assert again.text == (
        "Dit is precies versie 1 van nieuw, en die staat al live. Er verandert niets."
    )
    assert again.labels == []


async def test_a_next_version_tells_what_changes(trainer: Trainer) -> None:
    await trainer.sends(made("nieuw", *(f"c{n}" for n in range(9))))
    await trainer.someone.presses("Publiceer")
    seen = await trainer.sends(made("nieuw", "c0", "c1", "nog-een", says="Vraag eens iets"))
    assert "vergeleken met versie 1:\n• 1 nieuw: nog-een\n• 2 anders: c0, c1" in seen.text
    assert "• 7 vervallen: c2, c3, c4, c5, c6 en nog 2" in seen.text


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("mijn set.csv", as_csv(rows_of()).encode("cp1252")),
        ("mijn set.csv", as_csv(rows_of()).encode("mac_roman")),
        ("mijn set.ods", template.as_ods()),
        ("mijn set.xlsx", template.as_xlsx()),
    ],
    ids=["Windows", "Mac", "OpenDocument", "Excel"],  # the content has a time in it
)
async def test_a_spreadsheet_is_read_too(trainer: Trainer, name: str, content: bytes) -> None:
    seen = await trainer.sends(content, name)
    assert f"({template.example().set}) is een nieuwe set" in seen.text


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (
            "set.csv",
            "id;minutes\nCAFÉ;1".encode("cp1252"),
            "set.csv:2: file: hier kan “CAFÉ” staan",
        ),
        ("set.numbers", b"PK", "kies Archief, Exporteer naar, Excel"),
        ("set.fods", b"<?xml?>", "bewaar het als .ods"),
        ("set.xls", b"\xd0\xcf\x11\xe0", "bewaar het als .xlsx of .ods"),
    ],
)
async def test_a_file_that_is_not_read_says_how_to_save_it(
    trainer: Trainer, name: str, content: bytes, said: str
) -> None:
    assert said in (await trainer.sends(content, name)).text


async def test_faults_are_told_twenty_at_most(trainer: Trainer) -> None:
    rows = "".join(f"  - id: c{n}\n    minutes: 999\n" for n in range(30))
    seen = await trainer.sends(f"set: nieuw\ntitle: {{nl: a, en: b}}\nchallenges:\n{rows}")
    lines = seen.text.splitlines()
    assert lines[0].startswith("In lef.yaml zitten ") and lines[0].endswith(" fouten:")
    assert sum(line.startswith("• lef.yaml:") for line in lines) == 20
    assert any(line.startswith("en nog ") for line in lines) and "stuur het opnieuw" in lines[-1]
    one = made("nieuw", "een").model_dump_json().replace('"minutes":5', '"minutes":0')
    assert (await trainer.sends(one)).text.startswith("In lef.yaml zit 1 fout:\n• lef.yaml:1: ")


async def test_others_get_a_kind_no(member: FakeMember) -> None:
    seen = await Trainer(member).sends(made("nieuw", "een"))
    assert seen.labels == []
    await member.says("/sets")
    assert "Sets zijn voor wie uitdagingen maakt" in member.last.text
    for action in ("push:yes:12345678", "sets:stay", "sets:back:1:1"):
        await member.does(Pressed(action, member.last.id))
        assert "werkt niet meer" in str(member.notice)


async def test_a_file_that_cannot_be_had_is_told(trainer: Trainer) -> None:
    async def fails() -> bytes:
        raise FileUnavailable

    await trainer.someone.does(Attached("lef.yaml", 5, fails))
    assert trainer.someone.last.labels == [] and "lef.yaml" in trainer.sees


async def test_for_some_teams(
    trainer: Trainer, application: Application, fake_channel: FakeChannel, clock: FixedClock
) -> None:
    griffie, wijkteam = (
        Team(application, fake_channel, clock),
        Team(application, fake_channel, clock, "Wijkteam"),
    )
    for team in (griffie, wijkteam):
        await team.begins()
    seen = await trainer.sends(made("lef", "alleen-griffie"))
    await trainer.someone.presses("Voor wie?")
    assert seen.labels == ["✓ Iedereen", "Griffie", "Wijkteam", "Terug naar de set"]
    await trainer.someone.presses("Griffie")
    await trainer.someone.presses("Wijkteam")
    assert seen.labels[:3] == ["Iedereen", "✓ Griffie", "✓ Wijkteam"]
    await trainer.someone.presses("Wijkteam")
    await trainer.someone.presses("Terug naar de set")
    assert "Voor Griffie, vanaf nu" in seen.text
    await trainer.someone.presses("Publiceer")
    async with application.database.reading() as session:
        last = (await publications.publications_of(session, "lef"))[-1]
    assert (last.version, last.team) == (2, (await griffie.row()).id)
    await trainer.someone.says("/sets")
    assert "(lef, versie 2): 1 uitdaging, voor Griffie" in trainer.sees
    assert "(lef, versie 1)" in trainer.sees


async def test_a_team_that_is_none_and_everybody_after_all(
    trainer: Trainer, application: Application, fake_channel: FakeChannel, clock: FixedClock
) -> None:
    await Team(application, fake_channel, clock).begins()
    seen = await trainer.sends(made("lef", "een"))
    await trainer.someone.presses("Voor wie?")
    stamp = seen.action("Griffie").split(":")[2]
    await trainer.someone.does(Pressed(f"push:team:{stamp}:999", seen.id))
    assert "werkt niet meer" in str(trainer.someone.notice)
    seen = await trainer.sends(made("lef", "een"))
    await trainer.someone.presses("Voor wie?", seen)
    await trainer.someone.presses("Griffie", seen)
    await trainer.someone.presses("Iedereen", seen)
    assert "Voor iedereen, vanaf nu" in seen.text


async def test_from_next_monday(trainer: Trainer) -> None:
    seen = await trainer.sends(made("nieuw", "een"))
    await trainer.someone.presses("Vanaf wanneer?")
    assert seen.labels == ["Meteen", "Vanaf maandag 30 november", "Terug naar de set"]
    await trainer.someone.presses("Vanaf maandag")
    assert "vanaf maandag 30 november." in seen.text
    await trainer.someone.presses("Publiceer")
    async with trainer.application.database.reading() as session:
        [one] = await publications.publications_of(session, "nieuw")
    assert one.starts_at.isoformat() == "2026-11-29T23:00:00+00:00"
    await trainer.someone.says("/sets")
    assert "(nieuw, versie 1): 1 uitdaging, vanaf maandag 30 november" in trainer.sees


async def test_from_a_day_that_is_typed(trainer: Trainer) -> None:
    await trainer.sends(made("nieuw", "een"))
    await trainer.someone.presses("Vanaf wanneer?")
    for nonsense in ("ooit", "gisteren", "3 jan 2030"):
        await trainer.someone.says(nonsense)
        assert "Ik begrijp die dag niet" in trainer.sees
    await trainer.someone.says("4 januari")
    assert "vanaf maandag 4 januari" in trainer.sees
    await trainer.someone.presses("Vanaf wanneer?")
    await trainer.someone.presses("Meteen")
    await trainer.someone.presses("Vanaf wanneer?")
    await trainer.someone.says("vandaag")
    assert "vanaf nu" in trainer.sees
    await trainer.someone.presses("Vanaf wanneer?")
    await trainer.someone.presses("Terug naar de set")
    await trainer.someone.says("4 januari")
    assert "Ik wacht nu nergens op" in trainer.sees


async def test_not_after_all(trainer: Trainer) -> None:
    seen = await trainer.sends(made("nieuw", "een"))
    await trainer.someone.presses("Vanaf wanneer?")
    await trainer.someone.presses("Terug naar de set")
    old = seen.action("Publiceer")
    await trainer.someone.presses("Toch niet")
    assert seen.text == "Goed, nieuw blijft zoals het was."
    await trainer.someone.does(Pressed(old, seen.id))
    assert "werkt niet meer" in str(trainer.someone.notice)


async def test_a_button_of_an_earlier_file_publishes_nothing(trainer: Trainer) -> None:
    earlier = (await trainer.sends(made("nieuw", "een"))).action("Publiceer")
    await trainer.sends(made("nieuw", "twee"))
    await trainer.someone.does(Pressed(earlier, trainer.someone.messages[-2].id))
    assert "werkt niet meer" in str(trainer.someone.notice)
    async with trainer.application.database.reading() as session:
        assert await publications.publications_of(session, "nieuw") == []


async def test_buttons_fit_telegram(trainer: Trainer, application: Application) -> None:
    seen = await trainer.sends(made("n" * 64, "een"))
    for label in ("Voor wie?", "Terug naar de set", "Vanaf wanneer?", "Terug naar de set"):
        assert all(len(b.action.encode()) <= 64 for row in seen.message.buttons for b in row)
        await trainer.someone.presses(label)


async def test_of_two_trainers_at_once_one_is_told_what_changed(
    trainer: Trainer, application: Application, fake_channel: FakeChannel, clock: FixedClock
) -> None:
    ali = FakeMember(application, fake_channel, clock, "ali")
    await ali.joins()
    other = await become(ali)
    await trainer.sends(made("nieuw", "een"))
    await trainer.someone.presses("Publiceer")
    mine = await trainer.sends(made("nieuw", "een", "twee"))
    await other.sends(made("nieuw", "drie"))
    await other.someone.presses("Publiceer")
    await trainer.someone.presses("Publiceer")
    assert mine.labels == []
    assert "zette iemand anders versie 2 live" in trainer.sees
    assert "• 1 nieuw: drie\n• 1 vervalt: een" in trainer.sees
    assert "vergeleken met versie 2:\n• 2 nieuw: een, twee\n• 1 vervalt: drie" in trainer.sees
    await trainer.someone.presses("Publiceer")
    assert "Versie 3 van nieuw staat klaar" in trainer.sees


async def test_who_was_first_with_a_new_name_wins(
    trainer: Trainer, application: Application, fake_channel: FakeChannel, clock: FixedClock
) -> None:
    ali = FakeMember(application, fake_channel, clock, "ali")
    await ali.joins()
    other = await become(ali)
    await trainer.sends(made("nieuw", "een"))
    await other.sends(made("nieuw", "een"))
    await other.someone.presses("Publiceer")
    await trainer.someone.presses("Publiceer")
    assert "zette iemand anders versie 1 live" in trainer.sees
    await trainer.someone.presses("Publiceer")
    assert trainer.sees == "Deze versie van nieuw staat daar al live. Er verandert niets."


async def test_back_in_two_taps(trainer: Trainer) -> None:
    for slug in ("een", "twee"):
        await trainer.sends(made("nieuw", slug))
        await trainer.someone.presses("Publiceer")
    await trainer.someone.says("/sets terug nieuw")
    asked = trainer.someone.last
    assert asked.text == ("Versie 1 van nieuw weer live zetten voor iedereen? Nu is dat versie 2.")
    await trainer.someone.presses("Nee, niets terugzetten")
    assert asked.text == "Goed, er verandert niets."
    await trainer.someone.says("/sets back nieuw")
    stale = trainer.someone.last
    await trainer.someone.says("/sets terug NIEUW")
    await trainer.someone.presses("Ja, versie 1 terug")
    assert trainer.sees == "Versie 1 van nieuw staat weer live voor iedereen."
    await trainer.someone.presses("Ja, versie 1 terug", stale)
    assert stale.text == trainer.sees  # a second tap changes nothing, and says the same
    await trainer.someone.says("/sets terug nieuw")
    assert "geen eerdere versie" in trainer.sees


async def test_back_after_somebody_else_published_does_nothing(trainer: Trainer) -> None:
    for slug in ("een", "twee"):
        await trainer.sends(made("nieuw", slug))
        await trainer.someone.presses("Publiceer")
    await trainer.someone.says("/sets terug nieuw")
    stale = trainer.someone.last
    await trainer.sends(made("nieuw", "drie"))
    await trainer.someone.presses("Publiceer")
    await trainer.someone.presses("Ja, versie 1 terug", stale)
    assert "Er is niets teruggezet" in stale.text


async def test_what_one_team_has_can_be_for_everybody(trainer: Trainer) -> None:
    team = Team(trainer.application, trainer.someone.fake_channel, trainer.someone.clock)
    await team.begins()
    await trainer.sends(made("proef", "een"))
    await trainer.someone.presses("Voor wie?")
    await trainer.someone.presses("Griffie")
    await trainer.someone.presses("Terug naar de set")
    await trainer.someone.presses("Publiceer")
    assert "voor Griffie" in trainer.sees
    await trainer.sends(made("proef", "een"))
    await trainer.someone.presses("Publiceer")
    assert "staat klaar voor iedereen" in trainer.sees


async def test_publishing_does_not_end_a_question_that_is_open(trainer: Trainer) -> None:
    await trainer.sends(made("nieuw", "een"))
    preview = trainer.someone.last
    await trainer.someone.round("Gedaan")
    await trainer.someone.presses("Publiceer", preview)
    await trainer.someone.says("De bakker wist meer.")
    assert "Bewaard bij" in trainer.someone.last.text


async def test_a_day_for_a_set_that_is_gone_does_not_keep_them_waiting(trainer: Trainer) -> None:
    await trainer.sends(made("nieuw", "een"))
    await trainer.someone.presses("Vanaf wanneer?")
    trainer.someone.clock.passes(days=2)
    await trainer.application.retention.run()
    await trainer.someone.says("maandag")
    gone = trainer.someone.last.text
    await trainer.someone.says("hallo")
    assert trainer.someone.last.text != gone and "Ik wacht nu nergens op" in trainer.sees


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("/sets terug", "Typ /sets om te zien"),
        ("/sets koffie", "Typ /sets om te zien"),
        ("/sets terug none", "Een set none ken ik niet"),
    ],
)
async def test_what_it_does_not_know_it_says(trainer: Trainer, typed: str, told: str) -> None:
    await trainer.someone.says(typed)
    assert told in trainer.sees


async def test_a_draft_is_kept_for_a_day(trainer: Trainer, clock: FixedClock) -> None:
    seen = await trainer.sends(made("nieuw", "een"))
    await trainer.someone.presses("Vanaf wanneer?")
    clock.passes(days=1, minutes=1)
    await trainer.application.retention.run()
    await trainer.someone.says("4 januari")
    assert "bewaar ik niet meer" in trainer.sees
    await trainer.someone.presses("Meteen", seen)
    assert "werkt niet meer" in str(trainer.someone.notice)


@pytest.mark.parametrize("action", ["sets:back", "sets:back:999:1", "sets:x:1:2", "push:x:1"])
async def test_a_button_that_nobody_made(trainer: Trainer, action: str) -> None:
    await trainer.someone.does(Pressed(action, trainer.someone.last.id))
    assert "werkt niet meer" in str(trainer.someone.notice)


async def test_in_english(trainer: Trainer) -> None:
    await trainer.someone.says("/language en")
    seen = await trainer.sends(made("nieuw", "een"))
    assert "is a new set.\n• 1 new: een" in seen.text and "In English. Stel" in seen.text
    await trainer.someone.presses("Publish")
    assert "ready for everybody, from now on" in seen.text


async def test_who_is_no_trainer_any_more_sees_no_preview(trainer: Trainer) -> None:
    preview = await trainer.sends(made("nieuw", "een", "twee", "drie"))
    await trainer.someone.presses("Vanaf wanneer?")
    async with trainer.application.database.transaction() as session:
        pair = trainer.someone.address.pair
        assert await roles.revoke(session, pair, Role.TRAINER, None, trainer.someone.clock())
    await trainer.someone.says("morgen")
    assert "Stel een vraag" not in trainer.sees and trainer.someone.last.labels == []
    await trainer.someone.presses("Terug naar de set", preview)
    await trainer.someone.says("maandag")
    assert "Stel een vraag" not in trainer.sees
