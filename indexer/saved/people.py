"""Whose a search or an export is: a person, or whoever stands at the machine's command line."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from akta.access.accounts import principal_of
from akta.access.models import ApiToken, User
from akta.access.principal import Principal, operator
from akta.access.roles import Right
from akta.kernel.errors import ForbiddenError

#: The person at the command line. No account has this id.
OPERATOR = "operator"


def person_of(principal: Principal) -> str:
    """The person behind an actor: an account's id, or `OPERATOR`. Raises ForbiddenError for Akta itself."""
    if principal.user_id is not None:
        return principal.user_id
    if principal.actor.startswith("operator:"):
        return OPERATOR
    raise ForbiddenError("Only people keep searches and exports.")


def principal_for(
    session: Session, person: str, actor: str = "", now: datetime | None = None
) -> Principal | None:
    """The person with their rights and grants as they are now; None if they may read nothing any more.

    With the `actor` that acted for them, a token must still be good at `now`.
    """
    if person == OPERATOR:
        return operator(actor.partition(":")[2] or OPERATOR)
    found = principal_of(session, person)
    if found is None or not found.may(Right.READ):
        return None
    kind, _, name = actor.partition(":")
    if kind == "token" and now is not None:
        token = session.get(ApiToken, name)
        if token is None or token.revoked_at is not None or Right.READ.value not in token.scopes:
            return None
        if token.expires_at is not None and token.expires_at <= now:
            return None
    return found


def roles_of(session: Session, person: str) -> list[str]:
    """The roles of a person as they are now."""
    return list(session.scalar(select(User.roles).where(User.id == person)) or ())
