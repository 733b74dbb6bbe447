"""What somebody owes before they may go on: a password of their own, a second factor."""

from typing import Literal

from sqlalchemy.orm import Session

from akta.access.models import User
from akta.access.second_factor import asked_for, has_factor

Duty = Literal["", "password", "second_factor"]


def duty_of(session: Session, user: User) -> Duty:
    """The first thing that is owed, or nothing.

    A password that an administrator has seen is changed first: a second factor set up under it would be no
    proof of who holds it.
    """
    if user.must_change_password:
        return "password"
    if asked_for(session, user.roles) and not has_factor(session, user.id):
        return "second_factor"
    return ""
