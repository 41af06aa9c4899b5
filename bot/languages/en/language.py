"""The specification of English: British, with the day before the month and Monday first."""

from datetime import time
from pathlib import Path

from bot.languages.plain_language import Habit, PlainLanguage, either, whole
from bot.languages.specification import (
    ClockWords,
    DateWords,
    Language,
    ShortAnswer,
    Vocabulary,
)

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
        "web": "web",
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
        "streak why": "why",
        "daring": "daring",
        "work": "work",
        "jump": "jump",
    },
    command_aliases={
        "sets back": frozenset({"rollback"}),
        "sets figures": frozenset({"stats"}),
    },
    vocabulary=Vocabulary(
        dates=DateWords(
            every_day=frozenset({"every day", "everyday", "each day", "all days", "daily"}),
            every_workday=frozenset(
                {
                    *("every workday", "every weekday", "every working day", "each workday"),
                    *("each weekday", "workdays", "weekdays", "working days"),
                }
            ),
            weekend=frozenset({"weekend", "weekends", "this weekend"}),
            alternating=frozenset(
                {
                    *("every other day", "every second day", "every two days", "every 2 days"),
                    *("every other week", "every second week", "every two weeks", "biweekly"),
                    *("every 2 weeks", "fortnightly", "every month", "monthly"),
                }
            ),
            fillers=frozenset({"every", "each", "on", "in", "the", "from", "please"}),
            day_endings=frozenset({"s"}),
            conjunctions=frozenset({"and"}),
            at=frozenset({"at", "around"}),
            hours=frozenset({"o'clock", "oclock", "h"}),
            hour_separators=frozenset({"h"}),
            morning=frozenset({"am", "a.m.", "a.m", "in the morning"}),
            afternoon=frozenset({"pm", "p.m.", "p.m", "in the afternoon", "in the evening"}),
            clock=ClockWords(
                numbers={
                    **{"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6},
                    **{"seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12},
                    **{"quarter": 15, "a quarter": 15, "twenty": 20, "twenty-five": 25},
                },
                before_hour=frozenset({"to", "before"}),
                after_hour=frozenset({"past", "after"}),
                half_past=frozenset({"half past", "half-past", "half"}),
                moments={"noon": time(12), "midday": time(12), "midnight": time(0)},
            ),
            through=frozenset({"through", "thru"}),
            to_weekday=frozenset({"to", "until", "till"}),
            until=frozenset({"until", "till"}),
            starting=frozenset({"from"}),
            today=frozenset({"today"}),
            this_week=frozenset({"this week", "the rest of the week"}),
            next_week=frozenset({"next week"}),
            this_month=frozenset({"this month", "the rest of the month"}),
            next_month=frozenset({"next month"}),
            holidays=frozenset(
                {
                    *("christmas holiday", "christmas holidays", "spring break", "half term"),
                    *("summer holiday", "summer holidays", "easter holidays", "holidays"),
                }
            ),
            next=frozenset({"next"}),
            one=frozenset({"one", "a"}),
            days=frozenset({"day", "days"}),
            weeks=frozenset({"week", "weeks"}),
            places={
                **{"England": "GB", "Scotland": "GB", "Great Britain": "GB", "UK": "GB"},
                **{"America": "US", "USA": "US", "US": "US"},
                **{"Bonaire": "America/Kralendijk", "The Hague": "Europe/Amsterdam"},
            },
            before_place=frozenset({"in"}),
            after_place=frozenset({"time"}),
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
    plain=PlainLanguage(
        habits={
            Habit.ABBREVIATION: whole(either(r"e\.g\.", r"i\.e\.", r"etc\.?", r"asap", r"cf\."))
        }
    ),
)
