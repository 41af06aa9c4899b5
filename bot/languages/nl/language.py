"""The specification of Dutch."""

from pathlib import Path

from bot.languages.specification import DateWords, Language, Vocabulary

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
        "jump": "spring",
    },
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
        answers={
            "done": frozenset({"gedaan"}),
            "tried": frozenset({"geprobeerd"}),
            "later": frozenset({"later"}),
            "another": frozenset({"andere"}),
            "notnow": frozenset({"niet nu"}),
        },
        skip=frozenset({"overslaan"}),
        off=frozenset({"uit", "nee"}),
        stop=frozenset({"stop", "uit"}),
        people=frozenset({"mens", "mensen", "keer"}),
        team_verbs={
            "board": frozenset({"bord"}),
            "hide": frozenset({"verberg"}),
            "show": frozenset({"toon"}),
            "leave": frozenset({"verlaat"}),
            "invite": frozenset({"uitnodigen"}),
            "revoke": frozenset({"intrekken"}),
            "members": frozenset({"leden"}),
            "name": frozenset({"naam"}),
            "group": frozenset({"groep"}),
            "digest": frozenset({"digest", "weekbericht"}),
            "programme": frozenset({"programma"}),
            "handover": frozenset({"overdragen"}),
        },
        set_verbs={
            "figures": frozenset({"cijfers"}),
            "rollback": frozenset({"terug"}),
        },
    ),
    spreadsheet_errors=frozenset(
        {
            *("#N/B", "#VERW!", "#WAARDE!", "#NAAM?", "#DEEL/0!", "#GETAL!", "#LEEG!"),
            *("#OVERLOOP!", "#BEREKENEN!"),
        }
    ),
)
