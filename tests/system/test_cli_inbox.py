"""`olievlek inbox`, as an operator uses it when something could not be handled."""

import asyncio
import json
from pathlib import Path

from bot.cli.shared.options import MISCONFIGURED, OK, WRONG
from bot.store.boxes import inbox
from tests.delivery.inbox import typed
from tests.support.command_line import olievlek
from tests.support.databases import unlocked_by
from tests.support.fakes import MONDAY
from tests.support.processes import environment


async def _set_aside(env: dict[str, str], texts: list[str]) -> list[int]:
    opening = unlocked_by(env)
    async with opening as database, database.transaction() as session:
        items = [(typed("7", text), b"sealed") for text in texts]
        ids = list((await inbox.add(session, "paper", items, MONDAY)).values())
        for item_id in ids:
            await inbox.record_attempt(session, item_id, 5)
            await inbox.set_aside(session, item_id, "KeyError", MONDAY)
    return ids


def test_what_is_set_aside_is_listed_and_tried_again(tmp_path: Path) -> None:
    env = environment(tmp_path)
    assert olievlek(env, tmp_path, "db", "upgrade")[0] == OK
    ids = asyncio.run(_set_aside(env, ["een", "twee", "drie"]))
    code, out, _ = olievlek(env, tmp_path, "inbox", "list", "--json")
    assert code == OK and "twee" not in out
    assert [row["id"] for row in json.loads(out)] == ids
    assert {(row["channel"], row["attempts"], row["fault"]) for row in json.loads(out)} == {
        ("paper", 5, "KeyError")
    }
    code, out, err = olievlek(env, tmp_path, "inbox", "retry", str(ids[1]), "999")
    assert (code, out) == (
        WRONG,
        "1 message will be tried again within seconds, if the bot is running\n",
    )
    assert "no message with number 999 is set aside" in err
    code, out, _ = olievlek(env, tmp_path, "inbox", "retry")
    assert code == OK and out.startswith("2 messages will")
    assert json.loads(olievlek(env, tmp_path, "inbox", "list", "--json")[1]) == []


def test_what_is_set_aside_is_discarded_for_good_and_the_trail_says_so(tmp_path: Path) -> None:
    env = environment(tmp_path)
    assert olievlek(env, tmp_path, "db", "upgrade")[0] == OK
    kept, first, second = asyncio.run(_set_aside(env, ["een", "twee", "drie"]))
    code, out, err = olievlek(env, tmp_path, "inbox", "discard", str(first), str(second), "999")
    assert (code, out) == (WRONG, "2 messages were deleted\n")
    assert "no message with number 999 is set aside" in err
    left = json.loads(olievlek(env, tmp_path, "inbox", "list", "--json")[1])
    assert [row["id"] for row in left] == [kept]
    trail = json.loads(olievlek(env, tmp_path, "audit", "show", "--json")[1])
    assert [(row["action"], row["subject"]) for row in trail] == [
        ("discarded", f"inbox:{first}"),
        ("discarded", f"inbox:{second}"),
    ]
    assert olievlek(env, tmp_path, "inbox", "retry", str(first))[0] == WRONG
    code, out, err = olievlek(env, tmp_path, "inbox", "discard")
    assert (code, out) == (MISCONFIGURED, "") and "Missing argument" in err


def test_what_waits_its_turn_is_not_discarded(tmp_path: Path) -> None:
    env = environment(tmp_path)
    assert olievlek(env, tmp_path, "db", "upgrade")[0] == OK
    [item_id] = asyncio.run(_set_aside(env, ["een"]))
    assert olievlek(env, tmp_path, "inbox", "retry", str(item_id))[0] == OK
    code, out, err = olievlek(env, tmp_path, "inbox", "discard", str(item_id))
    assert (code, out) == (WRONG, "") and f"no message with number {item_id} is set aside" in err
