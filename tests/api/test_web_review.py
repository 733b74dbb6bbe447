"""The review desk: what waits for a person, whoever brought it in, one paper after the other."""

import html
import io
import re
import zipfile
from typing import Any

import pytest
from PIL import Image

from akta.access import accounts
from akta.settings import load_settings
from api.web import labels, review
from tests.api.conftest import PASSWORD, Site
from tests.api.test_web import PAPER

NOBODY_KNOWS = b"Something nobody can place, number %d. " * 20


def _listed(page: str) -> list[str]:
    return re.findall(r'<a href="/records/(\w+)"', page)


def _accept(site: Site, csrf: str, record: str, kind: str = "other/memo", **more: str) -> str:
    version = site.client.get(f"/v1/records/{record}", headers=site.as_("clerk")).json()["version"]
    form = {"csrf": csrf, "version": version, "kind": kind, "accept": "1", **more}
    return site.client.post(f"/records/{record}/correct", data=form).text


def test_papers_of_others_are_listed_oldest_first_with_their_reason(site: Site) -> None:
    sent = [site.filed(f"note-{n}.txt", NOBODY_KNOWS % ((n,) * 20), "clerk") for n in range(3)]
    site.filed("program.exe", b"MZ" + bytes(500), "clerk")
    site.sign_in("staff")
    desk = site.client.get("/").text
    assert not re.findall(r"<li data-receipt", desk)  # nothing of one's own
    assert re.search(r'href="/review" >To review <span class="count" data-waits="review" >3<', desk)
    assert '<a href="/review">To review: <strong data-waits="review">3<' in desk
    assert 'data-waits="quarantined">1<' in desk
    listed = site.client.get("/review").text
    assert _listed(listed) == sent
    assert "Akta is not sure what kind of paper this is." in listed or "does not look like" in listed
    assert "program.exe" in site.client.get("/review?state=quarantined").text
    assert site.client.get("/intake/progress").json()["waiting"] == {"review": 3, "quarantined": 1}


def test_what_one_may_not_see_is_neither_counted_nor_listed(site: Site) -> None:
    site.filed("note.txt", NOBODY_KNOWS % ((1,) * 20), "clerk")
    site.sign_in("auditor")
    assert "note.txt" in site.client.get("/review").text
    assert 'data-waits="review" >' not in site.client.get("/").text  # one who reviews nothing has no desk
    site.sign_in("administrator")
    assert site.client.get("/review").status_code == 403


def test_a_long_list_goes_on_after_the_last_of_the_page(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(review, "_PAGE", 2)
    sent = [site.send(f"note-{n}.txt", NOBODY_KNOWS % ((n,) * 20)).json() for n in range(3)]
    site.drain()
    site.sign_in("clerk")
    first = site.client.get("/review").text
    more = re.search(r'href="(/review\?state=review&amp;after=[\w.:-]+)"', first)
    assert more
    second = site.client.get(more[1].replace("&amp;", "&")).text
    assert _listed(first) + _listed(second) == [answer["receipts"][0]["record"] for answer in sent]


def test_after_accepting_the_next_one_is_offered(site: Site) -> None:
    sent = [site.filed(f"note-{n}.txt", NOBODY_KNOWS % ((n,) * 20)) for n in range(3)]
    csrf = site.sign_in("clerk")
    page = _accept(site, csrf, sent[1])
    assert "Accepted and filed." in page
    assert re.search(rf'href="/records/{sent[0]}">Next to review', page)  # the first of those that wait
    page = _accept(site, csrf, sent[0])
    assert re.search(rf'href="/records/{sent[2]}">Next to review', page)
    assert "Nothing else waits" in _accept(site, csrf, sent[2])
    assert "Next to review" not in site.client.get(f"/records/{sent[0]}").text


def _archive() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", bytes(60_000_000))  # grows beyond measure
    return made.getvalue()


def test_a_picture_that_cannot_be_made_is_said_to_be_none(site: Site) -> None:
    record = site.filed("archive.zip", _archive())
    picture = f"/records/{record}/pages/1.jpg"
    csrf = site.sign_in("clerk")
    data = site.client.get(f"/v1/records/{record}", headers=site.as_("clerk")).json()
    assert data["state"] == "quarantined"
    assert site.client.get(picture).status_code == 204
    form = {"csrf": csrf, "version": data["version"], "act": "release"}
    page = site.client.post(f"/records/{record}/decide", data=form).text
    assert site.client.get(picture).status_code == 202  # asked for now
    site.drain()
    assert site.client.get(picture).status_code == 204
    assert f'<a class="button" href="/records/{record}/original">Open the original' in page


def test_of_a_truncated_photograph_what_is_there_is_shown(site: Site) -> None:
    whole = io.BytesIO()
    Image.effect_noise((600, 800), 80).save(whole, "JPEG")
    record = site.filed("photo.jpg", whole.getvalue()[: len(whole.getvalue()) // 2])
    site.sign_in("clerk")
    picture = f"/records/{record}/pages/1.jpg"
    site.client.get(picture)
    site.drain()
    assert site.client.get(picture).headers["content-type"] == "image/jpeg"


RECEIPT = "Paragon fiskalny\nSklep Testowy\nData: 2026-03-01\nDziękujemy\n".encode()


def _form(site: Site, csrf: str, record: str, **more: str) -> dict[str, str]:
    data = site.client.get(f"/v1/records/{record}", headers=site.as_("clerk")).json()
    return {"csrf": csrf, "version": data["version"], "kind": f"{data['domain']}/{data['doc_type']}", **more}


def test_a_receipt_without_a_total_is_accepted_only_after_asking(site: Site) -> None:
    record = site.filed("note.txt", RECEIPT)
    csrf = site.sign_in("clerk")
    form = _form(site, csrf, record, accept="1") | {"kind": "accounting/receipt", "was_kind": "other/memo"}
    asked = site.client.post(f"/records/{record}/correct", data=form).text
    assert "Accept without a total?" in asked
    assert re.search(r'value="accounting/receipt" selected', asked)
    state = site.client.get(f"/v1/records/{record}", headers=site.as_("clerk")).json()
    assert state["state"] == "review"
    del form["accept"]
    done = site.client.post(f"/records/{record}/correct", data={**form, "confirmed": "1"}).text
    assert "Accepted and filed." in done


def test_a_value_without_its_field_is_not_dropped(site: Site) -> None:
    record = site.filed("note.txt", NOBODY_KNOWS % ((1,) * 20))
    csrf = site.sign_in("clerk")
    site.client.post("/account/language", data={"csrf": csrf, "choice": "pl"})
    answer = site.client.post(
        f"/records/{record}/correct", data=_form(site, csrf, record, new_value="Firma", save="1")
    )
    assert answer.status_code == 422
    assert "Wybierz, którym polem jest „Firma”." in html.unescape(answer.text)
    assert '<input name="new_value" value="Firma"' in answer.text
    wrong = _form(site, csrf, record, new_field="total", new_value="wiele", save="1")
    answer = site.client.post(f"/records/{record}/correct", data=wrong)
    said = html.unescape(answer.text)
    assert ": „wiele” to nie kwota, na przykład 1234.50 lub 1 234,50." in said
    assert '<option value="total" selected>' in said
    assert 'value="wiele"' in said


def test_a_page_of_an_error_is_in_the_persons_language(site: Site) -> None:
    csrf = site.sign_in("clerk")
    site.client.post("/account/language", data={"csrf": csrf, "choice": "pl"})
    headers = {"accept": "text/html", "accept-language": "en"}
    answer = site.client.post("/account/language", data={"csrf": "x", "choice": "en"}, headers=headers)
    assert answer.status_code == 403
    assert "Strona jest nieaktualna. Wczytaj ją ponownie i powtórz." in answer.text


def test_what_was_typed_outlives_the_change_of_another(site: Site) -> None:
    record = site.filed("faktura.txt", PAPER)
    csrf = site.sign_in("clerk")
    seen = {f["name"]: f["value"] for f in _detail(site, record)["fields"]}
    was = {f"was.{n}": v for n, v in seen.items()} | {f"field.{n}": v for n, v in seen.items()}
    mine = _form(site, csrf, record, **was) | {"field.vendor": "Mine Ltd"}
    theirs = {"fields": {"vendor": "Theirs Ltd", "total": "999.00"}}
    headers = {**site.as_("staff"), "if-match": f'"{mine["version"]}"'}
    assert site.client.patch(f"/v1/records/{record}", json=theirs, headers=headers).status_code == 200
    answer = site.client.post(f"/records/{record}/correct", data=mine)
    assert answer.status_code == 409
    assert "What you typed is kept below" in answer.text
    assert 'name="field.vendor" value="Mine Ltd"' in answer.text
    assert "stored now: <bdi>Theirs Ltd</bdi>" in answer.text
    assert 'name="field.total" value="999.00"' in answer.text  # not touched by the one who typed
    again = mine | {"version": str(_detail(site, record)["version"]), "was.vendor": "Theirs Ltd"}
    again |= {"was.total": "999.00", "field.total": "999.00"}
    assert site.client.post(f"/records/{record}/correct", data=again).status_code == 200
    stored = {f["name"]: f["value"] for f in _detail(site, record)["fields"]}
    assert (stored["vendor"], stored["total"]) == ("Mine Ltd", "999.00")


def _detail(site: Site, record: str) -> dict[str, Any]:
    answer: dict[str, Any] = site.client.get(f"/v1/records/{record}", headers=site.as_("clerk")).json()
    return answer


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("vendr:orlen", "Nie ma pola „vendr”. Czy chodziło o „vendor”? Pola: "),
        ("type:", "Po „type:” trzeba podać wartość."),
        ("type:", '<p class="quiet">znak 6</p>'),
        ("%%%", "W zapytaniu nie ma słowa, liczby ani pola"),
        ("total:x", "„x” to nie kwota, na przykład 500 lub 1234,50."),
        ("hold:perhaps", "„hold” to tak albo nie, a nie „perhaps”."),
    ],
)
def test_a_query_that_cannot_be_answered_says_so_in_polish(site: Site, typed: str, said: str) -> None:
    csrf = site.sign_in("clerk")
    site.client.post("/account/language", data={"csrf": csrf, "choice": "pl"})
    page = html.unescape(site.client.get("/search", params={"q": typed}).text)
    assert said in page
    assert 'class="hits"' not in page


def test_without_a_chosen_language_pages_follow_the_browser(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AKTA_LANGUAGE", raising=False)
    with site.app.database.write() as session:
        values = {"login": "new", "name": "New", "password": PASSWORD, "roles": ["staff"], "grants": {}}
        language = load_settings(home=site.app.settings.home).first_language
        now = site.app.clock.now()
        accounts.create_user(session, site.app.audit, "system:test", **values, language=language, now=now)
    csrf = site.sign_in("new")
    for told, shown in (("pl-PL,pl;q=0.9,en;q=0.5", "pl"), ("de,en;q=0.5", "en")):
        page = site.client.get("/", headers={"accept-language": told}).text
        assert f'<html lang="{shown}">' in page
    site.client.post("/account/language", data={"csrf": csrf, "choice": "pl"})
    assert '<html lang="pl">' in site.client.get("/", headers={"accept-language": "en"}).text


def test_reasons_and_their_facts_are_in_the_readers_language() -> None:
    for code, params, said in (
        ("expands_too_much", {"detail": "over 512 members"}, "(ponad 512 plików w środku)"),
        ("too_many_pixels", {"detail": "90000 × 90000 pixels"}, "(90000 × 90000 pikseli)"),
        ("unsure_fields", {"fields": "total, vendor"}, "Sprzedawca"),
    ):
        assert said in labels.reason(code, params, "pl")
    assert labels.reason("rejected_by_person", {"note": "Search"}, "pl") == "Odrzucone przez osobę: Search"
    assert "over 512 members" in labels.reason("expands_too_much", {"detail": "over 512 members"}, "en")


def test_a_reading_is_stopped_by_who_brought_the_paper(site: Site) -> None:
    record = site.send("invoice.txt", PAPER, "staff").json()["receipts"][0]["record"]
    csrf = site.sign_in("staff")
    assert "Stop reading" in site.client.get(f"/records/{record}").text
    answer = site.client.post(f"/records/{record}/decide", data={"csrf": csrf, "act": "stop", "version": "0"})
    assert answer.status_code == 200
    assert "Reading is stopped." in answer.text
    assert "A person stopped its reading; pages read until then: 0." in answer.text
    assert "Stop reading" not in answer.text
    site.drain()
    detail = site.client.get(f"/v1/records/{record}", headers=site.as_("staff")).json()
    assert (detail["state"], detail["reason"]["code"]) == ("review", "stopped")
    late = site.client.post(f"/v1/records/{record}/stop-reading", headers=site.as_("staff"))
    assert late.status_code == 409
