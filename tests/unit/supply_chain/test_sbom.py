"""The bill of materials holds what is needed to run, and nothing else."""

from typing import Any

import pytest

from tools.supply_chain.pins import Pin
from tools.supply_chain.sbom import ROOT, DifferentVersion, run_time_bom

YARL = Pin("yarl", "1.25.1", None, ("a" * 64,))
COLORAMA = Pin("colorama", "0.4.6", "sys_platform == 'win32'", ("b" * 64,))


def part(name: str, version: str) -> dict[str, Any]:
    return {"bom-ref": f"{name}=={version}", "name": name, "version": version}


def installed() -> dict[str, Any]:
    return {
        "components": [part("Yarl", "1.25.1"), part("pytest", "9.2.0")],
        "dependencies": [
            {"ref": ROOT, "dependsOn": ["Yarl==1.25.1", "pytest==9.2.0"]},
            {"ref": "Yarl==1.25.1"},
            {"ref": "pytest==9.2.0"},
        ],
    }


def test_development_tools_are_not_in_the_bill_of_materials() -> None:
    bom = run_time_bom(installed(), {"yarl": YARL})
    assert [component["name"] for component in bom["components"]] == ["Yarl"]
    assert bom["dependencies"] == [
        {"ref": ROOT, "dependsOn": ["Yarl==1.25.1"]},
        {"ref": "Yarl==1.25.1", "dependsOn": []},
    ]


def test_a_component_has_the_hashes_of_its_pin() -> None:
    [component] = run_time_bom(installed(), {"yarl": YARL})["components"]
    assert component["hashes"] == [{"alg": "SHA-256", "content": "a" * 64}]


def test_a_package_for_another_platform_is_listed() -> None:
    bom = run_time_bom(installed(), {"colorama": COLORAMA})
    assert [component["purl"] for component in bom["components"]] == ["pkg:pypi/colorama@0.4.6"]


@pytest.mark.parametrize(
    ("pin", "reason"),
    [
        (YARL._replace(version="1.26"), r"yarl is 1\.25\.1, not 1\.26"),
        (Pin("h11", "0.16", None, ()), "h11 is not installed"),
    ],
)
def test_what_is_installed_must_be_what_is_pinned(pin: Pin, reason: str) -> None:
    with pytest.raises(DifferentVersion, match=reason):
        run_time_bom(installed(), {pin.name: pin})
