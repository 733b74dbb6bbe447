"""Whose hand an account may be in: who made it, set its password, took its second factor away, or linked it.

Where two people are asked for, one who set the other's password could be both. An account does not show who
sits before it, but the log knows who handed out what it is signed in with (ADR 47). The command line is no
hand: who stands there can do everything anyway.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from akta.access.models import ApiToken, User
from akta.audit.models import AuditEntry
from akta.kernel.errors import ForbiddenError

#: So long after somebody else set it an account counts as its owner's, if its owner has replaced it.
SETTLES: Final = timedelta(hours=24)
_PASSWORD: Final = ("user.created", "user.password_changed")
_TAKEN: Final = "user.second_factor_taken_away"
#: To somebody at the provider, perhaps to oneself: its owner has nothing to replace, so the day alone counts.
_LINKED: Final = "user.linked"
_OWN_FACTOR: Final = "user.second_factor_set_up"


@dataclass(frozen=True, slots=True)
class _Given:
    """What somebody signs in with, given by another person; `fresh` until it is the owner's own."""

    by: str
    fresh: bool


def refuse_one_hand(session: Session, second: str, firsts: Iterable[str], now: datetime) -> None:
    """Raise ForbiddenError if the second person may be one of the first, as one hand set up their accounts.

    That is so while what either of them signs in with was given by the other, or by whoever gave it to the
    other, directly or through further accounts, and its owner has not replaced it or `SETTLES` is not over.
    """
    for first in firsts:
        for one, other in ((second, first), (first, second)):
            reach = _above(session, other, now) | {other}
            for given in _given(session, one, now):
                if given.fresh and ({given.by} | _above(session, given.by, now)) & reach:
                    names = _names(session, (given.by, one))
                    maker, person = names.get(given.by, given.by), names.get(one, one)
                    raise ForbiddenError(
                        f"{maker} made or reset the account of {person}, so both may be one person. "
                        "Somebody else must do this, or the account's owner first chooses a password and "
                        "24 hours pass."
                    )


def ties(session: Session, people: Iterable[str], now: datetime) -> list[dict[str, str]]:
    """Who of these people ever set what another of them signs in with, as it was at `now`."""
    among = sorted(set(people))
    return [
        {"account": one, "set_by": other}
        for one in among
        for other in sorted(_above(session, one, now))
        if other in among
    ]


def _above(session: Session, person: str, now: datetime) -> set[str]:
    """Who ever set what a person signs in with, and who did so for them, and so on; without the person."""
    found: set[str] = set()
    waiting = [person]
    while waiting:
        for given in _given(session, waiting.pop(), now):
            if given.by not in found:
                found.add(given.by)
                waiting.append(given.by)
    return found - {person}


def _given(session: Session, person: str, now: datetime) -> list[_Given]:
    """What others gave a person to sign in with, up to `now`, as the log says."""
    entries = session.execute(
        select(AuditEntry.at, AuditEntry.actor, AuditEntry.action)
        .where(
            AuditEntry.subject == f"user:{person}",
            AuditEntry.action.in_((*_PASSWORD, _TAKEN, _LINKED, _OWN_FACTOR)),
            AuditEntry.at <= now,
        )
        .order_by(AuditEntry.seq)
    ).all()
    by = [_person(session, actor) for _, actor, _ in entries]
    made = []
    for place, (at, _, action) in enumerate(entries):
        giver = by[place]
        if giver is None or giver == person or action == _OWN_FACTOR:
            continue
        later = [entries[n].action for n in range(place + 1, len(entries)) if by[n] != giver]
        replaced = action == _LINKED or any(
            a in _PASSWORD or (a == _OWN_FACTOR and action == _TAKEN) for a in later
        )
        made.append(_Given(giver, not replaced or now - at < SETTLES))
    return made


def _person(session: Session, actor: str) -> str | None:
    """The person behind an actor of the log; None for the command line and Akta itself."""
    kind, _, number = actor.partition(":")
    if kind == "token":
        return session.scalar(select(ApiToken.user_id).where(ApiToken.id == number))
    return number if kind == "user" else None


def _names(session: Session, people: Iterable[str]) -> dict[str, str]:
    return dict(session.execute(select(User.id, User.name).where(User.id.in_(list(people)))).all())
