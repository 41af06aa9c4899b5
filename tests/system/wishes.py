"""Wishes for a rhythm, each with a minute of its own, so that its confirmation is recognized."""

OPENING = 7 * 60  # minutes since midnight; a rhythm may have any minute of the day until 20:00
MINUTES = 13 * 60


def wish(number: int) -> str:
    """Returns the time of day that somebody asks for when they asked so often before: `7:05`."""
    minute = OPENING + number % MINUTES
    return f"{minute // 60}:{minute % 60:02}"


def confirmed(text: str) -> str | None:
    """Returns the time of day that a message of the bot confirms; None: it confirms none."""
    if not text.startswith("Je ritme is nu"):
        return None
    return text.split(" om ")[1].split(".")[0]
