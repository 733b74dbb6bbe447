"""Saying in the log itself that it was put back to an earlier entry, as by a backup or an older database.

What had been anchored of the time that was lost would else be found for ever to differ from the log. The
verifier tells of each declaration and of how many anchors it sets aside; it sets none aside that nobody
declared lost.
"""

from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import select
from sqlalchemy.orm import Session

from akta.audit.log import AuditLog
from akta.audit.models import AuditEntry
from akta.audit.verifier import SET_BACK
from akta.audit.verifying import Known, check_log
from akta.kernel.errors import ConflictError


@dataclass(frozen=True, slots=True)
class Loss:
    """Anchors that the log does not have, how many, and the entry before the first of them."""

    end: int
    anchors: int


def find_loss(session: Session, key: Ed25519PublicKey, known: Known) -> Loss | None:
    """What was anchored, is not in the log, and was not declared lost yet; None if there is nothing.

    Raises ConflictError where the log does not hold by itself: then it was changed, and not only put back.
    """
    alone = check_log(session, key, Known())
    if not alone.holds:
        raise ConflictError(
            "The audit log does not hold by itself, so it was changed and not only put back. "
            "See 'akta audit verify', and restore a backup.",
            detail=alone.problems[0],
        )
    rows = session.execute(select(AuditEntry.seq, AuditEntry.hash).execution_options(yield_per=1000))
    there = {seq: digest for seq, digest in rows if seq in known.hashes}
    lost = sorted(
        seq
        for seq, anchored in known.hashes.items()
        for digest, at in anchored.items()
        if seq and there.get(seq) != digest and not alone.set_aside(seq, at)
    )
    return Loss(min(lost[0] - 1, alone.entries), len(lost)) if lost else None


def declare(session: Session, audit: AuditLog, loss: Loss, *, actor: str, reason: str, now: datetime) -> None:
    """Declare anchors lost, in the caller's transaction."""
    audit.note(
        session, now, actor, SET_BACK, "audit:log", end=loss.end, anchors=loss.anchors, reason=reason[:400]
    )
