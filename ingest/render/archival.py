"""Making a searchable scan a PDF/A-2b file (ISO 19005-2), where that can be said with good conscience.

Only files are marked whose pages show nothing but pictures, under the invisible
words that were put there here: what else a PDF may hold (fonts, forms, actions,
colour spaces of printers) is left as it is, and then the file claims nothing.
"""

import struct
from functools import cache
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name
from PIL import ImageCms

from ingest.render.glyphless import FONT_NAME

_DRAWING = "q Q cm Do w J j M d i re m l c v y h W W* n S s f F f* B B* b b* g G rg RG"
_WRITING = "BT ET Tf Tm Td TD T* Tj Tr Tc Tw Tz TL Ts"
_OPERATORS = frozenset([*_DRAWING.split(), *_WRITING.split()])
_FILTERS = frozenset(
    {
        "/FlateDecode",
        "/DCTDecode",
        "/CCITTFaxDecode",
        "/JBIG2Decode",
        "/RunLengthDecode",
        "/ASCII85Decode",
        "/ASCIIHexDecode",
    }
)
_PLAIN_SPACES = frozenset({"/DeviceGray", "/DeviceRGB", "/CalGray", "/CalRGB"})
_MOST_OPERATORS = 200_000
_XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
   <pdfaid:part>2</pdfaid:part>
   <pdfaid:conformance>B</pdfaid:conformance>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>"""


class _UnfitError(Exception):
    """Something in the file that PDF/A forbids, or that we cannot judge."""


def make_archival(pdf: pikepdf.Pdf) -> bool:
    """Mark `pdf` as PDF/A-2b if its pages are pictures with our words over them; whether it was.

    It must then be saved without encryption. Its dictionary of document information goes, so
    that nothing in it can contradict the metadata.
    """
    try:
        _check_catalogue(pdf)
        for page in pdf.pages:
            _check_page(page)
    except (_UnfitError, pikepdf.PdfError, KeyError, TypeError, ValueError, AttributeError):
        return False
    for page in pdf.pages:
        for picture in (page.resources.get("/XObject") or Dictionary()).values():
            if Name.Interpolate in picture:
                del picture.Interpolate
    profile = pdf.make_stream(srgb_profile(), N=3)
    root: Any = pdf.Root
    root.OutputIntents = Array(
        [
            Dictionary(
                Type=Name.OutputIntent,
                S=Name.GTS_PDFA1,
                OutputConditionIdentifier=pikepdf.String("sRGB"),
                Info=pikepdf.String("sRGB"),
                DestOutputProfile=profile,
            )
        ]
    )
    root.Metadata = pdf.make_stream(_XMP.encode(), Type=Name.Metadata, Subtype=Name.XML)
    if "/Info" in pdf.trailer:
        del pdf.trailer["/Info"]
    return True


@cache
def srgb_profile() -> bytes:
    """The colour space sRGB as an ICC profile of version 4.2, always the same bytes."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    data[8:12] = bytes((4, 0x20, 0, 0))  # ISO 19005-2 knows no later version (6.2.3)
    data[24:36] = struct.pack(">6H", 2000, 1, 1, 0, 0, 0)
    data[84:100] = bytes(16)  # no digest of the profile, which is optional
    return bytes(data)


def _check_catalogue(pdf: pikepdf.Pdf) -> None:
    if pdf.is_encrypted:
        raise _UnfitError
    for key in (
        "/AcroForm",
        "/AA",
        "/OpenAction",
        "/Names",
        "/OCProperties",
        "/Requirements",
        "/Perms",
        "/Collection",
    ):
        if key in pdf.Root:
            raise _UnfitError


def _check_page(page: pikepdf.Page) -> None:
    for key in ("/AA", "/Annots", "/PresSteps", "/Group"):
        if key in page.obj and (key != "/Annots" or len(page.obj.Annots)):
            raise _UnfitError
    resources = page.resources
    for kind in ("/Shading", "/Pattern", "/ExtGState", "/Properties", "/ColorSpace"):
        if kind in resources and len(resources[kind]):
            raise _UnfitError
    for font in (resources.get("/Font") or Dictionary()).values():
        if str(font.get("/BaseFont")) != f"/{FONT_NAME}":
            raise _UnfitError
    for item in (resources.get("/XObject") or Dictionary()).values():
        _check_picture(item)
    operators = pikepdf.parse_content_stream(page)
    if len(operators) > _MOST_OPERATORS or any(str(o.operator) not in _OPERATORS for o in operators):
        raise _UnfitError


def _check_picture(picture: Any) -> None:
    if str(picture.get("/Subtype")) != "/Image":
        raise _UnfitError
    if any(key in picture for key in ("/Alternates", "/OPI", "/SMaskInData", "/Metadata")):
        raise _UnfitError
    filters = picture.get("/Filter")
    names = [] if filters is None else [filters] if isinstance(filters, Name) else list(filters)
    if not {str(n) for n in names} <= _FILTERS:
        raise _UnfitError
    if "/SMask" in picture:
        _check_picture(picture.SMask)
    if not picture.get("/ImageMask", False):
        _check_space(picture.ColorSpace)
    if "/Mask" in picture and not isinstance(picture.Mask, Array):
        raise _UnfitError


def _check_space(space: Any) -> None:
    """Spaces that the output intent, which is sRGB, gives a meaning to."""
    if isinstance(space, Name):
        if str(space) not in ("/DeviceGray", "/DeviceRGB"):
            raise _UnfitError
        return
    kind = str(space[0])
    if kind in _PLAIN_SPACES:
        return
    if kind == "/Indexed":
        _check_space(space[1])
    elif kind != "/ICCBased" or int(space[1].N) not in (1, 3) or space[1].read_bytes()[8:9] > b"\x04":
        raise _UnfitError
