"""The specification of Dutch."""

from datetime import time
from pathlib import Path

from bot.languages.nl.plain import PLAIN
from bot.languages.specification import (
    ClockWords,
    DateWords,
    Language,
    ShortAnswer,
    Vocabulary,
)

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
        "web": "web",
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
        "streak why": "waarom",
        "daring": "lef",
        "work": "werk",
        "jump": "spring",
    },
    command_aliases={"team digest": frozenset({"weekbericht"})},
    vocabulary=Vocabulary(
        dates=DateWords(
            every_day=frozenset({"elke dag", "iedere dag", "alle dagen", "dagelijks"}),
            every_workday=frozenset(
                {
                    *("elke werkdag", "iedere werkdag", "alle werkdagen", "werkdagen", "werkdag"),
                    *("elke weekdag", "iedere weekdag", "weekdagen", "doordeweeks"),
                    *("door de week", "doordeweekse dagen"),
                }
            ),
            weekend=frozenset({"weekend", "weekends", "weekenden", "weekeinde", "dit weekend"}),
            alternating=frozenset(
                {
                    *("om de dag", "om de andere dag", "om de twee dagen", "om de 2 dagen"),
                    *("om de week", "om de andere week", "om de twee weken", "om de 2 weken"),
                    *("even weken", "oneven weken", "elke maand", "maandelijks"),
                }
            ),
            fillers=frozenset(
                {"elke", "iedere", "op", "in", "het", "de", "van", "tijdens", "'s", "graag"}
            ),
            day_endings=frozenset({"en", "s"}),
            conjunctions=frozenset({"en"}),
            at=frozenset({"om", "rond"}),
            hours=frozenset({"uur", "u"}),
            hour_separators=frozenset({"u", "uur"}),
            morning=frozenset(
                {"'s ochtends", "'s morgens", "sochtends", "smorgens", "in de ochtend"}
            ),
            afternoon=frozenset(
                {
                    *("'s middags", "smiddags", "in de middag"),
                    *("'s avonds", "savonds", "in de avond"),
                }
            ),
            clock=ClockWords(
                numbers={
                    **{"een": 1, "één": 1, "twee": 2, "drie": 3, "vier": 4, "vijf": 5, "zes": 6},
                    **{"zeven": 7, "acht": 8, "negen": 9, "tien": 10, "elf": 11, "twaalf": 12},
                    **{"kwart": 15, "twintig": 20},
                },
                before_hour=frozenset({"voor", "vóór"}),
                after_hour=frozenset({"over"}),
                half_to=frozenset({"half"}),
                moments={"middernacht": time(0)},
            ),
            through=frozenset({"t/m", "tm", "tot en met", "tot & met"}),
            to_weekday=frozenset({"tot"}),
            until=frozenset({"tot"}),
            starting=frozenset({"vanaf"}),
            starting_range=frozenset({"van"}),
            today=frozenset({"vandaag"}),
            this_week=frozenset({"deze week", "de rest van de week", "de hele week"}),
            next_week=frozenset({"volgende week", "komende week"}),
            this_month=frozenset({"deze maand", "de rest van de maand"}),
            next_month=frozenset({"volgende maand", "komende maand"}),
            holidays=frozenset(
                {
                    *("kerstvakantie", "voorjaarsvakantie", "krokusvakantie", "meivakantie"),
                    *("zomervakantie", "herfstvakantie", "schoolvakantie", "bouwvak", "vakantie"),
                }
            ),
            next=frozenset({"volgende", "komende"}),
            one=frozenset({"een", "één"}),
            days=frozenset({"dag", "dagen"}),
            weeks=frozenset({"week", "weken"}),
            places={
                **{"Bonaire": "America/Kralendijk", "Saba": "America/Kralendijk"},
                **{"Sint Eustatius": "America/Kralendijk", "Statia": "America/Kralendijk"},
                **{"Sint Maarten": "America/Lower_Princes", "Den Haag": "Europe/Amsterdam"},
                **{"Rotterdam": "Europe/Amsterdam", "Utrecht": "Europe/Amsterdam"},
                **{"Engeland": "GB", "Schotland": "GB", "Groot-Brittannië": "GB"},
                **{"Amerika": "US", "VS": "US", "Antillen": "CW"},
            },
            before_place=frozenset({"in", "van"}),
            after_place=frozenset({"tijd"}),
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
    plain=PLAIN,
)
