"""The JSON Schema of a challenge set, for editors."""

import json
from typing import Any

from bot.core.challenge import ChallengeSet

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """The schema that the models have, with one line about each of them."""
    found = ChallengeSet.model_json_schema()
    for model in (found, *found["$defs"].values()):
        model["description"] = model["description"].split("\n")[0]
    return {"$schema": DIALECT, **found, "title": "Olievlek: een set met uitdagingen"}


def schema_text() -> str:
    """The same, as it stands in `docs/challenge-set.schema.json`."""
    return json.dumps(schema(), ensure_ascii=False, indent=2) + "\n"
