"""A font of one shape, for text that is there to be found and copied but not seen.

Every character of Unicode's basic plane has the same glyph, a block of half an
em; text in this font is always drawn invisibly (ISO 32000-1, 9.3.6, mode 3), but
the block gives its selection a height.
Codes are UTF-16 units and stand for themselves (ISO 32000-1, 9.7 composite
fonts, 9.10.3 ToUnicode), so no part of a real font has to be read, subset and
embedded for a page: a text layer costs a thousandth of recognising the page.
"""

import io
import zlib
from functools import cache

import pikepdf
from fontTools.fontBuilder import FontBuilder  # type: ignore[import-untyped]  # ships no types
from fontTools.pens.ttGlyphPen import TTGlyphPen  # type: ignore[import-untyped]  # ships no types
from pikepdf import Array, Dictionary, Name

#: All glyphs are half an em wide; units of 1/1000 em.
WIDTH = 500
ASCENT, DESCENT = 800, -200
FONT_NAME = "AktaBlock"

_TO_UNICODE = b"""/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <FFFF>
endcodespacerange
%d beginbfrange
%s
endbfrange
endcmap
CMapName currentdict /CMap defineresource pop
end
end"""


@cache
def _font_file() -> bytes:
    """A TrueType font with one block."""
    names = [".notdef", "block"]
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({0x20: "block"})
    pen = TTGlyphPen(None)
    pen.moveTo((0, DESCENT))
    for corner in ((0, ASCENT), (WIDTH, ASCENT), (WIDTH, DESCENT)):
        pen.lineTo(corner)
    pen.closePath()
    builder.setupGlyf(dict.fromkeys(names, pen.glyph()))
    builder.setupHorizontalMetrics(dict.fromkeys(names, (WIDTH, 0)))
    builder.setupHorizontalHeader(ascent=ASCENT, descent=DESCENT)
    builder.setupNameTable({"familyName": FONT_NAME, "styleName": "Regular", "psName": FONT_NAME})
    builder.setupOS2(sTypoAscender=ASCENT, sTypoDescender=DESCENT, usWinAscent=ASCENT, usWinDescent=-DESCENT)
    builder.setupPost()
    builder.updateHead(created=0, modified=0)  # the same bytes for the same paper
    builder.font.recalcTimestamp = False
    out = io.BytesIO()
    builder.save(out)
    return out.getvalue()


def add_font(pdf: pikepdf.Pdf) -> pikepdf.Object:
    """Put the font into `pdf`; returns it for a page's resources."""
    data = _font_file()
    # One range may not run over the low byte's end in some readers, hence one for each high byte.
    ranges = [b"<%02X00> <%02XFF> <%02X00>" % (high, high, high) for high in range(256)]
    blocks = [ranges[i : i + 100] for i in range(0, 256, 100)]
    first, rest = _TO_UNICODE.split(b"%d beginbfrange\n%s\nendbfrange")
    body = b"\n".join(b"%d beginbfrange\n%s\nendbfrange" % (len(b), b"\n".join(b)) for b in blocks)
    descriptor = Dictionary(
        Type=Name.FontDescriptor,
        FontName=Name(f"/{FONT_NAME}"),
        Flags=5,
        FontBBox=Array([0, DESCENT, WIDTH, ASCENT]),
        ItalicAngle=0,
        Ascent=ASCENT,
        Descent=DESCENT,
        CapHeight=ASCENT,
        StemV=80,
        FontFile2=pdf.make_stream(data, Length1=len(data)),
    )
    all_block = zlib.compress(b"\0\1" * 0x10000, 9)
    descendant = Dictionary(
        Type=Name.Font,
        Subtype=Name.CIDFontType2,
        BaseFont=Name(f"/{FONT_NAME}"),
        CIDSystemInfo=Dictionary(
            Registry=pikepdf.String("Adobe"), Ordering=pikepdf.String("Identity"), Supplement=0
        ),
        DW=WIDTH,
        CIDToGIDMap=pdf.make_stream(all_block, Filter=Name.FlateDecode),
        FontDescriptor=pdf.make_indirect(descriptor),
    )
    return pdf.make_indirect(
        Dictionary(
            Type=Name.Font,
            Subtype=Name.Type0,
            BaseFont=Name(f"/{FONT_NAME}"),
            Encoding=Name("/Identity-H"),
            DescendantFonts=Array([pdf.make_indirect(descendant)]),
            ToUnicode=pdf.make_stream(first + body + rest),
        )
    )
