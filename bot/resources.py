"""Folders that travel with the program: beside the package in a checkout, inside it in a wheel."""

from pathlib import Path

PACKAGE = Path(__file__).parent


def resource_folder(folder: str) -> Path:
    """The folder `prompts` or `migrations`, wherever it is here."""
    inside = PACKAGE / folder
    return inside if inside.is_dir() else PACKAGE.parent / folder
