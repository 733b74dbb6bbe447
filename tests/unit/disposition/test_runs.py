"""Proposing, reviewing, releasing by a second person, carrying out: req 19, 29, 30, 31, 32, 49."""

import json
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select, update

from akta.access.principal import operator, system
from akta.access.roles import GRANTABLE, Right
from akta.audit.models import AuditEntry
from akta.kernel.errors import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    StaleError,
)
from akta.records.models import Duplicate, Record
from retention.disposition.deciding import Decision
from retention.disposition.models import DispositionItem
from retention.disposition.proposing import MOST, Proposal
from retention.disposition.showing import disposition_data, get_disposition, items_data, list_dispositions
from tests.unit.disposition.conftest import BOTH, OVER, Office

TOMORROW = date(2026, 3, 11)


@BOTH
def test_a_run_from_the_due_list_to_the_certificate(office: Office) -> None:
    """req 29: proposed, reviewed, released by a second person, carried out, each in the log."""
    due = [office.paper(f"due {n}") for n in range(3)]
    kept = office.paper("still to be kept", through=date(2030, 12, 31))
    unknown = office.paper("no trigger", through=None)
    run = office.propose()
    with office.app.database.read() as session:
        made = get_disposition(session, office.who("piotr"), run)
        items = items_data(session, office.who("piotr"), made, "en")
    assert sorted(i["record"] for i in items) == sorted(due)
    assert [office.state(r) for r in due] == ["filed"] * 3  # a proposal does nothing
    office.decide(run)
    office.release(run)
    office.execute(run)
    assert [office.state(r) for r in due] == ["destroyed"] * 3
    assert {office.state(kept), office.state(unknown)} == {"filed"}
    assert office.run_state(run) == "done"
    with office.app.database.read() as session:
        acts = session.scalars(
            select(AuditEntry.action)
            .where(AuditEntry.subject == f"disposition:{run}")
            .order_by(AuditEntry.seq)
        ).all()
    assert acts == [f"disposition.{a}" for a in ("proposed", "reviewed", "released", "started", "certified")]


@BOTH
def test_the_due_list_is_a_query_with_day_class_and_domain(office: Office) -> None:
    """req 48: asking changes nothing, and what another run holds is not proposed twice."""
    old = office.paper("old", through=date(2020, 12, 31), class_code="PL-ORD-01", domain="order")
    new = office.paper("new")
    with pytest.raises(InvalidError, match="Nothing"):
        office.propose(domain="lab")
    assert office.item(office.propose(class_code="PL-ORD-01"), old)
    run = office.propose()
    assert office.item(run, new)
    with office.app.database.read() as session:
        assert session.get(DispositionItem, (run, old)) is None
    with pytest.raises(ConflictError, match="another disposition"):
        office.propose(old)
    with pytest.raises(InvalidError, match="Nothing"):
        office.propose(before=date(2019, 1, 1))


@pytest.mark.parametrize("who", ["proposer", "reviewer", "owner", "token", "administrator"])
def test_nobody_releases_what_they_had_a_hand_in(office: Office, who: str) -> None:
    """req 29: not the proposer, no reviewer, no owner, no token of theirs, no administrator of everything."""
    office.add("rita")
    office.add("boss", "officer", "administrator", "auditor", "clerk")
    proposer = "boss" if who == "administrator" else "ola"
    owner = office.ids["piotr"] if who == "owner" else None
    record = office.paper(owner_id=owner)
    run = office.propose(record, by=proposer)
    office.decide(run, by="rita" if who == "reviewer" else proposer)
    by = {"reviewer": "rita", "owner": "piotr", "administrator": "boss"}.get(who, "ola")
    principal = office.who(by)
    if who == "token":
        principal = replace(principal, actor="token:another", name="Program")
    with pytest.raises(ForbiddenError, match="second person"), office.app.database.write() as session:
        office.app.dispositions.release(session, principal, run, office.digest(run))
    assert office.run_state(run) == "proposed"


def test_a_reviewer_of_one_record_stays_one_after_another_looked(office: Office) -> None:
    """req 29: who reviewed a record first is a reviewer still."""
    one, other = office.paper(), office.paper()
    run = office.propose(one, other)
    office.decide(run, "accept", one, by="piotr")
    office.decide(run, "accept", one, other, by="ola")
    with pytest.raises(ForbiddenError, match="You reviewed"):
        office.release(run, by="piotr")


@pytest.mark.parametrize("principal", [system("worker"), operator("root")])
def test_no_nameless_one_proposes_reviews_or_releases(office: Office, principal: object) -> None:
    """req 29: who has no account cannot be told from the second person."""
    record = office.paper()
    run = office.propose(record)
    office.decide(run)
    desk = office.app.dispositions
    with office.app.database.read() as session:
        for act in (
            lambda: desk.propose(session, principal, Proposal("T", "G", records=(record,))),
            lambda: desk.decide(session, principal, run, Decision("accept", (record,))),
            lambda: desk.release(session, principal, run, office.digest(run)),
        ):
            with pytest.raises(ForbiddenError, match="accounts"):
                act()


@BOTH
def test_only_who_sees_every_record_releases(office: Office) -> None:
    office.add("half", accounting=3)
    run = office.propose(office.paper(), office.paper(domain="hr", confidentiality=3))
    office.decide(run)
    with pytest.raises(ForbiddenError, match="may not see"):
        office.release(run, by="half")
    with office.app.database.read() as session:
        seen = list_dispositions(session, office.who("half"), TOMORROW, "en")
        made = get_disposition(session, office.who("half"), run)
        items = items_data(session, office.who("half"), made, "en")
    assert (seen[0]["counts"]["records"], len(items)) == (1, 1)
    office.add("nobody", lab=1)
    with office.app.database.read() as session:
        assert list_dispositions(session, office.who("nobody"), TOMORROW, "en") == []
        with pytest.raises(NotFoundError):
            get_disposition(session, office.who("nobody"), run)


@BOTH
def test_nothing_goes_that_was_not_reviewed(office: Office) -> None:
    """req 30: nothing is approved by itself, and late confirmations are told."""
    one, other = office.paper(), office.paper()
    run = office.propose(one, other)
    with pytest.raises(ConflictError, match="2 of its records"):
        office.release(run)
    office.decide(run, "accept", one)
    with pytest.raises(ConflictError, match="1 of its records"):
        office.release(run)
    with pytest.raises(ConflictError, match="Only a released"):
        office.execute(run)
    office.clock.move(days=15)
    for _ in range(2):
        with office.app.database.write() as session:
            office.app.dispositions.note_overdue(session)
    with office.app.database.read() as session:
        late = list_dispositions(
            session, office.who("piotr"), office.app.dispositions.today, "en", overdue=True
        )
        told = session.scalars(select(AuditEntry).where(AuditEntry.action == "disposition.overdue")).all()
    assert ([made["id"] for made in late], len(told)) == ([run], 1)
    assert office.run_state(run) == "proposed"


def test_a_release_is_for_the_list_that_was_seen(office: Office) -> None:
    """req 31: another hash, an edited list or a changed reason is not what was looked at."""
    one, other = office.paper(), office.paper()
    run = office.propose(one, other)
    office.decide(run)
    seen = office.digest(run)
    office.decide(run, "exclude", other, reason="the auditor asked for it")
    with pytest.raises(StaleError, match="not the one that you saw"):
        office.release(run, digest=seen)
    office.release(run)
    office.decide(run, "exclude", other, reason="another reason")
    assert office.run_state(run) == "proposed"
    with pytest.raises(ConflictError, match="Only a released"):
        office.execute(run)


@pytest.mark.parametrize(
    "change",
    [
        {"retain_through": date(2025, 11, 30)},
        {"class_code": "PL-ACC-02"},
        {"confidentiality": 1, "retention": {"outcome": "until", "rule": "X", "action": "destroy"}},
    ],
)
def test_facts_that_changed_after_the_review_stop_the_release(
    office: Office, change: dict[str, object]
) -> None:
    """req 31."""
    record = office.paper()
    run = office.propose(record)
    office.decide(run)
    with office.app.database.write() as session:
        session.execute(update(Record).where(Record.id == record).values(**change))
    with pytest.raises(StaleError, match="changed after it was reviewed"):
        office.release(run)
    office.decide(run, "accept", record)
    office.release(run)


def test_a_review_keeps_longer_moves_or_leaves_out(office: Office) -> None:
    one, other, third = office.paper(), office.paper(), office.paper()
    run = office.propose(one, other, third)
    office.decide(run, "extend", one, reason="a claim may come", until=date(2030, 6, 30))
    office.decide(run, "relabel", other, reason="it is a ledger", class_code="PL-ACC-02")
    office.decide(run, "exclude", third, reason="the museum wants it")
    with office.app.database.read() as session:
        assert session.get_one(Record, one).retain_through == date(2030, 6, 30)
        assert session.get_one(Record, other).class_code == "PL-ACC-02"
    with pytest.raises(ConflictError, match="Nothing in it was accepted"):
        office.release(run)
    with office.app.database.write() as session:
        office.app.dispositions.cancel(session, office.who("ola"), run, "nothing is left")
    assert office.run_state(run) == "cancelled"


@pytest.mark.parametrize(
    "said",
    [
        Decision("burn"),
        Decision("exclude"),
        Decision("extend", reason="r"),
        Decision("extend", reason="r", until=date(2020, 1, 1)),
        Decision("relabel", reason="r"),
        Decision("relabel", reason="r", class_code="NO-SUCH"),
        Decision("accept", action="sell"),
        Decision("accept", ("0" * 26,)),
        Decision("accept", ()),
    ],
)
def test_a_decision_that_makes_no_sense_is_told(office: Office, said: Decision) -> None:
    run = office.propose(office.paper())
    with pytest.raises((InvalidError, NotFoundError)), office.app.database.write() as session:
        office.app.dispositions.decide(session, office.who("ola"), run, said)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"through": None}, "not known"),
        ({"through": date(2030, 1, 1)}, "must still be kept"),
        ({"retention_state": "permanent", "retain_through": None}, "for ever"),
        ({"state": "review"}, "not in the files"),
        ({"held": True}, "hold"),
    ],
)
def test_what_is_not_due_cannot_be_proposed(office: Office, values: dict[str, object], message: str) -> None:
    record = office.paper(**values)  # type: ignore[arg-type]
    with pytest.raises(InvalidError, match=message):
        office.propose(record)


def test_bounds_and_strangers(office: Office) -> None:
    office.add("clerk", "clerk")
    office.add("auditor", "auditor")
    record = office.paper()
    for login in ("clerk", "auditor"):
        with pytest.raises(ForbiddenError):
            office.propose(record, by=login)
    with pytest.raises(InvalidError, match="at most"):
        office.propose(*(f"{n:026}" for n in range(MOST + 1)))
    with pytest.raises(NotFoundError):
        office.propose("0" * 26)
    with pytest.raises(InvalidError, match="past"):
        office.propose(record, confirm_by=date(2020, 1, 1))
    with pytest.raises(InvalidError, match="title"), office.app.database.write() as session:
        office.app.dispositions.propose(session, office.who("ola"), Proposal("", "g"))


def test_a_rule_that_ends_in_review_needs_a_person_s_word(office: Office) -> None:
    """req 32: BE and the like are never destroyed without somebody who decides and says why."""
    record = office.paper(action="review")
    run = office.propose(record)
    with pytest.raises(InvalidError, match="leaves it to you"):
        office.decide(run)
    with pytest.raises(InvalidError, match="say why"):
        office.decide(run, action="destroy")
    office.decide(run, action="destroy", reason="nobody needs the applications any more")
    office.release(run)
    office.execute(run)
    assert office.state(record) == "destroyed"


def test_polish_public_papers_need_both_conditions(office: Office) -> None:
    """req 32: Bn needs the archive's consent and the body's declaration of lost value."""
    record = office.paper(more={"needs": ["archive_consent", "declared_no_value"]})
    run = office.propose(record)
    office.decide(run)
    desk, ola = office.app.dispositions, office.who("ola")
    with pytest.raises(ConflictError, match="Consent of the state archive"):
        office.release(run)
    with pytest.raises(InvalidError), office.app.database.write() as session:
        desk.record_consent(session, ola, run, "archive_consent", "  ")
    with office.app.database.write() as session:
        desk.record_consent(session, ola, run, "archive_consent", "AP Kraków, zgoda 12/2026")
    with pytest.raises(ConflictError, match="lost their value"):
        office.release(run)
    with office.app.database.write() as session:
        desk.record_consent(session, ola, run, "declared_no_value", "oświadczenie z 1.03.2026")
    office.release(run)
    office.execute(run)
    assert office.state(record) == "destroyed"
    body = json.loads(office.certificate(run))["certificate"]
    assert body["consents"]["archive_consent"]["reference"] == "AP Kraków, zgoda 12/2026"


def test_category_a_is_never_destroyed(office: Office) -> None:
    """req 32: it is handed over, and nothing goes before the one who took it confirmed it."""
    record = office.paper(action="transfer")
    run = office.propose(record)
    with pytest.raises(ConflictError, match="does not end in this"):
        office.decide(run, action="destroy", reason="no room")
    office.decide(run)
    with pytest.raises(ConflictError, match="confirmed"):
        office.release(run)
    with pytest.raises(InvalidError, match="package"), office.app.database.write() as session:
        office.app.dispositions.record_consent(session, office.who("ola"), run, "archive_receipt", "x")
    assert office.state(record) == "filed"


def test_a_part_ends_before_its_file(office: Office) -> None:
    """req 19: a penalty note goes while the file it lies in stays; where its bytes still are is told."""
    file = office.paper("the file", through=date(2060, 1, 1))
    note = office.paper("the note", parent_id=file, depth=1)
    run = office.let_go(note)
    assert (office.state(file), office.state(note)) == ("filed", "destroyed")
    assert office.item(run, note).remains == [{"why": "inside", "record": file}]
    assert json.loads(office.certificate(run))["certificate"]["items"][0]["remains"]


@BOTH
def test_a_chain_of_corrections_is_kept_with_its_longest(office: Office) -> None:
    """req 49: the invoice stays while the correction of its correction must be kept."""
    first = office.paper("FV/1", fields={"invoice_number": "FV/1", "vendor_nip": "5260250274"})
    second = office.paper("K/1", fields={"invoice_number": "K/1", "corrected_number": "FV/1"})
    third = office.paper(
        "K/2", through=date(2031, 1, 1), fields={"invoice_number": "K/2", "corrected_number": "K/1"}
    )
    stranger = office.paper("FV/1", fields={"invoice_number": "FV/1", "vendor_nip": "1132191233"})
    run = office.propose(first, second, stranger)
    office.decide(run)
    office.release(run)
    office.execute(run)
    assert {r: office.item(run, r).failure for r in (first, second)} == dict.fromkeys(
        (first, second), "chain"
    )
    assert office.state(third) == "filed"
    with office.app.database.write() as session:
        session.get_one(Record, third).retain_through = OVER
    again = office.let_go(first, second, third)
    assert {office.state(r) for r in (first, second, third)} == {"destroyed"}, again


def test_a_confirmed_copy_is_kept_with_its_twin(office: Office) -> None:
    """req 49: what people found to be one paper goes together."""
    one, twin = sorted([office.paper("one"), office.paper("twin")])
    with office.app.database.write() as session:
        session.get_one(Record, twin).retain_through = date(2031, 1, 1)
        session.add(Duplicate(first_id=one, second_id=twin, found_at=office.clock.now(), state="confirmed"))
    run = office.let_go(one)
    assert office.item(run, one).failure == "chain"


def test_the_page_of_a_run_tells_all_that_is_needed_to_release_it(office: Office) -> None:
    run = office.propose(office.paper(more={"needs": ["archive_consent"]}))
    office.decide(run)
    with office.app.database.read() as session:
        made = get_disposition(session, office.who("piotr"), run)
        data = disposition_data(session, office.who("piotr"), made, TOMORROW, "pl")
    assert data["digest"] == office.digest(run)
    assert data["needs"][0]["text"] == "Zgoda archiwum państwowego"
    assert data["proposed_by"] == "Ola"


def test_rejected_advertisements_go_by_the_same_way(office: Office) -> None:
    record = office.paper(state="rejected", retention=None, retention_state=None, retain_through=None)
    office.let_go(record)
    assert office.state(record) == "destroyed"


def test_nobody_else_destroys(office: Office) -> None:
    """req 29, 22: the only ways to destruction are those of disposition; no right alone opens them."""
    assert Right.DISPOSE in office.who("ola").rights
    assert set(office.who("ola").levels) == set(GRANTABLE)
    from akta.bootstrap import ROOT

    callers = [
        path
        for room in ("akta", "api", "ingest", "indexer", "workflows", "retention")
        for path in (ROOT / room).rglob("*.py")
        if "akta.records.destruction import" in path.read_text("utf-8")
    ]
    assert {str(p.relative_to(ROOT)) for p in callers} <= {
        "retention/disposition/destroying.py",
        "retention/disposition/executing.py",
        "retention/disposition/replaying.py",
    }
