"""From the chat to the pages in a browser, and back."""

from tests.golden.dialogue import dialogue
from tests.golden.scene import Scene
from tests.golden.team_lead import led_team

LINK = r"https://olievlek\.example\.org/web/sign-in/[A-Za-z0-9_-]{43}"
SHOWN_CODE, SHOWN_CHAT_CODE = "K7QF-2MPX", "AB3D-9WYZ"
CHAT_CODE = r"[2-9A-Z]{4}-[2-9A-Z]{4}"
SHOWN_LINK = "https://olievlek.example.org/web/sign-in/k7Qf…"


@dialogue(
    nl=(
        "Pagina’s in je browser",
        "Een link werkt één keer. Eén tik meldt je overal af.",
    ),
    en=("Pages in your browser", "A link that works once, and one tap to sign out everywhere."),
    with_pages=True,
)
async def pages(scene: Scene) -> None:
    """Signing in, being told, and signing out."""
    [sanne] = await led_team(scene)
    await sanne.types("/web")
    link = scene.record.shows(LINK, SHOWN_LINK)
    await scene.signs_in(link, sanne)
    await sanne.taps("Overal afmelden", "Sign out everywhere")


@dialogue(
    nl=(
        "Van een antwoord naar een pagina",
        "Een knop zegt dat er meer te zien is.",
    ),
    en=("From an answer to a page", "There is a button under an answer when there is more to see."),
    with_pages=True,
)
async def to_a_page(scene: Scene) -> None:
    """The buttons that lead to a page."""
    [sanne] = await led_team(scene)
    await sanne.trains()
    scene.record.starts_here()
    await sanne.types("/terugblik", "/review")
    await sanne.types("/team")
    await sanne.types("/sets")
    await sanne.taps("Open je sets", "Open your sets")
    scene.record.shows(LINK, SHOWN_LINK)


@dialogue(
    nl=(
        "Aanmelden bij je organisatie",
        "Eén keer koppelen met een code van de pagina; loskoppelen kan altijd.",
    ),
    en=(
        "Signing in at your organisation",
        "Linked once with a code from the page; you can always unlink it.",
    ),
    with_pages=True,
)
async def at_the_organisation(scene: Scene) -> None:
    """A code from the page, a question, and the end of it."""
    [sanne] = await led_team(scene)
    scene.record.starts_here()
    code = await scene.organisation_code("s.jansen@gemeente.example", "Firefox, Windows")
    await sanne.types(f"/koppel {code}", f"/link {code}")
    scene.record.shows(code, SHOWN_CODE)
    await sanne.taps("Koppelen", "Link")
    await sanne.types("/koppel", "/link")
    scene.record.shows(CHAT_CODE, SHOWN_CHAT_CODE)
    await sanne.taps("Organisatie loskoppelen", "Unlink the organisation")
