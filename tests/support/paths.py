"""Where the project is on this disk."""

from pathlib import Path

PROJECT = Path(__file__).parents[2]
