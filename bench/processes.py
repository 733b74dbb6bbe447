"""Looking at process trees: who descends from whom, CPU time, memory."""

from pathlib import Path

import psutil


def tree(root: int) -> list[psutil.Process]:
    """A process and all its descendants that still live."""
    try:
        top = psutil.Process(root)
        return [top, *top.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def memory_mib(root: int) -> float:
    """Proportional set size of a whole tree in MiB: shared pages count once."""
    total = 0
    for process in tree(root):
        try:
            for line in Path(f"/proc/{process.pid}/smaps_rollup").read_text("ascii").splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
        except (OSError, psutil.Error):
            continue
    return total / 1024


def cpu_seconds(root: int) -> float:
    """CPU time of a tree: living processes and the children they have waited for."""
    total = 0.0
    for process in tree(root):
        try:
            times = process.cpu_times()
        except psutil.Error:
            continue
        total += times.user + times.system
    try:
        own = psutil.Process(root).cpu_times()
        total += own.children_user + own.children_system
    except psutil.Error:
        pass
    return total
