"""Ways to tamper with the audit log by statements of SQL; see `bench.tamper`."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text
from sqlalchemy.orm import Session

from akta.audit.anchoring import Anchoring
from akta.audit.log import AuditLog, SignedHead
from akta.audit.verifier import GENESIS, canonical, chain, entry_message, head_message
from akta.db.engine import Database

COLUMNS = ("seq", "at", "actor", "action", "subject", "body", "previous", "hash", "signature")


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


# -- the ways ------------------------------------------------------------------


def edit_a_column(bed: Bed, session: Session) -> None:
    seq, column = bed.some(), bed.chance.choice(COLUMNS[1:])
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
    rewrite(bed, session, bed.some())


def rewrite_without_signatures(bed: Bed, session: Session) -> None:
    """As entries looked before they were signed one by one."""
    rewrite(bed, session, bed.some(), unsigned=True)


def rewrite_and_sign_by_another_key(bed: Bed, session: Session) -> None:
    other = AuditLog(Ed25519PrivateKey.generate())
    rewrite(bed, session, bed.some(), signer=other)


def rewrite_and_pass_off_a_signature(bed: Bed, session: Session) -> None:
    digest = rewrite(bed, session, bed.some())
    entry = bed.chance.choice([row for row in bed.rows if row["signature"]])
    set_head(session, bed.count, digest, entry["signature"])


def delete_one(bed: Bed, session: Session) -> None:
    delete(session, "seq = :n", n=bed.some())


def delete_and_close_the_gap(bed: Bed, session: Session) -> None:
    gap = bed.some()
    delete(session, "seq = :n", n=gap)
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
    set_head(session, bed.count + 1, digest)


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
    delete(session, "seq <= :n", n=bed.some(last=bed.count - 1))


def cut_the_beginning_and_rewrite(bed: Bed, session: Session) -> None:
    first = bed.some(first=2)
    _replace(bed, session, [bed.row(seq) for seq in range(first, bed.count + 1)])


def cut_the_end(bed: Bed, session: Session) -> None:
    delete(session, "seq > :n", n=bed.some(last=bed.count - 1))


def cut_the_end_and_move_the_head(bed: Bed, session: Session) -> None:
    last = bed.some(last=bed.count - 1)
    delete(session, "seq > :n", n=last)
    set_head(session, last, bed.row(last)["hash"])


def cut_the_end_and_pass_off_a_signature(bed: Bed, session: Session) -> None:
    """The signature that stands beside the entry that is now the last."""
    row = bed.chance.choice([row for row in bed.rows[:-1] if row["signature"]])
    delete(session, "seq > :n", n=row["seq"])
    set_head(session, row["seq"], row["hash"], row["signature"])


def put_an_older_state_back(bed: Bed, session: Session) -> None:
    """An older backup of the database, whole and rightly signed. Only what is outside knows better."""
    head = bed.chance.choice([head for head in bed.heads if head.seq < bed.anchored])
    delete(session, "seq > :n", n=head.seq)
    set_head(session, head.seq, head.hash, head.signature)


def empty_the_log(bed: Bed, session: Session) -> None:
    delete(session, "seq > :n", n=0)
    if bed.chance.random() < 0.5:
        session.execute(text("DELETE FROM audit_head"))
    else:
        set_head(session, 0, GENESIS)


def edit_the_head(bed: Bed, session: Session) -> None:
    column = bed.chance.choice(("seq", "hash", "signature"))
    head = bed.heads[-1]
    value = head.seq + bed.some() if column == "seq" else _another(bed, getattr(head, column))
    session.execute(text(f"UPDATE audit_head SET {column} = :v"), {"v": value})


def an_older_head_over_the_whole_log(bed: Bed, session: Session) -> None:
    head = bed.chance.choice(bed.heads[:-1])
    set_head(session, head.seq, head.hash, head.signature)


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
    names = ", ".join(COLUMNS)
    session.execute(
        text(f"INSERT INTO audit_entries ({names}) VALUES ({', '.join(f':{n}' for n in COLUMNS)})"), row
    )


def delete(session: Session, where: str, **values: Any) -> None:
    session.execute(text(f"DELETE FROM audit_entries WHERE {where}"), values)


def set_head(session: Session, seq: int, digest: str, signature: str | None = None) -> None:
    session.execute(text("UPDATE audit_head SET seq = :s, hash = :h"), {"s": seq, "h": digest})
    if signature is not None:
        session.execute(text("UPDATE audit_head SET signature = :g"), {"g": signature})


def _forged(row: dict[str, Any]) -> dict[str, Any]:
    body = canonical({**json.loads(row["body"]), "actor": "user:z"})
    return {"actor": "user:z", "body": body}


def rewrite(
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
    delete(session, "seq >= :n", n=first)
    previous = rows[first - 2]["hash"] if first > 1 else GENESIS
    for seq, row in enumerate(rows[first - 1 :], start=first):
        facts = {**json.loads(row["body"]), "seq": seq}
        if unsigned:
            facts.pop("signed", None)
            row["signature"] = None
        row |= {"seq": seq, "body": canonical(facts), "previous": previous}
        row["hash"] = previous = chain(previous, row["body"])
        if signer is not None and facts.get("signed"):
            row["signature"] = signer.sign(entry_message(seq, previous))
        _add(session, row)
    last = len(rows)
    signature = signer.sign(head_message(last, previous)) if signer else None
    set_head(session, last, previous, signature)
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
