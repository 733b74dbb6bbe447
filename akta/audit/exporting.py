"""Exporting the log, whole or a span of it, for `akta.audit.verifier`, which anybody can run.

A span is widened to the transactions it touches: the last entry of a transaction is signed, and so is the
last one of the transaction before, so a part of the log holds without the rest of it.
"""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from akta.audit.anchoring import Anchor, Anchoring, parse_anchor
from akta.audit.log import AuditLog
from akta.audit.models import AuditEntry
from akta.audit.verifier import FORMAT, KIND, SET_BACK, canonical, read_object, read_set_back, set_aside
from akta.kernel.errors import AktaError, InvalidError, NotFoundError

_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Span:
    """Entries `first` to `last`; None leaves that end open."""

    first: int | None = None
    last: int | None = None


def export_lines(
    session: Session, audit: AuditLog, anchoring: Anchoring, span: Span, *, by: str, now: datetime
) -> Iterator[bytes]:
    """The lines of an export, from one snapshot of the database.

    `by` is who asked. Raises NotFoundError for an empty log, InvalidError for a span that has nothing.
    """
    anchors = list(_anchors(anchoring))  # before the log is looked at, which then holds all they know
    head = audit.head(session)
    if head is None:
        raise NotFoundError("The audit log is empty.")
    first, last = _widened(session, span, head.seq)
    start = session.get(AuditEntry, first - 1) if first > 1 else None
    whole = first == 1 and last == head.seq
    if not whole:
        anchors = _not_lost(session, anchors)
    header = {
        "kind": KIND,
        "format": FORMAT,
        "first": first,
        "last": last,
        "whole": whole,
        "start": start and {"seq": start.seq, "hash": start.hash, "signature": start.signature},
        "public_key": audit.public_pem,
        "exported_at": now.isoformat(),
        "exported_by": by,
    }
    yield from _sealed(audit, header, _lines(session, audit, anchors, first, last, whole=whole))


def _sealed(audit: AuditLog, header: dict[str, Any], lines: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    hasher, count = hashlib.sha256(), 0
    raw = _raw(header)
    hasher.update(raw)
    yield raw
    for line in lines:
        raw = _raw(line)
        hasher.update(raw)
        count += 1
        yield raw
    digest = hasher.hexdigest()
    signature = audit.sign(f"akta audit export {count} {digest}".encode())
    yield _raw({"kind": "end", "lines": count, "sha256": digest, "signature": signature})


def _lines(
    session: Session, audit: AuditLog, anchors: list[Anchor], first: int, last: int, *, whole: bool
) -> Iterator[dict[str, Any]]:
    for anchor in anchors:
        if first <= anchor.head.seq and (whole or anchor.head.seq <= last):
            token = anchor.token
            yield {
                "kind": "anchor",
                "seq": anchor.head.seq,
                "hash": anchor.head.hash,
                "signature": anchor.head.signature,
                "at": anchor.at.isoformat(),
                "token": None if token is None else base64.b64encode(token).decode("ascii"),
            }
    query = select(AuditEntry).where(AuditEntry.seq.between(first, last)).order_by(AuditEntry.seq)
    for entry in session.scalars(query.execution_options(yield_per=_BATCH)):
        yield {
            "kind": "entry",
            "seq": entry.seq,
            "body": entry.body,
            "previous": entry.previous,
            "hash": entry.hash,
            "signature": entry.signature,
        }
        session.expunge(entry)
    head = audit.head(session)
    if head is not None and head.seq == last:
        yield {"kind": "head", "seq": head.seq, "hash": head.hash, "signature": head.signature}


def _widened(session: Session, span: Span, head: int) -> tuple[int, int]:
    first, last = span.first or 1, min(span.last or head, head)
    if first > last or first < 1:
        raise InvalidError(f"The log has entries 1 to {head}. Say a span of these.", first=first, last=last)
    signed = AuditEntry.signature.is_not(None)
    before = session.scalar(select(func.max(AuditEntry.seq)).where(AuditEntry.seq < first, signed))
    after = session.scalar(select(func.min(AuditEntry.seq)).where(AuditEntry.seq >= last, signed))
    return (before or 0) + 1, after or head


def _anchors(anchoring: Anchoring) -> Iterator[Anchor]:
    """The daily anchors, ours and those of the second place, each once."""
    told: set[str] = set()
    for anchor in anchoring.daily_anchors():
        told.add(anchor.name)
        yield anchor
    try:
        place = anchoring.place()
        if place is None:
            return
        for name in place.names():
            if name not in told:
                yield parse_anchor(place.read(name).decode("utf-8"))
    except (AktaError, ValueError):
        return  # an export holds what can be had; `akta audit verify` says what is wrong with the place


def _not_lost(session: Session, anchors: list[Anchor]) -> list[Anchor]:
    """Without those of a time that was lost: a part may not reach the entry that declares it."""
    rows = session.execute(select(AuditEntry.seq, AuditEntry.body).where(AuditEntry.action == SET_BACK))
    declared = [one for seq, body in rows if (one := read_set_back(seq, read_object(body))) is not None]
    if not declared:
        return anchors
    numbers = [anchor.head.seq for anchor in anchors]
    there = dict(
        session.execute(select(AuditEntry.seq, AuditEntry.hash).where(AuditEntry.seq.in_(numbers))).all()
    )
    return [
        anchor
        for anchor in anchors
        if there.get(anchor.head.seq) == anchor.head.hash
        or set_aside(declared, anchor.head.seq, anchor.at) is None
    ]


def _raw(item: dict[str, Any]) -> bytes:
    return canonical(item).encode("utf-8") + b"\n"
