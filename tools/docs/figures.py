"""The tables in docs/figures.md: what who sees all figures learns about one colleague.

The attacker is exact (Bayes), knows how often people take part, what they did themselves, how the
noise is drawn, and all that is shown: it is made here by the functions that make what is sent.

    python -m tools.docs.figures                # updates docs/figures.md
    python -m tools.docs.figures --worlds N     # tries it in N drawn worlds, with drawn keys
"""

import argparse
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import product
from math import comb
from operator import add
from pathlib import Path
from random import Random

from bot.cli.teams import board_row
from bot.conversation.render import board as board_rendering
from bot.conversation.render import statistics as statistics_rendering
from bot.conversation.render.digests import digest_text
from bot.conversation.words import Words
from bot.core.challenges.statistics import ChallengeCounts
from bot.core.privacy.noise import RATIO, noise
from bot.core.streaks.team_board import MIN_GROUP_SIZE, WEEK, Board, TeamWeek, WeekMark, mark_of
from bot.languages.registry import tags

PAGE = Path(__file__).parents[2] / "docs" / "figures.md"
BEGIN, END = "<!-- table: {} -->", "<!-- end of table -->"
FIRST_MONDAY = date(2026, 11, 23)
WEEKS = 3  # of which the attacker has everything
FARTHEST = 60  # noise beyond this is less likely than 1 in 10**10
BASE_RATES = (0.2, 0.5, 0.8)
TEAM_SIZES = (*range(5, 13), 15, 20)
BATCH_SIZES = (15,)  # of more people, the figures tell less
SMALLEST_WITH_HELPERS = 10  # from here on, two colleagues tell the attacker what they did
ALLOWED = 0.10
SWAPS, WRITES, WRITES_ANYWAY = 0.3, 0.5, 0.1  # of who did not take part, who did, who did not
SEED = 18

Chances = Mapping[Hashable, float]
Rules = Callable[[int, int], Chances]
"""The chance of each output about a week, of how many had a round and how many took part."""


def chance_of_noise(value: int) -> float:
    """Returns the chance that `bot.core.privacy.noise` adds this number."""
    return float((1 - RATIO) / (1 + RATIO) * RATIO ** abs(value))


NOISE = {value: chance_of_noise(value) for value in range(-FARTHEST, FARTHEST + 1)}


@dataclass(frozen=True, slots=True)
class Guess:
    """How well an attacker guesses whether one colleague took part.

    Attributes:
        base: how often they are right who know the base rate only.
        right: how often the attacker is right.
        surest: the chance of being right after the output that tells most.
    """

    base: float
    right: float
    surest: float

    @property
    def gain(self) -> float:
        """What the figures add to being right."""
        return self.right - self.base


@lru_cache(maxsize=4096)
def outputs(marks: tuple[WeekMark, ...]) -> Hashable:
    """Returns all that is shown of a team after weeks with these marks, to anybody."""
    weeks = tuple(TeamWeek(FIRST_MONDAY + n * WEEK, mark) for n, mark in enumerate(marks))
    today = FIRST_MONDAY + len(marks) * WEEK + timedelta(days=4)
    board = Board("Griffie", weeks, MIN_GROUP_SIZE, today)
    shown: list[str] = [repr(board_row(board))]
    for language in tags():
        say = Words(language)
        words = board_rendering.words(board, {}, say)
        drawing = board_rendering.legend(board, say), board.recent, board.sizes, board.reach
        shown += [words, repr(drawing), digest_text(words, [], "?", say)]
    return tuple(shown)


@lru_cache(maxsize=4096)
def marks_of_week(had_round: int, took_part: int) -> Chances:
    """Returns the chance of each mark of a week."""
    chances: dict[Hashable, float] = defaultdict(float)
    for value, chance in NOISE.items():
        chances[mark_of(had_round, took_part, value, MIN_GROUP_SIZE)] += chance
    return chances


def binomial(of: int, rate: float) -> list[float]:
    """Returns the chance of each number of successes out of `of`."""
    return [comb(of, n) * rate**n * (1 - rate) ** (of - n) for n in range(of + 1)]


def guess_about_week(size: int, attackers: int, rate: float, rules: Rules) -> Guess:
    """Returns what one week's output tells of one of the others.

    Args:
        size: how many members the team has; all had a round.
        attackers: how many of them know of each other what they did.
        rate: how often anybody takes part.
        rules: what is shown of a week.
    """
    others = binomial(size - attackers - 1, rate)
    situations = []
    for own, chance in enumerate(binomial(attackers, rate)):
        no, yes = (
            _mixture(others, own + target, lambda took: rules(size, took)) for target in (0, 1)
        )
        situations.append((chance, no, yes))
    return _best_guess(situations, rate)


def guess_about_first_of(weeks: int, size: int, attackers: int, rate: float) -> Guess:
    """Returns what everything shown in some weeks tells of the first of them.

    Args:
        weeks: how many weeks; what anybody does in one says nothing of the next.
        size: how many members the team has; all had a round.
        attackers: how many of them know of each other what they did.
        rate: how often anybody takes part.
    """
    later = _mixture(binomial(size, rate), 0, lambda took: marks_of_week(size, took))
    others = binomial(size - attackers - 1, rate)
    situations = []
    for own, chance in enumerate(binomial(attackers, rate)):
        no, yes = (
            _mixture(others, own + target, lambda took: marks_of_week(size, took))
            for target in (0, 1)
        )
        rest = [later] * (weeks - 1)
        situations.append((chance, _seen([no, *rest]), _seen([yes, *rest])))
    return _best_guess(situations, rate)


def _seen(weeks: list[Chances]) -> Chances:
    """Returns the chance of everything shown after each of these weeks, told by their marks."""
    chances: dict[Hashable, float] = defaultdict(float)
    for marks in product(WeekMark, repeat=len(weeks)):
        chance = 1.0
        for mark, week in zip(marks, weeks, strict=True):
            chance *= week.get(mark, 0.0)
        if chance:
            shown = tuple(outputs(marks[: n + 1]) for n in range(len(marks)))
            chances[shown] += chance
    return chances


def _mixture(others: list[float], known: int, shown: Callable[[int], Chances]) -> Chances:
    """Returns the chance of each output when `known` people took part, and `others` by chance."""
    chances: dict[Hashable, float] = defaultdict(float)
    for number, chance in enumerate(others):
        for output, likely in shown(known + number).items():
            chances[output] += chance * likely
    return chances


def _best_guess(situations: Iterable[tuple[float, Chances, Chances]], rate: float) -> Guess:
    """Returns how well Bayes guesses.

    Args:
        situations: the chance of each thing the attacker may know already, with the chances of
            each output when the colleague did not take part, and when they did.
        rate: how often the colleague takes part.
    """
    right, surest = 0.0, 0.0
    for chance, without, took_part in situations:
        for output in {**without, **took_part}:
            no, yes = (1 - rate) * without.get(output, 0.0), rate * took_part.get(output, 0.0)
            if not (no or yes):
                continue
            right += chance * max(no, yes)
            surest = max(surest, max(no, yes) / (no + yes))
    return Guess(max(rate, 1 - rate), right, surest)


# Figures of challenges


@lru_cache(maxsize=4096)
def _shown_figure(sent: int, name: str, count: int) -> Chances:
    """Returns the chance of each way in which one count of a batch of people is shown."""
    chances: dict[Hashable, float] = defaultdict(float)
    for value, chance in NOISE.items():
        counted = {"did": 0, "swapped": 0, "reflected": 0} | {name: count + value}
        [row] = statistics_rendering.rows([ChallengeCounts("set", "one", 1, sent, **counted)])
        chances[tuple(row[f"{name}_{field}"] for field in ("share", "low", "high"))] += chance
    return chances


@lru_cache
def guess_about_batch(people: int, attackers: int, rate: float) -> Guess:
    """Returns what the figures of a challenge, of one batch, tell of one of the others.

    Args:
        people: how many got the challenge, each once.
        attackers: how many of them know of each other what they did; they swapped and wrote
            nothing.
        rate: how often anybody does or tries it.
    """
    situations = []
    for own, chance in enumerate(binomial(attackers, rate)):
        no, yes = (_batch(people, attackers, own, target, rate) for target in (0, 1))
        situations.append((chance, no, yes))
    return _best_guess(situations, rate)


def _batch(people: int, attackers: int, own: int, target: int, rate: float) -> Chances:
    """Returns the chance of each three shown figures; given who did, they are independent."""
    chances: dict[Hashable, list[float]] = {}
    unknown = people - attackers - 1
    for did, chance in enumerate(binomial(unknown, rate)):
        who_did = did + target  # of those who may swap or write
        did_not = unknown + 1 - who_did
        swapped = binomial(did_not, SWAPS)
        wrote = _sum(binomial(who_did, WRITES), binomial(did_not, WRITES_ANYWAY))
        last = _mixture(wrote, 0, lambda n: _shown_figure(people, "reflected", n))
        first = _shown_figure(people, "did", own + who_did)
        second = _mixture(swapped, 0, lambda n: _shown_figure(people, "swapped", n))
        row = [last.get(output, 0.0) for output in _figures(people, "reflected")]
        for (shown, likely), (also, also_likely) in product(first.items(), second.items()):
            factor, so_far = chance * likely * also_likely, chances.get((shown, also))
            added = [factor * value for value in row]
            chances[shown, also] = list(map(add, so_far, added)) if so_far else added
    return {(pair, n): value for pair, row in chances.items() for n, value in enumerate(row)}


@lru_cache
def _figures(people: int, name: str) -> list[Hashable]:
    """Returns all ways in which a count of a batch of people can be shown."""
    return list(dict.fromkeys(o for n in range(people + 1) for o in _shown_figure(people, name, n)))


def _sum(first: list[float], second: list[float]) -> list[float]:
    """Returns the chances of the sum of two independent numbers."""
    chances = [0.0] * (len(first) + len(second) - 1)
    for (n, chance), (m, also) in product(enumerate(first), enumerate(second)):
        chances[n + m] += chance * also
    return chances


# Drawn worlds


def drawn_worlds(worlds: int, size: int, rate: float) -> Iterator[tuple[list[bool], str]]:
    """Yields of each world who of a team took part in its first week, and the key of its noise."""
    random = Random(SEED)
    for world in range(worlds):
        yield [random.random() < rate for _ in range(size)], f"key {world}"


def share_guessed_right(worlds: int, size: int, attackers: int, rate: float) -> float:
    """Returns how often the attacker is right in drawn worlds, with the noise of drawn keys."""
    others = binomial(size - attackers - 1, rate)
    guesses: dict[tuple[int, Hashable], bool] = {}
    for own in range(attackers + 1):
        no, yes = (
            _seen([_mixture(others, own + target, lambda took: marks_of_week(size, took))])
            for target in (0, 1)
        )
        guesses |= {(own, seen): rate * yes[seen] > (1 - rate) * no[seen] for seen in no}
    right = 0
    for took_part, key in drawn_worlds(worlds, size, rate):
        added = noise(key, f"week {FIRST_MONDAY}")
        mark = mark_of(size, sum(took_part), added, MIN_GROUP_SIZE)
        seen = (outputs((mark,)),)
        right += guesses[sum(took_part[:attackers]), seen] == took_part[-1]
    return right / worlds


# The page


def attacks_on_teams() -> list[tuple[int, int]]:
    """Returns the sizes of the teams, each with how many attack together."""
    together = [(size, 3) for size in TEAM_SIZES if size >= SMALLEST_WITH_HELPERS]
    return sorted([(size, 1) for size in TEAM_SIZES] + together)


def team_table() -> str:
    """Returns the table about teams, in Markdown."""
    rows = [
        (size, attackers, [guess_about_first_of(WEEKS, size, attackers, r) for r in BASE_RATES])
        for size, attackers in attacks_on_teams()
    ]
    return _table("mensen in het team", rows)


def batch_table() -> str:
    """Returns the table about the figures of a challenge, in Markdown."""
    rows = [
        (people, attackers, [guess_about_batch(people, attackers, r) for r in BASE_RATES])
        for people in BATCH_SIZES
        for attackers in (1, 3)
    ]
    return _table("mensen met de uitdaging", rows)


def _table(first: str, rows: Iterable[tuple[int, int, list[Guess]]]) -> str:
    heads = [f"{rate:.0%} doet mee".replace("%", " %") for rate in BASE_RATES]
    lines = [
        f"| {first} | wie er samen kijken | {' | '.join(heads)} |",
        "|--:|--:|" + "---|" * len(heads),
    ]
    for size, attackers, guesses in rows:
        cells = [
            f"{_percent(guess.base)} → {_percent(guess.right)} (hoogstens {_percent(guess.surest)})"
            for guess in guesses
        ]
        lines.append(f"| {size} | {attackers} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _percent(share: float) -> str:
    return f"{share * 100:.1f} %".replace(".", ",")


TABLES = {"teams": team_table, "sets": batch_table}


def with_tables(page: str) -> str:
    """Returns the page with the tables as they are now."""
    for name, table in TABLES.items():
        before, begin, rest = page.partition(BEGIN.format(name))
        _, end, after = rest.partition(END)
        page = f"{before}{begin}\n{table()}\n{end}{after}"
    return page


def main() -> None:
    """Updates the page, or tries the attack in drawn worlds."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--worlds", type=int, default=0)
    worlds = parser.parse_args().worlds
    if not worlds:
        PAGE.write_text(with_tables(PAGE.read_text()))
        return
    for (size, attackers), rate in product(attacks_on_teams(), BASE_RATES):
        right = share_guessed_right(worlds, size, attackers, rate)
        exact = guess_about_first_of(1, size, attackers, rate).right
        print(f"{size:3} {attackers} {rate:.1f}: {right:.4f} in worlds, {exact:.4f} by Bayes")


if __name__ == "__main__":
    main()
