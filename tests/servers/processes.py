"""What starting any private server needs: a port, a folder, a program, a way to stop."""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

HOST = "127.0.0.1"

# Waits for the end of its input, which comes when we are gone, then kills the server's process group.
_GUARD = 'read -r line; kill -s KILL -- "-$1"'
_guards: dict[int, "subprocess.Popen[bytes]"] = {}


def free_port() -> int:
    """A TCP port of the loopback interface that nothing listens on at the moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def program(name: str, package: str, folders: Sequence[Path] = ()) -> str:
    """The path of a program.

    Args:
        name: the program.
        package: the Debian package to name when it is missing.
        folders: looked in before PATH and the folders for administrators' programs.

    Raises:
        RuntimeError: it is not installed.
    """
    search = [*(str(f) for f in folders), *os.get_exec_path(), "/usr/sbin", "/sbin", "/usr/local/sbin"]
    found = shutil.which(name, path=os.pathsep.join(search))
    if not found:
        raise RuntimeError(f"{name} is not installed: apt-get install {package}")
    return found


def account(name: str) -> str | None:
    """The user to run a server as that refuses root: `name` if we are root, else None (ourselves)."""
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam(name)
    except KeyError as error:
        raise RuntimeError(f"There is no user {name} to run the server as, and it refuses root.") from error
    return name


@contextlib.contextmanager
def private_folder(kind: str, owner: str | None = None) -> Iterator[Path]:
    """A new folder that only `owner` (or we) can read, removed at the end."""
    path = Path(tempfile.mkdtemp(prefix=f"akta-{kind}-"))
    try:
        if owner:
            shutil.chown(path, owner, pwd.getpwnam(owner).pw_gid)
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def run(
    command: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    user: str | None = None,
    seconds: float = 60,
) -> str:
    """Run a helper to its end and return its output.

    Raises:
        RuntimeError: it failed or took longer than `seconds`; carries the end of its output.
    """
    try:
        done = subprocess.run(
            command,
            env=env,
            user=user,
            group=pwd.getpwnam(user).pw_gid if user else None,
            extra_groups=[] if user else None,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise RuntimeError(f"{command[0]} did not end within {seconds} s.") from error
    output = done.stdout.decode(errors="replace")
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed ({done.returncode}): {output[-2000:]}")
    return output


def start(
    command: Sequence[str], log: Path, *, env: Mapping[str, str] | None = None, user: str | None = None
) -> "subprocess.Popen[bytes]":
    """Start a server that stays in the foreground, in a process group of its own; output goes to `log`.

    If we are killed without a chance to stop it, a guard does.
    """
    with log.open("ab") as out:
        process = subprocess.Popen(
            command,
            env=env,
            user=user,
            group=pwd.getpwnam(user).pw_gid if user else None,
            extra_groups=[] if user else None,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _guards[process.pid] = subprocess.Popen(
        ["/bin/sh", "-c", _GUARD, "guard", str(process.pid)],
        cwd="/",
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    return process


def stop(
    process: "subprocess.Popen[bytes]", how: signal.Signals = signal.SIGTERM, seconds: float = 10
) -> None:
    """End a server we started; whatever is left of its process group after `seconds` is killed."""
    if process.poll() is None:
        process.send_signal(how)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
    kill(process)


def kill(process: "subprocess.Popen[bytes]") -> None:
    """kill -9 of the server and of all it started in its process group."""
    # The group's number stays taken while any member lives, so it cannot mean somebody else's processes.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)
    guard = _guards.pop(process.pid, None)
    if guard and guard.stdin:
        guard.kill()
        guard.stdin.close()
        guard.wait(10)


def wait_until(
    ready: Callable[[], bool], process: "subprocess.Popen[bytes]", log: Path, seconds: float = 60
) -> None:
    """Wait for a server to answer.

    Raises:
        RuntimeError: it ended, or does not answer after `seconds`; carries the end of its log.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"The server ended ({process.returncode}): {_tail(log)}")
        if ready():
            return
        time.sleep(0.1)
    raise RuntimeError(f"The server does not answer after {seconds} s: {_tail(log)}")


def exchange(port: int, question: bytes, size: int = 256) -> bytes:
    """What a server on the loopback interface answers to `question`; empty if it does not."""
    try:
        with socket.create_connection((HOST, port), timeout=2) as line:
            line.sendall(question)
            return line.recv(size)
    except OSError:
        return b""


def _tail(log: Path) -> str:
    return log.read_text(errors="replace")[-2000:] if log.exists() else "(no log)"
