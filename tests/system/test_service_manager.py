"""What systemd hears of the program that it started."""

import asyncio
import socket
import tempfile
from pathlib import Path

from tests.support.processes import TOKEN, on_telegram, program
from tests.support.telegram.bot_api import BotApiServer


async def test_it_is_told_of_the_start_the_end_and_that_nothing_is_stuck(tmp_path: Path) -> None:
    with (
        tempfile.TemporaryDirectory(prefix="olie-") as folder,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd,
    ):
        address = str(Path(folder) / "notify")
        systemd.bind(address)
        systemd.setblocking(False)
        loop = asyncio.get_running_loop()

        async def hears() -> str:
            async with asyncio.timeout(20):
                return (await loop.sock_recv(systemd, 100)).decode()

        async with BotApiServer(TOKEN) as server:
            env = on_telegram(server, tmp_path) | {
                "NOTIFY_SOCKET": address,
                "WATCHDOG_USEC": "400000",
            }
            async with program(env, tmp_path) as started:
                heard = {await hears() for _ in range(2)}
                assert heard == {"READY=1", "WATCHDOG=1"}
                assert await hears() == await hears() == "WATCHDOG=1"
            assert await started.ends() == 0
            while (last := await hears()) == "WATCHDOG=1":
                pass
            assert last == "STOPPING=1"
