"""The specification of English: British, with the day before the month and Monday first."""

from pathlib import Path

from bot.languages.specification import DateWords, Language, Vocabulary

ENGLISH = Language(
    tag="en",
    locale="en_GB",
    folder=Path(__file__).parent,
    date_languages=("en",),
    international=True,
    command_names={
        "start": "start",
        "now": "now",
        "streak": "streak",
        "rhythm": "rhythm",
        "pause": "pause",
        "resume": "resume",
        "review": "review",
        "language": "language",
        "team": "team",
        "sets": "sets",
        "programme": "programme",
        "link": "link",
        "privacy": "privacy",
        "export": "export",
        "forgetme": "forgetme",
        "help": "help",
        "jump": "jump",
    },
    vocabulary=Vocabulary(
        dates=DateWords(
            every_day=frozenset({"every day", "daily"}),
            every_workday=frozenset({"every workday", "every weekday", "workdays", "weekdays"}),
            fillers=frozenset({"every", "on"}),
            after_fillers=frozenset({"day", "workday", "weekday"}),
            conjunctions=frozenset({"and"}),
            at=frozenset({"at"}),
            hour_separators=frozenset({"h"}),
            morning=frozenset({"am"}),
            afternoon=frozenset({"pm"}),
            through=frozenset({"through", "thru"}),
            until=frozenset({"until", "till"}),
            starting=frozenset({"from"}),
            today=frozenset({"today"}),
            next=frozenset({"next"}),
            one=frozenset({"one", "a"}),
            days=frozenset({"day", "days"}),
            weeks=frozenset({"week", "weeks"}),
            unit_starts=frozenset({"da", "we"}),
        ),
        answers={
            "done": frozenset({"done"}),
            "tried": frozenset({"tried"}),
            "later": frozenset({"later"}),
            "another": frozenset({"another"}),
            "notnow": frozenset({"not now"}),
        },
        skip=frozenset({"skip"}),
        off=frozenset({"off", "no"}),
        stop=frozenset({"stop", "off"}),
        people=frozenset({"person", "people", "times"}),
        team_verbs={
            "board": frozenset({"board"}),
            "hide": frozenset({"hide"}),
            "show": frozenset({"show"}),
            "leave": frozenset({"leave"}),
            "invite": frozenset({"invite"}),
            "revoke": frozenset({"revoke"}),
            "members": frozenset({"members"}),
            "name": frozenset({"name"}),
            "group": frozenset({"group"}),
            "digest": frozenset({"digest"}),
            "programme": frozenset({"programme"}),
            "handover": frozenset({"handover"}),
        },
        set_verbs={
            "figures": frozenset({"figures", "stats"}),
            "rollback": frozenset({"back", "rollback"}),
        },
    ),
    spreadsheet_errors=frozenset(
        {
            *("#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!"),
            "#CALC!",
        }
    ),
)
