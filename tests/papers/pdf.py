"""Writes laid-out pages, or pictures of pages, as a PDF (ISO 32000-1), small and the same every time.

Written by hand because a general PDF library takes ten times as long, most of it over the fonts.
"""

import hashlib
import zlib
from collections.abc import Sequence

from tests.papers.fonts import Face
from tests.papers.layout import Laid


class _File:
    def __init__(self) -> None:
        self.objects: list[bytes] = []

    def reserve(self) -> int:
        self.objects.append(b"")
        return len(self.objects)

    def add(self, body: str | bytes) -> int:
        self.objects.append(body.encode("latin-1") if isinstance(body, str) else body)
        return len(self.objects)

    def stream(self, entries: str, data: bytes) -> int:
        return self.add(
            f"<< {entries} /Length {len(data)} >>\nstream\n".encode("latin-1") + data + b"\nendstream"
        )

    def bytes(self, root: int, info: int) -> bytes:
        out = bytearray(b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n")
        offsets = []
        for number, body in enumerate(self.objects, 1):
            offsets.append(len(out))
            out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
        start = len(out)
        out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(offsets) + 1)
        out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
        digest = hashlib.md5(bytes(out), usedforsecurity=False).hexdigest()
        out += (
            f"trailer\n<< /Size {len(offsets) + 1} /Root {root} 0 R /Info {info} 0 R /ID [<{digest}> <{digest}>] >>\n"
            f"startxref\n{start}\n%%EOF\n"
        ).encode("latin-1")
        return bytes(out)


def _string(text: str) -> str:
    return "<" + ("\ufeff" + text).encode("utf-16-be").hex() + ">"


def _font(out: _File, face: Face) -> int:
    """A composite font over the face's subset, with widths and a map back to characters."""
    name = "AKTPPR+" + face.name
    program = out.stream(f"/Filter /FlateDecode /Length1 {face.length}", face.stream)
    descriptor = out.add(
        f"<< /Type /FontDescriptor /FontName /{name} /Flags 4 /FontBBox [-200 -300 1400 1100] /ItalicAngle 0 "
        f"/Ascent {face.ascent * 1000:.0f} /Descent {-face.descent * 1000:.0f} /CapHeight 720 /StemV 80 "
        f"/FontFile2 {program} 0 R >>"
    )
    by_glyph = {glyph: char for char, glyph in sorted(face.glyphs.items(), reverse=True)}
    widths = " ".join(f"{g} [{face.widths[c] * 1000:.0f}]" for g, c in sorted(by_glyph.items()))
    child = out.add(
        f"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /{name} /CIDToGIDMap /Identity /DW 600 /W [{widths}] "
        f"/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /FontDescriptor {descriptor} 0 R >>"
    )
    pairs = [f"<{g:04X}> <{ord(c):04X}>" for g, c in sorted(by_glyph.items())]
    chunks = [pairs[i : i + 100] for i in range(0, len(pairs), 100)]
    listing = "\n".join(f"{len(chunk)} beginbfchar\n" + "\n".join(chunk) + "\nendbfchar" for chunk in chunks)
    cmap = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /P def /CMapType 2 def\n"
        f"1 begincodespacerange <0000> <FFFF> endcodespacerange\n{listing}\n"
        "endcmap CMapName currentdict /CMap defineresource pop end end"
    )
    unicode_map = out.stream("/Filter /FlateDecode", zlib.compress(cmap.encode()))
    return out.add(
        f"<< /Type /Font /Subtype /Type0 /BaseFont /{name} /Encoding /Identity-H "
        f"/DescendantFonts [{child} 0 R] /ToUnicode {unicode_map} 0 R >>"
    )


def write(laid: Laid, title: str, producer: str) -> bytes:
    """A born-digital PDF with a text layer."""
    out = _File()
    root, tree = out.reserve(), out.reserve()
    used = [tag for tag in laid.faces if any(f"/{tag} " in op for page in laid.pages for op in page)]
    fonts = " ".join(f"/{tag} {_font(out, laid.faces[tag])} 0 R" for tag in used)
    kids = []
    for page in laid.pages:
        content = out.stream("/Filter /FlateDecode", zlib.compress("\n".join(page).encode("latin-1"), 6))
        kids.append(
            out.add(
                f"<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 {laid.width:.2f} {laid.height:.2f}] "
                f"/Resources << /Font << {fonts} >> >> /Contents {content} 0 R >>"
            )
        )
    return _finish(out, root, tree, kids, title, producer)


def from_pictures(
    pictures: Sequence[tuple[bytes, int, int, bool]], dpi: int, title: str, producer: str
) -> bytes:
    """A PDF of JPEG pages: (data, width and height in pixels, grey), as a scanner makes it."""
    out = _File()
    root, tree = out.reserve(), out.reserve()
    kids = []
    for data, width, height, grey in pictures:
        space = "/DeviceGray" if grey else "/DeviceRGB"
        image = out.stream(
            f"/Type /XObject /Subtype /Image /Width {width} /Height {height} /ColorSpace {space} "
            "/BitsPerComponent 8 /Filter /DCTDecode",
            data,
        )
        wide, tall = width * 72 / dpi, height * 72 / dpi
        content = out.stream("", f"q {wide:.2f} 0 0 {tall:.2f} 0 0 cm /Im Do Q".encode())
        kids.append(
            out.add(
                f"<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 {wide:.2f} {tall:.2f}] "
                f"/Resources << /XObject << /Im {image} 0 R >> >> /Contents {content} 0 R >>"
            )
        )
    return _finish(out, root, tree, kids, title, producer)


def _finish(out: _File, root: int, tree: int, kids: list[int], title: str, producer: str) -> bytes:
    children = " ".join(f"{kid} 0 R" for kid in kids)
    out.objects[tree - 1] = f"<< /Type /Pages /Kids [{children}] /Count {len(kids)} >>".encode()
    out.objects[root - 1] = f"<< /Type /Catalog /Pages {tree} 0 R >>".encode()
    info = out.add(f"<< /Title {_string(title)} /Producer {_string(producer)} >>")
    return out.bytes(root, info)
