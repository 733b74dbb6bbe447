"""How much of a page's print an engine passed over.

Page analysis sometimes takes rows of a table, or half a receipt, for a picture
and reads nothing there; the words it does return look fine. What it left shows
as dark points outside all words' boxes. Rules and solid areas are taken out
first: the long runs of dark points that letters do not have.
"""

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from ingest.model import Word

#: The picture is looked at with its long side at about this many pixels: letters of 10 points are 5 high.
_SIDE = 700
#: A run of so many dark pixels is a rule (at `_SIDE`, some 5 mm of an A4 page).
_RUN = 12
#: Dark is what has less than this share of the page's mean tone, and never more than `_DARKEST_PAPER`.
_DARK, _DARKEST_PAPER = 0.62, 150
#: With fewer dark pixels than these (a short line of print) shares mean nothing.
_LEAST_INK = 60


def unread_share(picture: Path, words: Sequence[Word]) -> float:
    """The share (0 to 1) of the print of a picture file that lies outside the boxes of `words`.

    0 if there is hardly any print.
    """
    with Image.open(picture) as opened:
        factor = max(1, round(max(opened.size) / _SIDE))
        opened.draft("L", (opened.width // factor, opened.height // factor))  # JPEG decodes at a fraction
        factor = max(1, round(max(opened.size) / _SIDE))
        grey = opened.convert("L").reduce(factor)
    mean = float(grey.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0)))  # type: ignore[arg-type]
    limit = min(mean * _DARK, _DARKEST_PAPER)
    ink = grey.point([255 if tone < limit else 0 for tone in range(256)])
    for run in ((_RUN, 1), (1, _RUN)):
        if ink.width >= run[0] and ink.height >= run[1]:
            # Only a run that is dark throughout keeps its full tone when averaged.
            # Its neighbours go too: a rule seldom ends where a square of the grid does.
            rules = ink.reduce(run).point([0] * 250 + [255] * 6).filter(ImageFilter.MaxFilter(3))
            ink = ImageChops.subtract(ink, rules.resize(ink.size, Image.Resampling.NEAREST))
    whole = ink.histogram()[255]
    if whole < _LEAST_INK:
        return 0.0
    draw = ImageDraw.Draw(ink)
    width, height = ink.size
    for word in words:
        x0, y0, x1, y1 = word.box
        draw.rectangle((x0 * width - 2, y0 * height - 2, x1 * width + 2, y1 * height + 2), fill=0)
    return ink.histogram()[255] / whole
