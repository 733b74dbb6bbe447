"""A site with a provider beside it, and somebody with a browser who goes there and back."""

import http.client
import json
import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import httpx
from sqlalchemy import select

from akta.access import accounts
from akta.access.models import User
from akta.access.oidc.links import add_link
from akta.audit.models import AuditEntry
from akta.bootstrap import App
from tests.api.conftest import Site, site_of
from tests.conftest import SetClock
from tests.servers.oidc import OIDCProvider

SETTINGS = {"oidc_client_id": "akta", "oidc_name": "Acme ID", "public_url": "http://testserver"}


class Gate:
    """A site, its provider, and a browser that is at both. Time stands still until it is moved."""

    def __init__(self, app: App, clock: SetClock, provider: OIDCProvider) -> None:
        self.site: Site = site_of(app)
        self.app = app
        self.clock = clock
        self.provider = provider

    @property
    def cookie(self) -> str:
        return self.site.client.cookies.get("akta_session") or ""

    def get(self, path: str, **headers: str) -> httpx.Response:
        headers = {"accept": "text/html", **{k.replace("_", "-"): v for k, v in headers.items()}}
        return self.site.client.get(path, headers=headers, follow_redirects=False)

    def post(self, path: str, **form: str) -> httpx.Response:
        return self.site.client.post(path, data=form, headers={"accept": "text/html"}, follow_redirects=False)

    def link(self, login: str, *, follows: bool = False, subject: str = "") -> None:
        with self.app.database.write() as session:
            add_link(
                session,
                self.app.audit,
                "system:test",
                accounts.find_user(session, login),
                issuer=self.provider.url,
                subject=subject or self.provider.person,
                follows_groups=follows,
                now=self.clock.now(),
            )

    def leave(self, target: str = "/", start: str = "/sign-in/provider") -> str:
        """Go to the provider, which sends one back; the path to come back on."""
        answer = self.get(f"{start}?next={target}")
        assert answer.status_code == 303, answer.text
        return self.at_provider(answer.headers["location"])

    def at_provider(self, where: str) -> str:
        """What the provider answers a browser that is sent there: the path to come back on."""
        parts = urlsplit(where)
        line = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
        line.request("GET", f"{parts.path}?{parts.query}")
        answer = line.getresponse()
        told = answer.read().decode()
        line.close()
        assert answer.status == 303, told
        back = answer.getheader("location") or ""
        assert back.startswith("http://testserver/sign-in/provider/callback?")
        return back.removeprefix("http://testserver")

    def journey(self, target: str = "/") -> httpx.Response:
        """There and back, in a browser that is signed in nowhere here."""
        self.site.client.cookies.clear()
        return self.get(self.leave(target))

    def whys(self) -> list[str]:
        """Why sign-ins were refused, as the audit log has it."""
        return [
            str(details.get("why"))
            for action, _, details in self.entries()
            if action == "user.sign_in_failed"
        ]

    def entries(self) -> list[tuple[str, str, dict[str, object]]]:
        with self.app.database.read() as session:
            rows = session.scalars(select(AuditEntry).order_by(AuditEntry.seq)).all()
        told = [json.loads(row.body) for row in rows]
        return [(one["action"], one["subject"], one["details"]) for one in told]

    def user(self, login: str) -> User:
        with self.app.database.read() as session:
            return next(user for user in accounts.list_users(session) if user.login == login)

    def who(self) -> str:
        """The account of the session, or nothing."""
        answer = self.get("/account")
        found = re.search(r"<h1>([^<]+)</h1>", answer.text)
        return found[1] if answer.status_code == 200 and found else ""


def make_gate(make_app: Callable[..., App], clock: SetClock, provider: OIDCProvider, **settings: str) -> Gate:
    given = {"oidc_issuer": provider.url, "oidc_client_secret": provider.client_secret, **SETTINGS}
    app = make_app(**{**given, **settings})
    app.clock = clock  # type: ignore[misc]
    provider.now = clock.now
    return Gate(app, clock, provider)


def query_of(where: str) -> dict[str, str]:
    """The parameters of an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(where).query).items()}
