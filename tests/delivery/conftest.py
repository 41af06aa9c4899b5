"""What the tests of delivery share: each runs on both databases."""

import pytest

from tests.support.databases import KINDS


@pytest.fixture(params=KINDS)
def database_kind(request: pytest.FixtureRequest) -> str:
    """Each in turn."""
    kind: str = request.param
    return kind
