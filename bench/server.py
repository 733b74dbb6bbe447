"""A real Akta for a measurement: a server process on a free port over a data folder of its own."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def akta(home: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command of Akta on the data folder."""
    return subprocess.run(
        [sys.executable, "-m", "akta.cli", *arguments],
        cwd=ROOT,
        env=_environment(home, environment),
        capture_output=True,
        text=True,
        check=False,
    )


def start(home: Path, *arguments: str, log: Path, **environment: str) -> subprocess.Popen[bytes]:
    """Start a long-running command of Akta in a session of its own; its output goes to `log`."""
    with log.open("ab") as out:
        return subprocess.Popen(
            [sys.executable, "-m", "akta.cli", *arguments],
            cwd=ROOT,
            env=_environment(home, environment),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )


def stop(process: subprocess.Popen[bytes]) -> None:
    """Stop it as Ctrl-C would, by pid."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_ready(port: int, seconds: float = 60) -> None:
    """Until the server answers that it is ready. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    with httpx.Client(timeout=2, verify=False) as client:
        while time.monotonic() < deadline:
            try:
                if client.get(f"http://127.0.0.1:{port}/health/ready").status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.05)
    raise TimeoutError(f"the server on port {port} did not become ready")


def make_token(home: Path, **environment: str) -> str:
    """An account with everything, and a token for it."""
    akta(
        home,
        "user",
        "add",
        "bench",
        "--role",
        "clerk",
        "--role",
        "officer",
        "--grant",
        "all:3",
        **environment,
    )
    told = akta(
        home,
        *(
            "token",
            "add",
            "bench",
            "--name",
            "bench",
            "--scope",
            "add",
            "--scope",
            "read",
            "--scope",
            "correct",
        ),
        **environment,
    )
    found = re.search(r"(akta_\S+)", told.stdout)
    if not found:
        raise RuntimeError(told.stdout + told.stderr)
    return found[1]


def _environment(home: Path, extra: dict[str, str]) -> dict[str, str]:
    kept = {
        k: v
        for k, v in os.environ.items()
        if not k.startswith("AKTA_") and k != "PYTHONDONTWRITEBYTECODE"  # starts are part of what is measured
    }
    return {**kept, "AKTA_HOME": str(home), "PYTHONPATH": str(ROOT), "AKTA_LOG_LEVEL": "warning", **extra}
