"""What commands share: the archive they work on, and who acts."""

import getpass
import json
from typing import Any

import click

from akta.access.principal import Principal, operator
from akta.bootstrap import App, build
from akta.operations.logs import configure_logging
from akta.settings import load_settings


def open_archive(*, pooled: bool = True, restoring: bool = False, **overrides: object) -> App:
    """The archive of AKTA_HOME; a missing one is made and migrated."""
    settings = load_settings(**overrides)
    configure_logging(settings)
    return build(settings, pooled=pooled, restoring=restoring)


def who() -> Principal:
    """The person at the command line. Whoever can read the data folder may do everything here."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = "unknown"
    return operator(name)


def person(app: App) -> Principal:
    """The person whose API token AKTA_TOKEN holds; without one, whoever is at the command line.

    For acts that need two people: the command line cannot tell one person from another, a token can.
    """
    import os

    from akta.access.sessions import principal_of_token
    from akta.kernel.errors import InvalidError

    secret = os.environ.get("AKTA_TOKEN", "")
    if not secret:
        return who()
    with app.database.read() as session:
        found = principal_of_token(session, secret, app.clock.now())
    if found is None:
        raise InvalidError("AKTA_TOKEN holds no valid token. 'akta token add' makes one.")
    return found


def run_job(app: App, key: str) -> None:
    """Run the job with this key here and now, unless a worker has it; one that died with it has not."""
    from sqlalchemy import select

    from akta.events.models import Job
    from akta.kernel.process import owner_name
    from akta.worker.celery_app import make_runner

    with app.database.read() as session:
        job = session.scalar(select(Job.id).where(Job.key == key, Job.state.in_(("ready", "running"))))
    if job is not None:
        make_runner(app).run_by_id(owner_name(), job)


def print_json(value: Any) -> None:
    """One JSON document on one line."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    click.echo(text.encode("utf-8", "backslashreplace").decode("utf-8"))  # half a pair is escaped, as in JSON


def resolve_record(app: App, text: str) -> str:
    """A record's id from an id, a receipt's id, or an unambiguous beginning of one."""
    from sqlalchemy import select

    from akta.kernel.errors import InvalidError, NotFoundError
    from akta.records.models import Receipt, Record

    wanted = text.strip().lower()
    if not wanted:
        raise NotFoundError(f"There is no record or receipt '{text}'.")
    with app.database.read() as session:
        receipt = session.get(Receipt, wanted)
        if receipt is not None:
            return receipt.record_id
        if session.get(Record, wanted) is not None:
            return wanted
        # The receipts of one record may share a beginning with it and with each other.
        records = select(Record.id).where(Record.id.startswith(wanted, autoescape=True))
        receipts = select(Receipt.record_id).where(Receipt.id.startswith(wanted, autoescape=True))
        ids = session.scalars(records.union(receipts).limit(2)).all()
    if not ids:
        raise NotFoundError(f"There is no record or receipt '{text}'.")
    if len(ids) > 1:
        raise InvalidError(f"'{text}' fits more than one record; give more of its number.")
    return str(ids[0])
