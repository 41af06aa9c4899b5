"""Being part of a team: coming in, what it sees of you, sharing, leaving."""

from tests.golden.chat import Chat
from tests.golden.dialogue import dialogue
from tests.golden.scene import Scene

CODE = r"[2-9A-HJ-NP-Z]{10}"
SHOWN_CODE = "K7QF2MPXAB"
NAMES = ("Ali", "Joost", "Fatma", "Kees")


async def team_of_five(scene: Scene, sanne: Chat) -> list[Chat]:
    """Sanne and four others in the Griffie, which did five weeks; that is not shown."""
    code = await scene.team("Griffie")
    everybody = [sanne, *(scene.person(name, 8 + n) for n, name in enumerate(NAMES))]
    for one in everybody:
        await one.has_joined_with(code)
    for day, month, doing in ((24, 11, 4), (1, 12, 5), (8, 12, 3), (15, 12, 1), (22, 12, 5)):
        await scene.time_goes_to(day, month, 9, 30, *everybody)
        for one in everybody[:doing]:
            await one.does()
    scene.record.starts_here()
    return everybody


@dialogue(
    nl=("Uitgenodigd", "Eén tik op de link, en je hoort bij het team."),
    en=("Invited", "One tap on the link, and you are part of the team."),
)
async def invited(scene: Scene) -> None:
    """By a link, which has Telegram say /start with the code."""
    sanne = scene.person()
    code = await scene.team("Griffie")
    await sanne.types(f"/start {code}")
    scene.record.shows(code, SHOWN_CODE)
    await sanne.taps("Nederlands", "English")


@dialogue(
    nl=("Een code die niet werkt", "De bot zegt wat eraan scheelt en wat je kunt doen."),
    en=("A code that does not work", "The bot says what is wrong, and what to do."),
)
async def code_that_does_not_work(scene: Scene) -> None:
    """Mistyped, and too old."""
    sanne = scene.person()
    code = await scene.team("Griffie")
    await sanne.has_joined()
    await sanne.types("/start K7QF2MPXAC")
    await scene.time_goes_to(15, 12, 10, 0)
    await sanne.types(f"/start {code}")
    scene.record.shows(code, SHOWN_CODE)


@dialogue(
    nl=("Je team", "Het bord, en wat je team van jou ziet: niets."),
    en=("Your team", "The board, and what your team sees of you: nothing."),
)
async def your_team(scene: Scene) -> None:
    """In words, and as a picture."""
    sanne = scene.person()
    await team_of_five(scene, sanne)
    await sanne.types("/team")
    await sanne.taps("Bord", "Board")


@dialogue(
    nl=("Onzichtbaar", "Je telt dan alleen voor jezelf."),
    en=("Invisible", "You then count for yourself only."),
)
async def invisible(scene: Scene) -> None:
    """And back."""
    sanne = scene.person()
    await sanne.has_joined_with(await scene.team("Griffie"))
    await sanne.types("/team")
    await sanne.taps("Maak me onzichtbaar", "Make me invisible")
    await sanne.types("/team")
    await sanne.taps("Laat me weer meetellen", "Let me count again")


@dialogue(
    nl=("Weg bij een team", "Je eigen reeks gaat gewoon door."),
    en=("Leaving a team", "Your own streak just goes on."),
)
async def leaving_a_team(scene: Scene) -> None:
    """With a second thought first."""
    sanne = scene.person()
    await sanne.has_joined_with(await scene.team("Griffie"))
    await sanne.types("/team")
    await sanne.taps("Weg bij dit team", "Leave this team")
    await sanne.taps("Nee, ik blijf", "No, I stay")
    await sanne.types("/team verlaat", "/team leave")
    await sanne.taps("Ja, ik ga weg", "Yes, I leave")
    await sanne.types("/team")


@dialogue(
    nl=("Delen met je team", "Met je naam of zonder, en terugnemen kan altijd."),
    en=("Sharing with your team", "With your name or without, and you can always take it back."),
)
async def sharing(scene: Scene) -> None:
    """And taking it back."""
    sanne = scene.person()
    await sanne.has_joined_with(await scene.team("Griffie"))
    await scene.time_goes_to(24, 11, 9, 30, sanne)
    await sanne.taps("Geprobeerd", "Tried")
    await sanne.types("Ik vroeg het. Het bleef stil.", "I asked. It stayed quiet.")
    await sanne.taps("Deel met je team", "Share with your team")
    await sanne.taps("Deel zonder naam", "Share without my name")
    await sanne.taps("Terugnemen", "Take it back")


@dialogue(
    nl=("In twee teams", "Je kiest bij welk team."),
    en=("In two teams", "You choose which team."),
)
async def in_two_teams(scene: Scene) -> None:
    """Sharing, and the board."""
    sanne = scene.person()
    codes = [await scene.team(name) for name in ("Griffie", "Wijkteam Oost")]
    await sanne.has_joined_with(codes[0])
    await sanne.types(f"/start {codes[1]}")
    await scene.time_goes_to(24, 11, 9, 30, sanne)
    await sanne.taps("Gedaan", "Done")
    scene.record.starts_here()
    await sanne.types("De bakker wist meer dan wij.", "The baker knew more than we did.")
    await sanne.taps("Deel met je team", "Share with your team")
    await sanne.taps("Deel met naam", "Share with my name")
    await sanne.taps("Wijkteam Oost")
    await sanne.types("/team bord", "/team board")
    await sanne.taps("Griffie")


@dialogue(
    nl=("Een bestand en /sets", "Alleen wie uitdagingen maakt, stuurt bestanden."),
    en=("A file and /sets", "Only people who make challenges can send files."),
)
async def a_file_and_sets(scene: Scene) -> None:
    """From somebody without the role."""
    sanne = scene.person()
    await sanne.has_joined()
    await sanne.sends("file")
    await sanne.types("/sets")
