"""How well parties are recognised, and what it costs.

    python -m bench.parties quality              made-up suppliers with noisy spellings
    python -m bench.parties corpus MANIFEST      the vendors of labelled papers, their spellings and addresses
    python -m bench.parties speed [PARTIES]      time per paper in a register of so many parties

Precision and recall are of pairs of papers: of all pairs that were put together, how many are one
supplier; of all pairs of one supplier, how many were put together. For suggestions the same is
counted over the pairs of papers that a suggested pair of parties would bring together.
"""

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable
from itertools import combinations
from pathlib import Path

from alembic import command
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from akta.access.principal import operator
from akta.audit.log import AuditLog
from akta.bootstrap import alembic_config
from akta.db.engine import Database
from akta.kernel.clock import SystemClock
from akta.kernel.ids import new_id
from akta.records.models import Record
from akta.records.parties.models import Party, PartyBlock, RecordParty
from akta.records.parties.names import blocks, fold
from akta.records.parties.suggestions import list_suggestions
from akta.records.parties.visible import list_parties
from bench.suppliers import Paper, suppliers
from ingest.parties.recognise import attach_parties


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="what", required=True)
    quality = commands.add_parser("quality")
    quality.add_argument("--suppliers", type=int, default=400)
    quality.add_argument("--seed", type=int, default=1)
    corpus = commands.add_parser("corpus")
    corpus.add_argument("manifest", type=Path)
    speed = commands.add_parser("speed")
    speed.add_argument("parties", type=int, nargs="?", default=100_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="akta-parties-") as folder:
        url = f"sqlite:///{folder}/akta.db"
        command.upgrade(alembic_config(url), "head")
        database, audit = Database(url), AuditLog(Ed25519PrivateKey.generate())
        if options.what == "quality":
            papers = suppliers(options.suppliers, options.seed)
            print(f"{options.suppliers} suppliers, {len(papers)} papers")
            _measure(database, audit, papers)
        elif options.what == "corpus":
            _measure(database, audit, list(_vendors(options.manifest)), show=True)
        else:
            _speed(database, audit, options.parties)
        database.close()
    return 0


def _add(session: Session, audit: AuditLog, paper: Paper) -> str:
    now = SystemClock().now()
    record = _record(session)
    attach_parties(session, audit, record.id, paper.fields, now, paper.sender)
    return record.id


def _record(session: Session) -> Record:
    record = Record(
        id=new_id(),
        state="filed",
        file_name="p",
        size=1,
        sha256=new_id().ljust(64, "0"),
        channel="bench",
        domain="accounting",
        received_at=SystemClock().now(),
    )
    session.add(record)
    session.flush()
    return record


def _measure(database: Database, audit: AuditLog, papers: list[Paper], *, show: bool = False) -> None:
    truth: dict[str, str] = {}
    names: dict[str, str] = {}
    with database.write() as session:
        for paper in papers:
            record_id = _add(session, audit, paper)
            truth[record_id], names[record_id] = paper.supplier, paper.fields["vendor"]
    with database.read() as session:
        groups: dict[str, list[str]] = defaultdict(list)
        for root, record_id in session.execute(
            select(Party.root_id, RecordParty.record_id)
            .join(RecordParty, RecordParty.party_id == Party.id)
            .where(RecordParty.role == "vendor")
        ):
            groups[root].append(record_id)
        suggested = []
        offset: int | None = 0
        while offset is not None:
            items, offset = list_suggestions(session, operator("bench"), offset=offset, limit=200)
            suggested += [(i["parties"][0]["id"], i["parties"][1]["id"]) for i in items]
    real = {frozenset(p) for group in _by(truth).values() for p in combinations(group, 2)}
    made = {frozenset(p) for group in groups.values() for p in combinations(group, 2)}
    offered = {frozenset((x, y)) for a, b in suggested for x in groups[a] for y in groups[b]}
    print(f"parties: {len(groups)} made of {len(set(truth.values()))} suppliers")
    print(f"automatic:   precision {_share(made & real, made)}  recall {_share(made & real, real)}")
    print(f"suggestions: precision {_share(offered & real, offered)} ({len(suggested)} pairs of parties)")
    print(f"both:        recall {_share((made | offered) & real, real)}")
    if show:
        for title, pairs in (
            ("put together, but told as two:", made - real),
            ("one supplier, found neither way:", real - made - offered),
            ("suggested:", offered),
        ):
            print(title)
            shown = {tuple(sorted(names[r] for r in pair)) for pair in pairs}
            for line in sorted(shown)[:40]:
                print("   ", " | ".join(line))


def _by(truth: dict[str, str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for record_id, supplier in truth.items():
        found[supplier].append(record_id)
    return found


def _share(part: set[frozenset[str]], whole: set[frozenset[str]]) -> str:
    return f"{len(part) / len(whole):.4f} ({len(part)}/{len(whole)})" if whole else "- (0/0)"


def _vendors(manifest: Path) -> Iterable[Paper]:
    """Vendors as labelled. One supplier is told by the folded label, so pairs of others want a look."""
    for line in manifest.read_text("utf-8").splitlines():
        truth = json.loads(line).get("ground_truth") or {} if line.strip() else {}
        vendor = truth.get("vendor")
        if isinstance(vendor, str) and vendor.strip():
            address = truth.get("address")
            fields = {"vendor": vendor} | ({"address": address} if isinstance(address, str) else {})
            yield Paper(fold(vendor), fields, {})


def _speed(database: Database, audit: AuditLog, count: int) -> None:
    chance = random.Random(5)
    papers = suppliers(count, 7, papers_each=1)
    with database.write() as session:
        record = _record(session)
        parties, mentions, keys = [], [], []
        seen: set[str] = set()
        for number, paper in enumerate(papers):
            name = f"{paper.fields['vendor']}"
            core = fold(name)
            key = f"name:{core.replace(' ', '')}"[:180] + (f"#{number}" if core in seen else "")
            seen.add(core)
            party = new_id()
            now = SystemClock().now()
            parties.append(
                {"id": party, "key": key, "name": "", "created_at": now, "kind": "company", "root_id": party}
            )
            mentions.append(
                {"record_id": record.id, "role": f"r{number}", "party_id": party, "name": name, "core": core}
            )
            keys += [{"party_id": party, "core": core, "block": b} for b in blocks(core)]
        session.execute(insert(Party), parties)
        session.execute(insert(RecordParty), mentions)
        session.execute(insert(PartyBlock), keys)
    new = suppliers(600, 99)
    known = chance.sample(papers, 300)
    for title, wanted in (("known spelling", known), ("new spelling or party", new)):
        took = []
        for paper in wanted:
            with database.write() as session:
                record = _record(session)
                begun = time.perf_counter()
                attach_parties(session, audit, record.id, paper.fields, SystemClock().now(), paper.sender)
                session.flush()
                took.append(1000 * (time.perf_counter() - begun))
        took.sort()
        print(
            f"{title}: median {statistics.median(took):.2f} ms, "
            f"95 % within {took[int(len(took) * 0.95)]:.2f} ms, "
            f"longest {took[-1]:.2f} ms ({len(took)} papers, {count} parties)"
        )
    with database.read() as session:
        took = []
        for paper in known[:100]:
            begun = time.perf_counter()
            list_parties(session, operator("bench"), paper.fields["vendor"])
            took.append(1000 * (time.perf_counter() - begun))
    print(f"search in the list: median {statistics.median(took):.2f} ms")


if __name__ == "__main__":
    sys.exit(main())
