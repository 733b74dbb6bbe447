"""The shapes of requests about cases, events, entities and schedules."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class CaseIn(_Shape):
    kind: str = Field(max_length=40)
    key: str = Field(max_length=300, description="as the company numbers it")
    title: str = Field("", max_length=400)
    party: str | None = Field(None, max_length=40)
    domain: str | None = Field(None, max_length=16)
    confidentiality: int | None = None


class CaseRecordsIn(_Shape):
    records: list[str] = Field(min_length=1, max_length=500)


class CaseQueryIn(_Shape):
    query: str = Field(min_length=1, max_length=2000, description="as in a search; see docs/search.md")


class CloseIn(_Shape):
    on: date | None = Field(None, description="the day of the cut-off; today if not said")


class ReasonIn(_Shape):
    reason: str = Field(max_length=2000)


class EventIn(_Shape):
    kind: str = Field(max_length=60)
    subject: str = Field(max_length=300, description="record:…, case:kind/key, party:…, class:…, entity:…")
    date: str = Field(max_length=40, description="the civil day on which it happened")
    value: str = Field("", max_length=60, description="yes, no or a word, for events that are no day")
    evidence: str = Field("", max_length=2000)
    record: str | None = Field(None, max_length=40, description="the record that proves it")
    key: str | None = Field(
        None, max_length=200, description="your own number; the same again changes nothing"
    )


class EventChangeIn(_Shape):
    reason: str = Field(max_length=2000)
    date: str | None = Field(None, max_length=40)
    value: str | None = Field(None, max_length=60)
    evidence: str | None = Field(None, max_length=2000)


class EventFileIn(_Shape):
    csv: str = Field(max_length=10_000_000)


class DecideEventsIn(_Shape):
    events: list[str] = Field(min_length=1, max_length=500)
    reason: str = Field("", max_length=2000)


class EntityIn(_Shape):
    name: str = Field(max_length=300)
    nip: str | None = Field(None, max_length=40)
    default: bool = False
    fiscal_years: list[tuple[date, date]] = Field(
        default_factory=list, max_length=200, description="first and last day of each; none: calendar years"
    )


class EntityChangeIn(_Shape):
    name: str | None = Field(None, max_length=300)
    nip: str | None = Field(None, max_length=40)
    default: bool | None = None
    fiscal_years: list[tuple[date, date]] | None = Field(None, max_length=200)


class DraftIn(_Shape):
    title: str = Field(max_length=400)
    text: str = Field(max_length=2_000_000)
    format: Literal["yaml", "csv"] = "yaml"
    note: str = Field("", max_length=4000)


class PublishIn(_Shape):
    shortened: Literal["approve", "keep"] | None = Field(
        None, description="what becomes of records that would be kept for less time"
    )
    valid_from: date | None = Field(None, description="the first day it counts; today if not said")


class ShorteningsIn(_Shape):
    shortenings: list[str] = Field(min_length=1, max_length=500)
    approve: bool


class ExtensionIn(_Shape):
    until: date
    reason: str = Field(max_length=2000)
