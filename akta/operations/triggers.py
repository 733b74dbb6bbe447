"""The triggers of the database against those that the migrations make: is one missing, changed, switched off?

`triggers.json` holds a digest of each, by kind of database. It is made anew with a migration that
touches triggers: `python -m bench.triggers`.
"""

import json
from hashlib import sha256
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

EXPECTED = Path(__file__).with_name("triggers.json")


def found(session: Session) -> dict[str, str]:
    """A digest of each trigger of the database, by its name: what it says, where and when it runs."""
    if session.get_bind().dialect.name == "sqlite":
        rows = session.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
        return {name: _digest(" ".join(sql.split())) for name, sql in rows}
    rows = session.execute(
        text(
            "SELECT t.tgname, c.relname, t.tgtype, t.tgenabled, p.proname, encode(t.tgargs, 'hex'), "
            "t.tgqual IS NOT NULL, p.prosrc FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
            "JOIN pg_proc p ON p.oid = t.tgfoid WHERE NOT t.tgisinternal"
        )
    ).all()
    return {f"{row[1]}.{row[0]}": _digest("|".join(str(part) for part in row)) for row in rows}


def problems(session: Session) -> tuple[int, list[str]]:
    """How many triggers there should be, and a sentence for each that is not as it should be."""
    dialect = session.get_bind().dialect.name
    wanted: dict[str, str] = json.loads(EXPECTED.read_text("utf-8"))[dialect]
    there = found(session)
    out = []
    for name, digest in sorted(wanted.items()):
        if name not in there:
            out.append(f"The trigger {name} of the database is missing.")
        elif there[name] != digest:
            out.append(f"The trigger {name} of the database was changed or switched off.")
    out += [
        f"The database has a trigger that is not Akta's: {name}." for name in sorted(there.keys() - wanted)
    ]
    if dialect == "postgresql" and session.scalar(text("SHOW session_replication_role")) != "origin":
        out.append("The database runs no triggers for this account (session_replication_role).")
    return len(wanted), out


def _digest(said: str) -> str:
    return sha256(said.encode()).hexdigest()
