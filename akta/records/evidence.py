"""Files that belong to no record and are kept for good: certificates, receipts of those who took papers over.

Their bytes lie among the blobs; a row here is what keeps them there. Rows never change and never go
(triggers of the database).
"""

from datetime import datetime

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from akta.db.base import Base, Id, Instant


class Evidence(Base):
    """A kept file; `subject` is `kind:id` of what it is evidence of."""

    __tablename__ = "evidence"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(24))
    subject: Mapped[str] = mapped_column(String(120), index=True)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(Instant)
