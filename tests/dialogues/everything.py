"""All dialogues, in the order of the docs."""

from tests.dialogues import beginning, groups, own, rounds, settings, training
from tests.dialogues.dialogue import Dialogue

CHAPTERS = (beginning, rounds, own, settings, groups, training)
DIALOGUES = tuple(
    found for chapter in CHAPTERS for found in vars(chapter).values() if isinstance(found, Dialogue)
)
