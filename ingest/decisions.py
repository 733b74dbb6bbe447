"""What a person decides about a paper: password, retry, release, reject, correct."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.access.roles import DOMAINS, Right
from akta.audit.log import AuditLog
from akta.events import jobs
from akta.events.bus import bus
from akta.kernel.clock import Clock
from akta.kernel.errors import ConflictError, InvalidError, StaleError
from akta.records import judgements
from akta.records.doctypes.current import refresh as refresh_types
from akta.records.duplicates import take_turn
from akta.records.events import RecordUnderstood
from akta.records.guard import changed, lock, lock_for_change, was_filed
from akta.records.masking import masked_names, sensitive_on
from akta.records.models import ACCEPTANCE, IN_PROGRESS, KIND, PageText, Record
from akta.records.reconciliation import work_on
from akta.records.visibility import get_visible
from ingest import corrections
from ingest.duplicates.finding import follow, follow_others, look, others_of
from ingest.extract.options import ReadOptions
from ingest.filing import file_record, refresh
from ingest.jobnames import JOB_ARRANGE, JOB_PROCESS, JOB_SPLIT
from ingest.learning.memory import ask_to_learn, ask_to_unlearn, forget, made_at
from ingest.manner import Manner
from ingest.passwords import PasswordBox


@dataclass(frozen=True, slots=True)
class Decisions:
    """The services of this module and what they need. Each method is part of its caller's transaction."""

    audit: AuditLog
    clock: Clock
    passwords: PasswordBox
    read: ReadOptions = field(default_factory=ReadOptions)

    def read_again(
        self,
        session: Session,
        principal: Principal,
        record_id: str,
        *,
        password: str | None = None,
        manner: Manner | None = None,
        expected_version: int | None = None,
    ) -> Record:
        """Read a paper again from its original: with a password where one was missing, or in another manner.

        Raises InvalidError for a manner that cannot be had here, ConflictError while it is being read.
        """
        principal.require(Right.DECIDE)
        record = self._changeable(session, principal, record_id, expected_version)
        if record.state in ("received", "reading"):
            raise ConflictError("Akta is reading this paper already.", state=record.state)
        chosen = (manner or Manner()).check(self.read).as_payload()
        now = self.clock.now()
        payload: dict[str, Any] = {"record_id": record_id}
        if chosen:
            payload["manner"] = chosen
        if password is not None:
            payload["password"] = self.passwords.seal(password)
        jobs.settle(session, work_on(record_id), now)
        jobs.enqueue(session, JOB_PROCESS, payload, key=f"process:{record_id}", now=now)
        self.audit.note(
            session,
            now,
            principal.actor,
            "record.read_again",
            f"record:{record.id}",
            with_password=password is not None,
            **chosen,
        )
        self._start_over(session, record)
        return record

    def stop_reading(self, session: Session, principal: Principal, record_id: str) -> Record:
        """Stop what Akta does with a paper in progress; it goes to review with the pages read so far.

        A paper whose pages were to be moved stays as it was. The worker notices within a
        second or two. Raises ConflictError for a paper that is not in progress.
        """
        principal.require(Right.CORRECT)  # also of those who add papers: theirs was the wrong file
        get_visible(session, principal, record_id)
        now = self.clock.now()
        jobs.cancel(session, work_on(record_id), "stopped by a person", now)
        record = self._changeable(session, principal, record_id, None)
        if record.state not in IN_PROGRESS:
            raise ConflictError("Akta is not reading this paper any more.", state=record.state)
        params = {"done": record.pages_done}
        record.state, record.reason, record.reason_params = "review", "stopped", params
        record.doubts = [{"reason": "stopped", "params": params}]
        record.ended_at = now
        self.audit.note(session, now, principal.actor, "record.stopped", f"record:{record.id}")
        changed(session, record)
        return record

    def retry_job(self, session: Session, principal: Principal, job_id: str) -> None:
        """Try work that was given up again, with all its tries; a paper goes back into progress.

        Raises NotFoundError, ConflictError if it was not given up or the paper came to
        another end meanwhile, HeldError while the paper is under a hold. Who looks after jobs without seeing
        papers may have one read again too: they learn nothing of it.
        """
        if not principal.may(Right.SYSTEM):
            principal.require(Right.DECIDE)
        now = self.clock.now()
        job = jobs.retry(session, job_id, now)
        if job.kind in (JOB_SPLIT, JOB_ARRANGE):
            raise ConflictError("The paper is in review as it was; ask for its pages again on its own page.")
        if job.kind != JOB_PROCESS:
            self.audit.append(
                session,
                at=now,
                actor=principal.actor,
                action="job.retried",
                subject=f"job:{job.id}",
                details={"kind": job.kind, "key": job.key},
            )
            return
        record_id = job.payload["record_id"]
        if principal.may(Right.SYSTEM):
            record = lock_for_change(session, record_id, expected_version=None)
        else:
            record = self._changeable(session, principal, record_id, None)
        if record.reason not in ("gave_up", "stopped") and record.state not in IN_PROGRESS:
            raise ConflictError(
                "The paper has come to another end meanwhile; read it again from its own page.",
                state=record.state,
            )
        self.audit.note(session, now, principal.actor, "record.read_again", f"record:{record.id}", job=job.id)
        self._start_over(session, record)

    def _start_over(self, session: Session, record: Record) -> None:
        session.execute(delete(PageText).where(PageText.record_id == record.id))
        record.state, record.reason, record.reason_params = "received", None, {}
        record.pages_done, record.ended_at = 0, None
        judgements.retire(session, record.id)
        changed(session, record)

    def release(
        self, session: Session, principal: Principal, record_id: str, *, expected_version: int | None = None
    ) -> Record:
        """Take a quarantined file in though it could not be read; it goes to review."""
        principal.require(Right.DECIDE)
        record = self._changeable(session, principal, record_id, expected_version)
        if record.state != "quarantined":
            raise ConflictError("Only a quarantined file can be released.", state=record.state)
        now = self.clock.now()
        record.state, record.reason, record.reason_params = "review", "released_unread", {}
        record.doubts = [{"reason": "released_unread", "params": {}}]
        self.audit.note(session, now, principal.actor, "record.released", f"record:{record.id}")
        changed(session, record)
        return record

    def reject(
        self,
        session: Session,
        principal: Principal,
        record_id: str,
        note: str,
        *,
        expected_version: int | None = None,
    ) -> Record:
        """Say that a file is no record. Its bytes stay until its disposition; it can be taken up again."""
        principal.require(Right.DECIDE)
        if not note.strip():
            raise InvalidError("Say in a few words why it is rejected.")
        record = self._changeable(session, principal, record_id, expected_version)
        if record.state not in ("review", "quarantined"):
            raise ConflictError("Only a paper in review or quarantine can be rejected.", state=record.state)
        if was_filed(session, record_id):
            raise ConflictError(
                "This paper was filed once: it is a record, and goes when its time comes. Correct it instead."
            )
        now = self.clock.now()
        record.state, record.reason = "rejected", "rejected_by_person"
        record.reason_params = {"note": note.strip()[:500]}
        record.ended_at = now
        self.audit.note(session, now, principal.actor, "record.rejected", f"record:{record.id}")
        changed(session, record)
        follow_others(session, record.id, ())
        return record

    def correct(
        self,
        session: Session,
        principal: Principal,
        record_id: str,
        *,
        domain: str | None = None,
        doc_type: str | None = None,
        fields: Mapping[str, str] | None = None,
        chosen: Mapping[str, int] | None = None,
        chosen_type: int | None = None,
        accept: bool = False,
        only_doubt: str | None = None,
        expected_version: int | None = None,
    ) -> Record:
        """Correct what Akta read; with `accept` the paper is filed as it then stands.

        `doc_type` is any type of the tree; of a finer one the record keeps the topmost above it too.

        An empty value removes a field; others are brought into the normal form of their
        type. `chosen` and `chosen_type` are numbers of suggested alternatives, from 0. With
        `only_doubt` it is done only to a paper in review with that doubt and no other. Raises
        InvalidError for an unknown domain, type or field and for a value that
        is none, ConflictError if it cannot be filed for want of a class.
        """
        principal.require(Right.CORRECT)
        record = self._changeable(session, principal, record_id, expected_version)
        if record.state not in ("review", "filed"):
            raise ConflictError(
                "Only a paper in review or already filed can be corrected.", state=record.state
            )
        if only_doubt is not None and {d["reason"] for d in record.doubts} != {only_doubt}:
            raise ConflictError("The paper has other doubts as well, or none.", doubt=only_doubt)
        if chosen_type is not None:
            if domain is not None or doc_type is not None:
                raise InvalidError("The type is either given or chosen, not both.")
            domain, doc_type = _chosen_kind(record, chosen_type)
        if domain is not None and domain not in DOMAINS:
            raise InvalidError(
                f"There is no domain '{domain}'. Domains: {', '.join(DOMAINS)}.", domain=domain
            )
        now = self.clock.now()
        before, secret = corrections.kind_now(record), masked_names(session, record)
        if domain is not None and not doc_type and record.doc_type:
            stays = refresh_types(session).get(record.doc_type)
            if stays is not None and stays.domain != domain:
                raise InvalidError(
                    f"'{record.doc_type}' is a type of the domain '{stays.domain}'. Give its type as well.",
                    domain=domain,
                )
        if domain is not None:
            record.domain = domain
        if doc_type is not None:
            types = refresh_types(session)
            named = types.get(doc_type)
            if doc_type and named is None:
                raise InvalidError(f"There is no document type '{doc_type[:40]}'.", doc_type=doc_type[:40])
            if named is not None and domain not in (None, named.domain):
                raise InvalidError(
                    f"'{doc_type}' is a type of the domain '{named.domain}', not of '{domain}'.",
                    domain=domain,
                )
            record.doc_type, record.subtype = types.placed(doc_type) if doc_type else (None, None)
            if named is not None and domain is None:
                record.domain = named.domain
        changes = corrections.change_fields(session, principal, record, fields or {}, chosen)
        after = corrections.kind_now(record)
        if after != before:
            origin = {"origin": {"from": "suggestion", "index": chosen_type}}
            changes[KIND] = (before, after | (origin if chosen_type is not None else {}))
            self._note_unmasked(session, principal, record, secret, now)
        taught = bool(changes)
        if accept and record.state == "review":
            changes[ACCEPTANCE] = corrections.acceptance(record, now)
        batch = corrections.remember(session, principal, record, now, changes)
        if batch is not None and taught:
            ask_to_learn(session, record.id, batch, now)
        self._follow(session, principal, record, now, taught)
        self.audit.note(
            session,
            now,
            principal.actor,
            "record.corrected",
            f"record:{record.id}",
            before=[v for v in before.values() if v],
            after=[v for v in after.values() if v],
            fields=sorted(changes.keys() - corrections.NO_FIELDS),
            batch=batch,
        )
        self._must_have_class(record, accept)
        if accept and record.state == "review":
            record.confidence = 1.0
            file_record(session, self.audit, record, principal.actor, self.clock, now)
            judgements.answer(session, record, judgements.ACCEPTED, now)
        else:
            if record.state == "filed" and (accept or changes):
                how = judgements.CONFIRMED if accept else judgements.CORRECTED
                judgements.answer(session, record, how, now)
            changed(session, record)
        return record

    def confirm(
        self, session: Session, principal: Principal, record_id: str, *, expected_version: int | None = None
    ) -> Record:
        """Answer a spot check: what Akta filed unseen is right as it stands. Twice is the same as once.

        Changes nothing of the record, so a legal hold does not stand in its way. Raises ConflictError
        where nothing was asked, StaleError if the record was changed since it was looked at.
        """
        principal.require(Right.CORRECT)
        get_visible(session, principal, record_id)
        record = lock(session, record_id)
        if expected_version is not None and record.row_version != expected_version:
            raise StaleError(
                "Someone else changed this record meanwhile. Load it again and repeat your change.",
                record=record_id,
                version=record.row_version,
            )
        judged = judgements.judgement_of(session, record_id)
        if judged is None or not judged.asked or record.state != "filed":
            raise ConflictError("Nobody asked whether this paper is right.")
        if judged.how is None:
            now = self.clock.now()
            judgements.answer(session, record, judgements.CONFIRMED, now)
            self.audit.note(session, now, principal.actor, "record.confirmed", f"record:{record.id}")
        return record

    def undo(
        self,
        session: Session,
        principal: Principal,
        record_id: str,
        batch: str,
        *,
        expected_version: int | None = None,
    ) -> Record:
        """Take the newest correction of a record back.

        The record keeps its state, unless it was accepted with it: then it waits in review
        again with the doubts it had. Raises ConflictError if it is not the newest, or what it set
        has changed since.
        """
        principal.require(Right.CORRECT)
        record = self._changeable(session, principal, record_id, expected_version)
        if record.state not in ("review", "filed"):
            raise ConflictError(
                "Only a paper in review or already filed can be corrected.", state=record.state
            )
        now = self.clock.now()
        secret = masked_names(session, record)
        changes = corrections.put_back(session, record, batch)
        self._note_unmasked(session, principal, record, secret, now)
        made = corrections.remember(session, principal, record, now, changes, undoes=batch)
        learnt = made_at(session, batch)
        forget(session, batch)
        if learnt is not None:  # papers may have been filed with it
            ask_to_unlearn(session, record.id, batch, learnt, now)
        self._follow(session, principal, record, now, bool(changes.keys() - {ACCEPTANCE}))
        self.audit.note(
            session,
            now,
            principal.actor,
            "record.correction_undone",
            f"record:{record.id}",
            fields=sorted(changes.keys() - corrections.NO_FIELDS),
            batch=made,
            undoes=batch,
            back_to_review=ACCEPTANCE in changes,
        )
        self._must_have_class(record, False)
        judgements.reconsider(session, record)
        changed(session, record)
        return record

    def _note_unmasked(
        self, session: Session, principal: Principal, record: Record, secret: list[str], now: datetime
    ) -> None:
        """Another type can take the masks off: that is a showing, and written down as one."""
        if shown := sorted(set(secret) - sensitive_on(record)):
            self.audit.note(
                session, now, principal.actor, "field.shown", f"record:{record.id}", fields=shown, by="type"
            )

    def _follow(
        self, session: Session, principal: Principal, record: Record, now: datetime, touched: bool
    ) -> None:
        """What follows from fields and kind: title, date, parties, and the class."""
        if touched:
            refresh(session, self.audit, record, now)
            take_turn(session)
            before = others_of(session, record.id)
            look(session, record, now)
            follow(session, record)
            follow_others(session, record.id, before)
        if touched or record.class_code is None:
            bus.publish(session, RecordUnderstood(record.id, principal.actor))

    def _must_have_class(self, record: Record, accept: bool) -> None:
        if record.class_code is None and (accept or record.state == "filed"):
            raise ConflictError(
                "No class of the file plan takes this domain and type. Choose another type.",
                domain=record.domain,
                doc_type=record.doc_type,
            )

    def _changeable(
        self, session: Session, principal: Principal, record_id: str, expected_version: int | None
    ) -> Record:
        get_visible(session, principal, record_id)
        return lock_for_change(session, record_id, expected_version=expected_version)


def _chosen_kind(record: Record, index: int) -> tuple[str, str]:
    """The domain and type of one of a record's alternatives."""
    if not 0 <= index < len(record.alternatives):
        raise InvalidError(f"There is no alternative {index} for the type.", chosen_type=index)
    domain, doc_type = record.alternatives[index][:2]
    return str(domain), str(doc_type)
