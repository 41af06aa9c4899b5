"""What was not checked for vulnerabilities is never called safe."""

import json
from typing import Any

import pytest

from tools.supply_chain.audit import Outcome, exit_code, read_report

SAFE = {"name": "yarl", "version": "1.25.1", "vulns": []}
VULNERABLE = {"name": "h11", "version": "0.1", "vulns": [{"id": "PYSEC-1"}]}
SKIPPED = {"name": "oil", "skip_reason": "not known: oil"}


def outcome(*packages: dict[str, Any]) -> Outcome:
    return read_report(json.dumps({"dependencies": packages}))


def test_what_was_skipped_was_not_checked() -> None:
    assert outcome(SAFE, SKIPPED) == Outcome(1, [], "1 of 2; not known: oil")


def test_a_source_that_cannot_be_reached_is_the_reason() -> None:
    errors = "Traceback\nConnectionError: no such host\n"
    assert read_report("", errors) == Outcome(0, [], "ConnectionError: no such host")


def test_a_vulnerability_is_named() -> None:
    assert outcome(SAFE, VULNERABLE) == Outcome(2, ["h11 0.1: PYSEC-1"], None)


@pytest.mark.parametrize(
    ("packages", "locally", "in_ci"),
    [([SAFE], 0, 0), ([SKIPPED], 0, 1), ([VULNERABLE], 1, 1), ([SKIPPED, VULNERABLE], 1, 1)],
)
def test_only_ci_fails_on_what_was_not_checked(
    packages: list[dict[str, Any]], locally: int, in_ci: int
) -> None:
    codes = [exit_code(outcome(*packages), ci=ci) for ci in (False, True)]
    assert codes == [locally, in_ci]
