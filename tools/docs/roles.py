"""The pages docs/roles.md and docs/roles.en.md: who may do what, from the table of permissions.

`python -m tools.docs.roles` writes them.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from bot.conversation.commands import COMMANDS
from bot.conversation.registry import Named, Subcommand
from bot.conversation.team.commands import TEAM_COMMANDS
from bot.conversation.trainer.commands import SETS_COMMANDS
from bot.conversation.words import Words
from bot.core.permissions import Capacity, is_permitted

DOCS = Path(__file__).parents[2] / "docs"
PAGES = {"nl": DOCS / "roles.md", "en": DOCS / "roles.en.md"}
YES, NO = {"nl": "ja", "en": "yes"}, "–"
HEADINGS = {
    "nl": (
        "opdracht",
        "wat",
        "deelnemer",
        "teamleider",
        "leider van een ander team",
        "trainer",
        "admin",
    ),
    "en": ("command", "what", "member", "team lead", "lead of another team", "trainer", "admin"),
}
# What the menu of a chat says of these is for a newcomer, or for who speaks another language.
ON_THE_PAGE = {
    "nl": {"start": "meedoen", "language": "de taal van het gesprek"},
    "en": {"start": "join", "language": "the language of the conversation"},
}
BEGIN, END = "<!-- tabel -->", "<!-- einde van de tabel -->"


def page(language: str) -> str:
    """Returns a page as it should be: its words as they are, with the table as the code has it."""
    say = Words(language)
    rows = [HEADINGS[language], ("---",) * len(HEADINGS[language]), *_rows(say)]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    before, _, rest = PAGES[language].read_text().partition(BEGIN)
    return f"{before}{BEGIN}\n{table}\n{END}{rest.partition(END)[2]}"


def _rows(say: Words) -> Iterator[tuple[str, ...]]:
    below: Mapping[str, Iterable[Subcommand[Any]]] = {
        "team": TEAM_COMMANDS,
        "sets": SETS_COMMANDS,
    }
    for command in COMMANDS:
        yield _row(command, say, "")
        for subcommand in below.get(command.id, ()):
            if not subcommand.by_button_only:
                yield _row(subcommand, say, command.name_in(say.language))


def _row(command: Named, say: Words, parent: str) -> tuple[str, ...]:
    name = " ".join(part for part in (parent, command.name_in(say.language)) if part)
    label = getattr(command, "label", None)
    what = say(command.help.summary) if command.help else say(label) if label else ""
    what = ON_THE_PAGE[say.language].get(command.id, what)
    may = (
        YES[say.language] if is_permitted(command.audience, frozenset({capacity})) else NO
        for capacity in Capacity
    )
    return (f"`/{name}`", what or NO, *may)


def main() -> None:
    """Writes the pages."""
    for language, file in PAGES.items():
        file.write_text(page(language))


if __name__ == "__main__":
    main()
