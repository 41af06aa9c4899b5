"""Reads the programmes that are packaged with the bot."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from bot.core.challenges.programme import Programme
from bot.resources import resource_folder
from bot.set_files.formats.yaml_file import parse


def read_programme(file: Path) -> Programme:
    """Returns the programme in a file.

    Raises:
        SetFaults: the file is not YAML.
        ValidationError: the YAML is not a programme.
    """
    return Programme.model_validate(parse(file.read_bytes()).content)


@cache
def programmes() -> Mapping[str, Programme]:
    """Returns the packaged programmes, by name."""
    files = sorted((resource_folder("prompts") / "programmas").glob("*.yaml"))
    packaged = [read_programme(file) for file in files]
    return {programme.programme: programme for programme in packaged}
