"""A nudge, and each way to answer it."""

from tests.golden.chat import Chat
from tests.golden.dialogue import dialogue
from tests.golden.scene import Scene

WROTE = ("Ik dacht dat iedereen het wist. Niemand wist het.", "I thought all knew. Nobody did.")


async def _gets_a_nudge(scene: Scene) -> Chat:
    """Somebody who takes part, on the Tuesday of their first nudge."""
    sanne = scene.person()
    await sanne.has_joined()
    await scene.time_goes_to(24, 11, 9, 30, sanne)
    return sanne


@dialogue(
    nl=("Een uitdaging, gedaan", "Daarna komt één vraag. Wat je schrijft, ziet niemand anders."),
    en=("A challenge, done", "One question follows. Only you can see what you write."),
)
async def done_and_kept_private(scene: Scene) -> None:
    """Done, with a reflection for nobody else."""
    sanne = await _gets_a_nudge(scene)
    await sanne.taps("Gedaan", "Done")
    await sanne.types(*WROTE)


@dialogue(
    nl=("Geprobeerd, zonder woorden", "Proberen telt net zo goed, en de vraag mag je overslaan."),
    en=("Tried, without words", "Trying counts just as much, and you can skip the question."),
)
async def tried_and_skipped(scene: Scene) -> None:
    """Tried, and no reflection."""
    sanne = await _gets_a_nudge(scene)
    await sanne.taps("Geprobeerd", "Tried")
    await sanne.taps("Overslaan", "Skip")


@dialogue(
    nl=("Later", "Je kiest wanneer, en dan komt hij terug."),
    en=("Later", "You choose when, and then it comes back."),
)
async def later(scene: Scene) -> None:
    """An hour later."""
    sanne = await _gets_a_nudge(scene)
    await sanne.taps("Later")
    await sanne.taps("Over een uur", "In an hour")
    await scene.time_goes_to(24, 11, 10, 30, sanne)


@dialogue(
    nl=("Een andere", "Past hij niet, dan ruil je hem; hoogstens twee keer. De bot leert ervan."),
    en=("Another", "If it does not suit you, swap it, twice at most. The bot learns from it."),
)
async def another(scene: Scene) -> None:
    """Swapping until there is no more swapping."""
    sanne = await _gets_a_nudge(scene)
    await sanne.taps("Andere", "Another")
    await sanne.taps("Past niet bij mijn werk", "Does not suit my work")
    await sanne.taps("Andere", "Another")
    await sanne.taps("Andere", "Another")


@dialogue(
    nl=("Niet nu", "Eén tik, en geen vragen. De weg terug blijft staan."),
    en=("Not now", "One tap, and no questions. The way back stays."),
)
async def not_now(scene: Scene) -> None:
    """Not this one, and yet; and nobody came with what it waits for."""
    sanne = await _gets_a_nudge(scene)
    await sanne.taps("Niet nu", "Not now")
    await sanne.taps("Toch doen", "Do it after all")
    await sanne.taps("Niet nu", "Not now")
    await sanne.taps("Kwam niet voor", "It did not come up")


@dialogue(
    nl=("In een woord", "Wie typt in plaats van tikt, wordt ook begrepen."),
    en=("In a word", "You can type instead of tapping: the bot understands that too."),
)
async def in_a_word(scene: Scene) -> None:
    """A challenge that did not work out, and a question that is left."""
    sanne = await _gets_a_nudge(scene)
    await sanne.types("Niet gelukt!", "Didn't work!")
    await sanne.types("nee", "no")


@dialogue(
    nl=("Nu meteen een uitdaging", "Met /nu hoef je niet te wachten."),
    en=("A challenge right away", "With /now you don’t have to wait."),
)
async def right_now(scene: Scene) -> None:
    """An extra one."""
    sanne = scene.person()
    await sanne.has_joined()
    await sanne.types("/nu", "/now")


@dialogue(
    nl=("Schrijven voor je tikt", "Wie meteen schrijft, zegt daarna alleen nog hoe het ging."),
    en=("Writing before tapping", "If you write straight away, you only have to say how it went."),
)
async def writing_first(scene: Scene) -> None:
    """A reflection before any button."""
    sanne = await _gets_a_nudge(scene)
    await sanne.types(*WROTE)
    await sanne.taps("Geprobeerd", "Tried")


@dialogue(
    nl=("Toch geen reflectie", "Een tekst die er niet bij hoort, bewaart de bot niet."),
    en=("No reflection after all", "A text that does not belong there is not kept."),
)
async def not_meant_as_a_reflection(scene: Scene) -> None:
    """A text that was meant for somebody else."""
    sanne = await _gets_a_nudge(scene)
    await sanne.types("Neem jij melk mee?", "Will you bring milk?")
    await sanne.taps("Niet bewaren", "Do not save it")


@dialogue(
    nl=("Een reflectie aanpassen", "Verander je bericht, en de bot onthoudt de nieuwe woorden."),
    en=("Changing a reflection", "Edit your message, and the bot keeps the new words."),
)
async def editing_a_reflection(scene: Scene) -> None:
    """A reflection, something added, and that edited."""
    sanne = await _gets_a_nudge(scene)
    await sanne.taps("Gedaan", "Done")
    await sanne.types(*WROTE)
    await sanne.types("Volgende keer vrag ik door.", "Next time I will aks on.")
    await sanne.edits("Volgende keer vraag ik door.", "Next time I will ask on.")


@dialogue(
    nl=("Een oudere uitdaging", "Reageer op het bericht zelf, en je woorden horen daarbij."),
    en=("An older challenge", "Reply to the message itself, and your words belong to that one."),
)
async def replying_to_an_older_one(scene: Scene) -> None:
    """The first of two."""
    sanne = await _gets_a_nudge(scene)
    older = sanne.last
    await scene.time_goes_to(26, 11, 9, 30, sanne)
    await sanne.types(*WROTE, reply_to=older)


@dialogue(
    nl=("Antwoorden met een reactie", "👍 telt als gedaan, 🙈 als geprobeerd."),
    en=("Answering with a reaction", "👍 counts as done, 🙈 as tried."),
)
async def reactions(scene: Scene) -> None:
    """One of each."""
    sanne = await _gets_a_nudge(scene)
    await sanne.reacts("👍")
    await sanne.taps("Overslaan", "Skip")
    await scene.time_goes_to(26, 11, 9, 30, sanne)
    await sanne.reacts("🙈")


@dialogue(
    nl=("Een tweede tik", "Een knop van een uitdaging die al klaar is, verandert niets."),
    en=("A second tap", "A button of a challenge that is done changes nothing."),
)
async def a_second_tap(scene: Scene) -> None:
    """Before the buttons went."""
    sanne = await _gets_a_nudge(scene)
    await sanne.taps_twice("Niet nu", "Not now")


@dialogue(
    nl=("Een sticker of spraakbericht", "De bot leest alleen tekst, en zegt wat je wel kunt doen."),
    en=("A sticker or a voice message", "The bot only reads text, and says what you can do."),
)
async def not_in_words(scene: Scene) -> None:
    """A sticker, and a voice message and a photo as the answer to the question."""
    sanne = await _gets_a_nudge(scene)
    await sanne.sends("sticker")
    await sanne.taps("Gedaan", "Done")
    await sanne.sends("voice")
    await sanne.sends("photo")


@dialogue(
    nl=("Hoe ging het?", "Wie wil, krijgt ’s middags de knoppen nog eens."),
    en=("How did it go?", "If you like, you get the buttons once more in the afternoon."),
)
async def check_in(scene: Scene) -> None:
    """Turned on, asked, answered, and turned off."""
    sanne = scene.person()
    await sanne.has_joined()
    await sanne.types("/ritme", "/rhythm")
    await sanne.taps("Vraag ’s middags hoe het ging", "Ask me in the afternoon")
    await scene.time_goes_to(24, 11, 9, 30, sanne)
    await scene.time_goes_to(24, 11, 15, 30, sanne)
    await sanne.taps("Gedaan", "Done")
    await sanne.taps("Vraag er ’s middags niet meer naar", "Stop asking in the afternoon")


@dialogue(
    nl=("Een tijdje stil", "Na drie rondes zonder antwoord vraagt de bot één keer iets, en wacht."),
    en=("Quiet for a while", "After three rounds without an answer the bot asks once, and waits."),
)
async def silence(scene: Scene) -> None:
    """Three rounds of silence, and one day a week."""
    sanne = scene.person()
    await sanne.has_joined()
    for day, month in ((24, 11), (26, 11), (1, 12)):
        await scene.time_goes_to(day, month, 9, 30, sanne)
    scene.record.starts_here()
    await scene.time_goes_to(3, 12, 9, 30, sanne)
    await sanne.taps("Eén dag per week", "One day a week")
    await scene.time_goes_to(8, 12, 9, 30, sanne)


@dialogue(
    nl=("Past niet bij mijn werk", "Van zo’n ruil leert de bot; je kunt het terugdraaien."),
    en=("Does not suit my work", "The bot learns from such a swap; you can take it back."),
)
async def does_not_suit(scene: Scene) -> None:
    """A challenge for which one needs colleagues; and yet there are some."""
    sanne = await _gets_a_nudge(scene)
    await sanne.does()
    await scene.time_goes_to(26, 11, 9, 30, sanne)
    scene.record.starts_here()
    await sanne.taps("Andere", "Another")
    await sanne.taps("Past niet bij mijn werk", "Does not suit my work")
    await sanne.taps("Toch wel", "Send them after all")


@dialogue(
    nl=("Wat er niet past", "Vraagt een uitdaging twee dingen, dan wijs je aan wat niet past."),
    en=("What does not suit", "Where it needs two things, you say which of them does not suit."),
)
async def which_does_not_suit(scene: Scene) -> None:
    """A challenge that needs a meeting and colleagues; it was about neither."""
    sanne = await _gets_a_nudge(scene)
    for day, month in ((26, 11), (1, 12), (3, 12), (8, 12)):
        await sanne.does()
        await scene.time_goes_to(day, month, 9, 30, sanne)
    await sanne.taps("Andere", "Another")
    scene.record.starts_here()
    await sanne.taps("Andere", "Another")
    await sanne.taps("Past niet bij mijn werk", "Does not suit my work")
    await sanne.taps("Alleen deze uitdaging", "Just this challenge")
