"""Why a record is kept until when, in sentences: now, or as it was computed on any past day."""

from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from akta.kernel.clock import civil_date
from akta.records.grace import grace_of
from akta.records.guard import active_holds
from akta.records.holds import Hold
from akta.records.masking import hidden_facts, masked_derivation, sensitive_on
from akta.records.models import Record
from retention.keeping.history import entries_of, entry_as_of, reproduced
from retention.keeping.pending import pending_of
from retention.keeping.words import sentences
from retention.rules import headline


def explanation(
    session: Session,
    record: Record,
    language: str,
    *,
    as_of: date | None = None,
    zone: str = "Europe/Warsaw",
    now: datetime | None = None,
    matters: bool = False,
) -> dict[str, Any]:
    """Headline, steps as sentences, and the derivation as data; holds come last.

    With `as_of` it is what had been computed by the end of that civil day in `zone`; of holds
    it then says nothing. With `now`, it says whether a hold was released so short a time ago that nothing is
    destroyed yet (`grace`), and whether it waits to be computed anew or that failed (`recomputing`).
    `reproduced`: computing it again from the rules and facts of then gives the same (None where that cannot
    be asked). What a hold is about it says only with `matters` (see `Principal.sees_matters`).
    `history` lists every computation that changed something. Days that a sensitive field says (a date of
    birth) are masked; they are shown with the field, and not here.
    """
    told = (
        _as_it_was(session, record, language, as_of, zone)
        if as_of
        else _now(session, record, language, matters)
    )
    grace = grace_of(session, [record.id], now).get(record.id) if now and not as_of else None
    told["grace"] = grace.as_data(zone, matters) if grace else None
    if grace and now:
        due = record.retain_through is not None and record.retain_through < civil_date(now, zone)
        told["steps"].append(_grace_sentence(told["grace"], due, language, matters))
    waits = pending_of(session, [record.id]).get(record.id) if now and not as_of else None
    told["recomputing"] = waits.as_data(language, zone) if waits else None
    derivation = told["derivation"]
    told["reproduced"] = reproduced(session, derivation) if derivation else None
    told["derivation"] = masked_derivation(derivation, sensitive_on(record))
    told["history"] = [
        {
            "number": entry.number,
            "at": entry.at.isoformat(),
            "cause": entry.cause,
            "actor": entry.actor,
            "outcome": entry.outcome,
            "retain_through": entry.retain_through.isoformat() if entry.retain_through else None,
            "class": entry.class_code,
            "class_version": entry.class_version,
        }
        for entry in entries_of(session, record.id)
    ]
    return told


def _now(session: Session, record: Record, language: str, matters: bool) -> dict[str, Any]:
    holds = active_holds(session, record.id)
    told = _told(record, record.retention, language)
    told["steps"] += [_hold_sentence(hold, language, matters) for hold in holds]
    return {
        **told,
        "outcome": record.retention_state,
        "retain_through": record.retain_through.isoformat() if record.retain_through else None,
        "class": record.class_code,
        "as_of": None,
        "cause": None,
        "holds": [{"id": h.id, "matter": h.matter if matters else ""} for h in holds],
    }


def _hold_sentence(hold: Hold, language: str, matters: bool) -> str:
    day = f"{hold.placed_at:%Y-%m-%d}"
    if language == "pl":
        named = f" „{hold.matter}”" if matters else ""
        return f"Wstrzymanie{named} od {day} nie pozwala niczego zniszczyć."
    named = f"The hold “{hold.matter}”" if matters else "A legal hold"
    return f"{named}, placed {day}, stops any destruction."


def _grace_sentence(grace: dict[str, Any], due: bool, language: str, matters: bool) -> str:
    matter, until, on = grace["matter"], grace["until"], grace["released_on"]
    if language == "pl":
        head = "Okres minął, ale do" if due else "Do"
        named = f" „{matter}”" if matters else ""
        return f"{head} {until} nic nie zostanie zniszczone, bo wstrzymanie{named} zwolniono {on}."
    head = "Due, but until" if due else "Until"
    named = f"the hold “{matter}”" if matters else "a legal hold"
    return f"{head} {until} nothing is destroyed, because {named} was released on {on}."


def _as_it_was(session: Session, record: Record, language: str, day: date, zone: str) -> dict[str, Any]:
    entry = entry_as_of(session, record.id, day, zone)
    derivation = entry.derivation if entry else None
    return {
        **_told(record, derivation, language),
        "outcome": entry.outcome if entry and derivation else None,
        "retain_through": entry.retain_through.isoformat() if entry and entry.retain_through else None,
        "class": entry.class_code if entry else None,
        "as_of": day.isoformat(),
        "cause": entry.cause if entry else None,
        "holds": [],
    }


def _told(record: Record, derivation: dict[str, Any] | None, language: str) -> dict[str, Any]:
    return {
        "record": record.id,
        "headline": headline(derivation, language),
        "steps": told_steps(record, derivation, language),
        "derivation": derivation,
    }


def told_steps(record: Record, derivation: dict[str, Any] | None, language: str) -> list[str]:
    """The steps of a derivation as whoever sees the record is told them."""
    return sentences(derivation, language, hidden_facts(sensitive_on(record))) if derivation else []
