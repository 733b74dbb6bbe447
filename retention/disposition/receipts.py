"""What was handed over, as those who took it have confirmed."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from retention.disposition.models import Transfer, TransferRecord


def handed_over(session: Session, disposition_id: str) -> dict[str, str]:
    """The records of a disposition whose package somebody confirmed to have taken over.

    By id, with the hash of the original that was in the package.
    """
    query = (
        select(TransferRecord.record_id, TransferRecord.sha256)
        .join(Transfer, Transfer.id == TransferRecord.transfer_id)
        .where(Transfer.disposition_id == disposition_id, Transfer.receipt_at.is_not(None))
    )
    return dict(session.execute(query).all())
