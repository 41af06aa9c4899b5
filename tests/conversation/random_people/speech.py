"""What people type and tap, in all the ways that the bot knows and some that it does not."""

from collections.abc import Mapping
from datetime import date, timedelta

from bot.conversation.commands import COMMANDS
from bot.conversation.member.nudges.nudges import NUDGE_BUTTONS
from bot.conversation.words import Words
from bot.core.streaks.rounds import Answer
from bot.languages.registry import languages, tags
from bot.languages.specification import ShortAnswer

MONTHS = (
    *("januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus"),
    *("september", "oktober", "november", "december"),
)
LEAVES = frozenset({Answer.SKIPPED})
# What a word may make of the answer to one nudge; where it has another meaning, nothing changes.
MEANS: Mapping[ShortAnswer, frozenset[Answer]] = {
    ShortAnswer.YES: frozenset({Answer.DONE}),
    ShortAnswer.NO: LEAVES,
    ShortAnswer.DONE: frozenset({Answer.DONE}),
    ShortAnswer.TRIED: frozenset({Answer.TRIED}),
    ShortAnswer.LATER: frozenset(),
    ShortAnswer.TOMORROW: frozenset(),
    ShortAnswer.ANOTHER: frozenset({Answer.SWAPPED}),
    ShortAnswer.NOT_NOW: LEAVES,
    ShortAnswer.NO_OCCASION: frozenset({Answer.NO_OCCASION}),
    ShortAnswer.SKIP: LEAVES,
}
LABELS = {
    "done": MEANS[ShortAnswer.DONE],
    "tried": MEANS[ShortAnswer.TRIED],
    "later": frozenset[Answer](),
    "another": MEANS[ShortAnswer.ANOTHER],
    "notnow": LEAVES,
}
WORDS: Mapping[str, frozenset[Answer]] = {
    **{
        word: MEANS[meaning]
        for language in languages()
        for meaning, words in language.vocabulary.short_answers.items()
        for word in words
    },
    **{
        Words(tag)(label): meaning
        for tag in tags()
        for action, meaning in LABELS.items()
        if (label := NUDGE_BUTTONS[action].label)
    },
}
RHYTHMS = (
    *("di do 9:30", "ma-vr 9:30", "elke dag 0830", "weekend 10:00", "wo half tien"),
    *("mon-fri 13:00", "9:30 New York", "ma-vr 15:00 America/Curacao", "ma—vr 9:00 Amsterdam"),
    *("ma-vr 9:00 Tokyo", "ma 23:00", "soms", "9:30"),
    *[f"elke dag {hour}:15" for hour in range(8, 20)],
)
ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    "start": ("", "ABCDEFGH"),
    "streak": ("", "waarom", "why", "hoezo"),
    "rhythm": ("", *RHYTHMS),
    "language": ("", "nl", "en", "klingon"),
    "daring": ("", "1", "3", "9"),
    "team": ("", "bord", "verberg", "toon", "leden", "uitnodigen", "naam Wij"),
    "sets": ("", "terug proef"),
    "programme": ("", "olievlek-in-6-weken", "stop", "onzin"),
    "link": ("", "AAAA-BBBB"),
}
PAUSES = frozenset({"pause", "resume"})
REACTIONS = "".join(button.reactions for button in NUDGE_BUTTONS) + "🤔"


def _command_lines() -> list[str]:
    """Returns all commands but those about days away, in each language, with arguments."""
    lines = [
        f"/{name} {argument}".strip()
        for command in COMMANDS
        if command.id not in PAUSES
        for name in {command.name_in(tag) for tag in tags()}
        for argument in ARGUMENTS.get(command.id, ("",))
    ]
    return [*lines, "/rietme di", "/onbekend", "/"]


def days_away(pick: int, today: date) -> tuple[str, date, date | None]:
    """Returns days away as they are typed, with the first and the last of them.

    Args:
        pick: picks the kind, when they begin, and how many there are.
        today: where this person is.
    """
    kind, after, many = pick % 4, pick // 4 % 16 - 3, pick // 64 % 9 + 1
    first = today + timedelta(days=after)
    last = first + timedelta(days=many)
    match kind:
        case 0:
            return "", today, None
        case 1:
            back = today + timedelta(days=many)
            return f"tot {_typed(back)}", today, back - timedelta(days=1)
        case 2:
            return _typed(first), first, first
    return f"{_typed(first)} - {_typed(last)}", first, last


def _typed(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


COMMAND_LINES = tuple(sorted(_command_lines()))
