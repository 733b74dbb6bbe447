"""`akta audit`: read the audit log, take it away, verify it, anchor it."""

import shutil
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from akta.audit import verifier
from akta.audit.exporting import Span, export_lines
from akta.audit.reading import Entry
from akta.audit.setting_back import declare, find_loss
from akta.audit.stamping import check_token
from akta.audit.verifying import read_known
from akta.bootstrap import App
from akta.cli.context import open_archive, print_json, resolve_record, who
from akta.kernel.errors import AktaError, ConflictError, InvalidError
from akta.records.auditing import TrailQuery, as_data, names_of, read_trail
from akta.records.reads import note_read, note_shown
from akta.records.states import replay
from akta.records.visibility import get_visible

_BATCH = 500
#: Of an entry; as far as databases count.
_NUMBER = click.IntRange(1, (1 << 63) - 1)


@click.group("audit")
def command() -> None:
    """The audit log: who did what to what, when.

    It cannot be changed from here or from anywhere else. 'export' writes it to a file that
    anybody can verify without Akta; 'anchor' copies its signed end outside the database.
    """


@command.command("list")
@click.option("--record", help="Only what was done to this record.")
@click.option("--subject", default="", help="Only what was done to this: kind:number, as hold:01j… .")
@click.option("--person", default="", help="Only what this person did: a sign-in name, or kind:number.")
@click.option("--action", default="", help="Only this action, as record.filed, or all of a kind: hold.*")
@click.option("--since", help="From this day or instant on, as 2026-03-31 or 2026-03-31T12:00.")
@click.option("--until", help="To the end of this day, or before this instant.")
@click.option("--before", type=_NUMBER, help="Only entries before this number.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1_000_000))
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line and entry.")
def list_(
    record: str | None,
    subject: str,
    person: str,
    action: str,
    since: str | None,
    until: str | None,
    before: int | None,
    limit: int,
    as_json: bool,
) -> None:
    """List entries, the newest first."""
    app = open_archive()
    if record:
        subject = f"record:{resolve_record(app, record)}"
    zone = app.settings.zone
    query = TrailQuery(subject, person, action, _instant(since, zone), _instant(until, zone, end=True))
    shown = 0
    while shown < limit:
        with app.database.read() as session:
            rows = read_trail(session, who(), query, before=before, limit=min(_BATCH, limit - shown))
            names = names_of(session, rows)
        for row in rows:
            if as_json:
                print_json(as_data(row, names))
            else:
                click.echo(_line(row, names, zone))
        if not rows:
            break
        shown, before = shown + len(rows), rows[-1].seq
    if not shown and not as_json:
        click.echo("There is no such entry.")


@command.command("export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--from", "first", type=_NUMBER, help="Number of the first entry; by default 1.")
@click.option("--to", "last", type=_NUMBER, help="Number of the last entry; by default the newest.")
@click.option("--verifier", "program", type=click.Path(path_type=Path), help="Write the verifier there, too.")
def export(file: Path, first: int | None, last: int | None, program: Path | None) -> None:
    """Write the log to FILE, with signatures, anchors and the public key.

    A span is widened to whole transactions. Whoever gets the file checks it with Python and the
    package 'cryptography': python verifier.py FILE --key audit.pub ('akta audit key' prints the key).
    """
    for target in (file, program):
        if target is not None and target.exists():
            raise ConflictError(f"{target} exists already. Give a new name.", path=str(target))
    app = open_archive()
    now = app.clock.now()
    with app.database.write() as session:
        app.audit.note(session, now, who().actor, "audit.exported", "audit:log", first=first, last=last)
    try:
        with app.database.snapshot() as session, file.open("xb") as out:
            span = Span(first, last)
            for line in export_lines(session, app.audit, app.anchoring, span, by=who().actor, now=now):
                out.write(line)
    except AktaError:
        file.unlink(missing_ok=True)
        raise
    click.echo(f"{file}: {file.stat().st_size} bytes. Check it with: akta audit verify {file}")
    if program is not None:
        shutil.copyfile(verifier.__file__, program)


@command.command("verify")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False), required=False)
@click.option("--key", type=click.Path(path_type=Path, exists=True), help="The public key FILE must fit.")
@click.option("--tsa-ca", type=click.Path(path_type=Path, exists=True), help="Who vouches for time stamps.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def verify(
    context: click.Context, file: Path | None, key: Path | None, tsa_ca: Path | None, as_json: bool
) -> None:
    """Verify the log of this archive against all its anchors; with FILE an export instead.

    An export is checked with this archive's key, or the one of --key. Exit code 0 if it holds, 1 if not.
    """
    app = open_archive()
    if file is not None:
        context.exit(_verify_file(app, file, key, tsa_ca, as_json=as_json))
    report = app.audit_checker.check_now(who().actor)
    if as_json:
        print_json(
            {
                "holds": report.holds,
                "entries": report.entries,
                "problems": report.problems,
                "notes": report.notes,
            }
        )
    else:
        click.echo(f"{report.entries} entries examined")
        for problem in report.problems:
            click.echo(f"    {problem}")
        for note in report.notes:
            click.echo(f"    note: {note}")
        click.echo("It holds." if report.holds else "IT DOES NOT HOLD.")
    context.exit(0 if report.holds else 1)


def _verify_file(app: App, file: Path, key: Path | None, tsa_ca: Path | None, *, as_json: bool) -> int:
    ca = tsa_ca or (Path(app.settings.tsa_ca) if app.settings.tsa_ca else None)
    own = None if key is not None else app.audit.public_key
    try:
        with file.open("rb") as source:
            verdict = verifier.verify_export(
                verifier.lines_of(source),
                own if key is None else verifier.read_key(key.read_bytes()),
                None if ca is None else partial(check_token, roots=ca.read_bytes()),
            )
    except verifier.ExportError as error:
        raise InvalidError(f"The export cannot be checked: {error}") from error
    if as_json:
        print_json(
            {
                "holds": verdict.holds,
                "first": verdict.first,
                "last": verdict.last,
                "whole": verdict.whole,
                "key": verdict.key,
                "anchors": verdict.anchors,
                "time_stamps": verdict.tokens,
                "problems": verdict.findings.problems,
                "notes": verdict.findings.notes,
            }
        )
    else:
        click.echo("\n".join(verifier.said(verdict)))
    return 0 if verdict.holds else 1


@command.command("anchor")
def anchor() -> None:
    """Anchor the log now: outside the database, with a time stamp and a copy where they are set.

    Akta does so by itself once a day and when it stops.
    """
    app = open_archive()
    made = app.anchoring.now(app.database)
    if made is None:
        click.echo("The log is empty.")
        return
    stamped = "with a time stamp" if made.token is not None else "without a time stamp (AKTA_TSA_URL)"
    copied = f", copied to {app.settings.anchor_copy}" if app.settings.anchor_copy else ""
    click.echo(f"Entry {made.head.seq} is anchored, {stamped}{copied}.")


@command.command("set-back")
@click.option(
    "--reason", required=True, help="Why the log ends earlier than it did, for whoever verifies it."
)
@click.option("--yes", is_flag=True, help="Do not ask.")
def set_back_(reason: str, yes: bool) -> None:
    """Declare that the log was put back, so that anchors of the time that was lost are set aside.

    For an older database that somebody put back; 'akta restore' and 'akta ledger replay' do so by themselves.
    Every verification tells of the declaration from then on. A log that was changed is refused.
    """
    app = open_archive()
    known = read_known(app.anchoring, app.audit.public_key)
    with app.database.snapshot() as session:
        loss = find_loss(session, app.audit.public_key, known)
    if loss is None:
        click.echo("All that was anchored is in the log. There is nothing to declare.")
        return
    click.echo(f"{loss.anchors} anchors know more than the log has after entry {loss.end}.")
    if not yes:
        click.confirm("Declare that this was lost?", abort=True)
    with app.database.write() as session:
        declare(session, app.audit, loss, actor=who().actor, reason=reason, now=app.clock.now())
    click.echo(f"The log says now that it was put back to entry {loss.end}.")


@command.command("key")
def key() -> None:
    """Print the public key that the log is signed with, for whoever verifies exports.

    Give it on another way than the export, or the two prove nothing of each other.
    """
    click.echo(open_archive().audit.public_pem, nl=False)


@command.command("replay")
@click.argument("record")
@click.option("--at", type=_NUMBER, help="When this entry of the log had been written.")
@click.option("--json", "as_json", is_flag=True)
@click.option(
    "--sensitive", is_flag=True, help="Values of sensitive fields instead of masks; it goes into the log."
)
def replay_(record: str, at: int | None, as_json: bool, sensitive: bool) -> None:
    """Show what RECORD said at a point of the log: kind, title, class and fields as they were.

    'akta audit list --record RECORD' shows the entries and their numbers.
    """
    app = open_archive()
    record_id = resolve_record(app, record)
    with app.database.read() as session:
        found = get_visible(session, who(), record_id)
        told = replay(session, who(), record_id, at, show=sensitive)
    note_read(app.database, app.audit, app.clock, who(), found)
    if sensitive:
        note_shown(app.database, app.audit, app.clock, who(), record_id)
    if as_json:
        print_json(told)
        return
    said = told["said"]
    click.echo(f"entry {told['entry']}, {told['at']}, {told['action']} by {told['actor']}\n")
    for name in ("title", "domain", "doc_type", "subtype", "class_code", "document_date", "version"):
        if said[name] is not None:
            click.echo(f"{name:<18} {_plain(str(said[name]))}")
    for field in said["fields"]:
        click.echo(f"  {field['name']:<18} {_plain(field['value'])}   ({field['reader']})")
    click.echo(f"\nproved by the SHA-256 {told['digest']} in entry {told['entry']}")


def _line(entry: Entry, names: dict[str, str], zone: str) -> str:
    at = f"{entry.at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S}" if entry.at is not None else "?"
    actor = names.get(entry.actor, entry.actor)
    more = "withheld" if entry.details is None else verifier.canonical(entry.details)
    return _plain(f"{entry.seq:>8}  {at:<19}  {actor}  {entry.action}  {entry.subject}  {more}")


def _instant(text: str | None, zone: str, *, end: bool = False) -> datetime | None:
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidError(
            f"'{text[:40]}' is no day or instant. Write 2026-03-31 or 2026-03-31T12:00."
        ) from error
    try:
        if end and len(text) == 10:
            at += timedelta(days=1)
        return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
    except OverflowError as error:
        raise InvalidError(f"'{text[:40]}' is at the edge of the calendar. Leave it out.") from error


def _plain(text: str) -> str:
    """Text without characters that would steer a terminal."""
    return "".join(c for c in text if c.isprintable())
