"""Pictures: scans and photographs, one page a frame."""

import warnings
from pathlib import Path
from typing import Any

import PIL
from PIL import Image, ImageFile, ImageOps, PngImagePlugin, UnidentifiedImageError

from ingest.extract.context import ReadContext, RefusalError
from ingest.model import Page, Reading, Refusal
from ingest.ocr.page import recognise_page
from ingest.ocr.tesseract import Tesseract

#: What answers for pages that needed no recognition: broken or of one colour.
READER = "pillow"
_VERSION = PIL.__version__
#: Formats that Tesseract reads as they are, so that no other encoding is needed.
_AS_THEY_ARE = {"JPEG": ("L", "RGB"), "PNG": ("1", "L", "RGB", "P")}
_MAX_TEXT_CHUNK = 1 << 20
_MAX_SIDE = 32_000  # Tesseract's own limit is 32767
_LEAST_SIDE = 8

PngImagePlugin.MAX_TEXT_CHUNK = _MAX_TEXT_CHUNK
PngImagePlugin.MAX_TEXT_MEMORY = 4 * _MAX_TEXT_CHUNK


def extract(path: Path, media_type: str, context: ReadContext) -> Reading | Refusal:
    """Read every frame of a picture file."""
    flags: set[str] = set()
    Image.MAX_IMAGE_PIXELS = None  # we ask for the size ourselves, before decoding
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            source = Image.open(path)
        except (UnidentifiedImageError, OSError, ValueError, SyntaxError, TypeError, OverflowError) as error:
            if isinstance(error, ValueError) and "too large" in str(error).lower():
                # Pillow's guard over the compressed text chunks of a PNG.
                raise RefusalError("expands_too_much", detail="a text chunk of the picture") from error
            raise RefusalError("damaged", detail=_why(error)) from error
        with source:
            check_size(source.size, context.options.max_pixels)
            # A GIF's frames are a film, not pages.
            frames = 1 if media_type in ("image/gif", "image/webp", "image/png") else _count(source)
            total = min(frames, context.options.max_pages)
            if total < frames:
                flags.add("partly_read")
            pages: list[Page] = []
            for number in range(1, total + 1):
                if number in context.skip_pages:
                    continue
                context.progress(number, total)
                page = _frame(source, path, number, context, flags)
                context.page_done(page, total)
                pages.append(page)
    if pages and all(p.outcome == "failed" for p in pages) and not context.skip_pages:
        return Refusal("damaged", {"detail": pages[0].error or "no frame can be read"})
    return Reading(media_type, tuple(pages), flags=tuple(flags), total_pages=frames)


def check_size(size: tuple[int, int], max_pixels: int) -> None:
    """Refuse a picture that is too large to decode safely, or is none."""
    width, height = size
    if width * height > max_pixels or max(width, height) > _MAX_SIDE:
        raise RefusalError("too_many_pixels", detail=f"{width} × {height} pixels")
    if width < 1 or height < 1:
        raise RefusalError("damaged", detail="a picture without pixels")


def load(source: Image.Image, flags: set[str]) -> Image.Image:
    """Decode the present frame; of a truncated one, what is there."""
    try:
        source.load()
    except (OSError, SyntaxError, ValueError, IndexError, TypeError):
        flags.add("damaged")
        ImageFile.LOAD_TRUNCATED_IMAGES = True
        try:
            source.load()
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = False
    return source


def upright(picture: Image.Image) -> tuple[Image.Image, int]:
    """The picture turned as its EXIF says, and by how many degrees clockwise; broken EXIF is ignored."""
    try:
        orientation = int(picture.getexif().get(0x0112, 1))
        turned = ImageOps.exif_transpose(picture) if orientation != 1 else picture
    except Exception:  # noqa: BLE001 - EXIF of any brokenness must not stop a picture
        return picture, 0
    return turned, {3: 180, 6: 90, 8: 270}.get(orientation, 0)


def plain(picture: Image.Image) -> Image.Image:
    """Grey or RGB on white, whatever mode it had."""
    if picture.mode in ("L", "RGB"):
        return picture
    if picture.mode in ("I;16", "I;16B", "I;16L", "I", "F"):
        low, high = picture.getextrema() if picture.mode != "I;16B" else (0, 65535)
        span = max(1.0, float(high) - float(low))  # type: ignore[arg-type]
        return picture.convert("F").point(lambda v: (v - float(low)) * 255 / span).convert("L")  # type: ignore[arg-type]
    if picture.mode == "1":
        return picture.convert("L")
    if picture.mode in ("LA", "La", "RGBA", "RGBa", "PA") or "transparency" in picture.info:
        coloured = picture.convert("RGBA")
        white = Image.new("RGBA", coloured.size, "white")
        return Image.alpha_composite(white, coloured).convert("RGB")
    return picture.convert("RGB")


def resolution(picture: Image.Image) -> int:
    """Pixels per inch as the file says, or a guess from its size."""
    try:
        said = float(picture.info.get("dpi", (0, 0))[0])
    except (TypeError, ValueError, IndexError, ZeroDivisionError):
        said = 0
    if 70 <= said <= 1300:
        return round(said)
    # A scanned page is some 11 inches long, a till receipt rarely less than 6.
    return max(70, min(600, round(max(picture.size) / 11)))


def _frame(source: Image.Image, path: Path, number: int, context: ReadContext, flags: set[str]) -> Page:
    try:
        if number > 1:
            source.seek(number - 1)
        check_size(source.size, context.options.max_pixels)
        dpi = resolution(source)
        turned, degrees = upright(source)
        direct = (
            number == 1
            and degrees == 0
            and turned is source
            and source.mode in _AS_THEY_ARE.get(source.format or "", ())
            and "transparency" not in source.info
        )
        load(source, flags)  # a truncated file is found here, and not by a guess of the OCR program
        size = _points(source.size, dpi)
        if degrees in (90, 270):
            size = size[1], size[0]
        if min(source.size) < _LEAST_SIDE or _one_colour(source):
            return Page(number, *size, "blank", READER, _VERSION, rotation=degrees)
        if direct and "damaged" not in flags:
            picture, pixels = path, source.size
        else:
            made = plain(upright(source)[0])
            picture, pixels = _write(made, context.out_dir, number), made.size
    except RefusalError as error:
        if number == 1:
            raise
        return _failed(number, error.refusal.reason)
    except (
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
        TypeError,
        IndexError,
        OverflowError,
        MemoryError,
    ) as error:
        if isinstance(error, MemoryError):
            raise
        return _failed(number, _why(error))

    def turn(by: int) -> tuple[Path, tuple[int, int]]:
        with Image.open(picture) as again:
            rotated = plain(again).rotate(-by, expand=True)
        return _write(rotated, context.out_dir, number), rotated.size

    def read(file: Path) -> Page:
        return recognise_page(
            Tesseract(),
            file,
            pixels,
            number=number,
            size=size,
            languages=context.options.languages,
            dpi=dpi,
            turn=turn,
            rotation=degrees,
        )

    page = read(picture)
    if page.outcome == "failed" and picture == path:
        # Pillow could decode it, so what the OCR program's own decoder complains of is a flaw in the file.
        flags.add("damaged")
        page = read(_write(plain(source), context.out_dir, number))
    for left in context.out_dir.glob(f"frame-{number}-*"):
        left.unlink()
    return page


def _one_colour(picture: Image.Image) -> bool:
    """Whether there is nothing on it at all; saves starting the OCR program for empty backs of sheets."""
    if picture.mode not in ("1", "L", "P", "RGB"):
        return False
    extremes = picture.getextrema()
    pairs = extremes if isinstance(extremes[0], tuple) else (extremes,)
    return all(low == high for low, high in pairs)


def _write(picture: Image.Image, folder: Path, number: int) -> Path:
    kind = "pgm" if picture.mode == "L" else "ppm"
    target = folder / f"frame-{number}-{len(list(folder.glob('frame-*')))}.{kind}"
    picture.save(target, format="PPM")
    return target


def _points(pixels: tuple[int, int], dpi: int) -> tuple[float, float]:
    return round(pixels[0] * 72 / dpi, 2), round(pixels[1] * 72 / dpi, 2)


def _failed(number: int, error: str) -> Page:
    return Page(number, 595.0, 842.0, "failed", READER, _VERSION, error=error[:200])


def _count(source: Any) -> int:
    try:
        return max(1, int(getattr(source, "n_frames", 1)))
    except (OSError, ValueError, SyntaxError, EOFError, TypeError, IndexError):
        return 1


def _why(error: BaseException) -> str:
    return type(error).__name__
