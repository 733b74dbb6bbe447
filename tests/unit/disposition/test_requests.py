"""What persons ask about their data: registered, found, decided, asked again; redaction (req 42, 43)."""

import io
import json
import zipfile
from datetime import date
from typing import Any

import pikepdf
import pypdfium2 as pdfium
import pytest
from fpdf import FPDF
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from sqlalchemy import select

from akta.access.principal import operator
from akta.audit.models import AuditEntry
from akta.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from akta.kernel.ids import new_id
from akta.records.models import Party, Record, RecordParty, Rendition
from akta.records.redactions import Redaction
from akta.records.visibility import get_visible
from ingest.intake import Arrival, receive
from ingest.model import Page, Word
from ingest.render.redact import redacted
from retention.holds.placing import PlaceHold, place_hold
from retention.requests.models import SubjectItem, SubjectRequest
from retention.requests.service import ItemDecision, Registration, restrict
from retention.requests.showing import coming_up_again, items_data, list_requests
from tests.unit.disposition.conftest import BOTH, Office

PERSON = "Zdzisława Niezabitowska"


def _register(office: Office, kind: str = "erasure", day: date = date(2026, 1, 31)) -> str:
    with office.app.database.write() as session:
        return office.app.requests.register(session, office.who("ola"), Registration(kind, PERSON, day)).id


def _identified(office: Office, kind: str = "erasure", *records: str) -> str:
    number = _register(office, kind, date(2026, 3, 1))
    with office.app.database.write() as session:
        office.app.requests.confirm_identity(session, office.who("ola"), number, "ID card seen at the desk")
        if records:
            office.app.requests.add_records(session, office.who("ola"), number, records)
    return number


def _decide(office: Office, number: str, decision: str, *records: str, **more: str) -> Any:
    with office.app.database.write() as session:
        said = ItemDecision(decision, records, **more)
        return office.app.requests.decide(session, office.who("ola"), number, said)


def test_a_request_has_a_month_and_once_two_more(office: Office) -> None:
    """req 42: 31 January is answered by 28 February; the log does not name the person."""
    number = _register(office)
    with office.app.database.write() as session:
        made = session.get_one(SubjectRequest, number)
        assert made.due_on == date(2026, 2, 28)
        with pytest.raises(ConflictError, match="month is over"):
            office.app.requests.extend(session, office.who("ola"), number, "many papers")
    later = _register(office, day=date(2026, 3, 1))
    with office.app.database.write() as session:
        assert office.app.requests.extend(session, office.who("ola"), later, "many").due_on == date(
            2026, 6, 1
        )
        with pytest.raises(ConflictError, match="extended already"):
            office.app.requests.extend(session, office.who("ola"), later, "more")
    with office.app.database.read() as session:
        told = list_requests(session, office.who("ola"), date(2026, 3, 10), "pl")
        bodies = " ".join(session.scalars(select(AuditEntry.body)))
    assert [(r["id"], r["late"]) for r in told] == [(number, True), (later, False)]
    assert told[0]["kind_text"] == "Usunięcie danych"
    assert PERSON not in bodies


@given(day=st.dates(date(2020, 1, 1), date(2026, 3, 10)))
def test_a_month_ends_on_a_day_that_is_there(day: date) -> None:
    from retention.rules.compute import add
    from retention.rules.model import Period

    due = add(day, Period(months=1))
    assert due > day
    assert (due.year * 12 + due.month) - (day.year * 12 + day.month) == 1
    assert due.day == day.day or (due.day < day.day and (due.replace(day=1) != due))


@BOTH
def test_papers_are_found_by_party_and_only_those_one_may_see(office: Office) -> None:
    """req 42."""
    mine = office.paper(domain="hr", confidentiality=3)
    other = office.paper(domain="lab", confidentiality=3)
    with office.app.database.write() as session:
        party = Party(id=new_id(), key="person:x", name="", created_at=office.clock.now(), kind="person")
        party.root_id = party.id
        session.add(party)
        session.flush()
        for record in (mine, other):
            session.add(
                RecordParty(record_id=record, role="employee", party_id=party.id, name=PERSON, core="x")
            )
        number = party.id
    office.add("hr", "officer", hr=3)
    request = _register(office)
    with office.app.database.write() as session:
        assert office.app.requests.add_party(session, office.who("hr"), request, number) == 1
        assert office.app.requests.add_party(session, office.who("ola"), request, number) == 1
        assert office.app.requests.add_party(session, office.who("ola"), request, number) == 0
        with pytest.raises(NotFoundError):
            office.app.requests.add_party(session, office.who("ola"), request, "0" * 26)
        with pytest.raises(NotFoundError):
            office.app.requests.add_records(session, office.who("hr"), request, [other])
    with office.app.database.read() as session:
        made = session.get_one(SubjectRequest, request)
        assert len(items_data(session, office.who("hr"), made, "en")) == 1


def test_one_request_is_decided_paper_by_paper(office: Office) -> None:
    """req 42: of three papers one goes, one is refused, one is restricted: never the person as a whole."""
    due, kept, claim = office.paper(), office.paper(through=date(2031, 1, 1)), office.paper()
    number = _identified(office, "erasure", due, kept, claim)
    with pytest.raises(InvalidError, match="must still be kept"):
        _decide(office, number, "erase", kept)
    _decide(office, number, "refuse", kept, article="17(3)(b)", reason="ustawa o rachunkowości")
    _decide(office, number, "restrict", claim, article="18(1)(c)", reason="sprawa w sądzie")
    run = _decide(office, number, "erase", due)
    assert office.item(run.id, due).action == "erase"
    assert office.state(due) == "filed"  # a second person has not released it
    office.decide(run.id)
    office.release(run.id)
    office.execute(run.id)
    assert (office.state(due), office.state(kept)) == ("destroyed", "filed")
    with office.app.database.write() as session:
        assert office.app.requests.close(session, office.who("ola"), number).state == "closed"
    assert json.loads(office.certificate(run.id))["certificate"]["items"][0]["action"] == "erase"


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (ItemDecision("burn", ("x",)), "Decide one of"),
        (ItemDecision("refuse", ("x",)), "Name the article"),
        (ItemDecision("refuse", ("x",), article="17(3)(b)"), "Say why"),
        (ItemDecision("restrict", ("x",), article="99"), "Name the article"),
        (ItemDecision("erase", ("x",)), "who asks"),
        (ItemDecision("give", ("x",)), "who asks"),
        (ItemDecision("refuse", ("x",), article="12(5)", reason="r"), "no such record"),
    ],
)
def test_a_decision_without_its_ground_is_none(office: Office, said: ItemDecision, message: str) -> None:
    number = _register(office)
    refused = pytest.raises((InvalidError, ConflictError, NotFoundError), match=message)
    with refused, office.app.database.write() as session:
        office.app.requests.decide(session, office.who("ola"), number, said)


def test_who_may_not_and_what_makes_no_sense(office: Office) -> None:
    office.add("clerk", "clerk")
    for who in ("clerk",):
        with pytest.raises(ForbiddenError), office.app.database.read() as session:
            list_requests(session, office.who(who), date(2026, 3, 10), "en")
    for asked in (
        Registration("pardon", PERSON, date(2026, 3, 1)),
        Registration("access", " ", date(2026, 3, 1)),
        Registration("access", PERSON, date(2026, 3, 11)),
        Registration("access", PERSON, date(1, 1, 1)),
    ):
        with pytest.raises(InvalidError), office.app.database.write() as session:
            office.app.requests.register(session, office.who("ola"), asked)
    number = _identified(office, "access", office.paper())
    with pytest.raises(ConflictError, match="decided"), office.app.database.write() as session:
        office.app.requests.close(session, office.who("ola"), number)


def test_what_a_duty_or_a_hold_put_off_comes_up_again_when_it_ends(office: Office) -> None:
    """req 42: remembered, and a query finds it from the day after the duty's end, hold or no hold before."""
    soon, held, for_good = (office.paper(through=date(2026, 3, 31)) for _ in range(3))
    number = _identified(office, "erasure", soon, held, for_good)
    _decide(office, number, "refuse", soon, held, article="17(3)(b)", reason="must be kept")
    _decide(office, number, "refuse", for_good, article="12(5)", reason="for the tenth time")
    with office.app.database.write() as session:
        command = PlaceHold("M", "R", (held,))
        place_hold(session, office.app.audit, office.who("ola"), command, office.clock.now())

    def again(day: date) -> list[str]:
        with office.app.database.read() as session:
            return [i["record"] for i in coming_up_again(session, office.who("ola"), day, "en")]

    assert again(date(2026, 3, 31)) == []
    assert again(date(2026, 4, 1)) == [soon]
    office.clock.move(days=40)
    with office.app.database.write() as session:
        office.app.requests.leave(session, office.who("ola"), number, soon, "a claim was announced")
    assert again(date(2026, 4, 20)) == []


def test_a_restricted_paper_is_there_for_officers_only(office: Office) -> None:
    """req 42: in lists, by its number, in the index and its counts; and it can be lifted."""
    office.add("clerk", "clerk")
    office.add("auditor", "auditor")
    record = office.paper("umowanajmu", through=None)
    number = _identified(office, "restriction", record)
    _decide(office, number, "restrict", record, article="18(1)(a)", reason="he says that it is wrong")
    office.drain()
    for login, sees in (("ola", True), ("clerk", False), ("auditor", False)):
        with office.app.database.read() as session:
            if sees:
                get_visible(session, office.who(login), record)
            else:
                with pytest.raises(NotFoundError):
                    get_visible(session, office.who(login), record)
        page, found = office.app.index.search(office.who(login), "umowanajmu")
        assert (page.total, len(found)) == ((1, 1) if sees else (0, 0))
    with office.app.database.write() as session:
        restrict(
            session, office.app.audit, office.who("ola"), record, False, "it was right", office.clock.now()
        )
    office.drain()
    assert office.app.index.search(office.who("clerk"), "umowanajmu")[0].total == 1
    office.app.ledger.catch_up()
    assert '"kind":"restricted"' in office.app.ledger.file.read_text()


# -- redaction -------------------------------------------------------------


def _pdf(*pages: tuple[str, ...]) -> bytes:
    pdf = FPDF(unit="pt", format=(400, 400))
    pdf.set_title("Tajna teczka")
    for lines in pages:
        pdf.add_page()
        pdf.set_font("helvetica", size=20)
        for number, line in enumerate(lines):
            pdf.text(40, 60 + 60 * number, line)
    return bytes(pdf.output())


def test_what_is_blacked_out_is_gone_from_picture_text_and_metadata(tmp_path: Any) -> None:
    """req 43: burnt into the picture; the words around it can be searched; nothing of the file goes over."""
    source = tmp_path / "in.pdf"
    source.write_bytes(_pdf(("Jawne slowo", "PESEL 44051401359"), ("Druga strona",)))
    words = (
        Word("Jawne", (0.1, 0.1, 0.25, 0.16), 1, 0),
        Word("44051401359", (0.27, 0.24, 0.6, 0.32), 1, 1),
    )
    second = (Word("Druga", (0.1, 0.1, 0.3, 0.16), 1, 0),)
    pages = (
        Page(1, 400, 400, "recognised", "pdf text layer", "1", "x", words),
        Page(
            2,
            400,
            400,
            "recognised",
            "pdf text layer",
            "1",
            "x",
            second,
        ),
    )
    made = redacted(source, "application/pdf", pages, {1: [(0.2, 0.2, 0.9, 0.35)]}, tmp_path, None)
    data = made.read_bytes()
    document = pdfium.PdfDocument(data)
    told = [document[n].get_textpage().get_text_range() for n in range(2)]
    assert "Jawne" in told[0]
    assert "44051401359" not in "".join(told)
    assert "Druga" in told[1]
    picture = document[0].render(scale=2).to_pil().convert("L")
    width, height = picture.size
    inside = picture.crop((int(0.21 * width), int(0.21 * height), int(0.89 * width), int(0.34 * height)))
    assert inside.getextrema()[1] < 40
    assert picture.crop((0, int(0.5 * height), width, height)).getextrema()[0] > 200
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert "/Info" not in pdf.trailer
        assert "/Metadata" not in pdf.Root
    assert b"Tajna" not in data
    with pytest.raises(ValueError, match="not there"):
        redacted(source, "application/pdf", pages, {3: [(0, 0, 1, 1)]}, tmp_path, None)


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_pictures_are_redacted_frame_by_frame(tmp_path: Any, form: str) -> None:
    """req 43."""
    frames = [Image.new("RGB", (200, 100), "white") for _ in range(2 if form == "TIFF" else 1)]
    source = tmp_path / f"in.{form.lower()}"
    frames[0].save(
        source, form, **({"save_all": True, "append_images": frames[1:]} if form == "TIFF" else {})
    )
    pages = [Page(n, 200, 100, "recognised", "tesseract", "5") for n in range(1, len(frames) + 1)]
    last = len(frames)
    made = redacted(source, f"image/{form.lower()}", pages, {last: [(0.5, 0.0, 1.0, 1.0)]}, tmp_path, None)
    document = pdfium.PdfDocument(made)
    assert len(document) == last
    picture = document[last - 1].render(scale=1).to_pil().convert("L")
    assert picture.getpixel((150, 50)) < 40  # type: ignore[operator]
    assert picture.getpixel((50, 50)) > 200  # type: ignore[operator]


def _scan(office: Office) -> str:
    blob = office.app.store.put([_pdf(("Zaswiadczenie o zarobkach", "PESEL 44051401359"))])
    app = office.app
    with app.database.write() as session:
        arrival = Arrival(blob, "pit.pdf", "test")
        record = receive(session, app.audit, app.store, operator("t"), arrival, app.clock.now()).record_id
    office.drain()
    with app.database.write() as session:
        row = session.get_one(Record, record)
        row.state, row.domain, row.confidentiality = "filed", "hr", 2
    return record


def test_a_redacted_copy_is_made_given_out_and_goes_with_its_original(office: Office) -> None:
    """req 43, 42: through the limited child; the person gets the copy, never what is under the black."""
    record = _scan(office)
    number = _identified(office, "access", record)
    with pytest.raises(ConflictError, match="no redacted copy"):
        _decide(office, number, "redact", record)
    areas = [(1, (0.1, 0.23, 0.9, 0.35))]
    for wrong in ([], [(2, areas[0][1])], [(1, (0.5, 0.1, 0.2, 0.2))], [(1, (0.0, 0.0, 1.0, 1.5))]):
        with pytest.raises(InvalidError), office.app.database.write() as session:
            office.app.redactions.ask(session, office.who("ola"), record, wrong, "r")
    with office.app.database.write() as session:
        asked = office.app.redactions.ask(session, office.who("ola"), record, areas, "number of another").id
    office.drain()
    with office.app.database.read() as session:
        assert session.get_one(Redaction, asked).state == "made"
        kept = session.scalars(select(Rendition).where(Rendition.kind == "redacted")).one()
        original = session.get_one(Record, record).sha256
    _decide(office, number, "redact", record)
    with office.app.database.write() as session:
        package = office.app.transfers.ask_for_request(session, office.who("ola"), number).id
    office.drain()
    with office.app.database.write() as session:
        opened = office.app.transfers.open(session, office.who("ola"), package)
    with opened.source as source, zipfile.ZipFile(source) as file:
        (name,) = [n for n in file.namelist() if "/original/data/" in n]
        told = pdfium.PdfDocument(file.read(name))[0].get_textpage().get_text_range()
        everything = b"".join(file.read(n) for n in file.namelist())
    assert "zarobkach" in told
    assert "44051401359" not in told
    assert b"44051401359" not in everything
    assert original.encode() not in everything
    with office.app.database.write() as session:
        row = session.get_one(Record, record)
        row.retention_state, row.retain_through = "until", date(2025, 1, 1)
        row.retention = {"outcome": "until", "rule": "X", "rule_version": 1, "action": "destroy"}
    office.let_go(record)
    office.drain()
    assert not office.app.store.exists(kept.sha256)
    with office.app.database.read() as session:
        assert session.get(Redaction, asked) is None
        assert session.get_one(SubjectItem, (number, record)).decision == "redact"
