"""The drop of oil: its shape, and how big it is for an area."""

import math
from functools import cache
from itertools import pairwise

from PIL import ImageDraw

Point = tuple[float, float]

POINTS = 240
SHARPNESS = 1.6  # how pointed the tip is
HEART = 0.34  # where the round part has its middle, of half the height below the middle
DASHES = 12  # in half the height


@cache
def _shape() -> tuple[Point, ...]:
    """The outline of a drop 2 high, around the middle of its round part."""
    turns = [2 * math.pi * n / POINTS for n in range(POINTS)]
    return tuple(
        (math.sin(turn) * math.sin(turn / 2) ** SHARPNESS, -math.cos(turn) - HEART)
        for turn in turns
    )


@cache
def _area() -> float:
    shape = _shape()
    following = shape[1:] + shape[:1]
    return abs(sum(x * v - u * y for (x, y), (u, v) in zip(shape, following, strict=True))) / 2


def scale_for(area: float) -> float:
    """Half the height, in pixels, of the drop that covers `area` pixels."""
    return math.sqrt(area / _area())


def area_of(scale: float) -> float:
    """The pixels that a drop covers that is twice `scale` high."""
    return _area() * scale**2


def outline(heart: Point, scale: float) -> list[Point]:
    """The drop twice `scale` high, with the middle of its round part at `heart`."""
    return [(heart[0] + scale * x, heart[1] + scale * y) for x, y in _shape()]


def heart_above(foot: Point, scale: float) -> Point:
    """Where the heart is of a drop that stands on `foot`."""
    return foot[0], foot[1] - scale * (1 - HEART)


def dashed(draw: ImageDraw.ImageDraw, heart: Point, scale: float, ink: str, width: int) -> None:
    """Only the outline, in dashes that are all as long."""
    points = outline(heart, scale)
    dash, along = scale / DASHES, scale / DASHES / 2
    for start, end in pairwise([*points, points[0]]):
        if int(along / dash) % 2:
            draw.line([start, end], fill=ink, width=width)
        along += math.dist(start, end)


def hollow(draw: ImageDraw.ImageDraw, heart: Point, scale: float, ink: str, width: int) -> None:
    """Only the outline."""
    points = outline(heart, scale)
    draw.line([*points, *points[:2]], fill=ink, width=width, joint="curve")
