"""What watched searches cost: a thousand of them against papers that come in, and an export of many records.

    python -m bench.alerts [--searches 1000] [--papers 2000] [--batches 5] [--export 10000] [--engine tantivy]

Fills an archive with made-up papers, then measures: the index's catching up without and with watched
searches (it only notes what it took in), the job that holds 200 papers against all searches, and the
three kinds of export with the memory they need.
"""

import argparse
import random
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from akta.access.accounts import create_user, principal_of
from akta.access.models import Grant, User
from akta.access.roles import DOMAINS
from akta.bootstrap import App, build
from akta.events.models import Job
from akta.kernel.ids import new_id
from akta.records.models import Field, IndexPending, PageText, Record, RecordParty, Version
from akta.records.parties.models import Party
from akta.settings import load_settings
from akta.storage.port import Blob
from akta.worker.celery_app import make_runner
from indexer.exports.models import Export
from indexer.exports.service import ExportDraft
from indexer.saved.models import NewsPending, SavedSearch, SearchNews, SearchWatch
from indexer.service import note_pending

TYPES = {
    "accounting": ("invoice", "receipt"),
    "hr": ("payslip", "leave_request"),
    "order": ("purchase_order", "quotation"),
    "lab": ("lab_report",),
    "it": ("incident_report",),
    "other": ("email",),
}
#: Words unlike each other, so that a misspelling of one is not another.
WORDS = ["".join(random.Random(n).choices("abcdefghijklmnoprstuwyz", k=9)) for n in range(2000)]
FIRMS = [f"{a} {b}" for a in ("Alfa", "Beta", "Gamma", "Delta", "Omega") for b in ("Sp. z o.o.", "S.A.")]
PARTIES = {firm: new_id() for firm in FIRMS}
_BLOBS: dict[int, Blob] = {}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--searches", type=int, default=1000)
    parser.add_argument("--papers", type=int, default=2000, help="already in the archive")
    parser.add_argument("--batches", type=int, default=5, help="of new papers")
    parser.add_argument("--batch", type=int, default=200, help="new papers of each")
    parser.add_argument("--export", type=int, default=10_000)
    parser.add_argument("--engine", choices=("tantivy", "whoosh"), default="tantivy")
    options = parser.parse_args()
    chance = random.Random(7)
    with tempfile.TemporaryDirectory(prefix="akta-alerts-") as folder:
        app = build(load_settings(home=Path(folder), search_engine=options.engine, log_level="warning"))
        try:
            people = _people(app)
            _papers(app, chance, options.papers)
            app.index.catch_up()
            _alerts(app, chance, people, options)
            if options.export:
                _exports(app, chance, options.export)
        finally:
            app.close()
    return 0


def _people(app: App) -> list[str]:
    ids = []
    with app.database.write() as session:
        for firm, number in PARTIES.items():
            party = Party(id=number, key=f"name:{firm}", name="", created_at=app.clock.now(), root_id=number)
            session.add(party)
        for n in range(50):
            grants = {d: 1 + n % 3 for d in DOMAINS if (n + len(d)) % 3}
            user = create_user(
                session,
                app.audit,
                "system:bench",
                login=f"person{n}",
                name=f"Person {n}",
                password="a long enough password",
                roles=["clerk"],
                grants=grants,
                language="pl",
                now=app.clock.now(),
            )
            ids.append(user.id)
    return ids


def _papers(app: App, chance: random.Random, count: int) -> None:
    for start in range(0, count, 500):
        with app.database.write() as session:
            for _ in range(min(500, count - start)):
                _paper(app, session, chance)


def _blob(app: App, number: int) -> Blob:
    """One of the originals, of 100 kB."""
    if number not in _BLOBS:
        _BLOBS[number] = app.store.put([random.Random(number).randbytes(100_000)])
    return _BLOBS[number]


def _paper(app: App, session: Session, chance: random.Random) -> None:
    now = app.clock.now()
    domain = chance.choice(DOMAINS)
    blob = _blob(app, chance.randrange(200))
    firm = chance.choice(FIRMS)
    text = " ".join(chance.choices(WORDS, k=250)) + f" {firm}"
    record = Record(
        id=new_id(),
        state="filed",
        row_version=1,
        file_name="papier.pdf",
        title=" ".join(chance.choices(WORDS, k=4)),
        size=blob.size,
        sha256=blob.sha256,
        channel="upload",
        received_at=now,
        ended_at=now,
        confidentiality=chance.randint(1, 3),
        domain=domain,
        doc_type=chance.choice(TYPES[domain]),
        document_date=datetime(2026, chance.randint(1, 12), 1, tzinfo=UTC).date(),
    )
    session.add(record)
    session.flush()
    page = PageText(record_id=record.id, number=1, width=1.0, height=1.0, outcome="read", reader="plain")
    page.reader_version, page.text, page.words = "1", text, b""
    version = Version(id=new_id(), record_id=record.id, number=1, sha256=blob.sha256, size=blob.size)
    version.actor, version.created_at = "system:bench", now
    total = Field(id=new_id(), record_id=record.id, name="total", value=f"{chance.randint(1, 9999)}.50")
    total.confidence, total.reader = 0.9, "bench"
    named = RecordParty(
        record_id=record.id, role="seller", party_id=PARTIES[firm], name=firm, core=firm.lower()
    )
    session.add_all([page, version, total, named])
    note_pending(session, record.id, 1, now)


def _query(chance: random.Random) -> str:
    word, other = chance.sample(WORDS, 2)
    domain = chance.choice(DOMAINS)
    return chance.choice(
        (
            word,
            f"{word} {other}",
            f'"{word} {other}"',
            f"{word} -{other}",
            f"type:{chance.choice(TYPES[domain])} {word}",
            f"total:>{chance.randint(100, 9000)} {word}",
            f"date:2026-{chance.randint(1, 12):02d} {word}",
            f"vendor:{chance.choice(FIRMS).split()[0]} {word}",
            f"{word[:4]}* {other}",
            f"(domain:{domain} OR {word}) {other}",
        )
    )


def _alerts(app: App, chance: random.Random, people: list[str], options: argparse.Namespace) -> None:
    plain = [_catch_up(app, chance, options.batch) for _ in range(options.batches)]
    now = app.clock.now()
    with app.database.write() as session:
        for n in range(options.searches):
            search = SavedSearch(
                id=new_id(), owner=people[n % len(people)], name=str(n), query=_query(chance)
            )
            search.sort, search.facets, search.row_version = "relevance", {}, 1
            search.created_at = search.changed_at = now
            session.add(search)
            session.flush()
            watch = SearchWatch(search_id=search.id, person=search.owner, since=now, waiting=0)
            session.add(watch)
    noting, telling = [], []
    runner = make_runner(app)
    for _ in range(options.batches):
        noting.append(_catch_up(app, chance, options.batch))
        with app.database.write() as session:
            session.execute(update(Job).where(Job.kind == "indexer.tell").values(run_after=now))
            job = session.scalar(select(Job.id).where(Job.kind == "indexer.tell", Job.state == "ready"))
        assert job is not None
        started, used = time.perf_counter(), time.process_time()
        assert runner.run_by_id("bench:1:1", job)
        telling.append((time.perf_counter() - started, time.process_time() - used))
        with app.database.read() as session:
            assert session.scalar(select(func.count()).select_from(NewsPending)) == 0
    with app.database.read() as session:
        told = session.scalar(select(func.count()).select_from(SearchNews))
    print(f"{options.engine}: {options.searches} watched searches, batches of {options.batch} new papers")
    print(f"  catching up, nobody watches     {statistics.median(plain):.2f} s of one core a batch")
    print(f"  catching up, all watched        {statistics.median(noting):.2f} s of one core a batch")
    print(
        f"  holding them against all        {statistics.median(t for t, _ in telling):.2f} s a batch "
        f"({statistics.median(c for _, c in telling):.2f} s of one core), {told} told"
    )


def _catch_up(app: App, chance: random.Random, count: int) -> float:
    """Seconds of a core that the index needs for new papers."""
    _papers(app, chance, count)
    started = time.process_time()
    app.index.catch_up()
    used = time.process_time() - started
    with app.database.read() as session:
        assert session.scalar(select(func.count()).select_from(IndexPending)) == 0
    return used


def _exports(app: App, chance: random.Random, count: int) -> None:
    with app.database.read() as session:
        have = session.scalar(select(func.count()).select_from(Record)) or 0
    _papers(app, chance, max(0, count - have))
    app.index.catch_up()
    with app.database.read() as session:
        person = principal_of(session, session.scalars(select(User.id).order_by(User.id)).first() or "")
    assert person is not None
    person.levels.update(dict.fromkeys(DOMAINS, 3))
    with app.database.write() as session:
        for domain in DOMAINS:
            session.merge(Grant(user_id=person.user_id, domain=domain, level=3))
    runner = make_runner(app)
    for form in ("csv", "xlsx", "zip"):
        with app.database.write() as session:
            made = app.exports.ask(session, person, ExportDraft("date:2026", form)).id
            session.flush()
            job = session.scalar(select(Job.id).where(Job.key == f"export:{made}"))
        assert job is not None
        Path("/proc/self/clear_refs").write_text("5")  # the peak is measured from here on
        before = _memory("VmRSS")
        started = time.perf_counter()
        runner.run_by_id("bench:1:1", job)
        seconds = time.perf_counter() - started
        grown = _memory("VmHWM") - before
        with app.database.read() as session:
            row = session.get_one(Export, made)
        assert row.state == "ready", (row.state, row.reason)
        print(
            f"  {form:<4} {row.records} records, {row.size / 1e6:.1f} MB in {seconds:.1f} s, "
            f"with {grown / 1024:.0f} MiB more memory"
        )


def _memory(name: str) -> int:
    """A figure of this process, in KiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name + ":"))


if __name__ == "__main__":
    raise SystemExit(main())
