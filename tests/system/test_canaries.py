"""Whole stories on both platforms at DEBUG: what people wrote, and who they are, is read nowhere.

Everything that the program writes is searched, byte by byte, after a kill that leaves all of it
where it was: the databases with their logs, the keys, the log, the metrics, temporary files, and
what other users of the machine see of the process.
"""

import re
import secrets
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import httpx

from tests.support.matrix.people import PASSWORD, MatrixPerson
from tests.support.matrix.synapse import Synapse
from tests.support.matrix_bot import joins as joins_on_matrix
from tests.support.processes import TOKEN, Program, command, on_telegram, program
from tests.support.telegram.bot_api import BotApiServer, Person

REFLECTION = "kanariewoord in een reflectie"
EDITED = "kanariewoord in een verbetering"
ON_MATRIX = "kanariewoord uit een verzegelde kamer"
ODD = "kanariewoord in wat niemand begrijpt"
WRONG_CODE = "KANARIECODE"
NAME, TEAM, NUMBER = "Kanarienaam", "Kanarieteam", 7_391_846_205_113


async def test_what_people_wrote_and_who_they_are_is_read_nowhere(
    tmp_path: Path, synapse: Synapse
) -> None:
    data, temporary = tmp_path / "data", tmp_path / "temporary"
    data.mkdir()
    temporary.mkdir()
    bot = await synapse.register(f"bot-{secrets.token_hex(4)}", PASSWORD)
    user = await synapse.register(f"kanarie-{secrets.token_hex(4)}", PASSWORD)
    async with BotApiServer(TOKEN) as server:
        env = on_telegram(
            server,
            data,
            MATRIX_HOMESERVER=synapse.url,
            MATRIX_USER=bot,
            MATRIX_PASSWORD=PASSWORD,
            DATA_DIR=str(data),
            LOG_LEVEL="DEBUG",
        ) | {"TMPDIR": str(temporary)}
        code = await invitation_code(env, data)
        async with program(env, data) as started:
            await started.says("running")
            seen_by_others = [process_of(started)]
            await lives_on_telegram(server, server.person(NUMBER, NAME), code)
            person = MatrixPerson(synapse, user, bot, tmp_path / "telefoon")
            async with person.online() as at_work:
                await lives_on_matrix(at_work)
            seen_by_others.append(await metrics(started))
            await started.is_killed()
    searched = {path.name: path.read_bytes() for path in files_in(data, temporary)}
    searched |= {"log": started.log.encode(), "others": "\n".join(seen_by_others).encode()}
    assert b"set aside" in searched["log"] and "olievlek.db-wal" in searched, sorted(searched)
    words = [REFLECTION, EDITED, ON_MATRIX, ODD, WRONG_CODE, NAME, TEAM, code]
    everywhere = [*words, str(NUMBER), TOKEN, PASSWORD, env["OLIEVLEK_SECRET_KEY"]]
    found = [
        (canary, place)
        for canary in everywhere
        for place, content in searched.items()
        if any(form in content for form in forms_of(canary))
    ]
    assert not found
    # The library for Matrix keeps devices by their owner, without whom it finds none.
    of_library = {name for name in searched if name.endswith("keys.db") and "olievlek" not in name}
    assert {name for name, content in searched.items() if user.encode() in content} <= of_library


async def invitation_code(env: dict[str, str], folder: Path) -> str:
    """Creates a team; returns a code for it."""
    for words in (("db", "upgrade"), ("team", "create", TEAM)):
        ended, _, err = await command(env, folder, *words)
        assert ended == 0, err
    _, out, err = await command(env, folder, "team", "invite", TEAM)
    found = re.search(r"/start ([A-Z0-9-]+)", out)
    assert found is not None, (out, err)
    return found[1]


async def lives_on_telegram(server: BotApiServer, sanne: Person, code: str) -> None:
    """Joins a team, writes, shares by name, edits, is not understood, and asks for everything."""
    sanne.types(f"/start {WRONG_CODE}")
    await sanne.receives("In welke taal", timeout=20)
    sanne.presses("Nederlands")
    await sanne.receives("Wanneer mag ik")
    sanne.types("/ritme ma-zo 8:00")
    await sanne.receives("Je volgende uitdaging komt")
    sanne.types(f"/start {code}")
    await sanne.receives(TEAM)
    sanne.types("/nu")
    await sanne.receives("Lef:")
    sanne.presses("Gedaan")
    await sanne.receives("gedaan is gedaan")
    server.fail_next("sendMessage", status=502, description=REFLECTION)
    wrote = sanne.types(REFLECTION)
    await sanne.receives("Bewaard")
    sanne.edits(wrote, EDITED)
    server.queue_anyhow("message", {"text": ODD, "date": ODD})
    sanne.types("/terugblik")
    await sanne.receives(EDITED)
    sanne.types("/export")
    await sanne.receives("Dit is alles")


async def lives_on_matrix(person: MatrixPerson) -> None:
    """Writes a reflection in a sealed room, and something that the bot cannot read."""
    await joins_on_matrix(person, sealed=True)
    await person.types("!nu")
    await person.receives("Lef:")
    await person.types("gedaan")
    await person.receives("gedaan is gedaan")
    await person.types(ON_MATRIX)
    await person.receives("Bewaard")
    await person.sends("m.room.message", {"msgtype": ODD, "body": ODD, "m.relates_to": ODD})
    await person.types("!terugblik")
    await person.receives(ON_MATRIX)


def process_of(started: Program) -> str:
    """What every user of the machine sees of the process."""
    return Path(f"/proc/{started.process.pid}/cmdline").read_text()


async def metrics(started: Program) -> str:
    """What `/metrics` and `/readyz` say."""
    [line] = [line for line in started.log.splitlines() if "http port open" in line]
    found = re.search(r'"port": (\d+)', line)
    assert found is not None
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{found[1]}") as client:
        return (await client.get("/metrics")).text + (await client.get("/readyz")).text


def files_in(*folders: Path) -> Iterator[Path]:
    """All files in these folders."""
    for folder in folders:
        yield from (path for path in folder.rglob("*") if path.is_file())


def forms_of(canary: str) -> set[bytes]:
    """The forms in which a text is most often found: as it is, in JSON, in base64, in UTF-16."""
    plain = canary.encode()
    inner = b64encode(plain[: len(plain) // 3 * 3])
    return {plain, plain.lower(), canary.encode("utf-16-le"), inner}
