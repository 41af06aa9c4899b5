"""Reads a file of pinned requirements, as `make pins` writes it."""

import re
from pathlib import Path
from typing import NamedTuple

RUN_TIME = Path(__file__).parents[2] / "requirements" / "run.txt"
PIN = re.compile(r"^([\w.-]+)(?:\[[^\]]*\])?==([^\s;]+)(?: ; ([^\\]+))?")
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


class Pin(NamedTuple):
    """A pinned package. `marker`: where alone it is installed; None: everywhere."""

    name: str
    version: str
    marker: str | None
    hashes: tuple[str, ...]


def canonical(name: str) -> str:
    """Returns a package's name as PEP 503 compares names."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read_pins(text: str) -> dict[str, Pin]:
    """Returns the pins of a requirements file, by their canonical names."""
    pins: dict[str, Pin] = {}
    for entry in re.split(r"\n(?=[^\s#])", text):
        if match := PIN.match(entry):
            name, version, marker = match.groups()
            pin = Pin(name, version, marker and marker.strip(), tuple(HASH.findall(entry)))
            pins[canonical(name)] = pin
    return pins
