"""Keeping the register of legal entities and their fiscal years."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.access.roles import Right
from akta.audit.log import AuditLog
from akta.kernel.errors import ConflictError, InvalidError, NotFoundError, StaleError
from akta.kernel.ids import new_id
from retention.keeping.facts import facts_may_change
from retention.keeping.models import LegalEntity
from retention.keeping.recomputing import ask
from retention.rules import FiscalCalendar

_NAME: Final = 200
Years = Sequence[tuple[date, date]]


def add_entity(
    session: Session,
    audit: AuditLog,
    principal: Principal,
    *,
    name: str,
    nip: str | None,
    years: Years,
    default: bool,
    now: datetime,
) -> LegalEntity:
    """Enter a legal entity; records that name its tax number (or nobody's, for the default) are its own.

    `years` are its fiscal years so far as they are known; none means calendar years. Raises InvalidError,
    FiscalCalendarError, ConflictError for a tax number that another has.
    """
    principal.require(Right.SCHEDULE)
    made = LegalEntity(
        id=new_id(),
        name=_name(name),
        nip=_nip(session, nip, None),
        is_default=False,
        fiscal_years=_years(years),
        row_version=1,
        created_at=now,
    )
    session.add(made)
    session.flush()
    _set_default(session, made, default)
    _changed(session, audit, principal, "entity.added", made, now)
    return made


def change_entity(
    session: Session,
    audit: AuditLog,
    principal: Principal,
    entity_id: str,
    now: datetime,
    *,
    name: str | None = None,
    nip: str | None = None,
    years: Years | None = None,
    default: bool | None = None,
    expected_version: int | None = None,
) -> LegalEntity:
    """Change an entity; its records are computed anew by a job. Raises as `add_entity`, StaleError."""
    principal.require(Right.SCHEDULE)
    made = get_entity(session, principal, entity_id)
    session.refresh(made, with_for_update=True)
    if expected_version is not None and made.row_version != expected_version:
        raise StaleError(
            "This entity was changed meanwhile. Load it again and repeat your change.",
            version=made.row_version,
        )
    if name is not None:
        made.name = _name(name)
    if nip is not None:
        made.nip = _nip(session, nip, made.id)
    if years is not None:
        made.fiscal_years = _years(years)
    made.row_version += 1
    session.flush()
    if default is not None:
        _set_default(session, made, default)
    _changed(session, audit, principal, "entity.changed", made, now)
    return made


def get_entity(session: Session, principal: Principal, entity_id: str) -> LegalEntity:
    """One entity. Raises NotFoundError."""
    principal.require(Right.READ)
    found = session.get(LegalEntity, entity_id)
    if found is None:
        raise NotFoundError("There is no such legal entity.", entity=entity_id[:40])
    return found


def list_entities(session: Session, principal: Principal) -> list[LegalEntity]:
    """All legal entities by name."""
    principal.require(Right.READ)
    return list(session.scalars(select(LegalEntity).order_by(LegalEntity.name, LegalEntity.id)))


def as_data(entity: LegalEntity) -> dict[str, Any]:
    """An entity as plain data."""
    return {
        "id": entity.id,
        "version": entity.row_version,
        "name": entity.name,
        "nip": entity.nip,
        "default": entity.is_default,
        "fiscal_years": entity.fiscal_years,
    }


def _changed(
    session: Session,
    audit: AuditLog,
    principal: Principal,
    action: str,
    entity: LegalEntity,
    now: datetime,
) -> None:
    audit.note(
        session,
        now,
        principal.actor,
        action,
        f"entity:{entity.id}",
        name=entity.name,
        nip=entity.nip,
        default=entity.is_default,
        fiscal_years=entity.fiscal_years,
    )
    # Whose a record is can change for any record: another entity may have been the only one before.
    ask(session, "all", "", f"entity:{entity.id}", principal.actor, now)
    facts_may_change(session)


def _set_default(session: Session, entity: LegalEntity, default: bool) -> None:
    if default:
        session.execute(
            update(LegalEntity)
            .where(LegalEntity.is_default, LegalEntity.id != entity.id)
            .values(is_default=False)
        )
        session.flush()
    entity.is_default = default
    session.flush()


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not name or len(name) > _NAME or not name.isprintable():
        raise InvalidError(f"A legal entity needs a name of at most {_NAME} characters.")
    return name


def _nip(session: Session, text: str | None, own: str | None) -> str | None:
    """The tax number as papers' parties have it. Raises InvalidError, ConflictError."""
    if text is None or not text.strip():
        return None
    number = "".join(c for c in text.upper() if c.isalnum()).removeprefix("PL")
    if not 6 <= len(number) <= 20:
        raise InvalidError("That is no tax number.")
    other = session.scalar(select(LegalEntity.id).where(LegalEntity.nip == number))
    if other is not None and other != own:
        raise ConflictError("Another legal entity has this tax number.", entity=other)
    return number


def _years(years: Years) -> list[list[str]]:
    return FiscalCalendar.of(years).as_data() if years else []
