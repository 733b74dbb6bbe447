"""Writing what was derived: to the record, and to the history of what was ever derived of it.

Nothing is written that says what stood there before. What would shorten keeping is written only where
that is right: not on a held record, and not because a schedule changed, unless a person agreed.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, Literal, Protocol

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from akta.events.bus import bus
from akta.kernel.ids import new_id
from akta.records.events import RecordsChanged
from akta.records.models import Record
from retention.keeping.deciding import Derived
from retention.keeping.history import withheld
from retention.keeping.length import compare_derivations, day_of
from retention.keeping.models import DeferredKeeping, KeepingEntry, Shortening

#: What comes of a derivation: nothing new; written; to be approved first; to wait for the end of a hold.
Fate = Literal["same", "written", "listed", "deferred"]
#: Parts of a stored derivation that say when and not what.
_WHEN: Final = ("computed_at",)
_MOST_SAMPLES: Final = 20


@dataclass(frozen=True, slots=True)
class Origin:
    """Why and by whom keeping is computed. `approved`: a person agreed that it becomes shorter.

    `recomputation` is the number of the one that it belongs to.
    """

    cause: str
    actor: str
    at: datetime
    approved: bool = False
    recomputation: str | None = None


class Kept(Protocol):
    """A record as far as its keeping goes: the record itself, or a row of its columns."""

    id: Any
    row_version: Any
    held: Any
    retention: Any
    retention_state: Any
    retain_through: Any
    locked_through: Any
    entity_id: Any


@dataclass(frozen=True, slots=True)
class Change:
    """One record whose keeping was written anew; both ends as a day, or as open, permanent, none."""

    record_id: str
    before: str
    after: str


@dataclass(slots=True)
class Tally:
    """What came of many derivations, counted by class."""

    seen: int = 0
    changed: int = 0
    by_class: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    samples: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def count(self, code: str, what: str, record_id: str) -> None:
        self.by_class[code][what] += 1
        if len(self.samples[what]) < _MOST_SAMPLES:
            self.samples[what].append(record_id)

    def as_data(self) -> dict[str, Any]:
        """Plain data that `merge_reports` can add up."""
        return {
            "classes": {code: dict(counts) for code, counts in sorted(self.by_class.items())},
            "samples": {what: list(ids) for what, ids in self.samples.items()},
        }


def merge_reports(before: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """Two reports as one; samples stay few."""
    classes: dict[str, Counter[str]] = defaultdict(Counter)
    samples: dict[str, list[str]] = defaultdict(list)
    for report in (before, more):
        for code, counts in report.get("classes", {}).items():
            classes[code].update(counts)
        for what, ids in report.get("samples", {}).items():
            samples[what] = [*samples[what], *ids][:_MOST_SAMPLES]
    return {
        **before,
        "classes": {code: dict(counts) for code, counts in sorted(classes.items())},
        "samples": dict(samples),
    }


def same(before: dict[str, Any] | None, after: dict[str, Any]) -> bool:
    """Whether two derivations say the same, but for when."""
    if before is None:
        return False
    return {k: v for k, v in before.items() if k not in _WHEN} == {
        k: v for k, v in after.items() if k not in _WHEN
    }


def fate_of(record: Kept, derived: Derived, origin: Origin) -> Fate:
    """What comes of a derivation."""
    before, after = record.retention, derived.derivation
    if record.held and record.entity_id not in (None, derived.entity_id):
        return "deferred"  # it would become somebody else's record; a hold keeps it where it is
    if same(before, after):
        return "same"
    if compare_derivations(before, after) != "shorter" or before is None:
        return "written"
    if record.held:
        return "deferred"
    by_rule = before.get("class") == after["class"] and (
        before.get("class_version") != after["class_version"]
        or _rules(before) != _rules(after)
        or _years(before) not in (None, _years(after))
    )
    return "listed" if by_rule and not origin.approved else "written"


def _rules(derivation: dict[str, Any]) -> set[tuple[Any, Any]]:
    """The rules in force then, whether they applied or not: one of them may begin or end by a day alone."""
    stored = derivation.get("inputs", {}).get("rules", ())
    return {(rule.get("id"), rule.get("version")) for rule in stored}


def _years(derivation: dict[str, Any]) -> Any:
    """The fiscal calendar that was counted by. A change bears on all its papers, as a schedule does.

    The first one of an entity is no change: until it is entered the calendar year was only assumed.
    """
    return derivation.get("inputs", {}).get("fiscal_years")


def write_all(
    session: Session, derived: Sequence[tuple[Kept, Derived]], origin: Origin, tally: Tally
) -> list[Change]:
    """Write what was derived of locked records; returns what changed.

    Their row versions are raised and those who follow records are told.
    """
    fates = [(record, made, fate_of(record, made, origin)) for record, made in derived]
    for record, made, fate in fates:
        tally.count(str(made.derivation["class"]), _what(record, made, fate), record.id)
    written = [(record, made) for record, made, fate in fates if fate == "written"]
    changes = [Change(record.id, _end(record.retention), _end(made.derivation)) for record, made in written]
    tally.seen += len(fates)
    tally.changed += len(changes)
    _write(session, written, origin)
    _write_minor(session, [(record, made) for record, made, fate in fates if fate == "same"])
    _list_shortenings(session, [(r, m) for r, m, fate in fates if fate == "listed"], origin)
    _defer(session, [record.id for record, _, fate in fates if fate == "deferred"], origin)
    _settle(session, [record.id for record, _, fate in fates if fate in ("same", "written")])
    _defer(session, [r.id for r, m, fate in fates if fate in ("same", "written") and _lowers(r, m)], origin)
    return changes


def _lowers(record: Kept, derived: Derived) -> bool:
    """Whether a day that a locked class has fixed would be earlier, or none any more, on a held record."""
    fixed, now = record.locked_through, derived.locked_through
    return bool(record.held and fixed is not None and (now is None or now < fixed))


def _fixed_of(record: Kept, derived: Derived) -> date | None:
    """The day that a locked class has fixed; while a hold covers the record it only moves forward."""
    fixed: date | None = record.locked_through
    return fixed if _lowers(record, derived) else derived.locked_through


def _write(session: Session, written: list[tuple[Kept, Derived]], origin: Origin) -> None:
    if not written:
        return
    numbers = _last_numbers(session, [record.id for record, _ in written])
    rows = [
        {
            "id": record.id,
            "row_version": record.row_version + 1,
            **columns_of(made, origin.at),
            "locked_through": _fixed_of(record, made),
        }
        for record, made in written
    ]
    entries = [
        entry_of(record.id, numbers.get(record.id, 0) + 1, made.derivation, origin)
        for record, made in written
    ]
    session.execute(update(Record), rows)
    session.execute(insert(KeepingEntry), entries)
    bus.publish(session, RecordsChanged(tuple((row["id"], row["row_version"]) for row in rows)))


def _write_minor(session: Session, same: list[tuple[Kept, Derived]]) -> None:
    """What is fixed, and whose the record is, is no part of what is said of it."""
    rows = [
        {"id": record.id, "locked_through": _fixed_of(record, made), "entity_id": made.entity_id}
        for record, made in same
        if (record.locked_through, record.entity_id) != (_fixed_of(record, made), made.entity_id)
    ]
    if rows:
        session.execute(update(Record), rows)


def _what(record: Kept, derived: Derived, fate: Fate) -> str:
    """What came of a derivation, as it is counted."""
    match fate:
        case "same":
            return "unchanged"
        case "listed":
            return "for_approval"
        case "deferred":
            return "deferred"
        case "written":
            how = compare_derivations(record.retention, derived.derivation)
            return "other_reasons" if how == "same" else how


def assign(session: Session, record: Record, derived: Derived | None, origin: Origin) -> Fate:
    """Write what was derived of one record that its caller changes and tells of; None: it has no class."""
    if derived is None:
        had = record.retention is not None
        record.retention_state = record.retain_through = record.retention = None
        record.retention_action = record.retention_missing = None
        record.retention_conflict = False
        if had:
            number = _last_numbers(session, [record.id]).get(record.id, 0) + 1
            session.execute(insert(KeepingEntry), [entry_of(record.id, number, None, origin)])
        return "written" if had else "same"
    fate = fate_of(record, derived, origin)
    match fate:
        case "written":
            number = _last_numbers(session, [record.id]).get(record.id, 0) + 1
            columns = {**columns_of(derived, origin.at), "locked_through": _fixed_of(record, derived)}
            for name, value in columns.items():
                setattr(record, name, value)
            session.flush()
            session.execute(insert(KeepingEntry), [entry_of(record.id, number, derived.derivation, origin)])
            _settle(session, [record.id])
        case "listed":
            _list_shortenings(session, [(record, derived)], origin)
        case "deferred":
            _defer(session, [record.id], origin)
        case "same":
            record.entity_id, record.locked_through = derived.entity_id, _fixed_of(record, derived)
    return fate


def columns_of(derived: Derived, at: datetime) -> dict[str, Any]:
    """The columns of a record that say what was derived."""
    data = derived.derivation
    return {
        "retention_state": derived.outcome,
        "retain_through": derived.retain_through,
        "retention": {**data, "computed_at": at.isoformat()},
        "retention_action": (data.get("action") or "")[:24] or None,
        "retention_missing": ",".join(sorted(data.get("missing") or ()))[:200] or None,
        "retention_conflict": bool(data.get("conflicts")),
        "locked_through": derived.locked_through,
        "entity_id": derived.entity_id,
    }


def entry_of(
    record_id: str, number: int, derivation: dict[str, Any] | None, origin: Origin
) -> dict[str, Any]:
    """The row of the history for a derivation; None where the record has no class any more."""
    data = derivation or {}
    return {
        "record_id": record_id,
        "number": number,
        "at": origin.at,
        "cause": origin.cause[:60],
        "actor": origin.actor[:120],
        "outcome": data.get("outcome", "none"),
        "retain_through": day_of(derivation),
        "class_code": data.get("class"),
        "class_version": data.get("class_version"),
        "derivation": derivation and {**withheld(derivation), "computed_at": origin.at.isoformat()},
    }


def _end(derivation: dict[str, Any] | None) -> str:
    """The end of keeping in a word."""
    data = derivation or {}
    return str(data.get("retain_through") or data.get("outcome") or "none")


def _last_numbers(session: Session, ids: list[str]) -> dict[str, int]:
    if not ids:
        return {}
    query = (
        select(KeepingEntry.record_id, func.max(KeepingEntry.number))
        .where(KeepingEntry.record_id.in_(ids))
        .group_by(KeepingEntry.record_id)
    )
    return {row.record_id: row[1] for row in session.execute(query)}


def _list_shortenings(session: Session, found: list[tuple[Kept, Derived]], origin: Origin) -> None:
    """Ask for approval; what was refused under the same version of a class is not asked again."""
    if not found:
        return
    ids = [record.id for record, _ in found]
    rows = session.scalars(
        select(Shortening).where(Shortening.record_id.in_(ids), Shortening.state.in_(("open", "refused")))
    ).all()
    refused = {(r.record_id, r.class_code, r.class_version) for r in rows if r.state == "refused"}
    open_ = {r.record_id: r for r in rows if r.state == "open"}
    for record, derived in found:
        data = derived.derivation
        version = (record.id, str(data["class"]), int(data["class_version"]))
        before = open_.get(record.id)
        if version in refused:
            continue
        if before is not None:
            same_end = (before.after_outcome, before.after_through) == (
                derived.outcome,
                derived.retain_through,
            )
            if same_end and (before.class_code, before.class_version) == version[1:]:
                continue
            before.state, before.decided_at = "gone", origin.at
        session.add(
            Shortening(
                id=new_id(),
                record_id=record.id,
                recomputation_id=origin.recomputation,
                cause=origin.cause[:60],
                class_code=version[1],
                class_version=version[2],
                before_outcome=record.retention_state or "none",
                before_through=record.retain_through,
                after_outcome=derived.outcome,
                after_through=derived.retain_through,
                state="open",
                found_at=origin.at,
            )
        )
    session.flush()


def _defer(session: Session, ids: Iterable[str], origin: Origin) -> None:
    wanted = set(ids)
    if not wanted:
        return
    there = set(
        session.scalars(select(DeferredKeeping.record_id).where(DeferredKeeping.record_id.in_(wanted)))
    )
    rows = [
        {"record_id": record_id, "cause": origin.cause[:60], "since": origin.at}
        for record_id in sorted(wanted - there)
    ]
    if rows:
        session.execute(insert(DeferredKeeping), rows)


def _settle(session: Session, ids: list[str]) -> None:
    """What waited for these records is done with: they were written anew."""
    if not ids:
        return
    session.execute(delete(DeferredKeeping).where(DeferredKeeping.record_id.in_(ids)))
    session.execute(
        update(Shortening)
        .where(Shortening.record_id.in_(ids), Shortening.state == "open")
        .values(state="gone")
    )
