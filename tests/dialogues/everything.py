"""All dialogues, in the order of the docs."""

from tests.dialogues import beginning, groups, leads, own, rounds, settings, teams, training
from tests.dialogues.dialogue import Dialogue

CHAPTERS = (beginning, rounds, own, settings, teams, leads, groups, training)
DIALOGUES = tuple(
    found for chapter in CHAPTERS for found in vars(chapter).values() if isinstance(found, Dialogue)
)
