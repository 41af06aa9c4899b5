"""The programmes: their weeks and challenges in order, and which teams follow them."""

from starlette.responses import Response

from bot.core.permissions import Audience
from bot.set_files.programmes import programmes
from bot.store.challenges import programmes as stored
from bot.store.challenges import publications
from bot.web.pages.page import Page
from bot.web.pages.sets.overview import team_names
from bot.web.pages.visit import Visit


async def show(visit: Visit) -> Response:
    """Shows each programme, with the teams that follow it."""
    say = visit.say
    sets = {each.name for each in await publications.newest_versions(visit.session)}
    names, followed = await team_names(visit), await stored.of_teams(visit.session)
    shown = [
        (
            each.title.in_language(say.language),
            each.about.in_language(say.language),
            each.order == "fixed",
            [
                (
                    week.title.in_language(say.language),
                    [(*key, key[0] in sets) for key in week.keys],
                )
                for week in each.weeks
            ],
            [
                (names[row.team_id], say.short_day(row.starts_on))
                for row in followed
                if row.programme == each.programme and row.team_id in names
            ],
        )
        for each in programmes().values()
    ]
    return visit.render("sets/programmes.html", say("page.programmes"), programmes=shown)


PAGES = [Page(path="programmes", name="programmes", show=show, audience=Audience.TRAINER)]
