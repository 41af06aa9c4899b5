"""When the bot speaks, in which language, and where."""

from tests.golden.dialogue import dialogue
from tests.golden.scene import Scene

CODE = r"[2-9A-Z]{4}-[2-9A-Z]{4}"
SHOWN_CODE = "K7QF-2MPX"


@dialogue(
    nl=("Een ander ritme", "Kies een knop, of typ dagen en een tijd zoals je ze zou zeggen."),
    en=("Another rhythm", "Choose a button, or type days and a time as you would say them."),
)
async def rhythm(scene: Scene) -> None:
    """By button, and in words."""
    sanne = scene.person()
    await sanne.has_joined()
    await sanne.types("/ritme", "/rhythm")
    await sanne.taps("Elke werkdag", "Every workday")
    await sanne.types("/ritme ma wo vr 10:15", "/rhythm mon wed fri 10:15")


@dialogue(
    nl=("Een ritme dat niet kan", "De bot zegt wat er mis is, met een voorbeeld dat wel werkt."),
    en=("A rhythm that is not possible", "The bot says what is wrong, with an example that works."),
)
async def rhythm_with_nonsense(scene: Scene) -> None:
    """No days, no such time, and a time in the night."""
    sanne = scene.person()
    await sanne.has_joined()
    await sanne.types("/ritme als het regent", "/rhythm when it rains")
    await sanne.types("/ritme di 25:00", "/rhythm tue 25:00")
    await sanne.types("/ritme di 3:00", "/rhythm tue 3:00")


@dialogue(
    nl=("Pauze en weer verder", "Tijdens een pauze is de bot stil en blijft je reeks staan."),
    en=("A pause, and going on", "During a pause the bot is silent and your streak stays."),
)
async def pause_and_resume(scene: Scene) -> None:
    """Until a date, an end before its time, and one that was taken back."""
    sanne = scene.person()
    await sanne.has_joined()
    await sanne.types("/pauze tot 3 jan", "/pause until 3 jan")
    await sanne.types("/hervat", "/resume")
    await sanne.types("/pauze 24 dec - 3 jan", "/pause 24 dec - 3 jan")
    await sanne.taps("Toch niet weg", "Not away")
    await sanne.types("/pauze binnenkort", "/pause soon")


@dialogue(
    nl=("Eerder terug", "Van vrije dagen die je had gemeld, zegt de bot eerst hoelang ze duren."),
    en=("Back early", "If you told the bot about days away, it first says how long they last."),
)
async def back_early(scene: Scene) -> None:
    """Leave that runs now ends only when they say so."""
    sanne = scene.person()
    await sanne.has_joined()
    await sanne.types("/pauze 24 nov - 4 dec", "/pause 24 nov - 4 dec")
    await scene.time_goes_to(25, 11, 10, 0, sanne)
    await sanne.types("/hervat", "/resume")
    await sanne.taps("Ja, nu verder", "Yes, go on now")


@dialogue(
    nl=("Wat past bij je werk", "Vertel waar je werkt en met wie, dan past de bot zich aan."),
    en=("What suits your work", "Say where you work and with whom, and the bot goes by that."),
)
async def work(scene: Scene) -> None:
    """As many as apply, and ready."""
    sanne = scene.person()
    await sanne.has_joined()
    await sanne.types("/werk", "/work")
    await sanne.taps("Kantoor", "Office")
    await sanne.taps("Collega’s", "Colleagues")
    await sanne.taps("Klaar", "Ready")


@dialogue(
    nl=("Hoeveel lef", "Je bepaalt zelf hoe spannend het mag worden."),
    en=("How much daring", "You decide how daring they may be."),
)
async def daring(scene: Scene) -> None:
    """By button, and by number."""
    sanne = scene.person()
    await sanne.has_joined()
    await sanne.types("/lef", "/daring")
    await sanne.taps("2: ook iemand die ik niet goed ken", "2: also somebody I don’t know well")
    await sanne.types("/lef 1", "/daring 1")


@dialogue(
    nl=("Een andere taal", "Nederlands en Engels, en terug."),
    en=("Another language", "Dutch and English, and back."),
)
async def language(scene: Scene) -> None:
    """To the other language by command, back by button, and one that it does not speak."""
    sanne = scene.person()
    await sanne.has_joined()
    await sanne.types("/taal en", "/language nl")
    await sanne.types("/language", "/taal")
    await sanne.taps("Nederlands", "English")
    await sanne.types("/taal Frans", "/language French")


@dialogue(
    nl=("Een programma", "Een paar weken die opbouwen, in je eigen ritme."),
    en=("A programme", "A few weeks that build up, in your own rhythm."),
)
async def programme(scene: Scene) -> None:
    """Which there are, the first challenge, and no more."""
    sanne = scene.person()
    await sanne.has_joined()
    await sanne.types("/programma", "/programme")
    await sanne.taps("Olievlek in 6 weken", "A drop of oil in 6 weeks")
    await scene.time_goes_to(24, 11, 9, 30, sanne)
    await sanne.types("/programma stop", "/programme stop")


@dialogue(
    nl=("Ook in een andere chat", "Met een code horen Telegram en Matrix bij dezelfde persoon."),
    en=("In another chat as well", "With a code, Telegram and Matrix belong to the same person."),
)
async def link_code(scene: Scene) -> None:
    """A wrong code, a good one that both confirm, and what /koppel says then and a week later."""
    sanne = scene.person()
    await sanne.has_joined()
    await sanne.types("/koppel AAAA-BBBB", "/link AAAA-BBBB")
    await sanne.types("/koppel", "/link")
    code = scene.record.shows(CODE, SHOWN_CODE)
    there = scene.text("In Element typt Sanne: !koppel", "In Element Sanne types: !link")
    await scene.on_matrix(f"/koppel {code}", f"{there} {SHOWN_CODE}", sanne)
    chosen = scene.text("In Element kiest Sanne: Koppelen", "In Element Sanne chooses: Link")
    await scene.on_matrix("link:join:1:yes", chosen, sanne)
    await sanne.taps("Koppelen", "Link")
    await sanne.types("/koppel", "/link")
    await sanne.taps("Matrix")
    await scene.time_goes_to(30, 11, 10, 1, sanne)
    await sanne.types("/koppel", "/link")
    scene.record.shows(CODE, "W4HB-9TRC")
    await sanne.taps("Matrix loskoppelen", "Unlink Matrix")
