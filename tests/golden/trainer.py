"""What a trainer does: from a file to a phone, and back."""

from bot.core.challenges.challenge import Challenge, ChallengeSet, ChallengeText, Title
from tests.golden.chat import Chat
from tests.golden.dialogue import dialogue
from tests.golden.scene import Scene

FILE = "buurt.yaml"
GREET = Challenge.of(
    id="groet-een-onbekende",
    minutes=5,
    daring=1,
    nl=ChallengeText(
        task="Groet vandaag drie mensen die je niet kent, en kijk wat er gebeurt.",
        why="Wie groet, wordt gezien.",
        reflect="Wie groette er terug?",
    ),
    en=ChallengeText(
        task="Greet three people today whom you do not know, and see what happens.",
        why="Who greets is seen.",
        reflect="Who greeted you back?",
    ),
)
BENCH = Challenge.of(
    id="bankje-in-de-wijk",
    minutes=15,
    daring=2,
    nl=ChallengeText(
        task="Ga een kwartier op een bankje in de wijk zitten, zonder telefoon.",
        reflect="Wat zag je dat je anders voorbijloopt?",
    ),
    en=ChallengeText(
        task="Sit on a bench in the neighbourhood for a quarter of an hour, without a phone.",
        reflect="What did you see that you otherwise walk past?",
    ),
)
WALK = Challenge.of(
    id="loop-een-straat-om",
    minutes=10,
    daring=1,
    nl=ChallengeText(
        task="Loop op weg naar een afspraak een straat om die je niet kent.",
        reflect="Wat kwam je daar tegen?",
    ),
    en=ChallengeText(
        task="On your way to an appointment, walk through a street that you do not know.",
        reflect="What did you come across there?",
    ),
)


def _set(*challenges: Challenge) -> bytes:
    """A file with these; JSON is YAML."""
    title = Title.of(nl="De buurt in", en="Into the neighbourhood")
    return ChallengeSet(set="buurt", title=title, challenges=challenges).model_dump_json().encode()


async def _trainer(scene: Scene) -> Chat:
    sanne = scene.person()
    await sanne.has_joined()
    await sanne.trains()
    return sanne


@dialogue(
    nl=("Een set uitdagingen insturen", "Eerst de fouten, dan hoe het eruitziet, en dan live."),
    en=("Sending a set of challenges", "First the faults, then how it looks, and then it is live."),
)
async def pushing_a_set(scene: Scene) -> None:
    """A slip, the preview, and live."""
    sanne = await _trainer(scene)
    await sanne.sends_file(FILE, _set(GREET).replace(b'"minutes":5', b'"minuten":5'))
    await sanne.sends_file(FILE, _set(GREET, BENCH, WALK))
    await sanne.taps("Laat er nog twee zien", "Show two others")
    await sanne.taps("Publiceer", "Publish")
    await sanne.sends_file(FILE, _set(GREET, BENCH, WALK))


@dialogue(
    nl=("Voor één team, vanaf maandag", "Kies teams en een dag; tot dan verandert er niets."),
    en=("For one team, from Monday on", "Choose teams and a day; nothing changes until then."),
)
async def pushing_for_a_team(scene: Scene) -> None:
    """A team by button, a day by button, and not after all."""
    await scene.has_team("Water")
    sanne = await _trainer(scene)
    await sanne.sends_file(FILE, _set(GREET))
    scene.record.starts_here()
    await sanne.taps("Voor wie?", "For whom?")
    await sanne.taps("Water")
    await sanne.taps("Terug naar de set", "Back to the set")
    await sanne.taps("Vanaf wanneer?", "From when?")
    await sanne.taps("Vanaf maandag", "From Monday")
    await sanne.taps("Publiceer", "Publish")


@dialogue(
    nl=("Een versie terug", "Beviel een set toch niet? Twee tikken, en de vorige staat weer live."),
    en=("Back a version", "A set did not please? Two taps, and the one before is live again."),
)
async def taking_a_set_back(scene: Scene) -> None:
    """Two versions, and the first again."""
    sanne = await _trainer(scene)
    for challenges in ((GREET,), (GREET, BENCH)):
        await sanne.sends_file(FILE, _set(*challenges))
        await sanne.taps("Publiceer", "Publish")
    scene.record.starts_here()
    await sanne.types("/sets terug buurt", "/sets back buurt")
    await sanne.taps("Ja, versie 1 terug", "Yes, version 1 again")
