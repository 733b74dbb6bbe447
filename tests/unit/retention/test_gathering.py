"""Filing what a search finds into a case: in parts, as often as wanted, and what may not move is named."""

from datetime import date

import pytest

from akta.audit.log import AuditLog
from akta.db.engine import Database
from akta.kernel.errors import ForbiddenError, InvalidError
from akta.records import gathering
from akta.records.cases import CaseClosedError, close_case, file_into
from akta.records.gathering import Gathered, Gathering
from akta.records.models import Record
from retention.holds.placing import PlaceHold, place_hold
from tests.conftest import NOON, SetClock, principal
from tests.unit.retention.conftest import OFFICER, Desk, File, add_case, add_event

CLERK = principal("clerk")


class Found:
    """A search that finds what it is told, and remembers how far it was to look."""

    def __init__(self, *ids: str) -> None:
        self.ids = list(ids)
        self.reach: dict[str, int] = {}

    def check(self, text: str) -> None:
        if text == "(":
            raise InvalidError("That is no query.")

    def find(self, reach: dict[str, int], text: str) -> list[str]:
        self.reach = reach
        return self.ids


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def _case_of(database: Database, record_id: str) -> str | None:
    with database.read() as session:
        return session.get_one(Record, record_id).case_id


def _gathering(database: Database, audit: AuditLog, clock: SetClock, *ids: str) -> Gathering:
    return Gathering(database, audit, clock, Found(*ids))


def test_all_that_is_found_is_filed_in_parts_and_twice_is_once(
    database: Database,
    audit: AuditLog,
    clock: SetClock,
    file: File,
    desk: Desk,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(gathering, "_PART", 2)
    case = add_case(database, audit)
    ids = [file({"hire_date": "2020-02-02"}, domain="hr", doc_type="employment_contract") for _ in range(5)]
    made = _gathering(database, audit, clock, *ids)
    told = made.preview(CLERK, case, "contract", lambda record: {"id": record.id})
    assert (told["found"], told["would_move"], told["already_in"], told["refused"]) == (5, 5, 0, 0)
    assert [one["id"] for one in told["sample"]] == sorted(ids, reverse=True)
    assert [_case_of(database, i) for i in ids] == [None] * 5  # looking files nothing
    parts: list[tuple[int, int]] = []
    done = made.gather(CLERK, case, "contract", after_part=lambda so: parts.append((so.moved, so.left)))
    assert parts == [(2, 3), (4, 1), (5, 0)]
    assert (done.found, done.moved, done.refused) == (5, 5, 0)
    assert {_case_of(database, i) for i in ids} == {case}
    again = made.gather(CLERK, case, "contract")
    assert (again.moved, again.already, again.left) == (0, 5, 0)
    assert len(desk.logged("record.moved")) == 5
    add_event(database, audit, f"case:{case}", date(2024, 6, 30))
    desk.drain()
    assert {desk.through(i) for i in ids} == {date(2034, 12, 31)}


def test_what_died_on_the_way_is_gone_on_with(
    database: Database,
    audit: AuditLog,
    clock: SetClock,
    file: File,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(gathering, "_PART", 2)
    case = add_case(database, audit)
    ids = [file({}, domain="hr", doc_type="employment_contract") for _ in range(4)]
    made = _gathering(database, audit, clock, *ids)

    def die(_so_far: Gathered) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        made.gather(CLERK, case, "contract", after_part=die)
    assert [_case_of(database, i) for i in sorted(ids)] == [case, case, None, None]
    first = made.gather(CLERK, case, "contract", most=1)
    assert (first.moved, first.already, first.left) == (1, 2, 1)
    assert made.gather(CLERK, case, "contract").moved == 1
    assert {_case_of(database, i) for i in ids} == {case}


def test_what_is_held_or_in_a_closed_case_is_named_and_the_rest_is_filed(
    database: Database, audit: AuditLog, clock: SetClock, file: File
) -> None:
    case, closed = add_case(database, audit), add_case(database, audit, "old")
    free, held, inside = (file({}, domain="hr", doc_type="employment_contract") for _ in range(3))
    with database.write() as session:
        file_into(session, audit, OFFICER, closed, [inside], NOON)
        close_case(session, audit, OFFICER, closed, today=NOON.date(), now=NOON)
        place_hold(session, audit, OFFICER, PlaceHold("Court", "A dispute", record_ids=(held,)), NOON)
    made = _gathering(database, audit, clock, free, held, inside)
    told = made.preview(CLERK, case, "contract", lambda record: {"id": record.id})
    assert (told["would_move"], told["refused"]) == (1, 2)
    assert {one.record_id for one in told["refused_records"]} == {held, inside}
    done = made.gather(CLERK, case, "contract")
    assert (done.moved, done.refused) == (1, 2)
    why = {one.record_id: one.error.code for one in done.named}
    assert why == {held: "held", inside: "case_closed"}
    assert _case_of(database, free) == case
    assert _case_of(database, held) is None
    assert _case_of(database, inside) == closed


def test_a_hold_that_comes_meanwhile_stops_only_its_own_records(
    database: Database,
    audit: AuditLog,
    clock: SetClock,
    file: File,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(gathering, "_PART", 1)
    case = add_case(database, audit)
    first, second, third = sorted(file({}, domain="hr", doc_type="employment_contract") for _ in range(3))
    made = _gathering(database, audit, clock, first, second, third)

    def hold(so_far: Gathered) -> None:
        if so_far.moved == 1 and not so_far.refused:
            with database.write() as session:
                place_hold(session, audit, OFFICER, PlaceHold("Court", "Why", record_ids=(second,)), NOON)

    done = made.gather(CLERK, case, "contract", after_part=hold)
    assert (done.moved, [one.record_id for one in done.named]) == (2, [second])
    assert [_case_of(database, i) for i in (first, second, third)] == [case, None, case]


def test_only_what_one_sees_and_may_change(
    database: Database, audit: AuditLog, clock: SetClock, file: File
) -> None:
    case = add_case(database, audit)
    seen = file({}, domain="hr", doc_type="employment_contract")
    hidden = file({}, domain="accounting", doc_type="invoice")
    search = Found(seen, hidden)
    made = Gathering(database, audit, clock, search)
    narrow = principal("clerk", levels={"hr": 3})
    assert made.gather(narrow, case, "contract").found == 1
    assert search.reach == {"hr": 3}
    assert _case_of(database, hidden) is None
    with pytest.raises(ForbiddenError):
        made.gather(principal("auditor"), case, "contract")
    with pytest.raises(ForbiddenError):
        made.preview(principal("auditor"), case, "contract", lambda _: {})
    for query in ("", "x" * 2001, "("):
        with pytest.raises(InvalidError):
            made.gather(CLERK, case, query)
    with database.write() as session:
        close_case(session, audit, OFFICER, case, today=NOON.date(), now=NOON)
    with pytest.raises(CaseClosedError):
        made.gather(CLERK, case, "contract")
