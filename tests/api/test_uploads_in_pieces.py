"""Large files in pieces: what arrived is kept, nothing is ever corrupted, and each file has one receipt."""

import base64
import hashlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select

from akta.bootstrap import ROOT, App
from akta.bootstrap.upkeep import maintain
from akta.records.models import Receipt, Version
from ingest.uploads import service
from ingest.uploads.models import PartialUpload
from tests.api.conftest import Site
from tests.api.test_slow_uploads import _serving, _token
from tests.conftest import SetClock

TUS = {"tus-resumable": "1.0.0"}
PIECE = {**TUS, "content-type": "application/offset+octet-stream"}
PAPER = b"Faktura VAT nr FV/12/2026\nRazem: 123,00 PLN\n" * 400


def _named(name: str) -> str:
    return "filename " + base64.b64encode(name.encode()).decode()


def _begin(site: Site, size: int, role: str = "clerk", name: str = "łącznik.txt") -> str:
    headers = {**site.as_(role), **TUS, "upload-length": str(size), "upload-metadata": _named(name)}
    answer = site.client.post("/v1/uploads", headers=headers)
    assert answer.status_code == 201, answer.text
    return str(answer.headers["location"])


def _send(site: Site, at: str, place: int, data: bytes, role: str = "clerk", **more: str) -> httpx.Response:
    headers = {**site.as_(role), **PIECE, "upload-offset": str(place), **more}
    return site.client.patch(at, content=data, headers=headers)


def _offset(site: Site, at: str, role: str = "clerk") -> int:
    answer = site.client.head(at, headers={**site.as_(role), **TUS})
    assert answer.status_code == 200
    return int(answer.headers["upload-offset"])


def _bytes_of(app: App, receipt: str) -> bytes:
    with app.database.read() as session:
        record = session.get_one(Receipt, receipt).record_id
        version = session.scalars(select(Version).where(Version.record_id == record)).one()
    with app.store.open(version.sha256) as file:
        return file.read()


def test_a_file_in_pieces_has_one_receipt_at_its_end(site: Site) -> None:
    at = _begin(site, len(PAPER))
    cut = len(PAPER) // 3
    first = _send(site, at, 0, PAPER[:cut])
    assert first.status_code == 204
    assert first.headers["upload-offset"] == str(cut)
    assert "akta-receipt" not in first.headers
    with site.app.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Receipt)) == 0
    last = _send(site, at, cut, PAPER[cut:])
    receipt = last.headers["akta-receipt"]
    told = site.client.get(f"/v1/receipts/{receipt}", headers=site.as_("clerk")).json()
    assert told["file_name"] == "łącznik.txt"
    assert _bytes_of(site.app, receipt) == PAPER
    # The answer was lost: the sender asks, or sends the end once more.
    asked = site.client.head(at, headers={**site.as_("clerk"), **TUS})
    assert asked.headers["akta-receipt"] == receipt
    assert _send(site, at, len(PAPER), b"").headers["akta-receipt"] == receipt
    with site.app.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Receipt)) == 1
        assert session.scalars(select(PartialUpload.file_name)).all() == [""]
    assert not list((site.app.home / "uploads").glob("*.part")) or site.app.uploads.sweep()
    site.drain()
    record = site.client.get(f"/v1/receipts/{receipt}", headers=site.as_("clerk")).json()["record"]
    assert site.client.get(f"/v1/records/{record}", headers=site.as_("clerk")).json()["state"] != "received"


def test_pieces_that_come_twice_or_out_of_order_change_nothing(site: Site) -> None:
    at = _begin(site, 30)
    assert _send(site, at, 0, b"a" * 10).status_code == 204
    for place in (0, 5, 11, 20, 30):
        refused = _send(site, at, place, b"x" * 10)
        assert refused.status_code == 409, place
        assert refused.json()["offset"] == 10
    assert _offset(site, at) == 10
    assert _send(site, at, 10, b"b" * 10).status_code == 204
    receipt = _send(site, at, 20, b"c" * 10).headers["akta-receipt"]
    assert _bytes_of(site.app, receipt) == b"a" * 10 + b"b" * 10 + b"c" * 10


def test_a_piece_with_a_wrong_checksum_counts_for_nothing(site: Site) -> None:
    at = _begin(site, 600_000)
    data = os.urandom(600_000)
    for name in ("sha1", "sha256"):
        wrong = base64.b64encode(hashlib.new(name, b"other").digest()).decode()
        assert _send(site, at, 0, data, **{"upload-checksum": f"{name} {wrong}"}).status_code == 460
        assert _offset(site, at) == 0
    right = base64.b64encode(hashlib.sha256(data).digest()).decode()
    sent = _send(site, at, 0, data, **{"upload-checksum": f"sha256 {right}"})
    assert _bytes_of(site.app, sent.headers["akta-receipt"]) == data
    other = _begin(site, 5)
    assert _send(site, other, 0, b"12345", **{"upload-checksum": "md4 AA=="}).status_code == 400
    assert _send(site, other, 0, b"12345", **{"upload-checksum": "sha1 ?"}).status_code == 400


def test_the_protocol_is_kept_to(site: Site) -> None:
    told = site.client.options("/v1/uploads", headers=site.as_("clerk"))
    assert told.status_code == 204
    assert told.headers["tus-version"] == "1.0.0"
    assert told.headers["tus-extension"] == "creation,termination,checksum,expiration"
    assert told.headers["tus-max-size"] == str(site.app.settings.max_upload_bytes)
    headers = {**site.as_("clerk"), "upload-length": "10"}
    other = site.client.post("/v1/uploads", headers={**headers, "tus-resumable": "0.2.2"})
    assert other.status_code == 412
    assert other.headers["tus-version"] == "1.0.0"
    for length in ("", "-1", "x", "1e3", "9" * 30):
        bad = site.client.post("/v1/uploads", headers={**headers, **TUS, "upload-length": length})
        assert bad.status_code == 400
        assert bad.headers["tus-resumable"] == "1.0.0"
    meta = {"upload-metadata": "filename ?"}
    assert site.client.post("/v1/uploads", headers={**headers, **TUS, **meta}).status_code == 400
    huge = {"upload-length": str(site.app.settings.max_upload_bytes + 1)}
    assert site.client.post("/v1/uploads", headers={**headers, **TUS, **huge}).status_code == 413
    at = _begin(site, 10)
    plain = site.client.patch(at, content=b"x", headers={**site.as_("clerk"), **TUS, "upload-offset": "0"})
    assert plain.status_code == 415
    assert _send(site, at, 0, b"x" * 11).status_code == 413
    assert "upload-expires" in _send(site, at, _offset(site, at), b"").headers


def test_an_upload_is_its_senders_alone_and_can_be_given_up(site: Site) -> None:
    at = _begin(site, 10)
    _send(site, at, 0, b"12345")
    theirs = {**site.as_("staff"), **TUS}
    assert site.client.head(at, headers=theirs).status_code == 404
    assert _send(site, at, 5, b"67890", "staff").status_code == 404
    assert site.client.delete(at, headers=theirs).status_code == 404
    mine = {**site.as_("clerk"), **TUS}
    assert site.client.delete(at, headers=mine).status_code == 204
    assert site.client.head(at, headers=mine).status_code == 404
    assert list((site.app.home / "uploads").iterdir()) == []


def test_two_senders_do_not_mix(site: Site) -> None:
    at = _begin(site, 10)
    principal = None
    with site.app.database.read() as session:
        from akta.access.sessions import principal_of_token

        principal = principal_of_token(session, site.tokens["clerk"], site.app.clock.now())
    assert principal is not None
    held = site.app.uploads.open(principal, at.rpartition("/")[2], 0)
    try:
        assert _send(site, at, 0, b"12345").status_code == 423
        assert site.client.delete(at, headers={**site.as_("clerk"), **TUS}).status_code == 423
    finally:
        held.close()
    assert _send(site, at, 0, b"12345").status_code == 204


def test_bytes_that_never_counted_are_cut_off_and_lost_ones_asked_for(site: Site) -> None:
    """A server that died in the middle of a piece, and a data folder that was put back without the files."""
    at = _begin(site, 10)
    _send(site, at, 0, b"12345")
    file = site.app.home / "uploads" / f"{at.rpartition('/')[2]}.part"
    with file.open("ab") as torn:
        torn.write(b"zz")
    assert _offset(site, at) == 5
    assert _bytes_of(site.app, _send(site, at, 5, b"67890").headers["akta-receipt"]) == b"1234567890"
    at = _begin(site, 10)
    _send(site, at, 0, b"12345")
    (site.app.home / "uploads" / f"{at.rpartition('/')[2]}.part").unlink()
    assert _send(site, at, 5, b"67890").status_code == 409
    assert _offset(site, at) == 0
    assert _bytes_of(site.app, _send(site, at, 0, b"abcdefghij").headers["akta-receipt"]) == b"abcdefghij"


def test_uploads_that_nobody_goes_on_with_are_given_up(site: Site) -> None:
    clock = SetClock(site.app.clock.now())
    site.app.__dict__["clock"] = clock
    site.app.uploads.clock = clock
    old, young = _begin(site, 10), ""
    _send(site, old, 0, b"12345")
    clock.move(days=site.app.settings.upload_days - 1)
    young = _begin(site, 10)
    _send(site, young, 0, b"12345")
    maintain(site.app)
    assert _offset(site, old) == 5
    clock.move(days=2)
    (site.app.home / "uploads" / "stray.part").write_bytes(b"x")
    maintain(site.app)
    assert _offset(site, young) == 5
    left = [path.name for path in (site.app.home / "uploads").iterdir()]
    assert left == [f"{young.rpartition('/')[2]}.part"]
    with site.app.database.read() as session:
        assert len(session.scalars(select(PartialUpload.id)).all()) == 1


def test_unfinished_files_are_bounded(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MOST_UNFINISHED", 2)
    _begin(site, 10)
    _begin(site, 10)
    headers = {**site.as_("clerk"), **TUS, "upload-length": "10"}
    assert site.client.post("/v1/uploads", headers=headers).status_code == 429
    monkeypatch.setattr(service, "MOST_UNFINISHED", 9)
    monkeypatch.setattr(service.shutil, "disk_usage", lambda _path: _Disk())
    assert site.client.post("/v1/uploads", headers=headers).status_code == 507
    site.app.uploads.clock = clock = SetClock(site.app.clock.now())
    clock.move(minutes=16)  # nobody went on with the two: they send nobody else away
    assert site.client.post("/v1/uploads", headers=headers).status_code == 201


class _Disk:
    """Room for the two files of ten bytes that were promised, and no more."""

    free = 25


def test_the_desk_sends_with_its_token_and_offers_what_was_left(site: Site) -> None:
    csrf = site.sign_in("clerk")
    headers = {**TUS, "upload-length": "10", "upload-metadata": _named("a.bin") + ",modified MTIz"}
    assert site.client.post("/intake/uploads", headers=headers).status_code == 403
    made = site.client.post("/intake/uploads", headers={**headers, "x-csrf-token": csrf})
    assert made.status_code == 201
    piece = {**PIECE, "upload-offset": "0"}
    assert site.client.patch(made.headers["location"], content=b"12", headers=piece).status_code == 403
    piece["x-csrf-token"] = csrf
    assert site.client.patch(made.headers["location"], content=b"12345", headers=piece).status_code == 204
    left = site.client.get("/intake/uploads").json()["uploads"]
    assert [(u["name"], u["size"], u["done"], u["modified"]) for u in left] == [("a.bin", 10, 5, 123)]
    piece["upload-offset"] = "5"
    sent = site.client.patch(made.headers["location"], content=b"67890", headers=piece)
    assert sent.headers["akta-record"]
    assert site.client.get("/intake/uploads").json()["uploads"] == []
    site.sign_in("auditor")
    assert site.client.get("/intake/uploads").status_code == 403


def _patch_head(path: str, token: str, place: int, length: int) -> bytes:
    return (
        f"PATCH {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n"
        "tus-resumable: 1.0.0\r\ncontent-type: application/offset+octet-stream\r\n"
        f"upload-offset: {place}\r\ncontent-length: {length}\r\n\r\n"
    ).encode()


def test_a_connection_that_breaks_in_a_piece_loses_nothing_that_came(make_app: Callable[..., App]) -> None:
    app = make_app()
    token = _token(app)
    data = os.urandom(3 << 20)
    headers = {"authorization": f"Bearer {token}", **TUS}
    with _serving(app) as address:
        url = f"http://{address[0]}:{address[1]}"
        at = httpx.post(
            f"{url}/v1/uploads", headers={**headers, "upload-length": str(len(data))}, timeout=60
        ).headers["location"]
        with socket.create_connection(address, timeout=60) as sender:
            sender.sendall(_patch_head(at, token, 0, len(data)) + data[: 2 << 20])
        deadline = time.monotonic() + 60
        done = 0
        while not done and time.monotonic() < deadline:  # the server learns of it a little later
            time.sleep(0.1)
            done = int(httpx.head(url + at, headers=headers, timeout=60).headers["upload-offset"])
        assert 0 < done <= 2 << 20
        sent = httpx.patch(
            url + at,
            headers={**headers, **PIECE, "upload-offset": str(done)},
            content=data[done:],
            timeout=60,
        )
        assert sent.status_code == 204
        assert _bytes_of(app, sent.headers["akta-receipt"]) == data


@contextmanager
def _server(home: Path, log: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "akta.cli", "serve", "--port", "0"],
            cwd=ROOT,
            env={**os.environ, "AKTA_HOME": str(home), "PYTHONPATH": str(ROOT)},
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        try:
            deadline = time.monotonic() + 120
            url = ""
            while time.monotonic() < deadline and not url:
                found = re.search(r"http://localhost:(\d+)/", log.read_text("utf-8"))
                url = f"http://127.0.0.1:{found[1]}" if found else ""
                time.sleep(0.1)
            while time.monotonic() < deadline and not _ready(url):
                time.sleep(0.1)
            yield process, url
        finally:
            process.kill()
            process.wait(30)


def _ready(url: str) -> bool:
    try:
        return httpx.get(url + "/health/live", timeout=10).status_code == 200
    except httpx.HTTPError:
        return False


@pytest.mark.slow
def test_a_server_that_is_killed_in_a_piece_goes_on_from_what_was_safe(
    make_app: Callable[..., App], tmp_path: Path
) -> None:
    app = make_app()
    token = _token(app)
    data = os.urandom(20 << 20)
    headers = {"authorization": f"Bearer {token}", **TUS}
    with _server(app.home, tmp_path / "log1") as (process, url):
        made = httpx.post(
            f"{url}/v1/uploads", headers={**headers, "upload-length": str(len(data))}, timeout=60
        )
        at = made.headers["location"]
        first = {**headers, **PIECE, "upload-offset": "0"}
        assert httpx.patch(url + at, headers=first, content=data[: 1 << 20], timeout=60).status_code == 204
        host = ("127.0.0.1", int(url.rpartition(":")[2]))
        with socket.create_connection(host, timeout=60) as sender:
            sender.sendall(_patch_head(at, token, 1 << 20, len(data) - (1 << 20)) + data[1 << 20 : 15 << 20])
            deadline = time.monotonic() + 60
            done = 0
            while done <= 1 << 20 and time.monotonic() < deadline:
                time.sleep(0.05)
                done = int(httpx.head(url + at, headers=headers, timeout=60).headers["upload-offset"])
            process.send_signal(signal.SIGKILL)
            process.wait(30)
    with _server(app.home, tmp_path / "log2") as (_, url):
        offset = int(httpx.head(url + at, headers=headers, timeout=60).headers["upload-offset"])
        assert done <= offset <= 15 << 20
        rest = {**headers, **PIECE, "upload-offset": str(offset)}
        sent = httpx.patch(url + at, headers=rest, content=data[offset:], timeout=60)
        assert sent.status_code == 204, sent.text
        assert _bytes_of(app, sent.headers["akta-receipt"]) == data
