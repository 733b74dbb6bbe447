"""Papers come in any order and spelling; parties are one where something says so."""

import itertools

import pytest
from sqlalchemy import func, select

from akta.audit.log import AuditLog
from akta.db.engine import Database
from akta.records.parties.models import Party, PartyPair
from akta.records.parties.suggestions import list_suggestions
from ingest.parties.recognise import attach_parties
from tests.conftest import NOON, principal
from tests.unit.parties.register import ACCOUNT, NIPS, groups, paper, root

CLERK = principal("clerk")


def test_one_number_under_many_spellings(database: Database, audit: AuditLog) -> None:
    with database.write() as session:
        a = paper(session, audit, "ORLEN S.A.", NIPS[3])
        b = paper(session, audit, "Polski Koncern Naftowy", "774-000-14-54")
        assert root(session, a) == root(session, b)


def test_a_number_learnt_later_joins_the_name(database: Database, audit: AuditLog) -> None:
    with database.write() as session:
        early = paper(session, audit, "Hurtownia Alfa")
        late = paper(session, audit, "Hurtownia ALFA Sp. z o.o.", NIPS[0])
        after = paper(session, audit, "hurtownia alfa")
        assert len({root(session, r) for r in (early, late, after)}) == 1
        assert session.get_one(Party, root(session, early)).nip == NIPS[0]


@pytest.mark.parametrize("order", [*itertools.permutations(range(5))][::9])
def test_a_name_that_two_numbers_bear_belongs_to_neither(
    database: Database, audit: AuditLog, order: tuple[int, ...]
) -> None:
    papers = [
        ("Alfa Trade", NIPS[0], {}),
        ("Alfa Trade", NIPS[1], {}),
        ("Alfa Trade", "", {}),
        ("Beta Handel", NIPS[2], {"bank_account": ACCOUNT}),
        ("Beta Handel Polska", "", {"bank_account": ACCOUNT}),
    ]
    with database.write() as session:
        made = {n: paper(session, audit, papers[n][0], papers[n][1], **papers[n][2]) for n in order}
        told = {frozenset(n for n, r in made.items() if r in group) for group in groups(session)}
        assert told == {frozenset({0}), frozenset({1}), frozenset({2}), frozenset({3, 4})}
        pairs = list_suggestions(session, CLERK)[0]
        assert len(pairs) == 2  # the nameless one, likely either


def test_people_are_not_one_by_name(database: Database, audit: AuditLog) -> None:
    with database.write() as session:
        a, b = (
            paper(session, audit, "", employee="Jan Kowalski", birth_date=born, domain="hr")
            for born in ("1980-01-01", "1990-02-02")
        )
        assert root(session, a, "employee") != root(session, b, "employee")
        assert list_suggestions(session, CLERK)[0] == []
        c = paper(session, audit, "", employee="KOWALSKI Jan", birth_date="1980-01-01", domain="hr")
        assert root(session, c, "employee") not in (
            root(session, a, "employee"),
            root(session, b, "employee"),
        )
        (pair,) = list_suggestions(session, CLERK)[0]
        assert {p["id"] for p in pair["parties"]} == {
            root(session, a, "employee"),
            root(session, c, "employee"),
        }
        assert pair["shared"] == ["birth"]


def test_one_pesel_is_one_person(database: Database, audit: AuditLog) -> None:
    with database.write() as session:
        a = paper(session, audit, "", employee="Anna Nowak", pesel="44051401359", domain="hr")
        b = paper(session, audit, "", patient="NOWAK ANNA", pesel="44051401359", domain="lab")
        assert root(session, a, "employee") == root(session, b, "patient")
        keys = session.scalars(select(Party.key)).all()
        assert not any("44051401359" in key for key in keys)


def test_ocr_slips_need_a_second_sign_where_names_are_short(database: Database, audit: AuditLog) -> None:
    with database.write() as session:
        a = paper(session, audit, "Zakład Remontowy Zenit", vendor_address="ul. Prosta 1, 00-950 Warszawa")
        b = paper(session, audit, "Zaklad Remontowy Zeniit", vendor_address="Prosta 1 00-950 WARSZAWA")
        c = paper(session, audit, "Zaklad Remontowy Zeniit", vendor_address="ul. Inna 2, 31-001 Kraków")
        assert root(session, a) == root(session, b) == root(session, c)
        d = paper(session, audit, "Zakład Remontowy Zenitt", vendor_address="ul. Inna 2, 80-001 Gdańsk")
        assert root(session, d) != root(session, a)
        assert len(list_suggestions(session, CLERK)[0]) == 1


def test_reading_again_leaves_nothing_of_what_was_misread(database: Database, audit: AuditLog) -> None:
    with database.write() as session:
        record = paper(session, audit, "A1fa Tr@de", buyer="Beta Sp. z o.o.")
        attach_parties(session, audit, record, {"vendor": "Alfa Trade"}, NOON)
        assert session.scalar(select(func.count()).select_from(Party)) == 1
        attach_parties(session, audit, record, {}, NOON)
        assert session.scalar(select(func.count()).select_from(Party)) == 0


def test_numbers_of_the_sender_stay_where_only_fields_were_corrected(
    database: Database, audit: AuditLog
) -> None:
    with database.write() as session:
        a = paper(session, audit, "Kedai Makanan Satu")
        attach_parties(session, audit, a, {"vendor": "Kedai Makanan Satu"}, NOON, {"reg:1234567x": 1.0})
        attach_parties(session, audit, a, {"vendor": "Kedai Makan Satu"}, NOON)
        b = paper(session, audit, "Kedai Minuman Satu")
        assert root(session, a) != root(session, b)
        attach_parties(session, audit, b, {"vendor": "Kedai Minuman Satu"}, NOON, {"reg:1234567x": 1.0})
        assert root(session, a) == root(session, b)


def test_names_as_long_as_a_book_and_marks_that_turn_text(database: Database, audit: AuditLog) -> None:
    with database.write() as session:
        long = paper(session, audit, "<b>Ą" * 5000)
        turned = paper(session, audit, "\u202eAlfa\u202c Trade")
        plain = paper(session, audit, "Alfa Trade")
        paper(session, audit, "—")
        assert root(session, turned) == root(session, plain) != root(session, long)
        assert session.scalar(select(func.count()).select_from(PartyPair)) == 0
