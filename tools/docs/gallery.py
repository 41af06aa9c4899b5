"""Where pictures are drawn (build/pictures, not in git), and which of them the docs show (docs/).

Every PNG carries the digest of the values it was drawn from. Pixels are not compared, because
another version of a font or of Chromium draws others.
"""

import json
import shutil
from collections.abc import Iterable
from dataclasses import astuple, is_dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo

PROJECT = Path(__file__).parents[2]
DRAWN = PROJECT / "build" / "pictures"
DOCS = PROJECT / "docs"
DIGEST = "Drawn-From-SHA-256"


def digest_of(*values: object) -> str:
    """Returns the SHA-256 of plain values, dates, sets and dataclasses of them.

    Only values count: a class or a field that gets another name leaves the digest as it is.
    """
    return sha256(json.dumps(values, default=_plain).encode()).hexdigest()


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return astuple(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} cannot be part of a digest")


def metadata(digest: str) -> PngInfo:
    """Returns the text chunk of a PNG that holds the digest of what it is drawn from."""
    info = PngInfo()
    info.add_text(DIGEST, digest)
    return info


def stored_digest(picture: Path) -> str | None:
    """Returns the digest in a PNG; None: there is no such file, or no digest in it."""
    if not picture.exists():
        return None
    with Image.open(picture) as image:
        return image.info.get(DIGEST)


def publish(pictures: Iterable[Path], drawn: Path = DRAWN, docs: Path = DOCS) -> None:
    """Copies pictures (paths within both folders) to the docs, except those that are current there.

    So a picture in git changes only when what it shows changed, not with every drawing.
    """
    for picture in pictures:
        source, target = drawn / picture, docs / picture
        if stored_digest(target) != stored_digest(source):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
