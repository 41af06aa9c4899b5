"""Every kind of drawing, under the name by which a stored message refers to it.

A stored message may be read by a later version of the program, so a name stays with its class. The
classes are named, not imported: drawing takes libraries that a process may never need.
"""

from pkgutil import resolve_name

from bot.messages import Drawing

DRAWINGS = {
    "heatmap": "bot.pictures.drawings:Heatmap",
    "board": "bot.pictures.drawings:BoardDrawing",
    "themes": "bot.pictures.drawings:ThemesDrawing",
    "qr": "bot.pictures.drawings:QRCode",
}
_NAMES = {path: name for name, path in DRAWINGS.items()}


def drawing_name(drawing: Drawing) -> str:
    """Returns the name of a drawing's class.

    Raises:
        KeyError: the class is not in `DRAWINGS`.
    """
    kind = type(drawing)
    return _NAMES[f"{kind.__module__}:{kind.__qualname__}"]


def drawing_class(name: str) -> type[Drawing]:
    """Returns the class with this name.

    Raises:
        KeyError: there is none.
    """
    kind: type[Drawing] = resolve_name(DRAWINGS[name])
    return kind
