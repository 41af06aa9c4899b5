"""Members whose moment has come, and what reached them."""

from bot.app import House, build
from bot.delivery.claim import Parcel, claim
from tests.support.story import Paper, Someone, StillClock


def nudges_of(someone: Someone) -> list[str]:
    """The tasks of the nudges they got, in order; edits do not matter."""
    return [_task(sheet.text) for sheet in someone.sheets if "Lef:" in sheet.text]


def _task(text: str) -> str:
    """What stands above why, and that above what it takes."""
    parts = text.split("\n\n")
    [takes] = [at for at, part in enumerate(parts) if "Lef:" in part]
    return parts[takes - 2]


async def all_due(house: House, paper: Paper, clock: StillClock, *names: str) -> list[Someone]:
    """People who joined on this paper, at the moment at which they are all due."""
    there = build(house.database, house.vault, [paper], clock, "nl", "Europe/Amsterdam")
    people = [Someone(there, paper, clock, name) for name in names]
    for person in people:
        await person.joins()
    clock.goes_to(24, 11, 9, 30)
    return people


async def claims(house: House, clock: StillClock) -> list[Parcel]:
    """What another process takes, before the power goes."""
    async with house.database.transaction() as session:
        return (await claim(session, clock(), ["paper"], 10, clock())).parcels
