"""Barcodes that say where a paper of a pile begins.

A separator sheet carries the QR code of `SEPARATOR` or, as other programs print it,
the text PATCHT as Code 128 or Code 39. A label on a paper's first page carries one of
the prefixes agreed on and a number (`AKTA-17`, `ASN00123`).
"""

import re
from collections.abc import Sequence

import zxingcpp
from PIL import Image

from ingest.piles.plan import LABEL, LABEL_PREFIXES, SEPARATOR, SHEET

_SHEETS = frozenset({SEPARATOR, "PATCHT", "PATCH T", "PATCH-T"})
_FORMATS = zxingcpp.BarcodeFormats(
    [zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.Code128, zxingcpp.BarcodeFormat.Code39]
)
_MOST_SIDE = 2600
_MOST_MARKS = 20


def marks_of(picture: Image.Image, prefixes: Sequence[str] = LABEL_PREFIXES) -> tuple[str, ...]:
    """The marks on a page's picture, in no order; empty on nearly all pages."""
    grey = picture if picture.mode == "L" else picture.convert("L")
    if max(grey.size) > _MOST_SIDE:
        grey = grey.reduce(-(-max(grey.size) // _MOST_SIDE))
    try:
        found = zxingcpp.read_barcodes(grey, formats=_FORMATS, try_invert=False)
    except (ValueError, RuntimeError):  # a picture that it cannot look at has no marks
        return ()
    marks = set()
    for code in found[:_MOST_MARKS]:
        text = code.text.strip()
        if text.upper() in _SHEETS:
            marks.add(SHEET)
        elif _is_label(text, prefixes):
            marks.add(LABEL + text)
    return tuple(sorted(marks))


def _is_label(text: str, prefixes: Sequence[str]) -> bool:
    return any(re.fullmatch(re.escape(prefix) + r"\d{1,18}", text) is not None for prefix in prefixes)
