"""Two papers of a new supplier at the same moment make one party."""

import threading

from sqlalchemy import func, select

from akta.audit.log import AuditLog
from akta.db.engine import Database
from akta.records.parties.models import Party
from ingest.parties.recognise import attach_parties
from tests.conftest import NOON
from tests.factories import add_record
from tests.unit.parties.register import NIPS

VALUES = (
    {"vendor": "Alfa Trade Sp. z o.o.", "vendor_nip": NIPS[0]},
    {"vendor": "ALFA TRADE", "vendor_nip": NIPS[0], "buyer": "Beta Handel S.A."},
    {"vendor": "Beta Handel", "buyer": "Alfa Trade"},
    {"vendor": "BetaHandel", "buyer": "A1fa Trade Sp. z o.o."},
)


def test_papers_at_the_same_moment(database: Database, audit: AuditLog) -> None:
    with database.write() as session:
        records = [add_record(session).id for _ in range(8)]
    gate = threading.Barrier(len(records))
    failed: list[BaseException] = []

    def work(number: int) -> None:
        try:
            gate.wait()
            with database.write() as session:
                attach_parties(session, audit, records[number], VALUES[number % len(VALUES)], NOON)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(len(records))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with database.read() as session:
        assert session.scalar(select(func.count(Party.root_id.distinct()))) == 2
        assert len(session.scalars(select(Party.key)).all()) == len(set(session.scalars(select(Party.key))))
