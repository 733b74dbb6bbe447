"""Signing in through a provider in a real browser, which keeps and sends cookies as browsers do."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.e2e.browser import PASSWORD, Served, open_page, serving
from tests.e2e.test_access_desk import _code
from tests.servers.oidc import OIDCProvider, oidc_provider
from tests.servers.processes import free_port

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def there() -> Iterator[OIDCProvider]:
    # Another site than 127.0.0.1 for a browser, which is what decides which cookies it sends.
    with oidc_provider() as provider:
        provider.url = provider.url.replace("127.0.0.1", "localhost")
        yield provider


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, there: OIDCProvider) -> Iterator[Served]:
    port = free_port()
    there.redirect_uri = f"http://127.0.0.1:{port}/sign-in/provider/callback"
    with serving(
        tmp_path_factory.mktemp("provider"),
        port,
        AKTA_PUBLIC_URL=f"http://127.0.0.1:{port}",
        AKTA_OIDC_ISSUER=there.url,
        AKTA_OIDC_CLIENT_ID=there.client_id,
        AKTA_OIDC_CLIENT_SECRET=there.client_secret,
        AKTA_OIDC_NAME="Acme ID",
        AKTA_OIDC_GROUPS_CLAIM="groups",
        AKTA_OIDC_GROUPS='{"archive": "clerk accounting:1"}',
    ) as site:
        for login, role in (("adam", "administrator"), ("ewa", "clerk")):
            site.akta(
                *("user", "add", login, "--role", role, "--language", "en", "--password", PASSWORD),
            )
        yield site


def _wrong(page: Page) -> list[str]:
    """What axe finds, and whether the page is wider than a telephone."""
    found = [
        f"{v['id']}: {n['html'][:120]}" for v in Axe().run(page).response["violations"] for n in v["nodes"]
    ]
    page.set_viewport_size({"width": 390, "height": 844})
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        found.append(f"{page.url}: wider than the screen")
    page.set_viewport_size({"width": 1200, "height": 900})
    return found


def test_from_a_stranger_to_two_steps_and_out_again(served: Served, there: OIDCProvider) -> None:
    there.person = "7f3c-" + "0123456789abcdef" * 6
    with open_page(served, quiet=("401",)) as page:
        page.goto("/sign-in?next=/parties")
        assert _wrong(page) == []
        way = page.get_by_role("link", name="Acme ID")
        expect(way).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator(".problem code")).to_have_text(there.person)
        assert _wrong(page) == []

        assert page.context.browser
        desk = page.context.browser.new_context(base_url=served.url).new_page()
        desk.goto("/sign-in")
        desk.fill("input[name=login]", "adam")
        desk.fill("input[name=password]", PASSWORD)
        desk.keyboard.press("Enter")
        desk.wait_for_selector(".rail")
        desk.goto("/admin/people")
        desk.get_by_role("link", name="ewa").click()
        assert _wrong(desk) == []
        desk.fill("input[name=subject]", there.person)
        desk.get_by_role("button", name="Link", exact=True).click()
        expect(desk.locator(".done")).to_contain_text("The person can sign in there from now on")
        assert _wrong(desk) == []

        page.goto("/parties")
        page.get_by_role("link", name="Acme ID").click()
        page.wait_for_url("**/parties")
        page.goto("/account/second-factor")
        page.locator("main form button").click()
        page.locator("summary").last.click()
        secret = page.locator("code.secret").first.inner_text()
        page.fill("input[name=code]", _code(secret, -1))
        page.get_by_role("button", name="Confirm").click()
        expect(page.locator(".codes code")).to_have_count(10)
        page.goto("/account")
        assert _wrong(page) == []
        page.locator(".rail form[action='/sign-out'] button").click()
        expect(page.locator(".done a")).to_have_attribute("href", re.compile("/leave"))
        assert _wrong(page) == []

        # From another site to the second step: its cookie has to have come along.
        page.get_by_role("link", name="Sign in with Acme ID").click()
        page.wait_for_url("**/sign-in/code?next=/")
        page.fill("input[name=code]", _code(secret))
        page.keyboard.press("Enter")
        page.wait_for_selector(".rail")

        # Being asked anew keeps the session.
        page.goto("/account/prove?next=/account/second-factor")
        page.wait_for_url("**/account/second-factor")
        assert _wrong(page) == []
        expect(page.locator("input[name=password]")).to_have_count(0)
