"""The tables of legal holds. Their rows stay for good: a hold that was released is evidence too.

A record is *held* by an active item that is not provisional: nothing of it may change. A
*provisional* item keeps a record that could not be read from being destroyed while a hold looks
for words in it; it may still be read, given a password, corrected. A row in `hold_pending` says that
a record has changed and was not yet held against the scopes of holds: it may not be destroyed either.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, Date, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from akta.db.base import Base, Id, Instant, Json

#: So often custodians are reminded, in days, unless a hold says otherwise.
REMIND_DAYS = 7


class Hold(Base):
    """A legal hold: nothing it covers may be destroyed or changed until it is released.

    `state` is placing (a job looks for its records; nothing at all is destroyed meanwhile),
    active, releasing (a job frees its records) or released. `owner` is who answers for it and
    reviews it by `review_on`, as an actor. Custodians who have not acknowledged their notice are reminded
    every `remind_days` days; 0: never by itself. `grace_until` is when records that only this
    hold kept may be thought of again.
    """

    __tablename__ = "holds"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    matter: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(Text)
    authority: Mapped[str] = mapped_column(String(200), default="")
    placed_by: Mapped[str] = mapped_column(String(120))
    placed_at: Mapped[datetime] = mapped_column(Instant)
    review_on: Mapped[date | None] = mapped_column(Date)
    released_by: Mapped[str | None] = mapped_column(String(120))
    released_at: Mapped[datetime | None] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(String(12), default="active", server_default="active")
    owner: Mapped[str] = mapped_column(String(120), default="", server_default="")
    notice: Mapped[str] = mapped_column(Text, default="", server_default="")
    release_reason: Mapped[str | None] = mapped_column(Text)
    grace_until: Mapped[datetime | None] = mapped_column(Instant)
    remind_days: Mapped[int] = mapped_column(Integer, default=REMIND_DAYS, server_default=str(REMIND_DAYS))

    __table_args__ = (Index("ix_holds_state", "state"),)


class HoldItem(Base):
    """A record under a hold. Rows stay after the release, as evidence.

    `how` it came there: named (by its number), inside (found in one that is held), case, party,
    query, or unread (provisional). `sha256` are the bytes of its newest version when it came. Of one
    that was released, `grace_until` is when it may be thought of again.
    """

    __tablename__ = "hold_items"

    hold_id: Mapped[str] = mapped_column(ForeignKey("holds.id"), primary_key=True)
    record_id: Mapped[str] = mapped_column(ForeignKey("records.id"), primary_key=True, index=True)
    added_at: Mapped[datetime] = mapped_column(Instant)
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    provisional: Mapped[bool] = mapped_column(Boolean, default=False, server_default=text("false"))
    how: Mapped[str] = mapped_column(String(8), default="named", server_default="named")
    sha256: Mapped[str | None] = mapped_column(String(64))
    released_at: Mapped[datetime | None] = mapped_column(Instant)
    released_by: Mapped[str | None] = mapped_column(String(120))
    grace_until: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (Index("ix_hold_items_hold_id_active", "hold_id", "active", "record_id"),)


class HoldScope(Base):
    """What a hold reaches besides records named one by one: a case, a party, or a query.

    `value` is the number of the case or party, or the text of the query. `key` is the party's key, by
    which it is known again when its row was made anew. `reach` is what the query looks at: the
    levels of the person who gave it, by domain.
    """

    __tablename__ = "hold_scopes"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    hold_id: Mapped[str] = mapped_column(ForeignKey("holds.id"), index=True)
    kind: Mapped[str] = mapped_column(String(8))
    value: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(String(200), default="", server_default="")
    reach: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    added_by: Mapped[str] = mapped_column(String(120))
    added_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (Index("ix_hold_scopes_kind_hold_id", "kind", "hold_id"),)


class HoldSearch(Base):
    """One search of a hold's query, frozen: what was asked, when, and the digest of what it found.

    `digest` is SHA-256 over a line `record sha256` for each found record in the order of their
    numbers; None while the search is written down.
    """

    __tablename__ = "hold_searches"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    hold_id: Mapped[str] = mapped_column(ForeignKey("holds.id"), index=True)
    scope_id: Mapped[str] = mapped_column(ForeignKey("hold_scopes.id"))
    query: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)
    found: Mapped[int] = mapped_column(Integer, default=0)
    digest: Mapped[str | None] = mapped_column(String(64))


class HoldFound(Base):
    """A record that a hold's search found, with the bytes and the version it had then."""

    __tablename__ = "hold_found"

    search_id: Mapped[str] = mapped_column(ForeignKey("hold_searches.id"), primary_key=True)
    record_id: Mapped[str] = mapped_column(ForeignKey("records.id"), primary_key=True, index=True)
    sha256: Mapped[str] = mapped_column(String(64))
    row_version: Mapped[int] = mapped_column(Integer)

    __table_args__ = ({"sqlite_with_rowid": False},)


class HoldNotice(Base):
    """What a custodian was told of a hold, and whether they have said that they read it."""

    __tablename__ = "hold_notices"

    hold_id: Mapped[str] = mapped_column(ForeignKey("holds.id"), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), primary_key=True, index=True)
    sent_at: Mapped[datetime] = mapped_column(Instant)
    reminded_at: Mapped[datetime | None] = mapped_column(Instant)
    reminders: Mapped[int] = mapped_column(Integer, default=0)
    acknowledged_at: Mapped[datetime | None] = mapped_column(Instant)


class HoldPending(Base):
    """A record that changed and was not yet held against the scopes of holds. It may not be destroyed.

    The number is no foreign key, as in the queue of the index. `turn` counts the changes, so that a job
    forgets none that came while it worked.
    """

    __tablename__ = "hold_pending"

    record_id: Mapped[str] = mapped_column(Id, primary_key=True)
    turn: Mapped[int] = mapped_column(Integer, default=1)


class StoreGuard(Base):
    """A record whose files the store itself should protect, or protect no more; see `akta.records.mirror`.

    `turn` counts the wishes, so that a job forgets none that came while it worked. `error` is why the
    last try did not get there.
    """

    __tablename__ = "store_guards"

    record_id: Mapped[str] = mapped_column(Id, primary_key=True)
    turn: Mapped[int] = mapped_column(Integer, default=1)
    asked_at: Mapped[datetime] = mapped_column(Instant)
    error: Mapped[str | None] = mapped_column(Text)
