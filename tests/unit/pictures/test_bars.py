"""The picture of themes beside each other."""

from io import BytesIO

from PIL import Image, ImageColor

from bot.core.challenges.statistics import wilson_rate
from bot.pictures.bars import draw_themes
from bot.pictures.contents import Bar
from bot.pictures.palette import BoardColour

OIL = ImageColor.getrgb(BoardColour.OIL)


def drawn(*bars: Bar) -> Image.Image:
    """The picture with these."""
    content = draw_themes(bars, "Wat werkt", "Gedaan of geprobeerd", "De dunne lijn: zekerheid.")
    return Image.open(BytesIO(content)).convert("RGB")


def oil_in(image: Image.Image) -> int:
    """How many pixels have the colour of the bars."""
    return sum(count for count, colour in image.getcolors(1 << 24) or () if colour == OIL)


def test_a_longer_bar_is_a_larger_share() -> None:
    few, many = (drawn(Bar("Lef", wilson_rate(part, 40), "")) for part in (10, 30))
    assert oil_in(many) > 2 * oil_in(few) > 0


def test_it_is_as_high_as_there_are_themes() -> None:
    one, three = (drawn(*[Bar("Lef", wilson_rate(1, 4), "25 %")] * n) for n in (1, 3))
    assert one.width == three.width == 1080 and three.height > one.height
    assert drawn().height < one.height


def test_a_long_title_and_nothing_and_all_fit() -> None:
    bars = (
        Bar("Een heel lange titel " * 9, wilson_rate(0, 4), "0 %"),
        Bar("x", wilson_rate(9, 9), "100 %"),
    )
    assert drawn(*bars).getpixel((5, 300)) == ImageColor.getrgb(BoardColour.BACKGROUND)
