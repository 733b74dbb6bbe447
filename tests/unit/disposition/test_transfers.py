"""Packages handed to others, their check, their receipts: req 41."""

import json
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from akta.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from akta.kernel.ids import new_id
from akta.records.evidence import Evidence
from akta.records.models import Case
from retention.disposition.models import Transfer
from retention.transfer.bag import BagWriter
from retention.transfer.checking import check_package
from retention.transfer.describing import PREMIS, RECORDS
from retention.transfer.personnel import LIST_CSV, part_of
from tests.unit.disposition.conftest import BOTH, Office

_LETTERS = st.characters(codec="utf-8", exclude_characters="/\x00")


def _ask(office: Office, run: str, by: str = "ola") -> str:
    with office.app.database.write() as session:
        made = office.app.transfers.ask_for_disposition(session, office.who(by), run, "Archiwum Państwowe")
        number = made.id
    office.drain()
    return number


def _row(office: Office, number: str) -> Transfer:
    with office.app.database.read() as session:
        return session.get_one(Transfer, number)


def _file(office: Office, number: str) -> Path:
    return office.app.transfers.folder / str(_row(office, number).file)


def _receipt(office: Office, number: str, reference: str = "AP/17/2026", data: bytes = b"") -> None:
    blob = office.app.store.put([data]) if data else None
    with office.app.database.write() as session:
        office.app.transfers.record_receipt(session, office.who("ola"), number, reference, blob, "text/plain")


@BOTH
def test_what_is_handed_over_goes_only_after_a_receipt(office: Office) -> None:
    """req 41, 32: package, receipt, release, and only then the destruction; the package goes with it."""
    records = [office.paper(f"akta {n}", action="transfer", file_name=f"Zażółć {n}.PDF") for n in range(3)]
    run = office.propose(*records)
    office.decide(run)
    with pytest.raises(ConflictError, match="confirmed"):
        office.release(run)
    number = _ask(office, run)
    assert check_package(_file(office, number)).problems == []
    with pytest.raises(ConflictError, match="confirmed"):
        office.release(run)
    with pytest.raises(InvalidError, match="receipt's number"):
        _receipt(office, number, " ")
    _receipt(office, number, data=b"Przejalem, Kowalski")
    with pytest.raises(ConflictError, match="already"):
        _receipt(office, number)
    office.release(run)
    office.execute(run)
    assert [office.state(r) for r in records] == ["destroyed"] * 3
    assert {office.item(run, r).outcome for r in records} == {"transferred"}
    assert _row(office, number).state == "removed"
    assert list(office.app.transfers.folder.glob("*")) == []
    body = json.loads(office.certificate(run))["certificate"]
    assert body["counts"]["transferred"] == 3
    with office.app.database.read() as session:
        kept = session.scalars(select(Evidence).where(Evidence.kind == "receipt")).one()
        assert kept.subject == f"transfer:{number}"
    assert office.app.store.exists(kept.sha256)


def test_a_receipt_is_for_the_bytes_that_were_in_the_package(office: Office) -> None:
    """req 41: a record added to the list after the package was made stays."""
    one, other = office.paper(action="transfer"), office.paper(action="transfer")
    run = office.propose(one, other)
    office.decide(run, "exclude", other, reason="later")
    office.decide(run, "accept", one)
    number = _ask(office, run)
    _receipt(office, number)
    office.decide(run, "accept", other)
    with pytest.raises(ConflictError, match="confirmed"):
        office.release(run)


def test_a_package_says_what_is_in_it(office: Office) -> None:
    """req 41: descriptive data, fixity and events of every original, names that no system trips over."""
    record = office.paper(
        "Umowa <A&B>", action="transfer", file_name="../../CON\x01.pdf", fields={"vendor": "Ala & Ola"}
    )
    number = _ask(office, office.propose(record))
    with zipfile.ZipFile(_file(office, number)) as file:
        names = file.namelist()
        told = json.loads(file.read(f"{number}/{RECORDS}"))["records"]
        premis = file.read(f"{number}/{PREMIS}").decode()
        info = file.read(f"{number}/bag-info.txt").decode()
    assert all(name.startswith(f"{number}/") and ".." not in name for name in names)
    assert (told[0]["id"], told[0]["fields"]) == (record, {"vendor": "Ala & Ola"})
    assert told[0]["sha256"] in premis
    assert "Records handed over to Archiwum Państwowe" in info


def _case(office: Office, kind: str = "employee") -> str:
    with office.app.database.write() as session:
        case = Case(
            id=new_id(),
            kind=kind,
            key="Jan Nowak",
            title="Jan Nowak",
            state="open",
            opened_at=office.clock.now(),
        )
        session.add(case)
        session.flush()
        return case.id


def test_an_employee_s_file_has_parts_and_a_list(office: Office) -> None:
    """req 41: parts A to E, numbered by date; what has no part of its own stands apart."""
    case = _case(office)

    def add(doc_type: str, day: date | None, **values: Any) -> str:
        return office.paper(
            doc_type, case_id=case, domain="hr", doc_type=doc_type, document_date=day, **values
        )

    late = add("employment_contract", date(2021, 5, 1))
    early = add("medical_certificate", date(2020, 1, 7))
    cv = add("resume", None)
    strange = add("memo", date(2020, 1, 1), file_name="=cmd.txt", title="=1+1")
    with office.app.database.write() as session:
        made = office.app.transfers.ask_for_case(session, office.who("ola"), case, "pl_hr", "Nowy pracodawca")
        number = made.id
    office.drain()
    assert check_package(_file(office, number)).problems == []
    with zipfile.ZipFile(_file(office, number)) as file:
        told = {r["id"]: r["file"] for r in json.loads(file.read(f"{number}/{RECORDS}"))["records"]}
        rows = file.read(f"{number}/{LIST_CSV}").decode().splitlines()
    places = {record: path.removeprefix("representations/original/data/") for record, path in told.items()}
    assert places == {
        cv: "A/0001.pdf",
        early: "B/0001.pdf",
        late: "B/0002.pdf",
        strange: "bez_czesci/0001.txt",
    }
    assert [row.split(",")[0] for row in rows] == ["czesc", "A", "B", "B", "bez_czesci"]
    assert "'=1+1" in rows[-1]
    assert part_of("employment_contract", None) == "B"


def test_rights_of_packages(office: Office) -> None:
    office.add("half", accounting=3)
    office.add("clerk", "clerk")
    case = _case(office)
    office.paper(case_id=case)
    office.paper(case_id=case, domain="hr", confidentiality=3)
    transfers = office.app.transfers
    with office.app.database.read() as session:
        with pytest.raises(ForbiddenError, match="may not see"):
            transfers.ask_for_case(session, office.who("half"), case, "case", "X")
        with pytest.raises(ForbiddenError):
            transfers.ask_for_case(session, office.who("clerk"), case, "case", "X")
        with pytest.raises(NotFoundError):
            transfers.ask_for_case(session, office.who("ola"), "0" * 26, "case", "X")
        for kind, recipient in (("bag", "X"), ("case", " ")):
            with pytest.raises(InvalidError):
                transfers.ask_for_case(session, office.who("ola"), case, kind, recipient)
    with office.app.database.write() as session:
        number = transfers.ask_for_case(session, office.who("ola"), case, "case", "X").id
    office.drain()
    with office.app.database.read() as session, pytest.raises(NotFoundError):
        transfers.get(session, office.who("half"), number)
    with office.app.database.write() as session:
        package = transfers.open(session, office.who("ola"), number)
    with package.source as source:
        assert len(source.read()) == package.size
    with office.app.database.write() as session:
        transfers.remove(session, office.who("ola"), number)
    office.drain()
    with office.app.database.write() as session, pytest.raises(ConflictError, match="gone"):
        transfers.open(session, office.who("ola"), number)


def test_a_package_is_not_made_of_what_is_lost_or_hidden(office: Office) -> None:
    record = office.paper(action="transfer")
    run = office.propose(record)
    with office.app.database.write() as session:
        number = office.app.transfers.ask_for_disposition(session, office.who("ola"), run, "X").id
    next((office.app.home / "blobs").rglob(_sha(office, record))).unlink()
    office.drain()
    assert (_row(office, number).state, _row(office, number).reason) == ("failed", "missing")
    assert list(office.app.transfers.folder.glob("*")) == []


def _sha(office: Office, record: str) -> str:
    from akta.records.models import Record

    with office.app.database.read() as session:
        return session.get_one(Record, record).sha256


@pytest.fixture
def package(office: Office) -> Path:
    run = office.propose(office.paper("one", action="transfer"), office.paper("two", action="transfer"))
    return _file(office, _ask(office, run))


def _changed(source: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    target = source.with_name("changed.zip")
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for info in old.infolist():
            data = change(info.filename.partition("/")[2], old.read(info))
            if data is not None:
                new.writestr(info.filename, data)
    return target


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda n, d: None if n.endswith("000001.pdf") else d, "missing"),
        (lambda n, d: b"x" if n.endswith("000001.pdf") else d, "was changed"),
        (lambda n, d: None if n == "bagit.txt" else d, "no bag"),
        (lambda n, d: d.replace(b"1.0", b"0.97") if n == "bagit.txt" else d, "no bag"),
        (lambda n, d: None if n == "manifest-sha256.txt" else d, "missing"),
        (lambda n, d: d + b"nonsense\n" if n == "manifest-sha256.txt" else d, "none of a manifest"),
        (lambda n, d: None if n == "data/METS.xml" else d, "METS.xml is missing"),
        (lambda n, d: b"<mets" if n == "data/METS.xml" else d, "no XML"),
        (lambda n, d: d.replace(b"SIZE=", b"SIZES=") if n == "data/METS.xml" else d, "another size"),
        (lambda n, d: d.replace(b"messageDigest>", b"x>") if "premis" in n else d, "PREMIS does not know"),
        (lambda n, d: d.replace(b"Oxum: ", b"Oxum: 1") if n == "bag-info.txt" else d, "sum of sizes"),
    ],
)
def test_the_check_finds_what_was_changed(
    package: Path, change: Callable[[str, bytes], bytes | None], problem: str
) -> None:
    """req 41."""
    assert check_package(package).holds
    found = check_package(_changed(package, change))
    assert any(problem in line for line in found.problems), found.problems


@settings(max_examples=40)
@given(data=st.binary(max_size=300))
def test_any_bytes_are_no_package(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("p") / "p.zip"
    path.write_bytes(data)
    assert not check_package(path).holds


@settings(max_examples=30)
@given(names=st.lists(st.text(_LETTERS, min_size=1), max_size=4))
def test_any_name_stands_in_a_manifest(tmp_path_factory: pytest.TempPathFactory, names: list[str]) -> None:
    """What a manifest's line cannot hold is encoded and found again."""
    path = tmp_path_factory.mktemp("p") / "p.zip"
    with path.open("wb") as target:
        bag = BagWriter(target, "bag")
        for number, name in enumerate(names):
            bag.add_text(f"data/{number} {name}".replace("\\", "_"), name)
        bag.finish({}, date(2026, 3, 10))
    problems = check_package(path).problems
    assert [p for p in problems if "METS" not in p] == []
