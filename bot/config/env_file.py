"""Where the file with the settings is: `.env` in the current folder, or the file that is named."""

import os
from pathlib import Path

VARIABLE = "OLIEVLEK_ENV_FILE"
DEFAULT = ".env"


def env_file() -> Path:
    """Returns the absolute path of the file with the settings, whether or not it is there."""
    return Path(named_env_file() or DEFAULT).absolute()


def named_env_file() -> str | None:
    """Returns the file that the environment names; None: it names none."""
    return os.environ.get(VARIABLE) or None
