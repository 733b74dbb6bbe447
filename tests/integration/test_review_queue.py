"""The review queue as it is kept: order, claims, putting off, acceptance taken back, a second look."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from akta.access.principal import Principal, operator
from akta.access.roles import GRANTABLE, rights_of
from akta.bootstrap import App
from akta.db.engine import Database
from akta.events import jobs
from akta.kernel.errors import ConflictError, InvalidError
from akta.kernel.ids import new_id
from akta.records.destruction import destroy
from akta.records.guard import HeldError, changed
from akta.records.models import Correction, Field, Record, Step
from akta.records.queue import ReviewItem, ReviewKey, ReviewSkip
from ingest.corrections import newest
from ingest.jobnames import JOB_LOOK_AGAIN
from ingest.review import queue
from ingest.review.desk import why_first
from retention.holds import placing as holds
from tests.conftest import NOON
from tests.factories import add_record
from tests.integration.test_pipeline import _drain, _record, _take

WHO = operator("test")
ALL = queue.Wanted()


def _person(name: str, *roles: str, grants: dict[str, int] | None = None) -> Principal:
    levels = dict.fromkeys(GRANTABLE, 3) if grants is None else grants
    return Principal(f"user:{name}", name, rights_of(roles or ("clerk",)), levels, None)


def _invoice(number: int, seller: str = "Modra Kuźnia SA", nip: str = "1132853869") -> bytes:
    """An invoice whose total no label tells: it goes to review for it."""
    return (
        f"Faktura VAT nr {number}/2026\nData wystawienia 2026-03-{number:02d}\n"
        f"Sprzedawca: {seller}\nNIP {nip}\n"
        f"Nabywca: Tkalnia Polesie Sp. z o.o.\nNIP 5260001246\n"
        f"Konto klienta: AB-{number}77\nOgół należności klienta: {number}23,40\nKaucja zwrotna: 900,00\n"
        f"Termin płatności 2026-04-{number:02d}\n"
    ).encode()


def _read(app: App, number: int, **more: str) -> str:
    record_id = _take(app, f"f{number}.txt", _invoice(number, **more))
    _drain(app)
    return record_id


def _decide(app: App, record_id: str, **what: Any) -> None:
    with app.database.write() as session:
        app.decisions.correct(session, WHO, record_id, **what)


def _item(app: App, record_id: str) -> ReviewItem | None:
    with app.database.read() as session:
        return session.get(ReviewItem, record_id)


def _field(app: App, record_id: str, name: str) -> Field | None:
    with app.database.read() as session:
        asked = select(Field).where(Field.record_id == record_id, Field.name == name)
        return session.scalars(asked).first()


def _queue(app: App, who: Principal = WHO) -> list[str]:
    with app.database.read() as session:
        return [record.id for record, _ in queue.waiting(session, who, ALL, None, 100)]


def test_in_review_and_out_again(app: App) -> None:
    paper = _read(app, 1)
    assert _record(app, paper).state == "review"
    item = _item(app, paper)
    assert item is not None
    assert item.sender == "nip:1132853869"
    assert {term["term"] for term in item.terms} == {"amount", "wrong", "waiting"}  # due long ago
    told = why_first(_record(app, paper), item, "en")
    assert {term["term"] for term in told} == {"amount", "wrong", "waiting"}
    _decide(app, paper, fields={"total": "123,40"}, accept=True)
    assert _item(app, paper) is None


def test_what_is_due_soon_is_first(app: App) -> None:
    with app.database.write() as session:
        ids = []
        for due in ("2026-03-30", None, "2026-03-12"):
            record = add_record(session, state="review", reason="no_class")
            ids.append(record.id)
            if due:
                session.add(
                    Field(
                        id=new_id(),
                        record_id=record.id,
                        name="due_date",
                        value=due,
                        confidence=0.9,
                        reader="t",
                    )
                )
            changed(session, record)
    assert _queue(app) == [ids[2], ids[0], ids[1]]


def test_more_papers_of_a_sender_come_forward_together(app: App) -> None:
    papers = [_read(app, 1), _read(app, 2)]
    first = [_item(app, p) for p in papers]
    assert [i.alike for i in first if i] == [2, 2]
    _decide(app, papers[1], accept=True)
    alone = _item(app, papers[0])
    assert alone is not None
    assert (alone.alike, alone.rank) == (1, alone.base)


def test_what_one_may_not_see_is_neither_listed_nor_counted_nor_given(app: App) -> None:
    paper = _read(app, 1)
    blind = _person("b", grants={"hr": 3})
    with app.database.write() as session:
        assert queue.waiting(session, blind, ALL, None, 9) == []
        assert queue.counts(session, blind, ALL)["total"] == 0
        assert queue.take_next(session, blind, ALL, None, app.clock.now()) is None
        assert queue.counts(session, WHO, ALL) == {
            "total": 1,
            "domain": {"accounting": 1},
            "doc_type": {"invoice": 1},
            "reason": {_record(app, paper).reason: 1},
        }


def test_pages_go_on_while_papers_come_and_go(app: App) -> None:
    with app.database.write() as session:
        for number in range(9):
            record = add_record(session, state="review", reason="no_class", file_name=str(number))
            changed(session, record)
    seen: list[str] = []
    place = None
    everything = _queue(app)
    while True:
        with app.database.write() as session:
            rows = queue.waiting(session, WHO, ALL, place, 2)
            if not rows:
                break
            seen += [record.id for record, _ in rows]
            place = (rows[-1][1].rank, rows[-1][0].id)
            rows[0][0].state = "filed"  # one of those just shown is decided
            changed(session, rows[0][0])
    assert seen == everything


def test_two_people_get_two_papers_and_a_claim_ends(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in (1, 2):
        _read(app, number)
    anna, jan = _person("anna"), _person("jan")
    now = app.clock.now()

    def take(who: Principal, at: timedelta = timedelta(0)) -> str | None:
        with app.database.write() as session:
            taken = queue.take_next(session, who, ALL, None, now + at)
            return taken[0].id if taken else None

    first, second = take(anna), take(jan)
    assert first
    assert second
    assert first != second
    assert take(anna) == first  # asked again, the same
    assert take(_person("ewa")) is None
    assert take(_person("ewa"), queue.TAKEN) == first


def test_put_off_is_for_one_person_and_for_a_time(app: App) -> None:
    paper = _read(app, 1)
    anna, jan = _person("anna"), _person("jan")
    now = app.clock.now()
    with app.database.write() as session:
        queue.put_off(session, anna, paper, now)
        queue.put_off(session, anna, paper, now)  # again changes nothing
    with app.database.write() as session:
        assert queue.take_next(session, anna, ALL, None, now) is None
        assert queue.take_next(session, anna, ALL, None, now + queue.PUT_OFF) is not None
        assert queue.skipped(session, anna, [paper], now) == {paper}
        assert queue.skipped(session, jan, [paper], now) == set()
    _decide(app, paper, accept=True)
    with app.database.write() as session:
        assert session.scalar(select(func.count()).select_from(ReviewSkip)) == 0
        with pytest.raises(ConflictError):
            queue.put_off(session, anna, paper, now)


def test_nobody_is_given_a_paper_that_another_has(database: Database) -> None:
    """Many at once, on both databases: each paper goes to one person."""
    with database.write() as session:
        for number in range(12):
            record = add_record(session, state="review", reason="no_class")
            session.add(ReviewItem(record_id=record.id, rank=number, base=number, alike=1, terms=[]))
    given: list[str] = []
    failed: list[BaseException] = []
    start = threading.Barrier(6)

    def work(name: str) -> None:
        try:
            start.wait()
            for turn in range(2):
                with database.write() as session:
                    me = _person(f"{name}-{turn}")
                    taken = queue.take_next(session, me, ALL, None, NOON)
                    if taken:
                        given.append(taken[0].id)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(f"p{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(given) == len(set(given)) == 12


def test_an_alternative_is_chosen_and_remembered(app: App) -> None:
    paper = _read(app, 1)
    record = _record(app, paper)
    row = _field(app, paper, "total")
    others = row.alternatives if row else record.suggestions["total"]
    index = next(i for i, other in enumerate(others) if other["value"] in ("123.40", "900.00"))
    _decide(app, paper, chosen={"total": index})
    set_ = _field(app, paper, "total")
    assert set_ is not None
    assert (set_.value, set_.raw, set_.reader) == (others[index]["value"], others[index]["raw"], "person")
    assert set_.page == others[index]["page"]
    with app.database.read() as session:
        kept = session.scalars(select(Correction).where(Correction.field == "total")).one()
    assert kept.after is not None
    assert kept.after["origin"] == {"from": "suggestion", "index": index, "why": others[index]["why"]}
    for wrong in ({"total": 99}, {"total": -1}, {"nonsense": 0}):
        with pytest.raises(InvalidError):
            _decide(app, paper, chosen=wrong)
    with pytest.raises(InvalidError):
        _decide(app, paper, chosen={"total": 0}, fields={"total": "1.00"})
    with pytest.raises(InvalidError):
        _decide(app, paper, chosen_type=99)


def test_an_acceptance_is_taken_back_with_its_doubts(app: App) -> None:
    paper = _read(app, 1)
    before = _record(app, paper)
    _decide(app, paper, fields={"vendor": "Inna SA"}, accept=True)
    assert _record(app, paper).state == "filed"
    with app.database.write() as session:
        app.decisions.undo(session, WHO, paper, newest(session, paper) or "")
    after = _record(app, paper)
    assert (after.state, after.reason, after.doubts) == ("review", before.reason, before.doubts)
    assert after.confidence == before.confidence
    vendor = _field(app, paper, "vendor")
    assert vendor is not None
    assert vendor.value == "Modra Kuźnia SA"
    assert _queue(app) == [paper]
    with app.database.read() as session:
        assert newest(session, paper) is None  # and cannot be taken back twice


def test_an_acceptance_is_not_taken_back_once_read_again_or_held(app: App) -> None:
    paper = _read(app, 1)
    _decide(app, paper, fields={"total": "123,40"}, accept=True)
    with app.database.write() as session:
        batch = newest(session, paper) or ""
        hold = holds.place_hold(
            session, app.audit, WHO, holds.PlaceHold(matter="M", reason="R", record_ids=(paper,)), NOON
        )
    with app.database.write() as session, pytest.raises(HeldError):
        app.decisions.undo(session, WHO, paper, batch)
    with app.database.write() as session:
        holds.release_hold(session, app.audit, WHO, hold.id, "over", NOON)
    with app.database.write() as session:
        record = session.get_one(Record, paper)
        record.ended_at = app.clock.now()  # it ended once more: read again, put together anew
    with app.database.write() as session, pytest.raises(ConflictError):
        app.decisions.undo(session, WHO, paper, batch)


def test_papers_that_wait_are_looked_at_with_the_lesson(app: App) -> None:
    papers = [_read(app, n) for n in (1, 2, 3)]
    other = _read(app, 4, seller="Inna Firma SA", nip="5252248481")
    _decide(app, papers[2], fields={"currency": "EUR"})  # what a person set stays
    _drain(app)
    _decide(app, papers[0], fields={"total": "123,40", "currency": "PLN"}, accept=True)
    _drain(app)
    assert [_record(app, p).state for p in papers] == ["filed", "filed", "filed"]
    totals = [_field(app, p, "total") for p in papers]
    assert [t.value for t in totals if t] == ["123.40", "223.40", "323.40"]
    mine = _field(app, papers[2], "currency")
    assert mine is not None
    assert mine.value == "EUR"
    assert _record(app, other).state == "review"
    with app.database.read() as session:
        steps = session.scalars(
            select(Step).where(Step.record_id == papers[1], Step.name == "look_again")
        ).all()
    # The lesson of the currency cleared nothing, that of the total did.
    assert [(s.outcome, bool(s.detail["doubts"])) for s in steps] == [("invoice", True), ("filed", False)]


def test_a_second_look_that_comes_twice_changes_nothing(app: App) -> None:
    papers = [_read(app, n) for n in (1, 2)]
    _decide(app, papers[0], fields={"vendor": "Modra Kuźnia w upadłości"})
    _drain(app)
    vendor = _field(app, papers[1], "vendor")
    assert vendor is not None
    assert vendor.value == "Modra Kuźnia w upadłości"
    version = _record(app, papers[1]).row_version
    with app.database.write() as session:
        payload = {"batch": newest(session, papers[0]), "after": ""}
        jobs.enqueue(session, JOB_LOOK_AGAIN, payload, key="twice", now=app.clock.now())
    _drain(app)
    assert _record(app, papers[1]).row_version == version


def test_all_of_it_goes_with_the_record(app: App) -> None:
    paper = _read(app, 1)
    with app.database.write() as session:
        queue.put_off(session, _person("anna"), paper, app.clock.now())
        assert session.scalar(select(func.count()).select_from(ReviewKey))
        destroy(session, app.audit, WHO, paper, now=app.clock.now(), authority={"test": True})
    with app.database.read() as session:
        for model in (ReviewItem, ReviewKey, ReviewSkip, Field):
            assert session.scalar(select(func.count()).select_from(model)) == 0
        assert session.get_one(Record, paper).suggestions == {}
