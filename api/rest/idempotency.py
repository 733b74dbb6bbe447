"""Idempotency-Key: the same request again gets the same answer and does nothing twice.

The key is taken in its own transaction before the work, and the answer is
written in the transaction of the work. Same key and body: the answer is
replayed. Same key, other body: 422. Still under way: 409 (after ten minutes
the first attempt counts as dead and the key may be used again).
"""

from datetime import timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.bootstrap import App
from akta.kernel.errors import AktaError, ConflictError, InvalidError
from akta.records.models import Idempotency

DEAD_AFTER = timedelta(minutes=10)
KEPT = timedelta(days=2)


class KeyReusedError(AktaError):
    """The key was used for another request."""

    code = "idempotency_reused"


class InFlightError(ConflictError):
    """The first request with this key is still being worked on."""

    code = "idempotency_in_flight"


def fingerprint(*parts: object) -> str:
    """What identifies a request's content."""
    return sha256("\x00".join(map(str, parts)).encode()).hexdigest()


def begin(app: App, principal: Principal, key: str, print_: str) -> dict[str, Any] | None:
    """Take the key; returns the stored answer if the request was done before."""
    if not 1 <= len(key) <= 200 or not key.isprintable():
        raise InvalidError("An Idempotency-Key has 1 to 200 visible characters.")
    now = app.clock.now()
    with app.database.write() as session:
        session.execute(delete(Idempotency).where(Idempotency.created_at < now - KEPT))
        row = session.get(Idempotency, (principal.actor, key), with_for_update=True)
        if row is None:
            session.add(Idempotency(actor=principal.actor, key=key, fingerprint=print_, created_at=now))
            return None
        if row.fingerprint != print_:
            raise KeyReusedError("This Idempotency-Key was used for another request. Use a new one.")
        if row.answer is not None:
            return row.answer
        if row.created_at > now - DEAD_AFTER:
            raise InFlightError("The first request with this key is still under way. Ask again in a moment.")
        row.created_at = now
        return None


def complete(session: Session, principal: Principal, key: str, answer: dict[str, Any]) -> None:
    """Store the answer in the transaction of the work."""
    row = session.get(Idempotency, (principal.actor, key), with_for_update=True)
    if row is not None:
        row.answer = answer


def forget(app: App, principal: Principal, key: str) -> None:
    """The work failed: the key may be used again."""
    with app.database.write() as session:
        row = session.get(Idempotency, (principal.actor, key))
        if row is not None and row.answer is None:
            session.delete(row)
