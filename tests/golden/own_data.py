"""What somebody built up, and what is kept of them."""

from tests.golden.chat import Chat
from tests.golden.dialogue import dialogue
from tests.golden.scene import Scene

WROTE = (
    ("Ze wisten het al. Ik niet.", "They knew. I did not."),
    ("Stilte, en toen een goed idee.", "Silence, and then a good idea."),
)


async def _lives_through(scene: Scene, sanne: Chat) -> None:
    """Five rounds: done, tried, missed, done, done."""
    days = ((24, 11), (26, 11), (1, 12), (3, 12), (8, 12))
    answers = (
        ("Gedaan", "Done"),
        ("Geprobeerd", "Tried"),
        None,
        ("Gedaan", "Done"),
        ("Gedaan", "Done"),
    )
    words = iter(WROTE)
    for (day, month), answer in zip(days, answers, strict=True):
        await scene.time_goes_to(day, month, 9, 30, sanne)
        if answer is None:
            continue
        await sanne.taps(*answer)
        if wrote := next(words, None):
            await sanne.types(*wrote)
        else:
            await sanne.taps("Overslaan", "Skip")
    scene.record.starts_here()


@dialogue(
    nl=("Je reeks, met plaatje", "Eén gemiste ronde vangt de joker op."),
    en=("Your streak, with a picture", "The joker covers one missed round."),
)
async def streak(scene: Scene) -> None:
    """After five rounds."""
    sanne = scene.person()
    await sanne.has_joined()
    await _lives_through(scene, sanne)
    await sanne.types("/reeks", "/streak")


@dialogue(
    nl=("Terugblik", "Wat je schreef, alleen voor jou."),
    en=("Looking back", "What you wrote, for you alone."),
)
async def review(scene: Scene) -> None:
    """The last weeks, and before there was anything."""
    sanne = scene.person()
    await sanne.has_joined()
    await _lives_through(scene, sanne)
    await sanne.types("/terugblik", "/review")
    await scene.time_goes_to(11, 1, 10, 0, sanne, year=2027)
    await sanne.types("/terugblik", "/review")
    await sanne.taps("Laat alles zien", "Show everything")


@dialogue(
    nl=("Privacy", "Wat er bewaard wordt, waarom, hoe lang, en wie het ziet."),
    en=("Privacy", "What is kept, why, for how long, and who sees it."),
)
async def privacy(scene: Scene) -> None:
    """The short text, and all of it."""
    sanne = scene.person()
    await sanne.has_joined()
    await sanne.types("/privacy")
    await sanne.taps("Meer", "More")


@dialogue(
    nl=("Blijf je?", "Wie een half jaar stil is, krijgt een vraag voordat alles gewist wordt."),
    en=("Do you stay?", "Who is silent for half a year is asked before all is erased."),
)
async def stays(scene: Scene) -> None:
    """The question, and one tap."""
    sanne = scene.person()
    await sanne.has_joined()
    await scene.time_goes_to(15, 6, 10, 0, sanne, year=2027)
    scene.record.starts_here()
    await scene.time_goes_to(16, 6, 10, 0, sanne, year=2027)
    await scene.retention_runs(sanne)
    await sanne.taps("Ik blijf", "I stay")


@dialogue(
    nl=("Al je gegevens", "Een bestand in de chat, met alles wat de bot van je weet."),
    en=("All your data", "A file in the chat, with everything the bot knows about you."),
)
async def export(scene: Scene) -> None:
    """The file."""
    sanne = scene.person()
    await sanne.has_joined()
    await sanne.types("/export")


@dialogue(
    nl=("Vergeet mij", "De bot vraagt het nog één keer, en wist dan alles."),
    en=("Forget me", "The bot asks once more, and then erases everything."),
)
async def forget_me(scene: Scene) -> None:
    """No, and then yes."""
    sanne = scene.person()
    await sanne.has_joined()
    await sanne.types("/vergeetmij", "/forgetme")
    await sanne.taps("Nee", "No")
    await sanne.types("/vergeetmij", "/forgetme")
    await sanne.taps("Ja", "Yes")
    await sanne.types("/reeks", "/streak")
