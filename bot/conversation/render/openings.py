"""What a nudge begins with: the week of a programme, that a challenge comes again, a greeting."""

from dataclasses import dataclass

from bot.conversation.words import Words
from bot.store.challenges.programmes import ProgrammeGuide
from bot.store.challenges.selection import NextChallenge


@dataclass(frozen=True, slots=True)
class Opening:
    """What a nudge says before its task.

    Attributes:
        selected: its challenge; None: it is not new, and nothing is said of it.
        greeting: the catalogue's key of the greetings, of which the number of rounds before picks
            one; None: they asked for this nudge, or saw it before.
    """

    selected: NextChallenge | None = None
    greeting: str | None = None

    @property
    def is_first_round(self) -> bool:
        """Whether it is the first planned round, in which more is explained."""
        return self.greeting is not None and self.selected is not None and not self.selected.rounds

    def paragraphs(self, say: Words) -> list[str]:
        """Returns the week of a programme, that it is a second lap, and the greeting."""
        if self.selected is None:
            return []
        again = say("nudge.again") if self.selected.had_before else ""
        greeting = say.one_of(self.greeting, self.selected.rounds) if self.greeting else ""
        parts = (programme_line(self.selected.guide, say), again, greeting)
        return [part for part in parts if part]


NO_OPENING = Opening()


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
