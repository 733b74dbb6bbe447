"""Pictures in the many ways that scanners, faxes and old programs store them.

Pillow writes some; the rest is written here by the formats' specifications (TIFF 6.0 and
Windows bitmaps), for what Pillow reads but does not write.
"""

import io
import struct
from collections.abc import Mapping, Sequence
from typing import Any

import pillow_heif
from PIL import Image

_TIFF_TYPES = {1: "B", 3: "H", 4: "I", 5: "II"}
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _PALETTE, _CMYK, _LAB = 0, 1, 2, 3, 5, 8


def tiff_of(
    size: tuple[int, int],
    strips: Sequence[bytes],
    photometric: int,
    bits: Sequence[int],
    tags: Mapping[int, tuple[int, list[Any]]] | None = None,
    order: str = "<",
) -> bytes:
    """An uncompressed TIFF of one frame; `tags` are further ones: number to (type, values)."""
    entries: dict[int, tuple[int, list[Any]]] = {
        256: (4, [size[0]]),
        257: (4, [size[1]]),
        258: (3, list(bits)),
        259: (3, [1]),
        262: (3, [photometric]),
        273: (4, [0] * len(strips)),
        277: (3, [len(bits)]),
        278: (4, [size[1]]),
        279: (4, [len(s) for s in strips]),
        282: (5, [(100, 1)]),
        283: (5, [(100, 1)]),
        296: (3, [2]),
        **(tags or {}),
    }

    def packed(kind: int, values: list[Any]) -> bytes:
        rows = values if kind == 5 else [(v,) for v in values]
        return b"".join(struct.pack(order + _TIFF_TYPES[kind], *row) for row in rows)

    behind = 8 + 2 + 12 * len(entries) + 4
    start = behind + sum(len(packed(*e)) for e in entries.values() if len(packed(*e)) > 4)
    entries[273] = (4, [start + sum(len(s) for s in strips[:n]) for n in range(len(strips))])
    table, values = b"", b""
    for tag in sorted(entries):
        kind, items = entries[tag]
        data = packed(kind, items)
        table += struct.pack(order + "HHI", tag, kind, len(items))
        if len(data) > 4:
            table += struct.pack(order + "I", behind + len(values))
            values += data
        else:
            table += data.ljust(4, b"\0")
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "IH", 8, len(entries))
    return head + table + bytes(4) + values + b"".join(strips)


def written_tiffs(sheet: Image.Image) -> dict[str, bytes]:
    """A grey sheet of even width in TIFFs of many depths, tones and orders."""
    size, grey = sheet.size, sheet.convert("L").tobytes()
    bits = sheet.convert("1").tobytes()
    fours = bytes((a >> 4) << 4 | b >> 4 for a, b in zip(grey[::2], grey[1::2], strict=True))
    wide = b"".join(struct.pack("<H", v * 257) for v in grey)
    ramp = [n * 4369 for n in range(16)] * 3
    return {
        "white-is-zero-1": tiff_of(size, [bytes(255 - b for b in bits)], _WHITE_IS_ZERO, [1]),
        "white-is-zero-8": tiff_of(size, [bytes(255 - v for v in grey)], _WHITE_IS_ZERO, [8]),
        "white-is-zero-16": tiff_of(size, [bytes(255 - v for v in wide)], _WHITE_IS_ZERO, [16]),
        "four-bits": tiff_of(size, [fours], _BLACK_IS_ZERO, [4]),
        "palette-4": tiff_of(size, [fours], _PALETTE, [4], {320: (3, ramp)}),
        "sixteen-bits": tiff_of(size, [wide], _BLACK_IS_ZERO, [16]),
        "sixteen-bits-big-endian": tiff_of(
            size, [b"".join(struct.pack(">H", v * 257) for v in grey)], _BLACK_IS_ZERO, [16], order=">"
        ),
        "twelve-bits-in-sixteen": tiff_of(
            size, [b"".join(struct.pack("<H", v * 16) for v in grey)], _BLACK_IS_ZERO, [16]
        ),
        "rgb-sixteen-bits": tiff_of(
            size, [b"".join(struct.pack("<H", v * 257) * 3 for v in grey)], _RGB, [16] * 3
        ),
        "rgb-in-planes": tiff_of(size, [grey] * 3, _RGB, [8] * 3, {284: (3, [2])}),
        "floats": tiff_of(
            size,
            [b"".join(struct.pack("<f", v / 255) for v in grey)],
            _BLACK_IS_ZERO,
            [32],
            {339: (3, [3])},
        ),
        "cmyk": tiff_of(size, [b"".join(bytes((0, 0, 0, 255 - v)) for v in grey)], _CMYK, [8] * 4),
        "lab": tiff_of(size, [b"".join(bytes((v, 0, 0)) for v in grey)], _LAB, [8] * 3),
        "bits-from-the-right": tiff_of(
            size, [bytes(int(f"{b:08b}"[::-1], 2) for b in bits)], _BLACK_IS_ZERO, [1], {266: (3, [2])}
        ),
    }


def saved_tiffs(sheet: Image.Image) -> dict[str, bytes]:
    """The sheet in TIFFs as Pillow and libtiff write them, in every compression of offices."""
    found = {
        name: saved(sheet.convert(mode), "TIFF", compression=name)
        for name, mode in (
            ("group3", "1"),
            ("group4", "1"),
            ("tiff_ccitt", "1"),
            ("tiff_lzw", "RGB"),
            ("packbits", "RGB"),
            ("tiff_adobe_deflate", "RGB"),
            ("lzma", "RGB"),
            ("zstd", "RGB"),
            ("jpeg", "RGB"),
        )
    }
    return found | {
        "jpeg-grey": saved(sheet, "TIFF", compression="jpeg"),
        "jpeg-cmyk": saved(sheet.convert("CMYK"), "TIFF", compression="jpeg"),
        "lzw-with-differences": saved(
            sheet.convert("RGB"), "TIFF", compression="tiff_lzw", tiffinfo={317: 2}
        ),
        "palette-8": saved(sheet.convert("P"), "TIFF"),
        "transparent": saved(sheet.convert("RGBA"), "TIFF"),
        "big": saved(sheet, "TIFF", big_tiff=True),
        "turned": saved(sheet.transpose(Image.Transpose.ROTATE_90), "TIFF", tiffinfo={274: 6}),
        "turned-packed": saved(
            sheet.transpose(Image.Transpose.ROTATE_270), "TIFF", tiffinfo={274: 8}, compression="tiff_lzw"
        ),
        "fax": fax(sheet),
    }


def fax(sheet: Image.Image) -> bytes:
    """The sheet as fax machines send it at their usual resolution: half as many lines as columns (T.4)."""
    low = sheet.resize((sheet.width, sheet.height * 98 // 204)).convert("1")
    return saved(low, "TIFF", compression="group3", dpi=(204, 98))


def bitmaps(sheet: Image.Image) -> dict[str, bytes]:
    """A grey sheet in bitmaps of many depths, packings and ages."""
    width, height = sheet.size
    grey = sheet.convert("L").tobytes()
    rows = [grey[y * width : (y + 1) * width] for y in reversed(range(height))]
    tones = b"".join(bytes((n, n, n, 0)) for n in range(256))
    sixteen = b"".join(bytes((n * 17, n * 17, n * 17, 0)) for n in range(16))

    def padded(row: bytes) -> bytes:
        return row + bytes(-len(row) % 4)

    def made(
        bits: int, data: bytes, packing: int = 0, palette: bytes = b"", masks: bytes = b"", up: int = 1
    ) -> bytes:
        head = struct.pack(
            "<IiiHHIIiiII",
            40,
            width,
            up * height,
            1,
            bits,
            packing,
            len(data),
            3780,
            3780,
            len(palette) // 4,
            0,
        )
        start = 14 + len(head) + len(masks) + len(palette)
        return b"BM" + struct.pack("<IHHI", start + len(data), 0, 0, start) + head + masks + palette + data

    def shorts(row: bytes, red: int, green: int, blue: int, green_bits: int) -> bytes:
        return padded(
            b"".join(
                struct.pack("<H", v >> 3 << red | v >> (8 - green_bits) << green | v >> 3 << blue)
                for v in row
            )
        )

    old = struct.pack("<IHHHH", 12, width, height, 1, 8) + b"".join(bytes((n, n, n)) for n in range(256))
    body = b"".join(padded(row) for row in rows)
    return {
        **{mode: saved(sheet.convert(mode), "BMP") for mode in ("1", "L", "P", "RGB", "RGBA")},
        "from-the-top": made(8, b"".join(padded(r) for r in reversed(rows)), palette=tones, up=-1),
        "run-lengths": made(8, b"".join(_runs(row) for row in rows) + b"\0\1", 1, tones),
        "four-bits": made(
            4,
            b"".join(
                padded(bytes((a >> 4) << 4 | b >> 4 for a, b in zip(r[::2], r[1::2], strict=True)))
                for r in rows
            ),
            palette=sixteen,
        ),
        "five-six-five": made(
            16,
            b"".join(shorts(row, 11, 5, 0, 6) for row in rows),
            3,
            masks=struct.pack("<III", 0xF800, 0x7E0, 0x1F),
        ),
        "five-five-five": made(16, b"".join(shorts(row, 10, 5, 0, 5) for row in rows)),
        "thirty-two-bits": made(32, b"".join(bytes((v, v, v, 0)) for row in rows for v in row)),
        "os2": b"BM" + struct.pack("<IHHI", 14 + len(old) + len(body), 0, 0, 14 + len(old)) + old + body,
    }


def _runs(row: bytes) -> bytes:
    out, start = bytearray(), 0
    while start < len(row):
        end = start
        while end < len(row) and row[end] == row[start] and end - start < 255:
            end += 1
        out += bytes((end - start, row[start]))
        start = end
    return bytes(out) + b"\0\0"


def web_pictures(sheet: Image.Image) -> dict[str, bytes]:
    """The sheet as GIF, WebP and PNG, still and moving, by the ending of the name."""
    held = Image.Exif()
    held[0x0112] = 6
    turned, other = sheet.transpose(Image.Transpose.ROTATE_90), sheet.rotate(180)
    return {
        "moving.gif": saved(sheet, "GIF", save_all=True, append_images=[other]),
        "transparent.gif": saved(sheet.convert("P"), "GIF", transparency=255),
        "moving.webp": saved(sheet, "WEBP", save_all=True, append_images=[other]),
        "lossless.webp": saved(sheet, "WEBP", lossless=True),
        "transparent.webp": saved(sheet.convert("RGBA"), "WEBP"),
        "turned.webp": saved(turned.convert("RGB"), "WEBP", exif=held),
        "moving.png": saved(sheet, "PNG", save_all=True, append_images=[other]),
        "bits.png": saved(sheet.convert("1"), "PNG"),
        "palette.png": saved(sheet.convert("P"), "PNG"),
        "turned.png": saved(turned, "PNG", exif=held),
        "progressive.jpg": saved(sheet.convert("RGB"), "JPEG", progressive=True),
        "two-views.jpg": saved(
            sheet.convert("RGB"), "MPO", save_all=True, append_images=[other.convert("RGB")]
        ),
    }


def saved(picture: Image.Image, kind: str, **options: Any) -> bytes:
    """The picture as Pillow writes it."""
    pillow_heif.register_heif_opener()  # nobody else may have done so in a process that only makes papers
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()
