"""Piles over HTTP: split by sheets and by hand, put together again, merged, turned; nothing is lost."""

import io
from typing import Any

import pikepdf
import pypdfium2 as pdfium
import pytest
from sqlalchemy import select

from akta.operations.verify import verify_archive
from akta.records.models import PageText, Record, Step
from akta.records.visibility import visible_to
from ingest.piles.requests import request_split
from ingest.piles.sheets import separator_sheets
from tests.api.conftest import Site
from tests.conftest import principal
from tests.papers import generate
from tests.piles import as_scan, as_tiff, joined, scanned

ROLE = "clerk"


def _sheet() -> bytes:
    return as_scan(separator_sheets(1))


def _get(site: Site, record: str, role: str = ROLE) -> dict[str, Any]:
    answer = site.client.get(f"/v1/records/{record}", headers=site.as_(role))
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def _act(
    site: Site, method: str, record: str, path: str, body: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Ask for a change of the pages, have it done, and look at the record."""
    etag = site.client.get(f"/v1/records/{record}", headers=site.as_(ROLE)).headers["etag"]
    answer = site.client.request(
        method, f"/v1/records/{record}/{path}", json=body, headers={**site.as_(ROLE), "if-match": etag}
    )
    assert answer.status_code == 202, answer.text
    assert answer.json()["state"] in ("received", "reading")
    site.drain()
    return _get(site, record)


def _parts(site: Site, record: str) -> list[dict[str, Any]]:
    got = _get(site, record)
    assert got["state"] in ("filed", "review"), (got["state"], got["reason"])
    children = got["children"]
    return [_get(site, c["id"]) for c in children if c["channel"] == "split" and c["state"] != "rejected"]


def _content(site: Site, record: str, version: int) -> bytes:
    answer = site.client.get(f"/v1/records/{record}/versions/{version}/content", headers=site.as_(ROLE))
    assert answer.status_code == 200
    return answer.content


def _text(data: bytes) -> list[str]:
    document = pdfium.PdfDocument(data)
    try:
        return [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()


@pytest.fixture
def invoices() -> list[bytes]:
    return [scanned("invoice", seed) for seed in (3, 4)]


def test_a_scanned_pile_falls_apart_at_its_sheets(site: Site, invoices: list[bytes]) -> None:
    pile = joined([invoices[0], _sheet(), scanned("employment_contract", 5), _sheet(), invoices[1]])
    record = site.filed("pile.pdf", pile, ROLE)
    batch = _get(site, record)
    assert (batch["state"], batch["doc_type"], batch["confidentiality"]) == ("filed", "scan_batch", 3), batch
    parts = _parts(site, record)
    assert [p["doc_type"] for p in parts] == ["invoice", "employment_contract", "invoice"]
    assert all(p["parent"] == record and p["state"] in ("filed", "review") for p in parts)
    assert _content(site, record, 1) == pile
    with site.app.database.read() as session:
        for part in parts:  # what was read in the pile is not read again
            step = session.scalars(
                select(Step).where(Step.record_id == part["id"], Step.name == "read")
            ).one()
            assert step.detail["pages"] == part["pages"]
            assert step.detail["cpu"] < 2
            texts = session.scalars(select(PageText.text).where(PageText.record_id == part["id"])).all()
            assert all(texts)
            assert not any("PATCHT" in t or "Separator" in t for t in texts)
    found = site.client.get("/v1/search", params={"q": "type:umowa"}, headers=site.as_(ROLE)).json()
    assert [hit["id"] for hit in found["items"]] == [parts[1]["id"]]
    assert verify_archive(site.app).holds


def test_whoever_may_not_see_all_parts_does_not_see_the_pile(site: Site, invoices: list[bytes]) -> None:
    record = site.filed("pile.pdf", joined([invoices[0], _sheet(), scanned("payslip", 5)]), ROLE)
    bookkeeper = principal("clerk", levels={"accounting": 3, "other": 2})
    with site.app.database.read() as session:
        seen = set(session.scalars(select(Record.id).where(visible_to(bookkeeper))))
    parts = _parts(site, record)
    assert [p["domain"] for p in parts] == ["accounting", "hr"]
    assert seen == {parts[0]["id"]}


def test_a_wrong_split_is_mended_in_one_gesture(site: Site, invoices: list[bytes]) -> None:
    record = site.filed("pile.pdf", joined([invoices[0], _sheet(), invoices[1]]), ROLE)
    first, second = _parts(site, record)
    whole = _act(site, "POST", first["id"], "merge", {"records": [second["id"]]})
    assert (whole["pages"], whole["state"] in ("filed", "review")) == (2, True)
    assert [v["number"] for v in whole["versions"]] == [1, 2]
    assert [m["record"] for m in whole["versions"][1]["made_of"]] == [first["id"], second["id"]]
    ended = _get(site, second["id"])
    assert (ended["state"], ended["reason"]["code"]) == ("rejected", "merged")
    again = _act(site, "POST", first["id"], "split", {"starts": [2]})
    assert again["doc_type"] == "scan_batch"
    assert [p["doc_type"] for p in _parts(site, first["id"])] == ["invoice", "invoice"]
    assert verify_archive(site.app).holds


def test_a_split_is_undone(site: Site, invoices: list[bytes]) -> None:
    record = site.filed("pile.pdf", joined([invoices[0], _sheet(), invoices[1]]), ROLE)
    parts = _parts(site, record)
    whole = _act(site, "POST", record, "join")
    assert (whole["doc_type"], whole["pages"]) == ("invoice", 3)
    assert _parts(site, record) == []
    assert [_get(site, p["id"])["reason"]["code"] for p in parts] == ["merged", "merged"]


def test_pages_are_reordered_turned_and_left_out(site: Site) -> None:
    pile = as_scan(joined([scanned("memo", seed) for seed in (1, 2, 3)]), 100)
    record = site.filed("memo.pdf", pile, ROLE)
    before = _get(site, record)
    assert before["pages"] == 3
    with site.app.database.read() as session:
        texts = session.scalars(
            select(PageText.text).where(PageText.record_id == record).order_by(PageText.number)
        ).all()
    after = _act(site, "PUT", record, "page-order", {"pages": [{"number": 3}, {"number": 1, "turn": 180}]})
    assert after["pages"] == 2
    assert _content(site, record, 1) == pile
    with pikepdf.open(io.BytesIO(_content(site, record, 2))) as pdf:
        assert [int(p.get("/Rotate", 0)) for p in pdf.pages] == [0, 180]
    with site.app.database.read() as session:
        rows = session.scalars(
            select(PageText).where(PageText.record_id == record).order_by(PageText.number)
        ).all()
        assert rows[0].text == texts[2]
        assert rows[1].rotation == 180  # it was upright before, and is read upside down back into place
    assert _text(_content(site, record, 2)) == ["", ""]


def test_a_tiff_of_many_papers_is_split_too(site: Site, invoices: list[bytes]) -> None:
    record = site.filed("pile.tif", as_tiff(joined([invoices[0], _sheet(), invoices[1]])), ROLE)
    parts = _parts(site, record)
    assert [p["doc_type"] for p in parts] == ["invoice", "invoice"]
    assert all(p["media_type"] == "application/pdf" for p in parts)


def test_the_same_pile_read_again_makes_no_second_papers(site: Site, invoices: list[bytes]) -> None:
    record = site.filed("pile.pdf", joined([invoices[0], _sheet(), invoices[1]]), ROLE)
    parts = {p["id"] for p in _parts(site, record)}
    _act(site, "POST", record, "read-again", {})
    assert {p["id"] for p in _parts(site, record)} == parts


def test_several_invoices_scanned_without_sheets_are_told_apart(site: Site, invoices: list[bytes]) -> None:
    record = site.filed("pile.pdf", joined(invoices), ROLE)
    assert len(_parts(site, record)) == 2
    unsure = site.filed("two.pdf", joined([invoices[0], scanned("medical_certificate", 5)]), ROLE)
    asked = _get(site, unsure)
    assert (asked["state"], asked["reason"]["code"]) == ("review", "may_be_several")
    assert "2 papers" in asked["reason"]["text"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "split", {"starts": [1]}, 422),
        ("POST", "split", {"starts": [9]}, 422),
        ("POST", "split", {"starts": []}, 422),
        ("POST", "join", None, 409),
        ("POST", "merge", {"records": ["01nowhere"]}, 404),
        ("PUT", "page-order", {"pages": [{"number": 1}, {"number": 1}]}, 422),
        ("PUT", "page-order", {"pages": [{"number": 1, "turn": 45}]}, 422),
        ("PUT", "page-order", {"pages": [{"number": 3}]}, 422),
        ("PUT", "page-order", {"pages": [{"number": 1}, {"number": 2}]}, 422),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(
    site: Site, method: str, path: str, body: dict[str, Any] | None, status: int
) -> None:
    record = site.filed("memo.pdf", joined([scanned("memo", 1), scanned("memo", 2)]), ROLE)
    before = site.client.get(f"/v1/records/{record}", headers=site.as_(ROLE))
    answer = site.client.request(
        method,
        f"/v1/records/{record}/{path}",
        json=body,
        headers={**site.as_(ROLE), "if-match": before.headers["etag"]},
    )
    assert answer.status_code == status, answer.text
    assert _get(site, record) == before.json()


def test_text_has_no_pages_to_move(site: Site) -> None:
    record = site.filed("note.txt", b"Notatka sluzbowa\n" * 30, ROLE)
    etag = site.client.get(f"/v1/records/{record}", headers=site.as_(ROLE)).headers["etag"]
    answer = site.client.post(
        f"/v1/records/{record}/split", json={"starts": [2]}, headers={**site.as_(ROLE), "if-match": etag}
    )
    assert answer.status_code == 409
    assert "scans, pictures and PDFs" in answer.json()["detail"]


def test_a_locked_pile_goes_to_review_as_it_was(site: Site) -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(joined([scanned("memo", 1), scanned("memo", 2)]))) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(user="secret", owner="owner"))
    record = site.filed("locked.pdf", out.getvalue(), ROLE)
    etag = site.client.get(f"/v1/records/{record}", headers=site.as_(ROLE)).headers["etag"]
    site.client.post(
        f"/v1/records/{record}/read-again",
        json={"password": "secret"},
        headers={**site.as_(ROLE), "if-match": etag},
    )
    site.drain()
    assert _get(site, record)["pages"] == 2
    stuck = _act(site, "POST", record, "split", {"starts": [2]})
    assert (stuck["state"], stuck["reason"]["code"]) == ("review", "pages_not_moved")
    assert "password" in stuck["reason"]["text"]
    done = _act(site, "POST", record, "split", {"starts": [2], "password": "secret"})
    assert done["doc_type"] == "scan_batch"


def test_a_message_that_comes_twice_changes_nothing(site: Site, invoices: list[bytes]) -> None:
    record = site.filed("pile.pdf", joined([invoices[0], _sheet(), invoices[1]]), ROLE)
    with site.app.database.write() as session:
        row = session.get_one(Record, record)
        state = row.state
        request_split(session, row, [[1], [3]], "person", "test", site.app.clock.now())
        row.state = state  # the first message was carried out already
    site.drain()
    assert len(_parts(site, record)) == 2
    assert _get(site, record)["state"] == "filed"


def test_separator_sheets_can_be_fetched(site: Site) -> None:
    answer = site.client.get("/v1/separator-sheets", params={"sheets": 2}, headers=site.as_("clerk"))
    assert answer.headers["content-type"] == "application/pdf"
    with pikepdf.open(io.BytesIO(answer.content)) as pdf:
        assert len(pdf.pages) == 2
    assert site.client.get("/v1/separator-sheets", headers={}).status_code == 401


def _press(site: Site, record: str, act: str, **more: str) -> str:
    """Press a button of the record page; what the page says then."""
    csrf = site.sign_in(ROLE)
    version = str(_get(site, record)["version"])
    form = {"csrf": csrf, "version": version, "act": act, **more}
    answer = site.client.post(f"/records/{record}/pages", data=form, follow_redirects=True)
    assert answer.status_code == 200
    site.drain()
    return answer.text


def test_the_record_page_offers_what_can_be_done(site: Site, invoices: list[bytes]) -> None:
    record = site.filed("pile.pdf", joined([invoices[0], scanned("medical_certificate", 5)]), ROLE)
    site.sign_in(ROLE)
    page = site.client.get(f"/records/{record}").text
    assert "Split into 2 papers" in page
    assert "changed this record meanwhile" in _press(site, record, "split", starts="2", version="1")
    assert "numbers, such as" in _press(site, record, "split", starts="two")
    _press(site, record, "split", starts="2")
    first, second = _parts(site, record)
    assert "Put the papers together again" in site.client.get(f"/records/{record}").text
    _press(site, first["id"], "append", other=second["id"])
    assert _get(site, first["id"])["pages"] == 2
    _press(site, first["id"], "right", page="1")
    _press(site, first["id"], "take-out", page="2")
    versions = _get(site, first["id"])["versions"]
    assert [[(m["page"], m["turn"]) for m in v["made_of"]] for v in versions[2:]] == [
        [(1, 90), (2, 0)],
        [(1, 0)],
    ]
    page = site.client.get(f"/records/{first['id']}").text
    assert "Version 4" in page
    assert "new version" in page


def test_sheets_between_papers_that_were_never_printed_separate_too(site: Site) -> None:
    papers = [generate(kind, 5, "pl", "pdf").data for kind in ("invoice", "payslip")]
    record = site.filed("pile.pdf", joined([papers[0], separator_sheets(1), papers[1]]), ROLE)
    batch = site.client.get(f"/v1/records/{record}", headers=site.as_(ROLE)).json()
    assert (batch["state"], batch["doc_type"]) == ("filed", "scan_batch")
    assert len(batch["children"]) == 2


def test_appending_a_record_that_is_not_there_is_said_beside_the_form(site: Site) -> None:
    record = site.filed("a.txt", b"Invoice number FV/1/2026\nTotal: 12.00 PLN\n")
    csrf = site.sign_in("clerk")
    version = site.client.get(f"/v1/records/{record}", headers=site.as_("clerk")).json()["version"]
    form = {"csrf": csrf, "version": version, "act": "append", "other": "01nosuch"}
    answer = site.client.post(f"/records/{record}/pages", data=form, follow_redirects=True)
    assert answer.status_code == 200
    assert "There is no record &#39;01nosuch&#39; that you may see." in answer.text


def test_sheets_from_the_intake_desk_divide_a_pile(site: Site) -> None:
    site.sign_in("staff")
    shown = site.client.get("/intake").text
    assert 'action="/intake/separators.pdf"' in shown
    answer = site.client.get("/intake/separators.pdf", params={"count": 3})
    assert answer.headers["content-type"] == "application/pdf"
    assert len(pdfium.PdfDocument(answer.content)) == 3
    for wrong in (0, 201):
        assert site.client.get("/intake/separators.pdf", params={"count": wrong}).status_code == 422
    sheet = as_scan(site.client.get("/intake/separators.pdf", params={"count": 1}).content)
    record = site.filed("pile.pdf", joined([scanned("payslip", 5), sheet, scanned("memo", 1)]), ROLE)
    assert len(_parts(site, record)) == 2
    site.sign_in("auditor")
    assert site.client.get("/intake/separators.pdf").status_code == 403
