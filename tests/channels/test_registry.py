"""A channel registered from outside `bot/` works everywhere, and no other module knows its name."""

import asyncio
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from bot.app import build
from bot.channel_factory import configured_channels
from bot.channels import registry
from bot.channels.specification import AddressForm, ChannelSpecification
from bot.config.reading import read_settings
from bot.config.settings import ConfigError, Settings
from bot.startup import prepare
from bot.store.db.engine import Database
from bot.store.members.vault import Vault
from tests.support.fakes import FakeMember, FixedClock
from tests.support.paths import PROJECT
from tests.support.processes import environment
from tests.support.toy.specification import BROKEN, ToyChannel, ToySettings

PACKAGE = "tests.support.toy"
TOKEN = "toy-token-7"
PROGRAM = f"""
from bot.channels.registry import register
register("{PACKAGE}")
from bot.cli.main import main
main()
"""


@pytest.fixture(autouse=True)
def toy() -> Iterator[ChannelSpecification]:
    """The toy, registered: the one line that a channel takes."""
    yield registry.register(PACKAGE)
    registry.unregister("toy")


@pytest.fixture
def environ(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment in which only the toy is configured."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OLIEVLEK_TOY_TOKEN", TOKEN)
    monkeypatch.setenv("OLIEVLEK_TOY_COLOUR", "red")
    return monkeypatch


def error_lines() -> list[str]:
    """What is said about the settings."""
    with pytest.raises(ConfigError) as error:
        read_settings()
    return list(map(str, error.value.lines))


def toy_settings(settings: Settings) -> ToySettings:
    """The toy's part of the settings."""
    return settings.of_channel("toy", ToySettings)


def test_its_settings_are_read_from_the_environment(environ: pytest.MonkeyPatch) -> None:
    environ.setenv("OLIEVLEK_TOY_WHEELS", "3")
    settings = toy_settings(read_settings())
    assert (settings.colour, settings.wheels) == ("red", 3)
    assert settings.token is not None and settings.token.get_secret_value() == TOKEN


def test_its_settings_are_read_from_the_file(environ: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environ.delenv("OLIEVLEK_TOY_COLOUR")
    (tmp_path / ".env").write_text("OLIEVLEK_TOY_COLOUR=blue\nOLIEVLEK_TOY_WHEELS=\n")
    settings = toy_settings(read_settings())
    assert (settings.colour, settings.wheels) == ("blue", 4)


def test_its_settings_are_validated_each_in_a_line(environ: pytest.MonkeyPatch) -> None:
    environ.setenv("OLIEVLEK_TOY_WHEELS", "9")
    environ.setenv("OLIEVLEK_TOY_COLOR", "red")
    environ.setenv("OLIEVLEK_TOY_TOKEN", "no good")
    assert error_lines() == [
        "OLIEVLEK_TOY_COLOR is not a setting; do you mean OLIEVLEK_TOY_COLOUR?",
        "OLIEVLEK_TOY_TOKEN has a value that is not shown here; should be letters and a number",
        "OLIEVLEK_TOY_WHEELS is '9'; should be at most 4",
    ]


def test_its_name_alone_is_no_setting(environ: pytest.MonkeyPatch) -> None:
    environ.setenv("OLIEVLEK_TOY", TOKEN)
    [line] = error_lines()
    assert line.startswith("OLIEVLEK_TOY is not a setting") and TOKEN not in line


def test_what_is_missing_is_said_with_how_to_get_it(
    environ: pytest.MonkeyPatch, database: Database, clock: FixedClock
) -> None:
    environ.delenv("OLIEVLEK_TOY_COLOUR")
    with pytest.raises(ConfigError) as error:
        configured_channels(read_settings(), database, clock)
    assert list(map(str, error.value.lines)) == ["OLIEVLEK_TOY_COLOUR is not set; look at the box"]
    environ.delenv("OLIEVLEK_TOY_TOKEN")
    with pytest.raises(ConfigError, match=r"OLIEVLEK_TOY_TOKEN \(from the toy shop\), or try"):
        configured_channels(read_settings(), database, clock)


async def test_a_reply_and_a_nudge_go_out_by_it(
    environ: pytest.MonkeyPatch, database: Database, vault: Vault, clock: FixedClock
) -> None:
    [channel] = configured_channels(read_settings(), database, clock)
    assert isinstance(channel, ToyChannel) and channel.settings is not None
    await prepare(database, vault, clock())
    application = build(database, vault, [channel], clock)
    member = FakeMember(application, channel, clock, "7")
    await member.joins()
    assert "Nederlands" not in member.last.labels  # the welcome was answered
    nudge = await member.waits_for_nudge()
    assert any("Gedaan" in label for label in nudge.labels)


def test_members_and_operators_read_its_name(toy: ChannelSpecification) -> None:
    assert registry.channel_title("toy") == toy.title == "Toy"
    assert registry.channel_title("nowhere") == "nowhere"
    assert str(registry.address_examples()) == (
        "telegram:ID, matrix:@user:server, terminal:NAME, web:ID or toy:NUMBER"
    )


def test_a_link_that_carries_the_code_is_the_one_to_scan() -> None:
    assert registry.link_to_scan({"matrix": "m", "toy": "t", "telegram": "b"}) == "t"
    assert registry.link_to_scan({"telegram": "b", "web": "w"}) == "w"  # it offers the other too
    assert registry.link_to_scan({"matrix": "m"}) == "m"
    assert registry.link_to_scan({}) is None


def test_no_two_channels_have_one_name() -> None:
    with pytest.raises(ValueError, match="there is a channel toy already"):
        registry.register(PACKAGE)
    with pytest.raises(ValueError, match="small letters and digits"):
        ChannelSpecification("my_toy", "Toy", AddressForm(".", "X"))


async def olievlek(env: Mapping[str, str], folder: Path, *words: str) -> tuple[int, str, str]:
    """Runs a command of a program that has the toy; its exit code and both outputs."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PROGRAM, *words),
        cwd=folder,
        env={**env, "PYTHONPATH": str(PROJECT)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


@pytest.mark.slow
async def test_the_commands_know_it(tmp_path: Path) -> None:
    env = environment(tmp_path, TOY_TOKEN=TOKEN, TOY_COLOUR="red")
    assert (await olievlek(env, tmp_path, "db", "upgrade"))[0] == 0
    code, out, err = await olievlek(env, tmp_path, "check")
    assert (code, err) == (0, "")
    assert "toy: ok" in out.splitlines()
    code, _, err = await olievlek(env, tmp_path, "member", "export", "toy:7", "--reason", "x")
    assert (code, err) == (1, "niemand doet mee als toy:7\n")
    code, _, err = await olievlek(env, tmp_path, "member", "export", "toy:seven", "--reason", "x")
    assert code == 2 and err.endswith(
        "typ telegram:ID (het nummer, niet de @naam), matrix:@user:server,"
        " terminal:NAME, web:ID of toy:NUMBER (not its name)\n"
    )


@pytest.mark.slow
async def test_its_secret_is_in_no_traceback(tmp_path: Path) -> None:
    token = f"{BROKEN}geheim-7"
    env = environment(tmp_path, TOY_TOKEN=token, TOY_COLOUR="red")
    code, out, err = await olievlek(env, tmp_path, "check")
    assert code == 1 and "Traceback" in err and "RuntimeError: *** does not fit" in err
    assert "geheim" not in out + err
