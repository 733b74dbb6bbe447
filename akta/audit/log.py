"""Writing the chained log.

Each entry's hash is SHA-256 over the hash before it and the entry's canonical
JSON, so anyone can verify an exported log (`akta.audit.verifier`). The last entry
of each transaction is signed with Ed25519 by a key kept outside the database, and
so is the head (number and hash of the last entry of all). The head is copied from
time to time to places outside the database (`akta.audit.anchoring`): who can write
to the database alone can neither rewrite the chain nor cut its end unseen.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import event
from sqlalchemy.orm import Session

from akta.audit.models import AuditEntry, AuditHead
from akta.audit.verifier import GENESIS, canonical, chain, entry_message, head_message
from akta.events.bus import bus

_HEAD_ID = 1
_PENDING = "akta.audit.pending"
_LAST = "akta.audit.last"
_TAIL = 1 << 17


@dataclass(frozen=True, slots=True)
class SignedHead:
    """The end of the log: number and hash of the last entry, and the signature over both (hex)."""

    seq: int
    hash: str
    signature: str


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

    @property
    def public_pem(self) -> str:
        """The public key as PEM: what others need to check an export."""
        return self.public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")

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
        """Chain entries to the log, with the head locked to the end of the transaction.

        The last of them says in its body that it is signed, so that nobody can take its signature away.
        """
        head = session.get(AuditHead, _HEAD_ID, with_for_update=True, populate_existing=True)
        if head is None:
            head = AuditHead(id=_HEAD_ID, seq=0, hash=GENESIS, signature="")
            session.add(head)
        for left, (at, facts) in zip(range(len(entries) - 1, -1, -1), entries, strict=True):
            seq = head.seq + 1
            body = canonical({"seq": seq, **facts, **({} if left else {"signed": True})})
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
                    signature=None if left else self.sign(entry_message(seq, digest)),
                )
            )
            head.seq, head.hash = seq, digest
        head.signature = self.sign(head_message(head.seq, head.hash))
        session.flush()

    def head(self, session: Session) -> SignedHead | None:
        """The end of the log as it is signed now; None before the first entry."""
        head = session.get(AuditHead, _HEAD_ID, populate_existing=True)
        return None if head is None else SignedHead(head.seq, head.hash, head.signature)

    def anchor(self, session: Session, file: Path, at: datetime) -> None:
        """Append the signed head to the anchor file, unless it is its last line already."""
        head = self.head(session)
        if head is not None:
            append_anchor(file, head, at)


def append_anchor(file: Path, head: SignedHead, at: datetime) -> None:
    """Append a head to a file of anchors, unless it is that of its last whole line."""
    line = canonical({"seq": head.seq, "hash": head.hash, "signature": head.signature, "at": at.isoformat()})
    end = end_of(file)
    whole = end.splitlines()[: end.count(b"\n")]
    if whole and f'"seq":{head.seq},' in whole[-1].decode("utf-8", "replace"):
        return
    append_line(file, line)


def append_line(file: Path, line: str) -> None:
    """Append a line so that it outlives a crash; after one in the middle of a line it begins on its own."""
    end = end_of(file)
    with file.open("a", encoding="utf-8") as out:
        out.write(("" if end.endswith(b"\n") or not end else "\n") + line + "\n")
        out.flush()
        os.fsync(out.fileno())


def end_of(file: Path) -> bytes:
    """The last lines of a file, the first of them perhaps not whole; nothing if there is no file."""
    if not file.exists():
        return b""
    with file.open("rb") as source:
        source.seek(max(0, source.seek(0, os.SEEK_END) - _TAIL))
        return source.read()


def before_writing(session: Session, name: str, act: Callable[[Session], None]) -> None:
    """Have `act` called in this transaction before its entries are chained; once for each name."""
    session.info.setdefault(_LAST, {}).setdefault(name, act)


def pending(session: Session) -> list[dict[str, Any]]:
    """The facts of this transaction's entries so far; what is added to one becomes part of its body."""
    return [facts for _, _, facts in session.info.get(_PENDING, [])]


def pending_log(session: Session) -> AuditLog | None:
    """The log that this transaction writes to, if it has written to one yet."""
    entries: list[tuple[AuditLog, datetime, dict[str, Any]]] = session.info.get(_PENDING, [])
    return entries[0][0] if entries else None


@event.listens_for(Session, "before_commit")
def _write_pending(session: Session) -> None:
    session.flush()  # what is only now seen to change may ask for an act
    for act in session.info.pop(_LAST, {}).values():
        act(session)
    entries: list[tuple[AuditLog, datetime, dict[str, Any]]] = session.info.pop(_PENDING, [])
    if not entries:
        return
    session.flush()  # every other lock comes before the head's
    for _, at, facts in entries:
        bus.publish(session, Noted(facts["action"], facts["subject"], at))
    for log in dict.fromkeys(entry[0] for entry in entries):
        log.write(session, [(at, facts) for owner, at, facts in entries if owner is log])


@event.listens_for(Session, "after_rollback")
def _forget_pending(session: Session) -> None:
    session.info.pop(_PENDING, None)
    session.info.pop(_LAST, None)
