"""`python -m tools.docs.site`: builds the website in build/site; fails on any warning."""

import shutil
import subprocess
import sys
from pathlib import Path

from tools.docs.site.assemble import BUILD, SITE, assemble


def main() -> None:
    """Builds both languages, the Dutch one first, because the English one is in its folder."""
    shutil.rmtree(SITE, ignore_errors=True)
    for settings in assemble():
        zensical = Path(sys.executable).with_name("zensical")
        subprocess.run(
            [zensical, "build", "--clean", "--strict", "--config-file", settings.name],
            cwd=BUILD,
            check=True,
        )


if __name__ == "__main__":
    main()
