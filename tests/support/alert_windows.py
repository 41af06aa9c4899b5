"""The metrics of some hours, and which alerts `promtool` says that they give."""

import subprocess
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import yaml
from prometheus_client import REGISTRY

from tests.unit.test_alerts import ALERTS

NEVER = 1e12  # what is infinite, in a way that promtool reads


@dataclass
class Window:
    """Metrics of some hours, a sample a minute.

    Attributes:
        name: what happened.
        day: when it began.
        expected: the alerts that should fire, and no other.
        samples: by minute, the value of each series; None: the program did not run.
    """

    name: str
    day: date
    expected: Collection[str]
    samples: list[dict[str, float] | None] = field(default_factory=list)

    def as_test(self) -> dict[str, object]:
        """Returns it as a test for promtool."""
        names = sorted({name for sample in self.samples for name in sample or {}})
        series = [
            {
                "series": name,
                "values": " ".join(
                    "_" if sample is None or name not in sample else f"{sample[name]:.6f}"
                    for sample in self.samples
                ),
            }
            for name in names
        ]
        up = " ".join("0" if sample is None else "1" for sample in self.samples)
        end = len(self.samples) - 1
        fired = f'group by (alertname) (max_over_time(ALERTS{{alertstate="firing"}}[{end}m]))'
        expected = [
            {"labels": f'{{alertname="{alert}"}}', "value": 1} for alert in sorted(self.expected)
        ]
        return {
            "name": self.name,
            "interval": "1m",
            "input_series": [{"series": 'up{job="olievlek"}', "values": up}, *series],
            "promql_expr_test": [{"expr": fired, "eval_time": f"{end}m", "exp_samples": expected}],
        }


def sample() -> dict[str, float]:
    """Returns the value of each series of the program now."""
    found = {}
    for family in REGISTRY.collect():
        for each in family.samples:
            if family.name.startswith("olievlek_") and not each.name.endswith("_created"):
                labels = ",".join(f'{name}="{value}"' for name, value in each.labels.items())
                found[f"{each.name}{{{labels}}}"] = min(each.value, NEVER)
    return found


def told(window: Window, folder: Path) -> list[str]:
    """Prints a row about some hours; returns what promtool finds otherwise than expected."""
    file = folder / "window.yaml"
    content = {"rule_files": [str(ALERTS)], "tests": [window.as_test()]}
    file.write_text(yaml.safe_dump(content, width=10_000_000))
    done = subprocess.run(["promtool", "test", "rules", str(file)], capture_output=True, text=True)
    fired = ", ".join(sorted(window.expected)) or "none"
    verdict = "WRONG" if done.returncode else "as expected"
    print(f"{window.day}  {window.name:45} {fired}: {verdict}", flush=True)
    return [f"{window.name}: {done.stdout}{done.stderr}"] if done.returncode else []
