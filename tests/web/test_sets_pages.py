"""All sets, one set, its files, and going back: for trainers alone."""

import csv
from io import StringIO

import pytest

from bot.app import Application, build
from bot.core.challenges.challenge import Challenge, ChallengeSet, Title
from bot.set_files import template
from bot.set_files.reader import MAX_BYTES, read_bytes
from bot.store.challenges import programmes, publications
from bot.store.db.engine import Database
from bot.store.members.vault import Vault
from tests.conversation.teams import Team
from tests.support.fakes import FakeChannel, FakeMember, FixedClock
from tests.unit.set_files.examples import made
from tests.web.conftest import Browser
from tests.web.sets import acts, becomes_trainer, hidden, publishes, uploads


@pytest.fixture
async def trainer(browser: Browser, member: FakeMember) -> Browser:
    """A browser in which a trainer is signed in."""
    return await becomes_trainer(browser, member)


PATHS = [
    "sets", "sets/lef", "sets/lef/back", "sets/lef/edit", "sets/lef/edit/1",
    "sets/lef/publish", "sets/lef/compare", "sets/lef/figures", "sets/lef/figures/csv",
    "sets/lef/files/1/csv", "programmes",
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
async def test_a_member_sees_no_page_of_trainers(signed_in: Browser, path: str) -> None:
    assert "Deze pagina is er niet" in await signed_in.opens(path, 404)


async def test_a_lead_of_a_team_sees_none_either(
    browser: Browser,
    member: FakeMember,
    application: Application,
    fake_channel: FakeChannel,
    clock: FixedClock,
) -> None:
    team = Team(application, fake_channel, clock)
    await team.begins()
    await team.led_by(member)
    await browser.signs_in(member)
    for path in PATHS:
        await browser.opens(path, 404)
    await browser.opens("sessions")
    for path in ("sets", "sets/lef/edit", "sets/lef/edit/1", "sets/lef/publish", "sets/lef/back"):
        await browser.opens("sessions")
        await browser.posts(path, 404, do="save", revision="0")


@pytest.mark.parametrize("path", PATHS)
async def test_a_trainer_sees_each_page(trainer: Browser, path: str) -> None:
    await trainer.opens(path)
    assert "style=" not in trainer.html and "<script>" not in trainer.html
    assert trainer.html.count("<script") == path.endswith("/edit/1")  # that of htmx


@pytest.mark.parametrize(
    "path",
    [
        "sets/koffie", "sets/LEF", "sets/lef.", f"sets/{'a' * 65}", "sets/lef/files/99/csv",
        "sets/lef/files/1/exe", f"sets/lef/files/{'9' * 40}/csv", "sets/koffie/edit",
        "sets/lef/edit/0", "sets/lef/edit/9999", f"sets/lef/edit/{'9' * 40}",
        "sets/lef/compare?before=99", "sets/lef/compare?before=x", "sets/koffie/figures",
        "sets/lef/figures?other=koffie", "sets/koffie/back", "sets/koffie/publish",
    ],
)  # fmt: skip
async def test_what_is_not_there_is_not_found(trainer: Browser, path: str) -> None:
    await trainer.opens(path, 404)


async def test_sets_are_listed_with_who_has_which_version(
    trainer: Browser, application: Application, fake_channel: FakeChannel, clock: FixedClock
) -> None:
    team = Team(application, fake_channel, clock, "Buurtteam")
    await team.begins()
    await publishes(application, made("nieuw", "een"))
    await publishes(application, made("nieuw", "een", "twee"), team=(await team.row()).id)
    seen = await trainer.opens("sets")
    assert "Nieuw nieuw 1 iedereen nu 1 Nieuw nieuw 2 Buurtteam nu 2" in seen
    seen = await trainer.opens("sets/nieuw")
    assert "2 2 Buurtteam maandag 23 november om 10:00 staat live" in seen
    assert "1 1 iedereen maandag 23 november om 10:00 staat live" in seen


async def test_the_pages_are_in_english_too(trainer: Browser, member: FakeMember) -> None:
    await member.says("/taal en")
    assert "Your sets" in await trainer.opens("sets")
    assert "Task (Dutch)" in await trainer.opens("sets/lef/edit/1")


async def test_the_chat_opens_the_page(trainer: Browser, member: FakeMember) -> None:
    await member.says("/sets")
    await member.presses("Open je sets")
    assert "?to=sets" in member.last.text


async def test_without_pages_the_chat_has_no_such_button(
    trainer: Browser,
    member: FakeMember,
    database: Database,
    vault: Vault,
    fake_channel: FakeChannel,
    clock: FixedClock,
) -> None:
    member.application = build(database, vault, [fake_channel], clock)
    await member.says("/sets")
    assert "Deze sets staan live:" in member.last.text and member.last.labels == []


# -- a new one


async def test_a_set_begins_with_its_name_alone(trainer: Browser) -> None:
    await trainer.opens("sets")
    seen = await trainer.posts("sets", do="new", name="koffie")
    assert "Het concept koffie is er" in seen and "is leeg; zet er minstens 1 in" in seen
    assert "Titel (Nederlands): ontbreekt" in seen
    assert "Concepten koffie" in await trainer.opens("sets")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "De naam “” kan niet"),
        ("Koffie", "De naam “Koffie” kan niet"),
        ("a/b", "kan niet"),
        ("x" * 65, "kan niet"),
        ("lef", "Een set lef is er al"),
    ],
)
async def test_a_name_that_cannot_be_is_refused(trainer: Browser, name: str, said: str) -> None:
    await trainer.opens("sets")
    assert said in await trainer.posts("sets", 422, do="new", name=name)
    assert "Concepten" not in await trainer.opens("sets")


async def test_a_form_that_says_nothing_does_nothing(trainer: Browser) -> None:
    await trainer.opens("sets")
    await trainer.posts("sets", 404, do="x")


# -- from a file


@pytest.mark.parametrize("kind", template.KINDS)
async def test_a_file_becomes_the_draft(trainer: Browser, kind: str) -> None:
    await trainer.opens("sets")
    seen = await uploads(trainer, f"mijn.{kind}", template.KINDS[kind]())
    assert "Het bestand is nu het concept van mijn-set" in seen
    assert "een-open-vraag" in seen and "Dit moet nog goed" not in seen


async def test_a_file_with_faults_says_which(trainer: Browser) -> None:
    await trainer.opens("sets")
    file = template.as_yaml().replace(b"minutes: 5", b"minutes: 500")
    seen = await uploads(trainer, "mijn.yaml", file, 422)
    assert "In mijn.yaml zit 1 fout:" in seen
    assert "challenges[0].minutes: mag hoogstens 240 zijn" in seen
    assert "Concepten" not in await trainer.opens("sets")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("mijn.pdf", b"%PDF", "kan ik niet lezen als set"),
        ("mijn.yaml", b"x" * (MAX_BYTES + 1), "is groter dan 1 MiB"),
        ("", b"", "Kies eerst een bestand"),
    ],
    ids=["type", "size", "none"],
)
async def test_a_file_that_is_no_set_is_refused(
    trainer: Browser, name: str, content: bytes, said: str
) -> None:
    await trainer.opens("sets")
    assert said in await uploads(trainer, name, content, 422)


async def test_a_file_takes_the_place_of_a_draft_only_when_ticked(trainer: Browser) -> None:
    await trainer.opens("sets")
    await trainer.posts("sets", do="new", name="mijn-set")
    await trainer.opens("sets")
    seen = await uploads(trainer, "mijn.yaml", template.as_yaml(), 422)
    assert "Van mijn-set is er al een concept" in seen
    assert "0 uitdagingen" in await trainer.opens("sets/mijn-set/edit")
    await trainer.opens("sets")
    seen = await uploads(trainer, "mijn.yaml", template.as_yaml(), replace="yes")
    assert "3 uitdagingen" in seen


# -- files


ODD = ChallengeSet(
    set="vreemd",
    title=Title.of(nl="Één “titel”: #1", en="One", fy="Ien"),
    source='Een "bron" \\ met: tekens',
    challenges=(
        Challenge.of(
            id="een",
            minutes=5,
            daring=1,
            fits=["desk", "meeting"],
            span="week",
            at="lunch",
            nl={"task": "Zeg “ja”; en dan: niets \\ meer.", "reflect": "Wat, en hoe? 'Zo'."},
            en={
                "task": "Say yes, then nothing.",
                "why": "It helps.",
                "reflect": "What was it?",
            },
            fy={"task": "Sis ja, en dan neat mear.", "reflect": "Wat wie it dan?"},
        ),
        Challenge.of(
            id="twee",
            minutes=240,
            daring=3,
            nl={"task": "Zeg eens nee tegen iemand.", "reflect": "Tegen wie zei je dat?"},
            en={
                "task": "Say no to somebody.",
                "reflect": "To whom was it?",
                "reflect_tried": "How far did you get?",
            },
        ),
    ),
)


@pytest.mark.parametrize("kind", template.KINDS)
async def test_a_file_that_is_downloaded_holds_the_same_set(
    trainer: Browser, application: Application, kind: str
) -> None:
    await publishes(application, ODD)
    answer = await trainer.http.get(f"/web/sets/vreemd/files/1/{kind}")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == f'attachment; filename="vreemd-1.{kind}"'
    assert read_bytes(f"vreemd-1.{kind}", answer.content) == ODD


@pytest.mark.parametrize("kind", ["xlsx", "csv", "ods"])
async def test_no_file_holds_a_formula(
    trainer: Browser, application: Application, kind: str
) -> None:
    evil = made("formule", "een", says="=1+1+cmd")
    await publishes(application, evil)
    answer = await trainer.http.get(f"/web/sets/formule/files/1/{kind}")
    read = read_bytes(f"f.{kind}", answer.content)  # a formula would be a fault
    assert read.challenges[0].texts["nl"].task.removeprefix("'") == "=1+1+cmd: een."


# -- back


async def test_the_last_publication_is_taken_back(
    trainer: Browser, application: Application
) -> None:
    await publishes(application, made("nieuw", "een"), made("nieuw", "een", "twee"))
    seen = await trainer.opens("sets/nieuw/back")
    assert "Versie 1 van nieuw weer live zetten voor iedereen? Nu is dat versie 2." in seen
    fields = {name: hidden(trainer, name) for name in ("act", "previous")}
    seen = await trainer.posts("sets/nieuw/back", 200, **fields)
    assert "Versie 1 van nieuw staat weer live voor iedereen" in seen
    assert await acts(application) == [("rolled_back", "set:nieuw", "version:2")]
    await trainer.opens("sets")
    seen = await trainer.posts("sets/nieuw/back", 200, **fields)
    assert "Versie 1 van nieuw staat weer live voor iedereen" in seen  # it was posted twice
    assert len(await acts(application)) == 1


async def test_nothing_is_taken_back_after_another_publication(
    trainer: Browser, application: Application
) -> None:
    await publishes(application, made("nieuw", "een"), made("nieuw", "een", "twee"))
    await trainer.opens("sets/nieuw/back")
    fields = {name: hidden(trainer, name) for name in ("act", "previous")}
    await publishes(application, made("nieuw", "drie"))
    seen = await trainer.posts("sets/nieuw/back", 200, **fields)
    assert "Intussen is nieuw opnieuw gepubliceerd" in seen
    assert await acts(application) == []


async def test_a_form_cannot_name_a_version_of_another_set(
    trainer: Browser, application: Application
) -> None:
    await publishes(application, made("nieuw", "een"), made("nieuw", "twee"), made("ander", "een"))
    await trainer.opens("sets/nieuw/back")
    act, previous = hidden(trainer, "act"), hidden(trainer, "previous")
    for fields in (
        {"act": act, "previous": str(int(previous) + 2)},
        {"act": "9" * 40, "previous": previous},
        {"act": act, "previous": "x"},
        {},
    ):
        await trainer.opens("sets/nieuw/back")
        await trainer.posts("sets/nieuw/back", 404, **fields)
    assert await acts(application) == []


async def test_without_an_earlier_version_there_is_no_way_back(
    trainer: Browser, application: Application
) -> None:
    await publishes(application, made("nieuw", "een"))
    seen = await trainer.opens("sets/nieuw/back")
    assert "Van nieuw is er geen eerdere versie om naar terug te gaan." in seen
    await trainer.opens("sets")
    async with application.database.reading() as session:
        version = await publications.version_of(session, "nieuw", 1)
    await trainer.posts("sets/nieuw/back", 404, act="1", previous=version.id)
    assert await acts(application) == []


# -- programmes


async def test_programmes_show_their_weeks_and_who_follows_them(
    trainer: Browser, application: Application, fake_channel: FakeChannel, clock: FixedClock
) -> None:
    seen = await trainer.opens("programmes")
    assert "Olievlek in 6 weken" in seen and "nieuwsgierig : naieve-vraag" in seen
    assert "Geen team doet mee." in seen
    team = Team(application, fake_channel, clock, "Buurtteam")
    await team.begins()
    number = (await team.row()).id
    async with application.database.transaction() as session:
        day = clock().date()
        await programmes.start(session, "olievlek-in-6-weken", day, clock(), team_id=number)
    assert "Buurtteam, vanaf 23 nov 2026" in await trainer.opens("programmes")


# -- figures


async def test_figures_are_those_of_the_chat(trainer: Browser, application: Application) -> None:
    seen = await trainer.opens("sets/lef/figures?other=toeval")
    assert seen.count("Er zijn nog geen cijfers") == 2
    await trainer.posts("sets/lef/figures", other="toeval")
    assert "Bijgeteld" in trainer.text and trainer.text.count("Er zijn nog geen cijfers") == 2
    answer = await trainer.http.get("/web/sets/lef/figures/csv")
    assert list(csv.reader(StringIO(answer.content.decode("utf-8-sig")))) == [["set"]]
