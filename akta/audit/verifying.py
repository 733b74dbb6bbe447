"""Verifying the log in the database: every entry, the head, and what was anchored outside."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import select, type_coerce
from sqlalchemy.orm import Session
from sqlalchemy.types import NullType

from akta.audit.anchoring import Anchor, Anchoring, parse_anchor
from akta.audit.log import SignedHead
from akta.audit.models import AuditEntry, AuditHead
from akta.audit.stamping import StampError
from akta.audit.verifier import (
    CLOCK_TOLERANCE,
    Chain,
    Findings,
    SetBack,
    head_message,
    read_instant,
    read_object,
    set_aside,
    signed,
    tell_lost,
)
from akta.db.engine import any_text
from akta.kernel.errors import AktaError

_HEAD_ID = 1
_MOST_DAYS = 10
#: A day's entries are to be anchored by the end of the day after.
_GRACE = timedelta(days=2)
#: Akta anchors once a minute while it runs; from then on an archive without any anchor is told of.
_SOON = timedelta(hours=1)
_NEVER = {
    "stamped": "The log has no time stamp yet, though an authority is set.",
    "copied": "Nothing was copied to the second place yet.",
}
#: Between two looks whether the work is still wanted.
_BATCH = 1000


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What a verification found. `problems` say that the log does not hold; `notes` are worth a look."""

    entries: int
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    set_backs: Sequence[SetBack] = ()

    @property
    def holds(self) -> bool:
        return not self.problems

    def set_aside(self, seq: int, at: datetime) -> bool:
        """Whether the log declares that an anchor that it does not have is of what was lost."""
        return set_aside(self.set_backs, seq, at) is not None


@dataclass(slots=True)
class Known:
    """What is known of the log from outside the database, and what was wrong with it."""

    findings: Findings = field(default_factory=Findings)
    #: Number -> hashes that were anchored for it, with the latest time. One, unless somebody forged, or the
    #: log was two or put back.
    hashes: dict[int, dict[str, datetime]] = field(default_factory=dict)
    #: Number, hash and time of each kind of anchor: `outside`, and `stamped` and `copied` where wanted.
    made: dict[str, list[tuple[int, str, datetime]]] = field(default_factory=dict)

    def add(self, kind: str, head: SignedHead, at: datetime) -> None:
        at = at.astimezone(UTC)
        anchored = self.hashes.setdefault(head.seq, {})
        anchored[head.hash] = max(at, anchored.get(head.hash, at))
        self.made.setdefault(kind, []).append((head.seq, head.hash, at))


def verify(session: Session, public_key: Ed25519PublicKey, anchors: Path | None) -> AuditReport:
    """Check every entry, the head's signature and one file of anchors."""
    known = Known()
    if anchors is not None:
        _take_file(known, anchors, public_key)
    return check_log(session, public_key, known)


def read_known(anchoring: Anchoring, key: Ed25519PublicKey) -> Known:
    """What the anchors say. To be read before the log, which then holds all that they know."""
    known = Known()
    found = known.findings
    _take_file(known, anchoring.minutes, key)
    try:
        for anchor in anchoring.daily_anchors():
            _take(known, "outside", anchor, key, "daily.jsonl")
            _take_token(known, anchoring, anchor)
    except OSError as error:
        found.problem(f"The anchor file cannot be read ({error.strerror}).")
    try:
        place = anchoring.place()
        if place is not None:
            known.made.setdefault("copied", [])
            for name in place.names():
                try:
                    anchor = parse_anchor(place.read(name).decode("utf-8"))
                except ValueError:
                    found.problem(f"'{name[:60]}' at the second place is no anchor.")
                    continue
                _take(known, "copied", anchor, key, "the second place")
                _take_token(known, anchoring, anchor)
    except AktaError as error:
        found.note(f"The anchors at the second place could not be looked at: {error.message}")
    if anchoring.authority is not None:
        known.made.setdefault("stamped", [])
    return known


def check_log(
    session: Session,
    key: Ed25519PublicKey,
    known: Known,
    now: datetime | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> AuditReport:
    """Check every entry, the head, and all that is known of them from outside.

    Finds an entry that was edited, removed, added, reordered, or cut off at either end, and a log that
    was put back to an earlier state. With `now`, days that were not anchored are noted.
    """
    with any_text(session):
        return _check_log(session, key, known, now, progress)


def _check_log(
    session: Session,
    key: Ed25519PublicKey,
    known: Known,
    now: datetime | None,
    progress: Callable[[int], None],
) -> AuditReport:
    found = known.findings
    walk = Chain(key, found)
    seen: dict[int, str] = {}
    begun: datetime | None = None
    for entry in _entries(session):
        if begun is None:
            begun = read_instant(read_object(entry.body).get("at"))
        walk.take(entry.seq, entry.body, entry.previous, entry.hash, entry.signature)
        if not _is_text(entry):
            found.problem(f"Entry {entry.seq} was changed: it holds bytes that are no text.")
        if not _columns_fit(entry):
            found.problem(f"Entry {entry.seq} was changed: its columns do not fit its body.")
        if entry.seq in known.hashes:
            seen[entry.seq] = entry.hash
        if entry.seq % _BATCH == 0:
            progress(entry.seq)
        if found.full:
            return AuditReport(walk.last, found.problems, found.notes)
    _check_head(session, key, walk, known)
    lost = [
        (seq, at)
        for seq, anchored in sorted(known.hashes.items())
        for digest, at in anchored.items()
        if seq and seen.get(seq) != digest
    ]
    tell_lost(found, walk, lost)
    if now is not None:
        _check_times(walk, seen, known, now)
        if begun is not None and now - begun > _SOON and not known.made.get("outside"):
            day = begun.date().isoformat()
            found.note(
                f"There is no anchor in the data folder, though the log was begun on {day}: nothing there "
                "shows whether its end was cut. If Akta ran on it, somebody took the anchors away."
            )
    if found.unsaid:
        found.notes.append(f"and {found.unsaid} more of the kind.")
    return AuditReport(walk.last, found.problems, found.notes, tuple(walk.set_backs))


def _check_head(session: Session, key: Ed25519PublicKey, walk: Chain, known: Known) -> None:
    head = session.get(AuditHead, _HEAD_ID, populate_existing=True)
    if head is None:
        if walk.last or known.hashes:
            known.findings.problem("The head of the log is missing.")
        return
    if (head.seq, head.hash) != (walk.last, walk.digest):
        known.findings.problem(f"The log ends at entry {walk.last}, but its head says {head.seq}.")
    if not signed(key, head_message(head.seq, head.hash), head.signature):
        known.findings.problem("The head of the log is not signed by this archive's key.")


def _entries(session: Session) -> Iterator[Any]:
    """The columns as they are: a time that is none must not stop the verifier."""
    query = select(
        AuditEntry.seq,
        type_coerce(AuditEntry.at, NullType()).label("at"),
        AuditEntry.actor,
        AuditEntry.action,
        AuditEntry.subject,
        AuditEntry.body,
        AuditEntry.previous,
        AuditEntry.hash,
        AuditEntry.signature,
    ).order_by(AuditEntry.seq)
    yield from session.execute(query.execution_options(yield_per=_BATCH))


def _is_text(entry: Any) -> bool:
    try:
        for value in entry:
            if isinstance(value, str):
                value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _columns_fit(entry: Any) -> bool:
    try:
        body = read_object(entry.body)
        at = entry.at if isinstance(entry.at, datetime) else datetime.fromisoformat(entry.at)
        return bool(
            body["actor"] == entry.actor
            and body["action"] == entry.action
            and body["subject"] == entry.subject
            and datetime.fromisoformat(body["at"]) == (at if at.tzinfo else at.replace(tzinfo=UTC))
        )
    except (ValueError, KeyError, TypeError, OverflowError):
        return False


def _take(known: Known, kind: str, anchor: Anchor, key: Ed25519PublicKey, where: str) -> None:
    head = anchor.head
    if signed(key, head_message(head.seq, head.hash), head.signature):
        known.add(kind, head, anchor.at)
    else:
        said = f"An anchor of entry {head.seq} in {where} is not signed by this archive's key."
        known.findings.problem(said)


def _take_token(known: Known, anchoring: Anchoring, anchor: Anchor) -> None:
    if anchor.token is None or anchoring.authority is None:
        return
    head = anchor.head
    try:
        seen = anchoring.authority.seen(anchor.token, head_message(head.seq, head.hash))
    except StampError as error:
        known.findings.problem(f"Of the anchor of entry {head.seq}: {error.message}")
        return
    known.add("stamped", head, seen)
    if abs(seen - anchor.at) > CLOCK_TOLERANCE:
        known.findings.note(
            f"At entry {head.seq} our clock said {anchor.at.astimezone(UTC).isoformat()}, "
            f"the time-stamp authority's {seen.astimezone(UTC).isoformat()}."
        )


def _take_file(known: Known, file: Path, key: Ed25519PublicKey) -> None:
    if not file.exists():
        return
    try:
        text = file.read_text("utf-8", "replace")
    except OSError as error:
        known.findings.problem(f"The anchor file cannot be read ({error.strerror}).")
        return
    torn = 0
    for number, line in enumerate(text.splitlines(), start=1):
        wrong = f"Line {number} of the anchor file is not a signed anchor of this archive."
        try:
            anchor = parse_anchor(line)
        except json.JSONDecodeError:
            torn = number
            continue
        except ValueError:
            known.findings.problem(wrong)
            continue
        head = anchor.head
        if signed(key, head_message(head.seq, head.hash), head.signature):
            known.add("outside", head, anchor.at)
            torn = 0
        else:
            known.findings.problem(wrong)
    # A machine that died while it wrote leaves half a line: harmless if it is the last, or anchored since.
    if torn and text.endswith("\n"):
        known.findings.problem(f"Line {torn} of the anchor file is not a signed anchor of this archive.")


def _check_times(walk: Chain, seen: Mapping[int, str], known: Known, now: datetime) -> None:
    """Note entries from the future, and days that were not anchored in time."""
    today = now.astimezone(UTC)
    ahead = [day for day in walk.days if day > (today + CLOCK_TOLERANCE).date().isoformat()]
    if ahead:
        known.findings.note(f"Entries say that they were written on days to come ({max(ahead)}).")
    for kind, said in (
        ("outside", "was not anchored outside the database"),
        ("stamped", "has no time stamp"),
        ("copied", "was not copied to the second place"),
    ):
        if kind not in known.made and kind != "outside":
            continue  # nobody asked for it
        # An anchor of what was lost covers no day of the log that is there.
        every = known.made.get(kind, ())
        made = [(seq, at) for seq, digest, at in every if not seq or seen.get(seq) == digest]
        late = list(missed_days(walk.days, made, today, since_first=kind != "outside"))
        if late:
            days = ", ".join(day.isoformat() for day in late[:_MOST_DAYS])
            more = f" (+{len(late) - _MOST_DAYS})" if len(late) > _MOST_DAYS else ""
            known.findings.note(f"What was done on {days}{more} {said} by the end of the day after.")
        if not every and kind in known.made and walk.last:
            known.findings.note(_NEVER[kind])


def missed_days(
    days: Mapping[str, int],
    made: Iterable[tuple[int, datetime]],
    now: datetime,
    *,
    since_first: bool = False,
) -> Iterator[date]:
    """Days whose last entry no anchor covered by the end of the day after.

    `days` gives the last entry of each (UTC); `made` number and time of anchors. `since_first`: days
    before the first anchor do not count, as nobody had asked for anchors of that kind.
    """
    anchors = sorted(made)
    first = min((at for _, at in anchors), default=None)
    if since_first and first is None:
        return
    earliest: list[tuple[int, datetime]] = []  # of the anchors from this number on, the earliest time
    for seq, at in reversed(anchors):
        earliest.append((seq, min(at, earliest[-1][1]) if earliest else at))
    earliest.reverse()
    position = 0
    for text, last in sorted(days.items(), key=lambda item: item[1]):
        day = date.fromisoformat(text)
        if day > now.date():
            continue  # not due; and after the last day there is there is none to be due on
        deadline = datetime(day.year, day.month, day.day, tzinfo=UTC) + _GRACE
        while position < len(earliest) and earliest[position][0] < last:
            position += 1
        if deadline > now or (since_first and first is not None and day < first.date()):
            continue
        if position == len(earliest) or earliest[position][1] > deadline:
            yield day
