"""The versions of a record's bytes."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from akta.kernel.errors import NotFoundError
from akta.records.models import Version


def current_version(session: Session, record_id: str) -> Version:
    """The newest version, which is read and shown. NotFoundError: it has no bytes any more."""
    version = session.scalars(
        select(Version).where(Version.record_id == record_id).order_by(Version.number.desc()).limit(1)
    ).first()
    if version is None:
        raise NotFoundError("There is no such record.", record=record_id)
    return version


def version_number(session: Session, record_id: str, number: int) -> Version:
    """A version by its number, from 1. Raises NotFoundError."""
    version = session.scalars(
        select(Version).where(Version.record_id == record_id, Version.number == number)
    ).first()
    if version is None:
        raise NotFoundError(f"The record has no version {number}.", record=record_id, version=number)
    return version
