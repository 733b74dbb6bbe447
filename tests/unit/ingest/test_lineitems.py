"""Lines of invoices and receipts, and tax by rate: counted only where the columns can be told apart."""

from decimal import Decimal

import pytest

from akta.operations.evaluation.compare import listed_amounts, same, told_amounts
from ingest.fields.find import find_fields
from ingest.fields.found import FoundField
from ingest.fields.rows import rows_of
from ingest.fields.typed import typed
from ingest.model import Page, Reading


def _fields(text: str, doc_type: str = "invoice") -> dict[str, FoundField]:
    page = Page(1, 595, 842, "recognised", "test", "1", text)
    rows = rows_of(Reading("text/plain", (page,)))
    return {f.name: f for f in find_fields(rows, doc_type, False, {}).fields}


_POLISH = """FAKTURA nr 7/2026    Data wystawienia 2026-03-17
Lp.  Nazwa                Ilość    Cena netto    Wartość netto
1    Papier ksero A4         10         15,00           150,00
2    Toner czarny             2         80,00           160,00
     zamiennik, gwarancja 24 miesiące
3    Usługa dostawy           1         20,00            20,00
Stawka VAT       Netto       VAT       Brutto
23%             310,00     71,30       381,30
8%               20,00      1,60        21,60
Razem           330,00     72,90       402,90
Do zapłaty      402,90 PLN
"""


def test_lines_under_their_heads_with_the_check_that_they_add_up() -> None:
    found = _fields(_POLISH)
    assert (found["lines"].value, found["lines"].check) == ("3", "lines=sum")
    assert found["items"].value.split("; ") == [
        "10 × Papier ksero A4 = 150.00",
        "2 × Toner czarny = 160.00",
        "1 × Usługa dostawy = 20.00",
    ]


def test_each_rate_of_tax_with_the_check_that_they_make_the_total() -> None:
    rates = _fields(_POLISH)["tax_by_rate"]
    assert rates.value.split("; ") == ["23%: 310.00 + 71.30 = 381.30", "8%: 20.00 + 1.60 = 21.60"]
    assert (rates.check, rates.confidence) == ("rates=total", 0.95)


@pytest.mark.parametrize(
    ("head", "row"),
    [
        ("Pos.   Bezeichnung   Menge   Einzelpreis   Gesamt", "1   Kabel   2   4,50   9,00"),
        ("Désignation   Quantité   Prix   Montant", "Câble   2   4,50 €   9,00 €"),
        ("Item   Description   Qty   Unit Price   Amount", "A-1   Cable   2   $4.50   $9.00"),
        ("Omschrijving   Aantal   Prijs   Bedrag", "Kabel   2   € 4,50   € 9,00"),
    ],
)
def test_heads_in_other_languages(head: str, row: str) -> None:
    aligned = ("".join(f"{cell:<18}" for cell in line.split("   ")) for line in (head, row))
    found = _fields("\n".join(["Invoice 7", "Date 2026-03-17", *aligned, "Total   9.00 EUR"]))
    assert (found["lines"].value, found["lines"].check) == ("1", "lines=sum")


def test_a_receipts_lines_are_told_only_where_they_make_the_total() -> None:
    receipt = (
        "Sklep Nad Rzeką\nBułka   1,20\nMleko   3,30\nSer   12,00\n"
        "SUMA PLN   16,50\nGotówka   20,00\nReszta   3,50"
    )
    found = _fields(receipt, "receipt")
    assert (found["lines"].value, found["lines"].check) == ("3", "lines=sum")
    assert "lines" not in _fields(receipt.replace("12,00", "13,00"), "receipt")


def test_a_list_that_goes_over_the_page_is_one() -> None:
    half = _POLISH.split("Stawka")[0]
    again = (
        "Strona 2\nLp.  Nazwa    Ilość    Cena netto    Wartość netto\n4  Segregator    4    5,00    20,00\n"
    )
    found = _fields(
        f"{half}Do przeniesienia   330,00\n{again}Razem netto 350,00\nVAT 23% 80,50\nRazem 430,50 PLN"
    )
    assert (found["lines"].value, found["lines"].check) == ("4", "lines=sum")


def test_what_is_told_is_no_correction_when_it_is_sent_back() -> None:
    rows = "\n".join(f"{n}   Towar; gatunek  {n}   1   2,00   2,00" for n in range(1, 190))
    found = _fields(f"Lp.   Nazwa   Ilość   Cena   Wartość\n{rows}\nDo zapłaty 378,00")
    for name in ("items", "tax_by_rate", "lines"):
        for fields in (found, _fields(_POLISH)):
            if name in fields:
                assert typed(name, fields[name].value) == fields[name].value


def test_no_lines_where_no_columns_are_named() -> None:
    assert "lines" not in _fields("Faktura 7/2026\nZa usługi w marcu 100,00\nDo zapłaty 123,00 PLN")


def test_a_long_list_is_counted_no_further_than_told() -> None:
    rows = "\n".join(f"{n}   Towar   1   2,00   2,00" for n in range(1, 700))
    found = _fields(f"Lp.   Nazwa   Ilość   Cena   Wartość\n{rows}\nDo zapłaty 1398,00")
    assert found["lines"].value == "200"
    assert found["lines"].check is None


def test_truths_that_list_their_lines_are_compared_by_amount() -> None:
    truth = [{"description": "a", "amount": "5.00"}, {"description": "b", "amount": 7}, "c"]
    assert listed_amounts(truth) == {Decimal(5): 1, Decimal(7): 1}
    assert told_amounts("2 × a = 5.00; b = 7.00; rubbish") == {Decimal(5): 1, Decimal(7): 1}
    assert not listed_amounts(3)


def test_an_account_is_the_same_with_and_without_its_country() -> None:
    number = "73111111111111111111111111"
    assert same(number, f"PL{number}")
    assert not same(number, f"PL{number[:-1]}2")
    assert not same("12", "PL12")
