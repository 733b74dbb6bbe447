"""Writing and verifying the chained log.

Each entry's hash is SHA-256 over the hash before it and the entry's canonical
JSON, so anyone can verify an exported log. The head (number and hash of the
last entry) is signed with Ed25519 by a key kept outside the database, and
copied from time to time to an anchor file outside it: who can write to the
database alone can neither rewrite the chain nor cut its end unseen.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from akta.audit.models import AuditEntry, AuditHead
from akta.events.bus import bus

GENESIS = "0" * 64
_HEAD_ID = 1
_PENDING = "akta.audit.pending"


@dataclass(frozen=True, slots=True)
class Noted:
    """An act is about to be written into the log, as the last thing that this transaction does.

    Published on `akta.events.bus`. A subscriber may lock nothing that others lock earlier, and notes no act.
    """

    action: str
    subject: str
    at: datetime


class AuditLog:
    """Appends to the log; `key` signs its head."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key

    @property
    def public_key(self) -> Ed25519PublicKey:
        return self._key.public_key()

    def sign(self, message: bytes) -> str:
        """The archive's signature of a message, as hex digits."""
        return self._key.sign(message).hex()

    def append(
        self,
        session: Session,
        *,
        at: datetime,
        actor: str,
        action: str,
        subject: str,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        """Add an entry to the caller's transaction.

        `actor` and `subject` are `kind:id` (`user:01j…`, `record:01j…`); `action`
        is a past-tense name (`record.filed`). `details` must be plain JSON and
        must not hold document text. The entry gets its number and is written when
        the transaction commits: entries of concurrent transactions wait for each
        other there, so numbers have no gaps, and as the lock on the head is always
        the last one taken, no two transactions can wait for each other in a ring.
        """
        facts = {
            "at": at.isoformat(),
            "actor": actor,
            "action": action,
            "subject": subject,
            "details": dict(details or {}),
        }
        canonical(facts)  # what is no JSON fails here, where the mistake is
        session.info.setdefault(_PENDING, []).append((self, at, facts))

    def note(
        self, session: Session, at: datetime, actor: str, action: str, subject: str, /, **details: object
    ) -> None:
        """`append` with the details as arguments."""
        self.append(session, at=at, actor=actor, action=action, subject=subject, details=details)

    def write(self, session: Session, entries: Sequence[tuple[datetime, dict[str, Any]]]) -> None:
        """Chain entries to the log, with the head locked to the end of the transaction."""
        head = session.get(AuditHead, _HEAD_ID, with_for_update=True, populate_existing=True)
        if head is None:
            head = AuditHead(id=_HEAD_ID, seq=0, hash=GENESIS, signature="")
            session.add(head)
        for at, facts in entries:
            seq = head.seq + 1
            body = canonical({"seq": seq, **facts})
            digest = chain(head.hash, body)
            session.add(
                AuditEntry(
                    seq=seq,
                    at=at,
                    actor=facts["actor"],
                    action=facts["action"],
                    subject=facts["subject"],
                    body=body,
                    previous=head.hash,
                    hash=digest,
                )
            )
            head.seq, head.hash = seq, digest
        head.signature = self._key.sign(_head_message(head.seq, head.hash)).hex()
        session.flush()

    def anchor(self, session: Session, file: Path, at: datetime) -> None:
        """Append the signed head to the anchor file, unless it is its last line already."""
        head = session.get(AuditHead, _HEAD_ID)
        if head is None:
            return
        line = canonical(
            {"seq": head.seq, "hash": head.hash, "signature": head.signature, "at": at.isoformat()}
        )
        text = file.read_text("utf-8", "replace") if file.exists() else ""
        whole = text.splitlines()[: text.count("\n")]
        if whole and _anchored(whole[-1]) == head.seq:
            return
        with file.open("a", encoding="utf-8") as out:
            # After a crash in the middle of a line the next anchor begins on its own.
            out.write(("" if text.endswith("\n") or not text else "\n") + line + "\n")
            out.flush()
            os.fsync(out.fileno())


@event.listens_for(Session, "before_commit")
def _write_pending(session: Session) -> None:
    pending: list[tuple[AuditLog, datetime, dict[str, Any]]] = session.info.pop(_PENDING, [])
    if not pending:
        return
    session.flush()  # every other lock comes before the head's
    for _, at, facts in pending:
        bus.publish(session, Noted(facts["action"], facts["subject"], at))
    for log in dict.fromkeys(entry[0] for entry in pending):
        log.write(session, [(at, facts) for owner, at, facts in pending if owner is log])


@event.listens_for(Session, "after_rollback")
def _forget_pending(session: Session) -> None:
    session.info.pop(_PENDING, None)


def canonical(value: Mapping[str, Any]) -> str:
    """JSON with sorted keys and no spaces: the same bytes for the same value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def chain(previous: str, body: str) -> str:
    """The hash of an entry, from the hash before it and its canonical JSON."""
    return sha256(f"{previous}\n{body}".encode()).hexdigest()


def _head_message(seq: int, digest: str) -> bytes:
    return f"akta audit head {seq} {digest}".encode()


def _anchored(line: str) -> int | None:
    try:
        return int(json.loads(line)["seq"])
    except (ValueError, KeyError, TypeError):
        return None


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
    text = file.read_text("utf-8", "replace")
    torn = 0
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            anchor = json.loads(line)
        except ValueError:
            torn = number
            continue
        try:
            if not _signed(key, anchor["seq"], anchor["hash"], anchor["signature"]):
                raise ValueError
            wanted[int(anchor["seq"])] = str(anchor["hash"])
            torn = 0
        except (ValueError, KeyError, TypeError):
            problems.append(f"Line {number} of the anchor file is not a signed anchor of this archive.")
    # A machine that died while it wrote leaves half a line: harmless if it is the last, or anchored since.
    if torn and text.endswith("\n"):
        problems.append(f"Line {torn} of the anchor file is not a signed anchor of this archive.")
    return wanted


def _signed(key: Ed25519PublicKey, seq: int, digest: str, signature: str) -> bool:
    try:
        key.verify(bytes.fromhex(signature), _head_message(seq, digest))
    except (InvalidSignature, ValueError):
        return False
    return True
