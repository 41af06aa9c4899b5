"""Every package has a licence notice, or is named as having none."""

from importlib.metadata import Distribution, PackageNotFoundError
from pathlib import Path

import pytest

from tools.supply_chain.notices import LicencesMissing, licence_name, notices
from tools.supply_chain.pins import RUN_TIME, Pin, read_pins

MIT = "License-Expression: MIT\n"


def package(folder: Path, name: str, fields: str = "", text: str | None = None) -> Pin:
    """Installs the metadata of a package in a folder, and returns its pin."""
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.4\nName: {name}\nVersion: 1.0\n{fields}")
    record = [f"{info.name}/METADATA,,"]
    if text is not None:
        (info / "LICENSE").write_text(text)
        record.append(f"{info.name}/LICENSE,,")
    (info / "RECORD").write_text("\n".join(record))
    return Pin(name, "1.0", None, ())


def written(folder: Path, *pins: Pin) -> str:
    def find(name: str) -> Distribution:
        for found in Distribution.discover(name=name, path=[str(folder)]):
            return found
        raise PackageNotFoundError(name)

    return notices(pins, find)


def test_a_notice_has_the_name_and_the_text_of_the_licence(tmp_path: Path) -> None:
    text = written(tmp_path, package(tmp_path, "oil", MIT, "Permission is hereby granted"))
    assert "oil 1.0\nLicence: MIT\n\nPermission is hereby granted" in text


def test_a_text_alone_is_a_licence(tmp_path: Path) -> None:
    assert "Copyright" in written(tmp_path, package(tmp_path, "oil", text="Copyright"))


def test_packages_without_a_licence_are_named(tmp_path: Path) -> None:
    pins = [package(tmp_path, "oil"), package(tmp_path, "drop", MIT), package(tmp_path, "stain")]
    with pytest.raises(LicencesMissing) as refusal:
        written(tmp_path, *pins)
    assert refusal.value.packages == ["oil", "stain"]


def test_a_package_that_is_absent_is_named_unless_it_is_for_another_platform(
    tmp_path: Path,
) -> None:
    absent = Pin("oil", "1.0", None, ())
    with pytest.raises(LicencesMissing, match="oil"):
        written(tmp_path, absent)
    elsewhere = absent._replace(marker="sys_platform == 'win32'")
    assert "sys_platform == 'win32'" in written(tmp_path, elsewhere)


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        (MIT, "MIT"),
        ("License: The MIT License (MIT)\n        Copyright somebody\n", "The MIT License (MIT)"),
        ("Classifier: License :: OSI Approved :: BSD License\n", "BSD License"),
        ("Classifier: Typing :: Typed\n", None),
    ],
)
def test_the_name_of_a_licence_is_where_packages_put_it(
    tmp_path: Path, fields: str, name: str | None
) -> None:
    package(tmp_path, "oil", fields)
    [found] = Distribution.discover(name="oil", path=[str(tmp_path)])
    assert licence_name(found) == name


def test_every_package_that_is_needed_to_run_has_a_licence() -> None:
    assert "aiohttp" in notices(read_pins(RUN_TIME.read_text()).values())
