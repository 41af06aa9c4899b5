"""What is typed in the editor: it is not lost when the session ends, and advice is given on it."""

from bot.app import Application
from bot.store.challenges import set_drafts
from tests.support.fakes import FakeMember, FixedClock
from tests.web.conftest import Browser
from tests.web.sets import hidden, shown
from tests.web.test_sets_editor import draft, saves, trainer

__all__ = ["trainer"]  # a fixture


async def test_a_session_that_ends_while_somebody_writes_costs_no_text(
    trainer: Browser, member: FakeMember, application: Application, clock: FixedClock
) -> None:
    task = "Vraag <vandaag> iets aan de bakker."
    await trainer.opens("sets/nieuw/edit/1")
    begun = trainer.page
    clock.passes(hours=13)
    told = await saves(trainer, "sets/nieuw/edit/1", 401, task_nl=task)
    assert "Je bent niet aangemeld" in told and "Kopieer het eerst" in told
    assert "Vraag &lt;vandaag&gt; iets aan de bakker.</textarea>" in trainer.html
    assert trainer.html.count("<textarea") == 6  # no numbers and no keys
    await trainer.signs_in(member)  # in another tab
    trainer.page = begun
    told = await saves(trainer, "sets/nieuw/edit/1", 403, task_nl=task)
    assert "Dit formulier is van een aanmelding die verlopen is." in told
    assert shown(trainer, "task_nl") == "Vraag &lt;vandaag&gt; iets aan de bakker."
    assert (await draft(application)).revision == set_drafts.NOT_SAVED
    await saves(trainer, "sets/nieuw/edit/1", 200, task_nl=task)
    assert (await draft(application)).challenges[0]["nl"]["task"] == task


async def test_a_button_that_is_pressed_twice_saves_once_and_blames_nobody(
    trainer: Browser, application: Application
) -> None:
    for path in ("sets/nieuw/edit/1", "sets/nieuw/edit/3"):  # one that is there, and a new one
        await trainer.opens(path)
        revision = hidden(trainer, "revision")
        for _ in range(2):
            told = await saves(trainer, path, 200, id=f"id-{path[-1]}", revision=revision)
            assert "Bewaard in het concept." in told
    await trainer.opens("sets/nieuw/edit")
    revision = hidden(trainer, "revision")
    titles = {"title_nl": "Iets nieuws", "title_en": "Something new", "source": ""}
    for _ in range(2):
        told = await saves(trainer, "sets/nieuw/edit", 200, revision=revision, **titles)
        assert "Bewaard in het concept." in told
    assert (await draft(application)).revision == 3


async def test_advice_is_given_on_more_than_long_sentences(trainer: Browser) -> None:
    await trainer.opens("sets/nieuw/edit/1")
    seen = await saves(
        trainer,
        "sets/nieuw/edit/1",
        do="look",
        task_nl="De subsidieverordening wordt gelezen. Dat is niet onbelangrijk voor uw collega.",
        why_nl="Het lezen van een brief, bijv. hardop, geeft draagvlak.",
        task_en="Read a letter out loud, e.g. a short one.",
    )
    assert "Zo leest het makkelijker:" in seen
    for advice in (
        "“wordt gelezen” is lijdend.",
        "“niet onbelangrijk” is een dubbele ontkenning.",
        "“uw” klinkt als een brief.",
        "“subsidieverordening” is een lang woord.",
        "“Het lezen van” maakt van een werkwoord een ding.",
        "schrijf “bijv.” voluit.",
        "“draagvlak” is kantoortaal.",
        "schrijf “e.g.” voluit.",
    ):
        assert advice in seen, advice
