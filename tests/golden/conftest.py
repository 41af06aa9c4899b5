"""What the tests of dialogues share."""

import pytest
import pytest_asyncio

from tests.golden.scene import Prepared, prepared


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def start(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """What each dialogue begins with."""
    return await prepared(tmp_path_factory.mktemp("dialogues"))
