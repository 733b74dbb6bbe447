"""How long the pages of the desks take on the server, over an archive of any size.

    python -m bench.finding --records 1000000 --folder DIR     # fills it, once
    python -m bench.desks DIR [--each 20]

Two people are added to the archive (they stay there): one with every role, and a clerk who may see part of
the domains. Each page is asked for over HTTP, first once to warm it, then `--each` times, all pages in turn;
the record's page with another record each time. Prints a table: milliseconds p50 and p95 until the page is
here, and its size; then the sizes of scripts and styles that the first page loads.
"""

import argparse
import re
import statistics
import sys
import time
from pathlib import Path

import httpx
from sqlalchemy import func, select

from akta.db.engine import Database
from akta.records.models import Record
from bench import server

PASSWORD = "measured many times"
PAGES = (
    *("/home", "/intake", "/intake/progress", "/review", "/spot-checks"),
    *("/search", "/search?q=faktura", "/search?q=type:invoice+total:>500", "/searches", "/exports"),
    *("/parties", "/cases", "/entities", "/quality", "/types", "/retention", "/schedules", "/events"),
    *("/holds", "/holds/new", "/dispositions", "/requests", "/audit", "/stuck", "/account"),
    *(f"/admin/{name}" for name in ("people", "roles", "tokens", "jobs", "health", "models")),
)
_RECORD = "/records/{record}"
_PEOPLE = {
    "bench-all": (
        *(
            word
            for role in ("administrator", "officer", "auditor", "clerk", "staff")
            for word in ("--role", role)
        ),
        *("--grant", "all:3"),
    ),
    "bench-clerk": ("--role", "clerk", "--grant", "accounting:2", "--grant", "order:3", "--grant", "it:1"),
}
_CLERKS = (*("/home", "/intake", "/review", "/search", "/search?q=faktura", "/parties", "/cases"), _RECORD)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--each", type=int, default=20)
    options = parser.parse_args()
    home = options.folder / "home"
    for login, told in _PEOPLE.items():
        server.akta(home, "user", "add", login, *told, "--password", PASSWORD, "--language", "pl")
    records = _some(home, options.each + 1)
    port = server.free_port()
    process = server.start(home, "serve", "--port", str(port), log=options.folder / "desks.log")
    try:
        server.wait_ready(port)
        for login, pages in (("bench-all", (*PAGES, _RECORD)), ("bench-clerk", _CLERKS)):
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120) as client:
                _sign_in(client, login)
                print(f"\n{login:<44} {'p50':>8} {'p95':>8} {'kB':>7}")
                every = _measure(client, pages, records, options.each)
                print(f"{'all pages':<44} {_share(every, 50):>8.1f} {_share(every, 95):>8.1f}")
                if login == "bench-all":
                    weights = _weights(client)
        print("\n" + "\n".join(f"{name:<44} {size / 1000:>8.1f} kB" for name, size in weights.items()))
    finally:
        server.stop(process)
    return 0


def _some(home: Path, count: int) -> list[str]:
    """Records from all over the archive that a clerk of accounting may see."""
    database = Database(f"sqlite:///{home / 'akta.db'}")
    with database.read() as session:
        low, high = session.execute(select(func.min(Record.id), func.max(Record.id))).one()
        ids = []
        for number in range(count):
            # Ids begin with the time of their making, so this takes them from all years alike.
            at = _between(low, high, number / count)
            found = session.scalar(
                select(Record.id)
                .where(Record.id >= at, Record.domain == "accounting", Record.confidentiality == 1)
                .order_by(Record.id)
                .limit(1)
            )
            ids.append(found or low)
    database.close()
    return ids


def _between(low: str, high: str, part: float) -> str:
    signs = "0123456789abcdefghjkmnpqrstvwxyz"
    first, last = (sum(signs.index(c) * 32 ** (9 - n) for n, c in enumerate(i[:10])) for i in (low, high))
    at, out = int(first + (last - first) * part), ""
    for _ in range(10):
        out, at = signs[at % 32] + out, at // 32
    return out.ljust(26, "0")


def _sign_in(client: httpx.Client, login: str) -> None:
    answer = client.post("/sign-in", data={"login": login, "password": PASSWORD, "next": "/account"})
    if answer.status_code != 303:
        raise RuntimeError(f"{login} cannot sign in: {answer.status_code}")


def _measure(client: httpx.Client, pages: tuple[str, ...], records: list[str], each: int) -> list[float]:
    times: dict[str, list[float]] = {page: [] for page in pages}
    sizes: dict[str, int] = {}
    for turn in range(each + 1):
        for page in pages:
            started = time.perf_counter()
            answer = client.get(page.format(record=records[turn]), headers={"accept": "text/html"})
            took = (time.perf_counter() - started) * 1000
            answer.raise_for_status()
            sizes[page] = len(answer.content)
            if turn:  # the first one warms it
                times[page].append(took)
    for page, measured in times.items():
        size = sizes[page] / 1000
        print(f"{page:<44} {_share(measured, 50):>8.1f} {_share(measured, 95):>8.1f} {size:>7.1f}")
    return [one for measured in times.values() for one in measured]


def _weights(client: httpx.Client) -> dict[str, int]:
    """Bytes of the scripts and styles of the search desk, as they are sent."""
    told = client.get("/search").text
    return {
        name.split("?")[0]: len(client.get(name).content)
        for name in sorted(set(re.findall(r'(?:src|href)="(/static/[^"]+\.(?:js|css)[^"]*)"', told)))
    }


def _share(times: list[float], part: int) -> float:
    return statistics.quantiles(times, n=100, method="inclusive")[part - 1]


if __name__ == "__main__":
    sys.exit(main())
