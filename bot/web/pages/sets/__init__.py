"""Pages for trainers: their sets, the drafts that they edit together, and what works."""

from bot.web.pages.page import Page
from bot.web.pages.sets import (
    challenge,
    compare,
    editor,
    figures,
    overview,
    programmes,
    publishing,
    versions,
)

PAGES: list[Page] = [
    *overview.PAGES,
    *versions.PAGES,
    *editor.PAGES,
    *challenge.PAGES,
    *compare.PAGES,
    *publishing.PAGES,
    *figures.PAGES,
    *programmes.PAGES,
]
