"""The schema that editors use is the one that the models have."""

import json
import re

import pytest

from bot.core.challenges.challenge import Challenge
from bot.core.challenges.fit import Tag
from bot.set_files import template
from bot.set_files.hints import FIELDS, hint
from bot.set_files.json_schema import schema, schema_text
from tests.support.paths import PROJECT

FILE = PROJECT / "docs" / "challenge-set.schema.json"


def test_the_schema_in_the_docs_is_that_of_the_models() -> None:
    assert FILE.read_text(encoding="utf-8") == schema_text()
    assert json.loads(schema_text()) == schema()


def test_an_editor_knows_each_field_its_bounds_and_that_there_are_no_others() -> None:
    found = schema()
    challenge, text = found["$defs"]["Challenge"], found["$defs"]["ChallengeText"]
    assert found["required"] == ["set", "title", "challenges"]
    assert found["properties"]["challenges"]["maxItems"] == 500
    assert challenge["properties"]["minutes"]["maximum"] == 240
    assert (text["properties"]["task"]["minLength"], text["required"]) == (10, ["task", "reflect"])
    models = [found, *(model for model in found["$defs"].values() if "properties" in model)]
    assert found["$defs"]["Tag"]["enum"] == list(Tag)
    assert not any(model["additionalProperties"] for model in models)
    hints = {p["description"] for model in models for p in model["properties"].values()
             if "description" in p}  # fmt: skip
    assert hints == {hint(name) for name in FIELDS}


@pytest.mark.parametrize("field", [name for name in Challenge.model_fields if len(name) < 4])
def test_a_short_field_is_no_language(field: str) -> None:
    [languages] = schema()["$defs"]["Challenge"]["patternProperties"]
    assert re.search(languages, "fy") and not re.search(languages, field)


def test_the_template_names_the_schema() -> None:
    assert template.as_yaml().startswith(
        b"# yaml-language-server: $schema=challenge-set.schema.json\n"
    )
    assert FILE.name == template.SCHEMA
