"""Bodies and answers of the endpoints of holds."""

from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from akta.records.holds import REMIND_DAYS

_Ids = Annotated[list[str], Field(max_length=10_000)]
_Few = Annotated[list[str], Field(max_length=200)]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class HoldScopeIn(_Shape):
    """What a hold covers; at least one thing."""

    records: _Ids = Field(default_factory=list, description="numbers of records")
    cases: _Few = Field(
        default_factory=list, description="numbers of cases: all papers in them, later ones too"
    )
    parties: _Few = Field(
        default_factory=list, description="parties: all papers that name them, later ones too"
    )
    queries: _Few = Field(default_factory=list, description="in the query language: what fits, now and later")


class HoldIn(HoldScopeIn):
    """A legal hold."""

    matter: str = Field(min_length=1, max_length=200)
    reason: str = Field(min_length=1, max_length=2000)
    authority: str = Field(default="", max_length=200)
    review_on: date | None = Field(
        default=None, description="the day by which somebody looks whether it is needed"
    )
    owner: str = Field(
        default="", max_length=80, description="login of who answers for it; by default the caller"
    )
    custodians: list[str] = Field(default_factory=list, max_length=500, description="logins of who is told")
    notice: str = Field(default="", max_length=4000, description="what custodians read")
    remind_days: int = Field(
        default=REMIND_DAYS, ge=0, le=365, description="they are reminded so often; 0: never by itself"
    )


class HoldExtendIn(HoldScopeIn):
    """More of what is covered, a later review, another owner, more custodians."""

    review_on: date | None = None
    owner: str = Field(default="", max_length=80)
    custodians: list[str] = Field(default_factory=list, max_length=500)
    remind_days: int | None = Field(default=None, ge=0, le=365)


class ReleaseIn(_Shape):
    reason: str = Field(min_length=1, max_length=2000)
    records: _Ids = Field(default_factory=list, description="only these; empty: the whole hold")


class HoldPreviewOut(BaseModel):
    """Counts of what the caller may see. `out_of_reach`: domains that a query would not see all of."""

    records: int
    by_domain: dict[str, int]
    by_class: dict[str, int]
    already_held: int
    in_progress: int
    destroyed: int
    unread: int
    out_of_reach: list[str]
    sample: list[dict[str, Any]]


class HoldOut(BaseModel):
    """A hold in a list. `records` are all that were ever under it, `held_now` those that are."""

    id: str
    matter: str
    reason: str
    authority: str
    state: str
    owner: str
    owner_name: str
    placed_by: str
    placed_by_name: str
    placed_at: str
    review_on: str | None
    overdue: bool
    released_at: str | None
    grace_until: str | None
    remind_days: int
    records: int
    held_now: int
    unread_now: int


class HoldDetailOut(HoldOut):
    """A hold with what it reaches, its searches, and how far custodians and the store are."""

    notice: str
    release_reason: str | None
    released_by: str | None
    scopes: list[dict[str, Any]]
    searches: list[dict[str, Any]]
    custodians: int
    acknowledged: int
    waits_for_the_store: int


class HoldsOut(BaseModel):
    items: list[HoldOut]


class HoldPlacedOut(BaseModel):
    """`state` is active, or placing while a job looks for what cases, parties and queries reach."""

    id: str
    matter: str
    state: str
    records: int


class HoldReleasedOut(BaseModel):
    """`released` is false while a job frees the records of a large hold, or if only some were released."""

    id: str
    state: str
    released: bool
    grace_until: str | None


class HoldRecordsOut(BaseModel):
    items: list[dict[str, Any]]
    next_cursor: str | None


class HoldEvidenceOut(BaseModel):
    """`digest` of a search is SHA-256 over a line `record sha256` for each found record, in their order."""

    hold: str
    searches: list[dict[str, Any]]
    items: list[dict[str, Any]]
    next_cursor: str | None


class NoticesOut(BaseModel):
    items: list[dict[str, Any]]
