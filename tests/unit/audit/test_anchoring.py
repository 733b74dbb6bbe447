"""req 37: anchors outside the database: our own files, a time-stamp authority, a second place."""

import json
import shutil
import subprocess
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from akta.audit import verifier
from akta.audit.exporting import Span, export_lines
from akta.audit.log import AuditLog
from akta.audit.stamping import StampAuthority, StampError, StampOptions, check_token, in_order
from akta.audit.verifier import head_message
from akta.audit.verifying import missed_days
from akta.storage.places import FolderPlace, Place
from akta.storage.port import StorageError
from tests.conftest import NOON
from tests.servers import TSA
from tests.unit.audit.conftest import Desk


@pytest.fixture
def authority(tsa_server: TSA) -> StampAuthority:
    return StampAuthority(StampOptions(tsa_server.url, tsa_server.roots))


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return folder


def test_one_daily_anchor_a_day_and_one_at_the_end(desk: Desk) -> None:
    anchoring = desk.anchoring()
    assert anchoring.keep(desk.database) is None  # nothing to anchor
    desk.write()
    assert anchoring.keep(desk.database) is not None
    desk.write()
    assert anchoring.keep(desk.database) is None  # today has one
    assert anchoring.minutes.read_text().count("\n") == 2
    desk.clock.move(days=1)
    made = anchoring.keep(desk.database)
    assert made is not None
    assert made.head.seq == 2
    desk.clock.move(days=1)
    assert anchoring.keep(desk.database) is None  # nothing new
    desk.write()
    desk.clock.move(minutes=5)
    assert anchoring.keep(desk.database) is not None  # its day has none yet
    assert anchoring.keep(desk.database, closing=True) is None
    desk.write()
    assert anchoring.keep(desk.database, closing=True) is not None
    assert [a.head.seq for a in anchoring.daily_anchors()] == [1, 2, 3, 4]
    assert desk.report(anchoring).problems == []
    assert desk.report(anchoring).notes == []


def test_a_second_process_does_not_wait_for_the_first(desk: Desk) -> None:
    desk.write()
    first, second = desk.anchoring(), desk.anchoring()
    with first._turn() as mine, second._turn() as other:
        assert (mine, other) == (True, False)
        assert second.keep(desk.database) is None
    assert second.keep(desk.database) is not None


def test_a_database_put_back_is_found_by_the_second_place(desk: Desk, elsewhere: Path) -> None:
    """The attacker also puts our own files of anchors back."""
    anchoring = desk.anchoring(place=FolderPlace(elsewhere))
    desk.write(3)
    anchoring.now(desk.database)
    files = {path: path.read_bytes() for path in (anchoring.minutes, anchoring.daily)}

    def later() -> None:
        desk.write(2)
        desk.clock.move(days=1)
        assert anchoring.keep(desk.database) is not None

    desk.put_back(later)
    for path, data in files.items():
        path.write_bytes(data)
    assert desk.report(desk.anchoring()).holds  # nothing on this machine shows it
    report = desk.report(anchoring)
    assert any("An anchor knows entry 5" in problem for problem in report.problems)


def test_the_second_place_gets_what_it_missed(desk: Desk, elsewhere: Path) -> None:
    away = elsewhere / "mount"
    anchoring = desk.anchoring(place=FolderPlace(away))
    for _ in range(3):
        desk.write()
        assert anchoring.keep(desk.database) is not None  # our own file has it all the same
        desk.clock.move(days=1)
    assert any("could not be looked at" in note for note in desk.report(anchoring).notes)
    with pytest.raises(StorageError):
        anchoring.now(desk.database)
    away.mkdir()
    desk.clock.move(minutes=16)
    anchoring.keep(desk.database)
    assert len(list(away.iterdir())) == 3
    assert desk.report(anchoring).problems == []


def test_what_stands_at_the_second_place_must_be_ours(desk: Desk, elsewhere: Path) -> None:
    anchoring = desk.anchoring(place=FolderPlace(elsewhere))
    desk.write(2)
    anchoring.now(desk.database)
    (kept,) = elsewhere.iterdir()
    forged = {**json.loads(kept.read_text()), "seq": 1}
    (elsewhere / "forged.json").write_text(json.dumps(forged))
    (elsewhere / "note.txt").write_text("hello")
    problems = desk.report(anchoring).problems
    assert any("is not signed" in problem for problem in problems)
    assert any("'note.txt'" in problem for problem in problems)


def test_time_stamps_are_had_checked_and_exported(
    desk: Desk, authority: StampAuthority, tsa_server: TSA, tmp_path: Path
) -> None:
    anchoring = desk.anchoring(authority)
    desk.write(2)
    made = anchoring.now(desk.database)
    assert made is not None
    assert made.token is not None
    message = head_message(made.head.seq, made.head.hash)
    seen = authority.seen(made.token, message)
    assert abs(seen - datetime.now(seen.tzinfo)) < timedelta(minutes=5)
    report = desk.report(anchoring)
    assert report.problems == []
    # Our clock of the test stands still in March.
    assert any("our clock said" in note for note in report.notes)
    with desk.database.snapshot() as session:
        lines = list(export_lines(session, desk.audit, anchoring, Span(), by="x", now=NOON))
    check = partial(check_token, roots=tsa_server.roots.read_bytes())
    tokens = tmp_path / "tokens"
    verdict = verifier.verify_export(iter(lines), desk.audit.public_key, check, tokens)
    assert verdict.holds
    assert (verdict.tokens, verdict.tokens_checked) == (1, 1)
    # And by a program that is neither ours nor Python.
    told = subprocess.run(
        ["openssl", "ts", "-verify", "-data", "2.txt", "-in", "2.tsr", "-CAfile", str(tsa_server.roots)],
        cwd=tokens,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Verification: OK" in told.stdout + told.stderr
    without = verifier.verify_export(iter(lines), desk.audit.public_key)
    assert without.holds
    assert any("1 time stamps were not checked" in note for note in without.findings.notes)


def test_a_token_of_another_head_or_authority_is_a_problem(
    desk: Desk, authority: StampAuthority, tsa_server: TSA, tmp_path: Path
) -> None:
    anchoring = desk.anchoring(authority)
    desk.write()
    first = anchoring.now(desk.database)
    desk.write()
    second = anchoring.now(desk.database)
    assert first is not None
    assert second is not None
    lines = anchoring.daily.read_text().splitlines()
    swapped = {**json.loads(lines[1]), "token": json.loads(lines[0])["token"]}
    anchoring.daily.write_text(lines[0] + "\n" + json.dumps(swapped) + "\n")
    assert any("the time stamp does not hold" in p.lower() for p in desk.report(anchoring).problems)
    anchoring.daily.write_text("\n".join(lines) + "\n")
    stranger = tmp_path / "stranger.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-subj", "/CN=x", "-days", "9"]
    subprocess.run(
        [*command, "-keyout", str(tmp_path / "k"), "-out", str(stranger)], check=True, capture_output=True
    )
    other = desk.anchoring(StampAuthority(StampOptions(tsa_server.url, stranger)))
    assert len(desk.report(other).problems) == 2


@given(st.binary(max_size=60), st.integers(0, 5000), st.integers(0, 255))
def test_putting_certificates_in_order_changes_nothing_else(junk: bytes, place: int, byte: int) -> None:
    assert in_order(junk) == junk or sorted(in_order(junk)) == sorted(junk)
    two = _der(0x30, b"\x02\x01\x02"), _der(0x30, b"\x02\x01\x01")
    signed = _der(0x30, b"\x02\x01\x03" + _der(0x31, b"") + _der(0x30, b"") + _der(0xA0, b"".join(two)))
    token = _der(0x30, _der(0x30, b"") + _der(0x30, b"\x06\x01\x00" + _der(0xA0, signed)))
    assert in_order(token) == token.replace(b"".join(two), b"".join(reversed(two)))
    broken = bytearray(token)
    broken[place % len(broken)] = byte
    assert len(in_order(bytes(broken))) == len(token)  # never an error


def _der(tag: int, content: bytes) -> bytes:
    return bytes((tag, 0x81, len(content))) + content


@pytest.mark.parametrize("mode", ["down", "garbage", "replay"])
def test_an_authority_that_fails_stops_nothing_and_is_asked_again(
    desk: Desk, authority: StampAuthority, tsa_server: TSA, mode: str
) -> None:
    anchoring = desk.anchoring(authority)
    desk.write()
    anchoring.now(desk.database)
    desk.write()
    desk.clock.move(days=1)
    tsa_server.mode, before = mode, tsa_server.asked
    made = anchoring.keep(desk.database)
    assert made is not None
    assert made.token is None
    assert desk.report(anchoring).problems == []
    anchoring.keep(desk.database)
    assert tsa_server.asked == before + 1  # not again at once
    tsa_server.mode = "ok"
    desk.clock.move(minutes=16)
    again = anchoring.keep(desk.database)
    assert again is not None
    assert again.token is not None
    with pytest.raises(StampError):
        StampAuthority(StampOptions("http://127.0.0.1:9/", tsa_server.roots, 1.0)).stamp(b"x")


def test_a_missed_day_is_said(desk: Desk) -> None:
    anchoring = desk.anchoring()
    desk.write()
    anchoring.keep(desk.database)
    desk.clock.move(days=1)
    desk.write()  # and nobody was there to anchor it
    desk.clock.move(days=5)
    anchoring.keep(desk.database)
    report = desk.report(anchoring)
    assert report.holds
    assert report.notes == [
        "What was done on 2026-03-11 was not anchored outside the database by the end of the day after."
    ]


_DAYS = st.lists(st.integers(0, 20), min_size=1, max_size=12, unique=True).map(sorted)


@given(days=_DAYS, anchors=st.lists(st.tuples(st.integers(1, 12), st.integers(0, 600)), max_size=8))
def test_a_day_is_missed_if_and_only_if_no_anchor_covers_it_in_time(
    days: list[int], anchors: list[tuple[int, int]]
) -> None:
    start = datetime(2026, 3, 1, tzinfo=NOON.tzinfo)
    last = {(start + timedelta(days=day)).date().isoformat(): seq for seq, day in enumerate(days, start=1)}
    made = [(seq, start + timedelta(hours=hours)) for seq, hours in anchors]
    now = start + timedelta(days=21, hours=3)
    expected = set()
    for text_, seq in last.items():
        end = datetime.combine(date.fromisoformat(text_), datetime.min.time(), NOON.tzinfo)
        end += timedelta(days=2)
        if end <= now and not any(s >= seq and at <= end for s, at in made):
            expected.add(date.fromisoformat(text_))
    assert set(missed_days(last, made, now)) == expected


@pytest.fixture
def bucket(request: pytest.FixtureRequest) -> Place:
    from minio import Minio

    from akta.storage.s3 import S3Options
    from akta.storage.s3_places import S3Place

    server = request.getfixturevalue("s3_server")
    client = Minio(server.endpoint, access_key=server.access_key, secret_key=server.secret_key, secure=False)
    client.make_bucket("anchors")
    return S3Place(
        S3Options(server.endpoint, server.access_key, server.secret_key, "anchors", secure=False), "akta/log"
    )


@pytest.mark.servers
def test_a_bucket_is_a_second_place(bucket: Place, audit: AuditLog, tmp_path: Path) -> None:
    assert list(bucket.names()) == []
    bucket.put("a.json", b"first")
    bucket.put("a.json", b"second")  # what is there stays
    assert (list(bucket.names()), bucket.read("a.json")) == (["a.json"], b"first")
    with pytest.raises(StorageError):
        bucket.read("b.json")


def test_a_folder_is_a_second_place(tmp_path: Path) -> None:
    place = FolderPlace(tmp_path)
    place.put("a.json", b"first")
    place.put("a.json", b"second")
    assert (list(place.names()), place.read("a.json")) == (["a.json"], b"first")
    with pytest.raises(StorageError):
        place.read("b.json")
    shutil.rmtree(tmp_path)
    with pytest.raises(StorageError):
        list(place.names())


@pytest.mark.parametrize(
    "at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-01-01T00:00:00"]
)
def test_an_anchor_of_no_instant_is_no_anchor_and_stops_nothing(desk: Desk, at: str) -> None:
    desk.write()
    anchoring = desk.anchoring()
    anchoring.now(desk.database)
    line = json.loads(anchoring.minutes.read_text().splitlines()[0])
    with anchoring.minutes.open("a") as file:
        file.write(json.dumps({**line, "at": at}) + "\n")
    assert desk.report(anchoring).problems == [
        "Line 2 of the anchor file is not a signed anchor of this archive."
    ]


def test_an_entry_of_the_last_day_there_is_stops_nothing(desk: Desk) -> None:
    """Somebody who writes to the database can write any day into an entry; it is found, and told."""
    desk.write(2)
    with desk.database.write() as session:
        if desk.database.dialect == "postgresql":
            session.execute(text("SET LOCAL session_replication_role = replica"))
        else:
            session.execute(text("DROP TRIGGER IF EXISTS audit_entries_no_update"))
        body = session.execute(text("SELECT body FROM audit_entries WHERE seq = 2")).scalar_one()
        other = verifier.canonical({**json.loads(body), "at": "9999-12-31T12:00:00+00:00"})
        session.execute(text("UPDATE audit_entries SET body = :b WHERE seq = 2"), {"b": other})
    report = desk.report(desk.anchoring())
    assert "Entry 2 was changed: its hash does not fit." in report.problems
    assert any("days to come (9999-12-31)" in note for note in report.notes)


def test_an_archive_without_any_anchor_is_told_of(desk: Desk) -> None:
    """Whoever cuts the end of the log may take the anchors with it; that there is none is to be seen."""
    desk.write(2)
    anchoring = desk.anchoring()
    anchoring.keep(desk.database)

    def without() -> list[str]:
        return [note for note in desk.report(anchoring).notes if "no anchor in the data folder" in note]

    desk.clock.move(hours=2)
    assert without() == []
    for file in (anchoring.minutes, anchoring.daily):
        file.unlink()
    assert without() == [
        "There is no anchor in the data folder, though the log was begun on 2026-03-10: nothing there shows "
        "whether its end was cut. If Akta ran on it, somebody took the anchors away."
    ]
    for file, aim in ((anchoring.minutes, "audit.jsonl"), (anchoring.daily, "nowhere")):
        file.symlink_to(aim)
    assert len(without()) == 1
    assert desk.report(anchoring).holds
    for file in (anchoring.minutes, anchoring.daily):
        file.unlink()
        file.mkdir()
    assert desk.report(anchoring).problems == ["The anchor file cannot be read (Is a directory)."] * 2


def test_a_young_archive_needs_no_anchor_yet(desk: Desk) -> None:
    desk.write(2)
    desk.clock.move(minutes=30)
    assert desk.report(desk.anchoring()).notes == []
