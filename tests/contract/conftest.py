"""The channels on which a story is told."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.store.db.engine import Database
from bot.store.members.vault import Vault
from tests.contract.chat import Chat
from tests.contract.clients import (
    ApplicationParts,
    at_the_terminal,
    in_a_browser,
    in_a_room,
    on_telegram,
)
from tests.support.fakes import FixedClock
from tests.support.matrix.synapse import Synapse


@pytest.fixture
async def chat(
    request: pytest.FixtureRequest,
    database: Database,
    vault: Vault,
    clock: FixedClock,
    tmp_path: Path,
) -> AsyncIterator[Chat]:
    """Somebody on the channel that the test is told for."""
    parts = ApplicationParts(database, vault, clock, tmp_path)
    match request.param:
        case "terminal":
            opened = at_the_terminal(parts)
        case "telegram":
            opened = on_telegram(parts)
        case "web":
            opened = in_a_browser(parts)
        case _:
            synapse: Synapse = request.getfixturevalue("synapse")
            opened = in_a_room(parts, synapse)
    async with opened as (application, client):
        yield Chat(client, application, clock)
