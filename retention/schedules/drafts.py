"""Drafts of schedules: what somebody proposes, checked, numbered and compared with what counts now."""

import json
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.access.roles import Right
from akta.audit.log import AuditLog
from akta.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from akta.kernel.ids import new_id
from akta.records.models import RecordClass
from retention.rules import Rule
from retention.rules.language import rule_data
from retention.schedules.building import PlanClass
from retention.schedules.checking import check
from retention.schedules.comparing import Difference, Refusal, differences, refusals
from retention.schedules.fileplan import current_class, last_version
from retention.schedules.models import ClassLock, ScheduleDraft
from retention.schedules.reading import read_plan
from retention.schedules.stored import as_plan_class

FORMATS: Final = ("yaml", "csv")
#: The person at the command line: may write drafts, and is never the second person.
OPERATOR: Final = "operator"
_MOST_BYTES: Final = 2_000_000
_TITLE, _NOTE = 200, 2000


class DraftInvalidError(InvalidError):
    """A draft cannot be used; `findings` say where and why."""

    code = "schedule_invalid"


@dataclass(frozen=True, slots=True)
class Change:
    """What a draft makes of one class. `old` is None for a new one; `against` is what a lock forbids."""

    old: PlanClass | None
    new: PlanClass
    differences: list[Difference]
    locked: bool
    against: list[Refusal]
    version: int


def person_of(principal: Principal) -> str:
    """The person behind a principal, whatever token they use. Raises ForbiddenError for Akta itself."""
    if principal.user_id is not None:
        return principal.user_id
    if principal.actor.startswith("operator:"):
        return OPERATOR
    raise ForbiddenError("Only people change the schedules.")


def add_draft(
    session: Session,
    audit: AuditLog,
    principal: Principal,
    *,
    title: str,
    text: str,
    form: str,
    now: datetime,
    note: str = "",
) -> ScheduleDraft:
    """Take a plan in as a draft. Only the classes in it change; all others stay as they are.

    Raises ScheduleError or DraftInvalidError that say where the plan is wrong, InvalidError if it
    would change nothing.
    """
    principal.require(Right.SCHEDULE)
    if form not in FORMATS:
        raise InvalidError(f"A schedule is written in {' or '.join(FORMATS)}.")
    if not title.strip():
        raise InvalidError("A draft needs a title that says what it is for.")
    if len(text.encode()) > _MOST_BYTES:
        raise InvalidError("The plan is too large. Draft it in parts.")
    classes = checked_classes(text, form)
    if not changes_of(session, classes):
        raise InvalidError("The plan says what counts already; nothing would change.")
    made = ScheduleDraft(
        id=new_id(),
        title=" ".join(title.split())[:_TITLE],
        format=form,
        text=text,
        digest=digest_of_plan(classes),
        note=note.strip()[:_NOTE],
        author=person_of(principal),
        actor=principal.actor,
        created_at=now,
        state="draft",
    )
    session.add(made)
    session.flush()
    codes = sorted(cls.code for cls in classes)
    _note(session, audit, principal, "schedule.drafted", made, now, classes=codes, digest=made.digest)
    return made


def withdraw_draft(
    session: Session, audit: AuditLog, principal: Principal, draft_id: str, now: datetime
) -> ScheduleDraft:
    """Take a draft back; it stays on record. Raises NotFoundError, ConflictError."""
    principal.require(Right.SCHEDULE)
    draft = locked_draft(session, draft_id)
    draft.state = "withdrawn"
    _note(session, audit, principal, "schedule.withdrawn", draft, now)
    return draft


def get_draft(session: Session, principal: Principal, draft_id: str) -> ScheduleDraft:
    """A draft. Raises NotFoundError."""
    require_reading(principal)
    draft = session.get(ScheduleDraft, draft_id)
    if draft is None:
        raise NotFoundError("There is no such draft.", draft=draft_id[:40])
    return draft


def list_drafts(session: Session, principal: Principal, *, limit: int = 50) -> list[ScheduleDraft]:
    """Drafts, published and withdrawn ones too, newest first."""
    require_reading(principal)
    return list(session.scalars(select(ScheduleDraft).order_by(ScheduleDraft.id.desc()).limit(limit)))


def locked_draft(session: Session, draft_id: str) -> ScheduleDraft:
    """A draft that can still be decided about, locked. Raises NotFoundError, ConflictError."""
    draft = session.get(ScheduleDraft, draft_id, with_for_update=True, populate_existing=True)
    if draft is None:
        raise NotFoundError("There is no such draft.", draft=draft_id[:40])
    if draft.state != "draft":
        raise ConflictError(f"This draft is {draft.state} already.", draft=draft_id)
    return draft


def require_reading(principal: Principal) -> None:
    """Schedules are read by officers and auditors. Raises ForbiddenError."""
    if not {Right.SCHEDULE, Right.DISPOSE, Right.AUDIT} & principal.rights:
        raise ForbiddenError("Schedules are for officers and auditors.")


def classes_in(draft: ScheduleDraft) -> list[PlanClass]:
    """The classes of a draft."""
    return list(read_plan(draft.text, table=draft.format == "csv").classes)


def checked_classes(text: str, form: str) -> list[PlanClass]:
    """The classes of a plan without errors. Raises ScheduleError, DraftInvalidError."""
    plan = read_plan(text, table=form == "csv")
    wrong = [f for f in check(plan.classes, plan.facts) if f.level == "error"]
    if wrong:
        findings = [{"line": f.line, "field": f.field, "message": f.words("en")} for f in wrong]
        told = {language: " ".join(f.words(language) for f in wrong[:3]) for language in ("en", "pl")}
        raise DraftInvalidError(told["en"], findings=findings, told=told)
    if not plan.classes:
        raise InvalidError("The plan has no classes.")
    return list(plan.classes)


def changes_of(session: Session, classes: list[PlanClass]) -> list[Change]:
    """What these classes change, those that say the same as now left out; rules get their numbers."""
    locked = set(session.scalars(select(ClassLock.code).where(ClassLock.locked_at.is_not(None))))
    made = []
    for cls in classes:
        stored = current_class(session, cls.code)
        old = as_plan_class(stored) if stored is not None else None
        new = numbered(cls, _rules_before(session, cls.code))
        found = differences(old, new)
        if old is not None and not found:
            continue
        against = refusals(old, new) if old is not None and cls.code in locked else []
        version = last_version(session, cls.code) + 1
        made.append(Change(old, new, found, cls.code in locked, against, version))
    return made


def numbered(cls: PlanClass, before: dict[str, list[Rule]]) -> PlanClass:
    """The class with rules that have numbers of their own: what was said under a number stays said under it.

    A rule that says what a version before said keeps that number; one that says anything else gets
    the next one, unless its author gave a higher one.
    """
    rules = tuple(_numbered(rule, before.get(rule.id, [])) for rule in cls.rules)
    source = {**cls.source, "rules": [rule_data(rule) for rule in rules]}
    return replace(cls, rules=rules, source=source)


def _numbered(rule: Rule, before: list[Rule]) -> Rule:
    same = [old.version for old in before if replace(old, version=rule.version) == rule]
    if same:
        return replace(rule, version=max(same))
    last = max((old.version for old in before), default=0)
    return rule if rule.version > last else replace(rule, version=last + 1)


def _rules_before(session: Session, code: str) -> dict[str, list[Rule]]:
    """The rules of all versions of a class, by id."""
    found: dict[str, list[Rule]] = {}
    for stored in session.scalars(select(RecordClass).where(RecordClass.code == code)):
        for rule in as_plan_class(stored).rules:
            found.setdefault(rule.id, []).append(rule)
    return found


def digest_of_plan(classes: list[PlanClass]) -> str:
    """What stands for all that these classes say."""
    said = sorted((cls.source for cls in classes), key=lambda source: str(source["code"]))
    return sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def digest_now(session: Session, draft: ScheduleDraft) -> str:
    """What stands for a draft together with the versions that it would replace."""
    codes = sorted(cls.code for cls in classes_in(draft))
    versions = {code: last_version(session, code) for code in codes}
    said = {"draft": draft.digest, "replaces": versions}
    return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def as_data(draft: ScheduleDraft) -> dict[str, Any]:
    """A draft as plain data, without its text."""
    return {
        "id": draft.id,
        "title": draft.title,
        "format": draft.format,
        "note": draft.note,
        "digest": draft.digest,
        "state": draft.state,
        "author": draft.actor,
        "created_at": draft.created_at.isoformat(),
        "valid_from": draft.valid_from.isoformat() if draft.valid_from else None,
        "approver": draft.approver,
        "published_at": draft.published_at.isoformat() if draft.published_at else None,
        "recomputation": draft.recomputation_id,
    }


def changes_as_data(changes: list[Change], language: str) -> list[dict[str, Any]]:
    """What a draft changes, in words."""
    return [
        {
            "class": change.new.code,
            "title": change.new.title_pl if language == "pl" else change.new.title_en,
            "version": change.version,
            "new": change.old is None,
            "locked": change.locked,
            "differences": [d.words(language) for d in change.differences],
            "refusals": [r.words(language) for r in change.against],
        }
        for change in changes
    ]


def _note(
    session: Session,
    audit: AuditLog,
    principal: Principal,
    action: str,
    draft: ScheduleDraft,
    now: datetime,
    **details: Any,
) -> None:
    audit.note(session, now, principal.actor, action, f"schedule:{draft.id}", **details)
