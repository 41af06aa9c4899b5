"""Matrix, in front of a real homeserver."""

import secrets
from pathlib import Path

import pytest

from bot.store.engine import Database
from bot.store.vault import Vault
from tests.matrix import OnMatrix, joins
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


@pytest.mark.parametrize("sealed", [False, True])
async def test_from_invitation_to_streak(on_matrix: OnMatrix, sealed: bool) -> None:
    async with on_matrix.running() as house, (await on_matrix.person()).online() as sanne:
        await joins(sanne, sealed=sealed)
        on_matrix.clock.goes_to(24, 11, 9, 30)
        assert await house.sending.tick() == 1
        nudge = await sanne.receives("Lef:")
        assert nudge.sealed is sealed
        await sanne.sees_reactions(nudge, ["✅", "💪", "⏰", "🔄", "⏭️"])
        await sanne.reacts(nudge, "✅")
        await sanne.receives("gedaan is gedaan")
        await sanne.types("Ik hoorde iets nieuws.")
        await sanne.receives("Je reeks: 1 ronde.")
        await sanne.types("!reeks")
        streak = await sanne.receives("Je reeks: 1 ronde.")
        assert streak.kind == "m.image"
        assert (await sanne.picture(streak)).startswith(b"\x89PNG")
        assert ("file" in streak.content) is sealed
