"""`python -m tools.docs.site`: builds the website in build/site; fails on any warning."""

import shutil
import subprocess
import sys
from pathlib import Path

from tools.docs.manual_page import write_manual_pages
from tools.docs.site.assemble import BUILD, SITE, BrokenLink, assemble
from tools.docs.site.check import broken_links


def main() -> None:
    """Builds both languages, the Dutch one first, because the English one is in its folder."""
    shutil.rmtree(SITE, ignore_errors=True)
    try:
        of_languages = assemble()
    except BrokenLink as error:
        sys.exit(f"a link leads nowhere: {error}")
    zensical = Path(sys.executable).with_name("zensical")
    for settings in of_languages:
        done = subprocess.run(
            [zensical, "build", "--clean", "--strict", "--config-file", settings.name], cwd=BUILD
        )
        if done.returncode:
            sys.exit("the website is not built: see the warnings above")
    if broken := list(broken_links(SITE)):
        sys.exit("\n".join(["these links lead nowhere:", *broken]))
    for file in (SITE / "index.html", *write_manual_pages(BUILD / "man")):
        print(file.relative_to(BUILD.parent))


if __name__ == "__main__":
    main()
