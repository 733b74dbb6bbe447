"""Pictures: scans and photographs, one page a frame."""

import struct
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import PIL
import pillow_heif
from PIL import ExifTags, Image, ImageChops, ImageFile, PngImagePlugin

from ingest.extract.context import ReadContext, RefusalError
from ingest.extract.options import ReadOptions
from ingest.model import Page, Reading, Refusal
from ingest.ocr.engines import recogniser
from ingest.ocr.fingerprint import fingerprint
from ingest.ocr.neural import neural_lines
from ingest.ocr.page import recognise_page
from ingest.ocr.straighten import straighten
from ingest.piles.marks import marks_of

#: What answers for pages that needed no recognition: broken or of one colour.
READER = "pillow"
_VERSION = PIL.__version__
#: Formats that Tesseract reads as they are, so that no other encoding is needed.
_AS_THEY_ARE = {"JPEG": ("L", "RGB"), "PNG": ("1", "L", "RGB", "P")}
_MAX_TEXT_CHUNK = 1 << 20
#: What Pillow and the decoders behind it throw at broken pictures.
_BROKEN = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    TypeError,
    IndexError,
    KeyError,
    RuntimeError,
    struct.error,
)
_PHOTOMETRIC, _WHITE_IS_ZERO = 262, 0
_MAX_SIDE = 32_000  # Tesseract's own limit is 32767
#: Pixels to which a picture is made larger at most: an A4 page at 600 dpi.
_MOST_ENLARGED = 36_000_000
_LEAST_SIDE = 8
#: What undoes each EXIF orientation (Exif 2.32, 4.6.4, tag 274), and the clockwise turn in it. The
#: mirrored ones (2, 4, 5, 7) are drawn anew wherever the picture is shown, so they count as not turned.
_TRANSPOSES = {
    2: (Image.Transpose.FLIP_LEFT_RIGHT, 0),
    3: (Image.Transpose.ROTATE_180, 180),
    4: (Image.Transpose.FLIP_TOP_BOTTOM, 0),
    5: (Image.Transpose.TRANSPOSE, 0),
    6: (Image.Transpose.ROTATE_270, 90),
    7: (Image.Transpose.TRANSVERSE, 0),
    8: (Image.Transpose.ROTATE_90, 270),
}
#: A sheet whose tones, averaged over this many pixels each way, all lie so close together shows nothing.
#: A full stop at 150 dpi still changes such a square by 60 of 255 tones, grain of a scanner by 5.
_BLANK_SQUARE, _BLANK_TONES = 4, 14

PngImagePlugin.MAX_TEXT_CHUNK = _MAX_TEXT_CHUNK
PngImagePlugin.MAX_TEXT_MEMORY = 4 * _MAX_TEXT_CHUNK
# Pages are read side by side, so each picture gets one thread; the small copies inside a photograph
# are not its pages. libheif's own limits on sizes and counts of items stay on.
pillow_heif.register_heif_opener(decode_threads=1, thumbnails=False, depth_images=False, aux_images=False)


def extract(path: Path, media_type: str, context: ReadContext) -> Reading | Refusal:
    """Read every frame of a picture file."""
    flags: set[str] = set()
    Image.MAX_IMAGE_PIXELS = None  # we ask for the size ourselves, before decoding
    with warnings.catch_warnings(), path.open("rb") as stream:
        warnings.simplefilter("ignore")
        try:
            source = Image.open(stream)
        except (*_BROKEN, OverflowError) as error:
            if isinstance(error, ValueError) and "too large" in str(error).lower():
                # Pillow's guard over the compressed text chunks of a PNG.
                raise RefusalError("expands_too_much", detail="a text chunk of the picture") from error
            raise RefusalError("damaged", detail=_why(error)) from error
        check_size(source.size, context.options.max_pixels)
        # Frames of the other formats are a film or views of one photograph, not pages.
        frames = _count(source) if source.format == "TIFF" else 1
        total = min(frames, context.options.max_pages)
        if total < frames:
            flags.add("partly_read")
        pages = context.read_pages(
            total,
            lambda number: _frame(source, path, number, context, flags),
            flags,
            lambda: _reopened(path, context, flags),
        )
    if pages and not context.skip_pages and all(p.outcome == "failed" and p.reader == READER for p in pages):
        return Refusal("damaged", {"detail": pages[0].error or "no frame can be read"})
    return Reading(media_type, tuple(pages), flags=tuple(flags), total_pages=frames)


def _reopened(path: Path, context: ReadContext, flags: set[str]) -> Callable[[int], Page]:
    source = Image.open(path.open("rb"))  # both live as long as the process that reads
    return lambda number: _frame(source, path, number, context, flags)


@contextmanager
def opened(path: Path) -> Iterator[Image.Image]:
    """The picture, its header read and nothing decoded.

    Pillow gets a stream and not the name, for then it reads the bytes: where it maps a file into memory
    it turns TIFF frames wrongly, and a file that is shorter than its header says would end the process.
    """
    with path.open("rb") as stream, Image.open(stream) as picture:
        yield picture


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
    except _BROKEN:
        flags.add("damaged")
        ImageFile.LOAD_TRUNCATED_IMAGES = True
        try:
            source.load()
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = False
    return source


def orientation(picture: Image.Image) -> int:
    """EXIF's number for how the camera was held, 1 (upright) to 8; 1 where it is missing or broken."""
    try:
        said = int(picture.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # noqa: BLE001 - EXIF of any brokenness must not stop a picture
        return 1
    return said if 1 <= said <= 8 else 1


def upright(picture: Image.Image) -> tuple[Image.Image, int]:
    """The picture turned as its EXIF says, and by how many degrees clockwise; broken EXIF is ignored."""
    said = orientation(picture)
    if said == 1:
        return picture, 0
    first, degrees = _TRANSPOSES[said]
    return picture.transpose(first), degrees


def plain(picture: Image.Image) -> Image.Image:
    """Grey or RGB on white, whatever mode it had."""
    if picture.mode in ("L", "RGB"):
        return picture
    if picture.mode in ("I;16", "I;16B", "I;16L", "I", "F"):
        low, high = picture.getextrema() if picture.mode != "I;16B" else (0, 65535)
        span = max(1.0, float(high) - float(low))  # type: ignore[arg-type]
        grey = picture.convert("F").point(lambda v: (v - float(low)) * 255 / span).convert("L")  # type: ignore[arg-type]
        # Of deep tones Pillow leaves it to the caller which end is white (TIFF 6.0, tag 262).
        inverted = getattr(picture, "tag_v2", {}).get(_PHOTOMETRIC) == _WHITE_IS_ZERO
        return ImageChops.invert(grey) if inverted else grey
    if picture.mode == "1":
        return picture.convert("L")
    if picture.mode in ("LA", "La", "RGBA", "RGBa", "PA") or "transparency" in picture.info:
        coloured = picture.convert("RGBA")
        white = Image.new("RGBA", coloured.size, "white")
        return Image.alpha_composite(white, coloured).convert("RGB")
    return picture.convert("RGB")


def tallness(picture: Image.Image) -> float:
    """How much taller than wide a pixel is by the file: 1, but about 2 for a fax of the usual resolution.

    To be asked before the frame is decoded: Pillow then turns a TIFF and forgets that it was turned.
    """
    try:
        across, down = (float(v) for v in picture.info.get("dpi", (0, 0)))
    except (TypeError, ValueError, ZeroDivisionError):
        return 1.0
    if not (
        70 <= across <= 1300 and 70 <= down <= 1300 and 1.2 < max(across, down) / min(across, down) < 4.5
    ):
        return 1.0
    return down / across if orientation(picture) >= 5 else across / down


def square(picture: Image.Image, tall: float) -> Image.Image:
    """The picture with pixels as wide as tall; `tall` is what `tallness` said of it."""
    return picture if tall == 1 else plain(picture).resize(_stretched(picture.size, tall))


def _stretched(size: tuple[int, int], tall: float) -> tuple[int, int]:
    """Never fewer pixels: the coarser direction is drawn finer."""
    width, height = size
    return (width, round(height * tall)) if tall > 1 else (round(width / tall), height)


def resolution(picture: Image.Image) -> int:
    """Pixels per inch as the file says, or a guess from its size."""
    try:
        said = max(float(v) for v in picture.info.get("dpi", (0, 0)))
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
        dpi, tall = resolution(source), tallness(source)
        check_size(_stretched(source.size, tall), context.options.max_pixels)
        direct = (
            number == 1
            and tall == 1
            and orientation(source) == 1
            and source.mode in _AS_THEY_ARE.get(source.format or "", ())
            and "transparency" not in source.info
        )
        flaws: set[str] = set()
        load(source, flaws)  # a truncated file is found here, and not by a guess of the OCR program
        flags |= flaws
        turned, degrees = upright(source)
        turned = square(turned, tall)
        size = _points(turned.size, dpi)
        if min(source.size) < _LEAST_SIDE or looks_blank(source):
            if flaws:  # nothing could be decoded, which is not the same as an empty sheet
                return _failed(number, "the picture is cut off before anything can be seen")
            return Page(number, *size, "blank", READER, _VERSION, rotation=degrees)
        larger = _enlarged(turned.size, context.options)
        if larger != turned.size:
            turned = plain(turned).resize(larger, Image.Resampling.LANCZOS)
            dpi, direct = round(dpi * context.options.enlarge), False
        if direct and not flaws:
            picture, pixels = path, source.size
        else:
            made = plain(turned)
            picture, pixels = _write(made, context.out_dir, number), made.size
        flat = straighten(plain(turned)) if context.options.straighten else None
        if flat is not None:
            picture, pixels = _write(flat.picture, context.out_dir, number), flat.picture.size
    except RefusalError as error:
        if number == 1:
            raise
        return _failed(number, str(error.refusal.params["detail"]))
    except (
        *_BROKEN,
        OverflowError,
    ) as error:
        return _failed(number, _why(error))

    def turn(by: int) -> tuple[Path, tuple[int, int]]:
        with Image.open(picture) as again:
            rotated = plain(again).rotate(-by, expand=True)
        return _write(rotated, context.out_dir, number), rotated.size

    def read(file: Path) -> Page:
        return recognise_page(
            recogniser(context.options.ocr_engine),
            file,
            pixels,
            number=number,
            size=size,
            languages=context.options.languages,
            dpi=dpi,
            turn=turn,
            rotation=degrees,
            second=neural_lines if context.options.second_reader else None,
            always=context.options.second_always,
            one_column=context.options.one_column,
        )

    page = read(picture)
    if page.outcome == "failed" and picture == path:
        # Pillow could decode it, so what the OCR program's own decoder complains of is a flaw in the file.
        flags.add("damaged")
        page = read(_write(plain(turned), context.out_dir, number))
    if flat is not None:
        page = replace(page, words=flat.put_back(page.words, page.rotation - degrees))
    shown = turned if flat is None else flat.picture
    page = replace(page, picture=fingerprint(plain(shown), page.rotation - degrees))
    if context.of_pages > 1:
        page = replace(page, marks=marks_of(turned, context.options.split_labels))
    for left in context.out_dir.glob(f"frame-{number}-*"):
        left.unlink()
    return page


def looks_blank(picture: Image.Image) -> bool:
    """Whether plainly nothing is on it; saves starting the OCR program for empty backs of sheets."""
    if picture.mode not in ("1", "L", "P", "RGB"):
        return False
    extremes = picture.getextrema()
    pairs = extremes if isinstance(extremes[0], tuple) else (extremes,)
    if all(low == high for low, high in pairs):
        return True
    if picture.mode == "P" or min(picture.size) < 8 * _BLANK_SQUARE:
        return False
    grey = picture if picture.mode == "L" else picture.convert("L")
    low, high = grey.reduce(_BLANK_SQUARE).getextrema()
    return float(high) - float(low) < _BLANK_TONES  # type: ignore[arg-type]


def _enlarged(size: tuple[int, int], options: ReadOptions) -> tuple[int, int]:
    """The size to which a picture is made larger, no further than the limit of pixels."""
    width, height = size
    most = (min(options.max_pixels, _MOST_ENLARGED) / (width * height)) ** 0.5
    times = min(options.enlarge, most, _MAX_SIDE / max(width, height))
    return (round(width * times), round(height * times)) if times > 1 else size


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
    except _BROKEN:
        return 1


def _why(error: BaseException) -> str:
    """What is wrong, in words for a person: libraries name their own classes and offsets."""
    said = str(error).lower()
    if isinstance(error, EOFError) or "truncated" in said or "not enough" in said or "unexpected end" in said:
        return "the picture is cut off"
    return "the picture cannot be decoded"
