"""`akta export`: carry what was found away, as a table or with the originals."""

import shutil
import time
from pathlib import Path

import click
from sqlalchemy import select

from akta.bootstrap import App
from akta.cli.context import open_archive, who
from akta.events.models import Job
from akta.kernel.errors import AktaError, ConflictError
from akta.kernel.process import owner_name
from akta.worker.celery_app import make_runner
from indexer.exports.models import IN_PROGRESS, Export
from indexer.exports.service import FORMATS, ExportDraft, as_data, key_of
from indexer.model import SORTS

_PAUSE = 0.2


@click.command("export")
@click.argument("query", nargs=-1, required=True)
@click.option("--format", "form", type=click.Choice(list(FORMATS)), help="By default that of FILE's ending.")
@click.option(
    "--to", "target", required=True, type=click.Path(path_type=Path, dir_okay=False), metavar="FILE"
)
@click.option("--sort", type=click.Choice(SORTS), default="newest", show_default=True)
@click.option("--language", type=click.Choice(["pl", "en"]), default="en", show_default=True)
@click.option("--for-excel", is_flag=True, help="CSV as Excel reads it: with a byte order mark.")
@click.option(
    "--sensitive", is_flag=True, help="Values of sensitive fields instead of masks; it goes into the log."
)
def command(
    query: tuple[str, ...],
    form: str | None,
    target: Path,
    sort: str,
    language: str,
    for_excel: bool,
    sensitive: bool,
) -> None:
    """Write what QUERY finds to FILE: a table (csv, xlsx), or a zip with originals and a manifest.

    The query language is described in docs/search.md.
    """
    form = form or target.suffix.lstrip(".").lower()
    if form not in FORMATS:
        raise click.UsageError(f"Say --format: {', '.join(FORMATS)}.")
    if target.exists():
        raise ConflictError(f"{target} exists already. Give a new name.", path=str(target))
    app = open_archive()
    with app.database.write() as session:
        draft = ExportDraft(" ".join(query), form, sort, language, for_excel, sensitive)
        number = app.exports.ask(session, who(), draft).id
    try:
        made = _made(app, number)
        if made.state != "ready":
            reason = as_data(made, "en", app.clock.now())["reason"]
            raise AktaError(reason["text"] if reason else f"The export was {made.state}.")
        with app.database.write() as session:
            found = app.exports.open(session, who(), number)
        with found.source as source, target.open("xb") as out:
            shutil.copyfileobj(source, out, 1 << 20)
    finally:
        _clear(app, number)
    told = [f"{made.records} records, {made.size} bytes, SHA-256 {made.sha256}"]
    if made.left_out:
        told.append(f"{made.left_out} were left out: they changed meanwhile")
    if made.problems:
        told.append(f"{made.problems} originals are missing or damaged: see the manifest")
    click.echo(f"{target}: " + "; ".join(told))


def _made(app: App, number: str) -> Export:
    """The export when it has ended: made here, or by a worker that was quicker."""
    runner = make_runner(app)
    while True:
        job = _job(app, number)
        if job is not None:
            runner.run_by_id(owner_name(), job)
        with app.database.read() as session:
            made = app.exports.get(session, who(), number)
        if made.state not in IN_PROGRESS:
            return made
        time.sleep(_PAUSE)


def _job(app: App, number: str) -> str | None:
    with app.database.read() as session:
        return session.scalar(select(Job.id).where(Job.key == key_of(number), Job.state == "ready"))


def _clear(app: App, number: str) -> None:
    """The file is where it was wanted, or nobody waits for it any more."""
    with app.database.write() as session:
        made = app.exports.get(session, who(), number)
        if made.state in IN_PROGRESS:
            app.exports.cancel(session, who(), number)
        app.exports.remove(session, who(), number)
    with app.database.read() as session:
        app.exports.sweep(session)
