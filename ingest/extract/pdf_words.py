"""Words of a PDF page's text layer with their boxes, and whether the layer can be believed."""

import ctypes
import unicodedata

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from ingest.model import Word

_GRID = 100_000  # device units a page side is mapped to
_MAX_CHARS = 200_000


def page_words(page: pdfium.PdfPage) -> tuple[tuple[Word, ...], str]:
    """All words in the layer's order, and the text with its lines."""
    text_page = page.get_textpage()
    try:
        count = min(_MAX_CHARS, text_page.count_chars())
        return _gather(page, text_page, count)
    finally:
        text_page.close()


def _gather(page: pdfium.PdfPage, text_page: pdfium.PdfTextPage, count: int) -> tuple[tuple[Word, ...], str]:
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    words: list[Word] = []
    lines: list[list[str]] = [[]]
    letters: list[str] = []
    box: list[float] | None = None

    def close_word() -> None:
        nonlocal box
        if letters:
            text = unicodedata.normalize("NFC", "".join(letters))
            if box is not None:
                words.append(Word(text, _fractions(page, box), 1.0, len(lines) - 1))
            lines[-1].append(text)
            letters.clear()
        box = None

    for index in range(count):
        code = raw.FPDFText_GetUnicode(text_page, index)
        if 0xD800 <= code <= 0xDFFF or code in (0, 0xFFFE):
            continue
        letter = chr(code)
        if letter in "\r\n":
            close_word()
            if lines[-1]:
                lines.append([])
            continue
        if letter.isspace():
            close_word()
            continue
        if code == 2:  # pdfium's mark for a hyphen at a line's end
            letter = "-"
        letters.append(letter)
        if raw.FPDFText_GetCharBox(text_page, index, left, right, bottom, top):
            here = [left.value, bottom.value, right.value, top.value]
            if here[2] > here[0] or here[3] > here[1]:
                box = (
                    here
                    if box is None
                    else [
                        min(box[0], here[0]),
                        min(box[1], here[1]),
                        max(box[2], here[2]),
                        max(box[3], here[3]),
                    ]
                )
    close_word()
    text = "\n".join(" ".join(line) for line in lines if line)
    return tuple(words), text


def _fractions(page: pdfium.PdfPage, box: list[float]) -> tuple[float, float, float, float]:
    """A box in page coordinates as fractions of the page as it is shown (rotated, cropped)."""
    x, y = ctypes.c_int(), ctypes.c_int()
    corners = []
    for across, up in ((box[0], box[1]), (box[2], box[3])):
        raw.FPDF_PageToDevice(page, 0, 0, _GRID, _GRID, 0, across, up, x, y)
        corners.append((min(1.0, max(0.0, x.value / _GRID)), min(1.0, max(0.0, y.value / _GRID))))
    (x0, y0), (x1, y1) = corners
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def layer_is_good(text: str, words: tuple[Word, ...]) -> bool:
    """Whether a text layer looks like language and not like a broken encoding.

    Garbage shows itself by characters of private use, replacement or control, by
    words without end (letters without spaces), or by hardly any letters at all.
    """
    if not text.strip():
        return False
    sample = text[:20_000]
    strange = sum(
        (unicodedata.category(c) in ("Co", "Cn", "Cc", "Cs") and c not in "\n\t") or c == "\ufffd"
        for c in sample
    )
    if strange > 0.04 * len(sample):
        return False
    useful = sum(c.isalnum() for c in sample)
    solid = sum(not c.isspace() for c in sample)
    if solid > 40 and useful < 0.35 * solid:
        return False
    letters = [len(w.text) for w in words[:2000] if w.text.isalpha()]
    if len(letters) >= 5 and sum(letters) / len(letters) > 22:
        return False
    outside = sum(w.box[2] <= w.box[0] or w.box[3] <= w.box[1] for w in words[:2000])
    return outside <= 0.5 * min(len(words), 2000)
