"""`akta evaluate`: how well papers with known truth are read and understood."""

import os
import tempfile
import time
from pathlib import Path
from typing import Any

import click
from sqlalchemy import func, select

from akta.access.principal import operator
from akta.bootstrap import App
from akta.cli.context import open_archive, print_json
from akta.operations.evaluation.manifest import Truth, load_manifest
from akta.operations.evaluation.score import Outcome, Score, grouped
from akta.records.doctypes.current import refresh, use
from akta.records.models import IN_PROGRESS, Field, PageText, Record, Step
from akta.settings import load_settings
from akta.storage.port import BlobTooLargeError
from akta.worker.embedded import ensure_executor
from ingest.classify.costs import sure
from ingest.doctypes.loading import read_types
from ingest.doctypes.service import defined
from ingest.intake import Arrival, receive

_NOTHING = Outcome("error", None, None, None, {}, "", 0, 0.0)


_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("evaluate")
@click.argument("manifest", type=_FILE)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@click.option("--match", default="", help="Only documents whose path holds this.")
@click.option("--limit", type=click.IntRange(1), help="Only so many documents, evenly spread.")
@click.option("--types", type=_FILE, help="A file of document types to use.")
@click.option("--workers", type=click.IntRange(1), help="Processes at work at once; by default one a core.")
def command(
    manifest: Path, as_json: bool, match: str, limit: int | None, types: Path | None, workers: int | None
) -> None:
    """Read the documents of MANIFEST in an archive of their own, thrown away afterwards, and compare.

    MANIFEST is a file of JSON lines: path, kind, language, domain, doc_type, ground_truth
    (an object of field values) and, where known, text and source (papers of one make). The types
    that an officer defined in this archive are used, or those of --types (see 'akta types export').
    """
    truths = [t for t in load_manifest(manifest) if match in str(t.path)]
    if limit is not None and len(truths) > limit:
        truths = [truths[i * len(truths) // limit] for i in range(limit)]
    if not truths:
        raise click.UsageError(f"No document's path holds '{match}'.")
    own = read_types(types.read_text("utf-8")) if types else _own_types()
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="akta-evaluate-") as folder:
        # In the environment, because the executor's process reads its settings from there.
        os.environ.update(AKTA_HOME=folder, AKTA_JOBS="embedded", AKTA_STORAGE="filesystem")
        os.environ.pop("AKTA_DATABASE_URL", None)
        if workers:
            os.environ["AKTA_WORKERS"] = str(workers)
        app = open_archive()
        try:
            if own:
                with app.database.write() as session:
                    app.doctypes.define(session, operator("evaluation"), own)
            outcomes = _read(app, truths)
        finally:
            app.close()
    pairs = [(t, o) for t, o in zip(truths, outcomes, strict=True)]
    scores = {group: {key: s.report() for key, s in by.items()} for group, by in grouped(pairs).items()}
    wall = round(time.monotonic() - started, 1)
    if as_json:
        print_json({"documents": [_line(t, o) for t, o in pairs], "seconds": wall, **scores})
        return
    for group in ("kind", "language", "source", "doc_type", "all"):
        click.echo(f"\n{group}")
        for key, report in sorted(scores[group].items()):
            _table(key, report)
    click.echo(f"\n{wall} s")


def _own_types() -> list[dict[str, Any]]:
    """The definitions in the archive that is set up here; none where there is no archive yet."""
    if not (load_settings().home / "keys" / "audit.pem").exists():
        return []
    app = open_archive()
    try:
        with app.database.read() as session:
            return defined(refresh(session))
    finally:
        app.close()
        use(None)


def _read(app: App, truths: list[Truth]) -> list[Outcome]:
    records: list[str | None] = []
    who = operator("evaluation")
    for truth in truths:
        try:
            blob = app.store.put_file(truth.path, limit=app.settings.max_upload_bytes)
        except (OSError, BlobTooLargeError):
            records.append(None)
            continue
        with app.database.write() as session:
            arrival = Arrival(blob, truth.path.name, "evaluation")
            receipt = receive(session, app.audit, app.store, who, arrival, app.clock.now())
            records.append(receipt.record_id)
    with ensure_executor(app):
        while True:
            with app.database.read() as session:
                waiting = session.scalar(
                    select(func.count()).select_from(Record).where(Record.state.in_(IN_PROGRESS))
                )
            if not waiting:
                break
            time.sleep(0.2)
    return [_NOTHING if r is None else _outcome(app, r) for r in records]


def _outcome(app: App, record_id: str) -> Outcome:
    with app.database.read() as session:
        record = session.get_one(Record, record_id)
        fields: dict[str, str] = {}
        confidences: dict[str, float] = {}
        for name, value, confidence in session.execute(
            select(Field.name, Field.value, Field.confidence)
            .where(Field.record_id == record_id)
            .order_by(Field.position)
        ):
            fields.setdefault(name, value)
            confidences.setdefault(name, confidence)
        pages = session.scalars(
            select(PageText).where(PageText.record_id == record_id).order_by(PageText.number)
        ).all()
        steps = session.execute(select(Step.name, Step.detail).where(Step.record_id == record_id)).all()
        cpu = [(name, float(detail.get("cpu", 0.0))) for name, detail in steps]
        judged = record.doc_type is not None and record.confidence is not None
        return Outcome(
            record.state,
            record.reason,
            record.domain,
            record.doc_type,
            fields,
            "\n".join(page.text for page in pages),
            max(1, len(pages)),
            sum(spent for _, spent in cpu),
            sum("+" in (page.reader or "") for page in pages),
            record.confidence if judged else None,
            judged and sure(record.domain, record.confidence or 0.0, app.pipeline_options.thresholds),
            confidences,
            next((spent for name, spent in cpu if name == "understand"), None),
            record.subtype,
        )


def _line(truth: Truth, outcome: Outcome) -> dict[str, Any]:
    score = Score()
    score.add(truth, outcome)
    report = score.report()
    return {
        "path": str(truth.path),
        "state": outcome.state,
        "reason": outcome.reason,
        "domain": outcome.domain,
        "doc_type": outcome.doc_type,
        "subtype": outcome.subtype,
        "confidence": outcome.confidence,
        "right": {
            "domain": outcome.domain == truth.domain,
            "doc_type": outcome.called(truth) == truth.doc_type,
        },
        "missing": sorted(n for n, h in report["fields_present"].items() if not h["hits"]),
        "wrong": {n: outcome.fields.get(n) for n, h in report["fields"].items() if not h["hits"]},
        "word_recall": report["word_recall"],
        "cer": report["cer"],
        "pages": outcome.pages,
        "cpu": round(outcome.cpu, 3),
    }


def _table(key: str, report: dict[str, Any]) -> None:
    states = " ".join(f"{name} {count}" for name, count in report["states"].items())
    others = report["other_filed"]
    lines = [
        f"domain {_percent(report['domain_right'])}, type {_percent(report['type_right'])}"
        f" (macro-F1 {_percent(report['type_macro_f1'])}), CPU {report['cpu_seconds_per_page']} s a page,"
        f" second reader on {report['second_reader_pages']}",
        f"sure of {_percent(report['sure'])}: domain right {_percent(report['sure_domain_right'])}; filed"
        f" {_percent(report['filed'])}: domain right {_percent(report['filed_domain_right'])},"
        f" type {_percent(report['filed_type_right'])}; nobody's filed {others['hits']}/{others['of']}",
        f"calibration error {_percent(report['calibration_error'])}, of fields"
        f" {_percent(report['field_calibration_error'])}; understanding"
        f" {report['understanding_cpu_median']} s CPU at the median",
    ]
    if report["word_recall"] is not None:
        lines.append(
            f"words found {_percent(report['word_recall'])}, of those read right"
            f" {_percent(report['word_precision'])}, CER {_percent(report['cer'])}"
        )
    present = "  ".join(f"{n} {h['hits']}/{h['of']}" for n, h in report["fields_present"].items())
    if present:
        lines.append(f"on the page: {present}")
    exact = "  ".join(f"{n} {h['hits']}/{h['of']} {_percent(h['f1'])}" for n, h in report["fields"].items())
    if exact:
        lines.append(f"as fields, exact, F1: {exact}")
    click.echo(f"  {key:<34} {report['documents']:>4} papers, {report['pages']:>5} pages  {states}")
    for line in lines:
        click.echo(f"  {'':<34} {line}")


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"
