"""Replaying the ledger over a database that is older than it."""

import os
from collections.abc import Callable
from pathlib import Path

from akta.access.principal import system
from akta.audit.setting_back import Loss, declare, find_loss
from akta.audit.verifying import read_known
from akta.bootstrap import App
from retention.disposition.ledger import LedgerError
from retention.disposition.ledger_lines import lines_of, verify_ledger
from retention.disposition.replaying import Replayed, replay


def replay_ledger(
    app: App,
    given: Path | None,
    own: bytes = b"",
    after: int = 0,
    progress: Callable[[str], None] = lambda _: None,
) -> Replayed:
    """Do again what the ledger says from line `after` on, and leave it in the data folder.

    The longest counts of `given`, the one in the data folder, its second copy, and `own`, which came with a
    backup. It must begin with the others: else they are of different archives. Raises LedgerError, also if
    something that was destroyed could not be destroyed again.
    """
    file = app.ledger.file
    there = file.read_bytes() if file.exists() else b""
    copy = app.ledger.copy
    known = [there, own, given.read_bytes() if given is not None else b""]
    known.append(copy.read_bytes() if copy is not None and copy.exists() else b"")
    best = max(known, key=len)
    if not best:
        return Replayed()
    if not all(best.startswith(other) for other in known):
        raise LedgerError(
            "The ledgers at hand are of different archives, or one was changed. Nothing was opened.",
            detail=str(given or file),
        )
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        _write(draft, best)
        _, problems = verify_ledger(draft, app.audit.public_key)
        if problems:
            raise LedgerError(f"The ledger does not hold: {problems[0]} Nothing was opened.")
        if best != there:
            draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
    lines = (line for line in lines_of(file) if line.number > after)
    done = replay(app.database, app.store, app.audit, app.clock, lines, progress)
    if done.problems:
        raise LedgerError(
            f"{done.problems[0]} The archive stays closed.", detail="; ".join(done.problems[1:5])
        )
    return done


def replay_here(app: App, given: Path | None, progress: Callable[[str], None] = lambda _: None) -> Replayed:
    """Replay over the database of this archive, which somebody put back, and say so in the ledger."""
    done = replay_ledger(app, given, progress=progress)
    if app.ledger.file.exists():
        app.ledger.add("replayed", done.as_data())
    set_back(app, system("ledger").actor, "an older database was put back and the ledger replayed")
    app.index.rebuild()
    app.database.reclaim()
    return done


def set_back(app: App, actor: str, reason: str) -> Loss | None:
    """Declare in the log what was anchored and lost since, if there is any; returns it.

    Raises ConflictError where the log was changed and not only put back.
    """
    known = read_known(app.anchoring, app.audit.public_key)
    with app.database.snapshot() as session:
        loss = find_loss(session, app.audit.public_key, known)
    if loss is not None:
        with app.database.write() as session:
            declare(session, app.audit, loss, actor=actor, reason=reason, now=app.clock.now())
    return loss


def _write(file: Path, data: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with file.open("wb") as out:
        os.fchmod(out.fileno(), 0o600)
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
