"""The streak in words: where it stands, and why it is what it is."""

from collections import Counter
from collections.abc import Sequence
from datetime import date

from bot.conversation.words import Words
from bot.core.streaks.rounds import Outcome
from bot.core.streaks.streak import Effect, Progress, RoundCounts, Step, explain

CHANGES_NOTHING = (Effect.NEUTRAL, Effect.NO_STREAK, Effect.OPEN)
ROUNDS_EXPLAINED = 20  # one by one; a Telegram message holds about sixty


def streak_sentence(progress: Progress, say: Words) -> str:
    """Says where the streak stands: `Je reeks: 3 rondes.`; after a break, what stands.

    A shown broken streak is what makes people stop (Silverman and Barasch 2023, On or Off Track:
    How (Broken) Streaks Affect Consumer Decisions, Journal of Consumer Research 49 (6)).
    """
    current = progress.streak.current
    if progress.done and not current:
        return say("streak.stands", n=progress.done)
    return say("streak.line", n=current)


def explanation(progress: Progress, say: Words) -> str:
    """Returns what each of the last rounds did to the streak, newest last.

    The rounds before those are summed up in a line.
    """
    steps, before = explain(progress.rounds, progress.before), progress.before
    older, last = steps[:-ROUNDS_EXPLAINED], steps[-ROUNDS_EXPLAINED:]
    until = older[-1].day if older else before.until
    if not last and until is None:
        return say("why.nothing")
    summed_up = [] if until is None else [_older(older, before, until, say)]
    return "\n".join([say("why.heading"), *summed_up, *(_line(step, say) for step in last)])


def _older(steps: Sequence[Step], before: RoundCounts, until: date, say: Words) -> str:
    counted = Counter(step.effect for step in steps)
    return say(
        "why.older",
        day=say.day(until),
        done=before.grows + counted[Effect.GROWS],
        jokers=before.jokers + counted[Effect.JOKER],
        breaks=before.breaks + counted[Effect.BREAKS],
        others=before.others + sum(counted[effect] for effect in CHANGES_NOTHING),
        streak=steps[-1].current if steps else before.current,
    )


def _line(step: Step, say: Words) -> str:
    what = say("why.line", day=say.day(step.day), why=_reason(step, say))
    return f"{what} → {step.current}" if step.effect is Effect.GROWS else what


def _reason(step: Step, say: Words) -> str:
    if step.reason is not None:
        return say(f"why.{step.reason}")
    if step.joker_day is not None:
        return say("why.breaks", joker=say.day(step.joker_day))
    if step.effect is Effect.GROWS:
        return say("why.done" if step.outcome is Outcome.DONE else "why.tried")
    return say(f"why.{step.effect}")
