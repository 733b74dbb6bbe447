"""Tampering with the audit log, as somebody does who can write to the database: is every edit found?

    python -m bench.tamper [--edits 1000] [--entries 200] [--seed 1] [--url postgresql+psycopg://…]

Fills a log, anchors it on the way, and then, again and again: changes it in one of many ways inside a
transaction with the guards of the database taken off, has the verifier look, and rolls back. The attacker
knows the algorithms and every hash, has older signed heads (of a backup), and has no key and no hold over the
anchors. Prints one JSON object: how often each way was tried and found, and, apart from these, what nothing
can find and what would.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text
from sqlalchemy.orm import Session

from akta.audit.anchoring import Anchoring
from akta.audit.log import AuditLog, SignedHead
from akta.audit.verifier import GENESIS, canonical, chain
from akta.audit.verifying import check_log, read_known
from akta.bootstrap import alembic_config
from akta.db.engine import Database
from akta.kernel.clock import SystemClock

_COLUMNS = ("seq", "at", "actor", "action", "subject", "body", "previous", "hash", "signature")
_START = datetime(2026, 3, 10, 11, 0, tzinfo=UTC)


@dataclass
class Bed:
    """A filled log, and what an attacker has kept of it."""

    database: Database
    audit: AuditLog
    anchoring: Anchoring
    chance: random.Random
    rows: list[dict[str, Any]] = field(default_factory=list)
    heads: list[SignedHead] = field(default_factory=list)
    #: The last head that an anchor knows.
    anchored: int = 0

    @property
    def count(self) -> int:
        return len(self.rows)

    def some(self, first: int = 1, last: int | None = None) -> int:
        return self.chance.randint(first, last or self.count)

    def row(self, seq: int) -> dict[str, Any]:
        return dict(self.rows[seq - 1])


def fill(database: Database, folder: Path, entries: int, seed: int) -> Bed:
    """A log of transactions of one to three entries, anchored now and then and at its end."""
    chance = random.Random(seed)
    audit = AuditLog(Ed25519PrivateKey.generate())
    anchoring = Anchoring(folder, audit, SystemClock())
    bed = Bed(database, audit, anchoring, chance)
    at, written = _START, 0
    while written < entries:
        with database.write() as session:
            for _ in range(min(chance.randint(1, 3), entries - written)):
                written += 1
                at += timedelta(seconds=chance.randint(1, 900))
                actor = f"user:{chance.choice('abcd')}"
                action = chance.choice(("record.read", "record.filed", "hold.placed", "record.destroyed"))
                audit.append(
                    session,
                    at=at,
                    actor=actor,
                    action=action,
                    subject=f"record:{chance.randint(1, 40)}",
                    details={"n": written, "why": "Żądanie §7"},
                )
        with database.read() as session:
            head = audit.head(session)
        assert head is not None
        bed.heads.append(head)
        if chance.random() < 0.1 or written >= entries:
            made = anchoring.now(database)
            assert made is not None
            bed.anchored = made.head.seq
    with database.read() as session:
        select = text(f"SELECT {', '.join(_COLUMNS)} FROM audit_entries ORDER BY seq")
        bed.rows = [dict(row) for row in session.execute(select).mappings()]
    return bed


# -- the ways ------------------------------------------------------------------


def edit_a_column(bed: Bed, session: Session) -> None:
    seq, column = bed.some(), bed.chance.choice(_COLUMNS[1:])
    _set(session, seq, **{column: _another(bed, bed.row(seq)[column])})


def change_a_number(bed: Bed, session: Session) -> None:
    _set(session, bed.some(), seq=bed.count + bed.some())


def change_body_and_columns(bed: Bed, session: Session) -> None:
    seq = bed.some()
    _set(session, seq, **_forged(bed.row(seq)))


def change_an_entry_and_its_hash(bed: Bed, session: Session) -> None:
    seq = bed.some()
    forged = _forged(bed.row(seq))
    _set(session, seq, **forged, hash=chain(bed.row(seq)["previous"], forged["body"]))


def rewrite_to_the_end(bed: Bed, session: Session) -> None:
    _rewrite(bed, session, bed.some())


def rewrite_without_signatures(bed: Bed, session: Session) -> None:
    """As entries looked before they were signed one by one."""
    _rewrite(bed, session, bed.some(), unsigned=True)


def rewrite_and_sign_by_another_key(bed: Bed, session: Session) -> None:
    other = AuditLog(Ed25519PrivateKey.generate())
    _rewrite(bed, session, bed.some(), signer=other)


def rewrite_and_pass_off_a_signature(bed: Bed, session: Session) -> None:
    digest = _rewrite(bed, session, bed.some())
    entry = bed.chance.choice([row for row in bed.rows if row["signature"]])
    _head(session, bed.count, digest, entry["signature"])


def delete_one(bed: Bed, session: Session) -> None:
    _delete(session, "seq = :n", n=bed.some())


def delete_and_close_the_gap(bed: Bed, session: Session) -> None:
    gap = bed.some()
    _delete(session, "seq = :n", n=gap)
    for seq in range(gap + 1, bed.count + 1):
        _set(session, seq, seq=seq - 1)


def delete_and_rewrite(bed: Bed, session: Session) -> None:
    gap = bed.some()
    rows = [bed.row(seq) for seq in range(1, bed.count + 1) if seq != gap]
    _replace(bed, session, rows)


def insert_one(bed: Bed, session: Session) -> None:
    place = bed.some()
    for seq in range(bed.count, place - 1, -1):
        _set(session, seq, seq=seq + 1)
    _add(session, {**bed.row(bed.some()), "seq": place})


def insert_and_rewrite(bed: Bed, session: Session) -> None:
    rows = [bed.row(seq) for seq in range(1, bed.count + 1)]
    rows.insert(bed.some() - 1, bed.row(bed.some()))
    _replace(bed, session, rows)


def append_a_forged_one(bed: Bed, session: Session) -> None:
    last = bed.row(bed.count)
    body = canonical({**json.loads(last["body"]), "seq": bed.count + 1, "actor": "user:z"})
    digest = chain(last["hash"], body)
    forged = {"seq": bed.count + 1, "actor": "user:z", "body": body, "previous": last["hash"]}
    _add(session, {**last, **forged, "hash": digest})
    _head(session, bed.count + 1, digest)


def swap_two(bed: Bed, session: Session) -> None:
    a, b = bed.chance.sample(range(1, bed.count + 1), 2)
    _set(session, a, seq=-1)
    _set(session, b, seq=a)
    _set(session, -1, seq=b)


def swap_what_two_say(bed: Bed, session: Session) -> None:
    a, b = bed.chance.sample(range(1, bed.count + 1), 2)
    for one, other in ((a, b), (b, a)):
        row = bed.row(other)
        _set(session, one, **{name: row[name] for name in ("at", "actor", "action", "subject", "body")})


def swap_and_rewrite(bed: Bed, session: Session) -> None:
    rows = [bed.row(seq) for seq in range(1, bed.count + 1)]
    a, b = bed.chance.sample(range(bed.count), 2)
    rows[a], rows[b] = rows[b], rows[a]
    _replace(bed, session, rows)


def cut_the_beginning(bed: Bed, session: Session) -> None:
    _delete(session, "seq <= :n", n=bed.some(last=bed.count - 1))


def cut_the_beginning_and_rewrite(bed: Bed, session: Session) -> None:
    first = bed.some(first=2)
    _replace(bed, session, [bed.row(seq) for seq in range(first, bed.count + 1)])


def cut_the_end(bed: Bed, session: Session) -> None:
    _delete(session, "seq > :n", n=bed.some(last=bed.count - 1))


def cut_the_end_and_move_the_head(bed: Bed, session: Session) -> None:
    last = bed.some(last=bed.count - 1)
    _delete(session, "seq > :n", n=last)
    _head(session, last, bed.row(last)["hash"])


def cut_the_end_and_pass_off_a_signature(bed: Bed, session: Session) -> None:
    """The signature that stands beside the entry that is now the last."""
    row = bed.chance.choice([row for row in bed.rows[:-1] if row["signature"]])
    _delete(session, "seq > :n", n=row["seq"])
    _head(session, row["seq"], row["hash"], row["signature"])


def put_an_older_state_back(bed: Bed, session: Session) -> None:
    """An older backup of the database, whole and rightly signed. Only what is outside knows better."""
    head = bed.chance.choice([head for head in bed.heads if head.seq < bed.anchored])
    _delete(session, "seq > :n", n=head.seq)
    _head(session, head.seq, head.hash, head.signature)


def empty_the_log(bed: Bed, session: Session) -> None:
    _delete(session, "seq > :n", n=0)
    if bed.chance.random() < 0.5:
        session.execute(text("DELETE FROM audit_head"))
    else:
        _head(session, 0, GENESIS)


def edit_the_head(bed: Bed, session: Session) -> None:
    column = bed.chance.choice(("seq", "hash", "signature"))
    head = bed.heads[-1]
    value = head.seq + bed.some() if column == "seq" else _another(bed, getattr(head, column))
    session.execute(text(f"UPDATE audit_head SET {column} = :v"), {"v": value})


def an_older_head_over_the_whole_log(bed: Bed, session: Session) -> None:
    head = bed.chance.choice(bed.heads[:-1])
    _head(session, head.seq, head.hash, head.signature)


def set_a_clock_back(bed: Bed, session: Session) -> None:
    """An entry dated back, in column and body."""
    seq = bed.some()
    row = bed.row(seq)
    facts = json.loads(row["body"])
    at = datetime.fromisoformat(facts["at"]) - timedelta(days=bed.chance.randint(1, 400))
    value = at.replace(tzinfo=None) if bed.database.dialect == "sqlite" else at
    _set(session, seq, at=str(value), body=canonical({**facts, "at": at.isoformat()}))


WAYS: tuple[Callable[[Bed, Session], None], ...] = (
    *(edit_a_column, change_a_number, change_body_and_columns, change_an_entry_and_its_hash),
    *(rewrite_to_the_end, rewrite_without_signatures, rewrite_and_sign_by_another_key),
    *(rewrite_and_pass_off_a_signature, delete_one, delete_and_close_the_gap, delete_and_rewrite),
    *(insert_one, insert_and_rewrite, append_a_forged_one, swap_two, swap_what_two_say, swap_and_rewrite),
    *(cut_the_beginning, cut_the_beginning_and_rewrite, cut_the_end, cut_the_end_and_move_the_head),
    *(cut_the_end_and_pass_off_a_signature, put_an_older_state_back, empty_the_log, edit_the_head),
    *(an_older_head_over_the_whole_log, set_a_clock_back),
)


# -- statements ----------------------------------------------------------------


def _set(session: Session, which: int, /, **values: Any) -> None:
    columns = ", ".join(f"{name} = :v_{name}" for name in values)
    session.execute(
        text(f"UPDATE audit_entries SET {columns} WHERE seq = :which"),
        {"which": which, **{f"v_{name}": value for name, value in values.items()}},
    )


def _add(session: Session, row: dict[str, Any]) -> None:
    names = ", ".join(_COLUMNS)
    session.execute(
        text(f"INSERT INTO audit_entries ({names}) VALUES ({', '.join(f':{n}' for n in _COLUMNS)})"), row
    )


def _delete(session: Session, where: str, **values: Any) -> None:
    session.execute(text(f"DELETE FROM audit_entries WHERE {where}"), values)


def _head(session: Session, seq: int, digest: str, signature: str | None = None) -> None:
    session.execute(text("UPDATE audit_head SET seq = :s, hash = :h"), {"s": seq, "h": digest})
    if signature is not None:
        session.execute(text("UPDATE audit_head SET signature = :g"), {"g": signature})


def _forged(row: dict[str, Any]) -> dict[str, Any]:
    body = canonical({**json.loads(row["body"]), "actor": "user:z"})
    return {"actor": "user:z", "body": body}


def _rewrite(
    bed: Bed, session: Session, first: int, *, unsigned: bool = False, signer: AuditLog | None = None
) -> str:
    """Forge an entry and chain all that follow anew; the hash of the last."""
    rows = [bed.row(seq) for seq in range(1, bed.count + 1)]
    rows[first - 1] |= _forged(rows[first - 1])
    return _replace(bed, session, rows, first=first, unsigned=unsigned, signer=signer)


def _replace(
    bed: Bed,
    session: Session,
    rows: list[dict[str, Any]],
    *,
    first: int = 1,
    unsigned: bool = False,
    signer: AuditLog | None = None,
) -> str:
    """Put other entries in the place of those from `first` on, numbered and chained as it must be."""
    _delete(session, "seq >= :n", n=first)
    previous = rows[first - 2]["hash"] if first > 1 else GENESIS
    for seq, row in enumerate(rows[first - 1 :], start=first):
        facts = {**json.loads(row["body"]), "seq": seq}
        if unsigned:
            facts.pop("signed", None)
            row["signature"] = None
        row |= {"seq": seq, "body": canonical(facts), "previous": previous}
        row["hash"] = previous = chain(previous, row["body"])
        if signer is not None and facts.get("signed"):
            row["signature"] = signer.sign(f"akta audit entry {seq} {previous}".encode())
        _add(session, row)
    last = len(rows)
    signature = signer.sign(f"akta audit head {last} {previous}".encode()) if signer else None
    _head(session, last, previous, signature)
    return previous


def _another(bed: Bed, value: Any) -> Any:
    """Another value of the same kind: a letter more, less or changed; nothing where there was something."""
    if value is None:
        return bed.chance.choice([row["signature"] for row in bed.rows if row["signature"]])
    if isinstance(value, datetime):
        return value + timedelta(seconds=bed.chance.choice((-1, 1)) * bed.some())
    said = str(value)
    try:
        return str(datetime.fromisoformat(said) + timedelta(seconds=bed.some()))
    except ValueError:
        pass
    at = bed.chance.randrange(len(said))
    letter = bed.chance.choice([c for c in "0123456789abcdefxyz {}:" if c != said[at]])
    return bed.chance.choice((said[:at] + letter + said[at + 1 :], said[:at] + said[at + 1 :], said + letter))


# -- looking -------------------------------------------------------------------


def problems_after(
    bed: Bed, act: Callable[[Bed, Session], None], anchoring: Anchoring | None = None
) -> list[str]:
    """What the verifier says after the act; then all is as it was. `anchoring`: anchors that were forged."""
    with Session(bed.database.engine) as session:
        session.connection(execution_options={"akta_write": True})
        _take_guards_off(bed.database, session)
        act(bed, session)
        known = read_known(anchoring or bed.anchoring, bed.audit.public_key)
        found = check_log(session, bed.audit.public_key, known).problems
        session.rollback()
    return found


def _take_guards_off(database: Database, session: Session) -> None:
    if database.dialect == "postgresql":
        session.execute(text("SET LOCAL session_replication_role = replica"))
        return
    for act in ("update", "delete"):
        session.execute(text(f"DROP TRIGGER audit_entries_no_{act}"))


def tamper(bed: Bed, edits: int) -> dict[str, dict[str, int]]:
    """Try each way as often; how often it was tried and found."""
    told = {way.__name__: {"tried": 0, "found": 0} for way in WAYS}
    for number in range(edits):
        way = WAYS[number % len(WAYS)]
        told[way.__name__]["tried"] += 1
        told[way.__name__]["found"] += bool(problems_after(bed, way))
    return told


def beyond(bed: Bed) -> dict[str, Any]:
    """What cannot be found, and what would: an end cut since the last anchor, and forging with the key."""
    with bed.database.write() as session:
        bed.audit.note(session, _START + timedelta(days=60), "user:a", "record.read", "record:1")
        bed.audit.note(session, _START + timedelta(days=60), "user:b", "record.destroyed", "record:1")
    head = next(head for head in bed.heads if head.seq == bed.anchored)

    def put_back(_: Bed, session: Session) -> None:
        _delete(session, "seq > :n", n=head.seq)
        _head(session, head.seq, head.hash, head.signature)

    def forge(bed: Bed, session: Session) -> None:
        _rewrite(bed, session, 1, signer=bed.audit)

    found = bool(problems_after(bed, put_back))
    bed.anchoring.now(bed.database)
    seen = bool(problems_after(bed, put_back))
    nowhere = Anchoring(bed.anchoring.folder / "nothing", bed.audit, SystemClock())
    forged = bool(problems_after(bed, forge, nowhere))
    return {
        "cut back to the last anchor, with a head of then": {
            "found": found,
            "found once anchored": seen,
            "what would": "an anchor made since: one a minute while Akta runs, at every stop, and on demand",
        },
        "all rewritten by somebody with the key who reaches every anchor": {
            "found": forged,
            "found by an anchor he missed": bool(problems_after(bed, forge)),
            "what would": "a time stamp of an authority, kept elsewhere: he cannot make it again",
        },
    }


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--edits", type=int, default=1000)
    parser.add_argument("--entries", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--url", help="an empty database; by default one of SQLite that is thrown away")
    options = parser.parse_args()
    from alembic import command

    with tempfile.TemporaryDirectory(prefix="akta-bench-") as folder:
        url = options.url or f"sqlite:///{folder}/akta.db"
        command.upgrade(alembic_config(url), "head")
        database = Database(url)
        anchors = Path(folder) / "anchors"
        anchors.mkdir()
        bed = fill(database, anchors, options.entries, options.seed)
        untouched = problems_after(bed, lambda _bed, _session: None)
        started = time.monotonic()
        ways = tamper(bed, options.edits)
        seconds = time.monotonic() - started
        found = sum(way["found"] for way in ways.values())
        report = {
            "database": database.dialect,
            "entries": options.entries,
            "edits": options.edits,
            "found": found,
            "missed": options.edits - found,
            "alarms over the untouched log": len(untouched),
            "seconds": round(seconds, 1),
            "ways": ways,
            "beyond": beyond(bed),
        }
        database.close()
    print(json.dumps(report, indent=1))
    return 0 if found == options.edits and not untouched else 1


if __name__ == "__main__":
    sys.exit(main())
