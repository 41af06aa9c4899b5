"""The numbers that people read are those of the rules: in what the bot says and in the docs."""

import re
from datetime import timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from bot.config.settings import Settings
from bot.conversation.member.nudges.nudges import MAX_SWAPS
from bot.conversation.trainer.publications import EXAMPLES
from bot.conversation.words import Words
from bot.core.challenges.challenge import MAX_CHALLENGES, ChallengeSet, Slug
from bot.core.challenges.statistics import CONFIDENCE, FEWEST_PEOPLE
from bot.core.privacy.retention import KEEP_CHOICES, KEEP_DRAFTS, KEEP_MINUTES, KEEP_PROCESSED
from bot.core.rhythm.rhythm import Weekday
from bot.core.rhythm.workdays import CLOSES, OPENS
from bot.core.streaks.streak import HALF_LIFE, JOKER_EVERY
from bot.core.streaks.team_board import MIN_GROUP_SIZE, SMALLEST_GROUP, WEEKS_BACK
from bot.languages.registry import tags
from bot.set_files.reader import MAX_BYTES
from bot.set_files.validation import MAX_FAULTS
from bot.store.schema.teams import InvitationKind
from bot.store.teams.digests import MAX_STORIES
from bot.store.teams.invitations import USES, VALID_FOR
from bot.store.teams.teams import DIGEST
from tests.conversation.test_words import catalogue
from tests.support.paths import PROJECT

# Examples of what can be typed, names of things, and what has the number in its nature.
EXAMPLES_IN_TEXTS = re.compile(
    r"(?:ma wo vr|mon wed fri) 9:30|9:30 New York"
    r"|di do 9:30|tue thu\s9:30|\d+ dec - 3 jan|(?:tot|until) 3 jan|(?:vr|fri) 15:30|/team 1 "
    r"|3 (?:dagen|days) 10 (?:mensen|people)|4 (?:januari|January)|in-6-weken|a-z, 0-9"
    r"|UTF-8|Windows-1252|^2$|ud83d|1 (?:tot|to) \{most\}"
    r"|artikel 6, lid 1|article 6\(1\)"
)
WORDS = {
    "nl": r"\b(?:twee|drie|vier|vijf|zes|zeven|acht|negen|tien|elf|twaalf)\b",
    "en": r"\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b",
}
# `number.words` is where the words come from; these say two where it could be no other number.
NUMBER_WORDS_IN = {"number.words", "fault.two_documents", "template.hello", "forget.done"}
SLUG_LENGTH = 64

# Of each field of a challenge, whether its limits are those of a length.
FIELDS = {"minutes": False, "daring": False, "task": True, "why": True, "reflect": True}


@pytest.mark.parametrize("language", tags())
def test_no_text_of_the_bot_has_a_number_typed_in_it(language: str) -> None:
    typed = {}
    for key, forms in catalogue(language).items():
        for form in forms:
            rest = EXAMPLES_IN_TEXTS.sub("", form)
            if re.search(r"\d", rest) or (
                key not in NUMBER_WORDS_IN and re.search(WORDS[language], rest, re.IGNORECASE)
            ):
                typed[key] = form
    assert set(typed) == {"fault.string_pattern_mismatch"}  # which the next test is about


@pytest.mark.parametrize("language", tags())
def test_the_length_of_an_id_is_the_one_that_is_said(language: str) -> None:
    slug: TypeAdapter[str] = TypeAdapter(Slug)
    assert slug.validate_python("a" * SLUG_LENGTH)
    with pytest.raises(ValidationError):
        slug.validate_python("a" * (SLUG_LENGTH + 1))
    assert f"{SLUG_LENGTH}" in Words(language)("fault.string_pattern_mismatch", given="A")


@pytest.mark.parametrize(
    ("language", "small", "large"), [("nl", "twaalf", "13"), ("en", "twelve", "13")]
)
def test_a_small_number_is_said_in_a_word(language: str, small: str, large: str) -> None:
    say = Words(language)
    assert (say.number(12), say.number(13)) == (small, large)


def limits(field: str, *, of_length: bool) -> tuple[int, int]:
    """The least and the most that a field of a challenge holds."""
    schema: Any = ChallengeSet.model_json_schema()
    [found] = [
        part["properties"][field]
        for part in schema["$defs"].values()
        if field in part.get("properties", {})
    ]
    least, most = ("minLength", "maxLength") if of_length else ("minimum", "maximum")
    return found[least], found[most]


def sentences(language: str) -> list[tuple[str, str]]:
    """What the docs have to say, each with the page that says it."""
    number, dutch = Words(language).number, language == "nl"
    people, group_lasts = number(MIN_GROUP_SIZE), VALID_FOR[InvitationKind.GROUP].days
    team_days, team_uses = VALID_FOR[InvitationKind.TEAM].days, USES[InvitationKind.TEAM]
    swaps, days, weeks = number(MAX_SWAPS), JOKER_EVERY.days, number(WEEKS_BACK)
    opens, closes = f"{OPENS:%H:%M}".lstrip("0"), f"{CLOSES:%H:%M}"
    mebibytes, percent = MAX_BYTES // 1024**2, round(CONFIDENCE * 100)
    once = {1: ("één keer", "once")}[USES[InvitationKind.GROUP]][not dutch]
    one_day = {1: ("één dag", "one day")}[group_lasts][not dutch]
    a_day = {1: ("een dag", "a day")}[KEEP_DRAFTS.days][not dutch]
    weekday, at = DIGEST
    day_name = Words(language).weekdays(frozenset({Weekday(weekday)}))
    if dutch:
        half = f"half {number(at.hour % 12 + 1)}"
        return [
            ("README.md", f"ronde in {days} dagen"),
            ("README.md", f"Onder de {people} mensen"),
            ("docs/streak.md", f"hoogstens {swaps} keer"),
            ("docs/streak.md", f"in elke {days} dagen"),
            ("docs/streak.md", f"{days} dagen breekt de reeks"),
            ("docs/streak.md", f"(√f / {HALF_LIFE:.0f})"),
            ("docs/quickstart.md", f"Stil tussen {closes} en {opens}"),
            ("docs/leads.md", f"onder de {MIN_GROUP_SIZE} mensen"),
            ("docs/leads.md", f"niet lager dan {SMALLEST_GROUP}"),
            ("docs/figures.md", f"Vanaf {people} mensen"),
            ("docs/figures.md", f"niet lager dan {number(SMALLEST_GROUP)}"),
            ("docs/leads.md", f"laatste {weeks} weken"),
            ("docs/leads.md", f"{team_days} dagen, voor {team_uses} mensen"),
            ("docs/leads.md", f"{once} te gebruiken, {one_day} geldig"),
            ("docs/leads.md", f"op {day_name} om {half}"),
            ("docs/leads.md", f"hoogstens {number(MAX_STORIES)} verhalen"),
            ("docs/trainers.md", f"en {number(EXAMPLES)} uitdagingen zoals"),
            ("docs/trainers.md", f"is na {a_day} vergeten"),
            ("docs/trainers.md", f"met {percent} % zekerheid"),
            ("docs/trainers.md", f"Bij minder dan {FEWEST_PEOPLE} mensen"),
            ("docs/sets.md", f"hoogstens {mebibytes} MiB en bevat hoogstens {MAX_CHALLENGES}"),
            ("docs/sets.md", f"meer dan {MAX_FAULTS} fouten zie je de eerste {MAX_FAULTS}"),
        ]
    half = f"half past {number(at.hour % 12)}"
    return [
        ("README.en.md", f"round in {days} days"),
        ("README.en.md", f"Below {people} people"),
        ("docs/streak.en.md", {2: "twice"}[MAX_SWAPS] + " at the most"),
        ("docs/streak.en.md", f"in any {days} days"),
        ("docs/streak.en.md", f"within {days} days breaks"),
        ("docs/streak.en.md", f"(√f / {HALF_LIFE:.0f})"),
        ("docs/quickstart.en.md", f"Silent from {closes} to {opens}"),
        ("docs/leads.en.md", f"below {MIN_GROUP_SIZE} people"),
        ("docs/leads.en.md", f"last {weeks} weeks"),
        ("docs/leads.en.md", f"{team_days} days, for {team_uses} people"),
        ("docs/leads.en.md", f"to use {once}, for {one_day}"),
        ("docs/leads.en.md", f"on {day_name} at {half}"),
        ("docs/leads.en.md", f"at most {number(MAX_STORIES)} stories"),
        ("docs/trainers.en.md", f"and {number(EXAMPLES)} challenges as"),
        ("docs/trainers.en.md", f"forgotten after {a_day}"),
        ("docs/trainers.en.md", f"with {percent}% confidence"),
        ("docs/trainers.en.md", f"fewer than {FEWEST_PEOPLE} people"),
        ("docs/sets.en.md", f"{mebibytes} MiB at most and holds {MAX_CHALLENGES}"),
        ("docs/sets.en.md", f"more than {MAX_FAULTS} faults you see the first {MAX_FAULTS}"),
    ]


@pytest.mark.parametrize(
    ("page", "sentence"), [one for language in tags() for one in sentences(language)]
)
def test_the_docs_have_the_numbers_of_the_rules(page: str, sentence: str) -> None:
    text = " ".join((PROJECT / page).read_text().split())
    assert sentence in text


@pytest.mark.parametrize(("page", "to"), [("sets.md", "tot"), ("sets.en.md", "to")])
def test_the_pages_about_sets_have_the_limits_of_each_field(page: str, to: str) -> None:
    text = (PROJECT / "docs" / page).read_text()
    for field, of_length in FIELDS.items():
        least, most = limits(field, of_length=of_length)
        name = f"{field}_nl" if of_length else field
        [row] = re.findall(rf"^\| `{name}`.*$", text, re.MULTILINE)
        assert (f"{least} {to} {most}" if least else f" {most} ") in row
        [line] = [row for row in text.splitlines() if re.match(rf"\s+{field}: .*  # ", row)]
        assert re.findall(r"\d+", line.partition("#")[2]) == [
            str(number) for number in (least, most) if number
        ]
    assert re.search(rf"^challenges: +# 1 {to} {MAX_CHALLENGES}$", text, re.MULTILINE)


KEPT_SETTINGS = {
    name: field for name, field in Settings.model_fields.items() if name.startswith("keep_")
}


@pytest.mark.parametrize("page", ["operating.md", "operating.en.md"])
@pytest.mark.parametrize("name", KEPT_SETTINGS)
def test_the_pages_for_operators_have_each_period_and_its_bounds(page: str, name: str) -> None:
    field, bounds = KEPT_SETTINGS[name], dict[str, int]()
    for bound in field.metadata:
        bounds |= {side: getattr(bound, side) for side in ("ge", "le") if hasattr(bound, side)}
    text = (PROJECT / "docs" / page).read_text()
    [row] = [line for line in text.splitlines() if f"`OLIEVLEK_{name.upper()}`" in line]
    assert f"| {field.default} " in row and f"({bounds['ge']}–{bounds['le']})" in row
    example = (PROJECT / ".env.example").read_text()
    assert f"# OLIEVLEK_{name.upper()}={field.default}\n" in example


@pytest.mark.parametrize("page", ["operating.md", "operating.en.md"])
@pytest.mark.parametrize("period", [KEEP_CHOICES, KEEP_MINUTES, KEEP_PROCESSED, KEEP_DRAFTS])
def test_the_pages_for_operators_have_the_fixed_periods(page: str, period: timedelta) -> None:
    rows = (PROJECT / "docs" / page).read_text().splitlines()
    assert [line for line in rows if re.search(rf"\| {period.days} dag|\| {period.days} day", line)]
