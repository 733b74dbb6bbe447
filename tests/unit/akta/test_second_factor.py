"""The second factor: setting up, codes that are good once, recovery codes, roles that ask for it, sealing."""

import threading
from base64 import b32decode
from dataclasses import dataclass

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, update

from akta.access import accounts, sessions, totp
from akta.access.duties import duty_of
from akta.access.models import PendingSignIn, RecoveryCode, SecondFactor, User, WebSession
from akta.access.second_factor import SecondFactors, SecretUnreadableError, WrongCodeError
from akta.access.signing_in import CodeNeeded, Opened, PendingGoneError, SignIns, Visitor
from akta.audit.log import AuditLog
from akta.audit.models import AuditEntry
from akta.db.engine import Database
from akta.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from tests.conftest import SetClock, principal

PASSWORD = "correct horse battery"
HOME = Visitor("10.0.0.1", "Firefox, Linux")
ADMINISTRATOR = principal("administrator")


@dataclass
class Door:
    """An archive's door, and what people do before it."""

    database: Database
    audit: AuditLog
    clock: SetClock
    factors: SecondFactors
    sign_ins: SignIns

    def add(self, login: str, *roles: str) -> str:
        with self.database.write() as session:
            return accounts.create_user(
                session,
                self.audit,
                "system:test",
                login=login,
                name=login,
                password=PASSWORD,
                roles=roles or ("clerk",),
                grants={},
                language="en",
                now=self.clock.now(),
            ).id

    def begin(self, login: str) -> bytes:
        """Set a factor up; the app's secret."""
        with self.database.write() as session:
            user = accounts.find_user(session, login)
            self.factors.begin(session, user)
            session.flush()
            setup = self.factors.setup(session, user)
        assert setup
        return b32decode(setup.text.replace(" ", ""))

    def enrol(self, login: str) -> tuple[bytes, list[str]]:
        """Set a factor up and confirm it; the app's secret and the recovery codes."""
        secret = self.begin(login)
        opened = self.sign_ins.first_step(login, PASSWORD, HOME)
        assert isinstance(opened, Opened)
        here = Visitor(HOME.origin, HOME.browser, opened.secret)
        with self.database.read() as session:
            user_id = accounts.find_user(session, login).id
        confirmed = self.sign_ins.confirm(user_id, self.code(secret), here)
        self.clock.move(seconds=60)
        return secret, confirmed.codes

    def code(self, secret: bytes, away: int = 0) -> str:
        return totp.code_at(secret, totp.step_of(self.clock.now()) + away)

    def step(self, login: str, code: str, visitor: Visitor = HOME) -> Opened:
        """Both steps."""
        needed = self.sign_ins.first_step(login, PASSWORD, visitor)
        assert isinstance(needed, CodeNeeded)
        csrf = self.sign_ins.pending_csrf(needed.secret)
        assert csrf
        return self.sign_ins.second_step(needed.secret, csrf, code, visitor)

    def actions(self, user_id: str) -> list[str]:
        with self.database.read() as session:
            query = select(AuditEntry.action).where(AuditEntry.subject == f"user:{user_id}")
            return list(session.scalars(query.order_by(AuditEntry.seq)))


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords are not what is tried here, and a careful hash of each would be most of the time."""
    monkeypatch.setattr(accounts, "_hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


@pytest.fixture
def door(database: Database, audit: AuditLog, clock: SetClock) -> Door:
    factors = SecondFactors(audit, clock, b"the key of an archive")
    return Door(database, audit, clock, factors, SignIns(database, audit, clock, factors))


def test_a_factor_counts_only_when_confirmed(door: Door) -> None:
    user_id = door.add("anna")
    secret = door.begin("anna")
    assert isinstance(door.sign_ins.first_step("anna", PASSWORD, HOME), Opened)
    with pytest.raises(WrongCodeError):
        door.sign_ins.confirm(user_id, "000000" if door.code(secret) != "000000" else "111111", HOME)
    assert isinstance(door.sign_ins.first_step("anna", PASSWORD, HOME), Opened)
    _, codes = door.enrol("anna")
    assert len(set(codes)) == 10
    assert isinstance(door.sign_ins.first_step("anna", PASSWORD, HOME), CodeNeeded)
    assert door.actions(user_id)[-1] == "user.second_factor_set_up"
    assert "user.sign_in_failed" in door.actions(user_id)


def test_a_setup_that_waited_too_long_is_worth_nothing(door: Door) -> None:
    user_id = door.add("anna")
    secret = door.begin("anna")
    door.clock.move(minutes=16)
    with door.database.read() as session:
        assert door.factors.setup(session, session.get_one(User, user_id)) is None
    with pytest.raises(ConflictError):
        door.sign_ins.confirm(user_id, door.code(secret), HOME)
    assert door.begin("anna") != secret


def test_confirming_ends_the_other_sessions_and_renews_this_one(door: Door) -> None:
    user_id = door.add("anna")
    first, second = (door.sign_ins.first_step("anna", PASSWORD, HOME).secret for _ in range(2))
    secret = door.begin("anna")
    here = Visitor(HOME.origin, HOME.browser, first)
    fresh = door.sign_ins.confirm(user_id, door.code(secret), here).secret
    with door.database.read() as session:
        live = [sessions.find_session(session, s, door.clock.now()) for s in (first, second, fresh)]
    assert [bool(found) for found in live] == [False, False, True]
    assert live[2]
    assert live[2][0].browser == "Firefox, Linux"


def test_each_code_is_good_once_even_within_its_time(door: Door) -> None:
    door.add("anna")
    secret, _ = door.enrol("anna")
    code = door.code(secret)
    assert door.step("anna", code)
    with pytest.raises(WrongCodeError):
        door.step("anna", code)
    with pytest.raises(WrongCodeError):  # an older one is not taken after a newer one either
        door.step("anna", door.code(secret, -1))
    assert door.step("anna", door.code(secret, 1))
    door.clock.move(seconds=60)
    spaced = f" {door.code(secret)[:3]} {door.code(secret)[3:]} "
    assert door.step("anna", spaced)


def test_the_code_that_confirmed_does_not_sign_in(door: Door) -> None:
    user_id = door.add("anna")
    secret = door.begin("anna")
    opened = door.sign_ins.first_step("anna", PASSWORD, HOME)
    code = door.code(secret)
    door.sign_ins.confirm(user_id, code, Visitor(HOME.origin, "", opened.secret))
    with pytest.raises(WrongCodeError):
        door.step("anna", code)


def test_of_two_with_one_code_at_the_same_moment_one_is_refused(door: Door) -> None:
    door.add("anna")
    secret, _ = door.enrol("anna")
    code = door.code(secret)
    told: list[str] = []
    ready = threading.Barrier(2)

    def enter() -> None:
        needed = door.sign_ins.first_step("anna", PASSWORD, HOME)
        csrf = door.sign_ins.pending_csrf(needed.secret) or ""
        ready.wait(20)
        try:
            door.sign_ins.second_step(needed.secret, csrf, code, HOME)
            told.append("in")
        except WrongCodeError:
            told.append("refused")

    threads = [threading.Thread(target=enter) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(told) == ["in", "refused"]


def test_a_recovery_code_is_good_once_and_new_ones_replace_all(door: Door) -> None:
    user_id = door.add("anna")
    _, codes = door.enrol("anna")
    assert door.step("anna", codes[3].upper().replace("-", " "))
    with pytest.raises(WrongCodeError):
        door.step("anna", codes[3])
    with door.database.write() as session:
        user = session.get_one(User, user_id)
        assert door.factors.state(session, user).codes_left == 9
        fresh = door.factors.new_codes(session, user)
        stored = session.scalars(select(RecoveryCode.hash)).all()
    assert not set(stored) & {*codes, *fresh}
    with pytest.raises(WrongCodeError):
        door.step("anna", codes[0])
    assert door.step("anna", fresh[0])
    assert door.actions(user_id).count("user.recovery_code_used") == 2


def test_recovery_codes_are_of_one_person(door: Door) -> None:
    door.add("anna")
    door.add("john")
    _, codes = door.enrol("anna")
    door.enrol("john")
    with pytest.raises(WrongCodeError):
        door.step("john", codes[0])


def test_failures_of_both_steps_are_counted_together(door: Door) -> None:
    user_id = door.add("anna")
    secret, _ = door.enrol("anna")
    needed = door.sign_ins.first_step("anna", PASSWORD, HOME)
    csrf = door.sign_ins.pending_csrf(needed.secret) or ""
    for _ in range(3):
        with pytest.raises(accounts.SignInError):
            door.sign_ins.first_step("anna", "wrong", HOME)
    wrong = "000000" if door.code(secret) != "000000" else "111111"
    for n in range(accounts.THROTTLE_LOGIN - 3):
        with pytest.raises(WrongCodeError):
            door.sign_ins.second_step(needed.secret, csrf, wrong, Visitor(f"10.0.1.{n}"))
    with pytest.raises(accounts.ThrottledError):
        door.sign_ins.second_step(needed.secret, csrf, door.code(secret), Visitor("10.9.9.9"))
    with pytest.raises(accounts.ThrottledError):
        door.sign_ins.prove_code(user_id, door.code(secret), "10.9.9.9")
    with pytest.raises(accounts.ThrottledError):
        door.sign_ins.first_step("anna", PASSWORD, HOME)
    door.clock.move(minutes=16)
    assert door.step("anna", door.code(secret))


def test_many_guesses_at_once_are_not_more_than_the_limit(door: Door) -> None:
    door.add("anna")
    secret, _ = door.enrol("anna")
    needed = door.sign_ins.first_step("anna", PASSWORD, HOME)
    csrf = door.sign_ins.pending_csrf(needed.secret) or ""
    wrong = "000000" if door.code(secret) != "000000" else "111111"
    told: list[type] = []
    ready = threading.Barrier(12)

    def guess() -> None:
        ready.wait(20)
        try:
            door.sign_ins.second_step(needed.secret, csrf, wrong, HOME)
        except (WrongCodeError, accounts.ThrottledError) as error:
            told.append(type(error))

    threads = [threading.Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert told.count(WrongCodeError) == accounts.THROTTLE_LOGIN
    assert told.count(accounts.ThrottledError) == 12 - accounts.THROTTLE_LOGIN


def test_the_second_step_needs_its_own_first_step(door: Door) -> None:
    door.add("anna")
    secret, _ = door.enrol("anna")
    needed = door.sign_ins.first_step("anna", PASSWORD, HOME)
    csrf = door.sign_ins.pending_csrf(needed.secret) or ""
    with door.database.read() as session:  # what lies between opens no page
        assert sessions.find_session(session, needed.secret, door.clock.now()) is None
    for given in (("", csrf), ("other", csrf), (needed.secret, ""), (needed.secret, "other")):
        with pytest.raises(PendingGoneError):
            door.sign_ins.second_step(*given, door.code(secret), HOME)
    opened = door.sign_ins.second_step(needed.secret, csrf, door.code(secret), HOME)
    assert opened.secret != needed.secret
    with pytest.raises(PendingGoneError):
        door.sign_ins.second_step(needed.secret, csrf, door.code(secret, 1), HOME)
    late = door.sign_ins.first_step("anna", PASSWORD, HOME)
    csrf = door.sign_ins.pending_csrf(late.secret) or ""
    door.clock.move(minutes=11)
    with pytest.raises(PendingGoneError):
        door.sign_ins.second_step(late.secret, csrf, door.code(secret), HOME)


@pytest.mark.parametrize("how", ["off", "password", "taken"])
def test_what_ends_sessions_ends_those_that_wait_too(door: Door, how: str) -> None:
    door.add("anna")
    secret, _ = door.enrol("anna")
    opened = door.step("anna", door.code(secret))
    needed = door.sign_ins.first_step("anna", PASSWORD, HOME)
    csrf = door.sign_ins.pending_csrf(needed.secret) or ""
    now = door.clock.now()
    with door.database.write() as session:
        if how == "off":
            accounts.change_access(session, door.audit, "x:y", "anna", now=now, active=False)
        elif how == "password":
            accounts.set_password(session, door.audit, "x:y", "anna", "another long one", now=now)
        else:
            door.factors.take_away(session, ADMINISTRATOR, "anna")
    with pytest.raises(PendingGoneError):
        door.sign_ins.second_step(needed.secret, csrf, door.code(secret, 1), HOME)
    with door.database.read() as session:
        assert sessions.find_session(session, opened.secret, now) is None
        assert session.scalars(select(PendingSignIn.id)).all() == []


def test_an_administrator_takes_a_lost_one_away(door: Door) -> None:
    user_id = door.add("anna")
    door.enrol("anna")
    for who in (principal("officer"), principal("clerk"), principal("auditor")):
        with door.database.write() as session, pytest.raises(ForbiddenError):
            door.factors.take_away(session, who, "anna")
    with door.database.write() as session:
        door.factors.take_away(session, ADMINISTRATOR, "anna")
    with door.database.read() as session:
        assert session.get(SecondFactor, user_id) is None
        assert session.scalars(select(RecoveryCode.id)).all() == []
        assert session.scalars(select(WebSession.id)).all() == []
    assert door.actions(user_id)[-1] == "user.second_factor_taken_away"
    assert isinstance(door.sign_ins.first_step("anna", PASSWORD, HOME), Opened)
    with door.database.write() as session, pytest.raises(ConflictError):
        door.factors.take_away(session, ADMINISTRATOR, "anna")
    with door.database.write() as session, pytest.raises(NotFoundError):
        door.factors.take_away(session, ADMINISTRATOR, "nobody")


def test_a_role_can_ask_for_it(door: Door) -> None:
    clerk, officer = door.add("anna", "clerk"), door.add("olga", "officer", "clerk")
    with door.database.write() as session:
        with pytest.raises(ForbiddenError):
            door.factors.require(session, principal("officer"), "officer", required=True)
        with pytest.raises(InvalidError):
            door.factors.require(session, ADMINISTRATOR, "king", required=True)
        door.factors.require(session, ADMINISTRATOR, "officer", required=True)
        door.factors.require(session, ADMINISTRATOR, "officer", required=True)

    def duties() -> list[str]:
        with door.database.read() as session:
            return [duty_of(session, session.get_one(User, one)) for one in (clerk, officer)]

    assert duties() == ["", "second_factor"]
    door.enrol("olga")
    assert duties() == ["", ""]
    with door.database.write() as session:
        session.execute(update(User).values(must_change_password=True))
    assert duties() == ["password", "password"]
    with door.database.write() as session:
        door.factors.require(session, ADMINISTRATOR, "officer", required=False)
        actions = session.scalars(select(AuditEntry.action).where(AuditEntry.subject == "role:officer")).all()
    assert actions == ["role.second_factor_required"]
    with door.database.read() as session:
        actions = session.scalars(select(AuditEntry.action).where(AuditEntry.subject == "role:officer")).all()
    assert actions == ["role.second_factor_required", "role.second_factor_optional"]


def test_secrets_lie_sealed_for_one_person_under_one_key(door: Door) -> None:
    anna, john = door.add("anna"), door.add("john")
    secret, _ = door.enrol("anna")
    other, _ = door.enrol("john")
    with door.database.write() as session:
        row = session.get_one(SecondFactor, anna)
        assert secret.hex() not in row.secret
        assert totp.as_text(secret) not in row.secret
        session.get_one(SecondFactor, john).secret = row.secret
    with pytest.raises(SecretUnreadableError):  # john's row holds what was sealed for anna
        door.step("john", door.code(secret))
    elsewhere = SecondFactors(door.audit, door.clock, b"the key of another archive")
    with door.database.write() as session, pytest.raises(SecretUnreadableError):
        elsewhere.fits(session, session.get_one(User, anna), door.code(secret))
    assert other != secret


def test_a_second_one_is_not_set_up_beside_the_first(door: Door) -> None:
    user_id = door.add("anna")
    door.enrol("anna")
    with pytest.raises(ConflictError):
        door.begin("anna")
    with door.database.write() as session:
        door.factors.remove(session, session.get_one(User, user_id))
    assert door.begin("anna")
    assert "user.second_factor_removed" in door.actions(user_id)
