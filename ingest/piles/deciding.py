"""What a person decides about pages: split, put back together, merge, reorder, turn, leave out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.access.roles import Right
from akta.audit.log import AuditLog
from akta.events.jobs import enqueue
from akta.kernel.clock import Clock
from akta.kernel.errors import ConflictError, InvalidError
from akta.records.guard import changed, lock_for_change, refuse_if_held
from akta.records.models import PageText, Record
from akta.records.visibility import get_visible
from ingest.jobnames import JOB_PROCESS
from ingest.pagerows import page_of_row
from ingest.passwords import PasswordBox
from ingest.piles.plan import has_pages
from ingest.piles.propose import parts_at
from ingest.piles.requests import parts_of, request_pages, request_split

MOST_PAGES = 2000
MOST_MERGED = 100


@dataclass(frozen=True, slots=True)
class PageDecisions:
    """The services of this module and what they need. Each method is part of its caller's transaction.

    Each leaves the record in progress: a job does the work, and a paper that it cannot
    do goes to review as it was. Raises NotFoundError, HeldError, StaleError,
    ConflictError (its state or format forbids it) and InvalidError (no such page).
    """

    audit: AuditLog
    clock: Clock
    passwords: PasswordBox

    def split(
        self,
        session: Session,
        principal: Principal,
        record_id: str,
        starts: Sequence[int],
        *,
        password: str | None = None,
        expected_version: int | None = None,
    ) -> Record:
        """Cut a paper before each of the pages `starts` (2 or more); each part becomes a record."""
        record = self._changeable(session, principal, record_id, expected_version)
        pages = [
            page_of_row(row)
            for row in session.scalars(
                select(PageText).where(PageText.record_id == record_id).order_by(PageText.number)
            )
        ]
        if not starts or not all(2 <= n <= len(pages) for n in starts):
            raise InvalidError(
                f"Say before which pages to cut: numbers from 2 to {len(pages)}."
                if len(pages) > 1
                else "A paper of one page cannot be split.",
                starts=list(starts)[:20],
            )
        for part in parts_of(session, record_id):
            refuse_if_held(session, part)
        now = self.clock.now()
        parts = parts_at(pages, starts)
        sealed = self.passwords.seal(password) if password is not None else None
        request_split(session, record, parts, "person", principal.actor, now, sealed)
        self.audit.note(
            session,
            now,
            principal.actor,
            "record.split_asked",
            f"record:{record.id}",
            parts=[list(p) for p in parts][:200],
        )
        changed(session, record)
        return record

    def join(
        self, session: Session, principal: Principal, record_id: str, *, expected_version: int | None = None
    ) -> Record:
        """Undo a split: the batch is one paper again, and the papers cut out of it end as merged."""
        record = self._changeable(session, principal, record_id, expected_version)
        parts = parts_of(session, record_id)
        if not parts:
            raise ConflictError("No papers were cut out of this one.")
        for part in parts:
            get_visible(session, principal, part.id)
            refuse_if_held(session, part)
        now = self.clock.now()
        record.state, record.reason, record.reason_params = "received", None, {}
        record.ended_at = None
        payload = {"record_id": record_id, "whole": True}
        enqueue(session, JOB_PROCESS, payload, key=f"process:{record_id}", now=now)
        self.audit.note(
            session,
            now,
            principal.actor,
            "record.join_asked",
            f"record:{record.id}",
            parts=[p.id for p in parts][:200],
        )
        changed(session, record)
        return record

    def merge(
        self,
        session: Session,
        principal: Principal,
        record_id: str,
        others: Sequence[str],
        *,
        expected_version: int | None = None,
    ) -> Record:
        """Append the pages of `others`, in that order; they end as merged into this one."""
        if not others or len(set(others)) != len(others) or record_id in others or len(others) > MOST_MERGED:
            raise InvalidError(f"Name 1 to {MOST_MERGED} other papers, each once.")
        record = self._changeable(session, principal, record_id, expected_version)
        pages = _all_pages(record)
        for other_id in others:
            pages += _all_pages(self._changeable(session, principal, other_id, None))
        return self._ask(session, principal, record, pages, "record.merge_asked", None)

    def arrange(
        self,
        session: Session,
        principal: Principal,
        record_id: str,
        pages: Sequence[tuple[int, int]],
        *,
        password: str | None = None,
        expected_version: int | None = None,
    ) -> Record:
        """Make a new version of the pages (number, degrees clockwise), in that order; others are left out."""
        record = self._changeable(session, principal, record_id, expected_version)
        if not pages or not all(1 <= n <= record.page_count and t in (0, 90, 180, 270) for n, t in pages):
            raise InvalidError(
                f"Pages go from 1 to {record.page_count}, and are turned by 0, 90, 180 or 270 degrees."
            )
        if len({n for n, _ in pages}) != len(pages):
            raise InvalidError("Each page can stand in one place only.")
        wanted = [{"record": record_id, "page": n, "turn": t} for n, t in pages]
        if wanted == _all_pages(record):
            raise InvalidError("The pages are in this order already.")
        return self._ask(session, principal, record, wanted, "record.arrange_asked", password)

    def _ask(
        self,
        session: Session,
        principal: Principal,
        record: Record,
        pages: list[dict[str, Any]],
        action: str,
        password: str | None,
    ) -> Record:
        if len(pages) > MOST_PAGES:
            raise InvalidError(f"A paper can have {MOST_PAGES} pages at most.", pages=len(pages))
        if record.page_count == 0:
            raise ConflictError("It has no pages that could be moved.")
        now = self.clock.now()
        sealed = self.passwords.seal(password) if password is not None else None
        request_pages(session, record, pages, principal.actor, now, sealed)
        self.audit.note(session, now, principal.actor, action, f"record:{record.id}", pages=pages[:200])
        changed(session, record)
        return record

    def _changeable(
        self, session: Session, principal: Principal, record_id: str, expected_version: int | None
    ) -> Record:
        principal.require(Right.CORRECT)
        get_visible(session, principal, record_id)
        record = lock_for_change(session, record_id, expected_version=expected_version)
        if record.state not in ("review", "filed"):
            raise ConflictError("Only a paper in review or already filed can be changed.", state=record.state)
        if not has_pages(record.media_type):
            raise ConflictError(
                "Only scans, pictures and PDFs have pages that can be moved.", media_type=record.media_type
            )
        return record


def _all_pages(record: Record) -> list[dict[str, Any]]:
    return [{"record": record.id, "page": n, "turn": 0} for n in range(1, record.page_count + 1)]
