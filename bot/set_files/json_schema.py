"""The JSON Schema of a challenge set, for editors."""

import json
from typing import Any

from bot.core.challenges.challenge import ChallengeSet
from bot.languages import registry
from bot.set_files.hints import FIELDS, hint

DIALECT = "https://json-schema.org/draft/2020-12/schema"
# As `canonical_tag` writes it; `id` and `at` are fields, so Indonesian has to name its region.
TAG = "^(?!(?:id|at)$)[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$"


def schema() -> dict[str, Any]:
    """Returns the schema of the models, with one line about each model and each field."""
    whole = ChallengeSet.model_json_schema()
    models = (whole, *whole["$defs"].values())
    for model in models:
        model["description"] = model["description"].split("\n")[0]
        for name, field in model.get("properties", {}).items():
            if name in FIELDS:
                field["description"] = hint(name)
        if model.get("additionalProperties"):
            _name_languages(model)
    return {"$schema": DIALECT, **whole, "title": "Olievlek: een set met uitdagingen"}


def _name_languages(model: dict[str, Any]) -> None:
    """Requires the languages of the bot, and allows no other field than tags of languages."""
    text = model["additionalProperties"]
    model["properties"] |= dict.fromkeys(registry.tags(), text)
    model["required"] = [*model.get("required", []), *registry.tags()]
    model["patternProperties"] = {TAG: text}
    model["additionalProperties"] = False


def schema_text() -> str:
    """Returns the schema as it is in `docs/challenge-set.schema.json`."""
    return json.dumps(schema(), ensure_ascii=False, indent=2) + "\n"
