"""The jobs table: the truth about what remains to be done."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from akta.db.base import Base, Id, Instant, Json


class Job(Base):
    """One piece of work, written in the transaction of the change that wants it.

    `state` is ready, running, done, parked (given up, with its error) or
    cancelled. `key` says what the work is; two ready jobs never share it.
    `lease_until` is when a running job may be taken over; `owner` and `attempt`
    together are the fencing token of the process that works on it.
    `priority`: smaller comes first. `failures` counts tries that ended in a fault of
    the work, `waits` those that met an outage, which is no fault of it. A broker's
    relay sends the job's message at `publish_at`; `published_at` is when it last did
    since the job could be claimed, None if it has not.
    """

    __tablename__ = "jobs"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(64))
    key: Mapped[str] = mapped_column(String(200))
    payload: Mapped[dict[str, Any]] = mapped_column(Json)
    priority: Mapped[int] = mapped_column(Integer, default=50)
    state: Mapped[str] = mapped_column(String(12), default="ready")
    attempt: Mapped[int] = mapped_column(Integer, default=0)
    max_attempts: Mapped[int] = mapped_column(Integer, default=5)
    failures: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    waits: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    run_after: Mapped[datetime] = mapped_column(Instant)
    lease_until: Mapped[datetime | None] = mapped_column(Instant)
    owner: Mapped[str | None] = mapped_column(String(120))
    publish_at: Mapped[datetime | None] = mapped_column(Instant)
    published_at: Mapped[datetime | None] = mapped_column(Instant)
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        Index(
            "uq_jobs_ready_key",
            "key",
            unique=True,
            sqlite_where=text("state = 'ready'"),
            postgresql_where=text("state = 'ready'"),
        ),
        Index("ix_jobs_due", "state", "priority", "run_after", "id"),
        Index("ix_jobs_lease", "state", "lease_until"),
        Index("ix_jobs_publish", "state", "publish_at"),
        Index("ix_jobs_key_state", "key", "state"),
    )
