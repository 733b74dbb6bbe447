"""The ledger: what was destroyed and held, written down outside the database.

A backup that is restored brings back what was destroyed after it and forgets holds placed since. The
ledger knows both: one line of canonical JSON for each act, chained by SHA-256 and signed with the
archive's key, appended after the act has committed. Its source is the audit log, so nothing is
missed: whoever writes next, or the next start, catches up from where it ends.

The last line names the audit entry that it was made from. If the database has another entry there,
or none, it is older than the ledger, and nothing may open it before the ledger was replayed.
"""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import structlog
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from akta.audit.log import AuditLog
from akta.audit.models import AuditEntry, AuditHead
from akta.audit.verifier import GENESIS, canonical
from akta.db.engine import Database
from akta.events.jobs import PRIORITY_INDEX, Claim, enqueue, finish
from akta.kernel.clock import Clock
from akta.kernel.errors import AktaError
from akta.records.models import Hold, HoldItem

JOB_LEDGER: Final = "retention.ledger"
NAME: Final = "ledger.jsonl"
DESTROYED: Final = "record.destroyed"
RESTRICTED: Final = ("record.restricted", "record.unrestricted")
_BATCH: Final = 200
_TAIL: Final = 1 << 16

log = structlog.get_logger("akta.ledger")


class LedgerError(AktaError):
    """The ledger is damaged, or does not belong to this archive."""

    code = "ledger"


class LedgerAheadError(AktaError):
    """The database is older than the ledger: what was destroyed or held since must be applied first."""

    code = "ledger_ahead"


@dataclass(frozen=True, slots=True)
class Line:
    """One act. `seq` and `entry` are the number and the hash of its audit entry."""

    number: int
    seq: int
    entry: str
    kind: str
    at: str
    data: dict[str, Any]
    previous: str
    hash: str
    signature: str

    def body(self) -> dict[str, Any]:
        return {
            "n": self.number,
            "seq": self.seq,
            "entry": self.entry,
            "kind": self.kind,
            "at": self.at,
            "data": self.data,
        }

    def text(self) -> str:
        signed = {"previous": self.previous, "hash": self.hash, "signature": self.signature}
        return canonical({**self.body(), **signed})


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
        """Raise LedgerAheadError if the database does not have the entry that the ledger ends with."""
        last = last_line(self.file)
        if last is None:
            return
        with self._db.read() as session:
            found = session.scalar(select(AuditEntry.hash).where(AuditEntry.seq == last.seq))
        if found != last.entry and last.seq:
            raise LedgerAheadError(
                "The database is older than the ledger of what was destroyed and held, or of another one. "
                "Run 'akta ledger replay' if the database was put back, or 'akta restore' with a backup."
            )

    def catch_up(self) -> int:
        """Append what the log has and the ledger has not; returns how many lines. Safe by many at once."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        written = 0
        with locked(self.folder):
            last = last_line(self.file)
            seen = self._position(last)
            while True:
                with self._db.read() as session:
                    head = session.get(AuditHead, 1)
                    end = head.seq if head is not None else 0
                    entries = session.scalars(_wanted(seen).limit(_BATCH)).all()
                    lines = self._lines(session, entries, last)
                if not lines:
                    self._note_position(last, end)
                    break
                append(self.file, lines)
                last, seen = lines[-1], lines[-1].seq
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
            kind, data = _told(session, entry)
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
        signature = self._audit.sign(_message(digest))
        return Line(number, seq, entry, kind, at, data, previous, digest, signature)

    def _position(self, last: Line | None) -> int:
        """Up to which entry the log was looked through: not much of a large log belongs into the ledger."""
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            noted = json.loads((self.folder / "position").read_bytes())
            if noted["line"] == (last.number if last else 0) and last is not None:
                return max(int(noted["seq"]), last.seq)
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
                if have and not _same_end(source, target, have):
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


def _told(session: Session, entry: AuditEntry) -> tuple[str, dict[str, Any]]:
    """What the ledger says of an act: enough to do it again."""
    details = json.loads(entry.body)["details"]
    subject = entry.subject.partition(":")[2]
    if entry.action == DESTROYED:
        return "destroyed", {"record": subject, **details}
    if entry.action in RESTRICTED:
        return "restricted", {"record": subject, "restricted": entry.action == RESTRICTED[0]}
    hold = session.get(Hold, subject)
    if hold is None:
        return "hold", {"hold": None, "items": []}
    items = select(HoldItem).where(HoldItem.hold_id == hold.id).order_by(HoldItem.record_id)
    if isinstance(named := details.get("records"), list):
        items = items.where(HoldItem.record_id.in_(named[:30_000]))
    return "hold", {"hold": _row(hold), "items": [_row(item) for item in session.scalars(items)]}


def _row(thing: Hold | HoldItem) -> dict[str, Any]:
    values = {c.name: getattr(thing, c.key) for c in type(thing).__table__.columns}
    return {k: v.isoformat() if isinstance(v, (date, datetime)) else v for k, v in values.items()}


# -- the file --------------------------------------------------------------


def chained(previous: str, body: Mapping[str, Any]) -> str:
    """The hash of a line, from the hash before it and what it says."""
    return sha256(f"{previous}\n{canonical(body)}".encode()).hexdigest()


def _message(digest: str) -> bytes:
    return f"akta ledger {digest}".encode()


def append(file: Path, lines: Sequence[Line]) -> None:
    """Append lines and put them on the disk. A line torn by a crash is left and begun anew behind it."""
    torn = file.exists() and file.stat().st_size > 0 and not _ends_line(file)
    fresh = not file.exists()
    with file.open("ab") as out:
        os.fchmod(out.fileno(), 0o600)
        out.write(b"\n" if torn else b"")
        out.write("".join(line.text() + "\n" for line in lines).encode())
        out.flush()
        os.fsync(out.fileno())
    if fresh:
        folder = os.open(file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def lines_of(file: Path) -> Iterator[Line]:
    """The whole lines of a ledger, in order. What a crash tore is left out (see `verify_ledger`)."""
    with file.open("rb") as source:
        for raw in source:
            line = _parsed(raw) if raw.endswith(b"\n") else None
            if line is not None:
                yield line


def last_line(file: Path) -> Line | None:
    """The last whole line; None if there is none."""
    if not file.exists():
        return None
    with file.open("rb") as source:
        end = source.seek(0, os.SEEK_END)
        step = _TAIL
        while True:
            start = max(0, end - step)
            source.seek(start)
            parts = source.read(end - start).split(b"\n")
            whole = parts[1:-1] if start else parts[:-1]
            for raw in reversed(whole):
                line = _parsed(raw + b"\n")
                if line is not None:
                    return line
            if not start:
                return None
            step *= 8


def verify_ledger(file: Path, key: Ed25519PublicKey) -> tuple[int, list[str]]:
    """Check a ledger's chain and signatures; returns how many lines it has, and at most 50 problems."""
    problems: list[str] = []
    previous, number = GENESIS, 0
    torn = 0
    with file.open("rb") as source:
        for at, raw in enumerate(source, start=1):
            line = _parsed(raw)
            if line is None or not raw.endswith(b"\n"):
                torn = at if line is None else torn
                continue
            if line.number != number + 1 or line.previous != previous:
                problems.append(f"Line {at} of the ledger does not follow from the one before it.")
            if chained(line.previous, line.body()) != line.hash or not _signed(key, line):
                problems.append(
                    f"Line {at} of the ledger was changed, or is not signed by this archive's key."
                )
            previous, number, torn = line.hash, line.number, 0
            if len(problems) >= 50:
                break
    if torn and _ends_line(file):
        problems.append(f"Line {torn} of the ledger cannot be read.")
    return number, problems


def _signed(key: Ed25519PublicKey, line: Line) -> bool:
    try:
        key.verify(bytes.fromhex(line.signature), _message(line.hash))
    except (InvalidSignature, ValueError):
        return False
    return True


def _parsed(raw: bytes) -> Line | None:
    try:
        data = json.loads(raw)
        return Line(
            int(data["n"]),
            int(data["seq"]),
            str(data["entry"]),
            str(data["kind"]),
            str(data["at"]),
            dict(data["data"]),
            str(data["previous"]),
            str(data["hash"]),
            str(data["signature"]),
        )
    except (ValueError, KeyError, TypeError):
        return None


def _ends_line(file: Path) -> bool:
    with file.open("rb") as source:
        source.seek(-1, os.SEEK_END)
        return source.read(1) == b"\n"


def _same_end(source: Any, target: Path, have: int) -> bool:
    """Whether the first `have` bytes end alike in both files."""
    size = min(have, _TAIL)
    source.seek(have - size)
    ours = source.read(size)
    with target.open("rb") as copy:
        copy.seek(have - size)
        return bool(copy.read(size) == ours)


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Be the only one that writes the ledger."""
    handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
