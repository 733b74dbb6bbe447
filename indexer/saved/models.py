"""Saved searches, with whom they are shared, who wants to be told, and what was told."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from akta.db.base import Base, Id, Instant, Json


class SavedSearch(Base):
    """A query with a name. `owner` is a person as `indexer.saved.people` names them.

    `facets` are the values chosen beside the query, by facet. `row_version` counts changes (ETag).
    A deleted one can be restored until upkeep removes it.
    """

    __tablename__ = "saved_searches"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    owner: Mapped[str] = mapped_column(Id)
    name: Mapped[str] = mapped_column(String(120))
    query: Mapped[str] = mapped_column(Text)
    sort: Mapped[str] = mapped_column(String(16))
    facets: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    row_version: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    deleted_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        Index(
            "uq_saved_searches_owner_name",
            *("owner", "name"),
            unique=True,
            sqlite_where=text("deleted_at IS NULL"),
            postgresql_where=text("deleted_at IS NULL"),
        ),
    )


class SearchShare(Base):
    """Who else may run a search, with their own rights: `kind` is user or role, `who` an id or a code."""

    __tablename__ = "search_shares"

    search_id: Mapped[str] = mapped_column(ForeignKey("saved_searches.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(4), primary_key=True)
    who: Mapped[str] = mapped_column(String(40), primary_key=True)

    __table_args__ = (Index("ix_search_shares_kind_who", "kind", "who"),)


class SearchWatch(Base):
    """A person who wants to be told of what is filed from `since` on and fits.

    `waiting` is how many of the told ones were not marked as seen yet, including such as they may not see
    any more; it bounds the list.
    """

    __tablename__ = "search_watches"

    search_id: Mapped[str] = mapped_column(ForeignKey("saved_searches.id"), primary_key=True)
    person: Mapped[str] = mapped_column(Id, primary_key=True, index=True)
    since: Mapped[datetime] = mapped_column(Instant)
    waiting: Mapped[int] = mapped_column(Integer, default=0)


class SearchNews(Base):
    """A record of which a person was told; the row stays after it was seen, so that it is told once."""

    __tablename__ = "search_news"

    search_id: Mapped[str] = mapped_column(ForeignKey("saved_searches.id"), primary_key=True)
    person: Mapped[str] = mapped_column(Id, primary_key=True)
    record_id: Mapped[str] = mapped_column(ForeignKey("records.id"), primary_key=True, index=True)
    at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        Index("ix_search_news_person_seen_at", "person", "seen_at"),
        Index("ix_search_news_at", "at"),
    )


class NewsPending(Base):
    """A record that the index took in and that was not held against the watched searches yet."""

    __tablename__ = "news_pending"

    record_id: Mapped[str] = mapped_column(Id, primary_key=True)
    row_version: Mapped[int] = mapped_column(Integer)
