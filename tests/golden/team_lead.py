"""Leading a team: inviting, seeing who is there, handing over, and what a group hears."""

from tests.golden.chat import Chat
from tests.golden.dialogue import dialogue
from tests.golden.scene import Scene
from tests.golden.teams import CODE, SHOWN_CODE


async def led_team(scene: Scene, *names: str) -> list[Chat]:
    """Sanne leads the Griffie, and these are in it; that is not shown."""
    sanne = scene.person()
    code = await scene.team("Griffie", sanne)
    everybody = [sanne, *(scene.person(name, 8 + n) for n, name in enumerate(names))]
    for one in everybody:
        await one.has_joined_with(code)
    return everybody


@dialogue(
    nl=("Uitnodigen", "Een bericht om door te sturen, met link, code en QR-code."),
    en=("Inviting", "A message to pass on, with a link, a code and a QR code."),
)
async def inviting(scene: Scene) -> None:
    """And taking it back."""
    [sanne] = await led_team(scene)
    await sanne.types("/team")
    await sanne.taps("Uitnodigen", "Invite")
    scene.record.shows(CODE, SHOWN_CODE)
    await sanne.taps("Uitnodigingen intrekken", "Withdraw invitations")


@dialogue(
    nl=("Wie er zijn", "Wie eruit gaat, hoort het van de bot."),
    en=("Who is in the team", "Anyone who is removed hears it from the bot."),
)
async def who_is_there(scene: Scene) -> None:
    """Taking somebody out, with a second thought first."""
    sanne, _, joost = await led_team(scene, "Ali", "Joost")
    joost.place = scene.text("De chat van Joost", "Joost's chat")
    await sanne.types("/team")
    await sanne.taps("Leden", "Members")
    await sanne.taps("Joost uit het team", "Remove Joost")
    await sanne.taps("Nee, laat staan", "No, keep it")
    await sanne.taps("Joost uit het team", "Remove Joost")
    await sanne.taps("Ja, haal Joost eruit", "Yes, remove Joost")
    scene.reads(joost)


@dialogue(
    nl=("Overdragen", "Samen leiden kan ook."),
    en=("Handing over", "Leading together is possible too."),
)
async def handing_over(scene: Scene) -> None:
    """To somebody else, after trying it together."""
    sanne, _ = await led_team(scene, "Ali")
    await sanne.types("/team verlaat", "/team leave")
    await sanne.types("/team")
    await sanne.taps("Overdragen", "Hand over")
    await sanne.taps("Ali")
    await sanne.taps("Ja, we leiden samen", "Yes, we lead together")
    await sanne.types("/team overdragen", "/team handover")
    await sanne.taps("Ali")
    await sanne.taps("Nee, ik stop als leider", "No, I stop leading")
    await sanne.types("/team leden", "/team members")


@dialogue(
    nl=("Naam en weekbericht", "Hoe het team heet, en wanneer de groep iets hoort."),
    en=("Name and weekly message", "What the team is called, and when the group hears something."),
)
async def name_and_weekly_message(scene: Scene) -> None:
    """With something that cannot be understood."""
    [sanne] = await led_team(scene)
    await sanne.types("/team naam Griffie Zuid", "/team name Griffie Zuid")
    await sanne.types("/team digest ooit", "/team digest sometime")
    await sanne.types("/team digest do 16:00", "/team digest thu 16:00")
    await sanne.types("/team digest uit", "/team digest off")


@dialogue(
    nl=("Een groep koppelen", "Eén code voor één groep."),
    en=("Connecting a group", "One code for one group."),
)
async def connecting_a_group(scene: Scene) -> None:
    """The lead asks for a link, taps it, and confirms in private."""
    sanne, _ = await led_team(scene, "Ali")
    await sanne.types("/team groep", "/team group")
    code = scene.record.shows(CODE, SHOWN_CODE)
    group = scene.group(scene.text("Groep: Griffie", "Group: Griffie"))
    await group.says(sanne, f"/start@olievlek_bot {code}")
    sanne.place = scene.text("De chat van Sanne", "Sanne's chat")
    scene.reads(sanne)
    await sanne.taps("Verbind", "Connect")
    scene.reads(group)


@dialogue(
    nl=("Een groep losmaken", "Wie het team leidt, maakt een groep weer los met /team."),
    en=("Disconnecting a group", "Whoever leads the team disconnects a group with /team."),
)
async def disconnecting_a_group(scene: Scene) -> None:
    """A group that is connected, and then is not."""
    sanne, _ = await led_team(scene, "Ali")
    await sanne.types("/team groep", "/team group")
    code = scene.record.shows(CODE, SHOWN_CODE)
    group = scene.group(scene.text("Groep: Griffie", "Group: Griffie"))
    await group.says(sanne, f"/start {code}")
    await sanne.taps("Verbind", "Connect")
    scene.reads(group)
    sanne.place = scene.text("De chat van Sanne", "Sanne's chat")
    scene.record.starts_here()
    await sanne.types("/team")
    await sanne.taps("Groep op Telegram losmaken", "Disconnect the group on Telegram")
    scene.reads(group)


@dialogue(
    nl=("Het weekbericht", "Vrijdagmiddag in de groep: de druppel, verhalen en een vraag."),
    en=("The weekly message", "Friday afternoon in the group: the drop, stories and a question."),
)
async def weekly_message(scene: Scene) -> None:
    """Three stories, of which one without a name is taken back: those leave together."""
    everybody = await led_team(scene, "Ali", "Joost", "Fatma", "Kees")
    sanne, ali, joost, *_ = everybody
    await sanne.types("/team groep", "/team group")
    code = scene.record.shows(CODE, SHOWN_CODE)
    group = scene.group(scene.text("Groep: Griffie", "Group: Griffie"))
    await group.says(sanne, f"/start {code}")
    await sanne.taps("Verbind", "Connect")
    scene.reads(group)
    await scene.time_goes_to(24, 11, 9, 30, *everybody)
    for one, wrote, label in (
        (sanne, ("De bakker wist meer dan wij.", "The baker knew more."), ("met", "with my")),
        (ali, ("Het bleef stil. Ook goed.", "It stayed quiet. Fine too."), ("zonder", "without")),
        (joost, ("Ik liep een rondje mee.", "I walked along."), ("zonder", "without")),
    ):
        await one.taps("Gedaan", "Done")
        await one.types(*wrote)
        await one.taps("Deel met je team", "Share with your team")
        await one.taps(f"Deel {label[0]} naam", f"Share {label[1]}")
    scene.record.starts_here()
    await scene.time_goes_to(27, 11, 15, 30, group)
    ali.place = scene.text("De chat van Ali", "Ali's chat")
    await ali.taps("Terugnemen", "Take it back")
    await scene.all_that_is_due()
    for hour, minute in ((8, 0), (9, 30)):
        scene.clock.goes_to(1, 12, hour, minute)
        await scene.all_that_is_due()
    await scene.time_goes_to(4, 12, 15, 30, group)
