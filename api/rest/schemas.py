"""The shapes of the API's answers and requests."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ReceiptOut(BaseModel):
    """Proof that a file was accepted."""

    id: str
    record: str
    duplicate: bool = Field(description="the same bytes were here already; `record` is that record")
    file_name: str
    sha256: str
    size: int
    channel: str
    received_at: str
    state: str = Field(description="where the record is now")
    reason: str | None = Field(description="why it is in review, quarantined or rejected")


class UploadOut(BaseModel):
    """One receipt for each file, in the order sent."""

    receipts: list[ReceiptOut]


class ReasonOut(BaseModel):
    code: str
    text: str
    way_out: str


class RecordOut(BaseModel):
    """What a list shows of a record."""

    id: str
    version: int
    state: str
    reason: ReasonOut | None
    title: str
    file_name: str
    media_type: str | None
    size: int
    sha256: str
    domain: str | None
    doc_type: str | None
    subtype: str | None = Field(description="a finer type below `doc_type`, if the paper is of one")
    confidence: float | None
    language: str | None
    document_date: str | None
    pages: int
    pages_done: int
    class_: str | None = Field(alias="class")
    confidentiality: int
    retention_state: str | None
    retain_through: str | None
    held: bool
    channel: str
    parent: str | None
    received_at: str
    ended_at: str | None
    seconds: float


class RecordDetailOut(RecordOut):
    """Everything about a record but the text of its pages."""

    fields: list[dict[str, Any]]
    doubts: list[dict[str, Any]]
    alternatives: list[Any]
    suggestions: dict[str, Any] = Field(description="values for fields that were missed, by name")
    flags: list[str]
    syntax: str | None
    model_version: str | None
    class_title: str | None
    retention: dict[str, Any] | None
    holds: list[dict[str, Any]]
    parties: list[dict[str, Any]]
    versions: list[dict[str, Any]]
    renditions: list[dict[str, Any]]
    receipts: list[dict[str, Any]]
    readers: list[dict[str, Any]]
    children: list[dict[str, Any]]
    duplicates: list[dict[str, Any]]
    copies: list[dict[str, Any]]


class DuplicatesOut(BaseModel):
    """Records that may be the same paper: why and how sure, what was said of each pair, and what to do."""

    items: list[dict[str, Any]]


class RecordPageOut(BaseModel):
    """A page of a list; `next_cursor` is null at its end."""

    items: list[RecordOut]
    next_cursor: str | None


class HitOut(RecordOut):
    score: float
    snippets: list[dict[str, Any]]


class SearchOut(BaseModel):
    """Hits, best first; `total` and `facets` count only what the caller may see.

    `facet_names` has names for values of facets that have some (parties). `next_cursor` begins
    the next page however deep it is; `next_offset` ends at 10,000. `did_you_mean` is another
    query where this one has few hits and a word of it is on no paper of the caller's.
    """

    items: list[HitOut]
    total: int
    facets: dict[str, dict[str, int]]
    facet_names: dict[str, dict[str, str]]
    next_offset: int | None
    next_cursor: str | None
    did_you_mean: str | None


class SimilarOut(RecordOut):
    """A record like another; the higher the score, the more of its telling words it has."""

    score: float


class SharingOut(RecordOut):
    """A record that shares a number, or a party (by its name on the record asked about)."""

    shared: str


class RelatedOut(BaseModel):
    """What a record is related to, of what the caller may see."""

    similar: list[SimilarOut]
    same_numbers: list[SharingOut]
    same_parties: list[SharingOut]
    same_case: list[RecordOut]


class SuggestionOut(BaseModel):
    """A text to put in place of `start` to `end` of the query; `kind` is word, field, value or party."""

    kind: str
    text: str
    start: int
    end: int
    count: int | None


class SuggestionsOut(BaseModel):
    """How a query may go on, the likeliest first."""

    items: list[SuggestionOut]


class PageOut(BaseModel):
    """A page as it was read; `words` as (text, box, confidence, line)."""

    number: int
    width: float
    height: float
    outcome: str
    reader: str
    confidence: float | None
    text: str
    words: list[Any]


class PagesOut(BaseModel):
    items: list[PageOut]


class MomentOut(BaseModel):
    """Something that happened to a record; `code` is the act (`record.filed`), `facts` what is told of it."""

    at: str
    kind: str
    code: str
    actor: str
    name: str | None
    facts: dict[str, Any]


class TimelineOut(BaseModel):
    items: list[MomentOut]
    next_cursor: str | None


class CorrectIn(_Shape):
    """Corrections; `accept` files a record in review as it then stands."""

    domain: str | None = None
    doc_type: str | None = Field(default=None, description="any code of /v1/types, a finer one too")
    fields: dict[str, str] = Field(default_factory=dict, max_length=100)
    chosen: dict[str, int] = Field(
        default_factory=dict, max_length=100, description="field -> number of its alternative, from 0"
    )
    chosen_type: int | None = Field(default=None, description="number of the type's alternative, from 0")
    accept: bool = False


class ReviewItemOut(RecordOut):
    """A paper in review and why it stands where it does."""

    why_first: list[dict[str, Any]] = Field(
        description="terms of the order: the days by which each moves the paper forward, and a sentence"
    )
    taken: Literal["me", "other"] | None = Field(description="who looks at it now")
    put_off: bool = Field(description="whether the caller put it off for now")


class ReviewPageOut(BaseModel):
    """A page of the queue; `counts` are of all that wait of those asked for."""

    items: list[ReviewItemOut]
    next_cursor: str | None
    counts: dict[str, Any] | None


class NextOut(BaseModel):
    """The next paper; `paper` is null where nothing (more) waits."""

    paper: RecordDetailOut | None
    etag: str | None = None
    doubts: list[dict[str, Any]] = Field(
        default_factory=list, description="each with its fields: value, page, box and alternatives"
    )
    kinds: list[dict[str, Any]] = Field(
        default_factory=list, description="what else it may be; `chosen_type` takes the index"
    )
    why_first: list[dict[str, Any]] = Field(default_factory=list)
    cursor: str | None = None
    taken_until: str | None = None


class PutOffOut(BaseModel):
    record: str
    until: str


class SeenPaper(_Shape):
    record: str = Field(max_length=26)
    version: int = Field(description="the record's version as the caller saw it")


class BatchIn(_Shape):
    """Papers to accept as they stand, all with the same doubt."""

    doubt: str = Field(max_length=40)
    papers: list[SeenPaper] = Field(min_length=1, max_length=100)


class BatchOut(BaseModel):
    """`outcome` is `accepted`, `filed` (it was already), or the code of what stood in the way."""

    accepted: int
    outcomes: list[dict[str, Any]]


class RejectIn(_Shape):
    note: str = Field(min_length=1, max_length=500)


class MannerIn(_Shape):
    languages: list[str] = Field(
        default_factory=list, max_length=20, description="some of those this archive reads; none: all"
    )
    ignore_text_layer: bool = Field(default=False, description="recognise the pages of a PDF from pictures")
    second_reader: Literal["doubt", "always", "never"] = "doubt"
    one_column: bool = Field(default=False, description="take a page for one block of text")
    enlarge: bool = Field(default=False, description="make the picture larger first, for small print")


class ReadAgainIn(_Shape):
    password: str | None = Field(default=None, max_length=1000)
    manner: MannerIn = Field(default_factory=MannerIn)


class SplitIn(_Shape):
    starts: list[int] = Field(
        min_length=1, max_length=2000, description="pages, from 2, on which a paper begins"
    )
    password: str | None = Field(default=None, max_length=1000)


class MergeIn(_Shape):
    records: list[str] = Field(min_length=1, max_length=100, description="papers to append, in this order")


class PagePlace(_Shape):
    number: int = Field(ge=1)
    turn: int = Field(default=0, description="degrees clockwise: 0, 90, 180 or 270")


class ArrangeIn(_Shape):
    pages: list[PagePlace] = Field(min_length=1, max_length=2000)
    password: str | None = Field(default=None, max_length=1000)


class PartyMergeIn(_Shape):
    others: list[str] = Field(min_length=1, max_length=100, description="parties that are this one")
    reason: str = Field(default="", max_length=500)


class PartyApartIn(_Shape):
    other: str = Field(max_length=26)


class PartySplitIn(_Shape):
    spelling: str = Field(min_length=1, max_length=300)
    reason: str = Field(default="", max_length=500)


class PartyNameIn(_Shape):
    name: str = Field(max_length=300, description="empty: as its papers call it")


class TypesIn(_Shape):
    yaml: str = Field(min_length=1, max_length=262_144, description="a file of types: `types: [{code: …}]`")


class StatusOut(BaseModel):
    """The reconciliation over what the caller may see."""

    adds_up: bool
    total: dict[str, int]
    duplicates: int
    groups: list[dict[str, Any]]
    stuck: list[dict[str, Any]]
