"""A calendar file (RFC 5545) with the moments on which challenges come, and nothing else."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

MAX_OCTETS = 75  # of a line, its end left out
LASTS = timedelta(minutes=10)
ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})


def calendar(moments: Sequence[datetime], summary: str, address: str, at: datetime) -> bytes:
    """Returns a calendar with an event at each moment.

    Args:
        moments: aware.
        summary: what each event is called.
        address: where this program can be opened, which makes the ids of its events its own.
        at: the present.
    """
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Olievlek//Olievlek//NL"]
    lines += ["CALSCALE:GREGORIAN", "METHOD:PUBLISH"]
    for moment in moments:
        lines += _event(moment, summary, address, at)
    lines.append("END:VCALENDAR")
    return b"".join(_folded(line) for line in lines)


def _event(moment: datetime, summary: str, address: str, at: datetime) -> Iterator[str]:
    """Yields the lines of an event; it takes nobody's time, so the calendar stays free."""
    yield "BEGIN:VEVENT"
    yield f"UID:{uuid5(NAMESPACE_URL, f'{address}/{_utc(moment)}')}"
    yield f"DTSTAMP:{_utc(at)}"
    yield f"DTSTART:{_utc(moment)}"
    yield f"DTEND:{_utc(moment + LASTS)}"
    yield f"SUMMARY:{escaped(summary)}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def escaped(text: str) -> str:
    """Returns a text as the value of a property."""
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(ESCAPED)


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _folded(line: str) -> bytes:
    """Returns a line with its end; a long one is folded, never within a character."""
    folded, length = bytearray(), 0
    for letter in line:
        octets = letter.encode()
        if length + len(octets) > MAX_OCTETS:
            folded += b"\r\n "
            length = 1
        folded += octets
        length += len(octets)
    return bytes(folded + b"\r\n")
