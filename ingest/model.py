"""What reading a paper yields: pages, words, structure, children, or a refusal.

These values cross a process boundary (outside bytes are parsed in a limited
child process, see `ingest.sandbox`), so they are plain data and travel as JSON.
"""

from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal

PageOutcome = Literal["recognised", "blank", "failed"]
#: The reader of pages whose text a PDF carries itself.
TEXT_LAYER: Final = "pdf text layer"


@dataclass(frozen=True, slots=True)
class Word:
    """One word where it stands on its page.

    `box` is (x0, y0, x1, y1) in fractions of the page's width and height, origin
    at the top left, as the page is shown (after rotation). `line` numbers lines
    in reading order within the page, from 0. `confidence` is 0 to 1; text that
    was not recognised but taken from a file carries 1.
    """

    text: str
    box: tuple[float, float, float, float]
    confidence: float
    line: int


@dataclass(frozen=True, slots=True)
class Page:
    """One page as it was read.

    `width` and `height` are in points (1/72 inch) as shown. `outcome` tells a
    blank page from a failure: never an empty string for a failure. `reader` and
    `reader_version` name what produced the text (`pdfium text layer`,
    `tesseract`, `docx` ...). `confidence` is the mean over words, None if there
    are none. `error` says why an outcome is `failed`.
    """

    number: int
    width: float
    height: float
    outcome: PageOutcome
    reader: str
    reader_version: str
    text: str = ""
    words: tuple[Word, ...] = ()
    confidence: float | None = None
    error: str | None = None
    rotation: int = 0  # degrees clockwise applied to the source to show it upright
    marks: tuple[str, ...] = ()  # barcodes that divide a pile, see `ingest.piles.marks`
    picture: str | None = None  # fingerprint of what it looks like, see `ingest.ocr.fingerprint`


@dataclass(frozen=True, slots=True)
class Child:
    """A paper found inside another: an attachment, a member of an archive.

    `path` is where the child's bytes lie in the sandbox's output folder,
    relative to it; `name` is untrusted.
    """

    name: str
    path: str
    bytes: int


#: Codes for `Conflict.check`: what was reckoned up.
CHECKS = (
    "line",  # quantity times price
    "lines",  # the lines together
    "net",  # lines less discounts plus charges
    "tax_by_rate",
    "tax",  # tax at all rates together
    "total",  # net and tax
    "payable",  # total less what was paid before
    "balance",  # opening balance and all entries
    "count",  # how many there are
)


@dataclass(frozen=True, slots=True)
class Conflict:
    """A number that a paper states and that its other numbers contradict; `check` is one of `CHECKS`."""

    check: str
    stated: str
    computed: str


@dataclass(frozen=True, slots=True)
class Structured:
    """Data that the file itself states; it outranks anything read off a picture.

    `syntax` names the standard (`UBL 2.1`, `CII`, `KSeF FA(3)`, `HL7 v2`, `FHIR`,
    `MT940`, `mail` ...), `root` its root element or message type. `fields` holds
    flat values under the field names of `ingest.fields.names`, as strings in
    normal form (dates ISO 8601, amounts with a point). `conflicts` are sums that do not agree.
    """

    syntax: str
    root: str
    fields: dict[str, str] = field(default_factory=dict)
    domain: str | None = None
    doc_type: str | None = None
    conflicts: tuple[Conflict, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """A paper that could be read, wholly or in part.

    `flags` are codes from `ingest.model.FLAGS`: things about the file that a
    person should know though they stop nothing. `language` is a two-letter code
    where it could be told. `parts` are files inside that are this same paper in
    another form (the XML of a Factur-X PDF): kept with the record, no records of
    their own.
    """

    media_type: str
    pages: tuple[Page, ...]
    structured: Structured | None = None
    children: tuple[Child, ...] = ()
    flags: tuple[str, ...] = ()
    language: str | None = None
    total_pages: int = 0  # in the file; more than len(pages) if some were beyond the limit
    parts: tuple[Child, ...] = ()

    @property
    def text(self) -> str:
        return "\n\f\n".join(p.text for p in self.pages)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A file that cannot become an ordinary record by itself, and why.

    `reason` is a code of `akta.records.reasons`; `params` are facts for its
    sentence. Whether it means quarantine or rejection is a property of the code.
    """

    reason: str
    params: dict[str, Any] = field(default_factory=dict)


#: Codes for `Reading.flags`.
FLAGS = (
    "active_content",  # scripts, launch actions, macros: kept, never run
    "encrypted_open",  # encrypted, but opens with an empty password
    "external_references",  # asks to fetch something; never fetched
    "trailing_data",  # bytes after the end of the format
    "damaged",  # repaired or read in part
    "misnamed",  # the name's ending does not fit the content
    "partly_read",  # pages or members beyond a limit were left out
    "charset_guessed",  # the text's encoding was a guess
    "hidden_characters",  # bidirectional overrides or control characters, shown escaped
    "attachments",  # carries files inside
)


def to_json(value: Reading | Refusal) -> dict[str, Any]:
    """Plain data for the pipe between the limited process and its parent."""
    return {"kind": type(value).__name__, **asdict(value)}


def from_json(data: dict[str, Any]) -> Reading | Refusal:
    """The inverse of `to_json`. Raises KeyError or TypeError if `data` is not of that shape."""
    data = dict(data)
    kind = data.pop("kind")
    if kind == "Refusal":
        return Refusal(reason=str(data["reason"]), params=dict(data["params"]))
    if kind != "Reading":
        raise TypeError(f"not a reading: {kind!r}")
    pages = tuple(page_from_json(p) for p in data["pages"])
    structured = _structured_from_json(data["structured"]) if data["structured"] else None
    return Reading(
        media_type=str(data["media_type"]),
        pages=pages,
        structured=structured,
        children=tuple(Child(**c) for c in data["children"]),
        flags=tuple(data["flags"]),
        language=data["language"],
        total_pages=int(data["total_pages"]),
        parts=tuple(Child(**c) for c in data["parts"]),
    )


def _structured_from_json(data: dict[str, Any]) -> Structured:
    return Structured(**{**data, "conflicts": tuple(Conflict(**c) for c in data["conflicts"])})


def page_from_json(data: dict[str, Any]) -> Page:
    """One page from its plain data."""
    words = tuple(
        Word(text=w["text"], box=tuple(w["box"]), confidence=w["confidence"], line=w["line"])
        for w in data["words"]
    )
    return Page(**{**data, "words": words, "marks": tuple(data["marks"])})
