"""`make notices`: the licences of all packages that the program needs to run, with their texts."""

import re
import sys
from collections.abc import Callable, Iterable
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from tools.supply_chain.pins import RUN_TIME, Pin, read_pins

BUILD = Path("build")
NOTICES = BUILD / "NOTICES.txt"
TEXTS = re.compile(r"(licen[cs]e|copying|notice)", re.IGNORECASE)
CLASSIFIER = "License :: "
LINE = "=" * 100


class LicencesMissing(Exception):
    """Some packages name no licence and bring no text of one; `packages` are their names."""

    def __init__(self, packages: list[str]) -> None:
        self.packages = packages
        super().__init__("no licence: " + ", ".join(packages))


def licence_name(package: Distribution) -> str | None:
    """Returns the licence that the metadata names; None: it names none.

    An old `License` field may hold a whole text, of which the first line is the name.
    """
    fields = package.metadata
    for field in ("License-Expression", "License"):
        if field in fields and fields[field].strip():
            return str(fields[field]).strip().splitlines()[0]
    classifiers = fields.get_all("Classifier") or []
    names = [text.split(" :: ")[-1] for text in classifiers if text.startswith(CLASSIFIER)]
    return ", ".join(names) or None


def licence_texts(package: Distribution) -> list[str]:
    """Returns the texts of licences and notices that were installed with a package."""
    return [
        file.read_text().strip()
        for file in sorted(package.files or [])
        if ".dist-info" in str(file.parent) and TEXTS.search(file.name)
    ]


def notices(pins: Iterable[Pin], find: Callable[[str], Distribution] = distribution) -> str:
    """Returns the notices of all pinned packages, in the order of the pins.

    A package for other platforms only that is not installed here is named as such.

    Raises:
        LicencesMissing: packages without a licence, or not installed where they should be.
    """
    parts, missing = [], []
    for pin in pins:
        notice = _notice(pin, find)
        parts.append(f"{LINE}\n{notice}\n")
        if notice is None:
            missing.append(pin.name)
    if missing:
        raise LicencesMissing(missing)
    return "\n".join(parts)


def _notice(pin: Pin, find: Callable[[str], Distribution]) -> str | None:
    head = f"{pin.name} {pin.version}"
    try:
        package = find(pin.name)
    except PackageNotFoundError:
        return (
            None if pin.marker is None else f"{head}\nOnly where {pin.marker}; not installed here"
        )
    name, texts = licence_name(package), licence_texts(package)
    if name is None and not texts:
        return None
    return "\n\n".join([f"{head}\nLicence: {name or 'the text below'}", *texts])


def main() -> int:
    """Writes the notices and prints where; returns the exit code."""
    pins = read_pins(RUN_TIME.read_text())
    try:
        text = notices(pins.values())
    except LicencesMissing as error:
        print(error, file=sys.stderr)
        return 1
    BUILD.mkdir(exist_ok=True)
    NOTICES.write_text(text)
    print(f"{NOTICES}: {len(pins)} packages")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
