"""A client over the whole application, and people with every role."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING

import httpx
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from starlette.testclient import TestClient

from akta.access import accounts, sessions
from akta.access.roles import GRANTABLE, ROLES, TOKEN_SCOPES
from akta.bootstrap import App
from akta.worker.celery_app import make_runner
from api.app import create_api
from tests.conftest import SetClock
from tests.servers.oidc import OIDCProvider

if TYPE_CHECKING:
    from tests.api.gate import Gate

PASSWORD = "a long enough password"


@dataclass
class Site:
    """The application with a test client, and what drains its jobs."""

    app: App
    client: TestClient
    tokens: dict[str, str]

    def as_(self, role: str) -> dict[str, str]:
        return {"authorization": f"Bearer {self.tokens[role]}"}

    def drain(self) -> None:
        """Run all jobs here and now, as a worker would."""
        runner = make_runner(self.app)
        while runner.run_next("test:1:1"):
            pass

    def send(self, name: str, data: bytes, role: str = "clerk", **headers: str) -> httpx.Response:
        return self.client.post(
            "/v1/records", files={"file": (name, data)}, headers={**self.as_(role), **headers}
        )

    def filed(self, name: str, data: bytes, role: str = "clerk") -> str:
        """Send a paper, let it be read; its record's id."""
        answer = self.send(name, data, role)
        assert answer.status_code == 202, answer.text
        self.drain()
        return str(answer.json()["receipts"][0]["record"])

    def sign_in(self, role: str) -> str:
        """Sign a browser in; returns the session's CSRF token."""
        self.client.cookies.clear()
        answer = self.client.post(
            "/sign-in", data={"login": role, "password": PASSWORD, "next": "/account"}, follow_redirects=True
        )
        found = re.search(r'name="csrf" content="([^"]+)"', answer.text)
        assert found, answer.text[:500]
        return found[1]


@pytest.fixture
def site(make_app: Callable[..., App]) -> Site:
    return site_of(make_app())


#: By the settings that go into the web application itself.
_MADE: dict[tuple[bool, str], FastAPI] = {}


def api_of(app: App) -> FastAPI:
    """The web application over an archive: the same for all tests, as its routes take long to make."""
    key = (app.settings.public_https, app.settings.trusted_hosts)
    if key not in _MADE:
        _MADE[key] = create_api(app)
    _MADE[key].state.akta = app
    return _MADE[key]


@cache
def _hash_of(password: str) -> str:
    return PasswordHasher().hash(password)


class _Hasher:
    """Hashes as Akta does, but the same password only once."""

    def hash(self, password: str) -> str:
        return _hash_of(password)


def site_of(app: App) -> Site:
    """The application of an archive without accounts, with people of every role.

    They have the same password, so its hash is made once for all of them and all tests: a third of a second
    each would be most of what these tests take.
    """
    tokens = {}
    now = app.clock.now()
    with pytest.MonkeyPatch.context() as patch, app.database.write() as session:
        patch.setattr(accounts, "_hasher", _Hasher())
        for role in (*ROLES, "nobody"):
            user = accounts.create_user(
                session,
                app.audit,
                "system:test",
                login=role,
                name=role,
                password=PASSWORD,
                roles=[role] if role != "nobody" else [],
                grants={} if role == "nobody" else dict.fromkeys(GRANTABLE, 3),
                language="en",
                now=now,
            )
            _, tokens[role] = sessions.create_token(
                session, app.audit, "system:test", user, name="t", scopes=TOKEN_SCOPES, now=now
            )
    client = TestClient(api_of(app), base_url="http://testserver", raise_server_exceptions=False)
    return Site(app, client, tokens)


@pytest.fixture
def gates(make_app: Callable[..., App], clock: SetClock, provider: OIDCProvider) -> "Callable[..., Gate]":
    """Makes sites that an OpenID provider stands beside; settings can be given."""
    from tests.api.gate import make_gate  # which is made of what stands above

    return partial(make_gate, make_app, clock, provider)
