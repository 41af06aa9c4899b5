"""The alerts, the dashboard and the runbook say what the program measures."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from prometheus_client import REGISTRY

import bot.app  # noqa: F401 - with all that counts something
from tests.alerts.cases import CASES
from tests.conftest import cannot_start

PROJECT = Path(__file__).resolve().parents[2]
ALERTS = PROJECT / "deploy" / "prometheus" / "alerts.yaml"
DASHBOARD = PROJECT / "deploy" / "grafana" / "olievlek.json"
RUNBOOKS = [PROJECT / "docs" / "runbook.md", PROJECT / "docs" / "runbook.en.md"]
METRIC = re.compile(r"olievlek_[a-z_]+")
WATCHED = re.compile(r"olievlek_[a-z_]+|\bup\b")  # Prometheus itself says whether it got an answer
# What Prometheus' client makes of one metric's name.
SUFFIXES = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"], "info": ["_info"]}


def measured() -> dict[str, set[str]]:
    """Returns the metrics of the program, each with its name and those of its time series."""
    return {
        family.name: {family.name + suffix for suffix in ["", *SUFFIXES.get(family.type, [])]}
        for family in REGISTRY.collect()
        if family.name.startswith("olievlek_")
    }


def alerts() -> list[dict[str, str]]:
    """Returns the alerts."""
    [group] = yaml.safe_load(ALERTS.read_text())["groups"]
    return list(group["rules"])


@pytest.mark.parametrize("file", [ALERTS, DASHBOARD], ids=lambda file: file.name)
def test_what_is_watched_is_measured(file: Path) -> None:
    asked = set(METRIC.findall(re.sub(r"#.*", "", file.read_text())))
    assert len(asked) > 8
    assert asked <= set().union(*measured().values())


@pytest.mark.parametrize("runbook", RUNBOOKS, ids=lambda file: file.name)
def test_the_runbook_has_each_alert_and_each_metric(runbook: Path) -> None:
    text = runbook.read_text()
    headings = set(re.findall(r"^## (Olievlek\w+)$", text, re.MULTILINE))
    assert headings == {alert["alert"] for alert in alerts()}
    told = set(METRIC.findall(text))
    assert all(not names.isdisjoint(told) for names in measured().values())
    assert told <= set().union(*measured().values())


def test_each_alert_names_its_page() -> None:
    for alert in alerts():
        page, _, heading = alert["annotations"]["runbook"].partition("#")  # type: ignore[index]
        assert (PROJECT / page) in RUNBOOKS
        assert heading == alert["alert"].lower()


def test_each_alert_is_provoked_by_its_cause() -> None:
    """Whether it then fires and ends is the matter of `make test-alerts`."""
    assert CASES.keys() == {alert["alert"] for alert in alerts()}


def queries() -> list[str]:
    """Returns what the panels of the dashboard ask."""
    panels = json.loads(DASHBOARD.read_text())["panels"]
    return [target["expr"] for panel in panels for target in panel["targets"]]


def test_what_an_alert_is_about_has_a_panel() -> None:
    asked = [set(WATCHED.findall(alert["expr"])) for alert in alerts()]
    assert all(asked)
    assert (
        set().union(*asked) - {name for query in queries() for name in WATCHED.findall(query)}
        == set()
    )


def test_the_dashboard_has_no_two_panels_in_one_place() -> None:
    places: set[tuple[int, int]] = set()
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert places.isdisjoint(cells) and max(x for x, _ in cells) < 24
        places |= cells


@pytest.fixture(scope="module")
def promtool() -> str:
    """Where Prometheus' tool is; it comes with Debian's package `prometheus`."""
    path = shutil.which("promtool")
    if path is None:
        cannot_start("Prometheus", FileNotFoundError("promtool; install Debian's prometheus"))
    return path


@pytest.mark.slow
def test_each_alert_fires_for_what_it_is_about_and_no_other_does(promtool: str) -> None:
    rules = subprocess.run(
        [promtool, "test", "rules", "alerts.test.yaml"],
        cwd=ALERTS.parent,
        capture_output=True,
        text=True,
    )
    assert rules.returncode == 0, rules.stdout + rules.stderr
    tried = yaml.safe_load((ALERTS.parent / "alerts.test.yaml").read_text())["tests"]
    assert {alert["alert"] for alert in alerts()} == {test["name"] for test in tried[1:]}


def test_the_dashboard_asks_what_prometheus_understands(promtool: str, tmp_path: Path) -> None:
    rules = [{"record": f"panel:{number}", "expr": query} for number, query in enumerate(queries())]
    (tmp_path / "rules.yaml").write_text(
        yaml.safe_dump({"groups": [{"name": "a", "rules": rules}]})
    )
    checked = subprocess.run(
        [promtool, "check", "rules", "rules.yaml"], cwd=tmp_path, capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_example_of_a_configuration_is_one(promtool: str) -> None:
    config = subprocess.run(
        [promtool, "check", "config", "prometheus.yaml"],
        cwd=ALERTS.parent,
        capture_output=True,
        text=True,
    )
    assert config.returncode == 0, config.stdout + config.stderr
