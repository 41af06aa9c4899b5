"""Takes screenshots of pages with Chromium.

It needs Debian's packages `chromium` and, for the emoji in the texts, `fonts-noto-color-emoji`.
"""

import shutil
import subprocess
import tempfile
from pathlib import Path

from PIL import Image, ImageChops

from tools.docs.gallery import metadata

WIDTH = 420
MAX_HEIGHT = 5000
MARGIN = 14
INSTALL = "apt-get install --no-install-recommends chromium fonts-noto-color-emoji"
OPTIONS = (
    "--headless --no-sandbox --disable-gpu --hide-scrollbars --disable-sync "
    "--disable-dev-shm-usage --no-first-run --disable-background-networking "
    "--disable-component-update"
)


class ChromiumMissing(Exception):
    """Chromium is not installed; the message says how to install it."""

    def __init__(self) -> None:
        super().__init__(f"the pictures need Chromium: {INSTALL}")


def chromium_path() -> str:
    """Returns the path of Chromium.

    Raises:
        ChromiumMissing: it is not on the PATH.
    """
    path = shutil.which("chromium")
    if path is None:
        raise ChromiumMissing
    return path


def screenshot(page: str, target: Path, digest: str, scale: float = 2, colours: int = 160) -> None:
    """Draws a page as a PNG, as high as its content.

    Args:
        page: its HTML.
        target: the PNG; its folder exists.
        digest: of what is drawn; the PNG carries it.
        scale: pixels of the PNG to a pixel of the page.
        colours: the most colours that the PNG has.

    Raises:
        ChromiumMissing: Chromium is not on the PATH.
    """
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "page.html"
        source.write_text(f'<!doctype html><meta charset="utf-8">{page}')
        command = [chromium_path(), *OPTIONS.split(), f"--user-data-dir={folder}/profile"]
        command += [f"--force-device-scale-factor={scale}", f"--window-size={WIDTH},{MAX_HEIGHT}"]
        command += [f"--screenshot={target}", source.as_uri()]
        subprocess.run(command, check=True, capture_output=True, timeout=60)
    _crop(target, digest, round(MARGIN * scale), colours)


def _crop(target: Path, digest: str, margin: int, colours: int) -> None:
    """Cuts off what lies below the last message, and stores the digest."""
    with Image.open(target) as image:
        screen = image.convert("RGB")
    background = Image.new("RGB", screen.size, screen.getpixel((0, 0)))
    box = ImageChops.difference(screen, background).getbbox()
    bottom = min(box[3] + margin if box else screen.height, screen.height)
    # Maximum coverage keeps rare colours, as in an emoji; two k-means passes mend the common ones.
    cropped = screen.crop((0, 0, screen.width, bottom))
    reduced = cropped.quantize(colours, Image.Quantize.MAXCOVERAGE, kmeans=2)
    reduced.save(target, optimize=True, pnginfo=metadata(digest))
