"""Writing and verifying the chained log.

Each entry's hash is SHA-256 over the hash before it and the entry's canonical
JSON, so anyone can verify an exported log. The head (number and hash of the
last entry) is signed with Ed25519 by a key kept outside the database, and
copied from time to time to an anchor file outside it: who can write to the
database alone can neither rewrite the chain nor cut its end unseen.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import select
from sqlalchemy.orm import Session

from akta.audit.models import AuditEntry, AuditHead

GENESIS = "0" * 64
_HEAD_ID = 1


class AuditLog:
    """Appends to the log; `key` signs its head."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key

    @property
    def public_key(self) -> Ed25519PublicKey:
        return self._key.public_key()

    def append(
        self,
        session: Session,
        *,
        at: datetime,
        actor: str,
        action: str,
        subject: str,
        details: Mapping[str, Any] | None = None,
    ) -> int:
        """Add an entry to the caller's transaction and return its number.

        `actor` and `subject` are `kind:id` (`user:01j…`, `record:01j…`); `action`
        is a past-tense name (`record.filed`). `details` must be plain JSON and
        must not hold document text. Entries of concurrent transactions wait for
        each other here, so numbers have no gaps.
        """
        head = session.get(AuditHead, _HEAD_ID, with_for_update=True, populate_existing=True)
        if head is None:
            head = AuditHead(id=_HEAD_ID, seq=0, hash=GENESIS, signature="")
            session.add(head)
        seq = head.seq + 1
        body = canonical(
            {
                "seq": seq,
                "at": at.isoformat(),
                "actor": actor,
                "action": action,
                "subject": subject,
                "details": dict(details or {}),
            }
        )
        digest = chain(head.hash, body)
        session.add(
            AuditEntry(
                seq=seq,
                at=at,
                actor=actor,
                action=action,
                subject=subject,
                body=body,
                previous=head.hash,
                hash=digest,
            )
        )
        head.seq, head.hash = seq, digest
        head.signature = self._key.sign(_head_message(seq, digest)).hex()
        session.flush()
        return seq

    def anchor(self, session: Session, file: Path, at: datetime) -> None:
        """Append the signed head to the anchor file, unless it is its last line already."""
        head = session.get(AuditHead, _HEAD_ID)
        if head is None:
            return
        line = canonical(
            {"seq": head.seq, "hash": head.hash, "signature": head.signature, "at": at.isoformat()}
        )
        last = _last_line(file)
        if last and json.loads(last)["seq"] == head.seq:
            return
        with file.open("a", encoding="utf-8") as out:
            out.write(line + "\n")
            out.flush()


def canonical(value: Mapping[str, Any]) -> str:
    """JSON with sorted keys and no spaces: the same bytes for the same value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def chain(previous: str, body: str) -> str:
    """The hash of an entry, from the hash before it and its canonical JSON."""
    return sha256(f"{previous}\n{body}".encode()).hexdigest()


def _head_message(seq: int, digest: str) -> bytes:
    return f"akta audit head {seq} {digest}".encode()


def _last_line(file: Path) -> str | None:
    if not file.exists():
        return None
    lines = file.read_text("utf-8").splitlines()
    return lines[-1] if lines else None


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What a verification found. `problems` are sentences; none means the log holds."""

    entries: int
    problems: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not self.problems


def verify(session: Session, public_key: Ed25519PublicKey, anchors: Path | None) -> AuditReport:
    """Check every entry, the head's signature and the anchors.

    Finds an entry that was edited, removed, added, reordered, or cut off at
    either end. Reports at most 50 problems.
    """
    problems: list[str] = []
    expected, previous, seen = 1, GENESIS, {0: GENESIS}
    wanted = _anchor_lines(anchors, public_key, problems)
    for entry in _entries(session):
        if entry.seq != expected:
            problems.append(f"Entry {expected} is missing; entry {entry.seq} follows.")
            expected = entry.seq
        if entry.previous != previous:
            problems.append(f"Entry {entry.seq} does not follow from the one before it.")
        if chain(entry.previous, entry.body) != entry.hash:
            problems.append(f"Entry {entry.seq} was changed: its hash does not fit.")
        problems.extend(_columns_fit(entry))
        if entry.seq in wanted:
            seen[entry.seq] = entry.hash
        previous, expected = entry.hash, entry.seq + 1
        if len(problems) > 50:
            return AuditReport(entry.seq, problems)
    last = expected - 1
    head = session.get(AuditHead, _HEAD_ID, populate_existing=True)
    if head is None:
        if last or wanted:
            problems.append("The head of the log is missing.")
    else:
        if (head.seq, head.hash) != (last, previous):
            problems.append(f"The log ends at entry {last}, but its head says {head.seq}.")
        if not _signed(public_key, head.seq, head.hash, head.signature):
            problems.append("The head of the log is not signed by this archive's key.")
    for seq, digest in wanted.items():
        if seq > last:
            problems.append(f"An anchor knows entry {seq}, but the log ends at {last}: its end was cut.")
        elif seen.get(seq) != digest:
            problems.append(f"Entry {seq} differs from what was anchored outside the database.")
    return AuditReport(last, problems)


def _entries(session: Session) -> Iterator[AuditEntry]:
    query = select(AuditEntry).order_by(AuditEntry.seq).execution_options(yield_per=1000)
    for entry in session.scalars(query):
        yield entry
        session.expunge(entry)


def _columns_fit(entry: AuditEntry) -> list[str]:
    try:
        body = json.loads(entry.body)
        fits = (
            body["seq"] == entry.seq
            and body["actor"] == entry.actor
            and body["action"] == entry.action
            and body["subject"] == entry.subject
            and datetime.fromisoformat(body["at"]) == entry.at
        )
    except (ValueError, KeyError, TypeError):
        fits = False
    return [] if fits else [f"Entry {entry.seq} was changed: its columns do not fit its body."]


def _anchor_lines(file: Path | None, key: Ed25519PublicKey, problems: list[str]) -> dict[int, str]:
    if file is None or not file.exists():
        return {}
    wanted: dict[int, str] = {}
    for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1):
        try:
            anchor = json.loads(line)
            if not _signed(key, anchor["seq"], anchor["hash"], anchor["signature"]):
                raise ValueError
            wanted[int(anchor["seq"])] = str(anchor["hash"])
        except (ValueError, KeyError, TypeError):
            problems.append(f"Line {number} of the anchor file is not a signed anchor of this archive.")
    return wanted


def _signed(key: Ed25519PublicKey, seq: int, digest: str, signature: str) -> bool:
    try:
        key.verify(bytes.fromhex(signature), _head_message(seq, digest))
    except (InvalidSignature, ValueError):
        return False
    return True
