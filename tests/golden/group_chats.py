"""In a group, where others read along."""

from tests.golden.dialogue import dialogue
from tests.golden.scene import Scene


@dialogue(
    nl=("In een groep gezet", "De bot zegt wat hij doet en wat hij nooit doet."),
    en=("Added to a group", "The bot says what it does, and what it never does."),
)
async def added_to_a_group(scene: Scene) -> None:
    """Two lines, and then silence while people talk."""
    sanne, ali = scene.person(), scene.person("Ali", 8)
    team = scene.group(scene.text("Groep: team Water", "Group: team Water"))
    await team.adds(sanne, scene.text("Sanne zet Olievlek in de groep", "Sanne adds Olievlek"))
    await team.says(ali, "Wat leuk! Wie doet er mee?", "How nice! Who joins?")
    await team.says(sanne, "Ik.", "Me.")


@dialogue(
    nl=("In een groep aangesproken", "Wat van jou is, zegt de bot alleen in je eigen chat."),
    en=("Spoken to in a group", "The bot only talks about your things in your own chat."),
)
async def spoken_to_in_a_group(scene: Scene) -> None:
    """By command, by name, and a command for somebody else."""
    sanne, ali = scene.person(), scene.person("Ali", 8)
    team = scene.group(scene.text("Groep: team Water", "Group: team Water"))
    await team.says(sanne, "/help")
    await team.says(ali, "@olievlek_bot hoe sta ik ervoor?", "@olievlek_bot how am I doing?")
    await team.says(sanne, "/reeks", "/streak")
