"""The drop of oil: its outline, its area, and how to draw it."""

import math
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import ImageDraw

Point = tuple[float, float]

POINTS = 240
SHARPNESS = 1.6  # how pointed the tip is
HEART = 0.34  # how far the centre of the round part is below the middle, in half heights
DASHES = 12  # in half the height


@cache
def _shape() -> tuple[Point, ...]:
    """Returns the outline of a drop of height 2, around the middle of its round part.

    A teardrop curve: x = sin t * sin^m(t/2), y = -cos t (Weisstein, MathWorld, "Teardrop Curve").
    """
    turns = [2 * math.pi * n / POINTS for n in range(POINTS)]
    return tuple(
        (math.sin(turn) * math.sin(turn / 2) ** SHARPNESS, -math.cos(turn) - HEART)
        for turn in turns
    )


@cache
def _area() -> float:
    """Returns the area of that drop, by the shoelace formula."""
    shape = _shape()
    following = shape[1:] + shape[:1]
    return abs(sum(x * v - u * y for (x, y), (u, v) in zip(shape, following, strict=True))) / 2


def scale_for(area: float) -> float:
    """Returns half the height, in pixels, of the drop that covers `area` pixels."""
    return math.sqrt(area / _area())


def area_of(scale: float) -> float:
    """Returns the pixels that a drop of height `2 * scale` covers."""
    return _area() * scale**2


def outline(heart: Point, scale: float) -> list[Point]:
    """Returns the drop of height `2 * scale`, with the middle of its round part at `heart`."""
    return [(heart[0] + scale * x, heart[1] + scale * y) for x, y in _shape()]


def heart_above(foot: Point, scale: float) -> Point:
    """Returns the heart of a drop of height `2 * scale` that stands on `foot`."""
    return foot[0], foot[1] - scale * (1 - HEART)


def dashed(draw: "ImageDraw.ImageDraw", heart: Point, scale: float, ink: str, width: int) -> None:
    """Draws the outline of a drop in dashes of equal length."""
    points = outline(heart, scale)
    dash, along = scale / DASHES, scale / DASHES / 2
    pieces: list[Point] = []
    for start, end in pairwise([*points, points[0]]):
        if int(along / dash) % 2:
            pieces += [end] if pieces else [start, end]
        elif pieces:
            draw.line(pieces, fill=ink, width=width)
            pieces = []
        along += math.dist(start, end)
    if pieces:
        draw.line(pieces, fill=ink, width=width)


def hollow(draw: "ImageDraw.ImageDraw", heart: Point, scale: float, ink: str, width: int) -> None:
    """Draws the outline of a drop as one line."""
    points = outline(heart, scale)
    draw.line([*points, *points[:2]], fill=ink, width=width)
