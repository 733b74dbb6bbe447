"""Accounts: passwords, throttling, sessions, tokens."""

from typing import Any

import pytest

from akta.access import accounts, sessions
from akta.access.roles import Right
from akta.audit.log import AuditLog
from akta.db.engine import Database
from akta.kernel.errors import ConflictError, InvalidError, NotFoundError
from tests.conftest import SetClock

PASSWORD = "correct horse battery"


def _add(database: Database, audit: AuditLog, clock: SetClock, login: str = "Anna", **given: object) -> str:
    values: dict[str, object] = {
        "name": "Anna",
        "password": PASSWORD,
        "roles": ["clerk"],
        "grants": {"accounting": 2},
        "language": "pl",
        **given,
    }
    with database.write() as session:
        return accounts.create_user(session, audit, "system:test", login=login, now=clock.now(), **values).id


def test_password_fits_or_not(database: Database, audit: AuditLog, clock: SetClock) -> None:
    user_id = _add(database, audit, clock)
    with database.read() as session:
        assert accounts.check_password(session, " ANNA ", PASSWORD).id == user_id
        for login, password in (("anna", "wrong"), ("nobody", PASSWORD), ("", ""), ("anna", "")):
            with pytest.raises(accounts.SignInError):
                accounts.check_password(session, login, password)


@pytest.mark.parametrize(
    "given",
    [
        {"password": "short"},
        {"roles": ["king"]},
        {"grants": {"moon": 1}},
        {"grants": {"hr": 4}},
        {"language": "de"},
        {"login": "two words"},
        {"login": "x"},
    ],
)
def test_impossible_accounts_are_refused(
    database: Database, audit: AuditLog, clock: SetClock, given: dict[str, object]
) -> None:
    with pytest.raises(InvalidError):
        _add(database, audit, clock, **given)


def test_names_are_unique_whatever_their_case(database: Database, audit: AuditLog, clock: SetClock) -> None:
    _add(database, audit, clock)
    with pytest.raises(ConflictError):
        _add(database, audit, clock, "ANNA")


def test_throttling_by_name_and_by_address(database: Database, audit: AuditLog, clock: SetClock) -> None:
    for n in range(accounts.THROTTLE_LOGIN):
        with database.write() as session:
            accounts.record_failure(session, audit, "anna", f"10.0.0.{n}", clock.now())
    with database.read() as session:
        with pytest.raises(accounts.ThrottledError):
            accounts.check_throttle(session, "Anna", "10.9.9.9", clock.now())
        accounts.check_throttle(session, "other", "10.9.9.9", clock.now())
    for n in range(accounts.THROTTLE_ORIGIN):
        with database.write() as session:
            accounts.record_failure(session, audit, f"name{n}", "10.1.1.1", clock.now())
    with database.read() as session, pytest.raises(accounts.ThrottledError):
        accounts.check_throttle(session, "fresh", "10.1.1.1", clock.now())
    clock.move(minutes=16)
    with database.read() as session:
        accounts.check_throttle(session, "anna", "10.1.1.1", clock.now())


def test_sessions_end_by_time_and_by_switching_off(
    database: Database, audit: AuditLog, clock: SetClock
) -> None:
    _add(database, audit, clock)
    with database.write() as session:
        secret = sessions.open_session(session, audit, accounts.find_user(session, "anna"), clock.now())
    with database.read() as session:
        assert sessions.find_session(session, secret, clock.now())
        assert sessions.find_session(session, "other", clock.now()) is None
    clock.move(hours=13)
    with database.read() as session:
        assert sessions.find_session(session, secret, clock.now()) is None
    clock.move(hours=-13)
    with database.write() as session:
        accounts.change_access(session, audit, "system:test", "anna", now=clock.now(), active=False)
    with database.read() as session:
        assert sessions.find_session(session, secret, clock.now()) is None


def test_the_last_administrator_stays(database: Database, audit: AuditLog, clock: SetClock) -> None:
    def change(login: str, **what: Any) -> None:
        with database.write() as session:
            accounts.change_access(session, audit, "x:y", login, now=clock.now(), **what)

    _add(database, audit, clock)
    with database.write() as session:
        for login in ("root", "vice"):
            accounts.create_user(
                session,
                audit,
                "x:y",
                login=login,
                name=login,
                password="a long enough one",
                roles=["administrator"],
                grants={},
                language="en",
                now=clock.now(),
            )
    change("anna", active=False)  # who manages nothing is not asked about
    change("vice", roles=["clerk"])
    for what in ({"active": False}, {"roles": ["clerk"]}):
        with pytest.raises(ConflictError, match="last administrator"):
            change("root", **what)
    with database.read() as session:
        root = accounts.find_user(session, "root")
        assert (root.active, root.roles) == (True, ["administrator"])
    change("vice", roles=["clerk", "administrator"])
    change("root", active=False)
    with pytest.raises(ConflictError, match="last administrator"):
        change("vice", active=False)


def test_new_password_ends_all_sessions(database: Database, audit: AuditLog, clock: SetClock) -> None:
    _add(database, audit, clock)
    with database.write() as session:
        secret = sessions.open_session(session, audit, accounts.find_user(session, "anna"), clock.now())
    with database.write() as session:
        accounts.set_password(session, audit, "x:y", "anna", "another long one", now=clock.now())
    with database.read() as session:
        assert sessions.find_session(session, secret, clock.now()) is None


def test_token_narrows_its_owner(database: Database, audit: AuditLog, clock: SetClock) -> None:
    _add(database, audit, clock)
    with database.write() as session:
        token, secret = sessions.create_token(
            session,
            audit,
            "x:y",
            accounts.find_user(session, "anna"),
            name="scanner",
            scopes=["add", "users"],
            now=clock.now(),
        )
        token_id = token.id
    with database.read() as session:
        who = sessions.principal_of_token(session, secret, clock.now())
        assert who
        assert who.rights == {Right.ADD}  # 'users' is not among the owner's own rights
        assert sessions.principal_of_token(session, secret + "x", clock.now()) is None
        assert sessions.principal_of_token(session, "nonsense", clock.now()) is None
    with database.write() as session:
        sessions.revoke_token(session, audit, "x:y", token_id, clock.now())
    with database.read() as session:
        assert sessions.principal_of_token(session, secret, clock.now()) is None


def test_token_without_scope_or_of_nobody_is_refused(
    database: Database, audit: AuditLog, clock: SetClock
) -> None:
    _add(database, audit, clock)
    with database.write() as session:
        user = accounts.find_user(session, "anna")
        with pytest.raises(InvalidError):
            sessions.create_token(session, audit, "x:y", user, name="x", scopes=[], now=clock.now())
        with pytest.raises(InvalidError):
            sessions.create_token(session, audit, "x:y", user, name="x", scopes=["all"], now=clock.now())
        with pytest.raises(NotFoundError):
            sessions.revoke_token(session, audit, "x:y", "nothing", clock.now())


def test_grants_act_at_once(database: Database, audit: AuditLog, clock: SetClock) -> None:
    user_id = _add(database, audit, clock)
    with database.read() as session:
        who = accounts.principal_of(session, user_id)
        assert who
        assert who.levels == {"accounting": 2}
    with database.write() as session:
        accounts.change_access(
            session, audit, "x:y", "anna", now=clock.now(), grants={"accounting": 0, "hr": 3}, roles=["staff"]
        )
    with database.read() as session:
        who = accounts.principal_of(session, user_id)
        assert who
        assert who.levels == {"hr": 3}
        assert Right.DECIDE not in who.rights
