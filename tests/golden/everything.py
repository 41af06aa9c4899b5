"""All dialogues, in the order of the docs."""

from tests.golden import (
    group_chats,
    nudges,
    onboarding,
    own_data,
    pages,
    settings,
    team_lead,
    teams,
    trainer,
)
from tests.golden.dialogue import Dialogue

CHAPTERS = (onboarding, nudges, own_data, settings, teams, team_lead, group_chats, trainer, pages)
DIALOGUES = tuple(
    found for chapter in CHAPTERS for found in vars(chapter).values() if isinstance(found, Dialogue)
)
