"""The pages: signing in, CSRF, headers, hostile text, corrections."""

import io
import os
import re
import zipfile

import pikepdf
import pytest

from akta.access import accounts
from akta.events.wake import drain, open_fifo
from api.web import labels
from tests.api.conftest import PASSWORD, Site
from tests.papers import generate

PAPER = b"Faktura VAT nr FV/12/2026\nSprzedawca: Firma Testowa sp. z o.o.\nRazem: 123,00 PLN\n"


def test_pages_need_signing_in(site: Site) -> None:
    for path in ("/", "/search?q=a", "/account", "/records/x"):
        answer = site.client.get(path, follow_redirects=False)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/sign-in?next=")


def test_sign_in_goes_where_one_wanted_but_never_off_the_site(site: Site) -> None:
    for target, goes in (
        ("/search?q=a", "/search?q=a"),
        ("//evil.example", "/"),
        ("https://evil.example", "/"),
    ):
        answer = site.client.post(
            "/sign-in",
            data={"login": "clerk", "password": PASSWORD, "next": target},
            follow_redirects=False,
        )
        assert answer.headers["location"] == goes


def test_cookie_is_kept_from_scripts_and_changes_at_sign_in(site: Site) -> None:
    data = {"login": "clerk", "password": PASSWORD}
    first = site.client.post("/sign-in", data=data, follow_redirects=False)
    cookie = first.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    old = site.client.cookies["akta_session"]
    site.client.post("/sign-in", data=data, follow_redirects=False)
    assert site.client.cookies["akta_session"] != old
    site.client.cookies.clear()
    site.client.cookies.set("akta_session", old)  # the old session was closed
    assert site.client.get("/", follow_redirects=False).status_code == 303


def test_wrong_password_is_told_without_saying_which(site: Site) -> None:
    texts = set()
    for login in ("clerk", "nobody-at-all"):
        answer = site.client.post("/sign-in", data={"login": login, "password": "x"})
        assert answer.status_code == 401
        texts.add(answer.text.replace(login, "LOGIN"))
    assert len(texts) == 1


def test_throttled_after_many_failures(site: Site) -> None:
    for _ in range(accounts.THROTTLE_LOGIN):
        site.client.post("/sign-in", data={"login": "clerk", "password": "x"})
    answer = site.client.post("/sign-in", data={"login": "clerk", "password": PASSWORD})
    assert answer.status_code == 429


def test_security_headers_on_every_page(site: Site) -> None:
    site.sign_in("clerk")
    for path in ("/", "/sign-in", "/nowhere", "/v1/records", "/search?q=x"):
        headers = site.client.get(path).headers
        policy = headers["content-security-policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize("path", ["/account/language", "/sign-out", "/records/x/decide"])
def test_forms_without_the_token_are_refused(site: Site, path: str) -> None:
    site.sign_in("clerk")
    data = {"csrf": "wrong", "choice": "pl", "act": "reject", "version": "1"}
    assert site.client.post(path, data=data).status_code == 403


def test_other_sites_cannot_post(site: Site) -> None:
    csrf = site.sign_in("clerk")
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}, {"origin": "null"}):
        answer = site.client.post("/account/language", data={"csrf": csrf, "choice": "pl"}, headers=headers)
        assert answer.status_code == 403


def test_a_page_that_outlived_its_session_learns_the_new_token(site: Site) -> None:
    old = site.sign_in("staff")
    csrf = site.sign_in("staff")
    assert old != csrf
    assert site.client.get("/session").json()["csrf"] == csrf
    site.client.cookies.clear()
    assert site.client.get("/session", follow_redirects=False).status_code == 303


def test_upload_from_the_page(site: Site) -> None:
    csrf = site.sign_in("staff")
    files = {"file": ("faktura.txt", PAPER)}
    assert site.client.post("/intake/files", files=files).status_code == 403
    answer = site.client.post("/intake/files", files=files, headers={"x-csrf-token": csrf})
    assert answer.status_code == 202
    site.drain()
    state = site.client.get("/intake/progress").json()
    assert state["papers"][0]["ended"]
    assert state["today"]["received"] == 1


def test_who_opens_the_desk_and_may_add_is_expected_to(site: Site) -> None:
    pipe = open_fifo(site.app.wake_pipe)
    try:
        for role, expected in (("auditor", False), ("clerk", True)):
            site.sign_in(role)
            drain(pipe)
            site.client.get("/")
            assert drain(pipe) is expected
    finally:
        os.close(pipe)


def test_hostile_text_is_shown_and_not_run(site: Site) -> None:
    name = '"><img src=x onerror=alert(1)>.txt'
    body = b"Invoice <script>alert(1)</script> number FV/1 total 10.00 EUR\n"
    csrf = site.sign_in("clerk")
    answer = site.client.post("/intake/files", files={"file": (name, body)}, headers={"x-csrf-token": csrf})
    record = answer.json()["receipts"][0]["record"]
    site.drain()
    for path in ("/", f"/records/{record}", "/search?q=<script>alert(1)</script>", "/search?q=invoice"):
        html = site.client.get(path).text
        assert "<script>alert" not in html
        assert "<img src=x" not in html


def test_correct_and_accept(site: Site) -> None:
    record = site.filed("faktura.txt", PAPER)
    csrf = site.sign_in("clerk")
    version = site.client.get(f"/v1/records/{record}", headers=site.as_("clerk")).json()["version"]
    form = {
        "csrf": csrf,
        "version": version,
        "kind": "accounting/invoice",
        "field.vendor": "Inna Firma S.A.",
        "confirmed": "1",
    }
    answer = site.client.post(f"/records/{record}/correct", data=form)
    assert answer.status_code == 200
    data = site.client.get(f"/v1/records/{record}", headers=site.as_("clerk")).json()
    assert data["state"] == "filed"
    vendor = next(f for f in data["fields"] if f["name"] == "vendor")
    assert vendor["value"] == "Inna Firma S.A."
    assert vendor["confirmed_by"].startswith("user:")
    stale = site.client.post(f"/records/{record}/correct", data=form)
    assert "changed this record meanwhile" in stale.text


def test_what_one_may_not_see_is_not_there(site: Site) -> None:
    record = site.filed("faktura.txt", PAPER)
    site.sign_in("nobody")
    for path in (f"/records/{record}", f"/records/{record}/original", f"/records/{record}/pages/1.jpg"):
        assert site.client.get(path).status_code == 404


def test_pages_in_polish(site: Site) -> None:
    csrf = site.sign_in("clerk")
    site.client.post("/account/language", data={"csrf": csrf, "choice": "pl"})
    assert "Upuść tu dokumenty" in site.client.get("/").text
    page = site.client.get("/search?q=nic")
    assert "Znaleziono 0 dokumentów" in page.text
    assert 'lang="pl"' in page.text


def test_uploaded_html_is_never_served_as_html(site: Site) -> None:
    record = site.filed("page.html", b"<html><body><script>alert(1)</script>Invoice</body></html>")
    site.sign_in("clerk")
    answer = site.client.get(f"/records/{record}/original")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["content-security-policy"]


def _zip(**files: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, data in files.items():
            archive.writestr(f"{name}.txt", data)
    return made.getvalue()


def _shown(site: Site, show: str) -> list[tuple[str, str]]:
    state = site.client.get(f"/intake/progress?show={show}").json()
    return [(paper["file_name"], paper["state"]) for paper in state["papers"]]


def test_the_numbers_of_the_desk_add_up_and_each_shows_its_papers(site: Site) -> None:
    site.filed("faktura.txt", PAPER)
    site.filed("empty.txt", b"")
    site.filed("program.exe", b"MZ" + bytes(500))
    site.filed("note.txt", b"Something nobody can place. " * 20)
    site.send("waiting.txt", b"something else")
    site.sign_in("clerk")
    page = site.client.get("/").text
    numbers = {n: int(c) for n, c in re.findall(r'data-count="(\w+)">(\d+)<', page)}
    assert numbers.pop("received") == sum(numbers.values()) == 5
    assert numbers["rejected"] == 1
    for name, count in numbers.items():
        assert f'href="/?show={name}"' in page
        assert len(_shown(site, name)) == count
    assert _shown(site, "rejected") == [("empty.txt", "rejected")]
    assert _shown(site, "received")[0] == ("program.exe", "quarantined")
    assert ("note.txt", "review") in _shown(site, "review")
    assert "program.exe" not in site.client.get("/?show=rejected").text


def test_what_was_unpacked_has_rows_under_its_paper(site: Site) -> None:
    answer = site.send("pile.zip", _zip(one=PAPER, two=PAPER + b"two"))
    site.drain()
    site.send("later.txt", b"something else")
    site.sign_in("clerk")
    papers = site.client.get("/intake/progress").json()["papers"]
    names = [paper["file_name"] for paper in papers]
    assert names[:2] == ["later.txt", "pile.zip"]
    assert set(names[2:]) == {"one.txt", "two.txt"}
    assert {paper["from"] for paper in papers[2:]} == {"pile.zip"}
    assert site.client.get("/").text.count(' inside">') == 2
    receipt = answer.json()["receipts"][0]["id"]
    followed = site.client.get(f"/intake/progress?receipts={receipt}").json()["papers"]
    assert len(followed) == 3


def test_the_page_of_a_paper_that_is_read_can_follow_it(site: Site) -> None:
    record = site.send("faktura.txt", PAPER).json()["receipts"][0]["record"]
    site.sign_in("clerk")
    assert 'data-state="received"' in site.client.get(f"/records/{record}").text
    state = site.client.get(f"/records/{record}/state").json()
    assert (state["ended"], state["label"]) == (False, "Waiting")
    site.drain()
    assert site.client.get(f"/records/{record}/state").json()["ended"]
    site.sign_in("nobody")
    assert site.client.get(f"/records/{record}/state").status_code == 404


def test_a_wrong_password_is_told(site: Site) -> None:
    made = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(made, encryption=pikepdf.Encryption(owner="o", user="sesame"))
    record = site.filed("locked.pdf", made.getvalue())
    csrf = site.sign_in("clerk")
    page = site.client.get(f"/records/{record}").text
    assert "locked with a password" in page
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version
    form = {"csrf": csrf, "version": version[1], "act": "read-again", "password": "wrong"}
    site.client.post(f"/records/{record}/decide", data=form)
    site.drain()
    page = site.client.get(f"/records/{record}").text
    assert "does not open the file" in page
    assert 'name="password"' in page


def _options(page: str, select: str) -> list[str]:
    found = re.search(rf'<select name="{select}".*?</select>', page, re.DOTALL)
    assert found
    return re.findall(r"<(?:optgroup label|option value)=\"[^\"]*\"[^>]*>(?:[^<]+)?", found[0])


def test_drop_downs_are_sorted_by_what_is_shown(site: Site) -> None:
    record = site.filed("faktura.txt", PAPER)
    csrf = site.sign_in("clerk")
    site.client.post("/account/language", data={"csrf": csrf, "choice": "pl"})
    page = site.client.get(f"/records/{record}").text
    kinds = _options(page, "kind")
    groups = [k.split('"')[1] for k in kinds if k.startswith("<optgroup")]
    assert groups == ["IT", "Kadry", "Księgowość", "Laboratorium", "Zamówienia", "Inne"]
    hr = [k.split(">")[1].strip(" ") for k in kinds if 'value="hr/' in k]
    assert any(kind.startswith("\u2003") for kind in hr)  # finer kinds are set in
    hr = [kind for kind in hr if not kind.startswith("\u2003")]
    assert hr[-4:] == [
        "Wniosek o urlop",
        "Wypowiedzenie umowy o pracę",
        "Zaświadczenie o szkoleniu",
        "Życiorys",
    ]
    fields = [f for f in _options(page, "new_field") if 'value=""' not in f]
    assert 'label="Zwykle na tym rodzaju"' in fields[0]
    usual = fields[1 : fields.index('<optgroup label="Inne pola">')]
    assert any('value="due_date"' in f for f in usual)
    shown = [f.split(">")[1] for f in usual]
    assert shown == sorted(shown, key=labels.sort_key)


def test_how_it_was_read_is_said_in_plain_words(site: Site) -> None:
    body = PAPER + b"NIP: 526-000-12-46\nNetto: 100,00\nVAT 23%: 23,00\nDo zaplaty: 123,00 PLN\n"
    record = site.filed("faktura.txt", body + b"Pozycja\n" * 200)
    csrf = site.sign_in("clerk")
    page = site.client.get(f"/records/{record}").text
    assert "sum agrees" in page
    assert "check digit of the NIP is right" in page
    assert "net+vat" not in page
    assert re.search(r"all pages: read from the text in the file\s*<", page)
    site.client.post("/account/language", data={"csrf": csrf, "choice": "pl"})
    assert "suma się zgadza" in site.client.get(f"/records/{record}").text


def test_readers_and_checks_have_words_in_both_languages() -> None:
    assert labels.reading("tesseract 5.3.0", "recognised", "en") == "read by OCR (Tesseract 5.3)"
    twice = labels.reading("tesseract+ppocr 5.3.0+PP-OCRv6 small, rapidocr 3.9", "recognised", "en")
    assert twice == "read by OCR (Tesseract 5.3) and by the second reader (PP-OCRv6 small)"
    assert labels.reading("pdf text layer pdfium 8149", "recognised", "pl") == "odczytano z tekstu w PDF"
    assert labels.reading("pillow 11.0", "blank", "en") == "blank page"


def test_keeping_that_is_over_or_undecided_looks_so(site: Site) -> None:
    old = site.filed("stara.txt", PAPER + b"Data wystawienia: 2010-03-01\n")
    unclear = site.filed("note.txt", b"Something nobody can place. " * 20)
    site.sign_in("clerk")
    page = site.client.get(f"/records/{old}").text
    assert 'class="kept over"' in page
    assert "The period is over since 31 December" in page
    assert 'class="kept open"' in site.client.get(f"/records/{unclear}").text


def test_an_empty_file_offers_nothing_that_cannot_help(site: Site) -> None:
    record = site.filed("empty.txt", b"")
    site.sign_in("clerk")
    page = site.client.get(f"/records/{record}").text
    assert "The file is empty" in page
    assert "Read again" not in page
    assert 'name="kind"' not in page


def test_history_says_who_did_what_and_hides_who_looked(site: Site) -> None:
    record = site.filed("faktura.txt", PAPER)
    csrf = site.sign_in("clerk")
    version = site.client.get(f"/v1/records/{record}", headers=site.as_("clerk")).json()["version"]
    form = {"csrf": csrf, "version": version, "field.vendor": "<b>Inna</b>", "confirmed": "1"}
    site.client.post(f"/records/{record}/correct", data=form)
    site.client.get(f"/records/{record}/original")
    page = site.client.get(f"/records/{record}").text
    history = page[page.index('class="history"') :]
    assert history.index("corrected") < history.index("came in")
    assert "Vendor" in history
    assert "clerk" in history
    assert "downloaded" not in history


def test_officers_place_and_release_holds(site: Site) -> None:
    record = site.filed("faktura.txt", PAPER)
    csrf = site.sign_in("clerk")
    asked = {"csrf": csrf, "matter": "Case 7", "reason": "court"}
    site.client.post(f"/records/{record}/hold", data=asked)
    assert "Case 7" not in site.client.get(f"/records/{record}").text
    csrf = site.sign_in("officer")
    asked["csrf"] = csrf
    page = site.client.post(f"/records/{record}/hold", data=asked).text
    assert re.search(r"\d %\s+<span class=\"chip hold\">on hold: Case 7<", page)
    hold = re.search(r'name="hold" value="([^"]+)"', page)
    assert hold
    done = {"csrf": csrf, "hold": hold[1], "reason": "settled"}
    page = site.client.post(f"/records/{record}/release-hold", data=done).text
    assert 'class="chip hold"' not in page
    assert page.index("hold released") < page.index("hold placed")


def test_a_picture_is_read_again_in_another_way(site: Site) -> None:
    paper = generate("receipt", seed=5, language="en", medium="scan", dpi=150)
    record = site.filed(paper.name, paper.data)
    csrf = site.sign_in("clerk")
    page = site.client.get(f"/records/{record}").text
    assert "Read again in another way" in page
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version
    form = {"csrf": csrf, "version": version[1], "act": "read-again"}
    chosen = ["languages=eng", "", "enlarge=1"]
    site.client.post(f"/records/{record}/decide", data={**form, "reading": chosen})
    site.drain()
    page = site.client.get(f"/records/{record}").text
    assert "reading again asked for" in page
    assert "enlarged, English" in page
    site.sign_in("staff")
    assert "Read again in another way" not in site.client.get(f"/records/{record}").text


def test_a_text_file_has_only_one_way(site: Site) -> None:
    record = site.filed("faktura.txt", PAPER)
    site.sign_in("clerk")
    assert "Read again in another way" not in site.client.get(f"/records/{record}").text
