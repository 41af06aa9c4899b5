"""The QR code of an invitation."""

import re
from io import BytesIO

import pytest
import segno
from PIL import Image

from bot.pictures.qr import MODULE, QUIET_ZONE, draw_qr, outline

LINK = "https://t.me/olievlek_bot?start=7f3kq9zr2m"


@pytest.mark.parametrize("text", [LINK, "matrix:u/olievlek:gemeente.example", "é" * 200])
def test_the_picture_has_every_module_and_a_white_edge(text: str) -> None:
    matrix = [[bool(module) for module in row] for row in segno.make_qr(text, error="q").matrix]
    with Image.open(BytesIO(draw_qr(text))) as opened:
        image = opened.convert("L")
    modules = len(matrix) + 2 * QUIET_ZONE
    assert image.size == (modules * MODULE, modules * MODULE)
    seen = image.resize((modules, modules), Image.Resampling.NEAREST)
    dark = [[seen.getpixel((x, y)) == 0 for x in range(modules)] for y in range(modules)]
    inside = slice(QUIET_ZONE, -QUIET_ZONE)
    assert [row[inside] for row in dark[inside]] == matrix
    assert sum(map(sum, dark)) == sum(map(sum, matrix))


def test_a_link_is_big_enough_to_scan_from_a_phone() -> None:
    with Image.open(BytesIO(draw_qr(LINK))) as image:
        assert 480 <= image.width <= 1080


def test_the_outline_covers_what_is_dark() -> None:
    matrix = segno.make_qr(LINK, error="q").matrix
    code = outline(LINK)
    assert code.size == len(matrix) + 2 * QUIET_ZONE
    runs = re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", code.path)
    assert "".join(f"M{x} {y}h{width}v1h-{width}z" for x, y, width in runs) == code.path
    covered = [(int(x) + n, int(y)) for x, y, width in runs for n in range(int(width))]
    dark = [
        (x + QUIET_ZONE, y + QUIET_ZONE)
        for y, row in enumerate(matrix)
        for x, module in enumerate(row)
        if module
    ]
    assert covered == dark
