"""Publishing a draft, comparing versions, and figures beside each other."""

from datetime import timedelta

import pytest
from sqlalchemy import insert

from bot.app import Application
from bot.store.challenges import publications
from bot.store.challenges.set_drafts import Content
from bot.store.schema.challenges import ChallengeFiguresRow
from bot.web.pages.sets.differences import ChangeKind, differences, pieces
from tests.conversation.teams import Team
from tests.support.fakes import FakeChannel, FakeMember, FixedClock
from tests.unit.set_files.examples import made
from tests.web.conftest import Browser
from tests.web.sets import acts, becomes_trainer, hidden, publishes, uploads


@pytest.fixture
async def trainer(browser: Browser, member: FakeMember) -> Browser:
    """A browser in which a trainer is signed in."""
    return await becomes_trainer(browser, member)


@pytest.fixture
async def team(application: Application, fake_channel: FakeChannel, clock: FixedClock) -> int:
    """The number of a team."""
    made_up = Team(application, fake_channel, clock, "Buurtteam")
    await made_up.begins()
    return (await made_up.row()).id


async def drafts(trainer: Browser, *slugs: str, says: str = "Stel een vraag") -> None:
    """The draft of `nieuw` has these challenges."""
    await trainer.opens("sets")
    content = made("nieuw", *slugs, says=says).model_dump_json().encode()
    await uploads(trainer, "nieuw.yaml", content, replace="yes")


async def posts(trainer: Browser, status: int = 200, **fields: object) -> str:
    """Presses Publiceer on the page that is open."""
    shown = {name: hidden(trainer, name) for name in ("revision", "act", "day")}
    return await trainer.posts("sets/nieuw/publish", status, **{**shown, **fields})


async def live(application: Application, team: int | None = None) -> int | None:
    """Which version of `nieuw` was published last for a team, started or not."""
    async with application.database.reading() as session:
        version = await publications.latest_version_for(
            session, "nieuw", {team: application.clock()}
        )
    return None if version is None else version.number


async def test_a_draft_goes_live_for_everybody(trainer: Browser, application: Application) -> None:
    await publishes(application, made("nieuw", "een", "twee"))
    await drafts(trainer, "twee", "drie", says="Vraag eens iets")
    seen = await trainer.opens("sets/nieuw/publish")
    assert "Vergeleken met versie 1" in seen
    assert "Nieuw: 1 drie Gewijzigd: 1 twee Vervalt: 1 een" in seen
    assert "Voor iedereen, vanaf nu. Er verandert pas iets als je publiceert." in seen
    seen = await posts(trainer)
    assert "Versie 2 van nieuw staat klaar voor iedereen, vanaf nu" in seen
    assert "Er is geen concept van deze set" in seen  # it was published
    assert await live(application) == 2
    assert await acts(application) == [("published", "set:nieuw", "version:2")]


async def test_a_draft_goes_live_for_teams_from_a_day(
    trainer: Browser, application: Application, team: int
) -> None:
    await publishes(application, made("nieuw", "een"))
    await drafts(trainer, "twee")
    seen = await trainer.opens(f"sets/nieuw/publish?team={team}&day=4+januari")
    assert "Voor Buurtteam, vanaf maandag 4 januari." in seen
    seen = await posts(trainer, team=team)
    assert "Versie 2 van nieuw staat klaar voor Buurtteam, vanaf maandag 4 januari" in seen
    assert "2 2 Buurtteam maandag 4 januari om 0:00 begint nog" in seen
    async with application.database.reading() as session:
        history = await publications.publications_of(session, "nieuw")
    assert [(each.version, each.team) for each in history] == [(1, None), (2, team)]
    assert await acts(application) == [("published", "set:nieuw", f"version:2,team:{team}")]


@pytest.mark.parametrize("day", ["gisteren", "koffie", "2026-11-22", "2030-01-01", "9" * 500])
async def test_a_day_that_cannot_be_is_refused(
    trainer: Browser, application: Application, day: str
) -> None:
    await drafts(trainer, "een")
    seen = await trainer.opens(f"sets/nieuw/publish?day={day}")
    assert "Ik begrijp die dag niet" in seen and "Publiceer</button>" not in trainer.html
    await trainer.opens("sets/nieuw/publish")
    assert "Ik begrijp die dag niet" in await posts(trainer, 422, day=day)
    assert await live(application) is None


@pytest.mark.parametrize("odd", ["999", "x", "9" * 40, "-1"])
async def test_a_team_that_is_not_there_is_refused_and_never_means_everybody(
    trainer: Browser, application: Application, team: int, odd: str
) -> None:
    await drafts(trainer, "een")
    await trainer.opens("sets/nieuw/publish")
    for teams in ([odd], [odd, str(team)]):
        assert "Een team dat je koos, is er niet meer" in await posts(trainer, 422, team=teams)
    assert await live(application) is None and await live(application, team) is None
    assert "Er is een concept" in await trainer.opens("sets/nieuw")


async def test_a_draft_that_was_changed_meanwhile_is_not_published(
    trainer: Browser, application: Application
) -> None:
    await drafts(trainer, "een")
    await trainer.opens("sets/nieuw/publish")
    revision = hidden(trainer, "revision")
    await drafts(trainer, "een", "twee")
    await trainer.opens("sets/nieuw/publish")
    assert "Iemand anders bewaarde intussen" in await posts(trainer, 422, revision=revision)
    assert await live(application) is None


async def test_nothing_is_published_after_another_publication(
    trainer: Browser, application: Application
) -> None:
    await drafts(trainer, "een")
    await trainer.opens("sets/nieuw/publish")
    await publishes(application, made("nieuw", "ander"))
    seen = await posts(trainer, 422)
    assert "Intussen is deze set opnieuw gepubliceerd" in seen and "Vervalt: 1 ander" in seen
    assert "Versie 2 van nieuw staat klaar" in await posts(trainer)


async def test_what_is_live_already_changes_nothing(
    trainer: Browser, application: Application
) -> None:
    await publishes(application, made("nieuw", "een"))
    await drafts(trainer, "een")
    said = "Deze versie van nieuw staat daar al live. Er verandert niets."
    assert said in await trainer.opens("sets/nieuw/publish")
    await trainer.opens("sets")
    seen = await trainer.posts("sets/nieuw/publish", 422, revision="1", act="1", day="")
    assert said in seen
    assert "Er is een concept" in await trainer.opens("sets/nieuw")  # it stays
    assert await acts(application) == []


async def test_a_draft_with_faults_is_not_published(
    trainer: Browser, application: Application
) -> None:
    await trainer.opens("sets")
    await trainer.posts("sets", do="new", name="nieuw")
    await trainer.opens("sets/nieuw/publish")
    assert "Er zitten nog fouten in" in trainer.text
    await trainer.opens("sets")
    seen = await trainer.posts("sets/nieuw/publish", 422, revision="1", act="0", day="")
    assert "Er zitten nog fouten in" in seen
    assert await live(application) is None


async def test_an_earlier_version_can_be_made_the_newest_for_a_team(
    trainer: Browser, application: Application, team: int
) -> None:
    await publishes(application, made("nieuw", "een"))
    seen = await trainer.opens("sets/nieuw/publish")  # without a draft: the newest version
    assert "staat daar al live" in seen
    await publishes(application, made("nieuw", "twee"), team=team)
    await trainer.opens("sets/nieuw/publish")
    assert "Versie 2 van nieuw staat klaar voor iedereen" in await posts(trainer)


# -- comparing


async def test_two_versions_stand_beside_each_other(
    trainer: Browser, application: Application
) -> None:
    await publishes(
        application, made("nieuw", "een", "twee"), made("nieuw", "een", "drie", daring=2)
    )
    seen = await trainer.opens("sets/nieuw/compare")
    assert "Van versie 1 naar versie 2" in seen
    assert "Toegevoegd: 1 Weggehaald: 1 Gewijzigd: 1" in seen
    assert "een – Gewijzigd versie 1 versie 2 Lef 1 2" in seen
    assert "<del>1</del>" in trainer.html and "<ins>2</ins>" in trainer.html
    assert "drie – Toegevoegd" in seen and "twee – Weggehaald" in seen
    assert "Er is geen verschil" in await trainer.opens("sets/nieuw/compare?before=2&after=2")
    await drafts(trainer, "een")
    assert "Van versie 2 naar het concept" in await trainer.opens("sets/nieuw/compare")


async def test_many_differences_are_spread_over_pages(
    trainer: Browser, application: Application
) -> None:
    slugs = [f"c{n}" for n in range(45)]
    await publishes(application, made("nieuw", *slugs), made("nieuw", *slugs, says="Vraag eens"))
    await trainer.opens("sets/nieuw/compare")
    assert trainer.html.count("<caption>") == 20
    await trainer.opens("sets/nieuw/compare?page=3")
    assert trainer.html.count("<caption>") == 5 and "c44 – Gewijzigd" in trainer.text
    for odd in ("0", "99", "x", "9" * 40):
        await trainer.opens(f"sets/nieuw/compare?page={odd}")
        assert trainer.html.count("<caption>") in (5, 20)


def test_the_words_that_differ_are_marked() -> None:
    before, after = pieces("Vraag een collega iets.", "Vraag een inwoner vandaag iets.")
    assert [piece.text for piece in before if piece.marked] == ["collega"]
    assert " ".join(piece.text for piece in before) == "Vraag een collega iets."
    assert " ".join(piece.text for piece in after) == "Vraag een inwoner vandaag iets."
    assert [piece.text for piece in after if piece.marked] == ["inwoner vandaag"]
    assert not any(piece.marked for part in pieces("Gelijk.", "Gelijk.") for piece in part)


def test_what_says_the_same_is_no_difference() -> None:
    old: Content = {
        "challenges": [{"id": "a", "fits": [], "at": None, "nl": {"task": "x", "why": ""}}]
    }
    new: Content = {"challenges": [{"id": "a", "span": "today", "nl": {"task": "x"}}]}
    assert differences(old, new) == []
    new["challenges"].append({"id": "b", "nl": {"task": "y"}})
    assert [(each.slug, each.kind) for each in differences(old, new)] == [("b", ChangeKind.ADDED)]
    assert [(each.slug, each.kind) for each in differences(new, old)] == [("b", ChangeKind.REMOVED)]


# -- figures


async def test_two_sets_have_their_figures_beside_each_other(
    trainer: Browser, application: Application, clock: FixedClock
) -> None:
    await publishes(application, made("nieuw", "een", "twee"), made("ander", "een"))
    until = clock().date() - timedelta(weeks=2)
    rows = [
        {"set_name": name, "slug": slug, "batches": 1, "sent": 103, "did": did, "swapped": 10,
         "reflected": 31, "counted_until": until, "noise_key": "x"}
        for name, slug, did in (("nieuw", "een", 30), ("nieuw", "twee", 80), ("ander", "een", 51))
    ]  # fmt: skip
    async with application.database.transaction() as session:
        await session.execute(insert(ChallengeFiguresRow), rows)
    seen = await trainer.opens("sets/nieuw/figures")
    assert seen.index("twee 100 80 %") < seen.index("een 100 30 %")
    assert "Alles samen" in seen and "Wat werkt in Ander" not in seen
    assert 'class="olievlek-interval__share" x="0" y="3" width="80"' in trainer.html
    assert "een 100 50 %" in await trainer.opens("sets/nieuw/figures?other=ander")
    await trainer.posts("sets/nieuw/figures", other="ander")
    assert "Bijgeteld" in trainer.text and "Wat werkt in Ander" in trainer.text
    answer = await trainer.http.get("/web/sets/nieuw/figures/csv")
    assert [line.split(",")[:3] for line in answer.text.splitlines()[1:]] == [
        ["nieuw", "twee", "100"],
        ["nieuw", "een", "100"],
    ]


async def test_counting_for_a_page_of_another_set_goes_nowhere_else(trainer: Browser) -> None:
    await trainer.opens("sets/lef/figures")
    await trainer.posts("sets/lef/figures", other="//evil.test")
    assert trainer.page is not None and str(trainer.page.url).endswith("/web/sets/lef/figures")
