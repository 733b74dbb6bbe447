"""The limited child: what it may not do, and that nothing of it stays."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from akta.kernel.process import cpu_seconds
from ingest.extract.options import ReadOptions
from ingest.model import Page, Reading, Refusal
from ingest.ocr.apart import run_apart
from ingest.sandbox import Died, Emit, Finished, Limits, confine, read_in_sandbox, run
from ingest.sandbox.messages import Inbox, MessageError

LIMITS = Limits(seconds=1.0, memory_mib=300)


def _echo(emit: Emit, value: int) -> dict[str, Any]:
    emit({"said": value})
    return {"twice": 2 * value}


def test_result_and_messages_come_back(tmp_path: Path) -> None:
    said: list[dict[str, Any]] = []
    assert run(_echo, 21, limits=LIMITS, folder=tmp_path, on_message=said.append) == Finished({"twice": 42})
    assert said == [{"said": 21}]
    assert list(tmp_path.iterdir()) == []


def _raise(_emit: Emit) -> dict[str, Any]:
    raise ValueError("text of the document")


def test_an_error_is_told_without_its_words(tmp_path: Path) -> None:
    died = run(_raise, limits=LIMITS, folder=tmp_path)
    assert isinstance(died, Died)
    assert died.kind == "crash"
    assert died.detail.startswith("ValueError")
    assert "document" not in died.detail


def _spin(_emit: Emit) -> dict[str, Any]:
    while True:
        pass


def test_time_limit(tmp_path: Path) -> None:
    ticks: list[float] = []
    limits = Limits(seconds=2.5)
    died = run(_spin, limits=limits, folder=tmp_path, on_tick=lambda: ticks.append(time.monotonic()))
    assert died == Died("time", "2.5")
    assert ticks
    assert list(tmp_path.iterdir()) == []


def _progress(emit: Emit, step: int) -> dict[str, Any]:
    for number in range(1, 6):
        time.sleep(0.3)
        emit({"progress": number * step + 1})
    return {}


@pytest.mark.parametrize(("step", "kind"), [(1, Finished), (0, Died)])
def test_only_progress_restarts_the_clock(tmp_path: Path, step: int, kind: type) -> None:
    outcome = run(_progress, step, limits=Limits(seconds=0.9), folder=tmp_path)
    assert isinstance(outcome, kind)


def _start_program(_emit: Emit, marker: str) -> dict[str, Any]:
    subprocess.run([sys.executable, "-c", "import time; time.sleep(60)", marker])
    return {}


def _alive(marker: str) -> bool:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if marker in (entry / "cmdline").read_text("utf-8", "replace"):
                    return True
            except OSError:
                continue
    return False


def test_programs_it_started_end_with_it(tmp_path: Path) -> None:
    marker = f"left-behind-{os.getpid()}"
    assert run(_start_program, marker, limits=LIMITS, folder=tmp_path) == Died("time", "1")
    assert not _alive(marker)


def test_programs_end_when_the_worker_is_killed(tmp_path: Path) -> None:
    marker = f"orphan-{os.getpid()}"
    worker = os.fork()
    if worker == 0:
        run(_start_program, marker, limits=Limits(seconds=60), folder=tmp_path)
        os._exit(0)
    deadline = time.monotonic() + 10
    while not _alive(marker) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert _alive(marker)
    os.kill(worker, signal.SIGKILL)
    os.waitpid(worker, 0)
    while _alive(marker) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _alive(marker)


def _hoard(_emit: Emit) -> dict[str, Any]:
    held = []
    while True:
        held.append(bytearray(8_000_000))


def _hoard_in_programs(_emit: Emit) -> dict[str, Any]:
    code = "held = bytearray(180_000_000)\nimport time\ntime.sleep(60)"
    for program in [subprocess.Popen([sys.executable, "-c", code]) for _ in range(2)]:
        program.wait()
    return {}


def _share_with_a_copy(_emit: Emit) -> dict[str, Any]:
    held = bytearray(b"x") * 180_000_000
    run_apart(lambda: time.sleep(0.8) or b"", 10)  # type: ignore[func-returns-value]
    return {"held": len(held)}


def test_what_a_copy_shares_is_counted_once(tmp_path: Path) -> None:
    outcome = run(_share_with_a_copy, limits=Limits(seconds=20, memory_mib=300), folder=tmp_path)
    assert outcome == Finished({"held": 180_000_000})


def _copies_of_copies(_emit: Emit) -> dict[str, Any]:
    held = bytearray(b"x") * 60_000_000

    def further(depth: int) -> bytes:
        return run_apart(lambda: further(depth - 1), 10) if depth else time.sleep(0.8) or b""

    further(4)
    return {"held": len(held)}


def test_what_copies_of_copies_share_is_counted_once(tmp_path: Path) -> None:
    worker = bytearray(b"x") * 120_000_000  # as a worker holds its models
    outcome = run(_copies_of_copies, limits=Limits(seconds=20, memory_mib=150), folder=tmp_path)
    assert outcome == Finished({"held": 60_000_000})
    del worker


def _hoard_in_copies(_emit: Emit) -> dict[str, Any]:
    def hold(depth: int) -> bytes:
        held = bytearray(b"x") * 80_000_000
        return bytes(len(held) > 0) + (
            run_apart(lambda: hold(depth - 1), 10) if depth else time.sleep(9) or b""
        )

    return {"held": len(hold(4))}


@pytest.mark.parametrize("target", [_hoard, _hoard_in_programs, _hoard_in_copies])
def test_memory_limit_holds_for_all_together(tmp_path: Path, target: Callable[..., Any]) -> None:
    assert run(target, limits=Limits(seconds=20, memory_mib=300), folder=tmp_path) == Died("memory", "300")


def _crash(_emit: Emit) -> dict[str, Any]:
    ctypes.string_at(0)
    return {}


def _leave(_emit: Emit) -> dict[str, Any]:
    os._exit(7)


@pytest.mark.parametrize(("target", "detail"), [(_crash, "SIGSEGV"), (_leave, "exit 7")])
def test_a_crash_is_told(tmp_path: Path, target: Callable[..., Any], detail: str) -> None:
    assert run(target, limits=LIMITS, folder=tmp_path) == Died("crash", detail)


def _wait(emit: Emit) -> dict[str, Any]:
    emit({"said": 1})
    time.sleep(5)
    return {}


@pytest.mark.parametrize("which", [0, -1])
def test_killed_by_others_is_no_fault_of_the_file(tmp_path: Path, which: int) -> None:
    before = set(psutil.Process().children(recursive=True))

    def kill(_message: dict[str, Any]) -> None:
        [p for p in psutil.Process().children(recursive=True) if p not in before][which].kill()

    assert run(_wait, limits=LIMITS, folder=tmp_path, on_message=kill) == Died("killed", "SIGKILL")


def _hoard_and_crash(_emit: Emit) -> dict[str, Any]:
    held = bytearray(b"x") * 250_000_000
    ctypes.string_at(0)
    return {"held": len(held)}


def test_a_crash_short_of_memory_is_put_down_to_it(tmp_path: Path) -> None:
    limits = Limits(seconds=20, memory_mib=300)
    assert run(_hoard_and_crash, limits=limits, folder=tmp_path) == Died("memory", "300")


def _look_around(_emit: Emit, secret: str, elsewhere: str, port: int) -> dict[str, Any]:
    found: dict[str, Any] = {
        "environment": dict(os.environ),
        "files": len(list(Path("/proc/self/fd").iterdir())),
    }
    for name, act in (
        ("read", lambda: Path(secret).read_text("ascii")),
        ("write", lambda: Path(elsewhere).write_text("x", "ascii")),
        ("connect", lambda: socket.create_connection(("127.0.0.1", port), 1)),
    ):
        try:
            act()
            found[name] = "could"
        except OSError:
            found[name] = "could not"
    Path("mine").write_text("x", "ascii")
    return found


def _kernel_allows() -> tuple[bool, bool]:
    """Whether namespaces and Landlock work here: a container may forbid them, an old kernel lack them."""
    pid = os.fork()
    if pid == 0:
        os._exit(confine.leave_namespaces() + 2 * confine.restrict_files((), ()))
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return bool(code & 1), bool(code & 2)


def test_secrets_files_and_network_are_out_of_reach(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AKTA_SECRET", "s3")
    secret = tmp_path / "secret"
    secret.write_text("key", "ascii")
    (tmp_path / "work").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as server, secret.open("rb"):
        port = server.getsockname()[1]
        outcome = run(
            _look_around, str(secret), str(tmp_path / "new"), port, limits=LIMITS, folder=tmp_path / "work"
        )
    assert isinstance(outcome, Finished)
    assert "AKTA_SECRET" not in outcome.result["environment"]
    assert outcome.result["environment"]["OMP_THREAD_LIMIT"] == "1"
    assert outcome.result["files"] <= 5  # nothing three times, the pipe, and the listing itself
    namespaces, landlock = _kernel_allows()
    assert outcome.result["read"] == outcome.result["write"] == ("could not" if landlock else "could")
    if namespaces:
        assert outcome.result["connect"] == "could not"


def test_what_a_tick_raises_ends_the_child(tmp_path: Path) -> None:
    def lose() -> None:
        raise RuntimeError("lease lost")

    before = set(psutil.Process().children())
    with pytest.raises(RuntimeError, match="lease lost"):
        run(_spin, limits=Limits(seconds=20), folder=tmp_path, on_tick=lose)
    assert list(tmp_path.iterdir()) == []
    assert set(psutil.Process().children()) <= before


def test_cancelled(tmp_path: Path) -> None:
    died = run(_spin, limits=Limits(seconds=20), folder=tmp_path, cancelled=lambda: True)
    assert died == Died("cancelled", "cancelled")


def _lie(emit: Emit, message: bytes) -> dict[str, Any]:
    os.write(3, message)
    os._exit(0)


@pytest.mark.parametrize(
    "message",
    [
        b"\xff\xff\xff\xff",
        b"\x00\x00\x00\x02{]",
        b"\x00\x00\x00\x02[]",
        b'\x00\x00\x00\x07{"a":1}',
        b"\x00\x00\x00\x09short",
    ],
)
def test_foreign_messages_are_not_taken(tmp_path: Path, message: bytes) -> None:
    died = run(_lie, message, limits=LIMITS, folder=tmp_path)
    assert isinstance(died, Died)
    assert died.kind == "crash"


def test_an_inbox_takes_so_much_and_no_more() -> None:
    inbox = Inbox(most=20)
    assert list(inbox.feed(b"\x00\x00\x00\x02{")) == []
    assert list(inbox.feed(b"}")) == [{}]
    with pytest.raises(MessageError):
        list(inbox.feed(b"\x00" * 20))


def test_reading_a_file(tmp_path: Path) -> None:
    paper = tmp_path / "paper"
    head = "From: a@example.com\nTo: b@example.com\nMessage-ID: <1@x>\nSubject: Umowa\n"
    paper.write_bytes(f"{head}\nW załączeniu.\n".encode())
    (tmp_path / "out").mkdir()
    seen: list[tuple[Page, int]] = []
    result = read_in_sandbox(
        paper, "umowa.eml", ReadOptions(), LIMITS, tmp_path / "out", on_page=lambda p, t: seen.append((p, t))
    )
    assert isinstance(result, Reading)
    assert result.media_type == "message/rfc822"
    assert "W załączeniu." in result.text
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out", "paper"]


def test_children_lie_in_the_output_folder(tmp_path: Path) -> None:
    paper = tmp_path / "paper"
    with zipfile.ZipFile(paper, "w") as archive:
        archive.writestr("a.txt", "one")
        archive.writestr("dir/b.txt", "two")
    out = tmp_path / "out"
    out.mkdir()
    result = read_in_sandbox(paper, "pack.zip", ReadOptions(), LIMITS, out)
    assert isinstance(result, Reading)
    assert [(c.name, (out / c.path).read_bytes()) for c in result.children] == [
        ("a.txt", b"one"),
        ("b.txt", b"two"),
    ]


def test_a_refusal_comes_back_as_one(tmp_path: Path) -> None:
    paper = tmp_path / "paper"
    paper.write_bytes(b"")
    (tmp_path / "out").mkdir()
    assert read_in_sandbox(paper, "x.pdf", ReadOptions(), LIMITS, tmp_path / "out") == Refusal(
        "empty", {"bytes": 0}
    )


def _burn(_emit: Emit) -> dict[str, Any]:
    subprocess.run([sys.executable, "-c", "import time\nwhile time.process_time() < 0.4: pass"], check=True)
    return {}


def test_processor_time_of_the_child_and_its_programs_is_accounted_for(tmp_path: Path) -> None:
    """Killing a child that has just answered would lose what it and its programs have used."""
    before = cpu_seconds()
    for _ in range(3):
        assert run(_burn, limits=Limits(seconds=20), folder=tmp_path) == Finished({})
    assert cpu_seconds() - before >= 1.2
