"""Members whose moment has come, and the nudges that reached them."""

from bot.app import Application, build
from bot.delivery.nudges.nudge_claims import LeasedNudge, claim_nudges
from tests.support.fakes import FakeChannel, FakeMember, FixedClock


def nudges_of(member: FakeMember) -> list[str]:
    """Returns the tasks of the nudges they got, in order, also of those that were edited later."""
    return [_task(sheet.text) for sheet in member.messages if "Lef:" in sheet.text]


def _task(text: str) -> str:
    """Returns the paragraph two above the one that says what the challenge takes."""
    paragraphs = text.split("\n\n")
    [takes] = [at for at, paragraph in enumerate(paragraphs) if "Lef:" in paragraph]
    return paragraphs[takes - 2]


async def due_members(
    application: Application, fake_channel: FakeChannel, clock: FixedClock, *names: str
) -> list[FakeMember]:
    """Returns people who joined on this channel, at the moment at which all of them are due."""
    built = build(application.database, application.vault, [fake_channel], clock)
    members = [FakeMember(built, fake_channel, clock, name) for name in names]
    for member in members:
        await member.joins()
    clock.goes_to(24, 11, 9, 30)
    return members


async def claim_in_another_process(
    application: Application, clock: FixedClock
) -> list[LeasedNudge]:
    """Returns what another process claims and, because its power is cut, never sends."""
    async with application.database.transaction() as session:
        return (await claim_nudges(session, clock(), ["paper"], 10, clock())).items
