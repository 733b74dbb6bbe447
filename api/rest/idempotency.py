"""Idempotency-Key: the same request again gets the same answer and does nothing twice.

Key, work and answer are one transaction, taken after the body is safe in
storage: a server that dies leaves no key behind that nobody can use. A second
request with the same key waits for the first one's commit in the database and
then replays its answer. Same key and another body: 422.
"""

from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.bootstrap import App
from akta.kernel.errors import AktaError, InvalidError
from akta.records.models import Idempotency

KEPT = timedelta(days=2)


class KeyReusedError(AktaError):
    """The key was used for another request."""

    code = "idempotency_reused"


def fingerprint(*parts: object) -> str:
    """What identifies a request's content."""
    return sha256("\x00".join(map(str, parts)).encode()).hexdigest()


def once(
    app: App,
    principal: Principal,
    key: str | None,
    print_: str,
    work: Callable[[Session], dict[str, Any]],
) -> dict[str, Any]:
    """Do `work` in a transaction, or replay the answer given to this key before.

    Keys belong to their sender and are kept for two days. Raises InvalidError,
    KeyReusedError, and whatever `work` raises (then the key stays unused).
    """
    if key is not None and not (1 <= len(key) <= 200 and key.isprintable()):
        raise InvalidError("An Idempotency-Key has 1 to 200 visible characters.")
    for last in (False, True):
        try:
            with app.database.write() as session:
                if key is None:
                    return work(session)
                return _keyed(app, session, principal, key, print_, work)
        except IntegrityError:
            # Another request with this key committed first; the next look finds its answer.
            if last or key is None:
                raise
    raise AssertionError


def _keyed(
    app: App,
    session: Session,
    principal: Principal,
    key: str,
    print_: str,
    work: Callable[[Session], dict[str, Any]],
) -> dict[str, Any]:
    now = app.clock.now()
    session.execute(delete(Idempotency).where(Idempotency.created_at < now - KEPT))
    row = session.get(Idempotency, (principal.actor, key))
    if row is None:
        row = Idempotency(actor=principal.actor, key=key, fingerprint=print_, created_at=now)
        session.add(row)
        session.flush()  # a twin waits here for our commit
        row.answer = work(session)
    elif row.fingerprint != print_:
        raise KeyReusedError("This Idempotency-Key was used for another request. Use a new one.")
    return dict(row.answer or {})
