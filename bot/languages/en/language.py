"""The specification of English: British, with the day before the month and Monday first."""

from pathlib import Path

from bot.languages.specification import DateWords, Language, ShortAnswer, Vocabulary

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
        "team board": "board",
        "team hide": "hide",
        "team show": "show",
        "team leave": "leave",
        "team invite": "invite",
        "team revoke": "revoke",
        "team members": "members",
        "team name": "name",
        "team group": "group",
        "team digest": "digest",
        "team programme": "programme",
        "team handover": "handover",
        "sets back": "back",
        "sets figures": "figures",
        "jump": "jump",
    },
    command_aliases={
        "sets back": frozenset({"rollback"}),
        "sets figures": frozenset({"stats"}),
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
        off=frozenset({"off", "no"}),
        stop=frozenset({"stop", "off"}),
        people=frozenset({"person", "people", "times"}),
        short_answers={
            ShortAnswer.YES: frozenset({"yes", "yeah", "yes please", "sure", "ok yes"}),
            ShortAnswer.NO: frozenset({"no", "no thanks", "no thank you", "nah"}),
            ShortAnswer.DONE: frozenset(
                {"done", "did it", "i did it", "it worked", "yes done", "yes it worked", "all done"}
            ),
            ShortAnswer.TRIED: frozenset(
                {
                    "tried",
                    "tried it",
                    "i tried",
                    "i tried it",
                    "it failed",
                    "failed",
                    "did not work",
                }
                | {"didnt work", "it didnt work", "it did not work", "no luck"}
            ),
            ShortAnswer.LATER: frozenset({"later", "later please", "later today"}),
            ShortAnswer.TOMORROW: frozenset({"tomorrow", "tomorrow please"}),
            ShortAnswer.ANOTHER: frozenset(
                {"another", "another one", "another please", "a different one"}
            ),
            ShortAnswer.NOT_NOW: frozenset(
                {"not now", "not today", "no time", "not done", "didnt do it"}
            ),
            ShortAnswer.NO_OCCASION: frozenset(
                {"it did not come up", "did not come up", "didnt come up"}
            ),
            ShortAnswer.SKIP: frozenset({"skip", "skip it", "skip this", "pass"}),
        },
        question_words=frozenset(
            {"what", "which", "who", "whom", "whose", "where", "why", "when", "how"}
        ),
    ),
    spreadsheet_errors=frozenset(
        {
            *("#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!"),
            "#CALC!",
        }
    ),
)
