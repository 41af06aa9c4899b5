"""Somebody on Telegram, as the tests of the running program need them."""

from tests.support.telegram.bot_api import Person


async def joins(person: Person, rhythm: str = "/ritme ma-zo 8:00") -> None:
    """They take part."""
    person.types("/start")
    await person.receives("In welke taal", timeout=20)
    person.presses("Nederlands")
    await person.receives("Wanneer mag ik")
    person.types(rhythm)
    await person.receives("Je volgende uitdaging komt")
