"""The quality report says what people said: no more, no less, and no longer than it stands."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from akta.access.principal import Principal, operator
from akta.bootstrap import App
from akta.db.engine import Database
from akta.kernel.errors import ConflictError, ForbiddenError, NotFoundError, StaleError
from akta.kernel.ids import new_id
from akta.operations.quality.report import Period, period, quality
from akta.records import spot_checks
from akta.records.destruction import destroy
from akta.records.judgements import TABLES, FieldVerdict, Judgement, Said, SpotChecks, answer, keep, lot
from akta.records.models import Field, Record
from ingest.corrections import newest
from tests.conftest import NOON, principal
from tests.factories import add_record
from tests.integration.test_pipeline import _drain, _record, _take

WHO = operator("test")
ZONE = "Europe/Warsaw"
DAYS = Period(NOON.date() - timedelta(days=9), NOON.date())


def _paper(number: int, *, doubted: bool = False) -> bytes:
    if doubted:
        return f"Something nobody can place, number {number}. ".encode() * 20
    return (
        f"Faktura VAT nr FV/{number}/2026\nData wystawienia: 2026-03-{number:02d}\n"
        f"Sprzedawca: Zakłady Testowe Łódź sp. z o.o.\nNIP: 526-000-12-46\nNabywca: Odbiorca S.A.\n"
        f"Razem netto: 100,00 PLN\nVAT 23%: 23,00 PLN\nDo zapłaty: 123,00 PLN\n"
    ).encode()


def _report(app: App, who: Principal = WHO) -> dict[str, Any]:
    zone = app.settings.zone
    with app.database.snapshot() as session:
        return quality(session, who, period(None, None, app.clock.now(), zone), zone)


def _correct(app: App, record_id: str, **what: Any) -> None:
    with app.database.write() as session:
        app.decisions.correct(session, WHO, record_id, **what)
    _drain(app)


def _confirm(app: App, record_id: str) -> None:
    with app.database.write() as session:
        app.decisions.confirm(session, WHO, record_id)


def _field(told: dict[str, Any], name: str) -> dict[str, Any]:
    return next(f for f in told["fields"] if f["name"] == name)


@pytest.fixture
def looked_at(make_app: Callable[..., App]) -> tuple[App, list[str], list[str]]:
    """An archive where all that is filed unseen is asked about; six invoices, two doubted papers."""
    app = make_app(spot_check_share=1.0)
    invoices = [_take(app, f"f{n}.txt", _paper(n)) for n in range(1, 7)]
    doubted = [_take(app, f"d{n}.txt", _paper(n, doubted=True)) for n in range(2)]
    _drain(app)
    assert [_record(app, r).state for r in invoices] == ["filed"] * 6
    assert [_record(app, r).state for r in doubted] == ["review"] * 2
    return app, invoices, doubted


def test_the_report_says_what_people_said(looked_at: tuple[App, list[str], list[str]]) -> None:
    app, invoices, doubted = looked_at
    told = _report(app)["total"]
    assert (told["came"], told["unseen"], told["coverage"]) == (8, 6, 0.75)
    assert told["spot_checks"] == {"asked": 6, "waiting": 6}
    assert told["unseen_right"]["n"] == 0
    for record_id in invoices[:4]:
        _confirm(app, record_id)
    _correct(app, invoices[4], fields={"total": "124,00"})
    _correct(app, invoices[5], doc_type="proforma_invoice")
    _correct(app, doubted[0], doc_type="memo", accept=True)
    report = _report(app)
    told = report["total"]
    assert told["spot_checks"] == {"asked": 6, "waiting": 0}
    assert (told["unseen_right"]["n"], told["unseen_right"]["share"]) == (6, 0.8333)
    assert told["unseen_domain_right"]["share"] == 1.0
    assert told["unseen_right"]["low"] < 0.8333 < told["unseen_right"]["high"]
    assert told["unseen_right"]["enough"] is False
    assert told["doubted_right"]["n"] == 1
    assert told["doubted_right"]["share"] is None  # of one paper nothing is told
    total = _field(report, "total")
    assert (total["stated"], total["spot_checked"], total["right"]["share"]) == (6, 6, 0.8333)
    assert _field(report, "vendor_nip")["right"]["share"] == 1.0


def test_a_correction_taken_back_changes_the_report_back(
    looked_at: tuple[App, list[str], list[str]],
) -> None:
    app, invoices, _ = looked_at
    for record_id in invoices[:5]:
        _confirm(app, record_id)
    before = _report(app)
    for record_id, again in ((invoices[5], 5), (invoices[0], 5)):  # open until then, and confirmed before
        _correct(app, record_id, fields={"total": "999,00", "reference": "X-1"})
        told = _report(app)
        assert told != before
        assert _field(told, "total")["right"]["share"] < 1
        with app.database.write() as session:
            app.decisions.undo(session, WHO, record_id, newest(session, record_id) or "")
        _drain(app)
        assert _report(app) == before
        assert before["total"]["unseen_right"]["n"] == again


def test_what_is_typed_the_same_is_right_and_a_field_added_was_missed(
    looked_at: tuple[App, list[str], list[str]],
) -> None:
    app, invoices, _ = looked_at
    for record_id in invoices:
        _correct(app, record_id, fields={"total": "123,00", "reference": f"X-{record_id[-4:]}"})
    told = _report(app)
    assert _field(told, "total")["right"]["share"] == 1.0
    reference = _field(told, "reference")
    assert (reference["stated"], reference["missed"], reference["coverage"]) == (0, 6, 0.0)


def test_doubted_papers_say_nothing_of_those_filed_unseen(make_app: Callable[..., App]) -> None:
    app = make_app(spot_check_share=0.0, spot_checks_a_week=0)
    filed = [_take(app, f"f{n}.txt", _paper(n)) for n in range(1, 7)]
    _drain(app)
    with pytest.raises(ConflictError):
        _confirm(app, filed[0])
    for record_id in filed:  # noticed, because they were wrong: no fair sample
        _correct(app, record_id, doc_type="proforma_invoice")
    told = _report(app)["total"]
    assert told["unseen_right"]["n"] == 0
    assert told["noticed_wrong"] == 6
    assert told["right"]["enough"] is False


def test_reading_again_judges_again(looked_at: tuple[App, list[str], list[str]]) -> None:
    app, invoices, _ = looked_at
    _correct(app, invoices[0], fields={"total": "999,00"})
    with app.database.write() as session:
        app.decisions.read_again(session, WHO, invoices[0])
    assert _report(app)["total"]["came"] == 7
    _drain(app)
    told = _report(app)["total"]
    assert (told["came"], told["spot_checks"]["waiting"]) == (8, 6)
    with app.database.read() as session:
        rows = session.scalars(select(Judgement).where(Judgement.record_id == invoices[0])).all()
    assert sorted(j.current for j in rows) == [False, True]
    _confirm(app, invoices[0])  # what the person had typed still stands, so the new reading was wrong too
    with app.database.read() as session:
        verdict = session.scalar(
            select(FieldVerdict.verdict)
            .join(Judgement, Judgement.id == FieldVerdict.judgement_id)
            .where(Judgement.record_id == invoices[0], Judgement.current, FieldVerdict.name == "total")
        )
    assert verdict == "wrong"


def test_judgements_go_with_the_record(looked_at: tuple[App, list[str], list[str]]) -> None:
    app, invoices, _ = looked_at
    _correct(app, invoices[0], fields={"total": "999,00"})
    with app.database.write() as session:
        destroy(session, app.audit, WHO, invoices[0], now=app.clock.now(), authority={"test": True})
    with app.database.read() as session:
        for table in TABLES:
            left = select(func.count()).select_from(table).where(table.record_id == invoices[0])
            assert session.scalar(left) == 0
    assert _report(app)["total"]["came"] == 7


def test_a_confirmation_is_of_what_was_seen(looked_at: tuple[App, list[str], list[str]]) -> None:
    app, invoices, _ = looked_at
    seen = _record(app, invoices[0]).row_version
    _correct(app, invoices[0], fields={"total": "999,00"})
    with app.database.write() as session, pytest.raises(StaleError):
        app.decisions.confirm(session, WHO, invoices[0], expected_version=seen)
    clerk = principal("clerk", levels={"hr": 3})
    with app.database.write() as session, pytest.raises(NotFoundError):
        app.decisions.confirm(session, clerk, invoices[1])
    with app.database.read() as session:
        assert spot_checks.count(session, clerk) == 0
        assert spot_checks.count(session, principal("clerk")) == 5
        assert [r.id for r in spot_checks.listed(session, WHO, "", 9)] == invoices[1:]


def test_who_sees_what(looked_at: tuple[App, list[str], list[str]]) -> None:
    app, _, _ = looked_at
    for role in ("staff", "clerk"):
        with pytest.raises(ForbiddenError):
            _report(app, principal(role))
    assert _report(app, principal("administrator", levels={}))["total"]["came"] == 8
    assert _report(app, principal("auditor"))["total"]["came"] == 8
    assert _report(app, principal("officer", levels={"accounting": 1}))["total"]["came"] == 6
    assert _report(app, principal("officer", levels={"hr": 3}))["total"]["came"] == 0


# -- on both databases, with rows of our own -------------------------------------------


def _said(domain: str, doc_type: str, confidence: float) -> Said:
    fields = [("total", "12.00", 0.9, None, "label"), ("vendor", "Firma", 0.6, None, "head")]
    return Said(domain, doc_type, confidence, confidence, "m-1", False, fields)


def _field_row(record: Record, name: str, value: str) -> Field:
    return Field(id=new_id(), record_id=record.id, name=name, value=value, confidence=0.9, reader="label")


def test_checks_count_for_as_many_papers_as_they_stand_for(database: Database) -> None:
    """Two domains checked at different shares: the true share is that of all papers, not of the checks."""
    truth = {"accounting": (400, SpotChecks(0.25, 0)), "hr": (100, SpotChecks(1.0, 0))}
    checked: dict[str, list[bool]] = {}
    with database.write() as session:
        for domain, (count, spot) in truth.items():
            for number in range(count):
                record = add_record(session, domain=domain, doc_type="invoice")
                session.add(_field_row(record, "total", "12.00"))
                session.add(_field_row(record, "vendor", "Firma"))
                judged = keep(session, record, _said(domain, "invoice", 0.95), spot, NOON)
                assert judged.asked == (lot(record.id) < spot.share)
                right = domain == "accounting" or number % 2 == 0
                if not right:
                    record.doc_type = "memo"
                if judged.asked:
                    checked.setdefault(domain, []).append(right)
                    session.flush()
                    answer(session, record, "confirmed", NOON)
    with database.snapshot() as session:
        report = quality(session, WHO, DAYS, ZONE)
    told = report["total"]
    share = {d: sum(r) / len(r) for d, r in checked.items()}
    expected = (400 * share["accounting"] + 100 * share["hr"]) / 500
    assert abs(told["unseen_right"]["share"] - expected) < 1e-3
    plain = sum(sum(r) for r in checked.values()) / sum(len(r) for r in checked.values())
    assert abs(plain - expected) > 0.05  # without weights it would be far off
    assert told["unseen_right"]["effective"] < told["unseen_right"]["n"]
    assert told["unseen_right"]["enough"] is True
    assert abs(told["calibration_error"] - abs(0.95 - expected)) < 1e-3
    by = {d["domain"]: d for d in report["domains"]}
    assert (by["hr"]["unseen_right"]["n"], by["hr"]["unseen_right"]["share"]) == (100, 0.5)
    assert [b["n"] for b in report["calibration"]] == [0] * 9 + [told["unseen_right"]["n"]]
    assert {d["said"] for d in report["drift"]} == {"too_few"}


def test_drift_is_told_from_noise(database: Database) -> None:
    with database.write() as session:
        for number in range(200):
            late = number >= 100
            at = NOON - timedelta(days=0 if late else 10)
            state = "review" if late and number % 2 else "filed"
            record = add_record(session, domain="order", state=state, received_at=at)
            keep(session, record, _said("order", "invoice", 0.9 if late else 0.91), SpotChecks(0, 0), at)
    with database.snapshot() as session:
        told = {d["name"]: d for d in quality(session, WHO, DAYS, ZONE)["drift"]}
        later = quality(session, WHO, Period(DAYS.last, DAYS.last), ZONE)
    assert (told["doubted"]["before"], told["doubted"]["now"], told["doubted"]["said"]) == (
        0.0,
        0.5,
        "changed",
    )
    assert told["types"]["said"] == "no_change"
    assert told["unseen_right"]["said"] == "too_few"
    assert later["total"]["came"] == 100


def test_a_small_group_is_shown_with_others(database: Database) -> None:
    with database.write() as session:
        for domain, count in (("hr", 2), ("lab", 7), ("it", 9)):
            for _ in range(count):
                keep(
                    session,
                    add_record(session, domain=domain),
                    _said(domain, "memo", 0.8),
                    SpotChecks(),
                    NOON,
                )
    with database.snapshot() as session:
        told = quality(session, WHO, DAYS, ZONE)["domains"]
    assert [(d["domain"], d["came"]) for d in told] == [("it", 9), ("rest", 9)]


def test_at_least_a_few_a_week_are_asked(database: Database) -> None:
    spot = SpotChecks(0.001, 3)
    with database.write() as session:
        judged = [keep(session, add_record(session), _said("it", "log", 0.9), spot, NOON) for _ in range(60)]
        assert all(j.asked for j in judged[:3])
        assert [round(1 / j.weight) for j in judged[:3]] == [1, 1, 1]
        assert {j.asked for j in judged[3:]} == {True, False}
        assert all((j.weight > 0) == j.asked for j in judged)
        later = keep(session, add_record(session), _said("it", "log", 0.9), spot, NOON + timedelta(days=8))
    assert later.asked
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Record)) == 61
