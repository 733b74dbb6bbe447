"""The table of model versions."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from akta.db.base import Base, Id, Instant, Json


class ModelVersion(Base):
    """A trained version. `state` is candidate, live or retired; at most one is live.

    While none is, the lexicon alone judges. `trained_on` says on what (counts, digest of the
    papers, settings), `metrics` how it compared on reviewed papers held back. `replaced` is the version
    that judged before it was promoted: rolling back returns there. `data` are the weights, in the
    database so that every worker on every machine has them, and backups too.
    """

    __tablename__ = "models"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    version: Mapped[str] = mapped_column(String(40), unique=True)
    state: Mapped[str] = mapped_column(String(12))
    made_at: Mapped[datetime] = mapped_column(Instant)
    made_by: Mapped[str] = mapped_column(String(120))
    trained_on: Mapped[dict[str, Any]] = mapped_column(Json)
    metrics: Mapped[dict[str, Any]] = mapped_column(Json)
    sha256: Mapped[str] = mapped_column(String(64))
    data: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    promoted_at: Mapped[datetime | None] = mapped_column(Instant)
    promoted_by: Mapped[str | None] = mapped_column(String(120))
    replaced: Mapped[str | None] = mapped_column(String(40))

    __table_args__ = (
        Index(
            "uq_models_live",
            "state",
            unique=True,
            sqlite_where=text("state = 'live'"),
            postgresql_where=text("state = 'live'"),
        ),
    )
