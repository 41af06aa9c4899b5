"""Members whose moment has come, and what reached them."""

from bot.app import Application, build
from bot.delivery.claim import LeasedNudge, claim_nudges
from tests.support.fakes import FakeChannel, FakeMember, FixedClock


def nudges_of(someone: FakeMember) -> list[str]:
    """The tasks of the nudges they got, in order; edits do not matter."""
    return [_task(sheet.text) for sheet in someone.messages if "Lef:" in sheet.text]


def _task(text: str) -> str:
    """What stands above why, and that above what it takes."""
    parts = text.split("\n\n")
    [takes] = [at for at, part in enumerate(parts) if "Lef:" in part]
    return parts[takes - 2]


async def all_due(
    application: Application, fake_channel: FakeChannel, clock: FixedClock, *names: str
) -> list[FakeMember]:
    """People who joined on this paper, at the moment at which they are all due."""
    there = build(
        application.database, application.vault, [fake_channel], clock, "nl", "Europe/Amsterdam"
    )
    people = [FakeMember(there, fake_channel, clock, name) for name in names]
    for person in people:
        await person.joins()
    clock.goes_to(24, 11, 9, 30)
    return people


async def claims(application: Application, clock: FixedClock) -> list[LeasedNudge]:
    """What another process takes, before the power goes."""
    async with application.database.transaction() as session:
        return (await claim_nudges(session, clock(), ["paper"], 10, clock())).parcels
