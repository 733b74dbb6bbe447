"""The processes of one run: which there are, and how much memory they hold together."""

import os
from pathlib import Path

#: So many processes of a run are forks one of another (see `ingest.ocr.apart` for the last).
_COPIES = 3


def at_most_held(pid: int, baseline: int) -> int:
    """Bytes that child and grandchildren hold at most beyond the `baseline` that forks share with the worker.

    A quick sum: copies of copies are counted with what they share.
    """
    total, shared = 0, baseline
    for position, member in enumerate(family_of(pid)):
        own = anonymous(member)
        # Copies share what the one before held; programs do not.
        copied = position < _COPIES and _copy_of_ours(member)
        total += max(0, own - shared) if copied else own
        shared = max(shared, own) if copied else shared
    return total


def held_together(pid: int, at_most: int) -> int:
    """Bytes held beyond the worker's, each shared page counted once; `at_most` where that is hidden.

    The kernel takes tens of milliseconds for it.
    """
    parts = [_proportional(member) for member in family_of(pid)]
    own = _proportional(os.getpid())
    if own is None or None in parts:
        return at_most
    lent = max(0, anonymous(os.getpid()) - own)  # the worker's pages that its copies still share
    return max(0, sum(part or 0 for part in parts) - lent)


def family_of(pid: int) -> list[int]:
    """The process and all its descendants, parents first."""
    found, position = [pid], 0
    while position < len(found):
        try:
            children = Path(f"/proc/{found[position]}/task/{found[position]}/children").read_text("ascii")
        except OSError:
            children = ""
        found += [int(child) for child in children.split()]
        position += 1
    return found


def runs(pid: int) -> bool:
    """Whether there is such a process and it is not just waiting to be reaped (proc_pid_stat(5))."""
    try:
        return (
            Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rsplit(")", 1)[1].split()[0] not in "ZX"
        )
    except (OSError, IndexError):
        return False


def anonymous(pid: int) -> int:
    """Bytes of memory that no file backs (proc_pid_status(5)); 0 if the process is gone."""
    try:
        text = Path(f"/proc/{pid}/status").read_text("ascii", "replace")
    except OSError:
        return 0
    return sum(
        int(line.split()[1]) * 1024
        for line in text.splitlines()
        if line.startswith(("RssAnon:", "RssShmem:"))
    )


def _proportional(pid: int) -> int | None:
    """Bytes of memory that no file backs, each page divided among those who share it (proc_pid_smaps(5)).

    0 if the process is gone, None where we may not look.
    """
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii", "replace")
    except (FileNotFoundError, ProcessLookupError):
        return 0
    except OSError:
        return None
    return sum(
        int(line.split()[1]) * 1024
        for line in text.splitlines()
        if line.startswith(("Pss_Anon:", "Pss_Shmem:"))
    )


def _copy_of_ours(pid: int) -> bool:
    """Whether the process is a fork: one that started a program has another command line."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes() == Path("/proc/self/cmdline").read_bytes()
    except OSError:
        return True
