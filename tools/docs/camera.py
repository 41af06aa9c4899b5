"""Photographs a page with Chromium (Debian's packages `chromium` and `fonts-noto-color-emoji`)."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from PIL import Image, ImageChops
from PIL.PngImagePlugin import PngInfo

WIDTH = 420
HIGHEST = 5000
MARGIN = 14
DIGEST = "Drawn-From-SHA-256"
INSTALL = "apt-get install --no-install-recommends chromium fonts-noto-color-emoji"
OPTIONS = (
    "--headless --no-sandbox --disable-gpu --hide-scrollbars --disable-sync "
    "--disable-dev-shm-usage --no-first-run --disable-background-networking "
    "--disable-component-update"
)


class NoCamera(Exception):
    """There is no Chromium here; says how to get it."""

    def __init__(self) -> None:
        super().__init__(f"the pictures need Chromium: {INSTALL}")


def camera() -> str:
    """Where Chromium is.

    Raises:
        NoCamera: it is nowhere.
    """
    found = shutil.which("chromium")
    if found is None:
        raise NoCamera
    return found


def photograph(page: str, target: Path, digest: str, scale: float = 2, colours: int = 160) -> None:
    """Draws a page, as high as it is.

    Args:
        page: its HTML.
        target: the PNG.
        digest: of what was drawn; the PNG carries it.
        scale: pixels to a pixel of the page.
        colours: how many the PNG has at most.

    Raises:
        NoCamera: there is no Chromium here.
    """
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "page.html"
        source.write_text(f'<!doctype html><meta charset="utf-8">{page}')
        command = [camera(), *OPTIONS.split(), f"--user-data-dir={folder}/profile"]
        command += [f"--force-device-scale-factor={scale}", f"--window-size={WIDTH},{HIGHEST}"]
        command += [f"--screenshot={target}", source.as_uri()]
        subprocess.run(command, check=True, capture_output=True, timeout=60)
    _trim(target, digest, round(MARGIN * scale), colours)


def mark(digest: str) -> PngInfo:
    """What is written on the back of a PNG: the digest of what it was drawn from."""
    back = PngInfo()
    back.add_text(DIGEST, digest)
    return back


def drawn_from(picture: Path) -> str | None:
    """The digest that a PNG carries."""
    with Image.open(picture) as image:
        return image.info.get(DIGEST)


def _trim(target: Path, digest: str, margin: int, colours: int) -> None:
    """Cuts off what lies below the last message, and writes on the back what was drawn."""
    with Image.open(target) as image:
        drawn = image.convert("RGB")
    ground = Image.new("RGB", drawn.size, drawn.getpixel((0, 0)))
    box = ImageChops.difference(drawn, ground).getbbox()
    bottom = min(box[3] + margin if box else drawn.height, drawn.height)
    back = mark(digest)
    # Rare colours, as in an emoji, must stay; going over it again mends the common ones.
    whole = drawn.crop((0, 0, drawn.width, bottom))
    few = whole.quantize(colours, Image.Quantize.MAXCOVERAGE, kmeans=2)
    few.save(target, optimize=True, pnginfo=back)
