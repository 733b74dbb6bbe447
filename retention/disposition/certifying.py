"""The certificate of a run: what went, by what right, on whose word, when, how, and what did not go.

It is canonical JSON under the archive's Ed25519 key (as the head of the audit log is), and a PDF for
people. Nothing in it says what a record said.
"""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from sqlalchemy import select
from sqlalchemy.orm import Session

from akta.access.hands import ties
from akta.access.models import User
from akta.audit.log import AuditLog
from akta.audit.models import AuditHead
from akta.audit.verifier import canonical
from akta.db.engine import Database
from akta.events.jobs import Claim, finish
from akta.kernel.clock import Clock
from akta.kernel.errors import InvalidError
from akta.kernel.ids import is_id, new_id
from akta.records.blobs import keep_evidence
from akta.storage.port import BlobStore
from retention.disposition.models import Certificate, Disposition, DispositionItem
from retention.disposition.unsigned import drafts_among

FORMAT: Final = "akta-certificate-1"
_OUTCOMES: Final = ("destroyed", "transferred", "failed")
#: What a certificate's file holds, and nothing else.
_ENVELOPE: Final = {"certificate", "signature", "public_key"}
_METHOD: Final = {
    "records": "Rows with content were deleted in one transaction with the audit entry; a stub remains.",
    "files": "Files of all versions and renditions were deleted, unless 'remains' says why not.",
    "index": "The search index was made anew without the words of the records.",
    "backups": "Backups made before keep the records until they expire; the ledger destroys them again "
    "when one is restored.",
}
_DATABASE: Final = {
    "sqlite": "Freed space of the database was overwritten (secure_delete) and its journal emptied.",
    "postgresql": "The tables were vacuumed; freed space is used again, but not overwritten at once.",
}


class Certifier:
    """Makes certificates; `font` finds a font with Polish letters when a PDF is made."""

    def __init__(
        self, database: Database, store: BlobStore, audit: AuditLog, clock: Clock, font: Callable[[], Path]
    ) -> None:
        self._db = database
        self._store = store
        self._audit = audit
        self._clock = clock
        self._font = font

    def certify(self, claim: Claim, disposition_id: str) -> None:
        """Make the certificate of a run that is through and end it, with the job. Safe to repeat."""
        from retention.disposition.certificate_pdf import certificate_pdf  # few processes draw

        now = self._clock.now()
        with self._db.read() as session:
            made = session.get_one(Disposition, disposition_id)
            body = body_of(session, made, new_id(), now)
        signature = self._audit.sign(_message(body))
        envelope = envelope_of(body, signature, self._audit.public_key)
        text = self._store.put([canonical(envelope).encode()])
        paper = self._store.put([certificate_pdf(envelope, text.sha256, self._font())])
        with self._db.write() as session:
            claim.hold(session, now)
            made = session.get_one(Disposition, disposition_id, with_for_update=True, populate_existing=True)
            if made.state == "running":
                self._keep(session, made, body, signature, text, paper, now)
            finish(session, claim, now)

    def _keep(
        self,
        session: Session,
        made: Disposition,
        body: dict[str, Any],
        signature: str,
        text: Any,
        paper: Any,
        now: datetime,
    ) -> None:
        subject = f"disposition:{made.id}"
        keep_evidence(session, self._store, "certificate", subject, text, "application/json", now)
        keep_evidence(session, self._store, "certificate_pdf", subject, paper, "application/pdf", now)
        session.add(
            Certificate(
                id=body["id"],
                disposition_id=made.id,
                made_at=now,
                sha256=text.sha256,
                size=text.size,
                pdf_sha256=paper.sha256,
                pdf_size=paper.size,
                signature=signature,
                counts=body["counts"],
            )
        )
        made.state, made.ended_at = "done", now
        self._audit.note(
            session,
            now,
            "system:disposition",
            "disposition.certified",
            subject,
            certificate=body["id"],
            sha256=text.sha256,
            counts=body["counts"],
        )


def body_of(session: Session, made: Disposition, certificate_id: str, now: datetime) -> dict[str, Any]:
    """What a certificate says, as plain data."""
    query = select(DispositionItem).where(DispositionItem.disposition_id == made.id)
    items = session.scalars(query.order_by(DispositionItem.record_id)).all()
    accepted = [item for item in items if item.decision == "accept"]
    outcomes = Counter(item.outcome or "waiting" for item in accepted)
    kept = Counter(item.decision for item in items if item.decision != "accept")
    people = [made.proposer, *made.reviewers, *([made.releaser] if made.releaser else [])]
    names = {
        user_id: {"id": user_id, "login": login, "name": name}
        for user_id, login, name in session.execute(
            select(User.id, User.login, User.name).where(User.id.in_(people))
        )
    }

    tied = ties(session, people, made.released_at or now)

    def person(user_id: str | None) -> dict[str, str] | None:
        return names.get(user_id, {"id": user_id}) if user_id else None

    head = session.get(AuditHead, 1)
    return {
        "format": FORMAT,
        "id": certificate_id,
        "disposition": made.id,
        "title": made.title,
        "ground": made.ground,
        "asked": made.asked,
        "consents": made.consents,
        "proposed": {"by": person(made.proposer), "at": made.proposed_at.isoformat()},
        "reviewed": {"by": [person(user_id) for user_id in made.reviewers]},
        "released": {
            "by": person(made.releaser),
            "at": made.released_at.isoformat() if made.released_at else None,
            "digest": made.digest,
        },
        "accounts": [{"account": person(t["account"]), "set_by": person(t["set_by"])} for t in tied],
        "started_at": made.started_at.isoformat() if made.started_at else None,
        "made_at": now.isoformat(),
        "method": {**_METHOD, "database": _DATABASE[session.get_bind().dialect.name]},
        "counts": {
            "records": len(items),
            **{name: outcomes.get(name, 0) for name in _OUTCOMES},
            **{name: kept.get(name, 0) for name in ("extend", "relabel", "exclude")},
        },
        "draft_rules": drafts_among(session, (item.facts for item in accepted)),
        "audit": {"seq": head.seq, "hash": head.hash} if head is not None else None,
        "items": [_line(item) for item in items],
    }


def _line(item: DispositionItem) -> dict[str, Any]:
    facts = item.facts
    return {
        "record": item.record_id,
        "sha256": facts["sha256"],
        "size": facts["size"],
        "class": facts["class"],
        "class_version": facts["class_version"],
        "rule": facts["rule"],
        "rule_version": facts["rule_version"],
        "basis": facts["basis"],
        "kept_through": facts["until"],
        "decision": item.decision,
        "action": item.action,
        "outcome": item.outcome,
        "failure": item.failure,
        "remains": item.remains,
        "at": item.ended_at.isoformat() if item.ended_at else None,
    }


def envelope_of(body: dict[str, Any], signature: str, key: Ed25519PublicKey) -> dict[str, Any]:
    """The file: the certificate, its signature, and the key for those who know no other way to it."""
    return {"certificate": body, "signature": signature, "public_key": raw_key(key)}


def raw_key(key: Ed25519PublicKey) -> str:
    """The 32 bytes of a public key as hex digits."""
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def _message(body: dict[str, Any]) -> bytes:
    return b"akta certificate " + canonical(body).encode()


@dataclass(frozen=True, slots=True)
class Verified:
    """What a check of a certificate found; no problems means that it holds.

    `by_given_key` is False if only the key inside the file was there to check with: then it is whole, but not
    shown to be this archive's.
    """

    problems: tuple[str, ...]
    by_given_key: bool
    certificate: dict[str, Any]

    @property
    def holds(self) -> bool:
        return not self.problems


def read_key(data: bytes) -> Ed25519PublicKey:
    """A public key from PEM or hex digits. Raises InvalidError."""
    try:
        if b"BEGIN" in data:
            key = load_pem_public_key(data)
            if isinstance(key, Ed25519PublicKey):
                return key
            raise ValueError
        return Ed25519PublicKey.from_public_bytes(bytes.fromhex(data.decode("ascii").strip()))
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise InvalidError(
            "That is not an Ed25519 public key. 'akta certificate key' writes the archive's."
        ) from error


def verify_certificate(data: bytes, key: Ed25519PublicKey | None) -> Verified:
    """Check a certificate file without the archive: its form, its sums, its signature.

    Raises InvalidError for what is no certificate at all.
    """
    try:
        envelope = json.loads(data, object_pairs_hook=_each_once)
        body, signature, inside = envelope["certificate"], envelope["signature"], envelope["public_key"]
        if body["format"] != FORMAT or not isinstance(body["counts"], dict):
            raise ValueError
        if not isinstance(body["items"], list) or not all(isinstance(i, dict) for i in body["items"]):
            raise ValueError
        if not is_id(body["id"]) or not all(type(body["counts"][name]) is int for name in _OUTCOMES):
            raise ValueError
        own = Ed25519PublicKey.from_public_bytes(bytes.fromhex(inside))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InvalidError("This is no certificate of Akta, or it is damaged.") from error
    problems = []
    if set(envelope) != _ENVELOPE:
        problems.append("Beside the certificate the file holds something that nobody signed.")
    if key is not None and raw_key(key) != inside:
        problems.append("It was signed with another key than the one given.")
    try:
        (key or own).verify(bytes.fromhex(str(signature)), _message(body))
    except (InvalidSignature, ValueError, RecursionError):
        problems.append("The signature does not fit: the certificate was changed.")
    if _counts(body) != {n: body["counts"].get(n) for n in _counts(body)}:
        problems.append("Its counts do not add up.")
    return Verified(tuple(problems), key is not None, body)


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names occur once: of a name that comes twice readers believe different values."""
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError
    return dict(pairs)


def _counts(body: dict[str, Any]) -> dict[str, int]:
    items = body["items"]
    outcomes = Counter(i.get("outcome") for i in items if isinstance(i.get("outcome"), str))
    return {"records": len(items), **{name: outcomes.get(name, 0) for name in _OUTCOMES}}
