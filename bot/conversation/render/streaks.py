"""The streak in words: where it stands, and why it is what it is."""

from collections import Counter
from collections.abc import Sequence

from bot.conversation.words import Words
from bot.core.rounds import DID, Outcome, Round
from bot.core.streak import Effect, Step, explain, streak_of

ROUNDS_EXPLAINED = 20  # one by one; a Telegram message holds about sixty


def streak_sentence(rounds: Sequence[Round], say: Words) -> str:
    """Says where the streak stands: `Je reeks: 3 rondes.`; after a break, what stands.

    A shown broken streak is what makes people stop (Silverman and Barasch 2023, On or Off Track:
    How (Broken) Streaks Affect Consumer Decisions, Journal of Consumer Research 49 (6)).
    """
    current = streak_of(rounds).current
    done = sum(played.outcome in DID for played in rounds)
    if done and not current:
        return say("streak.stands", n=done)
    return say("streak.line", n=current)


def explanation(rounds: Sequence[Round], say: Words) -> str:
    """Returns what each of the last rounds did to the streak, newest last.

    The rounds before those are summed up in a line.
    """
    steps = explain(rounds)
    if not steps:
        return say("why.nothing")
    older, last = steps[:-ROUNDS_EXPLAINED], steps[-ROUNDS_EXPLAINED:]
    lines = [say("why.heading"), *([_older(older, say)] if older else [])]
    return "\n".join([*lines, *(_line(step, say) for step in last)])


def _older(steps: Sequence[Step], say: Words) -> str:
    counted = Counter(step.effect for step in steps)
    return say(
        "why.older",
        day=say.day(steps[-1].day),
        done=counted[Effect.GROWS],
        jokers=counted[Effect.JOKER],
        breaks=counted[Effect.BREAKS],
        others=counted[Effect.NEUTRAL] + counted[Effect.NO_STREAK] + counted[Effect.OPEN],
        streak=steps[-1].current,
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
