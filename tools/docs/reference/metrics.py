"""The reference of the metrics: names, types and labels from the code, words from the runbook."""

import re
from collections.abc import Iterator

from prometheus_client import REGISTRY
from prometheus_client.metrics import MetricWrapperBase

import bot.app  # noqa: F401 - with all that counts something
from tools.docs.reference.tables import code, table
from tools.docs.site.pages import file_of

TITLE = {"nl": "Cijfers voor Prometheus", "en": "Metrics for Prometheus"}
INTRODUCTION = {
    "nl": (
        "Wat `/metrics` laat zien. Niets gaat over een persoon of een team. Welke meldingen ervan "
        "komen, staat in\n"
        "[het draaiboek](../runbook.md). Prometheus' eigen cijfers over het proces (`process_…`, "
        "`python_…`) staan er\n"
        "ook."
    ),
    "en": (
        "What `/metrics` shows. Nothing is about a person or a team. Which alerts come of it is "
        "in\n"
        "[the runbook](../runbook.md). Prometheus' own metrics of the process (`process_…`, "
        "`python_…`) are there too."
    ),
}
HEADS = {
    "nl": ("cijfer", "soort", "labels", "wat het is"),
    "en": ("metric", "type", "labels", "what it is"),
}
ROW = re.compile(r"^\| (`olievlek_.+?`) \| (.+?) \|$", re.MULTILINE)
SUFFIX = {"counter": "_total", "info": "_info"}


def page(language: str) -> str:
    """Returns the page."""
    words = runbook_words(language)
    rows = [
        (code(name), kind, ", ".join(map(code, labels)), words[name])
        for name, kind, labels in measured()
    ]
    return f"# {TITLE[language]}\n\n{INTRODUCTION[language]}\n\n{table(HEADS[language], rows)}"


def measured() -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yields the name, the type and the labels of each metric of the program, by name."""
    collectors = {
        collector._name: collector
        for collector in REGISTRY._collector_to_names
        if isinstance(collector, MetricWrapperBase) and collector._name.startswith("olievlek_")
    }
    for name, collector in sorted(collectors.items()):
        kind = str(collector._type)
        yield name + SUFFIX.get(kind, ""), kind, tuple(collector._labelnames)


def runbook_words(language: str) -> dict[str, str]:
    """Returns what the runbook says of each metric; those that share a row have its words."""
    return {
        name: words
        for names, words in ROW.findall(file_of("runbook", language).read_text())
        for name in re.findall(r"`(.+?)`", names)
    }
