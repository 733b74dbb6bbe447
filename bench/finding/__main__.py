"""Finding at a hundred thousand and a million records, through HTTP.

    python -m bench.finding [--records 100000] [--engine tantivy|whoosh] [--each 60] [--adding 50]
        [--folder DIR [--built]]

Writes records into a fresh archive (`bench.finding.papers`), builds the index with `akta reindex`
(records a second, size, peak memory of its process), starts `akta serve` and asks ten kinds of queries
over `/v1/search` as a clerk who may see part of the domains, with facets and snippets in each answer.
The same is asked again while records are added at a steady rate through the queue of the index, and for
some of them the time from their commit until they are found is taken. Prints one JSON object, times in
milliseconds: p50, p95 and p99 of each kind and of all together.
"""

import argparse
import json
import re
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import httpx

from akta.db.engine import Database
from akta.kernel.clock import SystemClock
from bench import processes, server
from bench.finding.papers import KINDS, Papers, fill, insert_made
from indexer.service import note_pending

_FACETS = "domain,type,state,class,language,hold,year,currency,channel"
_READER = ("accounting:2", "order:3", "it:1")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--engine", choices=["tantivy", "whoosh"], default="tantivy")
    parser.add_argument("--each", type=int, default=60, help="queries of each kind")
    parser.add_argument("--adding", type=int, default=50, help="records added a second in the second half")
    parser.add_argument("--folder", type=Path, default=None, help="where the archive is made and left")
    parser.add_argument("--built", action="store_true", help="the folder's index is built already")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="akta-finding-") as folder:
        print(json.dumps(_run(options.folder or Path(folder), options), indent=1))
    return 0


def _run(work: Path, options: argparse.Namespace) -> dict[str, Any]:
    home, environment = work / "home", {"AKTA_SEARCH_ENGINE": options.engine}
    papers = Papers()
    report: dict[str, Any] = {"engine": options.engine, "records": options.records}
    there = (home / "akta.db").exists()
    server.akta(home, "status", **environment)
    database = Database(f"sqlite:///{home / 'akta.db'}")
    if there:
        with database.read() as session:
            papers.adopt(session)
    else:
        for done in fill(database, papers, options.records):
            print(f"\r{done} written", end="", file=sys.stderr)
    database.close()
    if not (there and options.built):
        report |= _build(home, environment, options.records)
    token = _reader(home, environment)
    port = server.free_port()
    process = server.start(home, "serve", "--port", str(port), log=work / "serve.log", **environment)
    try:
        server.wait_ready(port)
        headers = {"authorization": f"Bearer {token}"}
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=120) as client:
            asked = list(_queries(papers, options.records, options.each))
            client.get("/v1/search", params={"q": "faktura"})
            report["quiet"] = _measure(client, asked)
            report["serving_mib"] = round(processes.memory_mib(process.pid))
            if options.adding:
                with _Adder(home, papers, options, client) as adder:
                    report["while_adding"] = _measure(client, asked)
                report["adding"] = adder.told()
    finally:
        server.stop(process)
    return report


def _build(home: Path, environment: dict[str, str], records: int) -> dict[str, Any]:
    started = time.monotonic()
    process = server.start(home, "reindex", log=home.parent / "reindex.log", **environment)
    peak = 0.0
    while process.poll() is None:
        peak = max(peak, processes.memory_mib(process.pid))
        time.sleep(1)  # looking at the memory of all its processes takes some of their time
    seconds = time.monotonic() - started
    if process.returncode:
        raise RuntimeError((home.parent / "reindex.log").read_text("utf-8"))
    size = sum(p.stat().st_size for p in (home / "index").rglob("*") if p.is_file())
    return {
        "index_records_a_second": round(records / seconds),
        "index_seconds": round(seconds, 1),
        "index_mb": round(size / 1e6),
        "index_peak_mib": round(peak),
        "database_mb": round((home / "akta.db").stat().st_size / 1e6),
    }


def _reader(home: Path, environment: dict[str, str]) -> str:
    """A clerk's token that sees part of the domains, so that the permission filter has work."""
    grants = [word for grant in _READER for word in ("--grant", grant)]
    server.akta(home, "user", "add", "reader", "--role", "clerk", *grants, **environment)
    told = server.akta(
        home, "token", "add", "reader", "--name", f"bench-{time.time_ns()}", "--scope", "read", **environment
    )
    found = re.search(r"(akta_\S+)", told.stdout)
    if not found:
        raise RuntimeError(told.stdout + told.stderr)
    return found[1]


def _queries(papers: Papers, records: int, each: int) -> Iterator[tuple[str, str]]:
    """(kind, query) in a shuffled order, the same for the same numbers."""
    chance = Random(5)
    asked = []
    for _ in range(each):
        polish, english = papers.words["pl"], papers.words["en"]
        language = chance.choice((polish, english))
        common, rare = language[chance.randrange(200)], language[chance.randrange(200, len(language))]
        made = papers.make(chance.randrange(records), records)
        party = chance.choice(papers.parties)[1].split()[0]
        year = chance.randrange(2021, 2027)
        long = chance.choice([w for w in chance.choices(language, k=50) if len(w) >= 7])
        slip = chance.randrange(1, len(long) - 1)
        asked += [
            ("word", common),
            ("rare word", rare),
            ("two words", f"{common} {rare}"),
            ("misread word", long[:slip] + chance.choice("vxqi") + long[slip + 1 :]),
            ("phrase", f'"{" ".join(made.page["text"].split()[12:14])}"'),
            ("beginning", f"{rare[:4]}*"),
            ("number", made.number),
            ("amount range", f"total:{chance.randrange(100, 900)}..{chance.randrange(1000, 5000)} {common}"),
            ("fields", f"vendor:{party} type:{chance.choice(KINDS)[0]} date:{year}"),
            ("boolean", f"({common} OR {rare}) -{language[chance.randrange(200)]} date:{year}..{year + 1}"),
        ]
    chance.shuffle(asked)
    yield from asked


def _measure(client: httpx.Client, asked: list[tuple[str, str]]) -> dict[str, Any]:
    times: dict[str, list[float]] = {}
    found = 0
    for kind, query in asked:
        started = time.perf_counter()
        answer = client.get("/v1/search", params={"q": query, "facets": _FACETS, "limit": 10})
        times.setdefault(kind, []).append((time.perf_counter() - started) * 1000)
        answer.raise_for_status()
        found += bool(answer.json()["total"])
    every = [t for kind in times.values() for t in kind]
    return {
        "queries": len(asked),
        "with_hits": found,
        "all": _shares(every),
        **{kind: _shares(times[kind]) for kind in sorted(times)},
    }


def _shares(times: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(times, n=100, method="inclusive")
    return {"p50": round(cuts[49], 1), "p95": round(cuts[94], 1), "p99": round(cuts[98], 1)}


class _Adder:
    """Adds records in the background, and looks for one in so many until it is found."""

    def __init__(self, home: Path, papers: Papers, options: argparse.Namespace, client: httpx.Client) -> None:
        self._database = Database(f"sqlite:///{home / 'akta.db'}")
        self._papers, self._rate, self._first = papers, options.adding, options.records
        self._client = httpx.Client(base_url=client.base_url, headers=client.headers, timeout=60)
        self._ended = threading.Event()
        self._waits: list[float] = []
        self._added = 0
        self._began = time.monotonic()
        self._committed: list[tuple[str, float]] = []
        self._threads = [threading.Thread(target=self._add), threading.Thread(target=self._look)]

    def __enter__(self) -> "_Adder":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._seconds = time.monotonic() - self._began
        self._ended.set()
        for thread in self._threads:
            thread.join()
        self._client.close()
        self._database.close()

    def told(self) -> dict[str, Any]:
        return {
            "added_a_second": round(self._added / self._seconds, 1),
            "looked_for": len(self._waits),
            "findable_seconds": {k: round(v / 1000, 3) for k, v in _shares(self._waits).items()},
        }

    def _add(self) -> None:
        clock = SystemClock()
        while not self._ended.is_set():
            due = self._began + self._added / self._rate
            if (pause := due - time.monotonic()) > 0:
                self._ended.wait(pause)
                continue
            # One transaction for each, as the pipeline files each paper in its own.
            made = self._papers.make(self._first + self._added, 1, at=datetime.now(UTC))
            with self._database.write() as session:
                insert_made(session, [made])
                note_pending(session, made.record["id"], 1, clock.now())
            self._added += 1
            seen = ("accounting", "order", "it")
            if made.record["domain"] in seen and made.record["confidentiality"] == 1:
                self._committed.append((made.record["id"], time.monotonic()))

    def _look(self) -> None:
        while not self._ended.is_set():
            if not self._committed:
                time.sleep(0.01)
                continue
            record_id, committed = self._committed[-1]
            self._committed.clear()
            while time.monotonic() - committed < 60 and not self._ended.is_set():
                told = self._client.get("/v1/search", params={"q": f"number:{record_id}"}).json()
                if told["total"]:
                    self._waits.append((time.monotonic() - committed) * 1000)
                    break
                time.sleep(0.02)


if __name__ == "__main__":
    sys.exit(main())
