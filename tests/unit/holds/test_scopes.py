"""What holds reach: records, cases, parties and queries, now and later."""

import pytest
from sqlalchemy import func, select

from akta.events.models import Job
from akta.kernel.errors import AktaError, ConflictError, InvalidError, NotFoundError
from akta.records.guard import HeldError, lock_for_change
from akta.records.holds import HoldFound, HoldItem, HoldPending, HoldSearch
from akta.records.models import PageText, Record
from akta.records.views import summary
from retention.holds.covering import digest_of
from retention.holds.listing import evidence
from retention.holds.scopes import Scope
from tests.conftest import principal
from tests.unit.holds.conftest import OFFICER, HoldDesk


def test_many_holds_on_a_record_and_the_last_release_frees_it(desk: HoldDesk) -> None:
    """req 21"""
    record = desk.paper("umowa")
    first, second = desk.place(record), desk.place(record)
    desk.release(first)
    assert desk.held(record) == [True]
    assert "under legal hold" in desk.destroy(record)
    desk.release(second)
    assert desk.held(record) == [False]


def test_a_case_covers_children_and_what_is_filed_later(desk: HoldDesk) -> None:
    """req 24"""
    case = desk.case("spor")
    mail = desk.paper("mail", case_id=case)
    attached = desk.paper("zalacznik", parent_id=mail, depth=1)
    other = desk.paper("inny")
    hold = desk.place(case_ids=(case,))
    assert desk.held(mail, attached, other) == [True, True, False]
    assert {i.how for i in desk.items(hold).values()} == {"case", "inside"}
    later = desk.paper("pozniej", case_id=case)
    with pytest.raises(HeldError), desk.app.database.write() as session:
        lock_for_change(session, later)  # before any job has written it down
    assert desk.destroy(later)
    desk.drain()
    assert desk.held(later) == [True]
    desk.touch(other, case_id=case)  # moved into the case
    assert desk.destroy(other)
    desk.drain()
    assert desk.held(other) == [True]


def test_a_party_covers_all_its_names_also_those_merged_later(desk: HoldDesk) -> None:
    """req 24"""
    one, two = desk.paper("orlen"), desk.paper("pkn")
    leaf, alias = desk.party("orlen", one), desk.party("pkn", two)
    desk.place(party_ids=(leaf,))
    assert desk.held(one, two) == [True, False]
    three = desk.paper("orlen znow")
    desk.names(three, leaf)
    assert desk.destroy(three)
    desk.drain()
    assert desk.held(three) == [True]
    with desk.app.database.write() as session:
        desk.app.party_decisions.merge(session, principal("clerk"), leaf, [alias])
    assert desk.destroy(two)
    desk.drain()
    assert desk.held(two) == [True]


def test_a_query_catches_what_is_there_and_what_comes_later(desk: HoldDesk) -> None:
    """req 24"""
    old, other = desk.paper("faktura alfa"), desk.paper("umowa beta")
    desk.drain()
    hold = desk.place(queries=("faktura",))
    assert desk.held(old, other) == [True, False]
    new, quiet = desk.paper("faktura gamma"), desk.paper("notatka")
    assert "not yet looked" in desk.destroy(new)
    assert "not yet looked" in desk.destroy(quiet)  # nobody knows yet
    desk.drain()
    assert desk.held(new, quiet) == [True, False]
    assert desk.destroy(quiet) == ""
    with desk.app.database.write() as session:  # what it says changed
        row = session.get_one(PageText, (other, 1))
        row.text = "faktura beta"
    desk.touch(other)
    desk.drain()
    assert desk.held(other) == [True]
    assert {i: item.how for i, item in desk.items(hold).items()} == dict.fromkeys((old, new, other), "query")
    assert desk.log(hold).count("hold.caught") == 2


def test_an_identifier_that_only_looks_like_it_is_not_caught(desk: HoldDesk) -> None:
    desk.paper("FV/2026/0311")
    desk.drain()
    hold = desk.place(queries=("FV/2026/0312",))
    desk.paper("FV/2026/0313")
    desk.drain()
    assert desk.items(hold) == {}


def test_what_nobody_can_read_is_kept_until_it_is_read(desk: HoldDesk) -> None:
    """req 24"""
    dark = desk.paper("skan", state="quarantined")
    failed = desk.paper("skan 2")
    with desk.app.database.write() as session:
        session.get_one(PageText, (failed, 1)).outcome = "failed"
    desk.drain()
    hold = desk.place(queries=("tajemnica",))
    assert desk.held(dark, failed) == [False, False]
    assert "could not be read" in desk.destroy(failed)
    later = desk.paper("skan 3", state="rejected")
    with desk.app.database.write() as session:
        session.get_one(PageText, (later, 1)).outcome = "failed"
    desk.drain()
    assert desk.destroy(later)
    with desk.app.database.write() as session:  # it may be read on: nothing of it is frozen
        lock_for_change(session, failed)
        row = session.get_one(PageText, (failed, 1))
        row.outcome, row.text = "recognised", "zwykle pismo"
        row = session.get_one(PageText, (dark, 1))
        row.outcome, row.text = "recognised", "tajemnica"
    desk.touch(failed)
    desk.touch(dark, state="filed")
    desk.drain()
    assert desk.held(dark, failed) == [True, False]
    assert desk.destroy(failed) == ""
    assert desk.items(hold)[dark].how == "query"


def test_a_paper_that_is_being_read_waits_to_be_held_against_the_query(desk: HoldDesk) -> None:
    """req 24"""
    desk.place(queries=("tajemnica",))
    paper = desk.paper("x", state="received")
    with desk.app.database.write() as session:
        session.query(Job).filter(Job.kind == "ingest.process").delete()
    desk.drain()
    with desk.app.database.read() as session:
        assert session.get(HoldPending, paper) is not None
    desk.touch(paper, state="filed")
    assert desk.destroy(paper)
    desk.drain()
    assert desk.destroy(paper) == ""


def test_the_search_is_frozen_as_evidence(desk: HoldDesk) -> None:
    """req 25"""
    papers = sorted(desk.paper(f"faktura {n}") for n in range(3))
    desk.drain()
    hold = desk.place(queries=("faktura",))
    desk.paper("faktura pozniej")
    desk.drain()
    with desk.app.database.read() as session:
        told = evidence(session, OFFICER, hold)
        (search,) = told["searches"]
        rows = [(item["record"], item["sha256"]) for item in told["items"]]
        bytes_of = {i: session.get_one(Record, i).sha256 for i in papers}
        half = evidence(session, principal("officer", levels={"hr": 3}), hold)
    assert [i for i, _ in rows] == papers
    assert dict(rows) == bytes_of
    assert (search["query"], search["found"], search["complete"]) == ("faktura", 3, True)
    assert search["digest"] == digest_of(rows)
    assert half["items"] == []
    assert half["searches"][0]["found"] == 0


def test_a_query_reaches_what_its_officer_may_see(desk: HoldDesk) -> None:
    secret = desk.paper("faktura tajna", domain="hr", confidentiality=3)
    desk.drain()
    half = principal("officer", levels={"accounting": 3})
    hold = desk.place(queries=("faktura",), who=half)
    assert desk.held(secret) == [False]
    desk.extend(hold, queries=("faktura",))
    assert desk.held(secret) == [True]


def test_while_a_hold_is_being_placed_nothing_is_destroyed(desk: HoldDesk) -> None:
    """req 22, req 23"""
    record = desk.paper("obcy")
    case = desk.case("spor")
    hold = desk.place(case_ids=(case,), run=False)
    assert desk.hold(hold).state == "placing"
    assert "being placed" in desk.destroy(record)
    desk.drain()
    assert desk.hold(hold).state == "active"
    assert desk.destroy(record) == ""


def test_the_job_begun_again_goes_on_and_the_index_must_be_whole(
    desk: HoldDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    papers = [desk.paper(f"faktura {n}") for n in range(5)]
    desk.drain()
    desk.app.index.engine.apply((), [(papers[0], 99)])  # lost from the index
    monkeypatch.setattr("retention.holds.placer.BATCH", 2)
    hold = desk.place(queries=("faktura",), run=False)
    desk.drain()
    assert desk.hold(hold).state == "placing"
    assert desk.destroy(desk.paper("x"))
    desk.app.index.rebuild()
    desk.clock.move(hours=1)
    real = desk.app.hold_placer._cover
    died = []

    def dies(*args: object, **values: object) -> None:
        real(*args, **values)  # type: ignore[arg-type]
        if not died:
            died.append(1)
            raise RuntimeError("killed")

    monkeypatch.setattr(desk.app.hold_placer, "_cover", dies)
    desk.drain()
    desk.clock.move(hours=1)
    desk.drain()
    assert died
    assert desk.hold(hold).state == "active"
    assert desk.held(*papers) == [True] * 5
    with desk.app.database.read() as session:
        assert session.scalar(select(func.count()).select_from(HoldSearch)) == 1
        assert session.scalar(select(func.count()).select_from(HoldFound)) == 5
        assert session.scalar(select(func.count()).select_from(HoldItem)) == 5


def test_a_preview_counts_and_writes_nothing(desk: HoldDesk) -> None:
    case = desk.case("spor")
    desk.place(desk.paper("faktura a"))
    desk.paper("faktura b", case_id=case, class_code="PL-ACC-08")
    child = desk.paper("zal", parent_id=desk.paper("faktura c", domain="hr", confidentiality=2))
    desk.drain()
    with desk.app.database.snapshot() as session:
        told = desk.app.holds.preview(session, OFFICER, Scope(queries=("faktura",)), summary)
        assert (told["records"], told["already_held"], told["destroyed"]) == (4, 1, 0)
        assert told["by_domain"] == {"accounting": 3, "hr": 1}
        assert told["by_class"]["PL-ACC-08"] == 1
        assert child in {s["id"] for s in told["sample"]}
        assert told["out_of_reach"] == []
        of_case = desk.app.holds.preview(session, OFFICER, Scope(case_ids=(case,)), summary)
        assert of_case["records"] == 1
        half = principal("officer", levels={"accounting": 3})
        seen = desk.app.holds.preview(session, half, Scope(queries=("faktura",)), summary)
        assert seen["records"] == 2
        assert "hr" in seen["out_of_reach"]
        assert session.scalar(select(func.count()).select_from(HoldItem)) == 1
        with pytest.raises(InvalidError):
            desk.app.holds.preview(session, OFFICER, Scope(), summary)


def test_extending(desk: HoldDesk) -> None:
    """req 21"""
    one, two = desk.paper("a"), desk.paper("b")
    hold = desk.place(one)
    desk.extend(hold, two)
    assert desk.held(two) == [True]
    desk.release(hold, two)
    assert desk.held(one, two) == [True, False]
    desk.extend(hold, two)
    assert desk.held(two) == [True]
    with pytest.raises(InvalidError):
        desk.extend(hold)
    with pytest.raises(NotFoundError):
        desk.extend(hold, "0" * 26)
    with pytest.raises(AktaError, match="query"):
        desk.place(queries=("(",))
    desk.release(hold)
    with pytest.raises(ConflictError):
        desk.extend(hold, one)


def test_records_released_by_hand_are_not_caught_again(desk: HoldDesk) -> None:
    paper = desk.paper("faktura")
    desk.drain()
    hold = desk.place(queries=("faktura",))
    desk.release(hold, paper)
    desk.touch(paper, title="faktura 2")
    desk.drain()
    assert desk.held(paper) == [False]
    assert desk.items(hold)[paper].released_by == OFFICER.actor
