"""The bot's device and its keys on Matrix, which must outlive restarts, backups and accidents."""

import asyncio
import shutil
import stat
from pathlib import Path

import pytest

from tests.support.matrix.people import PASSWORD, MatrixPerson
from tests.support.matrix_bot import MatrixBot, joins


async def test_the_device_is_kept_for_its_owner_alone(on_matrix: MatrixBot) -> None:
    async with on_matrix.running():
        pass
    folder = on_matrix.folder / "matrix"
    first = (folder / "device.json").read_text()
    async with on_matrix.running():
        pass
    files = {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}
    assert {"device.json", "keys.db", "signing.json"} <= set(files)
    assert set(files.values()) == {0o600} and stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert (
        first.partition("starts")[0] == (folder / "device.json").read_text().partition("starts")[0]
    )


async def test_after_a_restart_and_on_a_new_device(on_matrix: MatrixBot) -> None:
    async with (await on_matrix.person()).online() as sanne:
        async with on_matrix.running():
            await joins(sanne, sealed=True)
        async with on_matrix.running():
            await sanne.types("!help")
            await sanne.receives("!nu")
            async with on_matrix.device_of(sanne).online() as tablet:
                await tablet.types("!privacy")
                assert (await tablet.receives("bewaar")).sealed
                await sanne.receives("bewaar")
                await sanne.types("!ritme")
                await tablet.receives("Je ritme is nu")


async def test_after_the_keys_come_from_a_backup(on_matrix: MatrixBot, tmp_path: Path) -> None:
    folder, backup = on_matrix.folder / "matrix", tmp_path / "backup"
    async with (await on_matrix.person()).online() as sanne:
        async with on_matrix.running():
            await joins(sanne, sealed=True)
        shutil.copytree(folder, backup)
        async with on_matrix.running():
            for _ in range(3):
                await sanne.types("!help")
                await sanne.receives("!nu")
        shutil.rmtree(folder)
        backup.rename(folder)
        async with on_matrix.running():
            await sanne.knows_device(folder)
            await sanne.types("!privacy")
            assert (await sanne.receives("bewaar", timeout=20)).sealed
        shutil.rmtree(folder)  # and when there is no backup at all
        async with on_matrix.running():
            await sanne.knows_device(folder)
            await sanne.types("!streak")
            await sanne.receives("reeks", timeout=20)
        assert sanne.unopened == []


async def test_what_waits_for_its_key_is_not_forgotten_at_a_stop(on_matrix: MatrixBot) -> None:
    async with (await on_matrix.person()).online() as sanne:
        async with on_matrix.running():
            await joins(sanne, sealed=True)
            assert sanne.client.olm is not None
            sanne.client.olm.create_outbound_group_session(sanne.room)  # whose key nobody gets
            sanne.client.olm.outbound_group_sessions[sanne.room].shared = True
            await sanne.types("Dit leest niemand")
            await asyncio.sleep(1.0)  # it came in, and its key is waited for
        assert "niet openen" not in sanne.from_bot()[-1].text
        async with on_matrix.running():
            await sanne.receives("Dit bericht kan ik niet openen", timeout=20)


async def test_another_account_begins_anew(on_matrix: MatrixBot) -> None:
    async with on_matrix.running():
        pass
    folder = on_matrix.folder / "matrix"
    signing = (folder / "signing.json").read_text()
    on_matrix.bot = await on_matrix.server.register("another-bot", PASSWORD)
    async with (await on_matrix.person()).online() as sanne, on_matrix.running():
        await joins(sanne, sealed=True)
    assert (folder / "signing.json").read_text() != signing


@pytest.mark.parametrize("odd", ['{"starts": 1}', '{"user_id": 3, "x": []}', "[]", "\x00"])
async def test_an_odd_file_of_the_device_is_no_traceback(on_matrix: MatrixBot, odd: str) -> None:
    folder = on_matrix.folder / "matrix"
    folder.mkdir()
    (folder / "device.json").write_text(odd)
    async with on_matrix.running():
        assert "access_token" in (folder / "device.json").read_text()


@pytest.mark.parametrize("spoilt", [False, True])
async def test_keys_that_cannot_be_read_are_replaced(on_matrix: MatrixBot, spoilt: bool) -> None:
    folder = on_matrix.folder / "matrix"
    async with (await on_matrix.person()).online() as sanne:
        async with on_matrix.running():
            await joins(sanne, sealed=True)
        if spoilt:
            (folder / "keys.db").write_bytes(b"no database at all " * 999)
        else:
            on_matrix.pickle_key = "f" * 64
        async with on_matrix.running():
            await sanne.knows_device(folder)
            await sanne.types("!privacy")
            await sanne.receives("bewaar", timeout=20)


async def test_a_device_that_was_logged_out_gets_a_successor(on_matrix: MatrixBot) -> None:
    async with on_matrix.running(), (await on_matrix.person()).online() as sanne:
        await joins(sanne, sealed=True)
        other = MatrixPerson(on_matrix.server, on_matrix.bot, "", on_matrix.folder / "elsewhere")
        async with other.online():
            await other.client.logout(all_devices=True)
        await sanne.types("!help")
        await sanne.receives("Dit bericht kan ik niet openen", timeout=30)
        await sanne.types("!help")
        await sanne.receives("!nu", timeout=30)


async def test_the_account_signs_its_device(on_matrix: MatrixBot) -> None:
    async with on_matrix.running(), (await on_matrix.person()).online() as sanne:
        answer = await sanne.client.send(
            "POST",
            "/_matrix/client/v3/keys/query",
            f'{{"device_keys": {{"{on_matrix.bot}": []}}}}',
            {"Authorization": f"Bearer {sanne.client.access_token}"},
        )
        keys = await answer.json()
        [signing] = keys["self_signing_keys"][on_matrix.bot]["keys"]
        [device] = keys["device_keys"][on_matrix.bot].values()
        assert signing in device["signatures"][on_matrix.bot]


async def test_what_cannot_be_opened_gets_one_helpful_line(on_matrix: MatrixBot) -> None:
    async with on_matrix.running(), (await on_matrix.person()).online() as sanne:
        await joins(sanne, sealed=True)
        assert sanne.client.olm is not None
        sanne.client.olm.create_outbound_group_session(sanne.room)  # whose key nobody gets
        sanne.client.olm.outbound_group_sessions[sanne.room].shared = True
        await sanne.types("Dit leest niemand")
        await sanne.receives("Dit bericht kan ik niet openen", timeout=20)
        sanne.client.invalidate_outbound_session(sanne.room)
        await sanne.types("!help")
        await sanne.receives("!nu")
