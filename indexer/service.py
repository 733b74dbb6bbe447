"""Keeping the index in step with the database.

Each change of a record leaves its id and version in `index_pending`, in the
change's own transaction. Catching up takes what is pending in batches, applies
them in one commit of the engine, and only then forgets them, so a crash repeats
work but loses none; the engine ignores versions it already has.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

from sqlalchemy import and_, delete, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.db.engine import Database
from akta.events.jobs import PRIORITY_INDEX, Claim, enqueue, finish
from akta.kernel.clock import Clock, civil_date
from akta.records.doctypes.current import refresh
from akta.records.doctypes.tree import TypeTree
from akta.records.events import RecordChanged
from akta.records.models import (
    Field,
    IndexPending,
    PageText,
    Receipt,
    Record,
    RecordParty,
)
from akta.records.visibility import scopes_of, visible_to
from indexer.model import IndexDocument, SearchEngine, SearchPage
from indexer.parties import with_parties
from indexer.query import parse

JOB_CATCH_UP = "indexer.catch_up"
_BATCH = 200
#: Text of one record that is indexed; more belongs to splitting, not to a search.
_MAX_TEXT = 2_000_000
#: Characters of text that are in memory at once, unless one record alone has more.
_BATCH_TEXT = 8_000_000
_IDENTIFIERS = (
    "invoice_number",
    "document_number",
    "order_number",
    "po_number",
    "vendor_nip",
    "buyer_nip",
    "iban",
    "account",
    "ksef_number",
    "serial_number",
    "sample_id",
    "message_control_id",
    "pesel",
    "regon",
    "reference",
)
_AMOUNTS = ("total", "net", "vat", "subtotal", "tax", "amount_due", "gross_pay", "net_pay")


def note_change(clock: Clock) -> Callable[[Session, RecordChanged], None]:
    """The subscriber that writes a changed record into the queue of the index."""

    def subscriber(session: Session, event: RecordChanged) -> None:
        note_pending(session, event.record_id, event.row_version, clock.now())

    return subscriber


def note_pending(session: Session, record_id: str, row_version: int, now: datetime) -> None:
    """Ask for one record to be indexed again, in the caller's transaction."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = insert(IndexPending).values(record_id=record_id, row_version=row_version)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[IndexPending.record_id], set_={"row_version": row_version}
        )
    )
    enqueue(session, JOB_CATCH_UP, {}, key="index", now=now, priority=PRIORITY_INDEX, max_attempts=1000)


@dataclass(frozen=True, slots=True)
class IndexReport:
    """How index and database agree; `missing`, `stale` and `extra` are record ids (at most 100 each)."""

    documents: int
    missing: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)
    pending: int = 0

    @property
    def agrees(self) -> bool:
        return not (self.missing or self.stale or self.extra)


class IndexService:
    """Search and upkeep of the index over one engine."""

    def __init__(
        self,
        database: Database,
        open_engine: Callable[[], SearchEngine],
        zone: str,
        clock: Clock,
        on_taken: Callable[[Session, Sequence[IndexDocument]], None] = lambda _session, _documents: None,
    ) -> None:
        """`on_taken` is called in the transaction that ends a batch, with what the index took in."""
        self._db = database
        self._open = open_engine
        self._zone = zone
        self._clock = clock
        self._on_taken = on_taken
        self._engine: SearchEngine | None = None

    @property
    def engine(self) -> SearchEngine:
        if self._engine is None:
            self._engine = self._open()
        return self._engine

    def catch_up_job(self, claim: Claim) -> None:
        """The handler of `indexer.catch_up`."""
        self.catch_up(on_batch=claim.check)
        with self._db.write() as session:
            finish(session, claim, self._clock.now())

    def catch_up(self, on_batch: Callable[[], None] = lambda: None) -> int:
        """Apply all that is pending; returns how many records were taken in."""
        done = 0
        while True:
            with self._db.read() as session:
                rows = session.execute(
                    select(IndexPending.record_id, IndexPending.row_version).limit(_BATCH)
                ).all()
                fit = _fitting(session, [r[0] for r in rows])
                pending: list[tuple[str, int]] = [(r[0], r[1]) for r in rows if r[0] in fit]
                upserts, removals = self._load(session, pending)
            if not pending:
                return done
            self.engine.apply(upserts, removals)
            with self._db.write() as session:
                self._on_taken(session, upserts)
                session.execute(
                    delete(IndexPending).where(
                        or_(
                            *(
                                and_(IndexPending.record_id == i, IndexPending.row_version == v)
                                for i, v in _applied(pending, upserts, removals)
                            )
                        )
                    )
                )
            done += len(pending)
            on_batch()

    def search(
        self,
        principal: Principal,
        text: str,
        *,
        limit: int = 20,
        offset: int = 0,
        facets: Sequence[str] = (),
        sort: str = "relevance",
    ) -> tuple[SearchPage, list[Record]]:
        """What the principal may see of what fits, best first.

        The engine filters by access tokens; the database is asked again, so a hit
        whose record has changed hands meanwhile is left out. A facet of types counts a paper
        under its finest type and under those above it. Raises QueryError.
        """
        with self._db.read() as session:
            types = refresh(session)
            query = with_parties(session, principal, parse(text))
        page = self.engine.search(
            query,
            scopes=principal.tokens(),
            limit=limit,
            offset=offset,
            facets=tuple(facets),
            sort=sort,
        )
        with self._db.read() as session:
            found = {
                record.id: record
                for record in session.scalars(
                    select(Record).where(
                        Record.id.in_([hit.record_id for hit in page.hits]),
                        Record.state != "destroyed",
                        visible_to(principal),
                    )
                )
            }
        if "type" in page.facets:
            page = replace(page, facets={**page.facets, "type": _up_the_tree(page.facets["type"], types)})
        return page, [found[hit.record_id] for hit in page.hits if hit.record_id in found]

    def documents(self, session: Session, ids: Sequence[str]) -> tuple[list[str], list[IndexDocument]]:
        """Records as the index sees them, as many from the first on as fit into memory.

        Returns which were looked at, and the documents of those that can be found.
        """
        fit = _fitting(session, ids)
        return fit, self._load(session, [(i, 0) for i in fit])[0]

    def check(self) -> IndexReport:
        """Compare the index with the database, record by record."""
        indexed = dict(self.engine.versions())
        documents = len(indexed)
        missing, stale = [], []
        with self._db.read() as session:
            pending = session.scalar(select(func.count()).select_from(IndexPending)) or 0
            waiting = set(session.scalars(select(IndexPending.record_id)))
            for record_id, version, state in session.execute(
                select(Record.id, Record.row_version, Record.state).execution_options(yield_per=5000)
            ):
                if state == "destroyed":
                    continue
                have = indexed.pop(record_id, None)
                if record_id in waiting:
                    continue
                if have is None:
                    missing.append(record_id)
                elif have != version:
                    stale.append(record_id)
        extra = [i for i in indexed if i not in waiting]
        return IndexReport(documents, missing[:100], stale[:100], extra[:100], pending)

    def mend(self, report: IndexReport) -> None:
        """Ask for what disagrees to be indexed again."""
        now = self._clock.now()
        with self._db.write() as session:
            for record_id in (*report.missing, *report.stale, *report.extra):
                record = session.get(Record, record_id)
                note_pending(session, record_id, record.row_version if record else 1 << 30, now)

    def rebuild(self, progress: Callable[[int], None] = lambda _: None) -> int:
        """Build a new index from the database beside the live one and swap it in."""

        def batches() -> Iterator[list[IndexDocument]]:
            last = ""
            total = 0
            while True:
                with self._db.read() as session:
                    ids = session.scalars(
                        select(Record.id)
                        .where(Record.id > last, Record.state != "destroyed")
                        .order_by(Record.id)
                        .limit(_BATCH)
                    ).all()
                    if not ids:
                        return
                    fit = _fitting(session, ids)
                    documents, _ = self._load(session, [(i, 0) for i in fit])
                last = fit[-1]
                total += len(documents)
                progress(total)
                yield documents

        count = self.engine.rebuild(batches())
        self.catch_up()
        return count

    def close(self) -> None:
        if self._engine is not None:
            self._engine.close()
            self._engine = None

    # -- parts -------------------------------------------------------------

    def _load(
        self, session: Session, pending: Sequence[tuple[str, int]]
    ) -> tuple[list[IndexDocument], list[tuple[str, int]]]:
        ids = [i for i, _ in pending]
        records = {r.id: r for r in session.scalars(select(Record).where(Record.id.in_(ids)))}
        texts = texts_of(session, ids)
        fields: dict[str, dict[str, str]] = {}
        for record_id, name, value in session.execute(
            select(Field.record_id, Field.name, Field.value).where(Field.record_id.in_(ids))
        ):
            fields.setdefault(record_id, {})[name] = value
        # Each record has the names as it spells them; the other spellings of its parties are
        # found by the parties' numbers (`indexer.parties`), for those who may see them.
        parties: dict[str, list[str]] = {}
        leaves: dict[str, list[str]] = {}
        for record_id, name, leaf in session.execute(
            select(RecordParty.record_id, RecordParty.name, RecordParty.party_id)
            .where(RecordParty.record_id.in_(ids))
            .order_by(RecordParty.record_id, RecordParty.role)
        ):
            parties.setdefault(record_id, []).append(name)
            leaves.setdefault(record_id, []).append(leaf)
        receipts: dict[str, list[str]] = {}
        for record_id, receipt in session.execute(
            select(Receipt.record_id, Receipt.id).where(Receipt.record_id.in_(ids))
        ):
            receipts.setdefault(record_id, []).append(receipt)
        upserts, removals = [], []
        for record_id, version in pending:
            record = records.get(record_id)
            if record is None or record.state == "destroyed":
                removals.append((record_id, record.row_version if record else version))
                continue
            upserts.append(
                self._document(
                    record,
                    "\n".join(texts.get(record_id, ()))[:_MAX_TEXT],
                    fields.get(record_id, {}),
                    parties.get(record_id, []),
                    receipts.get(record_id, []) + leaves.get(record_id, []),
                )
            )
        return upserts, removals

    def _document(
        self, record: Record, text: str, fields: dict[str, str], parties: list[str], numbers: list[str]
    ) -> IndexDocument:
        amounts = {n: a for n in _AMOUNTS if (a := _amount(fields.get(n))) is not None}
        return IndexDocument(
            record_id=record.id,
            version=record.row_version,
            scopes=scopes_of(record),
            title=record.title,
            text=text,
            domain=record.domain,
            doc_type=record.subtype or record.doc_type,
            state=record.state,
            language=record.language,
            parties=tuple(dict.fromkeys(parties)),
            identifiers=tuple(
                dict.fromkeys([fields[n] for n in _IDENTIFIERS if fields.get(n)] + numbers + [record.id])
            ),
            amounts=tuple(dict.fromkeys(amounts.values())),
            total=amounts.get("total"),
            currency=fields.get("currency"),
            document_date=record.document_date,
            due_date=_iso_date(fields.get("due_date")),
            received_on=civil_date(record.received_at, self._zone),
            keep_until=record.retain_through,
            record_class=record.class_code,
            on_hold=record.held,
            confidence=record.confidence,
            channel=record.channel,
            file_name=record.file_name,
        )


def _up_the_tree(counts: dict[str, int], types: TypeTree) -> dict[str, int]:
    """Counts by type, with the types above those that the index has."""
    out: dict[str, int] = {}
    for code, count in counts.items():
        for above in types.path(code):
            out[above] = out.get(above, 0) + count
    return dict(sorted(out.items(), key=lambda e: (-e[1], e[0])))


def _fitting(session: Session, ids: Sequence[str]) -> list[str]:
    """As many of the records, from the first on, as their texts leave room for; at least one."""
    lengths = (
        select(PageText.record_id, func.sum(func.length(PageText.text) + 1))
        .where(PageText.record_id.in_(ids))
        .group_by(PageText.record_id)
    )
    sizes = {record_id: int(size) for record_id, size in session.execute(lengths)}
    room = _BATCH_TEXT
    fit: list[str] = []
    for record_id in ids:
        room -= min(_MAX_TEXT, sizes.get(record_id, 0))
        if fit and room < 0:
            break
        fit.append(record_id)
    return fit


def texts_of(session: Session, ids: Sequence[str]) -> dict[str, list[str]]:
    """The texts of the records' pages in their order, of each record so many as are indexed."""
    before = func.sum(func.length(PageText.text) + 1).over(
        partition_by=PageText.record_id, order_by=PageText.number, rows=(None, -1)
    )
    pages = (
        select(PageText.record_id, PageText.number, func.coalesce(before, 0).label("before"))
        .where(PageText.record_id.in_(ids))
        .subquery()
    )
    wanted = (
        select(PageText.record_id, func.substr(PageText.text, 1, _MAX_TEXT))
        .join(pages, (pages.c.record_id == PageText.record_id) & (pages.c.number == PageText.number))
        .where(pages.c.before < _MAX_TEXT)
        .order_by(PageText.record_id, PageText.number)
    )
    texts: dict[str, list[str]] = {}
    for record_id, text in session.execute(wanted):
        texts.setdefault(record_id, []).append(text)
    return texts


def _applied(
    pending: Sequence[tuple[str, int]], upserts: Sequence[IndexDocument], removals: Sequence[tuple[str, int]]
) -> list[tuple[str, int]]:
    # What was loaded may be newer than what was noted; then the newer note stays and costs one repeat.
    loaded = {d.record_id: d.version for d in upserts} | dict(removals)
    return [(i, v) for i, v in pending if loaded.get(i, v) >= v]


def _amount(value: str | None) -> Decimal | None:
    try:
        amount = Decimal(value) if value else None
    except InvalidOperation:
        return None
    return amount if amount is not None and amount.is_finite() and abs(amount) < 10**12 else None


def _iso_date(value: str | None) -> date | None:
    try:
        return date.fromisoformat(value[:10]) if value else None
    except ValueError:
        return None


def index_folder(home: Path, engine: str) -> Path:
    """Where an engine keeps its index."""
    return home / "index" / engine
