"""Jednolity Plik Kontrolny: JPK_FA, JPK_V7M and V7K, JPK_WB, JPK_KR, JPK_MAG, JPK_PKPIR, JPK_EWP.

The schemas differ in their rows; heading, taxpayer and control sums are alike, so one reader
serves them. Control elements (`FakturaCtrl`, `SprzedazCtrl` ...) state how many rows there are
and what they sum to.
"""

import re
from typing import Any, Final

from ingest.extract.einvoice.paper import (
    MOST_ROWS,
    Paper,
    amount,
    every,
    filled,
    iso,
    local,
    one,
    tax_number,
    text,
)
from ingest.extract.einvoice.sums import Sums, total
from ingest.model import Conflict, Structured

_TITLES: Final = {
    "JPK_FA": "Jednolity plik kontrolny: faktury VAT",
    "JPK_FA_RR": "Jednolity plik kontrolny: faktury VAT RR",
    "JPK_VAT": "Jednolity plik kontrolny: deklaracja i ewidencja VAT",
    "JPK_WB": "Jednolity plik kontrolny: wyciąg bankowy",
    "JPK_KR": "Jednolity plik kontrolny: księgi rachunkowe",
    "JPK_MAG": "Jednolity plik kontrolny: magazyn",
    "JPK_PKPIR": "Jednolity plik kontrolny: księga przychodów i rozchodów",
    "JPK_EWP": "Jednolity plik kontrolny: ewidencja przychodów",
}
#: Rows by form: element, then label and field for each column.
_ROWS: Final = {
    "JPK_FA": ("Faktura", "Numer=P_2A Data=P_1 Nabywca=P_3A NIP=P_5B Waluta=KodWaluty Brutto=P_15"),
    "JPK_VAT": (
        "SprzedazWiersz",
        "Lp.=LpSprzedazy Dowód=DowodSprzedazy Data=DataWystawienia Kontrahent=NazwaKontrahenta"
        " NIP=NrKontrahenta Netto=K_19 VAT=K_20",
    ),
    "JPK_WB": (
        "WyciagWiersz",
        "Lp.=NumerWiersza Data=DataOperacji Kontrahent=NazwaPodmiotu Opis=OpisOperacji Kwota=KwotaOperacji"
        " Saldo=SaldoOperacji",
    ),
    "JPK_KR": (
        "Dziennik",
        "Lp.=LpZapisuDziennika Numer=NrZapisuDziennika Data=DataOperacji Opis=OpisOperacji"
        " Kwota=DziennikKwotaOperacji",
    ),
}
#: Control sums by form: control element, field for the sum, row element, amounts summed, field for the count.
_CONTROLS: Final = {
    "JPK_FA": (("FakturaCtrl", "WartoscFaktur", "Faktura", ("P_15",), "LiczbaFaktur"),),
    "JPK_WB": (("WyciagCtrl", "", "WyciagWiersz", (), "LiczbaWierszy"),),
    "JPK_KR": (("DziennikCtrl", "", "Dziennik", (), "LiczbaWierszyDziennika"),),
    "JPK_VAT": (
        ("SprzedazCtrl", "", "SprzedazWiersz", (), "LiczbaWierszySprzedazy"),
        (
            "ZakupCtrl",
            "PodatekNaliczony",
            "ZakupWiersz",
            ("K_41", "K_43", "K_44", "K_45", "K_46", "K_47"),
            "LiczbaWierszyZakupow",
        ),
    ),
}


def read(root: Any) -> Paper | None:
    """The control file under `root`, or None if it is none."""
    if local(root) != "JPK" or one(root, "Naglowek/KodFormularza") is None:
        return None
    head, holder = one(root, "Naglowek"), one(root, "Podmiot1")
    code = one(head, "KodFormularza")
    form = form_of(root)
    system = " ".join((code.get("kodSystemowy") or form).split())
    person = one(holder, "OsobaFizyczna", "OsobaNiefizyczna")
    identity = one(holder, "IdentyfikatorPodmiotu")
    year, month = text(head, "Rok"), text(head, "Miesiac")
    period = f"{year}-{month.zfill(2)}" if year.isdigit() and month.isdigit() else year
    element, columns = _ROWS.get(form, ("", ""))
    rows = _all(root, element) if element else []
    named = [column.rpartition("=") for column in re.split(r"\s+(?=\S+=)", columns) if column]
    statement = form == "JPK_WB"
    fields = {
        "syntax": system,
        "root": "JPK",
        "form": form,
        "date": iso(text(head, "DataWytworzeniaJPK")),
        "period_start": iso(text(head, "DataOd")) or (f"{period}-01" if len(period) == 7 else ""),
        "period_end": iso(text(head, "DataDo")),
        "tax_year": year,
        "name": text(identity, "PelnaNazwa") or text(person, "PelnaNazwa") or _person(person),
        "tax_number": tax_number(text(identity, "NIP") or text(person, "NIP")),
        "currency": text(head, "DomyslnyKodWaluty") or text(rows[0] if rows else None, "KodWaluty"),
        "lines": str(len(rows)) if element else "",
        "account": text(root, "NumerRachunku"),
        "opening_balance": amount(text(root, "Salda/SaldoPoczatkowe")),
        "closing_balance": amount(text(root, "Salda/SaldoKoncowe")),
        "total": amount(text(root, "FakturaCtrl/WartoscFaktur")),
    }
    if statement:
        fields["transactions"] = fields["lines"]
        fields["holder"] = fields["name"]
    return Paper(
        structured=Structured(
            system, "JPK", filled(fields), "accounting", "bank_statement" if statement else "tax_form"
        ),
        language="pl",
        title=_TITLES.get(form, f"Jednolity plik kontrolny: {form}"),
        head=[
            ("Formularz", system),
            ("Data wytworzenia", fields["date"].replace("T", " ")),
            ("Okres", period if period else f"{fields['period_start']} – {fields['period_end']}"),
            ("Kod urzędu", text(head, "KodUrzedu")),
            ("Cel złożenia", text(head, "CelZlozenia")),
            ("Rachunek", fields["account"]),
            ("Saldo początkowe", fields["opening_balance"]),
            ("Saldo końcowe", fields["closing_balance"]),
        ],
        parties=[
            ("Podatnik", [fields["name"], f"NIP: {fields['tax_number']}" if fields["tax_number"] else ""])
        ],
        columns=[label for label, _, _ in named],
        rows=[[text(row, field) for _, _, field in named] for row in rows[:MOST_ROWS]],
        left_out=max(0, len(rows) - MOST_ROWS),
        sums=[
            (label, text(control, field))
            for control_name, label, field in (
                ("FakturaCtrl", "Liczba faktur", "LiczbaFaktur"),
                ("FakturaCtrl", "Wartość faktur", "WartoscFaktur"),
                ("SprzedazCtrl", "Liczba wierszy sprzedaży", "LiczbaWierszySprzedazy"),
                ("SprzedazCtrl", "Podatek należny", "PodatekNalezny"),
                ("ZakupCtrl", "Liczba wierszy zakupów", "LiczbaWierszyZakupow"),
                ("ZakupCtrl", "Podatek naliczony", "PodatekNaliczony"),
            )
            for control in _all(root, control_name)[:1]
            if text(control, field)
        ],
    )


def sums(root: Any) -> tuple[Conflict, ...]:
    """Control sums that the rows contradict, and a bank's balances that its rows do not make."""
    found = Sums()
    form = form_of(root)
    for control_name, sum_field, row_name, amounts, count_field in _CONTROLS.get(form, ()):
        control = next(iter(_all(root, control_name)), None)
        rows = _all(root, row_name)
        if control is None:
            continue
        found.equal("count", text(control, count_field), total([str(len(rows))]))
        values = [text(row, field) for row in rows for field in amounts]
        found.equal("total", text(control, sum_field) if sum_field else "", total([v for v in values if v]))
    if form == "JPK_WB":
        moved = [text(row, "KwotaOperacji") for row in _all(root, "WyciagWiersz")]
        opening = text(root, "Salda/SaldoPoczatkowe")
        found.equal("balance", text(root, "Salda/SaldoKoncowe"), total([opening, *moved]))
    return tuple(found.conflicts)


def form_of(root: Any) -> str:
    """The form's code such as `JPK_FA`."""
    code = one(root, "Naglowek/KodFormularza")
    return (
        ""
        if code is None
        else " ".join((code.text or code.get("kodSystemowy") or "").split()).partition(" ")[0]
    )


def _all(root: Any, name: str) -> list[Any]:
    """Elements directly below the root, or in a section (`Ewidencja` of JPK_V7)."""
    return every(root, name) or every(root, f"Ewidencja/{name}")


def _person(person: Any) -> str:
    return " ".join(filter(None, (text(person, "ImiePierwsze"), text(person, "Nazwisko"))))
