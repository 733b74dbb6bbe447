"""Coming back from a provider, on each database, also twice at the same moment."""

import http.client
import threading
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import func, select

from akta.access import accounts
from akta.access.models import IdentityLink, SpentSignIn, User, WebSession
from akta.access.oidc.answers import Answer, Left
from akta.access.oidc.coming_back import ProviderSignIns
from akta.access.oidc.options import Access, ProviderOptions
from akta.access.oidc.provider import Provider
from akta.access.oidc.refusals import ProviderRefusedError
from akta.access.second_factor import SecondFactors
from akta.access.signing_in import Opened, SignIns, Visitor
from akta.audit.log import AuditLog
from akta.db.engine import Database
from akta.kernel.errors import ConflictError
from tests.conftest import SetClock
from tests.servers.oidc import OIDCProvider

HOME = Visitor("10.0.0.1", "Firefox, Linux")
KEY = b"k" * 32


class Door:
    """The door that a provider keeps, and people who go there."""

    def __init__(self, database: Database, audit: AuditLog, clock: SetClock, provider: OIDCProvider) -> None:
        self.database, self.clock = database, clock
        sign_ins = SignIns(database, audit, clock, SecondFactors(audit, clock, KEY))
        provider.now = clock.now
        options = ProviderOptions(
            issuer=provider.url,
            client_id=provider.client_id,
            client_secret=provider.client_secret,
            name="Acme ID",
            public_url="http://testserver",
            create=True,
            groups_claim="groups",
            groups={"archive": Access(("clerk",), {"hr": 2})},
        )
        self.gate = ProviderSignIns(database, audit, clock, sign_ins, Provider(options), KEY)

    def answer(self, left: Left) -> Answer:
        """What the provider answers who was sent there."""
        parts = urlsplit(left.url)
        line = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
        line.request("GET", f"{parts.path}?{parts.query}")
        told = parse_qs(urlsplit(line.getresponse().getheader("location") or "").query)
        line.close()
        return Answer(told["state"][0], told["code"][0], "", told["iss"][0])

    def count(self, model: type) -> int:
        with self.database.read() as session:
            return session.scalar(select(func.count()).select_from(model)) or 0

    def at_once(self, acts: list[Callable[[], object]]) -> list[object]:
        """What becomes of acts that begin together."""
        ready, found = threading.Barrier(len(acts)), []

        def run(act: Callable[[], object]) -> None:
            ready.wait(10)
            try:
                found.append(act())
            except ProviderRefusedError as error:
                found.append(error.params["why"])

        threads = [threading.Thread(target=run, args=(act,)) for act in acts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        return found


@pytest.fixture
def door(database: Database, audit: AuditLog, clock: SetClock, provider: OIDCProvider) -> Door:
    provider.claims = {"groups": ["archive"], "preferred_username": "anna"}
    return Door(database, audit, clock, provider)


def test_somebody_new_and_then_known(door: Door, provider: OIDCProvider) -> None:
    for _ in range(2):
        left = door.gate.leave("/parties")
        back = door.gate.come_back(left.cookie, door.answer(left), HOME)
        assert isinstance(back.passed, Opened)
        assert back.target == "/parties"
    assert (door.count(User), door.count(IdentityLink), door.count(WebSession)) == (1, 1, 2)
    with door.database.read() as session:
        user = next(iter(accounts.list_users(session)))
        assert (user.login, user.roles, user.password_hash) == ("anna", ["clerk"], "")
        assert {g.domain: g.level for g in user.grants} == {"hr": 2}
    provider.claims = {"groups": []}
    left = door.gate.leave("/")
    with pytest.raises(ProviderRefusedError, match="None of your groups"):
        door.gate.come_back(left.cookie, door.answer(left), HOME)
    assert door.count(WebSession) == 0


def test_what_is_spent_is_forgotten_when_its_ticket_is_worth_nothing_either(door: Door) -> None:
    for _ in range(3):
        left = door.gate.leave("/")
        door.gate.come_back(left.cookie, door.answer(left), HOME)
        door.clock.move(minutes=21)
    assert door.count(SpentSignIn) == 1


def test_one_answer_twice_at_once_opens_one_session(door: Door, provider: OIDCProvider) -> None:
    provider.careless = True
    first = door.gate.leave("/")
    door.gate.come_back(first.cookie, door.answer(first), HOME)
    left = door.gate.leave("/")
    answer = door.answer(left)
    found = door.at_once([lambda: door.gate.come_back(left.cookie, answer, HOME)] * 4)
    assert sorted(str(one) for one in found if isinstance(one, str)) == ["replayed"] * 3
    assert door.count(WebSession) == 2


def test_somebody_new_in_two_windows_at_once_gets_one_account(door: Door) -> None:
    journeys = [door.gate.leave("/") for _ in range(4)]
    answers = [door.answer(left) for left in journeys]
    found = door.at_once(
        [
            lambda left=left, answer=answer: door.gate.come_back(left.cookie, answer, HOME)
            for left, answer in zip(journeys, answers, strict=True)
        ]
    )
    assert len(found) == 4
    assert {one for one in found if isinstance(one, str)} <= {"raced", "taken"}
    assert (door.count(User), door.count(IdentityLink)) == (1, 1)
    assert door.count(WebSession) == 4 - sum(isinstance(one, str) for one in found) >= 1


def test_a_link_is_made_once(door: Door, audit: AuditLog) -> None:
    from akta.access.oidc.links import add_link

    left = door.gate.leave("/")
    door.gate.come_back(left.cookie, door.answer(left), HOME)
    with door.database.read() as session:
        link = session.scalars(select(IdentityLink)).one()
        user = session.get_one(User, link.user_id)
    facts = {"issuer": link.issuer, "follows_groups": False, "now": door.clock.now()}
    with pytest.raises(ConflictError, match="linked to the account 'anna'"), door.database.write() as session:
        add_link(session, audit, "system:test", user, subject=link.subject, **facts)
    with pytest.raises(ConflictError, match="linked to this provider"), door.database.write() as session:
        add_link(session, audit, "system:test", user, subject="another", **facts)


def test_another_key_opens_no_ticket(
    door: Door, audit: AuditLog, provider: OIDCProvider, clock: SetClock
) -> None:
    left = door.gate.leave("/")
    answer = door.answer(left)
    with pytest.raises(ProviderRefusedError):
        door.gate.come_back(left.cookie, replace(answer, state="another"), HOME)
    sign_ins = SignIns(door.database, audit, clock, SecondFactors(audit, clock, KEY))
    other = ProviderSignIns(door.database, audit, clock, sign_ins, door.gate.provider, b"l" * 32)
    with pytest.raises(ProviderRefusedError):
        other.come_back(left.cookie, answer, HOME)
    assert isinstance(door.gate.come_back(left.cookie, answer, HOME).passed, Opened)
