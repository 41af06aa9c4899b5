"""The tests that must not run beside each other do not."""

import os

import pytest

GROUP = "one by one"


@pytest.mark.skipif("PYTEST_XDIST_WORKER" not in os.environ, reason="all run in one process")
@pytest.mark.xdist_group(GROUP)
def test_a_group_is_part_of_the_name_by_which_tests_are_handed_out(
    request: pytest.FixtureRequest,
) -> None:
    """Otherwise the process that hands them out knows nothing of it: see pyproject.toml."""
    assert request.node.nodeid.endswith(f"@{GROUP}")
