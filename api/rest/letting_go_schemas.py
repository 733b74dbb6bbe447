"""What the endpoints of disposition, transfer and requests take."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

_Text = Field(min_length=1, max_length=4000)
_Records = Field(default=(), max_length=10_000)


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ProposalIn(_Shape):
    """Records to be let go: those named, or all that are due and fit."""

    title: str = Field(min_length=1, max_length=200)
    ground: str = _Text
    before: date | None = Field(default=None, description="kept through a day before this one; null: today")
    domain: str = Field(default="", max_length=16)
    class_code: str = Field(default="", max_length=40)
    records: tuple[str, ...] = _Records
    confirm_by: date | None = None


class DecisionIn(_Shape):
    """A reviewer's word; `records` null are all that nobody has reviewed yet."""

    decision: Literal["accept", "extend", "relabel", "exclude"]
    records: tuple[str, ...] | None = Field(default=None, max_length=10_000)
    reason: str = Field(default="", max_length=2000)
    until: date | None = None
    class_code: str = Field(default="", max_length=40)
    action: Literal["", "destroy", "erase", "transfer"] = ""


class ConsentIn(_Shape):
    """What somebody outside has said, and where that can be found."""

    need: str = Field(min_length=1, max_length=40)
    reference: str = Field(min_length=1, max_length=400)


class DigestIn(_Shape):
    """The hash of the list that was looked at."""

    digest: str = Field(pattern=r"^[0-9a-f]{64}$")


class ReasonIn(_Shape):
    reason: str = Field(min_length=1, max_length=2000)


class TransferIn(_Shape):
    """A package: of a disposition, of a case, or of what a person is given."""

    disposition: str = Field(default="", max_length=26)
    case: str = Field(default="", max_length=26)
    request: str = Field(default="", max_length=26)
    kind: Literal["case", "pl_hr"] = "case"
    recipient: str = Field(default="", max_length=200)


class ReceiptIn(_Shape):
    """The recipient's confirmation; `text` is what they wrote, kept as evidence."""

    reference: str = Field(min_length=1, max_length=200)
    text: str = Field(default="", max_length=200_000)


class RequestIn(_Shape):
    """What a person asked for, and on which civil day that came in."""

    kind: Literal["access", "erasure", "restriction", "objection"]
    subject: str = Field(min_length=1, max_length=300)
    received_on: date
    contact: str = Field(default="", max_length=1000)
    note: str = Field(default="", max_length=4000)


class IdentityIn(_Shape):
    how: str = Field(min_length=1, max_length=200)


class RequestRecordsIn(_Shape):
    """Papers that a request is about: named, of a party, or what fits a query."""

    records: tuple[str, ...] = Field(default=(), max_length=5000)
    party: str = Field(default="", max_length=26)
    query: str = Field(default="", max_length=4000)


class RequestDecisionIn(_Shape):
    """A decision on papers of a request; `article` is needed to refuse and to restrict."""

    decision: Literal["erase", "redact", "restrict", "refuse", "give"]
    records: tuple[str, ...] = Field(min_length=1, max_length=5000)
    article: str = Field(default="", max_length=40)
    reason: str = Field(default="", max_length=2000)


class AreaIn(_Shape):
    """An area of a page, in fractions of it: x0, y0, x1, y1 from its upper left corner."""

    page: int = Field(ge=1)
    box: tuple[float, float, float, float]


class RedactionIn(_Shape):
    areas: tuple[AreaIn, ...] = Field(min_length=1, max_length=500)
    reason: str = Field(min_length=1, max_length=2000)


class RestrictionIn(_Shape):
    restricted: bool
    reason: str = Field(min_length=1, max_length=200)


class VitalIn(_Shape):
    reason: str = Field(min_length=1, max_length=2000)
    every_months: int = Field(default=12, ge=1, le=120)
    copy_place: str = Field(default="", max_length=200)


class VitalReviewIn(_Shape):
    copy_seen: bool = False
