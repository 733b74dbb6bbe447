"""Bringing papers in over HTTP: receipts, repetition, limits, broken bodies."""

import hashlib
from collections.abc import Callable

import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from akta.access import accounts, sessions
from akta.bootstrap import App
from akta.records.models import Receipt, Record
from api.app import create_api
from tests.api.conftest import Site

PAPER = b"Faktura VAT nr FV/12/2026\nSprzedawca: Firma Testowa sp. z o.o.\nRazem: 123,00 PLN\n"


def _counts(site: Site) -> tuple[int, int]:
    with site.app.database.read() as session:
        return (
            session.scalar(select(func.count()).select_from(Receipt)) or 0,
            session.scalar(select(func.count()).select_from(Record)) or 0,
        )


def test_a_receipt_and_then_a_record(site: Site) -> None:
    answer = site.send("faktura.txt", PAPER)
    assert answer.status_code == 202
    receipt = answer.json()["receipts"][0]
    assert receipt["sha256"] == hashlib.sha256(PAPER).hexdigest()
    assert receipt["state"] == "received"
    site.drain()
    now = site.client.get(f"/v1/receipts/{receipt['id']}", headers=site.as_("clerk")).json()
    assert now["state"] in ("filed", "review")
    record = site.client.get(f"/v1/records/{receipt['record']}", headers=site.as_("clerk"))
    assert record.headers["etag"]
    assert record.json()["domain"] == "accounting"
    text = site.client.get(f"/v1/records/{receipt['record']}/text", headers=site.as_("clerk")).text
    assert "FV/12/2026" in text
    original = site.client.get(
        f"/v1/records/{receipt['record']}/versions/1/content", headers=site.as_("clerk")
    )
    assert original.content == PAPER
    assert original.headers["content-type"] == "application/octet-stream"
    assert "attachment" in original.headers["content-disposition"]


def test_same_bytes_again_point_to_the_same_record(site: Site) -> None:
    first = site.send("a.txt", PAPER).json()["receipts"][0]
    second = site.send("b.txt", PAPER).json()["receipts"][0]
    assert not first["duplicate"]
    assert second["duplicate"]
    assert first["record"] == second["record"]
    assert first["id"] != second["id"]
    assert _counts(site) == (2, 1)


def test_a_duplicate_of_what_one_may_not_see_is_not_betrayed(site: Site) -> None:
    first = site.send("a.txt", PAPER).json()["receipts"][0]
    with site.app.database.write() as session:
        accounts.change_access(
            session,
            site.app.audit,
            "x:y",
            "staff",
            now=site.app.clock.now(),
            grants=dict.fromkeys(["accounting", "unfiled", "other"], 0),
        )
    second = site.send("a.txt", PAPER, "staff").json()["receipts"][0]
    assert not second["duplicate"]
    assert first["record"] != second["record"]


def test_many_files_in_one_request(site: Site) -> None:
    files = [("file", (f"{n}.txt", f"paper {n}".encode())) for n in range(5)]
    answer = site.client.post("/v1/records", files=files, headers=site.as_("staff"))
    assert [r["file_name"] for r in answer.json()["receipts"]] == [f"{n}.txt" for n in range(5)]


def test_idempotency_key_replays(site: Site) -> None:
    first = site.send("a.txt", PAPER, **{"idempotency-key": "k1"})
    again = site.send("a.txt", PAPER, **{"idempotency-key": "k1"})
    assert first.json() == again.json()
    assert _counts(site) == (1, 1)
    other = site.send("a.txt", PAPER + b"x", **{"idempotency-key": "k1"})
    assert other.status_code == 422
    assert other.json()["code"] == "idempotency_reused"


def test_a_failed_request_leaves_its_key_usable(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that dies in the middle must not lock the key out."""
    with monkeypatch.context() as patch:
        patch.setattr("api.rest.intake.receive", lambda *_a, **_n: 1 / 0)
        assert site.send("a.txt", PAPER, **{"idempotency-key": "k2"}).status_code == 500
    assert site.send("a.txt", PAPER, **{"idempotency-key": "k2"}).status_code == 202
    assert _counts(site) == (1, 1)


def test_keys_belong_to_their_sender(site: Site) -> None:
    first = site.send("a.txt", PAPER, "clerk", **{"idempotency-key": "k"}).json()["receipts"][0]
    second = site.send("a.txt", PAPER, "staff", **{"idempotency-key": "k"}).json()["receipts"][0]
    assert first["id"] != second["id"]


def test_large_file_streams(site: Site) -> None:
    data = bytes(range(256)) * 40_000
    receipt = site.send("big.bin", data).json()["receipts"][0]
    assert receipt["size"] == len(data)
    assert receipt["sha256"] == hashlib.sha256(data).hexdigest()


def test_over_the_limit_is_refused_and_leaves_nothing(make_app: Callable[..., App]) -> None:
    app = make_app(max_upload_bytes=1000)
    with app.database.write() as session:
        user = accounts.create_user(
            session,
            app.audit,
            "x:y",
            login="anna",
            name="",
            password="x" * 12,
            roles=["staff"],
            grants={},
            language="en",
            now=app.clock.now(),
        )
        _, token = sessions.create_token(
            session, app.audit, "x:y", user, name="t", scopes=["add"], now=app.clock.now()
        )
    client = TestClient(create_api(app), raise_server_exceptions=False)
    headers = {"authorization": f"Bearer {token}"}
    answer = client.post("/v1/records", files={"file": ("a", b"x" * 1001)}, headers=headers)
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"
    assert list(app.store.names()) == []
    assert client.post("/v1/records", files={"file": ("a", b"x" * 1000)}, headers=headers).status_code == 202


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b"{}"),
        ("multipart/form-data", b""),
        ("multipart/form-data; boundary=x", b""),
        (
            "multipart/form-data; boundary=x",
            b"--x\r\nContent-Disposition: form-data; name=file; filename=a\r\n\r\nabc",
        ),
        ("multipart/form-data; boundary=x", b"garbage that is no form"),
        ("multipart/form-data; boundary=x", b"--x--\r\n"),
        ("", b"abc"),
    ],
)
def test_broken_bodies_are_told_and_change_nothing(site: Site, content_type: str, body: bytes) -> None:
    answer = site.client.post(
        "/v1/records", content=body, headers={**site.as_("staff"), "content-type": content_type}
    )
    assert answer.status_code == 400, answer.text
    assert answer.json()["code"] == "bad_upload"
    assert _counts(site) == (0, 0)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\papers\\fv.pdf", "fv.pdf"),
        ("<b>x</b>.pdf", "b>.pdf"),
        ("a\u202efdp.exe", "a\ufffdfdp.exe"),
        ("", "unnamed"),
        ("x" * 900 + ".pdf", None),
    ],
)
def test_names_from_outside_are_made_harmless(site: Site, sent: str, kept: str | None) -> None:
    from ingest.intake import clean_name

    name = clean_name(sent)
    assert kept is None or name == kept
    assert 0 < len(name) <= 400


def test_records_are_listed_with_cursors(site: Site) -> None:
    for n in range(5):
        site.send(f"{n}.txt", f"paper {n}".encode())
    seen, cursor = [], None
    while True:
        params = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = site.client.get("/v1/records", params=params, headers=site.as_("clerk")).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 5
    assert seen == sorted(seen, reverse=True)
    bad = site.client.get("/v1/records", params={"cursor": "x"}, headers=site.as_("clerk"))
    assert bad.status_code == 422


def test_the_sums_agree(site: Site) -> None:
    site.filed("a.txt", PAPER)
    site.filed("empty.txt", b"")
    site.send("waiting.txt", b"something else")
    status = site.client.get("/v1/status", headers=site.as_("clerk")).json()
    assert status["adds_up"]
    assert status["total"]["received"] == 3
    assert status["total"]["rejected"] == 1
    assert status["total"]["in_progress"] == 1
