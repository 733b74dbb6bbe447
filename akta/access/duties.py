"""What somebody owes before they may go on: a password of their own, a second factor."""

from typing import Literal

from sqlalchemy.orm import Session

from akta.access.models import User, WebSession
from akta.access.second_factor import asked_for, has_factor

Duty = Literal["", "password", "second_factor"]


def duty_of(session: Session, user: User, how: WebSession | None = None) -> Duty:
    """The first thing that is owed, or nothing. `how`: the session that the person is in, if any.

    A password that an administrator has seen is changed first: a second factor set up under it would be no
    proof of who holds it. Whom a provider signed in has not used it and may not even know it.
    """
    if user.must_change_password and not (how and how.by_provider):
        return "password"
    asserted = how is not None and how.provider_factor
    if not asserted and asked_for(session, user.roles) and not has_factor(session, user.id):
        return "second_factor"
    return ""
