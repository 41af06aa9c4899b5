"""Small JSON files that only their owner may read."""

import json
from pathlib import Path
from typing import Any

from bot.private_files import write_private


def write_private_json(path: Path, content: dict[str, Any]) -> None:
    """Writes `content` as JSON: all of it or, after a crash at any moment, nothing."""
    write_private(path, json.dumps(content).encode())


def read_private(path: Path) -> dict[str, Any] | None:
    """Returns what was written; None if the file is missing or unusable."""
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None
