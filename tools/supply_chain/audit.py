"""`make audit`: the known vulnerabilities of what the program needs to run, from pip-audit.

pip-audit passes when its source knows none of the packages, as a mirror without that data does. So
what it skipped counts as not checked.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

from tools.supply_chain.pins import RUN_TIME

SECONDS = 300


class Outcome(NamedTuple):
    """The result of an audit: vulnerabilities, a line each, and why what was not checked."""

    checked: int
    vulnerable: list[str]
    unchecked: str | None


def read_report(report: str, errors: str = "") -> Outcome:
    """Returns the outcome of pip-audit's JSON report; `errors` is what it wrote beside it."""
    try:
        packages: list[dict[str, Any]] = json.loads(report)["dependencies"]
    except (ValueError, KeyError):
        last = errors.strip().splitlines()[-1:] or ["pip-audit gave no report"]
        return Outcome(0, [], last[0])
    skipped = [package["skip_reason"] for package in packages if "skip_reason" in package]
    reason = f"{len(skipped)} of {len(packages)}; {skipped[0]}" if skipped else None
    vulnerable = [
        f"{package['name']} {package['version']}: {fault['id']}"
        for package in packages
        for fault in package.get("vulns", [])
    ]
    return Outcome(len(packages) - len(skipped), vulnerable, reason)


def exit_code(outcome: Outcome, *, ci: bool) -> int:
    """Returns 1 for a vulnerability, and in CI also for what was not checked."""
    return int(bool(outcome.vulnerable) or (ci and outcome.unchecked is not None))


def audit() -> Outcome:
    """Returns what pip-audit says about the pinned packages, and resolves nothing anew."""
    program = Path(sys.executable).with_name("pip-audit")
    options = ["--disable-pip", "--require-hashes", "--format", "json", "--progress-spinner", "off"]
    command = [str(program), *options, "--requirement", str(RUN_TIME)]
    try:
        ran = subprocess.run(
            command, capture_output=True, text=True, timeout=SECONDS, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired:
        return Outcome(0, [], f"no answer within {SECONDS} seconds")
    return read_report(ran.stdout, ran.stderr)


def main() -> int:
    """Prints the vulnerabilities, and what was not checked; returns the exit code."""
    outcome = audit()
    print(*outcome.vulnerable, sep="\n", end="\n" if outcome.vulnerable else "")
    if outcome.checked:
        print(f"checked: {outcome.checked} packages, {len(outcome.vulnerable)} vulnerabilities")
    if outcome.unchecked is not None:
        print(f"not checked: {outcome.unchecked}")
    return exit_code(outcome, ci=bool(os.environ.get("CI")))


if __name__ == "__main__":
    raise SystemExit(main())
