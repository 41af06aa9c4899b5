"""The commands for teams and roles, as a new operator types them."""

import json
import re
import shlex
import stat
from asyncio import to_thread
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.support.command_line import olievlek
from tests.support.databases import copied
from tests.support.processes import TOKEN, environment, on_telegram
from tests.support.telegram.bot_api import BotApiServer

COMMANDS = "team create,team list,team invite,team board,role grant,role revoke,role list"


@dataclass
class Operator:
    """Somebody at a shell, in a folder of their own."""

    folder: Path
    env: dict[str, str] = field(default_factory=dict)

    def types(self, *words: str) -> tuple[int, str, str]:
        """Types a command; its exit code, and what it said on both outputs."""
        return olievlek(self.env, self.folder, *words)

    def succeeds(self, *words: str) -> str:
        """Types a command, with which nothing is wrong; what it printed."""
        code, out, err = self.types(*words)
        assert code == 0, err
        return out

    def fails(self, code: int, told: str, *words: str) -> None:
        """Types a command that is refused, in a line and without a traceback."""
        found, out, err = self.types(*words)
        assert (found, out) == (code, "") and told in " ".join(err.split()), (found, out, err)
        assert "Traceback" not in err

    def json(self, *words: str) -> Sequence[dict[str, object]]:
        """Types a command with --json; what it printed."""
        found: Sequence[dict[str, object]] = json.loads(self.succeeds(*words, "--json"))
        return found


@pytest.fixture(scope="module")
def beginning(tmp_path_factory: pytest.TempPathFactory) -> Operator:
    """An operator who made a database and a team called Griffie."""
    folder = tmp_path_factory.mktemp("operator")
    found = Operator(folder, environment(folder))
    found.succeeds("db", "upgrade")
    found.succeeds("team", "create", "Griffie")
    return found


@pytest.fixture
def operator(beginning: Operator, tmp_path: Path) -> Operator:
    """An operator with a copy of that, and no channel."""
    place = {
        "OLIEVLEK_DATABASE_URL": copied(beginning.folder / "olievlek.db", tmp_path / "olievlek.db")
    }
    return Operator(tmp_path, beginning.env | place)


def test_every_command_explains_itself_with_an_example(tmp_path: Path) -> None:
    for words in COMMANDS.split(","):
        code, out, _ = olievlek(environment(tmp_path), tmp_path, *words.split(), "--help")
        assert code == 0 and "Example: olievlek" in " ".join(out.split()), words


# -- teams


def test_a_team_from_nothing_to_a_board(operator: Operator) -> None:
    told = operator.succeeds("team", "create", "  Team   Participatie ")
    assert told == (
        "Team Participatie is created; next: olievlek team invite 'Team Participatie'\n"
    )
    first, second = operator.json("team", "list")
    assert (first["team"], second["team"]) == ("Griffie", "Team Participatie")
    assert (first["members"], first["leads"], first["groups"]) == (0, 0, [])
    told = operator.succeeds("team", "board", "GRIFFIE")
    assert told.splitlines()[0] == "Griffie" and "a week with at least 5 people" in told
    [board] = operator.json("team", "board", "Griffie")
    assert (board["phase"], board["streak"], board["size"]) == ("new", 0, 0)
    assert [week["mark"] for week in board["weeks"]] == ["running"]  # type: ignore[attr-defined]  # a list of them


def test_a_table_for_people(operator: Operator) -> None:
    table = operator.succeeds("team", "list")
    assert "Griffie" in table and "[]" not in table
    operator.succeeds("role", "grant", "admin", "telegram:7")
    table = operator.succeeds("role", "list")
    assert "telegram:7" in table and "None" not in table


def test_a_table_is_cut_in_no_pipe(operator: Operator) -> None:
    names = [f"{letter * 29} {letter * 30}" for letter in "abc"]
    for name in names:
        operator.succeeds("team", "create", name)
    table = operator.succeeds("team", "list")
    assert all(name in table for name in names) and "…" not in table


def test_a_team_gets_another_name(operator: Operator) -> None:
    operator.succeeds("team", "create", "Raad")
    out = operator.succeeds("team", "rename", "griffie", "Griffie  en bestuur")
    assert out == "Griffie is now called Griffie en bestuur\n"
    taken = ("team", "rename", "Griffie en bestuur", "raad")
    operator.fails(1, "there is a team 'raad' already", *taken)
    operator.fails(1, "there is no team 'Griffie'", "team", "rename", "Griffie", "Iets")
    operator.fails(2, "cannot be a team's name", "team", "rename", "Raad", " ")
    trail = json.loads(operator.succeeds("audit", "show", "--json"))
    assert trail[-1]["action"] == "team_renamed"


def test_a_team_is_deleted_with_all_that_is_about_it_and_after_a_question(
    operator: Operator,
) -> None:
    operator.fails(1, "there is no team 'Nergens'", "team", "delete", "Nergens")
    operator.succeeds("role", "grant", "lead", "telegram:7", "--team", "Griffie")
    operator.succeeds("team", "invite", "Griffie")
    assert olievlek(operator.env, operator.folder, "team", "delete", "Griffie", given="n\n")[0] == 1
    assert "Griffie" in operator.succeeds("team", "list")
    out = operator.succeeds("team", "delete", "Griffie", "--yes")
    assert out == "Griffie is deleted; 0 people were in it\n"
    assert json.loads(operator.succeeds("team", "list", "--json")) == []
    assert json.loads(operator.succeeds("role", "list", "--json")) == []
    trail = json.loads(operator.succeeds("audit", "show", "--json"))
    assert trail[-1]["action"] == "team_deleted"


def test_an_odd_name_works_in_what_comes_next(operator: Operator) -> None:
    for name, shown in (("Jan's “$x”", "'Jan'\"'\"'s “$x”'"), ("-x", "-- -x"), ("Réunion🌿", None)):
        told = operator.succeeds("team", "create", "--", name)
        invite = f"olievlek team invite {shown or repr(name)}"
        assert told == f"{name} is created; next: {invite}\n"
        assert shlex.split(invite)[-1] == name
    assert "code: " in operator.succeeds("team", "invite", "--", "-x")


def test_what_is_no_name_is_told(tmp_path: Path) -> None:
    operator = Operator(tmp_path, environment(tmp_path))
    told = "cannot be a team's name: use 1 to 60 visible characters"
    for name in ("  ", "x" * 61, "\u200b"):
        operator.fails(2, told, "team", "create", name)


def test_a_name_is_taken_once_in_whichever_capitals(operator: Operator) -> None:
    operator.fails(1, "there is a team 'Griffie' already", "team", "create", "griffie ")
    assert len(operator.json("team", "list")) == 1


def test_an_unknown_team_says_where_to_look(operator: Operator) -> None:
    told = "there is no team 'Nergens'; see `olievlek team list`"
    operator.fails(1, told, "team", "invite", "Nergens")
    operator.fails(1, told, "team", "invite", "Nergens", "--revoke")
    operator.fails(1, told, "team", "board", "Nergens")
    for verb in ("grant", "revoke"):
        operator.fails(1, told, "role", verb, "lead", "telegram:7", "--team", "Nergens")


def test_before_the_database_is_there_it_says_what_to_do(tmp_path: Path) -> None:
    operator = Operator(tmp_path, environment(tmp_path))
    operator.fails(2, "`olievlek db upgrade` makes it", "team", "create", "Griffie")


# -- invitations


def test_without_a_channel_there_is_a_code_and_a_picture_of_it(operator: Operator) -> None:
    code, out, err = operator.types("team", "invite", "Griffie", "--png", "griffie.png")
    assert code == 0
    lines = out.splitlines()
    assert re.fullmatch(r"code: (\w{10}) \(type /start \1 in a chat\)", lines[0])
    zone = ZoneInfo(operator.env["OLIEVLEK_TIME_ZONE"])
    until = (datetime.now(zone) + timedelta(days=14)).date()
    assert lines[1:] == [f"works until {until}, for 50 people"]
    assert err.splitlines() == [
        "there is no link yet, because no channel is configured",
        "griffie.png is written",
    ]
    assert (operator.folder / "griffie.png").read_bytes().startswith(b"\x89PNG")
    assert stat.S_IMODE((operator.folder / "griffie.png").stat().st_mode) == 0o600


async def test_telegram_gives_a_link(operator: Operator) -> None:
    invite = ("team", "invite", "Griffie")
    async with BotApiServer(TOKEN) as server:
        telegram = on_telegram(server, operator.folder)
        operator.env |= {name: telegram[name] for name in telegram if "TELEGRAM" in name}
        out = await to_thread(
            operator.succeeds, "team", "invite", "Griffie", "--uses", "1", "--days", "3"
        )
        assert re.search(r"code: (\w+) .*\nhttps://t\.me/\w+\?start=\1\nworks until", out)
        assert out.endswith(", once\n")
        out = await to_thread(operator.succeeds, *invite, "--group")
        assert re.search(r"code: (\w+) .*in the group.*\nhttps://t\.me/\w+\?startgroup=\1\n", out)
    code, out, err = await to_thread(operator.types, *invite)
    assert code == 0 and out.startswith("code: ") and "https" not in out
    assert err.startswith("there is no link for telegram: it cannot be reached now")


def test_a_code_for_a_group_works_once_and_for_a_day(operator: Operator) -> None:
    zone = ZoneInfo(operator.env["OLIEVLEK_TIME_ZONE"])
    tomorrow = (datetime.now(zone) + timedelta(days=1)).date()
    out = operator.succeeds("team", "invite", "Griffie", "--group")
    assert out.endswith(f"works until {tomorrow}, once\n")
    words = ("team", "invite", "Griffie", "--group", "--uses", "5")
    operator.fails(2, "a code for a group works once", *words)


def test_invitations_are_taken_back(operator: Operator) -> None:
    for _ in range(2):
        operator.succeeds("team", "invite", "Griffie")
    words = ("team", "invite", "Griffie", "--revoke")
    told = "revoked invitations of Griffie: "
    assert operator.succeeds(*words) == f"{told}2\n"
    assert operator.succeeds(*words) == f"{told}0\n"
    operator.fails(2, "--revoke revokes everything", *words, "--png", "a.png")
    assert not (operator.folder / "a.png").exists()


def test_a_picture_that_cannot_be_written_is_told(operator: Operator) -> None:
    for verb in ("invite", "board"):
        code, out, err = operator.types("team", verb, "Griffie", "--png", "no/where.png")
        assert code == 1 and out and "Traceback" not in err
        told = "olievlek: no/where.png cannot be written (No such file or directory)"
        assert err.splitlines()[-1] == told


def test_a_board_is_drawn(operator: Operator) -> None:
    code, out, err = operator.types("team", "board", "Griffie", "--json", "--png", "bord.png")
    assert (code, err) == (0, "bord.png is written\n") and json.loads(out)
    assert (operator.folder / "bord.png").read_bytes().startswith(b"\x89PNG")


# -- roles


def test_roles_are_given_listed_and_taken_back(operator: Operator) -> None:
    lead = ("lead", "telegram:7", "--team", "griffie")
    told = operator.succeeds("role", "grant", *lead)
    assert told == "telegram:7 is now lead of Griffie\n"
    told = operator.succeeds("role", "grant", *lead)
    assert told == "telegram:7 is already lead of Griffie\n"
    operator.succeeds("role", "grant", "trainer", "matrix:@sanne:example.org")
    operator.succeeds("role", "grant", "admin", "terminal:demo")
    found = [(row["who"], row["role"], row["team"]) for row in operator.json("role", "list")]
    assert found == [
        ("matrix:@sanne:example.org", "trainer", None),
        ("telegram:7", "lead", "Griffie"),
        ("terminal:demo", "admin", None),
    ]
    [row] = operator.json("team", "list")
    assert row["leads"] == 1
    told = operator.succeeds("role", "revoke", *lead)
    assert told == "telegram:7 is no longer lead of Griffie\n"
    operator.fails(1, "telegram:7 was not lead of Griffie", "role", "revoke", *lead)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("grant baas telegram:7", "'baas' is not a role; choose member, lead, trainer or admin"),
        ("grant lead telegram:7", "the role lead needs --team NAME"),
        ("revoke trainer telegram:7 --team Griffie", "the role trainer takes no --team"),
        ("grant admin 7", "'7' is not an address; type telegram:ID"),
        ("grant admin telegram:@sanne", "(their number, not their @name)"),
        ("revoke admin matrix:sanne", "matrix:@user:server"),
    ],
)
def test_what_cannot_be_a_role_is_told(tmp_path: Path, words: str, told: str) -> None:
    operator = Operator(tmp_path, environment(tmp_path))
    operator.fails(2, told, "role", *words.split())


def test_somebody_in_a_chat_becomes_a_member_and_stops(operator: Operator) -> None:
    who = ("member", "terminal:demo", "--team", "Griffie")
    told = "nobody takes part as terminal:demo yet; next: olievlek team invite Griffie"
    operator.fails(1, told, "role", "grant", *who)
    database = operator.folder / "demo.db"
    story = "/start\n1\n/ritme ma-vr 9:30\n"
    demo = ("demo", "--database", str(database))
    olievlek(environment(operator.folder), operator.folder, *demo, given=story)
    operator.env |= {
        "OLIEVLEK_DATABASE_URL": f"sqlite+aiosqlite:///{database}",
        "OLIEVLEK_SECRET_KEY": (operator.folder / "demo.db.key").read_text(),
    }
    operator.succeeds("team", "create", "Griffie")
    told = operator.succeeds("role", "grant", *who)
    assert told == "terminal:demo is now member of Griffie\n"
    [row] = operator.json("team", "list")
    assert row["members"] == 1
    told = operator.succeeds("role", "revoke", *who)
    assert told == "terminal:demo is no longer member of Griffie\n"
    operator.fails(1, "was not member of Griffie", "role", "revoke", *who)
