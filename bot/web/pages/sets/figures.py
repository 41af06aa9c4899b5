"""What works: the figures of a set's challenges as the chat gives them, and of another set."""

from dataclasses import dataclass

from starlette.responses import Response

from bot.conversation.render import statistics as rendered
from bot.conversation.render.board import titles_in
from bot.core.challenges.statistics import ChallengeCounts, Rate, people_in_batch, sums_by_theme
from bot.core.permissions import Audience
from bot.store.challenges import statistics
from bot.web.pages.page import Page
from bot.web.pages.sets.names import parameter, set_name, versions_of
from bot.web.pages.visit import NotHere, Visit

RATES = {
    "did": "page.sets_did",
    "reflected": "page.sets_reflected",
    "swapped": "page.sets_swapped",
}


@dataclass(frozen=True, slots=True)
class Bar:
    """A share with its bounds, in percents, as it is drawn and written."""

    share: int
    low: int
    high: int

    @classmethod
    def of(cls, rate: Rate) -> "Bar":
        """Returns a rate in percents."""
        return cls(*(round(part * 100) for part in (rate.share, rate.low, rate.high)))


async def show(visit: Visit) -> Response:
    """Shows what was counted of a set, and of another one beside it."""
    await versions_of(visit)
    name, other = set_name(visit), parameter(visit, "other")
    titles = await titles_in(visit.session, visit.say.language)
    if other and (other not in titles or other == name):
        raise NotHere
    columns = [(titles[each], await _rows(visit, each)) for each in (name, other) if each]
    people = people_in_batch(visit.context.policy.minimum)
    return visit.render(
        "sets/figures.html",
        visit.say("figures.of_set", title=titles[name]).rstrip(":"),
        name=name,
        other=other,
        others=[(each, title) for each, title in sorted(titles.items()) if each != name],
        columns=columns,
        rates=[visit.say(key) for key in RATES.values()],
        empty=visit.say("figures.none", people=people),
        note=visit.say("figures.note", people=people),
    )


async def _rows(visit: Visit, name: str) -> list[tuple[str, int, list[Bar]]]:
    """Returns the id, the times sent and the rates of each challenge; at the end of them all."""
    counts = rendered.ordered(await statistics.counted(visit.session, name))
    return [
        (each.slug or visit.say("page.sets_all_together"), each.at_least, _bars(each))
        for each in (*counts, *sums_by_theme(counts))
    ]


def _bars(counts: ChallengeCounts) -> list[Bar]:
    return [Bar.of(counts.rates[name]) for name in RATES]


async def count(visit: Visit) -> Response:
    """Counts what has come since, where enough people got a challenge again."""
    await versions_of(visit)
    name, other = set_name(visit), visit.field("other")
    titles = await titles_in(visit.session, visit.say.language)
    people = people_in_batch(visit.context.policy.minimum)
    await statistics.challenge_counts(visit.session, people, visit.context.at, name)
    query = f"?other={other}" if other in titles else ""
    return visit.go(f"sets/{name}/figures{query}", visit.say("page.sets_counted"))


async def download(visit: Visit) -> Response:
    """Returns the same figures as CSV."""
    await versions_of(visit)
    name = set_name(visit)
    counts = rendered.ordered(await statistics.counted(visit.session, name))
    file = f"{visit.say('figures.name')}-{name}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{file}"'}
    return Response(rendered.as_csv(counts), headers=headers, media_type="text/csv")


PAGES = [
    Page(path="sets/{name}/figures", show=show, change=count, audience=Audience.TRAINER),
    Page(path="sets/{name}/figures/csv", show=download, audience=Audience.TRAINER),
]
