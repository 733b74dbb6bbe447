"""A merge can always be taken back, and then everything is as if it had never been."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from akta.audit.log import AuditLog
from akta.audit.models import AuditEntry
from akta.db.engine import Database
from akta.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from akta.records.destruction import destroy
from akta.records.guard import HeldError
from akta.records.models import Hold, HoldItem, Record
from akta.records.parties.models import Party, PartyBlock, PartyMark, PartyMerge, PartyPair, RecordParty
from akta.records.parties.suggestions import list_suggestions
from akta.records.parties.visible import list_parties, party_detail
from ingest.parties.deciding import PartyDecisions
from tests.conftest import NOON, SetClock, principal
from tests.unit.parties.register import ACCOUNT, NIPS, everything, groups, paper, root

CLERK = principal("clerk")
NAMES = ("Alfa Trade", "Beta Handel", "Gamma Transport", "Delta Budowa", "Epsilon Serwis")


@pytest.fixture
def decisions(audit: AuditLog, clock: SetClock) -> PartyDecisions:
    return PartyDecisions(audit, clock)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_merges_taken_back_in_any_order_leave_no_trace(
    data: st.DataObject, database: Database, audit: AuditLog, decisions: PartyDecisions
) -> None:
    with database.write() as session:
        for model in (PartyPair, PartyBlock, PartyMark, RecordParty, Party, PartyMerge):
            for row in session.scalars(select(model)):
                session.delete(row)
            session.flush()
        papers = [paper(session, audit, name) for name in NAMES]
        before = everything(session)
        merges = []
        for _ in range(data.draw(st.integers(1, 4))):
            into, *others = data.draw(st.permutations(papers))[: data.draw(st.integers(2, 4))]
            roots = {root(session, r) for r in others} - {root(session, into)}
            if roots:
                merged = decisions.merge(session, CLERK, root(session, into), sorted(roots), "")
                merges.append(merged.id)
                assert len({root(session, r) for r in (into, *others)}) == 1
        for merge_id in data.draw(st.permutations(merges)):
            decisions.undo(session, CLERK, merge_id)
        assert everything(session) == before
        assert len(groups(session)) == len(NAMES)


def test_papers_that_came_meanwhile_go_with_the_party_they_name(
    database: Database, audit: AuditLog, decisions: PartyDecisions
) -> None:
    with database.write() as session:
        a, b = paper(session, audit, "Alfa Trade"), paper(session, audit, "Beta Handel", NIPS[0])
        row = decisions.merge(session, CLERK, root(session, a), [root(session, b)], "one owner")
        c = paper(session, audit, "BETA HANDEL Sp. z o.o.", NIPS[0])
        d = paper(session, audit, "alfa trade")
        assert groups(session) == {frozenset({a, b, c, d})}
        decisions.undo(session, CLERK, row.id)
        assert groups(session) == {frozenset({a, d}), frozenset({b, c})}
        with pytest.raises(ConflictError):
            decisions.undo(session, CLERK, row.id)
    with database.read() as session:
        actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.seq)).all()
        assert [a for a in actions if a.startswith("party.")] == ["party.merged", "party.merge_undone"]


def test_a_link_of_akta_that_a_person_took_back_is_not_made_again(
    database: Database, audit: AuditLog, decisions: PartyDecisions
) -> None:
    with database.write() as session:
        a = paper(session, audit, "Alfa Trade", NIPS[0], bank_account=ACCOUNT)
        b = paper(session, audit, "Alfa Trade")
        assert root(session, a) == root(session, b)
        (merge,) = party_detail(session, CLERK, root(session, a))["merges"]
        assert merge["kind"] == "link"
        decisions.undo(session, CLERK, merge["id"])
        c = paper(session, audit, "ALFA TRADE", bank_account=ACCOUNT)
        assert root(session, c) == root(session, b) != root(session, a)
        assert list_suggestions(session, CLERK)[0] == []


def test_kept_apart_is_not_suggested_again(
    database: Database, audit: AuditLog, decisions: PartyDecisions
) -> None:
    with database.write() as session:
        a, b = paper(session, audit, "Hurtownia Alfa"), paper(session, audit, "Hurtownia Alba")
        assert len(list_suggestions(session, CLERK)[0]) == 1
        decisions.keep_apart(session, CLERK, root(session, a), root(session, b))
        assert list_suggestions(session, CLERK)[0] == []
        paper(session, audit, "Hurtownia Alfa S.A.", vendor_address="00-950 Warszawa")
        paper(session, audit, "Hurtownia Alba", vendor_address="00-950 Warszawa")
        assert list_suggestions(session, CLERK)[0] == []
        assert root(session, a) != root(session, b)


def test_a_spelling_can_be_split_off_and_put_back(
    database: Database, audit: AuditLog, decisions: PartyDecisions
) -> None:
    with database.write() as session:
        a = paper(session, audit, "Alfa Trade", NIPS[0])
        b = paper(session, audit, "Zeta Obca", NIPS[0])  # its number was misread
        version = session.get_one(Record, b).row_version
        before = everything(session)
        row = decisions.split(session, CLERK, root(session, a), "ZETA OBCA Sp. z o.o.", "another firm")
        assert root(session, a) != root(session, b)
        assert session.get_one(Record, b).row_version == version + 1  # the index is told
        c = paper(session, audit, "Zeta Obca", NIPS[0])
        assert root(session, c) == root(session, b)
        decisions.undo(session, CLERK, row.id)
        assert groups(session) == {frozenset({a, b, c})}
        from ingest.parties.recognise import attach_parties

        attach_parties(session, audit, c, {}, NOON)
        assert everything(session) == before
        with pytest.raises(NotFoundError):
            decisions.split(session, CLERK, root(session, a), "Nikt Taki")
        d = paper(session, audit, "Samotna Firma")
        with pytest.raises(ConflictError):
            decisions.split(session, CLERK, root(session, d), "Samotna Firma")


def test_a_hold_stops_a_split_but_no_merge(
    database: Database, audit: AuditLog, decisions: PartyDecisions
) -> None:
    with database.write() as session:
        a, b = paper(session, audit, "Alfa Trade", NIPS[0]), paper(session, audit, "Alfa Obca", NIPS[0])
        c = paper(session, audit, "Gamma Transport")
        hold = Hold(id="h" * 26, matter="M", reason="R", placed_by="x", placed_at=NOON)
        session.add(hold)
        session.flush()
        session.add(HoldItem(hold_id=hold.id, record_id=b, added_at=NOON, active=True))
        session.get_one(Record, b).held = True
        session.flush()
        decisions.merge(session, CLERK, root(session, a), [root(session, c)])
        with pytest.raises(HeldError):
            decisions.split(session, CLERK, root(session, a), "Alfa Obca")


def test_who_may_not_see_a_party_can_do_nothing_with_it(
    database: Database, audit: AuditLog, decisions: PartyDecisions
) -> None:
    books = principal("clerk", levels={"accounting": 1})
    with database.write() as session:
        a = paper(session, audit, "Alfa Trade", NIPS[0])
        paper(session, audit, "Alfa Tajna", NIPS[0], confidentiality=2)
        hidden = paper(session, audit, "Gamma Transport", domain="order")
        (shown,) = list_parties(session, books)[0]
        assert [s["name"] for s in shown["spellings"]] == ["Alfa Trade"]
        assert shown["papers"] == 1
        assert list_parties(session, books, "tajna")[0] == []
        assert list_parties(session, books, "gamma")[0] == []
        assert [p["papers"] for p in list_parties(session, books, NIPS[0])[0]] == [1]
        told = party_detail(session, books, root(session, a))
        assert "Tajna" not in repr(told)
        assert told["identifiers"] == [{"kind": "nip", "value": NIPS[0], "papers": 1}]
        for act in (
            lambda: party_detail(session, books, root(session, hidden)),
            lambda: decisions.merge(session, books, root(session, a), [root(session, hidden)]),
            lambda: decisions.rename(session, books, root(session, hidden), "X"),
            lambda: decisions.split(session, books, root(session, a), "Alfa Tajna"),
            lambda: decisions.keep_apart(session, books, root(session, a), root(session, hidden)),
        ):
            with pytest.raises(NotFoundError):
                act()
        row = decisions.merge(session, CLERK, root(session, a), [root(session, hidden)])
        assert party_detail(session, books, root(session, a))["merges"] == []
        assert [p["name"] for p in list_parties(session, books)[0]] == ["Alfa Trade"]
        with pytest.raises(NotFoundError):
            decisions.undo(session, books, row.id)
        with pytest.raises(ForbiddenError):
            decisions.undo(session, principal("staff"), row.id)


def test_a_given_name_is_shown_and_found(
    database: Database, audit: AuditLog, decisions: PartyDecisions
) -> None:
    with database.write() as session:
        a = paper(session, audit, "PKN 0RLEN SA", NIPS[3])
        decisions.rename(session, CLERK, root(session, a), "  Orlen\u202e  (stacje) ")
        (shown,) = list_parties(session, CLERK, "stacje")[0]
        assert shown["name"] == "Orlen (stacje)"
        decisions.rename(session, CLERK, root(session, a), "")
        assert list_parties(session, CLERK, "stacje")[0] == []
        with pytest.raises(InvalidError):
            decisions.rename(session, CLERK, root(session, a), "x" * 301)
        with pytest.raises(InvalidError):
            decisions.rename(session, CLERK, root(session, a), "!!")


def test_what_only_a_destroyed_paper_said_goes_with_it(
    database: Database, audit: AuditLog, decisions: PartyDecisions
) -> None:
    officer = principal("officer")

    def burn(record: str) -> None:
        destroy(session, audit, officer, record, now=NOON, authority={})
        session.flush()

    with database.write() as session:
        a = paper(session, audit, "Alfa Trade", NIPS[0], bank_account=ACCOUNT)
        b = paper(session, audit, "Alfa Dawna", NIPS[0])
        c = paper(session, audit, "Gamma Transport")
        decisions.merge(session, CLERK, root(session, c), [root(session, a)])
        burn(a)
        assert "trade" not in repr(everything(session)).casefold()
        assert ACCOUNT not in repr(everything(session))
        burn(c)  # the root: what was merged into it stays whole
        told = party_detail(session, CLERK, root(session, b))
        assert [s["name"] for s in told["spellings"]] == ["Alfa Dawna"]
        assert "gamma" not in repr(everything(session)).casefold()
        burn(b)
        assert all(not rows for rows in everything(session).values())
        assert session.scalars(select(PartyMerge)).all() == []


def test_what_was_split_off_goes_as_well(
    database: Database, audit: AuditLog, decisions: PartyDecisions
) -> None:
    with database.write() as session:
        a, b = paper(session, audit, "Alfa Trade", NIPS[0]), paper(session, audit, "Alfa Obca", NIPS[0])
        decisions.split(session, CLERK, root(session, a), "Alfa Obca")
        for record in (a, b):
            destroy(session, audit, principal("officer"), record, now=NOON, authority={})
        session.flush()
        assert all(not rows for rows in everything(session).values())
