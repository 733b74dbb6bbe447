"""The ledger: what was destroyed and held, written down outside the database.

A backup that is restored brings back what was destroyed after it and forgets holds placed since. The
ledger knows both: one line of canonical JSON for each act, chained by SHA-256 and signed with the
archive's key, appended after the act has committed. Its source is the audit log, so nothing is
missed: whoever writes next, or the next start, catches up from where it ends.

The last line names the audit entry that it was made from. If the database has another entry there,
or none, it is older than the ledger, and nothing may open it before the ledger was replayed.
"""

import contextlib
import json
import os
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import structlog
from sqlalchemy import false, or_, select
from sqlalchemy.orm import Session

from akta.audit.log import AuditLog
from akta.audit.models import AuditEntry, AuditHead
from akta.audit.reading import details_of
from akta.audit.verifier import GENESIS
from akta.db.engine import Database
from akta.events.jobs import PRIORITY_INDEX, Claim, enqueue, finish
from akta.events.models import Job
from akta.kernel.clock import Clock
from akta.kernel.errors import AktaError
from akta.records.holds import Hold, HoldItem, HoldScope
from retention.disposition.ledger_lines import Line, append, chained, last_line, locked, message, same_end

JOB_LEDGER: Final = "retention.ledger"
NAME: Final = "ledger.jsonl"
DESTROYED: Final = "record.destroyed"
RESTRICTED: Final = ("record.restricted", "record.unrestricted")
#: Acts on a hold that leave its records as they are, and such as are told with all of them.
_NO_ITEMS: Final = ("hold.notice_sent", "hold.reminded", "hold.acknowledged", "hold.searched")
_ALL_ITEMS: Final = ("hold.in_force", "hold.released")
#: Records of a hold in one line.
_ITEMS: Final = 2000
#: An act that names not all its records is told with those that came or went since so long before it.
_MARGIN: Final = timedelta(hours=1)
_BATCH: Final = 200

log = structlog.get_logger("akta.ledger")


class LedgerError(AktaError):
    """The ledger is damaged, or does not belong to this archive."""

    code = "ledger"


class LedgerAheadError(AktaError):
    """The database is older than the ledger: what was destroyed or held since must be applied first."""

    code = "ledger_ahead"


class Ledger:
    """The ledger of an archive in `folder`; `copy` is a second folder that gets the same lines, if any."""

    def __init__(
        self, database: Database, audit: AuditLog, clock: Clock, folder: Path, copy: Path | None
    ) -> None:
        self._db = database
        self._audit = audit
        self._clock = clock
        self.folder = folder
        self._copy = copy

    @property
    def file(self) -> Path:
        return self.folder / NAME

    def on_noted(self, session: Session, action: str, now: datetime) -> None:
        """Ask for the ledger to be written, in the transaction of an act that belongs into it."""
        if belongs(action):
            enqueue(
                session, JOB_LEDGER, {}, key="ledger", now=now, priority=PRIORITY_INDEX, max_attempts=1000
            )

    def write_job(self, claim: Claim) -> None:
        """The handler of `retention.ledger`."""
        self.catch_up()
        with self._db.write() as session:
            finish(session, claim, self._clock.now())

    def check(self) -> None:
        """Raise LedgerAheadError if the database does not have the entry that the ledger ends with.

        A second copy that has more lines than the ledger here is asked as well: whoever put an older
        database back may have put its ledger back with it, or lost it.
        """
        last = last_line(self.file)
        copy = self._last_of_copy()
        if copy is not None and (last is None or copy.number > last.number):
            last = copy
        if last is None:
            return
        with self._db.read() as session:
            found = session.scalar(select(AuditEntry.hash).where(AuditEntry.seq == last.seq))
        if found != last.entry and last.seq:
            raise LedgerAheadError(
                "The database is older than the ledger of what was destroyed and held, or of another one. "
                "Run 'akta ledger replay' if the database was put back, or 'akta restore' with a backup."
            )

    @property
    def copy(self) -> Path | None:
        """The file of the second copy, if there is to be one."""
        return self._copy / NAME if self._copy is not None else None

    def _last_of_copy(self) -> Line | None:
        try:
            return last_line(self.copy) if self.copy is not None else None
        except OSError as error:
            log.warning("ledger.copy_failed", error=type(error).__name__)
            return None

    def catch_up(self) -> int:
        """Append what the log has and the ledger has not; returns how many lines. Safe by many at once."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        written = 0
        with locked(self.folder):
            last = last_line(self.file)
            seen = self._position(last)
            while True:
                with self._db.snapshot() as session:
                    head = session.get(AuditHead, 1)
                    end = head.seq if head is not None else 0
                    entries = session.scalars(_wanted(seen).limit(_BATCH)).all()
                    lines = self._lines(session, entries, last)
                if not entries:
                    self._note_position(last, end)
                    break
                if lines:
                    append(self.file, lines)
                    last = lines[-1]
                seen = entries[-1].seq
                written += len(lines)
            self._follow_with_copy()
        return written

    def add(self, kind: str, data: Mapping[str, Any]) -> Line:
        """Append a line of our own that stands for all entries so far: the archive was restored."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with locked(self.folder):
            with self._db.read() as session:
                head = session.get(AuditHead, 1)
            seq, entry = (head.seq, head.hash) if head is not None else (0, GENESIS)
            at = self._clock.now().isoformat()
            line = self._made(last_line(self.file), seq, entry, kind, at, dict(data))
            append(self.file, [line])
            self._follow_with_copy()
        return line

    # -- parts -------------------------------------------------------------

    def _lines(self, session: Session, entries: Sequence[AuditEntry], last: Line | None) -> list[Line]:
        made: list[Line] = []
        for entry in entries:
            for kind, data in _told(session, entry):
                before = made[-1] if made else last
                made.append(self._made(before, entry.seq, entry.hash, kind, entry.at.isoformat(), data))
        return made

    def _made(
        self, last: Line | None, seq: int, entry: str, kind: str, at: str, data: dict[str, Any]
    ) -> Line:
        previous = last.hash if last is not None else GENESIS
        number = last.number + 1 if last is not None else 1
        draft = Line(number, seq, entry, kind, at, data, previous, "", "")
        digest = chained(previous, draft.body())
        signature = self._audit.sign(message(digest))
        return Line(number, seq, entry, kind, at, data, previous, digest, signature)

    def _position(self, last: Line | None) -> int:
        """Up to which entry the log was looked through: not much of a large log belongs into the ledger."""
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
            noted = json.loads((self.folder / "position").read_bytes())
            seq = noted["seq"]
            if noted["line"] == (last.number if last else 0) and last is not None and type(seq) is int:
                return max(seq, last.seq) if seq < 1 << 63 else last.seq
        return last.seq if last is not None else 0

    def _note_position(self, last: Line | None, seq: int) -> None:
        if last is None:
            return
        draft = self.folder / f".position.{os.getpid()}"
        draft.write_text(json.dumps({"line": last.number, "seq": seq}), "utf-8")
        draft.replace(self.folder / "position")

    def _follow_with_copy(self) -> None:
        """Bring the second copy to the same lines. One that cannot be written stops nobody's work."""
        if self._copy is None or not self.file.exists():
            return
        target = self._copy / NAME
        try:
            self._copy.mkdir(parents=True, exist_ok=True, mode=0o700)
            have = target.stat().st_size if target.exists() else 0
            with self.file.open("rb") as source:
                if have and not same_end(source, target, have):
                    log.error("ledger.copy_differs", copy=str(target))
                    return
                source.seek(have)
                rest = source.read()
            if rest:
                with target.open("ab") as out:
                    out.write(rest)
                    out.flush()
                    os.fsync(out.fileno())
        except OSError as error:
            log.warning("ledger.copy_failed", error=type(error).__name__)


def belongs(action: str) -> bool:
    """Whether an act of the audit log belongs into the ledger."""
    return action == DESTROYED or action in RESTRICTED or action.startswith("hold.")


def _wanted(seen: int) -> Any:
    belonging = or_(
        AuditEntry.action == DESTROYED,
        AuditEntry.action.in_(RESTRICTED),
        AuditEntry.action.startswith("hold."),
    )
    return select(AuditEntry).where(AuditEntry.seq > seen, belonging).order_by(AuditEntry.seq)


def _told(session: Session, entry: AuditEntry) -> list[tuple[str, dict[str, Any]]]:
    """What the ledger says of an act: enough to do it again. A hold over many records takes several lines."""
    details = details_of(entry.body)
    subject = entry.subject.partition(":")[2]
    if entry.action == DESTROYED:
        return [("destroyed", {"record": subject, **details})]
    if entry.action in RESTRICTED:
        return [("restricted", {"record": subject, "restricted": entry.action == RESTRICTED[0]})]
    hold = session.get(Hold, subject)
    if hold is None:
        return []
    scopes = [_row(one) for one in session.scalars(select(HoldScope).where(HoldScope.hold_id == hold.id))]
    items = [_row(item) for item in session.scalars(_items_of(entry, details, hold.id))]
    head: dict[str, Any] = {"hold": _row(hold), "scopes": scopes}
    if hold.state == "placing":  # until the job has covered them, what was named stands in the job alone
        running = Job.state.in_(("ready", "running"))
        job = select(Job.payload).where(Job.key == f"place-hold:{hold.id}", running)
        head["named"] = [i for payload in session.scalars(job) for i in payload.get("named", ())]
    pieces = range(0, max(1, len(items)), _ITEMS)
    return [("hold", {**head, "items": items[start : start + _ITEMS]}) for start in pieces]


def _items_of(entry: AuditEntry, details: Mapping[str, Any], hold_id: str) -> Any:
    """The items of a hold that an entry is about: those it names, if it names all; else more than those."""
    items = select(HoldItem).where(HoldItem.hold_id == hold_id).order_by(HoldItem.record_id)
    if entry.action in _NO_ITEMS:
        return items.where(false())
    named = details.get("records")
    if entry.action in _ALL_ITEMS or not isinstance(named, list):
        return items
    if details.get("count", len(named)) == len(named):
        return items.where(HoldItem.record_id.in_(named))
    since = entry.at - _MARGIN
    return items.where(or_(HoldItem.added_at >= since, HoldItem.released_at >= since))


def _row(thing: Hold | HoldItem | HoldScope) -> dict[str, Any]:
    values = {c.name: getattr(thing, c.key) for c in type(thing).__table__.columns}
    return {k: v.isoformat() if isinstance(v, (date, datetime)) else v for k, v in values.items()}
