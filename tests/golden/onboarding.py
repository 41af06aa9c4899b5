"""Joining, and asking for help."""

from tests.golden.dialogue import dialogue
from tests.golden.scene import Scene


@dialogue(
    nl=("Meedoen", "Twee vragen, meer niet: welke taal, en wanneer."),
    en=("Joining", "Two questions and no more: which language, and when."),
)
async def joining(scene: Scene) -> None:
    """The two questions, by button."""
    sanne = scene.person()
    await sanne.types("/start")
    await sanne.taps("Nederlands", "English")
    await sanne.taps("Dinsdag", "Tuesday")


@dialogue(
    nl=("Iemand die nog niet meedoet", "Wie niet op /start tikte, hoort hoe het begint."),
    en=("Somebody who has not joined", "Anyone who has not tapped /start is told how to begin."),
)
async def a_stranger(scene: Scene) -> None:
    """A greeting, and a command."""
    sanne = scene.person()
    await sanne.types("Hallo?", "Hello?")
    await sanne.types("/reeks", "/streak")


@dialogue(
    nl=("Opnieuw beginnen", "Wie al meedoet en /start typt, raakt niets kwijt."),
    en=("Starting again", "If you already take part, typing /start loses you nothing."),
)
async def starting_again(scene: Scene) -> None:
    """A second /start, and one with a code that nobody gave."""
    sanne = scene.person()
    await sanne.has_joined()
    await sanne.types("/start")
    await sanne.types("/start NIETS", "/start NOTHING")


@dialogue(
    nl=("Hulp", "/help noemt alles wat de bot voor je kan doen."),
    en=("Help", "/help lists everything the bot can do for you."),
)
async def helping(scene: Scene) -> None:
    """All commands."""
    sanne = scene.person()
    await sanne.has_joined()
    await sanne.types("/help")


@dialogue(
    nl=("Een opdracht die niet bestaat", "Bij een tikfout raadt de bot wat je bedoelt."),
    en=("A command that does not exist", "After a slip the bot guesses what you meant."),
)
async def an_unknown_command(scene: Scene) -> None:
    """One that looks like another, and one that looks like none."""
    sanne = scene.person()
    await sanne.has_joined()
    await sanne.types("/reesk", "/streek")
    await sanne.types("/koffie", "/coffee")


@dialogue(
    nl=("Zomaar een tekst", "Als er niets openstaat, zegt de bot wat wel kan."),
    en=("A text out of the blue", "When nothing is open, the bot says what you can do."),
)
async def out_of_the_blue(scene: Scene) -> None:
    """A text while no nudge waits."""
    sanne = scene.person()
    await sanne.has_joined()
    await sanne.types("Lekker weer vandaag.", "Nice weather today.")
