"""What a nudge begins with: the week of a programme, and that a challenge comes again."""

from bot.conversation.words import Words
from bot.store.challenges.programmes import ProgrammeGuide
from bot.store.challenges.selection import NextChallenge


def opening_of(selected: NextChallenge, say: Words) -> str:
    """Returns what a nudge begins with: the week of a programme, and that it is a second lap."""
    again = say("nudge.again") if selected.had_before else ""
    return "\n\n".join(part for part in (programme_line(selected.guide, say), again) if part)


def programme_line(guide: ProgrammeGuide | None, say: Words) -> str:
    """Says in which week of which programme a nudge is, or that it is over; empty: in none."""
    if guide is None:
        return ""
    title = guide.programme.title.in_language(say.language)
    if guide.week is None:
        return say("programme.over", title=title)
    return say(
        "programme.week",
        title=title,
        week=guide.week + 1,
        of=len(guide.programme.weeks),
        about=guide.programme.weeks[guide.week].title.in_language(say.language),
    )
