"""What a process that touches outside bytes may still do: next to nothing.

Everything here happens in the forked child, before it looks at a single outside
byte. Resource limits always hold; namespaces (namespaces(7)) and Landlock
(landlock(7)) are used where the kernel lets us, and their absence stops nothing:
they stand behind the parsers, not instead of care in them.
"""

import contextlib
import ctypes
import os
import resource
import signal
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

_CLONE_NEWIPC = 0x08000000
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWPID = 0x20000000
_CLONE_NEWNET = 0x40000000
_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38

# Landlock's system calls have the same numbers on every architecture.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_RULE_PATH_BENEATH = 1
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_FIRST_ABI_RIGHTS = (1 << 13) - 1
_NET_RIGHTS = 3  # bind and connect TCP
_SCOPES = 3  # abstract unix sockets, signals

_SYSTEM = ("/usr", "/lib", "/lib64", "/bin")
_SYSTEM_FILES = ("/etc/ld.so.cache", "/etc/fonts", "/etc/localtime", "/etc/alternatives", "/etc/mime.types")
_DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")
_INFORMATION = ("/proc", "/sys/devices/system/cpu")

_UNTOUCHED = 1024**3  # bytes; the second reader's libraries map 1.3 GiB to use 0.7

_KEPT_VARIABLES = ("PATH", "TESSDATA_PREFIX", "LD_LIBRARY_PATH", "TZ")

_libc = ctypes.CDLL(None, use_errno=True)


class _RulesetAttributes(ctypes.Structure):
    _fields_ = (
        ("handled_access_fs", ctypes.c_uint64),
        ("handled_access_net", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


def die_with_parent(parent: int) -> None:
    """Be killed when the parent is; end at once if that has happened before we could ask."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() not in (parent, 0):  # 0: the parent is outside our process namespace
        os._exit(1)


def leave_namespaces() -> bool:
    """No network, no processes but our own children: True if the kernel allowed it."""
    flags = _CLONE_NEWUSER | _CLONE_NEWNET | _CLONE_NEWPID | _CLONE_NEWIPC
    return bool(_libc.unshare(flags) == 0)


def reset_process(pipe: int, folder: Path) -> int:
    """Forget the worker: its signals, files, environment and folder. Returns the pipe's new number."""
    signal.set_wakeup_fd(-1)
    for number in (
        signal.SIGTERM,
        signal.SIGINT,
        signal.SIGCHLD,
        signal.SIGALRM,
        signal.SIGHUP,
        signal.SIGUSR1,
    ):
        signal.signal(number, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDWR)
    kept = os.dup(pipe)  # so that it is neither 0, 1 nor 2
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)
    if kept != 3:
        os.dup2(kept, 3, inheritable=False)
    os.closerange(4, 65536)
    variables = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    os.environ.clear()
    os.environ.update(
        variables,
        LANG="C.UTF-8",
        HOME=str(folder),
        TMPDIR=str(folder),
        OMP_THREAD_LIMIT="1",
        OMP_NUM_THREADS="1",
    )
    tempfile.tempdir = None
    os.chdir(folder)
    return 3


def limit_resources(*, memory: int, cpu_seconds: int, file_size: int) -> None:
    """Hard limits on this process and what it starts; `memory` (bytes) is on top of what it maps now.

    The kernel's limit is on addresses, not on memory: libraries mapped later, stacks and
    allocators' arenas take addresses that are never touched, so it is set wider by `_UNTOUCHED`.
    What is truly held is watched by the parent and has the narrow limit.
    """
    mapped = int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()
    for which, value in (
        (resource.RLIMIT_AS, mapped + memory + _UNTOUCHED),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_FSIZE, file_size),
        (resource.RLIMIT_NOFILE, 256),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(which)[1]
        least = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(which, (least, least))
    with contextlib.suppress(OSError):
        os.nice(5)


def restrict_files(readable: Iterable[Path], writable: Iterable[Path]) -> bool:
    """Reach only system libraries, our own code and the given paths (Landlock); False if not possible."""
    _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    version = _libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(1))
    if version < 1:
        return False
    rights = _FIRST_ABI_RIGHTS
    rights |= (1 << 13) if version >= 2 else 0  # refer
    rights |= (1 << 14) if version >= 3 else 0  # truncate
    attributes = _RulesetAttributes(
        rights, _NET_RIGHTS if version >= 4 else 0, _SCOPES if version >= 6 else 0
    )
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    ruleset = _libc.syscall(
        _CREATE_RULESET, ctypes.byref(attributes), ctypes.c_size_t(size), ctypes.c_uint32(0)
    )
    if ruleset < 0:
        return False
    read = _READ_FILE | _READ_DIR
    for path in (*_SYSTEM, sys.prefix, sys.base_prefix):
        _allow(ruleset, path, read | _EXECUTE)
    for path in (*_SYSTEM_FILES, *_INFORMATION, *_own_code(), *map(str, readable)):
        _allow(ruleset, path, read)
    for path in _DEVICES:
        _allow(ruleset, path, _READ_FILE | _WRITE_FILE)
    for folder in writable:
        _allow(ruleset, str(folder), rights & ~_EXECUTE)
    done = bool(_libc.syscall(_RESTRICT_SELF, ruleset, ctypes.c_uint32(0)) == 0)
    os.close(ruleset)
    return done


def _own_code() -> list[str]:
    """Our packages and whatever else code is imported from; not the folder they lie in, which holds data."""
    root = Path(__file__).resolve().parent.parent.parent
    packages = [str(root / name) for name in ("ingest", "akta")]
    others = [
        p for p in sys.path if p and Path(p).resolve() != root and not root.is_relative_to(Path(p).resolve())
    ]
    tessdata = os.environ.get("TESSDATA_PREFIX")
    return [*packages, *others, *([tessdata] if tessdata else [])]


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not os.path.isdir(f"/proc/self/fd/{handle}"):  # noqa: PTH112 - the open file, not the name
            rights &= _EXECUTE | _WRITE_FILE | _READ_FILE | (1 << 14)
        rule = _PathBeneath(rights, handle)
        _libc.syscall(
            _ADD_RULE, ruleset, ctypes.c_uint32(_RULE_PATH_BENEATH), ctypes.byref(rule), ctypes.c_uint32(0)
        )
    finally:
        os.close(handle)
