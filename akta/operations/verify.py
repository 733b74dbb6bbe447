"""Does the archive hold? Audit chain, log against rows, every blob, database against blobs against index.

The database is judged in one snapshot, so an archive that is in use gives no false alarm.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from akta.access.principal import system
from akta.bootstrap import App
from akta.db.engine import any_text
from akta.events.models import Job
from akta.kernel.errors import AktaError
from akta.operations import happened, holding, kept, triggers
from akta.operations.trail import compare
from akta.records.blobs import JOB_DELETE_BLOBS, referenced
from akta.records.evidence import Evidence
from akta.records.models import Receipt, Record, Rendition, Version
from akta.records.reconciliation import reconcile
from akta.storage.port import BlobMissingError
from retention.disposition.ledger_lines import lines_of, verify_ledger

_MOST = 100


@dataclass(slots=True)
class Check:
    """One part of the verification; `problems` are sentences (at most 100)."""

    name: str
    examined: int = 0
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def say(self, problem: str) -> None:
        if len(self.problems) < _MOST:  # what is no text must be told as text (see `any_text`)
            self.problems.append(problem.encode("utf-8", "backslashreplace").decode("utf-8"))


@dataclass(frozen=True, slots=True)
class Verification:
    checks: tuple[Check, ...]

    @property
    def holds(self) -> bool:
        return not any(check.problems for check in self.checks)

    def as_dict(self) -> dict[str, Any]:
        return {
            "holds": self.holds,
            "checks": [
                {"name": c.name, "examined": c.examined, "problems": c.problems, "notes": c.notes}
                for c in self.checks
            ],
        }


def verify_archive(
    app: App, *, mend: bool = False, progress: Callable[[str, int], None] = lambda _n, _d: None
) -> Verification:
    """Run every check. With `mend`, an index that disagrees is brought up to date first.

    Records still in progress are judged like all others: their bytes must be there.
    """
    with app.database.snapshot() as session, any_text(session):
        # The log comes first: its anchors are read before the snapshot is taken, so it holds all they know.
        audit, receipts, trail = _audit(app, session), _receipts(app, session), _trail(session)
        holds = _holds(app, session)
        keeping = _keeping(session)
        named = union(select(Version.sha256), select(Rendition.sha256), select(Evidence.sha256))
        wanted = set(session.scalars(named))
        destroyed, leaving = _destroyed(session), _leaving(session)
        ledger = _ledger(app, session)
    return Verification(
        (
            audit,
            receipts,
            trail,
            holds,
            keeping,
            _triggers(app),
            ledger,
            _blobs(app, wanted, destroyed, leaving, progress),
            _index(app, mend=mend),
        )
    )


def _audit(app: App, session: Session) -> Check:
    check = Check("audit")
    report = app.audit_checker.report(session)
    check.examined, check.problems, check.notes = report.entries, report.problems[:_MOST], report.notes
    return check


def _trail(session: Session) -> Check:
    check = Check("trail")
    check.examined = compare(session, check.say)
    return check


def _holds(app: App, session: Session) -> Check:
    check = Check("holds")
    check.examined = holding.compare(session, check.say)
    if app.settings.storage == "s3":
        holding.against_store(session, app.store, check.say, check.notes.append)
    return check


def _keeping(session: Session) -> Check:
    check = Check("keeping")
    check.examined = kept.compare(session, check.say)
    happened.compare(session, check.say)
    return check


def _triggers(app: App) -> Check:
    check = Check("triggers")
    with app.database.read() as session:
        check.examined, problems = triggers.problems(session)
    for problem in problems:
        check.say(problem)
    return check


def _ledger(app: App, session: Session) -> Check:
    """The ledger's own chain, and whether it knows every destruction in the rows."""
    check = Check("ledger")
    file = app.ledger.file
    known: set[str] = set()
    if file.exists():
        check.examined, problems = verify_ledger(file, app.audit.public_key)
        for problem in problems:
            check.say(problem)
        known = {str(line.data.get("record")) for line in lines_of(file) if line.kind == "destroyed"}
    waiting = session.scalar(select(Job.id).where(Job.key == "ledger", Job.state.in_(("ready", "running"))))
    for record_id in session.scalars(select(Record.id).where(Record.state == "destroyed")):
        if record_id not in known and waiting is None:
            check.say(f"Record {record_id} is destroyed, but the ledger does not know it.")
    return check


def _receipts(app: App, session: Session) -> Check:
    check = Check("receipts")
    result = reconcile(session, system("verify"), app.clock.now(), app.settings.zone, everything=True)
    check.examined = result.counted
    if not result.adds_up:
        check.say(f"Receipts do not add up: {result.counted} received, {result.total.as_dict()}.")
    if result.jobless:
        check.notes.append(
            f"{result.jobless} records in progress have no job; a running worker asks for them again."
        )
    orphans = session.scalars(
        select(Record.id)
        .where(~select(Receipt.id).where(Receipt.record_id == Record.id).exists())
        .limit(_MOST)
    ).all()
    for record_id in orphans:
        check.say(f"Record {record_id} has no receipt.")
    bare = session.scalars(
        select(Record.id)
        .where(
            Record.state != "destroyed",
            ~select(Version.id).where(Version.record_id == Record.id).exists(),
        )
        .limit(_MOST)
    ).all()
    for record_id in bare:
        check.say(f"Record {record_id} has no version.")
    return check


def _blobs(
    app: App,
    wanted: set[str],
    destroyed: dict[str, str],
    leaving: set[str],
    progress: Callable[[str, int], None],
) -> Check:
    """The store against what the snapshot refers to; what disagrees is asked for again as of now."""
    check = Check("blobs")
    seen: set[str] = set()
    orphans = waiting = 0
    for blob in app.store.names():
        check.examined += 1
        if check.examined % 50 == 0:
            progress("blobs", check.examined)
        if blob.sha256 not in wanted:
            if _referenced(app, blob.sha256) or not app.store.exists(blob.sha256):
                continue  # came or went meanwhile
            if blob.sha256 in leaving:
                waiting += 1
                continue
            orphans += 1
            if blob.sha256 in destroyed:
                check.say(
                    f"Blob {blob.sha256} of the destroyed record {destroyed[blob.sha256]} is still there."
                )
            continue
        try:
            digest = app.store.digest(blob.sha256)
        except BlobMissingError:
            continue
        except AktaError as error:
            check.say(f"Blob {blob.sha256} cannot be read: {error.message}")
        else:
            if digest != blob.sha256:
                check.say(f"Blob {blob.sha256} was changed: its bytes now hash to {digest}.")
        seen.add(blob.sha256)
    for name in sorted(wanted - seen):
        if _referenced(app, name) and not app.store.exists(name):
            check.say(f"Blob {name} is missing.")
    if waiting:
        check.notes.append(f"{waiting} blobs of destroyed records wait for the job that deletes them.")
    if orphans:
        check.notes.append(f"{orphans} blobs belong to no record (left by interrupted uploads; swept later).")
    return check


def _referenced(app: App, name: str) -> bool:
    with app.database.read() as session:
        return referenced(session, name)


def _destroyed(session: Session) -> dict[str, str]:
    """The originals of destroyed records by their hash, but for those that a job is about to delete."""
    waiting = (
        select(Job.id)
        .where(Job.key == "delete-blobs:" + Record.id, Job.state.in_(("ready", "running")))
        .exists()
    )
    query = select(Record.sha256, Record.id).where(Record.state == "destroyed", ~waiting)
    return {row.sha256: row.id for row in session.execute(query)}


def _leaving(session: Session) -> set[str]:
    """The blobs that jobs are about to delete: originals of destroyed records and what was made of them."""
    jobs = select(Job.payload).where(Job.kind == JOB_DELETE_BLOBS, Job.state.in_(("ready", "running")))
    return {name for payload in session.scalars(jobs) for name in payload["blobs"]}


def _index(app: App, *, mend: bool) -> Check:
    check = Check("index")
    try:
        if mend:
            app.index.catch_up()
        report = app.index.check()
        if mend and not report.agrees:
            app.index.mend(report)
            app.index.catch_up()
            report = app.index.check()
        missing, stale, extra = report.missing, report.stale, report.extra
        if not report.agrees:
            # Index and database cannot be seen at one instant: only what disagrees twice is wrong.
            again = app.index.check()
            missing = [i for i in missing if i in set(again.missing)]
            stale = [i for i in stale if i in set(again.stale)]
            extra = [i for i in extra if i in set(again.extra)]
    except AktaError as error:
        check.say(f"The index cannot be checked: {error.message} Run 'akta reindex'.")
        return check
    check.examined = report.documents
    if report.pending:
        check.notes.append(f"{report.pending} records wait to be indexed.")
    for kind, ids in (("missing from", missing), ("stale in", stale), ("extra in", extra)):
        for record_id in ids:
            check.say(f"Record {record_id} is {kind} the index.")
    return check
