"""What a task asks: when, where, with whom."""

import re

import pytest

from bot.core.challenges.challenge import Challenge
from tests.content.test_sets import CHALLENGES, LANGUAGES, prose

# Words that a reader can act on: a moment, a spot or a means to talk, somebody else.
WHEN = {"nl": "vandaag deze?week", "en": "today this?week"}
WHERE = {
    "nl": """
        overleg teamoverleg gesprek afspraak koffie lunch lunchtafel pauze balie bureau hal ingang
        gang afdeling kantine intranet scherm tafel leestafel thuis straat buurt wijk buurthuis
        bankje snackbar kapper bibliotheek bieb winkel pand plek plekken schoolplein naar?huis
        bel bellen belt telefoon mail mailt bericht loop ga servet papier wijkkrant
    """,
    "en": """
        meeting conversation talk coffee lunch break desk table hall entrance corridor department
        canteen intranet screen home street neighbourhood centre bench bar hairdresser's library
        shop building place places school call calls phone email emails message walk go back?to
        napkin paper drop?in
    """,
}
WHOM = {
    "nl": """
        collega collega's inwoner bewoner buurtbewoner bezoeker voorbijganger voorbijgangers
        iemand iedereen mensen persoon groep team gast stagiair specialist ondernemer winkelier
        winkeliers leidinggevende directeur vriend kapper initiatief bewoners ander wie overleg
    """,
    "en": """
        colleague colleagues resident resident's visitor passer-by passers-by someone everyone
        people person group team guest trainee specialist business shopkeeper shopkeepers manager
        director friend hairdresser's initiative residents somebody they who whoever meeting
    """,
}


def says(text: str, known: str) -> bool:
    """Whether one of the known words is in the text; `?` in a word stands for a space."""
    found = "|".join(re.escape(word).replace(r"\?", " ") for word in known.split())
    return bool(re.search(rf"\b(?:{found})(?!\w)", text, re.IGNORECASE))


@pytest.mark.parametrize("challenge", CHALLENGES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_task_says_when_where_and_with_whom(challenge: Challenge, language: str) -> None:
    task = prose(challenge, language)["task"]
    assert says(task, WHEN[language])
    assert says(task, WHERE[language]), task
    assert says(task, WHOM[language]), task


@pytest.mark.parametrize(
    "task",
    ["Denk vandaag na over je rol.", "Lees deze week een boek.", "Bel een collega.", "Wees open."],
)
def test_the_check_of_tasks_finds_what_is_missing(task: str) -> None:
    assert not all(says(task, known["nl"]) for known in (WHEN, WHERE, WHOM))
