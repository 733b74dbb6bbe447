"""Asking for exports, what is in them, and who may download them for how long."""

import csv
import io
import json
import zipfile
from hashlib import sha256

import pytest
from openpyxl import load_workbook
from sqlalchemy import func, select

from akta.access.accounts import change_access
from akta.access.models import ApiToken, User
from akta.access.sessions import create_token, principal_of_token, revoke_token
from akta.audit.models import AuditEntry
from akta.bootstrap import maintain
from akta.events.models import Job
from akta.kernel.errors import AktaError, ConflictError, InvalidError, NotFoundError
from akta.records.models import Record
from indexer.exports import making, service
from indexer.exports.models import Export, ExportRecord
from indexer.exports.service import ExportDraft, ExportGoneError, ExportWithheldError
from retention.disposition.destroying import destroy_record
from tests.conftest import principal
from tests.unit.exports.conftest import ExportDesk


def _rows(data: bytes, delimiter: str = ",") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=delimiter))


def _destroy(desk: ExportDesk, record: str) -> None:
    now = desk.clock.now()
    with desk.app.database.write() as session:
        destroy_record(
            session,
            desk.app.audit,
            principal("officer"),
            record,
            today=now.date(),
            now=now,
            reason="it never was a record",
        )


def _actions(desk: ExportDesk, subject: str) -> list[str]:
    with desk.app.database.read() as session:
        query = select(AuditEntry.action).where(AuditEntry.subject == subject).order_by(AuditEntry.seq)
        return list(session.scalars(query))


def test_a_table_holds_what_was_found(desk: ExportDesk) -> None:
    one = desk.paper("faktura =1+1", title="=HYPERLINK(1)", file_name="a.pdf")
    desk.paper("umowa")
    desk.drain()
    made = desk.export("anna", "faktura")
    row = desk.row(made)
    assert (row.state, row.found, row.done, row.records, row.left_out) == ("ready", 1, 1, 1, 0)
    data = desk.fetch("anna", made)
    assert sha256(data).hexdigest() == row.sha256
    (line,) = _rows(data)
    assert (line["Record"], line["Title"], line["Domain"]) == (one, "'=HYPERLINK(1)", "Accounting")
    assert _actions(desk, f"export:{made}") == [
        "export.requested",
        "export.completed",
        "export.downloaded",
    ]


def test_polish_for_excel(desk: ExportDesk) -> None:
    desk.paper("faktura")
    desk.drain()
    data = desk.fetch("anna", desk.export("anna", "faktura", language="pl", for_excel=True))
    assert data.startswith(b"\xef\xbb\xbf")
    (line,) = _rows(data, ";")
    assert (line["Dziedzina"], line["Stan"]) == ("Księgowość", "W aktach")
    book = load_workbook(desk.open("anna", desk.export("anna", "faktura", "xlsx", language="pl")))
    assert book.active.title == "Dokumenty"
    assert [cell.value for cell in book.active[1]][:3] == ["Dokument", "Tytuł", "Dziedzina"]


def test_a_zip_holds_the_originals_and_a_manifest_to_check_them(desk: ExportDesk) -> None:
    papers = {desk.paper(f"faktura {n}", file_name="../faktura.pdf"): f"faktura {n}" for n in range(3)}
    desk.drain()
    made = desk.export("anna", "faktura", "zip", sort="oldest")
    with zipfile.ZipFile(desk.open("anna", made)) as bundle:
        assert bundle.testzip() is None
        manifest = json.loads(bundle.read("manifest.json"))
        files = {f["path"]: f for f in manifest["files"]}
        assert set(bundle.namelist()) == {*files, "manifest.json"}
        for path, told in files.items():
            data = bundle.read(path)
            assert (sha256(data).hexdigest(), len(data)) == (told["sha256"], told["size"])
            if "record" in told:
                assert data.decode() == papers[told["record"]]
        assert [n for n in bundle.namelist() if n.startswith("originals/")] == [
            f"originals/00000{n}-faktura.pdf" for n in (1, 2, 3)
        ]
        assert {r["Record"] for r in _rows(bundle.read("records.csv"))} == set(papers)
    assert manifest["query"] == "faktura"
    assert manifest["asked_by"]["name"] == "Anna"
    assert manifest["counts"] == {"found": 3, "records": 3, "left_out": 0, "problems": 0}


def test_an_original_that_is_damaged_or_missing_is_told(desk: ExportDesk) -> None:
    good, bad, lost = desk.paper("faktura good"), desk.paper("faktura bad"), desk.paper("faktura lost")
    desk.drain()
    folder = desk.app.home / "blobs"
    for path in folder.rglob("*"):
        if path.is_file() and path.read_bytes() == b"faktura bad":
            path.chmod(0o600)
            path.write_bytes(b"faktura BAD")
        elif path.is_file() and path.read_bytes() == b"faktura lost":
            path.unlink()
    made = desk.export("anna", "faktura", "zip")
    assert (desk.row(made).state, desk.row(made).problems) == ("ready", 2)
    with zipfile.ZipFile(desk.open("anna", made)) as bundle:
        manifest = json.loads(bundle.read("manifest.json"))
    problems = {f["record"]: f["problem"] for f in manifest["files"] if "problem" in f}
    assert problems == {bad: "damaged", lost: "missing"}
    assert good not in problems


def test_rights_are_those_of_the_one_who_asks(desk: ExportDesk) -> None:
    open_, secret = desk.paper("faktura open"), desk.paper("faktura secret", confidentiality=2)
    desk.drain()
    mine, theirs = desk.export("piotr", "faktura"), desk.export("anna", "faktura")
    assert [r["Record"] for r in _rows(desk.fetch("piotr", mine))] == [open_]
    assert {r["Record"] for r in _rows(desk.fetch("anna", theirs))} == {open_, secret}
    with pytest.raises(NotFoundError):
        desk.fetch("piotr", theirs)
    assert "record.exported" in _actions(desk, f"record:{secret}")
    assert "record.exported" not in _actions(desk, f"record:{open_}")


def test_grants_are_asked_again_when_the_export_is_made(desk: ExportDesk) -> None:
    desk.paper("faktura"), desk.paper("faktura", domain="hr")
    desk.drain()
    made = desk.ask("anna", "faktura")
    desk.grant("anna", hr=0)
    desk.drain()
    assert desk.row(made).records == 1
    gone = desk.ask("anna", "faktura")
    desk.roles("anna", "administrator")
    desk.drain()
    assert (desk.row(gone).state, desk.row(gone).reason) == ("failed", "not_allowed")
    assert _actions(desk, f"export:{gone}")[-1] == "export.failed"


def test_what_was_hidden_between_index_and_export_is_left_out(desk: ExportDesk) -> None:
    kept, hidden = desk.paper("faktura"), desk.paper("faktura")
    desk.drain()
    with desk.app.database.write() as session:
        session.get_one(Record, hidden).domain = "lab"  # the index has not heard of it
    made = desk.export("anna", "faktura")
    assert (desk.row(made).found, desk.row(made).records, desk.row(made).left_out) == (2, 1, 1)
    assert [r["Record"] for r in _rows(desk.fetch("anna", made))] == [kept]


@pytest.mark.parametrize("change", ["domain", "level", "grant", "role"])
def test_an_export_with_what_one_may_no_longer_see_cannot_be_downloaded(
    desk: ExportDesk, change: str
) -> None:
    record = desk.paper("faktura")
    desk.drain()
    made = desk.export("piotr", "faktura")
    desk.fetch("piotr", made)
    match change:
        case "domain":
            desk.touch(record, domain=None)
        case "level":
            desk.touch(record, confidentiality=2)
        case "grant":
            desk.grant("piotr", accounting=0)
        case _:
            desk.roles("piotr", "administrator")
    with pytest.raises(AktaError) as refused:
        desk.fetch("piotr", made)
    assert refused.value.code == ("forbidden" if change == "role" else "export_withheld")
    desk.touch(record, domain="accounting", confidentiality=1)
    desk.grant("piotr", accounting=1)
    desk.roles("piotr", "clerk")
    desk.fetch("piotr", made)


def test_a_hold_hides_nothing(desk: ExportDesk) -> None:
    record = desk.paper("faktura")
    desk.drain()
    made = desk.export("anna", "faktura")
    desk.touch(record, held=True)
    assert desk.fetch("anna", made)


@pytest.mark.parametrize("form", ["csv", "zip"])
def test_a_destroyed_record_takes_the_exports_with_it(desk: ExportDesk, form: str) -> None:
    record = desk.paper("faktura XYZZY", state="rejected")
    desk.paper("umowa")
    desk.drain()
    with_it, without = desk.export("anna", "faktura", form), desk.export("anna", "umowa", form)
    desk.fetch("anna", with_it)
    _destroy(desk, record)
    assert desk.row(with_it).state == "withdrawn"
    with pytest.raises(ExportGoneError):
        desk.fetch("anna", with_it)
    desk.drain()
    assert [name.partition(".")[0] for name in desk.files()] == [without]
    assert not any(b"XYZZY" in p.read_bytes() for p in desk.app.exports.folder.iterdir())
    desk.fetch("anna", without)
    with desk.app.database.read() as session:
        left = select(func.count()).select_from(ExportRecord).where(ExportRecord.record_id == record)
        assert session.scalar(left) == 0
    assert _actions(desk, f"export:{with_it}")[-1] == "export.withdrawn"


@pytest.mark.parametrize("moment", ["_begin", "_add_original", "_note_confidential"])
def test_a_record_destroyed_while_the_export_is_made_is_not_in_it(
    desk: ExportDesk, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    record = desk.paper("faktura XYZZY", state="rejected")
    desk.paper("faktura kept")
    desk.drain()
    made = desk.ask("anna", "faktura", "zip")
    maker = desk.app.export_maker
    real = getattr(maker, moment)
    done: list[bool] = []

    def destroys(*arguments: object) -> object:
        if not done:
            done.append(True)
            if moment == "_begin":
                answer = real(*arguments)
                _destroy(desk, record)
                return answer
            _destroy(desk, record)
        return real(*arguments)

    monkeypatch.setattr(maker, moment, destroys)
    for _ in range(4):
        desk.drain()
        desk.clock.move(minutes=5)
    assert done
    row = desk.row(made)
    if row.state == "ready":  # it was destroyed before it was written down
        with zipfile.ZipFile(desk.open("anna", made)) as bundle:
            assert not any(b"XYZZY" in bundle.read(name) for name in bundle.namelist())
        assert row.records == 1
    else:
        assert row.state == "withdrawn"
        assert desk.files() == []


def test_a_record_hidden_while_the_export_is_made_is_left_out_of_the_next_try(
    desk: ExportDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, kept = desk.paper("faktura"), desk.paper("faktura")
    desk.drain()
    made = desk.ask("anna", "faktura")
    maker = desk.app.export_maker
    real, done = maker._note_confidential, []

    def hides(work: making._Work) -> None:
        if not done:
            done.append(True)
            desk.touch(record, domain="lab")
        real(work)

    monkeypatch.setattr(maker, "_note_confidential", hides)
    for _ in range(3):
        desk.drain()
        desk.clock.move(minutes=5)
    assert desk.row(made).state == "ready"
    assert [r["Record"] for r in _rows(desk.fetch("anna", made))] == [kept]
    assert len(desk.files()) == 1


def test_one_that_is_being_made_can_be_cancelled(desk: ExportDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(5):
        desk.paper(f"faktura {n}")
    desk.drain()
    monkeypatch.setattr(making, "_BATCH_ZIP", 1)
    made = desk.ask("anna", "faktura", "zip")
    maker = desk.app.export_maker
    real, seen = maker._add_original, []

    def cancels(*arguments: object) -> None:
        seen.append((desk.row(made).state, desk.row(made).done))
        if len(seen) == 3:
            with desk.app.database.write() as session:
                desk.app.exports.cancel(session, desk.who("anna"), made)
        real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(maker, "_add_original", cancels)
    desk.drain()
    assert seen == [("running", 1), ("running", 2), ("running", 3)], "progress is told as it goes"
    assert desk.row(made).state == "cancelled"
    assert desk.files() == []
    with pytest.raises(ConflictError), desk.app.database.write() as session:
        desk.app.exports.cancel(session, desk.who("anna"), made)
    with pytest.raises(ConflictError):
        desk.fetch("anna", made)


def test_exports_end_after_a_week_and_are_forgotten_after_a_month(desk: ExportDesk) -> None:
    desk.paper("faktura")
    desk.drain()
    made = desk.export("anna", "faktura")
    desk.clock.move(days=6)
    maintain(desk.app)
    desk.fetch("anna", made)
    desk.clock.move(days=1, minutes=1)
    with pytest.raises(ExportGoneError):
        desk.fetch("anna", made)
    maintain(desk.app)
    assert desk.row(made).state == "expired"
    assert desk.files() == []
    with pytest.raises(ExportGoneError):
        desk.fetch("anna", made)
    desk.clock.move(days=31)
    maintain(desk.app)
    with desk.app.database.read() as session:
        assert session.get(Export, made) is None


def test_left_overs_are_swept_and_nothing_else(desk: ExportDesk) -> None:
    desk.paper("faktura")
    desk.drain()
    made = desk.export("anna", "faktura")
    folder = desk.app.exports.folder
    keep = desk.files()
    waiting = desk.ask("anna", "faktura")
    for name in ("0" * 26 + ".1.csv", f"{made}.7.csv.lines", "stray"):
        (folder / name).write_bytes(b"x")
    (folder / f"{waiting}.1.csv").write_bytes(b"x")
    maintain(desk.app)
    assert desk.files() == sorted([*keep, f"{waiting}.1.csv"])


def test_a_lost_file_is_told_as_over(desk: ExportDesk) -> None:
    desk.paper("faktura")
    desk.drain()
    made = desk.export("anna", "faktura")
    for name in desk.files():
        (desk.app.exports.folder / name).unlink()
    with pytest.raises(ExportGoneError):
        desk.fetch("anna", made)


def test_one_can_delete_ones_own(desk: ExportDesk) -> None:
    desk.paper("faktura")
    desk.drain()
    made = desk.export("anna", "faktura")
    with pytest.raises(NotFoundError), desk.app.database.write() as session:
        desk.app.exports.remove(session, desk.who("piotr"), made)
    with desk.app.database.write() as session:
        desk.app.exports.remove(session, desk.who("anna"), made)
    desk.drain()
    assert desk.files() == []


def test_too_much_is_refused_with_the_reason(desk: ExportDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(3):
        desk.paper(f"faktura {n}")
    desk.drain()
    monkeypatch.setattr(making, "MOST_RECORDS", 2)
    assert desk.row(desk.export("anna", "faktura")).reason == "too_many"
    monkeypatch.setattr(making, "MOST_RECORDS", 3)
    monkeypatch.setattr(making, "MOST_BYTES", 15)
    made = desk.export("anna", "faktura", "zip")
    assert (desk.row(made).state, desk.row(made).reason) == ("failed", "too_large")
    assert desk.files() == []
    monkeypatch.setattr(service, "MOST_AT_ONCE", 1)
    desk.ask("anna", "faktura")
    with pytest.raises(ConflictError):
        desk.ask("anna", "faktura")


def test_what_makes_no_sense_is_refused_at_once(desk: ExportDesk) -> None:
    for draft in (
        ExportDraft("a", "pdf"),
        ExportDraft("a", "csv", sort="upwards"),
        ExportDraft("a", "csv", language="de"),
        ExportDraft("  ", "csv"),
    ):
        with pytest.raises(InvalidError), desk.app.database.write() as session:
            desk.app.exports.ask(session, desk.who("anna"), draft)
    with pytest.raises(AktaError), desk.app.database.write() as session:
        desk.app.exports.ask(session, desk.who("anna"), ExportDraft("colour:red", "csv"))


def test_a_job_that_is_given_up_says_so(desk: ExportDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.paper("faktura")
    desk.drain()

    def breaks(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(desk.app.export_maker, "_write_table", breaks)
    made = desk.ask("anna", "faktura")
    for _ in range(8):
        desk.drain()
        desk.clock.move(minutes=11)
    assert (desk.row(made).state, desk.row(made).reason) == ("failed", "failed")
    assert desk.files() == []
    with desk.app.database.read() as session:
        assert session.scalar(select(Job.state).where(Job.key == f"export:{made}")) == "parked"


def test_a_token_that_was_revoked_exports_nothing(desk: ExportDesk) -> None:
    desk.paper("faktura")
    desk.drain()
    now = desk.clock.now()
    with desk.app.database.write() as session:
        user = session.get_one(User, desk.ids["anna"])
        token, secret = create_token(
            session, desk.app.audit, "system:test", user, name="t", scopes=["read"], now=now
        )
        token_id = token.id
        who = principal_of_token(session, secret, now)
        assert who is not None
        made = desk.app.exports.ask(session, who, ExportDraft("faktura", "csv")).id
        revoke_token(session, desk.app.audit, "system:test", token_id, now)
    desk.drain()
    assert (desk.row(made).state, desk.row(made).reason) == ("failed", "not_allowed")
    with desk.app.database.read() as session:
        assert session.get_one(ApiToken, token_id).revoked_at is not None


def test_nothing_found_is_an_empty_table(desk: ExportDesk) -> None:
    desk.paper("faktura")
    desk.drain()
    assert _rows(desk.fetch("anna", desk.export("anna", "nothing"))) == []
    with zipfile.ZipFile(desk.open("anna", desk.export("anna", "nothing", "zip"))) as bundle:
        assert json.loads(bundle.read("manifest.json"))["counts"]["records"] == 0


def test_an_account_that_was_switched_off_gets_nothing(desk: ExportDesk) -> None:
    desk.paper("faktura")
    desk.drain()
    made = desk.ask("anna", "faktura")
    with desk.app.database.write() as session:
        change_access(session, desk.app.audit, "system:test", "anna", now=desk.clock.now(), active=False)
    desk.drain()
    assert desk.row(made).reason == "not_allowed"
    assert ExportWithheldError.code == "export_withheld"
