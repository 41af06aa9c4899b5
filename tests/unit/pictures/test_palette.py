"""Every colour is in the palette, and nowhere else in the bot."""

import ast
import re
from pathlib import Path

import pytest
from PIL import ImageColor

from bot.pictures.palette import BoardColour, HeatmapColour, QRColour
from tests.support.paths import PROJECT

PALETTE = PROJECT / "bot" / "pictures" / "palette.py"
LITERAL = re.compile(r"#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})|(?:rgb|hsl|hsv)a?\(.*\)", re.I)
# What Pillow and Segno call the colour of something.
ARGUMENTS = frozenset({"fill", "outline", "color", "colour", "stroke_fill", "dark", "light"})


def colour_literals(source: str) -> list[str]:
    """Returns the colours that Python code spells out, in hexadecimal or as a function's text."""
    return [text for text in _texts(ast.parse(source)) if LITERAL.fullmatch(text)]


def drawing_colours(source: str) -> list[str]:
    """Returns the colours that code which draws spells out by name, or as an argument."""
    tree = ast.parse(source)
    arguments = [
        keyword.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg in ARGUMENTS and isinstance(keyword.value, ast.Tuple | ast.Constant)
    ]
    named = [text for text in _texts(tree) if text.lower() in ImageColor.colormap]
    return [*named, *map(ast.unparse, arguments)]


def _texts(tree: ast.AST) -> list[str]:
    constants = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return [value for value in constants if isinstance(value, str)]


@pytest.mark.parametrize(
    "path",
    sorted(set((PROJECT / "bot").rglob("*.py")) - {PALETTE}),
    ids=lambda path: str(path.relative_to(PROJECT)),
)
def test_a_colour_is_named_and_never_spelled_out(path: Path) -> None:
    assert colour_literals(path.read_text()) == []


@pytest.mark.parametrize(
    "path", sorted(set(PALETTE.parent.glob("*.py")) - {PALETTE}), ids=lambda path: path.name
)
def test_code_that_draws_names_no_colour_either(path: Path) -> None:
    assert drawing_colours(path.read_text()) == []


def test_a_colour_that_is_spelled_out_would_be_noticed() -> None:
    assert colour_literals('OIL = "#FFCB47"') and colour_literals('draw(ink="rgb(1, 2, 3)")')
    for colour in ("(255, 203, 71)", '"gold"', "0"):
        assert drawing_colours(f"draw.text(words, fill={colour})")
    assert drawing_colours('PAPER = "white"')
    assert not drawing_colours("draw.text(words, fill=BoardColour.OIL, width=3)")


@pytest.mark.parametrize("palette", [BoardColour, HeatmapColour, QRColour])
def test_each_colour_has_one_meaning(
    palette: type[BoardColour] | type[HeatmapColour] | type[QRColour],
) -> None:
    assert len(palette.__members__) == len(set(palette)) > 0
    assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in palette)
