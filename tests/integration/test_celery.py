"""The grown-up size with real servers: Celery over RabbitMQ and over Redis, PostgreSQL, S3."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from akta.access.principal import operator
from akta.bootstrap import ROOT, App
from akta.operations.verify import verify_archive
from akta.records.models import Record
from ingest.intake import Arrival, receive

pytestmark = [pytest.mark.servers, pytest.mark.slow]


@contextmanager
def _process(app: App, log: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    s = app.settings
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "AKTA_HOME": str(s.home),
        "AKTA_DATABASE_URL": s.database_url,
        "AKTA_JOBS": "celery",
        "AKTA_BROKER_URL": s.broker_url,
        "AKTA_STORAGE": s.storage,
        "AKTA_S3_ENDPOINT": s.s3_endpoint,
        "AKTA_S3_ACCESS_KEY": s.s3_access_key,
        "AKTA_S3_SECRET_KEY": s.s3_secret_key,
        "AKTA_S3_BUCKET": s.s3_bucket,
        "AKTA_S3_SECURE": "false",
        "AKTA_WORKERS": "2",
    }
    with log.open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "akta.cli", *arguments],
            cwd=ROOT,
            env=environment,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


@pytest.mark.parametrize("broker", ["rabbitmq_server", "redis_server"])
def test_papers_reach_their_end_though_a_worker_is_killed(
    broker: str,
    request: pytest.FixtureRequest,
    make_app: Callable[..., App],
    migrated_postgresql_url: str,
    s3_server: object,
    tmp_path: Path,
) -> None:
    app = make_app(
        database_url=migrated_postgresql_url,
        jobs="celery",
        broker_url=request.getfixturevalue(broker).url,
        storage="s3",
        s3_endpoint=s3_server.endpoint,  # type: ignore[attr-defined]
        s3_access_key=s3_server.access_key,  # type: ignore[attr-defined]
        s3_secret_key=s3_server.secret_key,  # type: ignore[attr-defined]
        s3_bucket=f"akta-{os.getpid()}-{broker.split('_')[0]}",
        s3_secure=False,
    )
    who = operator("test")
    for n in range(12):
        text = f"Faktura VAT nr FV/{n}/2026\nData: 2026-03-01\nRazem brutto: {n}0,00 PLN\n"
        blob = app.store.put([text.encode()])
        with app.database.write() as session:
            receive(session, app.audit, app.store, who, Arrival(blob, f"{n}.txt", "test"), app.clock.now())
    with _process(app, tmp_path / "relay.log", "relay"):
        with _process(app, tmp_path / "worker1.log", "worker", "--celery") as first:
            _wait(app, lambda left: left < 12)
            os.killpg(first.pid, signal.SIGKILL)
        with _process(app, tmp_path / "worker2.log", "worker", "--celery"):
            _wait(app, lambda left: left == 0)
            deadline = time.monotonic() + 60
            while app.index.check().pending and time.monotonic() < deadline:
                time.sleep(0.3)
    with app.database.read() as session:
        states = session.scalars(select(Record.state)).all()
    assert len(states) == 12
    assert set(states) <= {"filed", "review"}
    result = verify_archive(app, mend=True)
    assert result.holds, result.as_dict()


def _wait(app: App, enough: Callable[[int], bool], seconds: float = 150) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with app.database.read() as session:
            left = len(
                session.scalars(select(Record.id).where(Record.state.in_(("received", "reading")))).all()
            )
        if enough(left):
            return
        time.sleep(0.2)
    raise AssertionError("the papers did not reach their end in time")
