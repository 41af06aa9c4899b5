"""What may happen to the bot's folder and to its account on Matrix."""

import shutil
from pathlib import Path

from bot.channels.matrix.client.api import call
from tests.support.matrix.people import PASSWORD, MatrixPerson


def remove_folder(folder: Path) -> None:
    """All that is kept on disk is lost."""
    shutil.rmtree(folder)


def remove_keys(folder: Path) -> None:
    """The keys of the device are lost."""
    (folder / "keys.db").unlink()


def remove_device(folder: Path) -> None:
    """Which device it was is lost."""
    (folder / "device.json").unlink()


def spoil_signing_keys(folder: Path) -> None:
    """The keys that sign are damaged."""
    (folder / "signing.json").write_text('{"master": "x"}')


async def log_out(colleague: MatrixPerson, device: str) -> None:
    """Logs another device of the account out."""
    answer = await colleague.client.delete_devices([device])
    auth = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": colleague.user_id},
        "password": PASSWORD,
        "session": answer.session,
    }
    await colleague.client.delete_devices([device], auth)


async def changes_password(colleague: MatrixPerson, password: str) -> None:
    """Gives the account another password, which logs the bot out."""
    auth = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": colleague.user_id},
        "password": PASSWORD,
    }
    body = {"new_password": password, "logout_devices": True, "auth": auth}
    await call(colleague.client, "POST", "/account/password", body)
