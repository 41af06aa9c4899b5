"""Pins are complete, and name no registry."""

from pathlib import Path

import pytest

from tests.support.paths import PROJECT
from tools.supply_chain.pins import Pin, read_pins

A, B = "a" * 64, "b" * 64
FILE = f"""\
aiohttp==3.14.5 \\
    --hash=sha256:{A} \\
    --hash=sha256:{B}
    # via olievlek (pyproject.toml)
colorama==0.4.6 ; sys_platform == 'win32' \\
    --hash=sha256:{A}
matrix-nio[e2e]==0.26.0 \\
    --hash=sha256:{B}
"""
REQUIREMENTS = sorted((PROJECT / "requirements").iterdir())


def test_pins_are_read_with_their_markers_and_hashes() -> None:
    assert read_pins(FILE) == {
        "aiohttp": Pin("aiohttp", "3.14.5", None, (A, B)),
        "colorama": Pin("colorama", "0.4.6", "sys_platform == 'win32'", (A,)),
        "matrix-nio": Pin("matrix-nio", "0.26.0", None, (B,)),
    }


@pytest.mark.parametrize("file", REQUIREMENTS, ids=lambda file: file.name)
def test_requirements_name_no_registry(file: Path) -> None:
    assert not any(word in file.read_text() for word in ("://", "-url", "--find-links"))


@pytest.mark.parametrize(
    "name",
    ["run.txt", "extras.txt", "dev.txt", "mutation.txt", "supply-chain.txt", "docs.txt", "uv.txt"],
)
def test_each_pin_has_a_hash(name: str) -> None:
    pins = read_pins((PROJECT / "requirements" / name).read_text())
    assert pins
    assert [pin.name for pin in pins.values() if not pin.hashes] == []


def test_the_tools_of_the_supply_chain_fit_beside_the_development_tools() -> None:
    dev, tools = (
        read_pins((PROJECT / "requirements" / name).read_text())
        for name in ("dev.txt", "supply-chain.txt")
    )
    shared = dev.keys() & tools.keys()
    assert shared
    assert [name for name in shared if dev[name].version != tools[name].version] == []
