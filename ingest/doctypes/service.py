"""Defining document types: every change is a new version, written down in the audit log."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.access.roles import Right
from akta.audit.log import AuditLog
from akta.kernel.clock import Clock
from akta.kernel.errors import ConflictError, InvalidError, NotFoundError, StaleError
from akta.kernel.ids import new_id
from akta.records.doctypes.current import refresh
from akta.records.doctypes.tree import DocType, TypeTree
from akta.records.models import DocumentType, RecordClass
from ingest.doctypes.definition import MOST_TYPES, Data, check
from ingest.doctypes.loading import LINES, TypeDefinitionError

#: Polish letters come after their plain ones, not after z.
_COLLATION: Final = str.maketrans(
    {"ą": "a~", "ć": "c~", "ę": "e~", "ł": "l~", "ń": "n~", "ó": "o~", "ś": "s~", "ź": "z~", "ż": "z~~"}
)
_LOCK: Final = 5121108  # any number that nothing else locks
#: What Akta itself gives; without them a paper would have no type at all.
_NEEDED: Final = frozenset(["unknown", "archive", "email", "scan_batch"])


@dataclass(frozen=True, slots=True)
class DocTypes:
    """The services of this module and what they need. Each method is part of its caller's transaction."""

    audit: AuditLog
    clock: Clock

    def checked(
        self, session: Session, principal: Principal, items: Iterable[Mapping[str, Any]]
    ) -> list[Data]:
        """Definitions as they would be stored. Raises TypeDefinitionError for the first that is wrong."""
        principal.require(Right.SCHEDULE)
        tree = refresh(session)
        classes = set(session.scalars(select(RecordClass.code).where(RecordClass.current)))
        made: dict[str, Data] = {}
        for item in items:
            data = check(item, tree, made)
            if data["code"] in made:
                raise _at(item, "code", f"{data['code']} stands twice")
            if "class" in data and data["class"] not in classes:
                raise _at(item, "class", f"there is no class {data['class']} in the file plan")
            made[data["code"]] = data
        own = {t.code for t in tree.types.values() if t.own} | set(made)
        if len(own) > MOST_TYPES:
            raise TypeDefinitionError(f"There can be at most {MOST_TYPES} types of your own.")
        return list(made.values())

    def define(self, session: Session, principal: Principal, items: Iterable[Mapping[str, Any]]) -> list[str]:
        """Bring definitions in, all or none; the codes that got a new version.

        The same definition again changes nothing. A disabled type that is defined anew is given again.
        """
        principal.require(Right.SCHEDULE)
        _lock(session)
        changed = []
        for data in self.checked(session, principal, items):
            old = _row(session, data["code"])
            if old is not None and old.active and old.digest == _digest(data):
                continue
            self._store(session, principal, data["code"], data, True, old, "type.defined")
            changed.append(data["code"])
        refresh(session)
        return changed

    def set_active(self, session: Session, principal: Principal, code: str, active: bool) -> bool:
        """Stop giving papers a type (with its finer kinds), or give it again; False if it was so already.

        Records that have the type keep it. Raises NotFoundError, ConflictError for a type Akta needs.
        """
        principal.require(Right.SCHEDULE)
        _lock(session)
        known = refresh(session).get(code)
        if known is None:
            raise NotFoundError(f"There is no document type '{code[:40]}'.")
        if code in _NEEDED:
            raise ConflictError("Akta needs this type; it cannot be disabled.")
        if known.active == active:
            return False
        action = "type.enabled" if active else "type.disabled"
        old = _row(session, code)
        self._store(session, principal, code, old.definition if old else {}, active, old, action)
        refresh(session)
        return True

    def put(
        self,
        session: Session,
        principal: Principal,
        code: str,
        item: Mapping[str, Any],
        *,
        expected_version: int | None = None,
    ) -> bool:
        """Define one type; False if it was so already.

        With `expected_version` (0: it is not there yet) raises StaleError if it is another by now.
        """
        principal.require(Right.SCHEDULE)
        if item.get("code", code) != code:
            raise InvalidError("The code in the definition is another than in the address.", field="code")
        _lock(session)
        known = refresh(session).get(code)
        version = known.version if known is not None else 0
        if expected_version is not None and expected_version != version:
            raise StaleError("The type has been defined anew since you saw it.", version=version)
        return bool(self.define(session, principal, [{**item, "code": code}]))

    def _store(
        self,
        session: Session,
        principal: Principal,
        code: str,
        data: Data,
        active: bool,
        old: DocumentType | None,
        action: str,
    ) -> None:
        now = self.clock.now()
        version = 1 if old is None else old.version + 1
        if old is not None:
            old.current = False
        session.add(
            DocumentType(
                id=new_id(),
                revision=(session.scalar(select(func.max(DocumentType.revision))) or 0) + 1,
                code=code,
                version=version,
                current=True,
                active=active,
                definition=data,
                digest=_digest(data),
                actor=principal.actor,
                created_at=now,
            )
        )
        session.flush()
        self.audit.append(
            session,
            at=now,
            actor=principal.actor,
            action=action,
            subject=f"type:{code}",
            details={"version": version, "digest": _digest(data)},
        )


def view(tree: TypeTree, found: DocType) -> dict[str, Any]:
    """A type as plain data, the same for command line and API."""
    return {
        "code": found.code,
        "parent": found.parent,
        "domain": found.domain,
        "name": {"pl": found.pl, "en": found.en},
        "path": list(tree.path(found.code)),
        "active": tree.given(found.code),
        "shipped": not found.own,
        "version": found.version,
        "class": found.class_code,
        "confidentiality": found.confidentiality,
        "definition": dict(found.definition),
    }


def defined(tree: TypeTree) -> list[dict[str, Any]]:
    """The definitions that are in use, parents before their finer kinds."""
    own = [t for t in tree.types.values() if t.own and tree.given(t.code)]
    return [dict(t.definition) for t in sorted(own, key=lambda t: (len(tree.path(t.code)), t.code))]


def in_order(tree: TypeTree, language: str = "en") -> list[tuple[int, DocType]]:
    """All types with their depth from 0: by domain and name, finer ones under their parents."""

    def by_name(known: DocType) -> str:
        return (known.pl if language == "pl" else known.en).casefold().translate(_COLLATION)

    under: dict[str | None, list[DocType]] = {}
    for found in sorted(tree.types.values(), key=lambda t: (t.domain, by_name(t), t.code)):
        under.setdefault(found.parent, []).append(found)
    out: list[tuple[int, DocType]] = []

    def add(parent: str | None, depth: int) -> None:
        for found in under.get(parent, ()):
            out.append((depth, found))
            add(found.code, depth + 1)

    add(None, 0)
    return out


def _row(session: Session, code: str) -> DocumentType | None:
    return session.scalars(
        select(DocumentType).where(DocumentType.code == code, DocumentType.current)
    ).first()


def _digest(data: Data) -> str:
    return sha256(json.dumps(data, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _lock(session: Session) -> None:
    """Let nobody else change types until the transaction ends; SQLite's write transaction does so already."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _LOCK})


def _at(item: Mapping[str, Any], key: str, what: str) -> TypeDefinitionError:
    lines = item.get(LINES) or {}
    line = lines.get(key, lines.get("", 0))
    return TypeDefinitionError(f"{f'line {line}, ' if line else ''}{key}: {what}.", line=line, field=key)
