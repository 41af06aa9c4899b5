"""What makes a challenge set valid."""

from typing import Any

import pytest
from pydantic import ValidationError

from bot.core.challenges.challenge import Challenge, ChallengeSet, Title, duplicate_ids
from bot.core.challenges.fit import Span, Tag


def a_set(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any field
    """Returns a valid set of one challenge, with changes such as `nl__task="..."`."""
    text = {"task": "Stel vandaag een vraag.", "why": "Daarom.", "reflect": "Wat hoorde je?"}
    challenge: dict[str, Any] = {
        "id": "een",
        "minutes": 5,
        "daring": 1,
        "nl": dict(text),
        "en": dict(text),
    }
    whole = {"set": "proef", "title": {"nl": "Proef", "en": "Trial"}, "challenges": [challenge]}
    for name, value in changes.items():
        place, _, field = name.partition("__")
        if field:
            challenge[place][field] = value
        elif place in Challenge.model_fields:
            challenge[place] = value
        else:
            whole[place] = value
    return whole


def kinds(value: dict[str, Any]) -> list[str]:
    """Returns the types of the errors in a set."""
    try:
        ChallengeSet.model_validate(value)
    except ValidationError as error:
        # A list counts as too short when none of its rows is valid; that is left out here.
        return [
            str(details["type"])
            for details in error.errors()
            if not (details["type"] == "too_short" and details["input"])
        ]
    return []


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({}, []),
        ({"nl__task": "x" * 10}, []),
        ({"nl__task": "x" * 9}, ["string_too_short"]),
        ({"nl__task": "x" * 600}, []),
        ({"en__task": "x" * 601}, ["string_too_long"]),
        ({"nl__task": " " * 20}, ["string_too_short"]),
        ({"nl__why": ""}, []),
        ({"nl__why": "x" * 301}, ["string_too_long"]),
        ({"nl__reflect": "x" * 9}, ["string_too_short"]),
        ({"nl__reflect": "x" * 200}, []),
        ({"nl__reflect": "x" * 201}, ["string_too_long"]),
        ({"nl__reflect_tried": "x" * 9}, ["string_too_short"]),
        ({"nl__reflect_tried": "x" * 10}, []),
        ({"nl__reflect_tried": "x" * 200}, []),
        ({"nl__reflect_tried": "x" * 201}, ["string_too_long"]),
        ({"nl__reflect_tried": "Wat **hield** je tegen?"}, ["markup"]),
        ({"span": "week"}, []),
        ({"span": "Today "}, []),
        ({"span": "month"}, ["enum"]),
        ({"span": None}, ["enum"]),
        ({"fits": []}, []),
        ({"fits": ["desk", "Home"]}, []),
        ({"fits": "desk, home;counter  shift"}, []),
        ({"fits": ["desk", "homes", "x"]}, ["enum", "enum"]),
        ({"fits": 5}, ["tuple_type"]),
        ({"fits": ["desk"] * 20}, []),
        ({"fits": ["desk"] * 21}, ["too_long"]),
        ({"fits": "desk " * 21}, ["too_long"]),
        ({"fits": "x " * 1_000}, ["enum"] * 21),  # a long text is no thousand errors
        ({"at": "lunch"}, []),
        ({"at": None}, []),
        ({"at": "night"}, ["enum"]),
        ({"minutes": 0}, ["greater_than_equal"]),
        ({"minutes": 240}, []),
        ({"minutes": 241}, ["less_than_equal"]),
        ({"minutes": "5"}, ["int_type"]),
        ({"minutes": True}, ["int_type"]),
        ({"daring": 0}, ["greater_than_equal"]),
        ({"daring": 4}, ["less_than_equal"]),
        ({"id": "Een"}, ["string_pattern_mismatch"]),
        ({"id": "-een"}, ["string_pattern_mismatch"]),
        ({"id": ""}, ["string_pattern_mismatch"]),
        ({"set": "x"}, []),
        ({"set": "x" * 64}, []),
        ({"set": "x" * 65}, ["string_pattern_mismatch"]),
        ({"id": "een\n"}, ["string_pattern_mismatch"]),
        ({"id": "een_twee"}, ["string_pattern_mismatch"]),
        ({"source": "x" * 300}, []),
        ({"source": "x" * 301}, ["string_too_long"]),
        ({"nl__why": "x" * 300}, []),
        ({"nl__reflect": "x" * 10}, []),
        ({"challenges": []}, ["too_short"]),
        ({"colour": "red"}, ["extra_forbidden"]),
        ({"nl__task": "Vraag eens 👩‍💻 door: café, “waarom?” …"}, []),
        ({"nl__task": "Vraag eens 👩🏽\u200d💻 door"}, []),  # after a colour of skin
        ({"nl__task": "Vraag eens 🕵\ufe0f\u200d♀\ufe0f door"}, []),  # after a variation selector
        ({"nl__task": "Vraag do\u200dor vandaag"}, ["unreadable"]),
        ({"nl__task": "Vraag 🙂\u202e vandaag"}, ["unreadable"]),
        ({"nl__task": "Vraag <b>door</b> vandaag"}, ["markup"]),
        ({"nl__task": "Vraag **door** vandaag"}, ["markup"]),
        ({"nl__task": "Vraag [door](http://x) vandaag"}, ["markup"]),
        ({"nl__task": "Vraag door &amp; meer"}, ["markup"]),
        ({"nl__task": "Vraag als 3 < 4 en 5 > 4"}, []),
        ({"nl__task": "Vraag door\x07 vandaag"}, ["unreadable"]),
        ({"nl__task": "Vraag door\u202e vandaag"}, ["unreadable"]),
        ({"nl__task": "Vraag\ndoor vandaag"}, ["unreadable"]),
        ({"nl__task": "Vraag door\ue000 vandaag"}, ["unreadable"]),
        ({"source": "Een `boek`"}, ["markup"]),
    ],
)
def test_each_rule_at_its_edge(change: dict[str, Any], wrong: list[str]) -> None:
    assert kinds(a_set(**change)) == wrong


def test_what_a_challenge_does_not_say_excludes_nobody() -> None:
    [challenge] = ChallengeSet.model_validate(a_set()).challenges
    assert (challenge.span, challenge.fits, challenge.at) == (Span.TODAY, (), None)
    assert challenge.texts["nl"].reflect_tried is None


def test_tags_have_one_order_and_are_there_once() -> None:
    written = ChallengeSet.model_validate(a_set(fits="Residents; home desk, home"))
    assert written.challenges[0].fits == (Tag.DESK, Tag.HOME, Tag.RESIDENTS)
    listed = ChallengeSet.model_validate(a_set(fits=["desk", "home", "residents"]))
    assert written.model_dump_json() == listed.model_dump_json()


def test_a_lone_surrogate_is_no_text() -> None:
    assert kinds(a_set(nl__task="Vraag door\ud800 vandaag")) == ["string_unicode"]


def test_an_id_stands_there_once() -> None:
    whole = a_set()
    whole["challenges"] *= 2
    assert kinds(whole) == ["double_id"]


def test_only_names_can_be_there_twice() -> None:
    assert duplicate_ids(["a", 1, "b", 1, None, "a"]) == [(5, "a")]


def test_five_hundred_challenges_at_the_most() -> None:
    [challenge] = a_set()["challenges"]
    many = [challenge | {"id": f"c{n}"} for n in range(501)]
    assert kinds(a_set(challenges=many[:500])) == []
    assert kinds(a_set(challenges=many)) == ["too_long"]


def errors_in(value: dict[str, Any]) -> list[tuple[str, tuple[int | str, ...], Any, str]]:
    """Returns the type, the path, the input and the message of each error."""
    with pytest.raises(ValidationError) as caught:
        ChallengeSet.model_validate(value)
    return [
        (error["type"], error["loc"], error["input"], error["msg"])
        for error in caught.value.errors()
    ]


def test_an_error_says_where_it_is_and_what_stands_there() -> None:
    task = ("challenges", 0, "nl", "task")
    bell, bold = "Vraag door\x07 vandaag", "Vraag **door** vandaag"
    assert errors_in(a_set(nl__task=bell))[:1] == [("unreadable", task, bell, "holds U+0007")]
    assert errors_in(a_set(nl__task=bold))[:1] == [("markup", task, bold, "holds **")]


def test_a_missing_language_and_a_misspelt_field_are_reported_with_the_rest() -> None:
    title = {"en": "Trial", "colour_of_it": 3, "nl": "x" * 81}
    found = {kind: (path, value) for kind, path, value, _ in errors_in(a_set(title=title))}
    assert found["extra_forbidden"] == (("title", "colour_of_it"), 3)
    assert found["string_too_long"] == (("title", "nl"), "x" * 81)
    [(kind, path, value, _)] = errors_in(a_set(title={"en": "Trial"}))
    assert (kind, path, value) == ("missing", ("title", "nl"), {"en": "Trial"})


def test_a_title_in_each_language() -> None:
    title = Title.of(nl="Proef", en="Trial")
    assert (title.in_language("nl"), title.in_language("en")) == ("Proef", "Trial")


def test_more_languages_may_be_there_and_their_order_is_the_same_in_each_file() -> None:
    titles = {"fy": "Proef", "en": "Trial", "de": "Probe", "nl": "Proef"}
    [read, *others] = [
        ChallengeSet.model_validate(a_set(title=dict(some)))
        for some in (titles.items(), reversed(titles.items()), sorted(titles.items()))
    ]
    assert list(read.title.model_dump()) == ["nl", "en", "de", "fy"]
    assert {other.model_dump_json() for other in others} == {read.model_dump_json()}
    assert kinds(a_set(title=titles | {"FY": "Proef"})) == ["extra_forbidden"]


def test_an_error_keeps_the_bound_that_it_is_about() -> None:
    with pytest.raises(ValidationError) as caught:
        Title.of(nl="x" * 81, en="Trial")
    [error] = caught.value.errors()
    assert (error["type"], error["ctx"]) == ("string_too_long", {"max_length": 80})


def test_a_text_is_the_same_whichever_program_wrote_it() -> None:
    written = a_set(nl__task="Vraag eens bij een cafe\u0301\u00a0door\u202fvandaag")
    task = ChallengeSet.model_validate(written).challenges[0].texts["nl"].task
    assert task == "Vraag eens bij een café door vandaag"


def test_what_is_no_text_or_no_challenge_is_an_error_and_no_crash() -> None:
    assert kinds(a_set(nl__task=5)) == ["string_type"]
    assert kinds(a_set() | {"challenges": ["x"]}) == ["model_type"]
