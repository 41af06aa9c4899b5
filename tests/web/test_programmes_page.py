"""The order of a programme: moved by buttons, a place a time, and what members get after it."""

import re

import pytest

from bot.app import Application
from bot.core.challenges.programme_order import WeekOrder
from bot.set_files.programmes import programmes
from bot.store.challenges import programme_orders
from bot.store.challenges.programme_orders import NOT_CHANGED, StoredOrder
from tests.support.fakes import FakeMember
from tests.web.conftest import Browser
from tests.web.sets import acts, becomes_trainer

NAME = "olievlek-in-6-weken"
FIRST, SECOND = "nieuwsgierig/naieve-vraag", "aannames/waarom-altijd-zo"


@pytest.fixture
async def trainer(browser: Browser, member: FakeMember) -> Browser:
    """A browser in which a trainer has the page open."""
    trainer = await becomes_trainer(browser, member)
    await trainer.opens("programmes")
    return trainer


async def moves(trainer: Browser, do: str, status: int = 200, **fields: object) -> str:
    """Presses a button of the first programme on the page that is open."""
    revision = re.search(rf'value="{NAME}">\s*<input[^>]*revision" value="(\d+)"', trainer.html)
    form = {"programme": NAME, "revision": revision[1] if revision else "0", "do": do}
    return await trainer.posts("programmes", status, **{**form, **fields})


def ordered(trainer: Browser) -> list[str]:
    """The challenges of the first programme as the page has them."""
    form = trainer.html.split(f'id="{NAME}"')[1].split("</form>")[0]
    return re.findall(r'value="up:([a-z-]+/[^"]+)"', form)


async def test_each_move_is_one_place_and_says_where_it_is_now(trainer: Browser) -> None:
    packaged = list(programmes()[NAME].keys)
    assert ordered(trainer) == ["/".join(key) for key in packaged]
    assert "Stel vandaag een collega" in trainer.text  # a slug alone says little
    said = "naieve-vraag staat nu op plaats 2 van 2 in week 1."
    assert said in await moves(trainer, f"down:{FIRST}")
    assert ordered(trainer)[:2] == [SECOND, FIRST]
    mark = f"{NAME}-c2"
    assert trainer.url.endswith(f"?moved={mark}#{mark}-down")
    button = re.search(rf'<button[^>]*id="{mark}-down"[^>]*>', trainer.html)
    assert button and f'aria-describedby="{mark} {mark}-said"' in button[0]
    assert trainer.html.count(said) == 1  # beside it, and not at the top as well
    assert "op plaats 1 van 3 in week 2." in await moves(trainer, f"down:{FIRST}")
    assert "op plaats 2 van 2 in week 1." in await moves(trainer, f"up:{FIRST}")
    assert "Vragen is nu week 2." in await moves(trainer, "down:1")
    assert "Vragen is nu week 1." in await moves(trainer, "up:2")
    assert "staat weer in de eerste volgorde" in await moves(trainer, "reset")
    assert ordered(trainer)[:2] == [FIRST, SECOND]
    assert "Terug naar de eerste volgorde" not in trainer.text


async def test_what_cannot_be_moved_is_said_and_what_is_not_there_is_not(
    trainer: Browser, application: Application
) -> None:
    stage = "netwerk/drie-lege-plekken"
    for do in (f"up:{FIRST}", "up:1", "down:6"):
        assert "Verder kan het niet." in await moves(trainer, do)
        assert re.search(r"#olievlek-in-6-weken-(c1-up|w1-up|w6-down)$", trainer.url)
    for odd in ("up", "up:lef/x", f"up:{stage}", "sideways:1", "", f"up:{'9' * 40}"):
        await trainer.opens("programmes")
        await moves(trainer, odd, 404)
    await trainer.opens("programmes")
    await moves(trainer, "up:2", 404, programme="koffie")
    await trainer.opens("programmes")
    await moves(trainer, "reset", 422)  # it was never changed
    assert await acts(application) == []


async def test_of_two_trainers_the_second_is_told(
    trainer: Browser, application: Application
) -> None:
    await moves(trainer, "down:1")
    late = await moves(trainer, "down:2", 422, revision="0")
    assert "Iemand anders veranderde intussen de volgorde." in late
    twice = await moves(trainer, "down:1", revision="0")  # the first press, which came twice
    assert "Vragen is nu week 2." in twice
    assert await acts(application) == [("programme_ordered", f"programme:{NAME}", "revision:1")]


async def test_an_order_of_an_earlier_release_does_not_count(
    trainer: Browser, application: Application
) -> None:
    old = (WeekOrder(0, ("lef/weg",)),)
    async with application.database.transaction() as session:
        at = application.clock()
        changed = StoredOrder(old, NOT_CHANGED, "down:1")
        assert await programme_orders.save(session, NAME, changed, at)
        assert not await programme_orders.save(session, NAME, changed, at)
    await trainer.opens("programmes")
    assert ordered(trainer)[0] == FIRST
    await moves(trainer, "down:1")
    assert "week 1: ruimte maken" in trainer.text.lower()


async def test_a_member_gets_the_challenges_in_the_new_order(
    trainer: Browser, member: FakeMember
) -> None:
    await member.says(f"/programma {NAME}")
    await moves(trainer, f"down:{FIRST}")
    await moves(trainer, "down:2")
    for _ in range(2):
        await member.presses("Gedaan", await member.waits_for_nudge())
        await member.presses("Overslaan")
    got = [f"{one.challenge.set_name}/{one.challenge.slug}" for one in await member.nudges()]
    assert got == [SECOND, FIRST]
