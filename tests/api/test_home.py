"""Home: each number is right, leads to its list, and counts only what the person may see."""

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import event

from akta.access.models import Grant, User
from akta.events.models import Job
from akta.kernel.ids import new_id
from akta.records.stock import keep_stock, stock_file
from tests.api.conftest import Site
from tests.factories import add_record

INVOICE = b"Invoice number FV/2026/1\nTotal: 10.00 EUR\n"


def _links(page: str) -> dict[str, str]:
    """What waits and what is stuck: the number by its address."""
    lists = "".join(re.findall(r'<ul class="waits">(.*?)</ul>', page, re.DOTALL))
    return dict(re.findall(r'<a href="([^"]+)"><strong>([^<]+)</strong>', lists))


def _only(site: Site, login: str, domain: str, level: int) -> None:
    with site.app.database.write() as session:
        user = session.query(User).where(User.login == login).one()
        session.query(Grant).where(Grant.user_id == user.id).delete()
        session.add(Grant(user_id=user.id, domain=domain, level=level))


def test_a_clerk_is_told_of_what_he_may_see(site: Site) -> None:
    with site.app.database.write() as session:
        for domain in ("hr", "hr", "accounting"):
            add_record(session, state="review", domain=domain, received_at=site.app.clock.now())
    site.sign_in("clerk")
    assert _links(site.client.get("/home").text) == {"/review": "3"}
    _only(site, "clerk", "accounting", 1)
    page = site.client.get("/home").text
    assert _links(page) == {"/review": "1"}
    assert "What is stored" not in page
    assert "Keeping ends" not in page


def test_every_address_of_it_answers_for_every_role(site: Site) -> None:
    site.filed("a.txt", INVOICE)
    with site.app.database.write() as session:
        long_ago = site.app.clock.now() - timedelta(hours=1)
        add_record(session, state="reading", title="<b>slow</b>", received_at=long_ago)
        job = {"id": new_id(), "kind": "process", "key": "process:x", "payload": {}, "state": "parked"}
        session.add(Job(**job, error="<i>broken</i>", run_after=long_ago, created_at=long_ago))
    for role in (
        "staff",
        "clerk",
        "officer",
        "schedule_author",
        "disposer",
        "auditor",
        "administrator",
        "nobody",
    ):
        site.sign_in(role)
        page = site.client.get("/home")
        assert page.status_code == 200, role
        assert "style=" not in page.text
        main = page.text.partition("<main")[2].partition("</main>")[0]
        for address in set(re.findall(r'href="([^"]+)"', main)):
            assert site.client.get(address.replace("&amp;", "&")).status_code == 200, (role, address)
    site.sign_in("administrator")
    assert _links(site.client.get("/home").text)["/stuck#given-up"] == "1"
    told = site.client.get("/stuck").text
    assert "&lt;i&gt;broken" in told
    assert "slow" not in told  # an administrator sees no papers
    site.sign_in("clerk")
    told = site.client.get("/stuck").text
    assert "&lt;b&gt;slow" in told
    assert "broken" not in told


def test_the_first_page_is_intake_for_those_who_bring_in_and_home_for_others(site: Site) -> None:
    for role, path in (("clerk", "/"), ("officer", "/home"), ("auditor", "/home")):
        site.sign_in(role)
        answer = site.client.get("/")
        assert answer.url.path == path
        assert (f'href="{"/intake" if path == "/" else path}" aria-current="page"') in answer.text


def test_officers_see_what_ends_and_what_is_stored(site: Site) -> None:
    today = date.today()
    with site.app.database.write() as session:
        ends = {"class_code": "PL-ACC-08", "retention_state": "until", "retention_action": "destroy"}
        add_record(session, retain_through=today - timedelta(days=400), **ends)
        add_record(session, retain_through=today + timedelta(days=20), size=5_000_000, **ends)
        add_record(session, domain="hr", confidentiality=3, size=7_000_000)
    site.sign_in("officer")
    assert "It has not been counted yet" in site.client.get("/home").text
    keep_stock(site.app.database, stock_file(site.app.home), site.app.clock.now())
    page = site.client.get("/home").text
    assert 'aria-label="keeping has ended: 1">1<' in page
    assert "5 MB" in page
    assert "7 MB" in page
    _only(site, "officer", "accounting", 3)
    assert "7 MB" not in site.client.get("/home").text


def test_the_theme_is_kept_for_the_person_in_this_browser(site: Site) -> None:
    csrf = site.sign_in("clerk")
    assert "data-theme" not in site.client.get("/home").text
    site.client.post("/account/theme", data={"csrf": csrf, "choice": "dark"})
    assert '<html lang="en" data-theme="dark">' in site.client.get("/home").text
    kept = dict(site.client.cookies)
    site.sign_in("staff")
    for name, value in kept.items():
        if name.startswith("akta_theme"):
            site.client.cookies.set(name, value)
    assert "data-theme" not in site.client.get("/home").text  # another person at the same screen
    assert site.client.post("/account/theme", data={"csrf": csrf, "choice": "dark"}).status_code == 403


@pytest.mark.parametrize("role", ["clerk", "officer", "auditor", "administrator"])
def test_no_query_of_home_looks_at_every_record(site: Site, role: str) -> None:
    """The plans of all its queries: records and receipts are reached by an index or a key."""
    site.filed("a.txt", INVOICE)
    site.sign_in(role)
    asked: list[tuple[str, object]] = []

    def note(_conn: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            asked.append((statement, parameters))

    engine = site.app.database.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        assert site.client.get("/home").status_code == 200
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert asked
    scans = []
    with engine.connect() as connection:
        for statement, parameters in asked:
            plan = connection.exec_driver_sql("EXPLAIN QUERY PLAN " + statement, parameters).all()
            scans += [
                (row[3], statement)
                for row in plan
                if re.search(r"SCAN (records|receipts|judgements)\b", row[3])
            ]
    assert scans == []
