"""kill -9 at random moments while papers come in: nothing lost, nothing doubled.

    python -m bench.faults FOLDER --size embedded --kills 200
    python -m bench.faults FOLDER --size grown-up --kills 200

Papers are sent over HTTP, each with an Idempotency-Key, and sent again until
they are acknowledged, as a careful client does. When all have been sent and kills are
still to come, pictures and PDFs are sent again with some bytes more at their end, so that
they are new papers, and never more than a few wait. Meanwhile random processes of
Akta (server, worker, slots, sandboxes, OCR; grown up: API, relay, Celery
workers, and now and then the broker) are killed and, where they are roots,
started again. At the end everything must have come to its end, once, and the
archive must verify. Prints one JSON object; exit code 0 only if all held.
"""

import argparse
import contextlib
import hashlib
import itertools
import json
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

from bench import processes, server

#: Files that stay what they are when something is written behind their end.
RENEWABLE = {".jpg", ".jpeg", ".png", ".pdf"}
#: Papers in progress at most, while the rounds after the first are sent.
_WAITING = 12


@dataclass
class _Root:
    """A process that is started again when it dies."""

    start: Callable[[], subprocess.Popen[bytes]]
    process: subprocess.Popen[bytes]


@dataclass(frozen=True)
class _Paper:
    """One sending: a file of the folder, in a later round with a mark that makes its bytes new."""

    path: Path
    round: int

    @property
    def key(self) -> str:
        return f"{self.path}#{self.round}"

    def data(self) -> bytes:
        # What stands behind the end of a picture or a PDF is not read.
        mark = f"\n% round {self.round}\n".encode() if self.round else b""
        return self.path.read_bytes() + mark


@dataclass
class _Sending:
    """What was sent and acknowledged, while it goes on."""

    papers: list[_Paper] = field(default_factory=list)
    receipts: dict[str, str] = field(default_factory=dict)
    enough: threading.Event = field(default_factory=threading.Event)


@dataclass
class _Stage:
    """What runs, and how to reach it."""

    home: Path
    port: int
    environment: dict[str, str]
    roots: dict[str, _Root] = field(default_factory=dict)
    kill_broker: Callable[[], None] | None = None

    def launch(self, name: str, *arguments: str) -> None:
        def begin() -> subprocess.Popen[bytes]:
            return server.start(
                self.home, *arguments, log=self.home.parent / f"{name}.log", **self.environment
            )

        self.roots[name] = _Root(begin, begin())

    def revive(self) -> None:
        for root in self.roots.values():
            if root.process.poll() is not None:
                root.process = root.start()

    def victims(self) -> list[psutil.Process]:
        return [p for root in self.roots.values() for p in processes.tree(root.process.pid)]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="papers to send")
    parser.add_argument("--size", choices=["embedded", "grown-up"], default="embedded")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", type=float, default=1.2, help="mean seconds between kills")
    parser.add_argument("--limit", type=int, default=0, help="send only so many of the papers")
    parser.add_argument("--minutes", type=float, default=45, help="give up after this long")
    options = parser.parse_args()
    files = sorted(p for p in options.folder.rglob("*") if p.is_file())
    if options.limit:
        files = random.Random(options.seed).sample(files, min(options.limit, len(files)))
    with ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="akta-faults-")))
        stage = _embedded(work) if options.size == "embedded" else _grown_up(work, stack)
        try:
            report = _run(stage, files, options)
        finally:
            for root in stage.roots.values():
                server.stop(root.process)
    print(json.dumps(report, indent=1))
    return 0 if report["held"] else 1


def _embedded(work: Path) -> _Stage:
    stage = _Stage(work / "home", server.free_port(), {})
    stage.launch("serve", "serve", "--port", str(stage.port))
    return stage


def _grown_up(work: Path, stack: ExitStack) -> _Stage:
    from tests.servers import postgres, rabbitmq, s3

    database = stack.enter_context(postgres())
    broker = stack.enter_context(rabbitmq())
    store = stack.enter_context(s3())
    environment = {
        "AKTA_DATABASE_URL": database.url,
        "AKTA_JOBS": "celery",
        "AKTA_BROKER_URL": broker.url,
        "AKTA_STORAGE": "s3",
        "AKTA_S3_ENDPOINT": store.endpoint,
        "AKTA_S3_ACCESS_KEY": store.access_key,
        "AKTA_S3_SECRET_KEY": store.secret_key,
        "AKTA_S3_BUCKET": "akta-faults",
        "AKTA_S3_SECURE": "false",
    }
    stage = _Stage(work / "home", server.free_port(), environment, kill_broker=broker.kill_and_restart)
    stage.launch("serve", "serve", "--port", str(stage.port))
    server.wait_ready(stage.port)
    stage.launch("relay", "relay")
    stage.launch("worker", "worker", "--celery")
    return stage


def _run(stage: _Stage, files: list[Path], options: argparse.Namespace) -> dict[str, Any]:
    server.wait_ready(stage.port)
    token = server.make_token(stage.home, **stage.environment)
    started = time.monotonic()
    deadline = started + options.minutes * 60
    sending = _Sending()
    sender = threading.Thread(target=_send_all, args=(stage, token, files, sending, deadline))
    sender.start()
    killed = _kill_away(stage, options, deadline)
    sending.enough.set()
    while sender.is_alive():  # the kills are over; what is left of the first round comes in
        stage.revive()
        sender.join(0.5)
    stage.revive()
    server.wait_ready(stage.port)
    _settle(stage, token, deadline)
    return _judge(stage, token, sending, killed, time.monotonic() - started)


def _papers(files: list[Path], sending: _Sending) -> Iterator[_Paper]:
    """All files once; then those that can be made new, until there were enough kills."""
    yield from (_Paper(path, 0) for path in files)
    renewable = [path for path in files if path.suffix.lower() in RENEWABLE]
    for number in itertools.count(1):
        for path in renewable:
            if sending.enough.is_set():
                return
            yield _Paper(path, number)
        if not renewable:
            return


def _send_all(stage: _Stage, token: str, files: list[Path], sending: _Sending, deadline: float) -> None:
    headers = {"authorization": f"Bearer {token}"}
    base = f"http://127.0.0.1:{stage.port}"
    client = httpx.Client(timeout=30, verify=False)
    for paper in _papers(files, sending):
        sending.papers.append(paper)
        data = paper.data()
        if paper.round:
            _await_room(client, base, headers, sending, deadline)
        while time.monotonic() < deadline:
            try:
                answer = client.post(
                    f"{base}/v1/records",
                    files={"file": (paper.path.name, data)},
                    headers={**headers, "idempotency-key": hashlib.sha256(paper.key.encode()).hexdigest()},
                )
                if answer.status_code == 202:
                    sending.receipts[paper.key] = answer.json()["receipts"][0]["id"]
                    break
                if answer.status_code not in (409, 500, 503):
                    raise RuntimeError(f"{paper.key}: {answer.status_code} {answer.text[:300]}")
            except httpx.HTTPError:
                pass
            time.sleep(0.3)


def _await_room(
    client: httpx.Client, base: str, headers: dict[str, str], sending: _Sending, deadline: float
) -> None:
    """Until few papers are in progress, so that a long run of kills does not end in a long queue."""
    while time.monotonic() < deadline and not sending.enough.is_set():
        with contextlib.suppress(httpx.HTTPError, ValueError, KeyError):
            told = client.get(f"{base}/v1/status", headers=headers).json()
            if told["total"]["in_progress"] < _WAITING:
                return
        time.sleep(0.5)


def _kill_away(stage: _Stage, options: argparse.Namespace, deadline: float) -> dict[str, int]:
    chance = random.Random(options.seed)
    killed: dict[str, int] = {}
    while sum(killed.values()) < options.kills and time.monotonic() < deadline:
        time.sleep(chance.expovariate(1 / options.every))
        stage.revive()
        if stage.kill_broker is not None and chance.random() < 0.02:
            stage.kill_broker()
            killed["broker"] = killed.get("broker", 0) + 1
            continue
        victims = stage.victims()
        if not victims:
            continue
        # Some kills go to roots on purpose, so that these are not lost among many short-lived children.
        roots = [root.process.pid for root in stage.roots.values()]
        hit_root = chance.random() < 0.12
        victims = [v for v in victims if (v.pid in roots) == hit_root]
        if not victims:
            continue
        victim = chance.choice(victims)
        try:
            name = "root" if victim.pid in roots else victim.name()
            victim.kill()
            killed[name] = killed.get(name, 0) + 1
            if name == "root" and chance.random() < 0.8:  # mostly let it start, now and then hit it starting
                for root in stage.roots.values():
                    if root.process.pid == victim.pid:
                        root.process.wait(10)
                stage.revive()
                _until_ready(stage)
        except psutil.NoSuchProcess:
            continue
    return killed


def _until_ready(stage: _Stage) -> None:
    with contextlib.suppress(TimeoutError):
        server.wait_ready(stage.port, 30)


def _settle(stage: _Stage, token: str, deadline: float) -> None:
    """Until nothing is in progress and no job waits."""
    while time.monotonic() < deadline:
        told = server.akta(stage.home, "status", "--json", **stage.environment)
        try:
            status = json.loads(told.stdout)
            jobs = status["jobs"]
            waiting = status["total"]["in_progress"] or status["index_pending"]
            if not waiting and not jobs.get("ready") and not jobs.get("running"):
                return
        except ValueError:
            pass
        stage.revive()
        time.sleep(1)


def _judge(
    stage: _Stage,
    token: str,
    sending: _Sending,
    killed: dict[str, int],
    seconds: float,
) -> dict[str, Any]:
    headers = {"authorization": f"Bearer {token}"}
    lost, unfinished, hashes = [], [], {}
    with httpx.Client(base_url=f"http://127.0.0.1:{stage.port}", headers=headers, timeout=30) as client:
        for paper in sending.papers:
            receipt_id = sending.receipts.get(paper.key)
            answer = client.get(f"/v1/receipts/{receipt_id}") if receipt_id else None
            if answer is None or answer.status_code != 200:
                lost.append(paper.key)
                continue
            receipt = answer.json()
            if receipt["sha256"] != hashlib.sha256(paper.data()).hexdigest():
                lost.append(f"{paper.key}: other bytes")
            if receipt["state"] in ("received", "reading"):
                unfinished.append(paper.key)
            hashes.setdefault(receipt["sha256"], set()).add(receipt["record"])
    doubled = [sha for sha, records in hashes.items() if len(records) > 1]
    status = json.loads(server.akta(stage.home, "status", "--json", **stage.environment).stdout)
    told = server.akta(stage.home, "verify", "--json", **stage.environment)
    verification = json.loads(told.stdout) if told.stdout else {"holds": False, "error": told.stderr[-500:]}
    top = sum(g["received"] for g in status["groups"] if g["channel"] == "api")
    held = (
        not lost
        and not unfinished
        and not doubled
        and status["adds_up"]
        and verification["holds"]
        and top == len(sending.papers)
    )
    return {
        "held": held,
        "kills": sum(killed.values()),
        "killed": killed,
        "papers": len(sending.papers),
        "rounds": 1 + max((p.round for p in sending.papers), default=0),
        "receipts_from_http": top,
        "lost": lost[:20],
        "unfinished": unfinished[:20],
        "doubled": doubled[:20],
        "status": status["total"],
        "parked": status["parked"],
        "verify": verification,
        "seconds": round(seconds, 1),
    }


if __name__ == "__main__":
    sys.exit(main())
