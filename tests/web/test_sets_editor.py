"""The draft of a set: its fields, its challenges, what is wrong, and two who edit at once."""

import asyncio
import json
import re
import time

import pytest

from bot.app import Application
from bot.core.challenges.challenge import MAX_CHALLENGES, ChallengeSet
from bot.store.challenges import set_drafts
from bot.store.challenges.set_drafts import SetDraft
from tests.support.fakes import FakeMember
from tests.unit.set_files.examples import made
from tests.web.conftest import Browser
from tests.web.sets import acts, becomes_trainer, hidden, publishes, shown

MOST_BYTES = 100_000  # of a page
FILLED = {
    "do": "save",
    "id": "een",
    "minutes": "15",
    "daring": "2",
    "span": "week",
    "at": "lunch",
    "fits": ["meeting", "desk"],
    "task_nl": "Vraag vandaag iets\r\naan een collega.",
    "why_nl": "",
    "reflect_nl": "Wat hoorde je daar?",
    "reflect_tried_nl": "",
    "task_en": "Ask a colleague something today.",
    "why_en": "It helps.",
    "reflect_en": "What did you hear?",
    "reflect_tried_en": "How far did you get?",
}


@pytest.fixture
async def trainer(browser: Browser, member: FakeMember, application: Application) -> Browser:
    """A browser in which a trainer is signed in; the set `nieuw` has two challenges."""
    await publishes(application, made("nieuw", "een", "twee"))
    return await becomes_trainer(browser, member)


async def draft(application: Application, name: str = "nieuw") -> SetDraft:
    """What is stored."""
    async with application.database.reading() as session:
        found = await set_drafts.find_draft(session, name)
    assert found is not None
    return found


async def saves(browser: Browser, path: str, status: int = 200, **fields: object) -> str:
    """Fills in what differs from `FILLED`, with the revision that the page has."""
    revision = fields.pop("revision", None) or hidden(browser, "revision")
    return await browser.posts(path, status, **{**FILLED, "revision": revision, **fields})


async def test_a_challenge_is_filled_in_and_saved(
    trainer: Browser, application: Application
) -> None:
    await trainer.opens("sets/nieuw/edit/1")
    assert shown(trainer, "task_nl") == "Stel een vraag: een."
    seen = await saves(trainer, "sets/nieuw/edit/1")
    assert "Bewaard in het concept." in seen and "Dit moet nog goed" not in seen
    stored = await draft(application)
    assert stored.revision == 1 and len(stored.challenges) == 2
    assert stored.challenges[0] == {
        "id": "een",
        "minutes": 15,
        "daring": 2,
        "span": "week",
        "fits": ["meeting", "desk"],
        "at": "lunch",
        "nl": {
            "task": "Vraag vandaag iets aan een collega.",
            "reflect": "Wat hoorde je daar?",
        },
        "en": {
            "task": "Ask a colleague something today.",
            "why": "It helps.",
            "reflect": "What did you hear?",
            "reflect_tried": "How far did you get?",
        },
    }
    assert await acts(application) == []  # nothing is live


async def test_members_see_it_as_the_preview_shows_it(trainer: Browser) -> None:
    await trainer.opens("sets/nieuw/edit/1")
    await saves(trainer, "sets/nieuw/edit/1", why_nl="Dan weet je meer.")
    task = "Vraag vandaag iets aan een collega.\n\nDan weet je meer.\n\n"
    assert f"{task}Kost ongeveer 15 minuten. Lef: 2 van 3." in trainer.html
    assert "Takes about 15 minutes. Daring: 2 of 3." in trainer.html
    assert "How far did you get?" in trainer.html.split('id="preview"')[1]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("task_nl", "kort", "Opdracht (Nederlands): is 4 tekens, minstens 10"),
        ("task_nl", "", "Opdracht (Nederlands): ontbreekt"),
        ("task_en", "a" * 601, "Opdracht (Engels): is 601 tekens, hoogstens 600"),
        ("why_nl", "Dat is **vet**.", "Waarom (Nederlands): bevat opmaak"),
        ("reflect_en", "x\u202ex een twee drie", "bevat het onzichtbare teken U+202E"),
        ("reflect_tried_nl", "kort", "Vraag na Geprobeerd (Nederlands): is 4 tekens"),
        ("task_nl", "Vraag \x00 iets.", "bevat het onzichtbare teken U+0000"),
        ("minutes", "241", "Minuten: mag hoogstens 240 zijn"),
        ("minutes", "vijf", "Minuten: moet een heel getal zijn"),
        ("minutes", "9" * 5000, "Minuten: moet een heel getal zijn"),
        ("minutes", "", "Minuten: ontbreekt"),
        ("daring", "0", "Lef: moet minstens 1 zijn"),
        ("id", "Een", "Id: “Een” mag alleen a-z"),
        ("id", "", "Id: ontbreekt"),
        ("id", "twee", "Id: “twee” staat er al"),
        ("span", "ooit", "Hoe lang: “ooit” kan hier niet"),
        ("at", "nacht", "Deel van de dag: “nacht” kan hier niet"),
        ("fits", ["desk", "zee"], "Past bij: “zee” kan hier niet"),
    ],
)
async def test_what_is_wrong_is_kept_and_said_at_its_field(
    trainer: Browser, application: Application, field: str, value: object, said: str
) -> None:
    number = 1 if value != "twee" else 3  # the second of two is the one that is there twice
    await trainer.opens(f"sets/nieuw/edit/{number}")
    seen = await saves(trainer, f"sets/nieuw/edit/{number}", 200, **{field: value})
    assert said in seen and "Dit moet nog goed voordat je publiceert" in seen
    assert f'href="#{field}"' in trainer.html and f'id="{field}-wrong"' in trainer.html
    assert re.search(rf'aria-describedby="[^"]*\b{field}-wrong"', trainer.html)
    assert (await draft(application)).revision == 1
    assert "1 fout" in await trainer.opens("sets/nieuw/edit")
    assert "Er zitten nog fouten in het concept" in await trainer.opens("sets/nieuw/publish")


async def test_what_was_typed_is_shown_and_runs_nowhere(trainer: Browser) -> None:
    evil = "<script>alert(1)</script> \"' & zo"
    await trainer.opens("sets/nieuw/edit/1")
    await saves(trainer, "sets/nieuw/edit/1", task_nl=evil, id=evil, minutes=evil, span=evil)
    assert "<script>" not in trainer.html and trainer.html.count("<script") == 1  # that of htmx
    assert evil in trainer.text.replace("&#39;", "'")
    await trainer.opens("sets/nieuw/edit")
    assert "<script>" not in trainer.html


async def test_a_challenge_is_added_at_the_end(trainer: Browser, application: Application) -> None:
    assert "Dit wordt de laatste uitdaging" in await trainer.opens("sets/nieuw/edit/3")
    assert (await draft(application)).revision == set_drafts.NOT_SAVED  # looking changes nothing
    await saves(trainer, "sets/nieuw/edit/3", id="drie", do="next")
    assert "Dit wordt de laatste uitdaging" in trainer.text  # the next one
    assert [each["id"] for each in (await draft(application)).challenges] == ["een", "twee", "drie"]


async def test_a_challenge_is_removed(trainer: Browser, application: Application) -> None:
    await trainer.opens("sets/nieuw/edit/1")
    assert "een staat niet meer in het concept" in await saves(
        trainer, "sets/nieuw/edit/1", do="remove"
    )
    assert [each["id"] for each in (await draft(application)).challenges] == ["twee"]
    await trainer.opens("sets/nieuw/edit/2")
    await saves(trainer, "sets/nieuw/edit/2", 404, do="remove")  # it is not there yet


async def test_challenges_move_up_and_down(trainer: Browser, application: Application) -> None:
    async def ids() -> list[str]:
        return [each["id"] for each in (await draft(application)).challenges]

    await trainer.opens("sets/nieuw/edit")
    assert "een staat nu op plaats 2." in await saves(trainer, "sets/nieuw/edit", do="down:1")
    assert await ids() == ["twee", "een"]
    await saves(trainer, "sets/nieuw/edit", do="up:2")
    assert await ids() == ["een", "twee"]
    await saves(trainer, "sets/nieuw/edit", do="up:1")  # already there
    assert await ids() == ["een", "twee"]
    for odd in ("up:0", "up:3", "up:x", f"up:{'9' * 40}", "up", "sideways:1", ""):
        await trainer.opens("sets/nieuw/edit")
        await saves(trainer, "sets/nieuw/edit", 404, do=odd)
    assert await ids() == ["een", "twee"]


async def test_the_title_and_source_are_saved(trainer: Browser, application: Application) -> None:
    await trainer.opens("sets/nieuw/edit")
    fields = {"title_nl": "Iets nieuws", "title_en": "", "source": "Een boek"}
    seen = await saves(trainer, "sets/nieuw/edit", 200, **fields)
    assert "Titel (Engels): ontbreekt" in seen
    assert shown(trainer, "title_nl") == "Iets nieuws" and shown(trainer, "source") == "Een boek"
    stored = (await draft(application)).content
    assert stored["title"] == {"nl": "Iets nieuws"} and stored["set"] == "nieuw"


async def test_a_language_that_the_form_lacks_stays(
    trainer: Browser, application: Application
) -> None:
    content = json.loads(made("fries", "een").model_dump_json())
    content["title"]["fy"] = "Ien"
    content["challenges"][0]["fy"] = {"task": "Freegje wat oan ien.", "reflect": "Wat hearst do?"}
    await publishes(application, ChallengeSet.model_validate(content))
    await trainer.opens("sets/fries/edit/1")
    await saves(trainer, "sets/fries/edit/1")
    await saves(trainer, "sets/fries/edit", title_nl="Een", title_en="One", source="")
    stored = (await draft(application, "fries")).content
    assert stored["title"]["fy"] == "Ien"
    assert stored["challenges"][0]["fy"]["task"] == "Freegje wat oan ien."


async def test_a_draft_that_is_far_too_large_is_refused(
    trainer: Browser, application: Application
) -> None:
    await trainer.opens("sets/nieuw/edit/1")
    texts = dict.fromkeys(("task_nl", "task_en", "why_en"), "x" * 720_000)
    seen = await saves(trainer, "sets/nieuw/edit/1", 422, **texts)
    assert "Het concept is te groot" in seen
    assert (await draft(application)).revision == set_drafts.NOT_SAVED


async def test_the_draft_is_thrown_away(trainer: Browser, application: Application) -> None:
    await trainer.opens("sets/nieuw/edit/1")
    await saves(trainer, "sets/nieuw/edit/1")
    await trainer.opens("sets/nieuw/edit")
    assert "Het concept van nieuw is weg" in await saves(trainer, "sets/nieuw/edit", do="discard")
    stored = await draft(application)
    assert stored.revision == set_drafts.NOT_SAVED
    assert stored.challenges[0]["nl"]["task"] == "Stel een vraag: een."
    await trainer.opens("sets/nieuw/edit")
    await saves(trainer, "sets/nieuw/edit", 404, do="discard")  # there is none


async def test_a_new_set_that_is_thrown_away_is_gone(trainer: Browser) -> None:
    await trainer.opens("sets")
    await trainer.posts("sets", do="new", name="koffie")
    await saves(trainer, "sets/koffie/edit", do="discard")
    await trainer.opens("sets/koffie", 404)


# -- two at once


async def test_who_is_too_late_changes_nothing_and_loses_nothing(
    trainer: Browser, application: Application
) -> None:
    await trainer.opens("sets/nieuw/edit/1")
    await saves(trainer, "sets/nieuw/edit/1", task_nl="De eerste was eerder klaar.")
    seen = await saves(
        trainer,
        "sets/nieuw/edit/1",
        422,
        task_nl="De tweede schreef iets anders.",
        revision="0",
        was="een",
    )
    assert "Iemand anders bewaarde intussen een ander concept" in seen
    assert shown(trainer, "task_nl") == "De tweede schreef iets anders."
    assert "De eerste was eerder klaar." in trainer.html.split('id="stored"')[1]
    first = (await draft(application)).challenges[0]
    assert first["nl"]["task"] == "De eerste was eerder klaar."
    await saves(trainer, "sets/nieuw/edit/1", task_nl=shown(trainer, "task_nl"), was="een")
    second = await draft(application)
    assert second.challenges[0]["nl"]["task"] == "De tweede schreef iets anders."
    assert second.revision == 2


async def test_a_challenge_that_moved_meanwhile_is_still_the_same_one(
    trainer: Browser, application: Application
) -> None:
    await trainer.opens("sets/nieuw/edit")
    await saves(trainer, "sets/nieuw/edit", do="down:1")  # twee, een
    await saves(trainer, "sets/nieuw/edit/1", 422, revision="0", was="een")
    assert 'action="/web/sets/nieuw/edit/2"' in trainer.html
    await saves(trainer, "sets/nieuw/edit/2", was="een")
    assert [each["minutes"] for each in (await draft(application)).challenges] == [5, 15]


async def test_a_challenge_that_was_removed_meanwhile_can_come_back(
    trainer: Browser, application: Application
) -> None:
    await trainer.opens("sets/nieuw/edit/1")
    await saves(trainer, "sets/nieuw/edit/1", do="remove")
    await saves(trainer, "sets/nieuw/edit/1", 422, revision="0", was="een")
    assert 'action="/web/sets/nieuw/edit/2"' in trainer.html
    await saves(trainer, "sets/nieuw/edit/2", was="een")
    assert [each["id"] for each in (await draft(application)).challenges] == ["twee", "een"]


@pytest.mark.parametrize("do", ["save", "up:2", "discard"])
async def test_the_list_is_as_careful(trainer: Browser, application: Application, do: str) -> None:
    await trainer.opens("sets/nieuw/edit/1")
    await saves(trainer, "sets/nieuw/edit/1")
    before = await draft(application)
    await trainer.opens("sets/nieuw/edit")
    for revision in ("0", "x", "9" * 40, "-1"):
        seen = await saves(
            trainer, "sets/nieuw/edit", 422, do=do, revision=revision, title_nl="Mijn titel"
        )
        assert "Iemand anders bewaarde intussen" in seen
    if do == "save":
        assert shown(trainer, "title_nl") == "Mijn titel" and "Wat er nu bewaard is" in seen
    assert await draft(application) == before


async def test_of_two_at_the_same_moment_one_is_saved(
    trainer: Browser, application: Application
) -> None:
    await trainer.opens("sets/nieuw/edit/1")
    key = hidden(trainer, "form_key")

    async def one(task: str) -> int:
        data = {**FILLED, "form_key": key, "revision": "0", "was": "een", "task_nl": task}
        return (await trainer.http.post("/web/sets/nieuw/edit/1", data=data)).status_code

    statuses = await asyncio.gather(*(one(f"Dit is tekst nummer {n}.") for n in range(4)))
    assert sorted(statuses) == [303, 422, 422, 422]
    assert (await draft(application)).revision == 1


# -- looking without saving


async def test_what_is_typed_is_shown_before_it_is_saved(
    trainer: Browser, application: Application
) -> None:
    await trainer.opens("sets/nieuw/edit/1")
    policy = trainer.page.headers["content-security-policy"] if trainer.page else ""
    assert "script-src 'self'; connect-src 'self'" in policy and "unsafe" not in policy
    long = "Vraag " + "heel " * 20 + "kort iets. Klaar."
    seen = await saves(trainer, "sets/nieuw/edit/1", do="look", task_nl=long, task_en="short")
    assert "Het is nog niet bewaard." in seen and "heeft 23 woorden" in seen
    assert "Opdracht (Engels): is 5 tekens" in seen and shown(trainer, "task_en") == "short"
    trainer.http.headers["HX-Request"] = "true"  # as htmx asks, of which a part is shown
    seen = await saves(trainer, "sets/nieuw/edit/1", do="look", task_en="short")
    live = trainer.html.split('id="looks"')[1]
    assert "Opdracht (Engels): is 5 tekens" in live and "heeft" not in live
    await saves(trainer, "sets/nieuw/edit/1", do="look", revision="77")  # of an older draft
    live = trainer.html.split('id="looks"')[1]
    assert "1. ✅ Gedaan" in live and "Vraag vandaag iets aan een collega." in live
    assert (await draft(application)).revision == set_drafts.NOT_SAVED


# -- large sets


async def test_a_set_of_the_largest_size_is_shown_at_once(
    trainer: Browser, application: Application
) -> None:
    await publishes(application, made("groot", *(f"c{n}" for n in range(MAX_CHALLENGES))))
    for path in ("edit", "edit/250", "publish", "compare"):
        await trainer.opens(f"sets/groot/{path}")  # what is compiled once is compiled here
        before = time.process_time()
        await trainer.opens(f"sets/groot/{path}")
        spent = time.process_time() - before
        print(f"{path}: {spent * 1000:.0f} ms, {len(trainer.html) / 1024:.0f} KiB")
        assert spent < 1, path  # a fifth of that on a quiet machine
        assert len(trainer.html) < MOST_BYTES, path
    await trainer.opens("sets/groot/edit?page=5")
    assert 'start="401"' in trainer.html and trainer.html.count("<li>\n<div>") == 100
    assert "disabled" in trainer.html.split('value="down:500"')[1].split(">")[0]
    revision = hidden(trainer, "revision")
    await trainer.posts("sets/groot/edit", do="up:401", revision=revision)
    assert "c400 staat nu op plaats 400" in trainer.text and 'start="301"' in trainer.html
    for nowhere in ("0", "6", "x", "9" * 30):
        await trainer.opens(f"sets/groot/edit?page={nowhere}")
    await trainer.opens("sets/groot/edit/501", 404)


async def test_the_pages_of_a_long_list_are_told_apart_from_the_other_links(
    trainer: Browser, member: FakeMember, application: Application
) -> None:
    await publishes(application, made("groot", *(f"nummer-{n}" for n in range(101))))
    for language in ("nl", "en"):
        await member.says(f"/taal {language}")
        await trainer.opens("sets/groot/edit?page=2")
        labels = re.findall(r'<nav[^>]* aria-label="([^"]+)"', trainer.html)
        assert len(set(labels)) == len(labels) == 3, labels
        current = re.findall(r'<a class="([^"]+)"[^>]* aria-current="page">', trainer.html)
        assert "nl-button nl-button--primary" in current  # the page that is open looks different
