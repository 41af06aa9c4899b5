"""The reference of the format of a set, from the models of challenges and the columns of sheets."""

from bot.core.challenges.challenge import BOUNDS, CHOICES, MAX_CHALLENGES
from bot.languages.catalogue import message
from bot.languages.registry import language_of, languages
from bot.set_files.columns import Path, columns, may_lack, set_fields
from tools.docs.reference.tables import code, table

TITLE = {"nl": "Velden van een set", "en": "Fields of a set"}
INTRODUCTION = {
    "nl": (
        "Elke kolom en elk veld, met de grenzen. Hoe je een set maakt, staat in [Een set met "
        "uitdagingen](../sets.md). Een\n"
        "set heeft hoogstens {most} uitdagingen. Voor YAML is er een\n"
        "[JSON Schema](../challenge-set.schema.json) (ook met `olievlek sets schema`)."
    ),
    "en": (
        "Each column and each field, with its bounds. How to make a set is in [A set of "
        "challenges](../sets.md). A set has at\n"
        "most {most} challenges. For YAML there is a\n"
        "[JSON Schema](../challenge-set.schema.json) (also with `olievlek sets schema`)."
    ),
}
HEADS = {
    "nl": ("kolom", "in YAML", "verplicht", "grenzen of woorden", "wat het is"),
    "en": ("column", "in YAML", "required", "bounds or words", "what it is"),
}
PARTS = {"nl": ("De set zelf", "Elke uitdaging"), "en": ("The set itself", "Each challenge")}
YES_NO = {"nl": ("ja", "nee"), "en": ("yes", "no")}
BETWEEN = {"nl": "{least} tot {most}", "en": "{least} to {most}"}
MAY_LACK_IN_SET = "source"


def page(language: str) -> str:
    """Returns the page."""
    yes, no = YES_NO[language]
    of_set = [
        _row(name, path, no if name == MAY_LACK_IN_SET else yes, language)
        for name, path in set_fields().items()
    ]
    of_challenge = [
        _row(name, path, no if may_lack(path) else yes, language)
        for name, path in columns().items()
    ]
    parts = (
        f"## {title}\n\n{table(HEADS[language], rows)}"
        for title, rows in zip(PARTS[language], (of_set, of_challenge), strict=True)
    )
    introduction = INTRODUCTION[language].format(most=MAX_CHALLENGES)
    return f"# {TITLE[language]}\n\n{introduction}\n\n{''.join(parts)}"


def _row(name: str, path: Path, required: str, language: str) -> tuple[str, ...]:
    # The path of a text begins with its language, that of a title ends with it.
    field = str(path[0] if path[0] == "title" else path[-1])
    in_yaml = ".".join(map(str, path))
    return (
        code(name),
        code(in_yaml),
        required,
        _bounds(field, language),
        _words(field, path, language),
    )


def _bounds(field: str, language: str) -> str:
    if field in CHOICES:
        return ", ".join(map(code, CHOICES[field]))
    if field not in BOUNDS:
        return ""
    least, most = BOUNDS[field]
    return BETWEEN[language].format(least=least, most=most)


def _words(field: str, path: Path, language: str) -> str:
    reader = language_of(language)
    if field == "title":
        titled = next(each for each in languages() if each.tag == path[-1])
        return message(reader, "field.title", language=titled.name_in(reader))
    least, most = BOUNDS.get(field, (0, 0))
    choices = ", ".join(CHOICES.get(field, ()))
    return message(reader, f"field.{field}", least=least, most=most, choices=choices)
