"""The shapes of saved searches and exports."""

from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

Sort = Literal["relevance", "newest", "oldest", "date", "total"]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SearchIn(_Shape):
    """What is saved."""

    name: str = Field(min_length=1, max_length=120)
    query: str = Field(default="", max_length=2000, description="see docs/search.md")
    sort: Sort = "relevance"
    facets: dict[str, list[str]] = Field(
        default_factory=dict, max_length=20, description="values chosen beside the query, by facet"
    )


class SearchChangeIn(_Shape):
    """What is to be otherwise; what is left out stays."""

    name: str | None = Field(default=None, min_length=1, max_length=120)
    query: str | None = Field(default=None, max_length=2000)
    sort: Sort | None = None
    facets: dict[str, list[str]] | None = Field(default=None, max_length=20)


class SharesIn(_Shape):
    """Who else may run it, in place of those before; they run it with their own rights."""

    users: list[str] = Field(default_factory=list, max_length=100, description="names of accounts")
    roles: list[str] = Field(default_factory=list, max_length=10)


class SavedSearchOut(BaseModel):
    """A saved search; `text` is the query with the facets, as it is run."""

    id: str
    version: int
    name: str
    query: str
    sort: str
    facets: dict[str, list[str]]
    text: str
    mine: bool
    owner: str | None = Field(description="name of the owner, if that is somebody else")
    created_at: str
    changed_at: str
    users: list[str] | None = Field(default=None, description="shared with; told to the owner alone")
    roles: list[str] | None = Field(default=None, description="shared with; told to the owner alone")
    told_since: str | None = Field(description="since when the caller is told of news; null: is not")
    news: int = Field(description="unseen news of records that the caller may see")


class SavedSearchesOut(BaseModel):
    """One's own and those shared with one, by name; `news` counts records over all of them, up to 100."""

    items: list[SavedSearchOut]
    news: int


class SeenIn(_Shape):
    """Which news were seen: these records, or all that were told up to an instant."""

    records: list[str] | None = Field(default=None, max_length=1000)
    until: AwareDatetime | None = Field(default=None, description="`as_of` of the list that was looked at")


class NewsOut(BaseModel):
    """Records that the caller was told of, the newest first."""

    items: list[dict[str, Any]]
    as_of: str
    next_cursor: str | None


class ExportIn(_Shape):
    """A result to carry away."""

    query: str = Field(min_length=1, max_length=4000, description="see docs/search.md")
    format: Literal["csv", "xlsx", "zip"] = Field(description="zip: originals, table and manifest")
    sort: Sort = "newest"
    language: Literal["pl", "en"] | None = Field(default=None, description="of headers; null: the caller's")
    for_excel: bool = Field(
        default=False, description="CSV with byte order mark; in Polish with semicolons and decimal commas"
    )
    sensitive: bool = Field(
        default=False,
        description="the table has what sensitive fields say instead of `••••`; written into the audit log",
    )


class ExportOut(BaseModel):
    """An export: `state` is waiting, running, ready, failed, cancelled, expired or withdrawn."""

    id: str
    query: str
    sort: str
    format: str
    language: str
    for_excel: bool
    sensitive: bool
    state: str
    reason: dict[str, str] | None
    found: int
    done: int
    records: int
    left_out: int
    problems: int
    size: int
    sha256: str | None
    asked_at: str
    ended_at: str | None
    expires_at: str | None


class ExportsOut(BaseModel):
    items: list[ExportOut]
