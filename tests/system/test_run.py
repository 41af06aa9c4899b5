"""`olievlek run`: the real program, the real Telegram client, and a Bot API server before it."""

import asyncio
import re
import secrets
import signal
import sqlite3
import time
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from bot.store.keys.master_key import new_secret_key
from bot.web.server import bind_port
from tests.support.matrix.people import PASSWORD, MatrixPerson
from tests.support.matrix.synapse import Synapse
from tests.support.processes import (
    TOKEN,
    on_telegram,
    program,
    soon,
    zone_at_noon,
)
from tests.support.telegram.bot_api import BotApiServer, Person
from tests.system.http_port import port_of
from tests.system.telegram_person import joins

FIVE = ["Gedaan", "Geprobeerd", "Later", "Andere", "Niet nu"]


async def asks_while_sends_are_slow(server: BotApiServer, person: Person) -> None:
    """They ask for a nudge, and its send is under way, but not answered yet."""
    server.delay("sendMessage", 2)
    before = len(server.calls_of("sendMessage"))
    person.types("/nu")
    await server.until(lambda: len(server.calls_of("sendMessage")) > before)


def nudges_sent(server: BotApiServer) -> int:
    """How often the bot asked Telegram to send a nudge."""
    return sum("Lef:" in str(call.get("text")) for call in server.calls_of("sendMessage"))


async def test_a_nudge_on_the_minute_an_answer_a_reflection_a_streak(tmp_path: Path) -> None:
    async with BotApiServer(TOKEN) as server:
        sanne = server.person()
        async with program(on_telegram(server, tmp_path), tmp_path):
            sanne.types("/start")
            await sanne.receives("In welke taal", timeout=20, buttons=["Nederlands", "English"])
            assert await sanne.presses("Nederlands").answered() is None
            await sanne.receives("Wanneer mag ik")
            await sanne.presses("Elke werkdag om 9:00").answered()
            await sanne.receives("Afgesproken: elke werkdag om 9:00.")
            moment = soon(zone_at_noon())
            sanne.types(f"/ritme ma-zo {moment:%H:%M}")
            await sanne.receives(f"elke dag om {moment.hour}:{moment.minute:02}")
            wait = (moment - datetime.now(UTC)).total_seconds()
            nudge = await sanne.receives("Lef:", timeout=wait + 5, buttons=FIVE)
            assert datetime.now(UTC) >= moment
            press = sanne.presses("Gedaan", on=nudge)
            assert await press.answered() is None
            assert (await sanne.sees_edit(nudge, "✅ Gedaan")).buttons == []
            question = await sanne.receives("gedaan is gedaan", buttons=["Overslaan"])
            sanne.types("De bakker wist er alles van")
            await sanne.sees_edit(question, buttons=[])
            await sanne.receives("Je reeks: 1 ronde.")
            sanne.types("/reeks")
            picture = await sanne.receives("Je reeks: 1 ronde.", timeout=10)
            assert picture.photo is not None and picture.photo.startswith(b"\x89PNG")
            sanne.types("/terugblik")
            await sanne.receives("“De bakker wist er alles van”")


async def test_killed_between_done_and_the_reflection(tmp_path: Path) -> None:
    async with BotApiServer(TOKEN) as server:
        sanne = server.person()
        env = on_telegram(server, tmp_path)
        async with program(env, tmp_path) as first:
            await joins(sanne)
            sanne.types("/nu")
            nudge = await sanne.receives("Lef:")
            once, twice = sanne.presses("Gedaan"), sanne.presses("Gedaan")
            assert await once.answered() is None
            assert await twice.answered() == "Deze had je al beantwoord. Er verandert niets."
            await sanne.receives("gedaan is gedaan")
            await first.is_killed()
        sanne.types("Dit krabbelde ik toen alles stil lag")
        async with program(env, tmp_path):
            await sanne.receives("Je reeks: 1 ronde.", timeout=20)
            sanne.types("/terugblik")
            told = await sanne.receives("“Dit krabbelde ik toen alles stil lag”")
            assert str(nudge.text)[:30] in str(told.text)
    files = [file for file in tmp_path.iterdir() if file.name.startswith("olievlek.db")]
    content = b"".join(file.read_bytes() for file in files)
    assert b"toen alles stil lag" not in content and b"krabbelde" not in content


async def test_told_to_stop_during_a_send(tmp_path: Path) -> None:
    async with BotApiServer(TOKEN) as server:
        sanne = server.person()
        env = on_telegram(server, tmp_path)
        async with program(env, tmp_path) as first:
            await joins(sanne)
            await asks_while_sends_are_slow(server, sanne)
            began = time.monotonic()
            first.process.send_signal(signal.SIGTERM)
            assert await first.ends() == 0
            assert time.monotonic() - began < 10
            assert "Traceback" not in first.log
        await sanne.receives("Lef:")
        server.delay("sendMessage", 0)
        async with program(env, tmp_path) as second:
            await second.says("running")
            sanne.types("/reeks")
            await sanne.receives("Je reeks: 0 rondes.", timeout=20)
            assert nudges_sent(server) == 1
    with sqlite3.connect(tmp_path / "olievlek.db") as connection:
        rows = connection.execute("SELECT sent_at IS NOT NULL, send_at FROM nudges").fetchall()
        assert rows == [(1, None)]
    connection.close()


async def test_a_nudge_that_was_in_flight_when_the_power_went_is_sent_again(
    tmp_path: Path,
) -> None:
    async with BotApiServer(TOKEN) as server:
        sanne = server.person()
        env = on_telegram(server, tmp_path)
        async with program(env, tmp_path) as first:
            await joins(sanne)
            await asks_while_sends_are_slow(server, sanne)
            await first.is_killed()
        server.delay("sendMessage", 0)
        async with program(env, tmp_path):
            await server.until(lambda: nudges_sent(server) == 2, timeout=20)
            copies = [await sanne.receives("Lef:")]
            await asyncio.sleep(1)
            copies += [message for message in sanne.unread if "Lef:" in str(message.text)]
            for copy in copies:
                if (now := sanne.find(copy.id)) and now.buttons:
                    await sanne.presses("Gedaan", on=copy).answered()
            sanne.types("/reeks")
            await sanne.receives("Je reeks: 1 ronde.", timeout=20)


async def test_a_refused_token_is_one_clear_line(tmp_path: Path) -> None:
    async with BotApiServer("999:other") as server:
        async with program(on_telegram(server, tmp_path), tmp_path) as refused:
            assert await refused.ends() == 2
    lines = [line for line in refused.log.splitlines() if line.startswith("olievlek:")]
    assert lines == [
        "olievlek: OLIEVLEK_TELEGRAM_TOKEN wordt geweigerd door het platform; kijk het na, of "
        "vraag een nieuwe aan"
    ]
    assert "Traceback" not in refused.log and TOKEN not in refused.log


async def test_a_token_that_is_taken_back_is_one_clear_line_too(tmp_path: Path) -> None:
    async with BotApiServer(TOKEN) as server:
        sanne = server.person()
        async with program(on_telegram(server, tmp_path), tmp_path) as started:
            await joins(sanne)
            server.fail_next("sendMessage", status=401, description="Unauthorized")
            sanne.types("/help")
            await started.says("message not sent")
            server.fail_next("getUpdates", status=401, description="Unauthorized")
            sanne.types("/help")
            assert await started.ends() == 2
    assert "OLIEVLEK_TELEGRAM_TOKEN wordt geweigerd" in started.log
    assert "Traceback" not in started.log


@pytest.mark.parametrize("level", ["INFO", "DEBUG"])
async def test_no_secret_and_no_reflection_in_the_log(tmp_path: Path, level: str) -> None:
    async with BotApiServer(TOKEN) as server:
        sanne = server.person()
        env = on_telegram(server, tmp_path, LOG_LEVEL=level)
        async with program(env, tmp_path) as started:
            await joins(sanne)
            sanne.types("/nu")
            await sanne.receives("Lef:")
            server.fail_next("answerCallbackQuery")
            sanne.presses("Gedaan")
            await sanne.receives("gedaan is gedaan")
            sanne.types("Vertrouwelijk woord")
            await sanne.receives("Bewaard")
        assert await started.ends() == 0
    assert TOKEN not in started.log and env["OLIEVLEK_SECRET_KEY"] not in started.log
    assert "Vertrouwelijk" not in started.log
    assert '"running"' in started.log
    assert '"settings": "environment"' in started.log and ".env" not in started.log


async def test_the_http_port_tells_how_it_is(tmp_path: Path) -> None:
    async with BotApiServer(TOKEN) as server:
        async with program(on_telegram(server, tmp_path), tmp_path) as started:
            base = f"http://127.0.0.1:{await port_of(started)}"
            await started.says("running")
            async with httpx.AsyncClient() as client:
                assert (await client.get(f"{base}/healthz")).text == "ok"
                async with asyncio.timeout(20):
                    while (ready := await client.get(f"{base}/readyz")).status_code == 503:
                        assert set(ready.json()["wrong"]) == {"telegram"}  # not logged in yet
                        await asyncio.sleep(0.05)
                assert ready.json() == {"ready": True, "wrong": {}}
                metrics = await client.get(f"{base}/metrics")
                assert "process_cpu_seconds_total" in metrics.text
                await server.stop()
                await started.says("telegram does not answer")
                ready = await client.get(f"{base}/readyz")
                assert (ready.status_code, set(ready.json()["wrong"])) == (503, {"telegram"})
                await server.start()
                await started.says("telegram answers again", within=60)


async def test_metrics_on_a_port_of_their_own(tmp_path: Path) -> None:
    async with BotApiServer(TOKEN) as server:
        env = on_telegram(server, tmp_path, METRICS_PORT="0")
        async with program(env, tmp_path) as started:
            await started.says("running")
            health = f"http://127.0.0.1:{await port_of(started)}"
            metrics = f"http://127.0.0.1:{await port_of(started, 'metrics')}"
            async with httpx.AsyncClient() as client:
                assert (await client.get(f"{health}/healthz")).text == "ok"
                assert (await client.get(f"{health}/metrics")).status_code == 404
                assert "process_cpu_seconds_total" in (await client.get(f"{metrics}/metrics")).text
                for path in ("/healthz", "/readyz", "/telegram/webhook"):
                    assert (await client.get(f"{metrics}{path}")).status_code == 404


async def test_one_person_on_telegram_and_on_matrix(tmp_path: Path, synapse: Synapse) -> None:
    bot = await synapse.register(f"bot-{secrets.token_hex(4)}", PASSWORD)
    user = await synapse.register(f"sanne-{secrets.token_hex(4)}", PASSWORD)
    async with BotApiServer(TOKEN) as server:
        sanne = server.person()
        env = on_telegram(
            server,
            tmp_path,
            MATRIX_HOMESERVER=synapse.url,
            MATRIX_USER=bot,
            MATRIX_PASSWORD=PASSWORD,
            DATA_DIR=str(tmp_path),
        )
        async with program(env, tmp_path) as started:
            await joins(sanne)
            sanne.types("/nu")
            await sanne.receives("Lef:")
            sanne.presses("Gedaan")
            await sanne.receives("gedaan is gedaan")
            sanne.types("Ik vroeg door.")
            await sanne.receives("Je reeks: 1 ronde.")
            sanne.types("/koppel")
            told = await sanne.receives("/koppel ")
            code = re.search(r"\w{4}-\w{4}", told.words)
            assert code is not None
            async with MatrixPerson(synapse, user, bot, tmp_path / "keys").online() as at_work:
                await at_work.invites(sealed=True)
                await at_work.receives("In welke taal")
                await at_work.types(f"!koppel {code[0]}")
                await at_work.receives("die meedoet sinds")
                await at_work.types("Koppelen")
                await sanne.receives("wil een andere chat zich koppelen")
                sanne.presses("Koppelen")
                await at_work.receives("Deze chat hoort nu ook bij jou")
                await at_work.types("Matrix")
                await at_work.receives("via Matrix")
                await at_work.types("!reeks")
                await at_work.receives("Je reeks: 1 ronde.")
                await at_work.types("!nu")
                await at_work.receives("Lef:")
            async with httpx.AsyncClient() as client:
                ready = await client.get(f"http://127.0.0.1:{await port_of(started)}/readyz")
            assert ready.json() == {"ready": True, "wrong": {}}
            started.process.send_signal(signal.SIGTERM)
            assert await started.ends(within=10) == 0
        assert "Traceback" not in started.log and PASSWORD not in started.log


async def test_telegram_delivers_across_a_kill_and_a_switch(tmp_path: Path) -> None:
    with bind_port("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    secret, key = secrets.token_urlsafe(32), new_secret_key()
    brought = {
        "SECRET_KEY": key,
        "HTTP_PORT": str(port),
        "TELEGRAM_WEBHOOK_URL": f"http://127.0.0.1:{port}",
        "TELEGRAM_WEBHOOK_SECRET": secret,
    }
    async with BotApiServer(TOKEN) as server:
        sanne = server.person()
        async with program(on_telegram(server, tmp_path, **brought), tmp_path) as first:
            await joins(sanne)
            assert server.webhook["url"] == f"http://127.0.0.1:{port}/telegram/webhook"
            await first.is_killed()
            assert secret not in first.log
        sanne.types("/nu")
        async with program(on_telegram(server, tmp_path, **brought), tmp_path):
            nudge = await sanne.receives("Lef:", timeout=20, buttons=FIVE)
        sanne.reacts(nudge, "👍")
        async with program(on_telegram(server, tmp_path, SECRET_KEY=key), tmp_path):
            await sanne.receives("gedaan is gedaan", timeout=20)
            await server.until(lambda: not server.waiting_updates)
        assert server.webhook == {}
