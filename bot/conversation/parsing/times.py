"""Reads a time of day, in digits or as it is spoken, in any language of the bot."""

import re
from datetime import time

from bot.conversation.context import NotUnderstood
from bot.conversation.parsing.spelling import plain
from bot.conversation.parsing.vocabulary import DatePatterns, vocabulary
from bot.core.rhythm.workdays import OPENS

HALF_A_DAY = 12 * 60
HALF_AN_HOUR = 30


def read_time(text: str) -> tuple[time | None, str]:
    """Returns the time of day in `text`, and what is left; None: it names none.

    It reads `9:30`, `9.30u`, `0930`, `4:15 pm`, `half tien`, `kwart voor tien`, `quarter past nine`
    and `noon`. Before the quiet hours end, a time
    without minutes in digits is one in the afternoon: `half vijf`, `3 uur`.

    Raises:
        NotUnderstood: it looks like a time, but there is no such time.
    """
    text, patterns = plain(text), vocabulary().dates
    for word, at in patterns.moments.items():
        if match := re.search(rf"(?<!\w){word}(?!\w)", text, re.IGNORECASE):
            return at, _beside(text, match, patterns)
    for pattern in (*patterns.spoken_times, *patterns.times):
        if match := pattern.search(text):
            rest, half = _beside(text, match, patterns), match["half"]
            if half is None and (before := patterns.half_of_day.search(rest)):
                rest, half = _beside(rest, before, patterns), before["half"]
            minutes = _minutes(match, patterns)
            return _time(minutes, half, match, patterns), rest
    return None, text


def _beside(text: str, match: re.Match[str], patterns: DatePatterns) -> str:
    before = patterns.before_time.sub("", text[: match.start()])
    after = patterns.after_time.sub("", text[match.end() :])
    return " ".join(f"{before} {after}".split())


def _minutes(match: re.Match[str], patterns: DatePatterns) -> int:
    """Returns the minutes since midnight, or since noon, that a time stands for.

    Raises:
        NotUnderstood: an hour has fewer minutes, or a day fewer hours.
    """
    said = match.groupdict()
    hour = _number(said.get("hour") or said["word"], patterns)
    minute = int(said.get("minute") or 0)
    if hour > 23 or minute > 59:
        raise _no_such_time(match)
    half = bool(said.get("past_half")) - bool(said.get("to_half"))
    apart = _number(said["minutes"], patterns) if said.get("minutes") else 0
    return 60 * hour + minute + HALF_AN_HOUR * half + (-apart if said.get("before") else apart)


def _time(minutes: int, half: str | None, match: re.Match[str], patterns: DatePatterns) -> time:
    said = match.groupdict()
    if half:
        minutes %= HALF_A_DAY
        minutes += HALF_A_DAY if half.lower() in patterns.afternoon else 0
    elif said.get("minute") is None and 0 < minutes < 60 * OPENS.hour:
        minutes += HALF_A_DAY
    if not 0 <= minutes < 2 * HALF_A_DAY:
        raise _no_such_time(match)
    return time(minutes // 60, minutes % 60)


def _no_such_time(match: re.Match[str]) -> NotUnderstood:
    return NotUnderstood("rhythm.no_such_time", words=match[0].strip())


def _number(word: str, patterns: DatePatterns) -> int:
    return int(word) if word.isdecimal() else patterns.numbers[" ".join(word.lower().split())]
