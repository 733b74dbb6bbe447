"""Values that were once wrong and sure: whose number, whose day, where a name ends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.fields.find import find_fields
from ingest.fields.forms import with_forms
from ingest.fields.found import SURE
from ingest.fields.identifiers import nip_ok
from ingest.fields.rows import Row, rows_of
from ingest.fields.taxnumbers import BUYER, SELLER, find_tax_numbers
from ingest.model import Page, Reading, Word

FIRST, SECOND, THIRD = "7010345678", "5223012356", "9512033332"


def _rows(text: str) -> list[Row]:
    return rows_of(Reading("text/plain", (Page(1, 595, 842, "recognised", "text", "1", text),)))


def _values(text: str, doc_type: str, form: str | None = None) -> dict[str, str]:
    rows = _rows(text)
    found = find_fields(rows, doc_type, False, {})
    return {f.name: f.value for f in with_forms(found, rows, form or doc_type, False).fields}


_LEFT_IS_LONGER = f"""Faktura nr 231/2026
Sprzedawca:                                  Nabywca:
ZOO-MARKET KUBUŚ                             Schronisko Cztery Łapy
Jakub Lisowski                               ul. Polna 1, 55-040 Bielany
pl. Grunwaldzki 22, 50-363 Wrocław           NIP {SECOND}
NIP {FIRST}
Do zapłaty: 123,00 zł"""
_RIGHT_IS_SELLER = f"""Faktura nr 231/2026
Nabywca:                                     Sprzedawca:
Schronisko Cztery Łapy                       ZOO-MARKET KUBUŚ
NIP {SECOND}                               Jakub Lisowski
                                             NIP {FIRST}
Do zapłaty: 123,00 zł"""
_IN_ONE_LINE = f"""Faktura 26-FVS/0914
Nabywca: Gmina Stare Pole                    Odbiorca: Szkoła Podstawowa
ul. Marynarska 6                             ul. Szkolna 1
NIP {SECOND}                               NIP {THIRD}
Sprzedawca: Instal-Tech Sp. z o.o., ul. Fabryczna 9, 82-300 Elbląg, NIP {FIRST}
Do zapłaty: 123,00 zł"""
_AT_THE_HEAD = f"""Elektro-Hurt Błysk Sp. z o.o.
NIP {FIRST}
Faktura 5/2026
Nabywca
Murex Sp. z o.o.
NIP {SECOND}
Do zapłaty: 123,00 zł"""


@pytest.mark.parametrize("text", [_LEFT_IS_LONGER, _RIGHT_IS_SELLER, _IN_ONE_LINE, _AT_THE_HEAD])
def test_a_tax_number_is_the_one_of_its_column(text: str) -> None:
    found = _values(text, "invoice")
    assert (found["vendor_nip"], found["buyer_nip"]) == (FIRST, SECOND)


def test_the_number_on_an_order_is_its_issuers() -> None:
    text = f"""Zamawiający:                           Dostawca:
Fabryka Mebli Orzech S.A.              Okucia-Met Sp. z o.o.
ul. Leśna 1, 11-200 Bartoszyce         ul. Hutnicza 3, 42-200 Częstochowa
NIP {FIRST}
Zamówienie nr ZAM/0412/26              Data zamówienia: 08.04.2026"""
    found = _values(text, "purchase_order")
    assert found["buyer_nip"] == FIRST
    assert "vendor_nip" not in found


def test_a_correction_note_is_issued_by_the_buyer() -> None:
    text = f"""NOTA KORYGUJĄCA nr NK/3/2026
Wystawca noty (nabywca):               Sprzedawca:
Drukarnia Offset Sp. z o.o.            Papirus Hurt S.A.
NIP {SECOND}                         NIP {FIRST}
Dotyczy faktury nr FV/221/2026 z dnia 02.03.2026"""
    found = _values(text, "invoice_correction", "correction_note")
    assert (found["vendor_nip"], found["buyer_nip"]) == (FIRST, SECOND)


@given(
    st.lists(
        st.sampled_from(
            [
                "Sprzedawca",
                "Nabywca",
                f"NIP {FIRST}",
                f"NIP {SECOND}",
                f"NIP {THIRD}",
                "NIP 1234567890",
                "ul. Leśna 4",
            ]
        ),
        max_size=14,
    ),
    st.lists(st.sampled_from(["", "Nabywca:", f"NIP: {SECOND}"]), max_size=14),
)
def test_no_number_is_both_partys_and_a_right_one_is_preferred(left: list[str], right: list[str]) -> None:
    both = [a.ljust(60) + (right[i] if i < len(right) else "") for i, a in enumerate(left)]
    found = {f.name: f.value for f in find_tax_numbers(_rows("\n".join(both)), {})}
    assert set(found) <= {SELLER, BUYER}
    assert len(set(found.values())) == len(found)
    if any(nip_ok(n) and n in "\n".join(both) for n in (FIRST, SECOND, THIRD)) and len(found) == 1:
        assert all(nip_ok(n) for n in found.values())


@pytest.mark.parametrize(
    ("line", "buyer"),
    [
        ("Nabywca: Wspólnota Lipowa 8, ul. Lipowa 8, 80-200 Gdańsk, NIP 951-203-33-32", "Wspólnota Lipowa 8"),
        ("Nabywca: Piotr Wolski, 37-500 Jarosław", "Piotr Wolski"),
        ("Nabywca: Agencja Pik Sp. z o.o., Katowice", "Agencja Pik Sp. z o.o."),
        ("Bill to: Willow & Finch Bakery, 12 High Street, Stroud GL5 1AA", "Willow & Finch Bakery"),
        ("Bill to: Cascade Timber Products, Inc.", "Cascade Timber Products, Inc."),
        ("Bill to: Smith, Jones and Partners LLP", "Smith, Jones and Partners LLP"),
        ('Nabywca: "SAM-BUD" Jan Kania', '"SAM-BUD" Jan Kania'),
    ],
)
def test_a_name_ends_where_its_address_begins(line: str, buyer: str) -> None:
    assert _values(f"Faktura 7/2026\n{line}\nDo zapłaty: 12,30 zł", "invoice")["buyer"] == buyer


def test_a_name_goes_on_where_only_its_legal_form_is_left() -> None:
    text = (
        "Faktura 7/2026\nNabywca\nZakład Budowlany MUREX Sp. z o.o.\nSp. k.\nul. Wilda 8\nDo zapłaty 5,00 zł"
    )
    assert _values(text, "invoice")["buyer"] == "Zakład Budowlany MUREX Sp. z o.o. Sp. k."


def test_a_sentence_about_the_seller_names_no_seller() -> None:
    text = """Marek Jasiński - tłumaczenia
ul. Cicha 2/4, 20-001 Lublin
RACHUNEK nr 15/2026
Razem do zapłaty: 1 850,00 zł
Sprzedawca zwolniony podmiotowo z podatku VAT na podstawie art. 113 ust. 1 ustawy"""
    found = _values(text, "invoice")
    assert found["vendor"] == "Marek Jasiński"
    assert "vat" not in found  # of `VAT … art. 113`


def test_who_wrote_a_german_letter_stands_over_its_address() -> None:
    text = """Softwerkstatt Lindner GmbH · Gartenweg 5 · 04109 Leipzig

Nordlicht Reisen AG
Am Kai 3
24103 Kiel

Rechnung                    Rechnungsnummer: RE-2026-00418
Gesamtbetrag   1.071,00 EUR"""
    assert _values(text, "invoice")["vendor"] == "Softwerkstatt Lindner GmbH"


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("Faktura VAT FS 1482/04/2026", "FS 1482/04/2026"),
        ("FAKTURA VAT ROZLICZENIOWA Nr E/PN1/0045982/26", "E/PN1/0045982/26"),
        ("Faktura VAT marża nr FM/9/2026", "FM/9/2026"),
        ("Faktura sprzedaży FV 12/2026", "FV 12/2026"),
    ],
)
def test_numbers_of_a_series(line: str, number: str) -> None:
    text = f"{line}\nData wystawienia: 10.02.2026\nDo zapłaty: 5,00 zł"
    assert _values(text, "invoice")["invoice_number"] == number


@pytest.mark.parametrize("line", ["Faktura z 12/02/2026", "Faktura VAT 23%", "Faktura do zapłaty 14 dni"])
def test_what_is_no_number(line: str) -> None:
    assert "invoice_number" not in _values(f"{line}\nDo zapłaty: 5,00 zł", "invoice")


def test_a_correction_and_what_it_corrects() -> None:
    text = """Faktura korygująca FKS 12/04/2026
do faktury FS 1402/03/2026 z dnia 11.03.2026
Do zwrotu: 246,00 PLN"""
    found = _values(text, "invoice_correction")
    assert (found["invoice_number"], found["corrected_number"]) == ("FKS 12/04/2026", "FS 1402/03/2026")


def test_letters_that_a_stroke_joins_belong_to_the_number() -> None:
    assert (
        _values("WYDANIE ZEWNĘTRZNE\nWZ/188/05/2026", "despatch_advice")["document_number"]
        == "WZ/188/05/2026"
    )
    assert _values("Wydanie WZ nr 188/05/2026", "despatch_advice")["document_number"] == "188/05/2026"


def test_the_label_of_the_next_box_is_no_number() -> None:
    assert "document_number" not in _values("2. Nr dokumentu    3. Status\nPIT-11", "tax_form")


def test_the_day_of_an_order_is_not_the_invoices() -> None:
    text = """Okna Panorama Robert Zych                                      Gdańsk, 12 maja 2026 r.
ul. Tartaczna 5, 80-100 Gdańsk
Faktura zaliczkowa nr ZAL/12/2026
Zamówienie nr Z/33/2026 z dnia 20.04.2026 na kwotę 61 500,00 zł
Zapłacono: 24 600,00 zł"""
    assert _values(text, "invoice")["date"] == "2026-05-12"


def test_the_day_of_a_referral_is_not_the_certificates() -> None:
    text = """ORZECZENIE LEKARSKIE NR 447/2026
wydane na podstawie skierowania na badania lekarskie z dnia 01.04.2026
Data następnego badania okresowego: 08.04.2029
Toruń, 08.04.2026"""
    found = _values(text, "medical_certificate")
    assert (found["date"], found["valid_until"]) == ("2026-04-08", "2029-04-08")


def test_a_day_of_birth_is_no_papers_day() -> None:
    text = """KWESTIONARIUSZ OSOBOWY
1. Imię (imiona) i nazwisko          Halina Wrońska
3. Data urodzenia                    17.02.1966"""
    found = _values(text, "personal_questionnaire")
    assert "date" not in found
    assert (found["name"], found["birth_date"]) == ("Halina Wrońska", "1966-02-17")


def test_an_account_is_whole() -> None:
    text = "Wyciąg nr 5/2026\nNr rachunku: PL61 1090 1014 0000 0712 1981 2874\nSaldo końcowe 1,00"
    assert _values(text, "bank_statement")["account"] == "PL61109010140000071219812874"


def test_a_tax_number_is_no_tax() -> None:
    text = "HARTLEY'S\nVAT No 184 2291 07\nTOTAL 27.46\nIncludes VAT @20% 4.58"
    assert _values(text, "receipt")["vat"] == "4.58"


def test_the_sum_of_a_tills_tax_is_no_total() -> None:
    text = "PARAGON FISKALNY\nPTU A 8,99\nPTU C 1,87\nSUMA PTU 10,86\nSUMA PLN 87,43"
    found = _values(text, "receipt")
    assert (found["vat"], found["total"]) == ("10.86", "87.43")


def test_a_heading_of_a_resume_is_no_name() -> None:
    text = "CURRICULUM VITAE\nDane osobowe\nImię i nazwisko: Tomasz Gajda\nDoświadczenie\nMagazynier"
    assert _values(text, "resume")["name"] == "Tomasz Gajda"


def test_columns_of_a_form_that_stand_close() -> None:
    text = """PIT-11
Źródła przychodów                    Przychód   Koszty uzyskania    Dochód      Zaliczka pobrana
Należności ze stosunku pracy         78 400,00  3 000,00            75 400,00   5 112"""
    found = _values(text, "tax_form", "pit_11")
    assert (found["deductible_costs"], found["net_income"]) == ("3000.00", "75400.00")


def test_a_patient_without_what_follows_the_name() -> None:
    found = _values("WYNIKI BADAŃ\nPacjent: KOWALIK ADAM PESEL: 85041212344 Płeć: M", "lab_report")
    assert (found["patient"], found["pesel"]) == ("KOWALIK ADAM", "85041212344")


_HOTEL = """Data          Opis        Kwota brutto
10.06.2026    Nocleg      390,00
11.06.2026    Nocleg      390,00
12.06.2026    Parking     62,40
Razem: 842,40 zł, w tym VAT 8% 57,78 zł, VAT 23% 11,67 zł
Płatność kartą: 842,40 zł"""
_DELIVERY = """FlexiSeal Machinery BV            DELIVERY NOTE
Industrieweg 40                   No. DN-77120
Eindhoven                         Your order PO-2026-00881"""
_CALIBRATED = """Laboratorium METRO-KAL
Typ            PS 6000
Zgłaszający    Cukiernia Pączuś s.c."""
_CONTRACT = "1. Job title: Site Accountant. 2. Date of commencement: 7 September 2026."
_STATEMENT = """First Pacific Bank     Statement period 03/01/2026 - 03/31/2026
Account number 0042 118 7765
BRIGHTWATER CONSULTING LLC
880 Harbor Blvd, Suite 210
CHECKING    009070568735    15,619.65"""


@pytest.mark.parametrize(
    ("doc_type", "text", "name", "value"),
    [
        ("invoice", _HOTEL, "total", "842.40"),
        ("despatch_advice", _DELIVERY, "document_number", "DN-77120"),
        ("invoice", "Numer: PL-INV-2026-118204\nRazem 5,00 zł", "invoice_number", "PL-INV-2026-118204"),
        ("quotation", "OFERTA nr OF/55/2026\nRazem 5,00 zł", "document_number", "OF/55/2026"),
        ("cash_voucher", "KP nr 18/06/2026\nZa co: tort, faktura 44/2026", "document_number", "18/06/2026"),
        ("calibration_certificate", "Nr świadectwa: W/1140/2026", "document_number", "W/1140/2026"),
        ("calibration_certificate", _CALIBRATED, "vendor", "Laboratorium METRO-KAL"),
        ("employment_contract", _CONTRACT, "position", "Site Accountant"),
        ("employment_contract", _CONTRACT, "hire_date", "2026-09-07"),
        ("bank_statement", _STATEMENT, "holder", "BRIGHTWATER CONSULTING LLC"),
        ("bank_statement", _STATEMENT, "vendor", "First Pacific Bank"),
        ("bank_statement", _STATEMENT, "date_from", "2026-03-01"),
        ("bank_statement", _STATEMENT, "date_to", "2026-03-31"),
        ("bank_statement", _STATEMENT, "account", "0042 118 7765"),
        ("bank_statement", _STATEMENT, "checking_balance", "15619.65"),
        (
            "invoice_correction",
            "Gutschrift\nzur Rechnung RE-26-418 vom 22.04.26",
            "corrected_number",
            "RE-26-418",
        ),
    ],
)
def test_values_of_everyday_papers(doc_type: str, text: str, name: str, value: str) -> None:
    assert _values(text, doc_type)[name] == value


@pytest.mark.parametrize(
    ("doc_type", "text", "name"),
    [
        ("order_response", "Subtotal 143.50, delivery 4.95, total 148.45. This is not a VAT invoice.", "vat"),
        ("payslip", "Employee     Employee No\nJane Doe     17\nNet pay 5.00", "employee"),
        ("asset_handover", "Nazwa sprzętu    Nr seryjny\nLaptop           PF3ABCDE", "asset"),
        ("waybill", "2 Odbiorca       17 Kolejni przewoźnicy", "consignee"),
        ("receipt", "GST INVOICE 5.00\nTOTAL 5.00", "invoice_number"),
        ("invoice", "Malowanie pokoi 20 szt. po 100 zł netto\nRazem 2000 zł", "order_number"),
        ("employment_contract", "Zatrudniony od dnia 01.02.2026 do dnia 30.04.2026", "due_date"),
    ],
)
def test_what_is_no_value_of_it(doc_type: str, text: str, name: str) -> None:
    assert name not in _values(text, doc_type)


def test_a_person_named_in_another_case_is_not_told_as_sure() -> None:
    text = """UMOWA O PRACĘ
zawarta pomiędzy Textil-Log Sp. z o.o., zwaną dalej Pracodawcą,
a Panią Agnieszką Wójcik, zam. ul. Zgierska 11, zwaną dalej Pracownikiem."""
    found = {f.name: f for f in find_fields(_rows(text), "employment_contract", False, {}).fields}
    assert found["employee"].value == "Agnieszką Wójcik"
    assert found["employee"].confidence < SURE
    assert found["employer"].confidence >= SURE


def test_a_reminder_is_written_after_the_day_to_pay() -> None:
    text = "Leeds, 7 July 2026\nREMINDER\nOutstanding balance £1,840.00, which was due on 1 July 2026."
    found = find_fields(_rows(text), "payment_reminder", False, {})
    values = {f.name: f.value for f in found.fields}
    assert (values["date"], values["due_date"], found.doubtful) == ("2026-07-07", "2026-07-01", ())
    late = find_fields(
        _rows("Invoice 7\nInvoice date 7 July 2026\nDue date 1 July 2026"), "invoice", False, {}
    )
    assert "due_date" in late.doubtful


def test_two_blanks_part_two_figures_where_letters_are_of_one_width() -> None:
    def words(width: float, slack: float) -> tuple[Word, ...]:
        out, at = [], 0.1
        for number, text in enumerate(["Sesja", "1", "300,00", "369,00"]):
            wide = width * len(text) * (1 + slack * (number % 2))
            out.append(Word(text, (at, 0.1, at + wide, 0.12), 1.0, 0))
            at += wide + 2 * width
        return tuple(out)

    def row(slack: float) -> str:
        page = Page(1, 595, 842, "recognised", "text", "1", "x", words(0.01, slack))
        return rows_of(Reading("application/pdf", (page,)))[0].text

    assert row(0.0) == "Sesja\t1\t300,00\t369,00"
    assert row(0.2) == "Sesja 1 300,00 369,00"
