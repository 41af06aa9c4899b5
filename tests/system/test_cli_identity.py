"""`olievlek keys reset-identity` and `olievlek check`, against a real homeserver."""

import secrets
from asyncio import to_thread
from pathlib import Path

from tests.support.command_line import olievlek
from tests.support.matrix.people import PASSWORD
from tests.support.matrix.synapse import Synapse
from tests.support.processes import environment


async def test_an_identity_is_reset_deliberately_and_checked(
    synapse: Synapse, tmp_path: Path
) -> None:
    user = await synapse.register(f"bot-{secrets.token_hex(4)}", PASSWORD)
    env = environment(tmp_path) | {
        "OLIEVLEK_MATRIX_HOMESERVER": synapse.url,
        "OLIEVLEK_MATRIX_USER": user,
        "OLIEVLEK_MATRIX_PASSWORD": PASSWORD,
    }
    code, _, _ = await to_thread(olievlek, env, tmp_path, "keys", "reset-identity")
    assert code == 1  # nobody answered the question
    code, out, _ = await to_thread(olievlek, env, tmp_path, "keys", "reset-identity", "--yes")
    assert code == 0 and "matrix: the account has new signing keys; restart the bot" in out
    _, out, _ = await to_thread(olievlek, env, tmp_path, "check")
    assert "matrix: ok" in out
    elsewhere = env | {"OLIEVLEK_DATA_DIR": str(tmp_path / "elsewhere")}
    wrong = elsewhere | {"OLIEVLEK_MATRIX_PASSWORD": "niet het goede"}
    code, _, err = await to_thread(olievlek, wrong, tmp_path, "keys", "reset-identity", "--yes")
    assert code == 1 and "OLIEVLEK_MATRIX_PASSWORD is refused" in err
    other = elsewhere | {"OLIEVLEK_DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path / 'other.db'}"}
    await to_thread(olievlek, other, tmp_path, "keys", "reset-identity", "--yes")
    code, out, _ = await to_thread(olievlek, env, tmp_path, "check")
    assert code == 1 and "matrix: another program replaced the account's signing keys" in out


async def test_without_such_a_channel_there_is_nothing_to_reset(tmp_path: Path) -> None:
    env = environment(tmp_path) | {"OLIEVLEK_TELEGRAM_TOKEN": "1:x"}
    code, _, err = await to_thread(olievlek, env, tmp_path, "keys", "reset-identity", "--yes")
    assert code == 1 and "no channel with signing keys is configured" in err
