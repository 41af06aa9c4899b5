"""What the project says of itself to other public bodies is whole, and says the same everywhere."""

import re
import tomllib
from typing import Any

import pytest
import yaml

from tests.support.paths import PROJECT

VERSION = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["version"]
PAPERS = ["CONTRIBUTING.md", "GOVERNANCE.md", "CODE_OF_CONDUCT.md", "SECURITY.md"]
LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")


def publiccode() -> dict[str, Any]:
    """Returns publiccode.yml."""
    return dict(yaml.safe_load((PROJECT / "publiccode.yml").read_text()))


def test_versions_agree() -> None:
    citation = yaml.safe_load((PROJECT / "CITATION.cff").read_text())
    assert publiccode()["softwareVersion"] == citation["version"] == VERSION
    assert f"## {VERSION}" in (PROJECT / "CHANGELOG.md").read_text()


def test_the_licence_is_where_each_standard_looks_for_it() -> None:
    licences = {path.stem: path.read_text() for path in (PROJECT / "LICENSES").iterdir()}
    assert licences["EUPL-1.2"] == (PROJECT / "LICENSE").read_text()
    fonts = PROJECT / "bot" / "pictures" / "fonts" / "OFL.txt"
    assert licences["OFL-1.1"] == fonts.read_text()
    assert publiccode()["legal"]["license"] == "EUPL-1.2"


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_description_has_the_lengths_of_the_standard(language: str) -> None:
    described = publiccode()["description"][language]
    assert len(described["genericName"]) <= 35
    assert len(described["shortDescription"]) <= 150
    assert 150 <= len(described["longDescription"]) <= 10_000
    assert all(len(feature) <= 100 for feature in described["features"])


@pytest.mark.parametrize("paper", PAPERS)
def test_links_lead_somewhere(paper: str) -> None:
    links = [link for link in LINK.findall((PROJECT / paper).read_text()) if "://" not in link]
    assert all((PROJECT / link).exists() for link in links), links
