"""Does the archive hold? Audit chain, fixity of every blob, database against blobs against index."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from akta.access.principal import system
from akta.audit.log import verify as verify_audit
from akta.bootstrap import App
from akta.events.models import Job
from akta.kernel.errors import AktaError
from akta.records.models import Receipt, Record, Rendition, Version
from akta.records.reconciliation import reconcile

_MOST = 100


@dataclass(slots=True)
class Check:
    """One part of the verification; `problems` are sentences (at most 100)."""

    name: str
    examined: int = 0
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def say(self, problem: str) -> None:
        if len(self.problems) < _MOST:
            self.problems.append(problem)


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
    return Verification(
        (
            _audit(app),
            _receipts(app),
            _blobs(app, progress),
            _index(app, mend=mend),
        )
    )


def _audit(app: App) -> Check:
    check = Check("audit")
    with app.database.read() as session:
        report = verify_audit(session, app.audit.public_key, app.anchors)
    check.examined, check.problems = report.entries, report.problems[:_MOST]
    return check


def _receipts(app: App) -> Check:
    check = Check("receipts")
    with app.database.read() as session:
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


def _blobs(app: App, progress: Callable[[str, int], None]) -> Check:
    check = Check("blobs")
    with app.database.read() as session:
        wanted = dict.fromkeys(
            session.scalars(union(select(Version.sha256), select(Rendition.sha256))).all(), False
        )
        destroyed = _destroyed(session)
    orphans = 0
    for blob in app.store.names():
        check.examined += 1
        if check.examined % 50 == 0:
            progress("blobs", check.examined)
        if blob.sha256 not in wanted:
            orphans += 1
            if blob.sha256 in destroyed:
                check.say(
                    f"Blob {blob.sha256} of the destroyed record {destroyed[blob.sha256]} is still there."
                )
            continue
        wanted[blob.sha256] = True
        try:
            digest = app.store.digest(blob.sha256)
        except AktaError as error:
            check.say(f"Blob {blob.sha256} cannot be read: {error.message}")
            continue
        if digest != blob.sha256:
            check.say(f"Blob {blob.sha256} was changed: its bytes now hash to {digest}.")
    for name, seen in wanted.items():
        if not seen:
            check.say(f"Blob {name} is missing.")
    if orphans:
        check.notes.append(f"{orphans} blobs belong to no record (left by interrupted uploads; swept later).")
    return check


def _destroyed(session: Session) -> dict[str, str]:
    """The originals of destroyed records by their hash, but for those that a job is about to delete."""
    waiting = (
        select(Job.id)
        .where(Job.key == "delete-blobs:" + Record.id, Job.state.in_(("ready", "running")))
        .exists()
    )
    query = select(Record.sha256, Record.id).where(Record.state == "destroyed", ~waiting)
    return {row.sha256: row.id for row in session.execute(query)}


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
    except AktaError as error:
        check.say(f"The index cannot be checked: {error.message} Run 'akta reindex'.")
        return check
    check.examined = report.documents
    if report.pending:
        check.notes.append(f"{report.pending} records wait to be indexed.")
    for kind, ids in (
        ("missing from", report.missing),
        ("stale in", report.stale),
        ("extra in", report.extra),
    ):
        for record_id in ids:
            check.say(f"Record {record_id} is {kind} the index.")
    return check
