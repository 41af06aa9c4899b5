"""What the tests of channels share."""

import secrets
from pathlib import Path

import pytest

from bot.store.engine import Database
from bot.store.vault import Vault
from tests.matrix import OnMatrix
from tests.servers.matrix_people import PASSWORD
from tests.servers.synapse import Synapse
from tests.story import StillClock


@pytest.fixture
async def on_matrix(
    synapse: Synapse, tmp_path: Path, database: Database, vault: Vault, clock: StillClock
) -> OnMatrix:
    """A bot of its own for each test."""
    bot = await synapse.register(f"bot-{secrets.token_hex(4)}", PASSWORD)
    return OnMatrix(synapse, bot, tmp_path, database, vault, clock)
