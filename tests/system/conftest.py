"""How often programs are killed, and with which dice."""

import pytest


@pytest.fixture
def kills(request: pytest.FixtureRequest) -> int:
    """How often the program is killed."""
    return int(request.config.getoption("--kills"))


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """When it is killed."""
    return int(request.config.getoption("--seed"))
