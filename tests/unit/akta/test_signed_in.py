"""Sessions that people see and end."""

import pytest
from sqlalchemy import select

from akta.access import accounts, sessions, signed_in
from akta.access.models import User
from akta.access.principal import Principal
from akta.audit.log import AuditLog
from akta.audit.models import AuditEntry
from akta.db.engine import Database
from akta.kernel.errors import ForbiddenError, NotFoundError
from tests.conftest import SetClock, principal


@pytest.fixture
def people(database: Database, audit: AuditLog, clock: SetClock) -> dict[str, Principal]:
    found = {}
    with database.write() as session:
        for login in ("anna", "john"):
            user = User(
                id=login.ljust(26, "0"),
                login=login,
                name=login,
                password_hash="none",
                language="en",
                roles=["clerk"],
                active=True,
                must_change_password=False,
                created_at=clock.now(),
            )
            session.add(user)
            found[login] = principal("clerk", user_id=user.id)
    return found


def _enter(database: Database, audit: AuditLog, clock: SetClock, login: str, browser: str) -> str:
    with database.write() as session:
        user = accounts.find_user(session, login)
        return sessions.open_session(session, audit, user, clock.now(), browser=browser)


def _numbers(database: Database, clock: SetClock, user_id: str) -> list[str]:
    with database.read() as session:
        return [signed_in.number_of(s) for s in signed_in.list_sessions(session, user_id, clock.now())]


def test_only_live_sessions_of_one_person_are_listed_the_last_used_first(
    database: Database, audit: AuditLog, clock: SetClock, people: dict[str, Principal]
) -> None:
    _enter(database, audit, clock, "anna", "Firefox, Windows")
    clock.move(hours=13)  # idle for too long
    first = _enter(database, audit, clock, "anna", "Chrome, Android")
    clock.move(minutes=10)
    second = _enter(database, audit, clock, "anna", "x" * 90)
    _enter(database, audit, clock, "john", "")
    with database.read() as session:
        listed = signed_in.list_sessions(session, people["anna"].user_id or "", clock.now())
    assert [row.browser for row in listed] == ["x" * 40, "Chrome, Android"]
    assert [signed_in.is_of(row, second) for row in listed] == [True, False]
    assert [signed_in.is_of(row, first) for row in listed] == [False, True]


def test_one_ends_ones_own_and_nobody_elses(
    database: Database, audit: AuditLog, clock: SetClock, people: dict[str, Principal]
) -> None:
    kept = _enter(database, audit, clock, "anna", "")
    for _ in range(2):
        _enter(database, audit, clock, "anna", "")
    _enter(database, audit, clock, "john", "")
    anna, john = people["anna"], people["john"]
    of_john = _numbers(database, clock, john.user_id or "")[0]
    for number in (of_john, "", "%", "_" * 16, of_john[:15], "0" * 16):
        with database.write() as session, pytest.raises(NotFoundError):
            signed_in.end_own_session(session, audit, anna, number, clock.now())
    with database.write() as session:
        mine = list(signed_in.list_sessions(session, anna.user_id or "", clock.now()))
        other = next(row for row in mine if not signed_in.is_of(row, kept))
        signed_in.end_own_session(session, audit, anna, signed_in.number_of(other), clock.now())
    assert len(_numbers(database, clock, anna.user_id or "")) == 2
    with database.write() as session:
        assert signed_in.end_own_others(session, audit, anna, kept, clock.now()) == 1
    with database.read() as session:
        assert sessions.find_session(session, kept, clock.now())
        entries = session.scalars(
            select(AuditEntry).where(AuditEntry.action == "user.sessions_ended").order_by(AuditEntry.seq)
        ).all()
    told = [(entry.actor, entry.subject) for entry in entries]
    assert told == [(anna.actor, f"user:{anna.user_id}")] * 2
    assert _numbers(database, clock, john.user_id or "") == [of_john]


def test_administrators_end_those_of_others(
    database: Database, audit: AuditLog, clock: SetClock, people: dict[str, Principal]
) -> None:
    for _ in range(3):
        _enter(database, audit, clock, "anna", "")
    user_id = people["anna"].user_id or ""
    number = _numbers(database, clock, user_id)[0]
    with database.write() as session:
        for role in ("clerk", "officer", "auditor"):
            with pytest.raises(ForbiddenError):
                signed_in.end_session_of(session, audit, principal(role), "anna", number, clock.now())
            with pytest.raises(ForbiddenError):
                signed_in.end_sessions_of(session, audit, principal(role), "anna", clock.now())
    administrator = principal("administrator")
    with database.write() as session:
        with pytest.raises(NotFoundError):
            signed_in.end_session_of(session, audit, administrator, "john", number, clock.now())
        signed_in.end_session_of(session, audit, administrator, "anna", number, clock.now())
    assert number not in _numbers(database, clock, user_id)
    with database.write() as session:
        assert signed_in.end_sessions_of(session, audit, administrator, "anna", clock.now()) == 2
    assert _numbers(database, clock, user_id) == []
