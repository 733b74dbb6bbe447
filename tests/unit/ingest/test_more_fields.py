"""Fields beyond parties and totals: printed sums, tax forms, contracts, resumes, KSeF numbers, headings."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.fields.contracts import find_parties
from ingest.fields.country import date_order
from ingest.fields.find import Findings, find_fields
from ingest.fields.ksef import CHECKED, ksef_ok
from ingest.fields.rows import Row, rows_of
from ingest.fields.titles import find_title
from ingest.model import Page, Reading


def _rows(text: str) -> list[Row]:
    return rows_of(Reading("text/plain", (Page(1, 595, 842, "recognised", "text", "1", text),)))


def _find(text: str, doc_type: str) -> Findings:
    return find_fields(_rows(text), doc_type, False, {})


def _values(text: str, doc_type: str) -> dict[str, str]:
    return {f.name: f.value for f in _find(text, doc_type).fields}


def test_sums_keep_the_names_a_paper_gives_them() -> None:
    found = _values(
        "Northwind Ltd\nInvoice 17\nInvoice date 2 May 2026\nSUBTOTAL\t$1,000.00\nSales Tax (10%)\t$100.00\n"
        "TOTAL\t$1,100.00\nAmount Paid\t$600.00\nBalance Due\t$500.00\nP.O. Number: PO-3333",
        "invoice",
    )
    assert found["subtotal"] == "1000.00"
    assert found["tax"] == "100.00"
    assert found["total"] == "1100.00"
    assert found["amount_paid"] == "600.00"
    assert found["amount_due"] == "500.00"
    assert found["po_number"] == "PO-3333"


def test_what_is_due_is_told_only_if_it_is_not_the_total() -> None:
    assert "amount_due" not in _values("Faktura 7\nDo zapłaty\t123,00 zł", "invoice")


def test_of_several_subtotals_the_one_that_makes_the_total() -> None:
    text = (
        "Invoice 9\nSubtotal 112.00\nSubtotal 150.90\nSubtotal 262.90\nTax 16.94\nTotal 279.84\nSubtotal 3.00"
    )
    found = _values(text, "invoice")
    assert (found["subtotal"], found["tax"], found["total"]) == ("262.90", "16.94", "279.84")


@pytest.mark.parametrize(
    ("text", "total"),
    [
        ("Grand Total : 87.08\nRounding Adjustment: 0.02\nNet Total : 87.10", "87.10"),
        ("Total 28.31\nRounding Adj -0.01\nRounded Total 28.30", "28.30"),
        (
            "SUMME EUR\t26,90\nMwSt NETTO MwSt UMSATZ\nB 7%\t8,87\t0,62\t9,49\nC 19%\t14,63\t2,78\t17,41",
            "26.90",
        ),
        ("Mastercard\tEUR\t26,90\nB 7%\t8,87\t0,62\t9,49\nC 19%\t14,63\t2,78\t17,41", "26.90"),
        ("Razem\t100,00\t23,00\t123,00", "123.00"),
    ],
)
def test_totals_of_tills(text: str, total: str) -> None:
    assert _values(text, "receipt")["total"] == total


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("Form W-2 Wage and Tax Statement 2026\nCITY OF SPRINGFIELD\nCitizen", "W-2"),
        ("Copy B\nFORM 1099-INT\nCity or town", "1099-INT"),
        ("SCHEDULE SE\n(Form 1040)\tSelf-Employment Tax", "1040 Sch SE"),
        ("PIT-11 (29)\nINFORMACJA O DOCHODACH", "PIT-11"),
        ("ZUS DRA\nDeklaracja rozliczeniowa", "ZUS-DRA"),
        ("VAT-7K\nDeklaracja", "VAT-7K"),
    ],
)
def test_forms(text: str, form: str) -> None:
    assert _values(text, "tax_form")["form"] == form


def test_the_boxes_of_a_wage_statement() -> None:
    found = _values(
        "Form W-2\tWage and Tax Statement\t2026\tDepartment of the Treasury\n"
        "Employee's social security number\t123-45-6789\n"
        "Employer identification number (EIN)\t98-7654321\n"
        "1 Wages, tips, other compensation 37160.56\t2 Federal income tax withheld 3894.54\n"
        "c Employer's name, address, and ZIP code\nCONTOSO LTD\n",
        "tax_form",
    )
    assert found["employee_ssn"] == "123-45-6789"
    assert found["employer_ein"] == "98-7654321"
    assert found["wages"] == "37160.56"
    assert found["federal_tax_withheld"] == "3894.54"
    assert found["employer"] == "CONTOSO LTD"
    assert found["jurisdiction"] == "US"


@pytest.mark.parametrize(
    ("text", "client", "contractor"),
    [
        (
            'BETWEEN:\nBest Organics of 12 Lake Street, WA\n(the "Client")\n- AND -\n'
            'Allan Deyoung of One Way, CA\n(the "Contractor").',
            "Best Organics",
            "Allan Deyoung",
        ),
        (
            'This agreement is made between Northwind Inc. ("Client") and Ada Miller ("Contractor").',
            "Northwind Inc.",
            "Ada Miller",
        ),
        (
            "zawarta pomiędzy: Tkalnia Polesie Sp. z o.o. z siedzibą w Łodzi, zwaną dalej Zleceniodawcą,\n"
            "a Janem Lisem, zam. ul. Długa 5, zwanym dalej Zleceniobiorcą",
            "Tkalnia Polesie Sp. z o.o.",
            "Janem Lisem",
        ),
    ],
)
def test_parties_by_their_roles(text: str, client: str, contractor: str) -> None:
    found = {f.name: f.value for f in find_parties(_rows(text))}
    assert found == {"client": client, "contractor": contractor}


def test_what_stands_under_the_name_of_a_resume() -> None:
    text = "Ada Miller\nCareful Weaver of Linen\nSpringfield, NJ 07001\t(555) 123-4567\tada@example.com\nx"
    found = _values(text, "resume")
    assert found["name"] == "Ada Miller"
    assert found["headline"] == "Careful Weaver of Linen"
    assert found["location"] == "Springfield, NJ 07001"
    assert "headline" not in _values("Ada Miller\nCurriculum Vitae\nSummary", "resume")


@pytest.mark.parametrize(
    "number", ["5265877635-20250826-0100001AF629-AF", "5265877635-20250826-010000-1AF629-AF"]
)
def test_ksef_numbers_are_checked(number: str) -> None:
    assert ksef_ok(number)
    assert not ksef_ok(number.replace("1AF", "1BF"))
    (field,) = [
        f for f in _find(f"Faktura\nNumer KSeF: {number}", "invoice").fields if f.name == "ksef_number"
    ]
    assert (field.value, field.check) == (number, CHECKED)


def test_a_ksef_number_is_not_the_sellers_number() -> None:
    found = _values("Faktura\nNumer faktury\n5265877635-20250826-0100001AF629-AF\nFV/12/2026", "invoice")
    assert found.get("invoice_number") != "5265877635-20250826-0100001AF629-AF"


def test_an_official_receipt_names_its_invoice() -> None:
    found = _values(
        "Urzędowe poświadczenie odbioru\n"
        "1\t5265877635-20250826-0100001AF629-AF\tFK/11/05\t2025-08-26 10:49:12\t2025-08-26 10:49:18",
        "upo",
    )
    assert found["invoice_number"] == "FK/11/05"
    assert found["vendor_nip"] == "5265877635"
    assert found["submitted"] == "2025-08-26T10:49:12"


def test_a_heading_is_the_line_that_names_the_type() -> None:
    found = find_title(
        _rows("Cover Terms\nEmployment Offer Letter\nThe terms of this letter are these."),
        "employment_contract",
    )
    assert found is not None
    assert found.value == "Employment Offer Letter"
    assert find_title(_rows("Nothing of the kind"), "employment_contract") is None


def test_a_vehicle_by_its_make_and_mark() -> None:
    text = "Incident Report\nAir Example Airbus A319-100, registration N740UW performing flight EX-1"
    assert _values(text, "incident_report")["asset"] == "Airbus A319-100 N740UW"


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("Springfield, NJ 07001", (True, True)),
        ("Sprzedawca NIP 1", (False, True)),
        ("Jalan Mawar 2", (False, True)),
        ("London £ 4, New York, NY 10001", (False, False)),
        ("GST 5%, Albany NY 12201 $ 4", (True, False)),
        ("nothing", (False, False)),
    ],
)
def test_the_order_of_day_and_month(text: str, order: tuple[bool, bool]) -> None:
    assert date_order(text) == order


@given(
    st.sampled_from(
        ["tax_form", "upo", "invoice", "contractor_agreement", "resume", "incident_report", "it_contract"]
    ),
    st.lists(st.text(alphabet='abAB 0123456789-,./()"„:$\t', max_size=60), max_size=10),
)
def test_no_text_breaks_them(doc_type: str, lines: Sequence[str]) -> None:
    _find("\n".join(lines), doc_type)
