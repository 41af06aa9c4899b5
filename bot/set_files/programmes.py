"""The programmes that come along with the program."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from bot.core.programme import Programme
from bot.resources import resource_folder
from bot.set_files.yaml_file import parse


def read_programme(file: Path) -> Programme:
    """The programme in a file.

    Raises:
        SetFaults: it is no YAML.
        ValidationError: it is no programme.
    """
    return Programme.model_validate(parse(file.read_bytes()).given)


@cache
def programmes() -> Mapping[str, Programme]:
    """All of them, by name."""
    files = sorted((resource_folder("prompts") / "programmas").glob("*.yaml"))
    found = [read_programme(file) for file in files]
    return {one.programme: one for one in found}
