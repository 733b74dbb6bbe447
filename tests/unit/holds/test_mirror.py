"""The store protects what holds cover, on a real S3 server: set, read back, tried again, taken off."""

import itertools
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from akta.bootstrap import App
from akta.events.models import Job
from akta.kernel.ids import new_id
from akta.operations.verify import verify_archive
from akta.records import mirror
from akta.records.holds import StoreGuard
from akta.records.models import Rendition, Version
from akta.storage.port import StorageUnreachableError
from akta.storage.s3 import S3BlobStore
from retention.holds.releasing import release_hold
from tests.conftest import SetClock
from tests.servers import S3
from tests.unit.holds.conftest import OFFICER, HoldDesk

pytestmark = pytest.mark.servers
_BUCKET = itertools.count()


@pytest.fixture
def make_desk(
    make_app: Callable[..., App], s3_server: S3, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., HoldDesk]:
    def make(**settings: Any) -> HoldDesk:
        clock = SetClock(datetime.now(UTC))
        monkeypatch.setattr(App, "clock", clock)
        app = make_app(
            storage="s3",
            s3_endpoint=s3_server.endpoint,
            s3_access_key=s3_server.access_key,
            s3_secret_key=s3_server.secret_key,
            s3_bucket=f"holds{next(_BUCKET)}",
            s3_secure=False,
            **settings,
        )
        return HoldDesk(app, clock)

    return make


def _blob(desk: HoldDesk, record: str) -> str:
    with desk.app.database.read() as session:
        return str(session.scalar(select(Version.sha256).where(Version.record_id == record)))


def _waiting(desk: HoldDesk) -> list[str | None]:
    with desk.app.database.read() as session:
        return list(session.scalars(select(StoreGuard.error)))


def test_the_store_holds_until_the_last_record_of_a_file_is_free(make_desk: Callable[..., HoldDesk]) -> None:
    """req 39"""
    desk = make_desk()
    store = desk.app.store
    one = desk.paper("umowa")
    name = _blob(desk, one)
    twin = desk.file("twin", sha256=name, size=store.size(name))
    first, second = desk.place(one), desk.place(twin)
    assert store.protection(name).legal_hold
    desk.release(first)
    assert store.protection(name).legal_hold
    desk.release(second)
    assert not store.protection(name).legal_hold
    assert _waiting(desk) == []


def test_what_was_made_from_a_record_is_held_too(make_desk: Callable[..., HoldDesk]) -> None:
    desk = make_desk()
    record = desk.paper("umowa")
    picture = desk.app.store.put([b"a picture"])
    with desk.app.database.write() as session:
        session.add(
            Rendition(
                id=new_id(),
                record_id=record,
                kind="preview",
                page=1,
                sha256=picture.sha256,
                size=picture.size,
                media_type="image/png",
                agent="x",
                created_at=desk.clock.now(),
            )
        )
    desk.place(record)
    assert desk.app.store.protection(picture.sha256).legal_hold


def test_a_store_that_is_away_or_forgets_is_asked_again(
    make_desk: Callable[..., HoldDesk], monkeypatch: pytest.MonkeyPatch
) -> None:
    """req 39: the hold stands all the same; what waits is told; a store that only says yes is found out."""
    desk = make_desk()
    record = desk.paper("umowa")
    name = _blob(desk, record)
    real = S3BlobStore.set_legal_hold

    def away(*_: object) -> None:
        raise StorageUnreachableError("The store for files does not answer. Try again.")

    monkeypatch.setattr(S3BlobStore, "set_legal_hold", away)
    hold = desk.place(record)
    assert desk.held(record) == [True]
    assert _waiting(desk) == ["The store for files does not answer. Try again."]
    monkeypatch.setattr(S3BlobStore, "set_legal_hold", lambda *_: None)
    desk.clock.move(hours=1)
    desk.drain()
    assert "does not hold what it was asked" in (_waiting(desk)[0] or "")
    with desk.app.database.read() as session:
        assert desk.app.holds.detail(session, OFFICER, hold)["waits_for_the_store"] == 1
        job = session.scalars(select(Job).where(Job.kind == mirror.JOB_MIRROR)).first()
        assert job is not None
        assert (job.state, job.error is not None) == ("ready", True)
    monkeypatch.setattr(S3BlobStore, "set_legal_hold", real)
    desk.clock.move(hours=1)
    desk.drain()
    assert _waiting(desk) == []
    assert desk.app.store.protection(name).legal_hold
    real(desk.app.store, name, False)  # type: ignore[arg-type]
    (said,) = [c.problems for c in verify_archive(desk.app).checks if c.name == "holds"]
    assert [p for p in said if "The store does not hold blob" in p]


def test_days_of_keeping_are_mirrored_and_only_move_forward(make_desk: Callable[..., HoldDesk]) -> None:
    """req 39"""
    desk = make_desk(s3_mirror_retention=True)
    day = datetime.now(UTC).date() + timedelta(days=3)
    record = desk.paper("umowa", retain_through=day)
    desk.drain()
    name = _blob(desk, record)
    until = desk.app.store.protection(name).retain_until
    assert until is not None
    assert until.date() in (day, day + timedelta(days=1))  # midnight in Warsaw after that day
    desk.touch(record, retain_through=day + timedelta(days=2))
    desk.drain()
    later = desk.app.store.protection(name).retain_until
    assert later == until + timedelta(days=2)
    desk.touch(record, retain_through=date(2026, 1, 31))
    desk.drain()
    assert desk.app.store.protection(name).retain_until == later
    # What the store protects waits visibly; it is not lost.
    assert desk.destroy(record) == ""
    desk.drain()
    with desk.app.database.read() as session:
        job = session.scalars(
            select(Job).where(Job.key == f"delete-blobs:{record}", Job.state == "ready")
        ).one()
        assert "The store protects 1 files until" in (job.error or "")
        assert job.payload == {"blobs": [name]}
    assert desk.app.store.exists(name)
    verified = [c for c in verify_archive(desk.app).checks if c.name == "blobs"]
    assert verified[0].problems == []


def test_a_store_with_another_clock_gets_no_dates(
    make_desk: Callable[..., HoldDesk], monkeypatch: pytest.MonkeyPatch
) -> None:
    """req 39"""
    desk = make_desk(s3_mirror_retention=True)
    there = desk.app.store.clock()
    assert there is not None
    assert abs(there - datetime.now(UTC)) < timedelta(minutes=2)
    monkeypatch.setattr(S3BlobStore, "clock", lambda _: datetime.now(UTC) - timedelta(hours=1))
    record = desk.paper("umowa", retain_through=datetime.now(UTC).date() + timedelta(days=3))
    desk.drain()
    name = _blob(desk, record)
    assert desk.app.store.protection(name).retain_until is None
    assert "its clock and ours are" in (_waiting(desk)[0] or "")
    desk.place(record)
    assert desk.app.store.protection(name).legal_hold  # a hold has no date


def test_the_guard_does_not_wait_for_the_store(make_desk: Callable[..., HoldDesk]) -> None:
    desk = make_desk()
    record = desk.paper("umowa")
    hold = desk.place(record, run=False)
    assert "under legal hold" in desk.destroy(record)
    with desk.app.database.write() as session:
        release_hold(session, desk.app.audit, OFFICER, hold, "over", desk.clock.now(), grace_days=0)
    desk.clock.move(seconds=1)
    assert desk.destroy(record) == ""
    desk.drain()
    assert _waiting(desk) == []
