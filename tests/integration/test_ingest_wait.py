"""`akta ingest --wait` waits for its own papers, all of them, and for nobody else's."""

import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from akta.access.principal import operator
from akta.bootstrap import ROOT, App
from akta.events import jobs
from akta.events.models import Job
from akta.records.models import IN_PROGRESS, IndexPending, Record, Rendition
from ingest.intake import Arrival, receive

WHO = operator("test")


def _wait(home: Path, paper: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "akta.cli", "ingest", "--wait", "--json", str(paper)],
        cwd=ROOT,
        env={**os.environ, "AKTA_HOME": str(home), "PYTHONPATH": str(ROOT), "AKTA_WORKERS": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_own_papers_and_those_inside_them_and_no_others(make_app: Callable[..., App], tmp_path: Path) -> None:
    app = make_app()
    later = app.clock.now() + timedelta(days=1)
    with app.database.write() as session:
        blob = app.store.put([b"somebody else's"])
        other = receive(session, app.audit, app.store, WHO, Arrival(blob, "b.txt", "test"), app.clock.now())
        for job in session.scalars(select(Job).where(Job.kind == "ingest.process")):
            job.run_after = later
        jobs.enqueue(session, "records.delete_blobs", {"blobs": []}, key="later", now=later)
    pile = io.BytesIO()
    with zipfile.ZipFile(pile, "w") as made:
        made.writestr(
            "faktura.txt", "Faktura VAT nr FV/1 z dnia 2026-03-01, razem 5,00 zł, NIP 526-000-12-46"
        )
        made.writestr("note.txt", "Protokół odbioru robót z dnia 2026-03-02")
    paper = tmp_path / "pile.zip"
    paper.write_bytes(pile.getvalue())
    told = _wait(app.home, paper)
    row = json.loads(told.stdout)
    mine = row["record"]
    assert [(c["name"], c["parent"], c["state"]) for c in row["children"]] == [
        ("faktura.txt", mine, "review"),
        ("note.txt", mine, "filed"),
    ]
    with app.database.read() as session:
        assert session.get_one(Record, other.record_id).state == "received"
        inside = session.scalars(select(Record).where(Record.parent_id == mine)).all()
        assert len(inside) == 2
        assert not any(record.state in IN_PROGRESS for record in inside)
        ids = [mine, *(record.id for record in inside)]
        assert not session.scalars(
            select(IndexPending.record_id).where(IndexPending.record_id.in_(ids))
        ).all()
        made_of = set(session.scalars(select(Rendition.record_id).where(Rendition.kind == "searchable_pdf")))
        assert {record.id for record in inside} <= made_of
