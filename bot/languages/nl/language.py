"""The specification of Dutch."""

from pathlib import Path

from bot.languages.specification import DateWords, Language, ShortAnswer, Vocabulary

DUTCH = Language(
    tag="nl",
    locale="nl_NL",
    folder=Path(__file__).parent,
    date_languages=("nl",),
    command_names={
        "start": "start",
        "now": "nu",
        "streak": "reeks",
        "rhythm": "ritme",
        "pause": "pauze",
        "resume": "hervat",
        "review": "terugblik",
        "language": "taal",
        "team": "team",
        "sets": "sets",
        "programme": "programma",
        "link": "koppel",
        "privacy": "privacy",
        "export": "export",
        "forgetme": "vergeetmij",
        "help": "help",
        "team board": "bord",
        "team hide": "verberg",
        "team show": "toon",
        "team leave": "verlaat",
        "team invite": "uitnodigen",
        "team revoke": "intrekken",
        "team members": "leden",
        "team name": "naam",
        "team group": "groep",
        "team digest": "digest",
        "team programme": "programma",
        "team handover": "overdragen",
        "sets back": "terug",
        "sets figures": "cijfers",
        "jump": "spring",
    },
    command_aliases={"team digest": frozenset({"weekbericht"})},
    vocabulary=Vocabulary(
        dates=DateWords(
            every_day=frozenset({"elke dag", "iedere dag", "dagelijks"}),
            every_workday=frozenset({"elke werkdag", "iedere werkdag", "werkdagen", "doordeweeks"}),
            fillers=frozenset({"elke", "iedere", "op"}),
            after_fillers=frozenset({"dag", "werkdag"}),
            conjunctions=frozenset({"en"}),
            at=frozenset({"om"}),
            hours=frozenset({"uur", "u"}),
            hour_separators=frozenset({"u"}),
            through=frozenset({"t/m", "tm", "tot en met", "tot & met"}),
            until=frozenset({"tot"}),
            starting=frozenset({"vanaf"}),
            starting_range=frozenset({"van"}),
            today=frozenset({"vandaag"}),
            one=frozenset({"een", "één"}),
            days=frozenset({"dag", "dagen"}),
            weeks=frozenset({"week", "weken"}),
            unit_starts=frozenset({"da", "we"}),
        ),
        off=frozenset({"uit", "nee"}),
        stop=frozenset({"stop", "uit"}),
        people=frozenset({"mens", "mensen", "keer"}),
        short_answers={
            ShortAnswer.YES: frozenset(
                {"ja", "jawel", "jazeker", "ja hoor", "ja graag", "jep", "yep", "zeker"}
            ),
            ShortAnswer.NO: frozenset(
                {"nee", "neen", "nee hoor", "nee dank je", "nee dankjewel", "nee bedankt", "nope"}
            ),
            ShortAnswer.DONE: frozenset(
                {
                    "gedaan",
                    "gelukt",
                    "is gelukt",
                    "het is gelukt",
                    "ja gelukt",
                    "ja gedaan",
                    "klaar",
                }
                | {"heb ik gedaan", "ik heb het gedaan", "gedaan hoor"}
            ),
            ShortAnswer.TRIED: frozenset(
                {"geprobeerd", "niet gelukt", "het is niet gelukt", "mislukt", "nee niet gelukt"}
                | {"ik heb het geprobeerd", "wel geprobeerd", "lukte niet", "het lukte niet"}
            ),
            ShortAnswer.LATER: frozenset(
                {"later", "straks", "later graag", "doe ik later", "later vandaag"}
            ),
            ShortAnswer.TOMORROW: frozenset(
                {"morgen", "morgen graag", "doe ik morgen", "liever morgen"}
            ),
            ShortAnswer.ANOTHER: frozenset(
                {"andere", "een andere", "ander", "andere graag", "een andere graag"}
            ),
            ShortAnswer.NOT_NOW: frozenset(
                {"niet nu", "nu niet", "vandaag niet", "niet vandaag", "geen tijd", "geen zin"}
                | {"niet gedaan"}
            ),
            ShortAnswer.NO_OCCASION: frozenset(
                {"kwam niet voor", "het kwam niet voor", "niet voorgekomen"}
            ),
            ShortAnswer.SKIP: frozenset(
                {"overslaan", "sla over", "slaan we over", "sla maar over", "oversla"}
            ),
        },
        question_words=frozenset(
            {"wat", "welk", "welke", "wie", "wiens", "waar", "waarom", "wanneer", "hoe", "hoeveel"}
            | {
                "waaraan",
                "waarmee",
                "waardoor",
                "waarover",
                "waarop",
                "waarin",
                "waaruit",
                "waarvan",
            }
        ),
    ),
    spreadsheet_errors=frozenset(
        {
            *("#N/B", "#VERW!", "#WAARDE!", "#NAAM?", "#DEEL/0!", "#GETAL!", "#LEEG!"),
            *("#OVERLOOP!", "#BEREKENEN!"),
        }
    ),
)
