"""The job that carries a released disposition out: each record in a transaction of its own.

What a record leaves in the index and the store goes before the certificate is made, so that the
certificate says what is true. A job that died goes on with the records that have no outcome; one that
comes twice finds nothing to do.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from akta.access.principal import Principal, system
from akta.audit.log import AuditLog
from akta.db.engine import Database
from akta.events.jobs import Claim, finish
from akta.kernel.clock import Clock, civil_date
from akta.kernel.errors import ConflictError, NotFoundError, OutageError
from akta.records.blobs import delete_unreferenced, referenced
from akta.records.destruction import destroy
from akta.records.guard import lock
from akta.records.holds import Hold, HoldPending
from akta.records.models import Record, Rendition, Version
from akta.storage.port import BlobProtectedError, BlobStore
from retention.disposition.certifying import Certifier
from retention.disposition.facts import digest_of, facts_of, of_derivation
from retention.disposition.models import Disposition, DispositionItem
from retention.disposition.needs import RECEIPT, needs_for
from retention.disposition.obstacles import amiss, obstacle
from retention.disposition.receipts import handed_over
from retention.disposition.words import FAILURES
from retention.keeping.computing import derive_now
from retention.keeping.recomputing import ask

_BATCH = 200


class HoldsUnsettledError(OutageError):
    """Whether a hold covers a record is still being found out; the job waits for that."""

    code = "holds_unsettled"


class Executor:
    """Runs `retention.execute` jobs.

    `purge` makes the index forget the words of what is gone, in every file of it; it may take long.
    """

    def __init__(
        self,
        database: Database,
        store: BlobStore,
        audit: AuditLog,
        clock: Clock,
        zone: str,
        certifier: Certifier,
        purge: Callable[[], None],
    ) -> None:
        self._db = database
        self._store = store
        self._audit = audit
        self._clock = clock
        self._zone = zone
        self._certifier = certifier
        self._purge = purge

    def execute(self, claim: Claim) -> None:
        """The handler of `retention.execute`."""
        if not self._begin(claim):
            return
        disposition_id = claim.payload["disposition"]
        after, unsettled = "", 0
        while waiting := self._waiting(disposition_id, after):
            blobs: set[str] = set()
            for record_id in waiting:
                claim.check()
                try:
                    blobs |= self._let_go(claim, disposition_id, record_id)
                except HoldsUnsettledError:
                    unsettled += 1
            with self._db.write() as session:
                remove_bytes(session, self._store, blobs)
            after = waiting[-1]
        if unsettled:
            raise HoldsUnsettledError(
                f"Of {unsettled} records it is not known yet whether a legal hold covers them."
            )
        self._purge()
        self._look_for_bytes(claim, disposition_id)
        self._certifier.certify(claim, disposition_id)

    def given_up(self, session: Session, claim: Claim, error: str) -> None:
        """Say in the log that the job was parked; what is done stays done, and it can be tried again."""
        self._audit.note(
            session,
            self._clock.now(),
            "system:disposition",
            "disposition.stopped",
            f"disposition:{claim.payload['disposition']}",
            error=error[:200],
        )

    # -- steps -------------------------------------------------------------

    def _begin(self, claim: Claim) -> bool:
        """Whether there is something to do: the list must still be the one that was released."""
        now = self._clock.now()
        with self._db.write() as session:
            claim.hold(session, now)
            made = session.get(
                Disposition, claim.payload["disposition"], with_for_update=True, populate_existing=True
            )
            if made is None or made.state != "running":
                finish(session, claim, now)
                return False
            if made.digest is None or digest_of(session, made) != made.digest:
                made.state, made.ended_at = "void", now
                made.ending = "The list is not the one that was released."
                self._audit.note(
                    session, now, "system:disposition", "disposition.void", f"disposition:{made.id}"
                )
                finish(session, claim, now)
                return False
        return True

    def _waiting(self, disposition_id: str, after: str) -> list[str]:
        query = select(DispositionItem.record_id).where(
            DispositionItem.disposition_id == disposition_id,
            DispositionItem.record_id > after,
            DispositionItem.decision == "accept",
            DispositionItem.outcome.is_(None),
        )
        with self._db.read() as session:
            return list(session.scalars(query.order_by(DispositionItem.record_id).limit(_BATCH)))

    def _let_go(self, claim: Claim, disposition_id: str, record_id: str) -> set[str]:
        """Let one record go, or write down why not; returns the blobs that it needed.

        Its row is locked first, as everywhere. Should this die before the blobs are deleted, the job
        that its destruction wrote deletes them.
        """
        now = self._clock.now()
        with self._db.write() as session:
            claim.hold(session, now)
            record = _locked(session, record_id)
            item = session.get_one(
                DispositionItem, (disposition_id, record_id), with_for_update=True, populate_existing=True
            )
            if item.outcome is not None:
                return set()
            if _unsettled(session, record_id):
                raise HoldsUnsettledError("A hold is being placed, or the record has just changed.")
            blobs = blobs_of(session, record_id)
            made = session.get_one(Disposition, disposition_id)
            failure = self._failure(session, made, item, record)
            if failure is None:
                failure = self._destroy(session, made, item, now)
            if failure is not None:
                item.outcome, item.failure = "failed", failure
                self._audit.note(
                    session,
                    now,
                    "system:disposition",
                    "disposition.item_failed",
                    f"record:{record_id}",
                    disposition=disposition_id,
                    failure=failure,
                )
                blobs = set()
            item.ended_at = now
        return blobs

    def _look_for_bytes(self, claim: Claim, disposition_id: str) -> None:
        """Write down of which records bytes are left, and why: of their original and their newest version."""
        after = ""
        gone = select(DispositionItem).where(
            DispositionItem.disposition_id == disposition_id,
            DispositionItem.outcome.in_(("destroyed", "transferred")),
        )
        while True:
            with self._db.write() as session:
                claim.hold(session, self._clock.now())
                batch = gone.where(DispositionItem.record_id > after).order_by(DispositionItem.record_id)
                items = session.scalars(batch.limit(_BATCH)).all()
                for item in items:
                    newest = str(item.facts["bytes"] or "").partition(":")[2]
                    names = {name for name in (item.facts["sha256"], newest) if name}
                    left = {name for name in names if self._store.exists(name)}
                    found = remove_bytes(session, self._store, left)
                    kept = [r for r in item.remains if r["why"] == "inside"]
                    item.remains = kept + [{"why": why, "sha256": name} for name, why in found.items()]
            if not items:
                return
            after = items[-1].record_id

    def _failure(
        self, session: Session, made: Disposition, item: DispositionItem, record: Record | None
    ) -> str | None:
        if record is None:
            return "gone"
        facts = facts_of(session, [record.id])[record.id]
        today = civil_date(self._clock.now(), self._zone)
        wrong = obstacle(session, record, facts, item.action, today)
        if wrong is not None:
            return wrong
        if facts != item.facts:
            return "changed"
        if self._keeps_longer(session, record, facts, item.action):
            return "longer"
        needs = needs_for(facts, item.action)
        if RECEIPT in needs and handed_over(session, made.id).get(record.id) != facts["sha256"]:
            return "receipt"
        if any(need != RECEIPT and need not in made.consents for need in needs):
            return "need"
        return None

    def _keeps_longer(self, session: Session, record: Record, facts: dict[str, Any], action: str) -> bool:
        """Whether what is known by now forbids what is stored of the record.

        An event may have been recorded, or a rule may have begun to count, whose recomputation is still
        waiting or was given up. Nothing goes on what is out of date; it is then computed anew.
        """
        now = self._clock.now()
        found = derive_now(session, record.id, now, self._zone)
        if found is None:
            return False
        derived, today = found
        known = {**facts, **of_derivation(derived.derivation)}
        more = set(needs_for(known, action)) - set(needs_for(facts, action))
        if amiss(known, action, today) is None and not more:
            return False
        ask(session, "record", record.id, "found_by_disposition", "system:disposition", now)
        return True

    def _destroy(
        self, session: Session, made: Disposition, item: DispositionItem, now: datetime
    ) -> str | None:
        record_id = item.record_id
        item.remains = self._inside(session, record_id)
        authority = {
            "disposition": made.id,
            "action": item.action,
            "class": item.facts["class"],
            "class_version": item.facts["class_version"],
            "rule": item.facts["rule"],
            "rule_version": item.facts["rule_version"],
            "basis": item.facts["basis"],
            "digest": made.digest,
        }
        try:
            destroy(session, self._audit, _hand(), record_id, now=now, authority=authority)
        except ConflictError as error:  # the guard knows more of holds than was asked here
            return error.code if error.code in FAILURES else "held"
        item.outcome = "transferred" if item.action == "transfer" else "destroyed"
        return None

    def _inside(self, session: Session, record_id: str) -> list[dict[str, str]]:
        """The papers that the record came in and that are kept: its bytes are still in theirs."""
        remains = []
        parent_id = session.scalar(select(Record.parent_id).where(Record.id == record_id))
        while parent_id is not None:
            parent = session.get_one(Record, parent_id)
            if parent.state != "destroyed":
                remains.append({"why": "inside", "record": parent.id})
            parent_id = parent.parent_id
        return remains


def _locked(session: Session, record_id: str) -> Record | None:
    try:
        return lock(session, record_id)
    except NotFoundError:
        return None


def _unsettled(session: Session, record_id: str) -> bool:
    """Whether the guard would say only that it does not know yet; then the record waits and does not fail."""
    placing = select(Hold.id).where(Hold.state == "placing").limit(1)
    return session.scalar(placing) is not None or session.get(HoldPending, record_id) is not None


def _hand() -> Principal:
    """Who carries it out: Akta, on the authority of those whom the certificate names."""
    return replace(system("disposition"), name="disposition")


def remove_bytes(session: Session, store: BlobStore, names: set[str]) -> dict[str, str]:
    """Delete the blobs that nothing needs; returns why others stay: `shared`, or `locked` by the store."""
    stay: dict[str, str] = {}
    for name in sorted(names):
        try:
            delete_unreferenced(session, store, [name])
        except BlobProtectedError:
            stay[name] = "locked"
        else:
            if referenced(session, name):
                stay[name] = "shared"
    return stay


def blobs_of(session: Session, record_id: str) -> set[str]:
    """All blobs of a record: its versions and what was made from them."""
    return {
        *session.scalars(select(Version.sha256).where(Version.record_id == record_id)),
        *session.scalars(select(Rendition.sha256).where(Rendition.record_id == record_id)),
    }
