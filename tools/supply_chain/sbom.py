"""`make sbom`: the CycloneDX bill of materials of what the program needs to run."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tools.supply_chain.pins import RUN_TIME, Pin, canonical, read_pins

BUILD = Path("build")
SBOM = BUILD / "sbom.cdx.json"
ROOT = "root-component"  # as cyclonedx-py calls the program itself

Bom = dict[str, Any]


class DifferentVersion(Exception):
    """What is installed is not what is pinned."""


def run_time_bom(installed: Bom, pins: dict[str, Pin]) -> Bom:
    """Returns the bill of materials of an environment, without what is not pinned for run time.

    Each component gets the hashes of its pin. A package that is pinned for other platforms only is
    listed without a licence, because that is in the package itself.

    Raises:
        DifferentVersion: a package is absent here, or has another version than its pin.
    """
    by_name = {canonical(part["name"]): part for part in installed["components"]}
    components = [_component(pin, by_name.get(name)) for name, pin in sorted(pins.items())]
    known = {ROOT, *(part["bom-ref"] for part in components)}
    dependencies = [
        {**entry, "dependsOn": [ref for ref in entry.get("dependsOn", []) if ref in known]}
        for entry in installed["dependencies"]
        if entry["ref"] in known
    ]
    return {**installed, "components": components, "dependencies": dependencies}


def _component(pin: Pin, installed: Bom | None) -> Bom:
    if installed is None and pin.marker is None:
        raise DifferentVersion(f"{pin.name} is not installed")
    if installed is not None and installed["version"] != pin.version:
        raise DifferentVersion(f"{pin.name} is {installed['version']}, not {pin.version}")
    part = installed or {
        "bom-ref": f"{pin.name}=={pin.version}",
        "description": f"Only where {pin.marker}",
        "name": pin.name,
        "purl": f"pkg:pypi/{canonical(pin.name)}@{pin.version}",
        "type": "library",
        "version": pin.version,
    }
    hashes = [{"alg": "SHA-256", "content": content} for content in pin.hashes]
    return {**part, "hashes": hashes}


def installed_bom() -> Bom:
    """Returns the bill of materials of this environment, from cyclonedx-py.

    Raises:
        subprocess.CalledProcessError: cyclonedx-py failed.
    """
    program = Path(sys.executable).with_name("cyclonedx-py")
    options = ["--output-reproducible", "--pyproject", "pyproject.toml"]
    command = [str(program), "environment", *options, sys.executable]
    made = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    bom: Bom = json.loads(made.stdout)
    return bom


def main() -> int:
    """Writes the bill of materials and prints where; returns the exit code."""
    pins = read_pins(RUN_TIME.read_text())
    try:
        bom = run_time_bom(installed_bom(), pins)
    except DifferentVersion as error:
        print(f"{error}; run `make clean` and try again", file=sys.stderr)
        return 1
    BUILD.mkdir(exist_ok=True)
    SBOM.write_text(json.dumps(bom, indent=1, sort_keys=True) + "\n")
    print(f"{SBOM}: {len(bom['components'])} packages")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
