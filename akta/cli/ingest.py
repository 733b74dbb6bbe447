"""`akta ingest`: take files in, and with --wait follow them to their end."""

import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.bootstrap import App
from akta.cli.context import open_archive, print_json, who
from akta.events.models import Job
from akta.kernel.errors import AktaError
from akta.records.masking import MASK, sensitive_on, told_params
from akta.records.models import IN_PROGRESS, Field, IndexPending, Record
from akta.records.reasons import explain
from akta.records.reconciliation import WORKING
from akta.storage.port import BlobTooLargeError
from akta.worker.embedded import ensure_executor
from ingest.intake import Arrival, receive

#: Ends that are no error.
GOOD_ENDS = ("filed", "review")
#: Records asked about in one query.
_CHUNK = 500


@dataclass(slots=True)
class _Item:
    path: Path
    receipt: str | None = None
    record: str | None = None
    duplicate: bool = False
    problem: str | None = None
    problem_text: str | None = None


@click.command("ingest")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--wait", is_flag=True, help="Stay until every file has reached its end.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line and file on standard output.")
@click.pass_context
def command(context: click.Context, paths: tuple[Path, ...], wait: bool, as_json: bool) -> None:
    """Take files and folders in.

    Each file gets a receipt as soon as its bytes are safe. Exit code 0: every
    file, and what was found inside, reached an end that is no error (without --wait:
    every file was received).
    """
    app = open_archive()
    principal = who()
    files = list(_files(paths))
    if not files:
        raise click.UsageError("There are no files at " + ", ".join(map(str, paths)))
    items = []
    with _bar(len(files), "Receiving") as bar:
        for path in files:
            items.append(_take(app, principal, path))
            bar.update(1)
    app.wake_workers()
    good = True
    if wait:
        with ensure_executor(app), _bar(len(items), "Reading") as bar:
            for item, row in _follow(app, items):
                good &= _print(item, row, as_json)
                bar.update(1)
            _settle(app, [item.record for item in items if item.record])
    else:
        for item in items:
            good &= item.problem is None
            _print(item, _row(app, item.record) if item.record else None, as_json)
        if not as_json and any(item.problem is None for item in items):
            click.echo("Received. 'akta status' shows how far they are.")
    context.exit(0 if good else 1)


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            for folder, names, found in os.walk(path):
                names.sort()
                for name in sorted(found):
                    file = Path(folder) / name
                    if file.is_file():
                        yield file
        else:
            yield path


def _take(app: App, principal: Principal, path: Path) -> _Item:
    item = _Item(path)
    try:
        if not path.is_file():
            raise FileNotFoundError(path)
        blob = app.store.put_file(path, limit=app.settings.max_upload_bytes)
        name = os.fsencode(path.name).decode("utf-8", "replace")
        with app.database.write() as session:
            arrival = Arrival(blob, name, "command")
            receipt = receive(session, app.audit, app.store, principal, arrival, app.clock.now())
            item.receipt, item.record, item.duplicate = receipt.id, receipt.record_id, receipt.duplicate
    except BlobTooLargeError:
        item.problem = "too_large"
        item.problem_text = f"Larger than {app.settings.max_upload_bytes} bytes; nothing was taken in."
    except OSError as error:
        item.problem = "unreadable"
        item.problem_text = f"The file cannot be read: {error.strerror or error}."
    except AktaError as error:
        item.problem, item.problem_text = error.code, error.message
    return item


def _follow(app: App, items: list[_Item]) -> Iterator[tuple[_Item, dict[str, Any] | None]]:
    """Each item with its row, in order of coming to an end with all that was found inside."""
    open_items = [i for i in items if i.record]
    for item in items:
        if item.record is None:
            yield item, None
    unread = {item.record: {item.record} for item in open_items if item.record}
    pause = 0.05
    while open_items:
        asked = sorted(set().union(*unread.values()))
        with app.database.read() as session:
            ended = _ended(session, asked)
        for record, ids in unread.items():
            unread[record] = {i for i in ids if i not in ended}.union(*(ended.get(i, ()) for i in ids))
        rest = []
        for item in open_items:
            if item.record and unread[item.record]:
                rest.append(item)
            else:
                yield item, _row(app, item.record)
        unread = {record: ids for record, ids in unread.items() if ids}
        pause = 0.05 if len(rest) < len(open_items) else min(0.5, pause * 1.5)
        open_items = rest
        if open_items:
            time.sleep(pause)


def _ended(session: Session, ids: Sequence[str]) -> dict[str, list[str]]:
    """Those that came to an end, each with what was found inside it."""
    found: dict[str, list[str]] = {}
    for start in range(0, len(ids), _CHUNK):
        chunk = ids[start : start + _CHUNK]
        done = select(Record.id).where(Record.id.in_(chunk), Record.state.not_in(IN_PROGRESS))
        ended = session.scalars(done).all()
        found |= {record: [] for record in ended}
        inside = select(Record.parent_id, Record.id).where(Record.parent_id.in_(ended))
        for parent, child in session.execute(inside):
            found[str(parent)].append(child)
    return found


def _settle(app: App, records: Iterable[str]) -> None:
    """Until these records can be found, with all that was inside them, and no work on them waits any more."""
    waiting = set(records)
    while waiting:
        ids = sorted(waiting)
        for start in range(0, len(ids), _CHUNK):
            chunk = ids[start : start + _CHUNK]
            with app.database.read() as session:
                settled = set(chunk) - _busy(session, chunk)
                inside = session.scalars(select(Record.id).where(Record.parent_id.in_(settled)))
                waiting = (waiting - settled) | set(inside)
        if waiting:
            time.sleep(0.1)


def _busy(session: Session, ids: Sequence[str]) -> set[str]:
    """Those that are being read, rendered or indexed, or wait for it."""
    keys = {f"{work}:{record_id}": record_id for record_id in ids for work in (*WORKING, "render")}
    live = select(Job.key).where(Job.key.in_(list(keys)), Job.state.in_(("ready", "running")))
    unread = select(Record.id).where(Record.id.in_(ids), Record.state.in_(IN_PROGRESS))
    unfound = select(IndexPending.record_id).where(IndexPending.record_id.in_(ids))
    return {
        *(keys[key] for key in session.scalars(live)),
        *session.scalars(unread),
        *session.scalars(unfound),
    }


def _row(app: App, record_id: str | None) -> dict[str, Any]:
    with app.database.read() as session:
        record = session.get_one(Record, record_id)
        values = session.execute(
            select(Field.name, Field.value).where(Field.record_id == record.id).order_by(Field.position)
        ).all()
        hidden = sensitive_on(record)
        return {
            "state": record.state,
            "reason": record.reason,
            "reason_text": explain(record.reason, told_params(record)) if record.reason else None,
            "domain": record.domain,
            "doc_type": record.doc_type,
            "subtype": record.subtype,
            "confidence": None if record.confidence is None else round(record.confidence, 4),
            "fields": {name: MASK if name in hidden else value for name, value in values},
            "pages": record.page_count,
            "seconds": round(record.work_seconds, 3),
            "children": [_child(child) for child in _inside(session, record.id)],
        }


def _inside(session: Session, record_id: str) -> list[Record]:
    """All that was found in a paper, at any depth, in order."""
    found: list[Record] = []
    level = [record_id]
    while level:
        asked = select(Record).where(Record.parent_id.in_(level)).order_by(Record.id)
        children = session.scalars(asked).all()
        found += children
        level = [child.id for child in children]
    return found


def _child(record: Record) -> dict[str, Any]:
    return {
        "record": record.id,
        "parent": record.parent_id,
        "name": record.file_name,
        "state": record.state,
        "reason": record.reason,
        "domain": record.domain,
        "doc_type": record.doc_type,
        "subtype": record.subtype,
        "pages": record.page_count,
    }


def _print(item: _Item, row: dict[str, Any] | None, as_json: bool) -> bool:
    if row is None:
        row = {
            "state": "error",
            "reason": item.problem,
            "reason_text": item.problem_text,
            "domain": None,
            "doc_type": None,
            "subtype": None,
            "confidence": None,
            "fields": {},
            "pages": 0,
            "seconds": 0.0,
            "children": [],
        }
    head = {"path": str(item.path), "receipt": item.receipt, "record": item.record}
    if as_json:
        print_json({**head, **row, "duplicate": item.duplicate})
    else:
        what = f"{row['domain']}/{row['subtype'] or row['doc_type']}" if row["doc_type"] else ""
        again = " (already here)" if item.duplicate else ""
        click.echo(f"{row['state']:<12} {item.receipt or '-':<26} {what:<28} {item.path}{again}")
        if row["reason_text"]:
            click.echo(f"{'':<12} {row['reason_text']}")
        for child in row["children"]:
            what = f"{child['domain']}/{child['subtype'] or child['doc_type']}" if child["doc_type"] else ""
            click.echo(f"  {child['state']:<10} {child['record']:<26} {what:<28} in it: {child['name']}")
    return all(each["state"] in GOOD_ENDS for each in (row, *row["children"]))


class _Silent:
    def __enter__(self) -> "_Silent":
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def update(self, _steps: int) -> None:
        return None


def _bar(length: int, label: str) -> Any:
    """A progress bar on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        return _Silent()
    return click.progressbar(length=length, label=label, file=sys.stderr, show_pos=True)
