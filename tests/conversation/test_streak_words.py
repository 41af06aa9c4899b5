"""The streak in words: where it stands, and why."""

import re
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.render.streaks import ROUNDS_EXPLAINED, explanation, streak_sentence
from bot.conversation.words import Words
from bot.core.streaks.rounds import NeutralReason, Outcome, Round
from bot.core.streaks.streak import Effect, Progress, explain, streak_of
from bot.languages.registry import tags
from tests.support.fakes import FakeMember

SAY = Words("nl")
ENDS = st.sampled_from(
    [
        *((outcome, None) for outcome in Outcome if outcome is not Outcome.NEUTRAL),
        *((Outcome.NEUTRAL, reason) for reason in NeutralReason),
    ]
)


def rounds_of(ends: list[tuple[Outcome, NeutralReason | None]]) -> list[Round]:
    """Rounds that end like this, a day apart."""
    first = date(2026, 1, 5)
    return [
        Round(first + timedelta(days=n), 7, outcome, reason)
        for n, (outcome, reason) in enumerate(ends)
    ]


@given(st.lists(ENDS, max_size=120), st.sampled_from(tags()))
def test_every_round_is_explained_or_summed_up(
    ends: list[tuple[Outcome, NeutralReason | None]], language: str
) -> None:
    rounds, say = rounds_of(ends), Words(language)
    text = explanation(Progress(rounds), say)
    lines = text.splitlines()
    shown = explain(rounds)[-ROUNDS_EXPLAINED:]
    assert len(text) < 4_096  # a message on Telegram
    assert len(lines) == 1 + (len(rounds) > ROUNDS_EXPLAINED) + len(shown)
    for line, step in zip(lines[len(lines) - len(shown) :], shown, strict=True):
        assert say.day(step.day) in line
        grown = line.rpartition("→ ")[2] if "→" in line else ""
        assert grown == (str(step.current) if step.effect is Effect.GROWS else "")
    if len(rounds) > ROUNDS_EXPLAINED:
        before = explain(rounds)[:-ROUNDS_EXPLAINED][-1]
        assert re.search(rf" {before.current}( then)?\.$", lines[1])


@given(st.lists(ENDS, max_size=60))
def test_a_broken_streak_is_never_shown_as_nothing(
    ends: list[tuple[Outcome, NeutralReason | None]],
) -> None:
    rounds = rounds_of(ends)
    done = sum(outcome in (Outcome.DONE, Outcome.TRIED) for outcome, _ in ends)
    sentence = streak_sentence(Progress(rounds), SAY)
    assert ("Je reeks: 0" in sentence) == (done == 0)
    if done and not streak_of(rounds).current:
        assert sentence.startswith(f"Je deed {done} keer mee")


async def test_why_says_what_each_round_did(member: FakeMember) -> None:
    await member.says("/reeks waarom")
    assert "nog geen ronde" in member.last.text
    for answer in ("Gedaan", "Geprobeerd", "Niet nu", "Niet nu"):
        await member.round(answer)
        if answer != "Niet nu":
            await member.presses("Overslaan")
    await member.says("/streak why")
    heading, *lines = member.last.text.split("\n\n")[0].splitlines()
    assert heading == "Zo komt je reeks tot stand, ronde voor ronde:"
    assert [line.partition(": ")[2] for line in lines] == [
        "gedaan → 1",
        "geprobeerd, dat telt net zo goed → 2",
        "overgeslagen, en je joker ving dat op",
        "overgeslagen, en je joker was op donderdag 26 november al gebruikt;"
        " daarna begint een nieuwe reeks",
    ]
    assert await member.streak() == (
        "Je deed 2 keer mee, en dat blijft staan. Met de volgende begint een nieuwe reeks."
    )
    await member.says("/reeks hoezo")
    assert member.last.text == "Typ /reeks, of /reeks waarom."
