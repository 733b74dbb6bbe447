"""Structured invoices of the Polish e-invoice system KSeF, FA(1) to FA(3) and FA_RR, and receipts (UPO).

Field names follow the logical structures published by the Ministry of Finance:
P_1 date, P_2 number, P_6 date of supply, P_13_x net and P_14_x VAT by rate, P_15 total.
On a correction these are differences.
"""

import re
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from ingest.extract.einvoice.paper import (
    MOST_ROWS,
    Paper,
    amount,
    every,
    filled,
    iso,
    local,
    namespace,
    one,
    text,
)
from ingest.model import Structured

_KINDS: Final = {
    "VAT": "Faktura",
    "KOR": "Faktura korygująca",
    "ZAL": "Faktura zaliczkowa",
    "ROZ": "Faktura rozliczeniowa",
    "UPR": "Faktura uproszczona",
    "KOR_ZAL": "Korekta faktury zaliczkowej",
    "KOR_ROZ": "Korekta faktury rozliczeniowej",
    "VAT_RR": "Faktura VAT RR",
    "KOR_VAT_RR": "Korekta faktury VAT RR",
}
_PAYMENT_FORMS: Final = {
    "1": "gotówka",
    "2": "karta",
    "3": "bon",
    "4": "czek",
    "5": "kredyt",
    "6": "przelew",
    "7": "mobilna",
}


def read(root: Any) -> Paper | None:
    """The KSeF invoice or UPO under `root`, or None if it is neither."""
    if local(root) == "Faktura" and one(root, "Naglowek/KodFormularza") is not None:
        return _invoice(root)
    if local(root) == "Potwierdzenie" and (
        "upo" in namespace(root).lower() or one(root, "Dokument") is not None
    ):
        return _receipt(root)
    return None


def _invoice(root: Any) -> Paper:
    form = one(root, "Naglowek/KodFormularza")
    system = " ".join((form.get("kodSystemowy") or form.text or "FA").split())
    body = one(root, "Fa", "FakturaRR")
    seller, buyer = one(root, "Podmiot1"), one(root, "Podmiot2")
    kind = text(body, "RodzajFaktury")
    rows = every(body, "FaWiersz") or every(body, "FaWiersze/FaWiersz") or every(body, "FakturaRRWiersz")
    pay = one(body, "Platnosc")
    form_code = text(pay, "FormaPlatnosci")
    fields = {
        "syntax": f"KSeF {system}",
        "root": "Faktura",
        "invoice_number": text(body, "P_2", "P_2A", "P_4C"),
        "date": iso(text(body, "P_1", "P_4B")),
        "sale_date": iso(text(body, "P_6", "P_4A")),
        "due_date": iso(
            text(pay, "TerminPlatnosci/Termin", "TerminyPlatnosci/TerminPlatnosci", "TerminPlatnosci")
        ),
        "period_start": iso(text(body, "OkresFa/P_6_Od")),
        "period_end": iso(text(body, "OkresFa/P_6_Do")),
        "currency": text(body, "KodWaluty"),
        "vendor": _name(seller),
        "vendor_nip": text(seller, "DaneIdentyfikacyjne/NIP"),
        "buyer": _name(buyer),
        "buyer_nip": text(buyer, "DaneIdentyfikacyjne/NIP"),
        "net": _sum(body, r"P_13_\d+(_\d)?"),
        "vat": _sum(body, r"P_14_\d+"),
        "total": amount(text(body, "P_15", "P_12_1")),
        "invoice_kind": kind,
        "lines": str(len(rows)),
        "corrected_number": text(body, "DaneFaKorygowanej/NrFaKorygowanej"),
        "correction_reason": text(body, "PrzyczynaKorekty"),
        "bank_account": text(
            pay, "RachunekBankowy/NrRB", "RachunekBankowy/NrRBPL", "RachunekBankowy/NrRBZagr"
        ),
        "payment_method": _PAYMENT_FORMS.get(form_code, text(pay, "OpisPlatnosci")),
        "po_number": text(body, "WarunkiTransakcji/Zamowienia/NrZamowienia"),
        "contract_number": text(body, "WarunkiTransakcji/Umowy/NrUmowy"),
    }
    fields["document_number"] = fields["invoice_number"]
    correction = kind.startswith("KOR")
    ordered = every(body, "Zamowienie/ZamowienieWiersz")
    money = fields["currency"]
    named = (("Razem netto", "net"), ("Razem VAT", "vat"), ("Kwota należności ogółem", "total"))
    return Paper(
        structured=Structured(
            fields["syntax"],
            "Faktura",
            filled(fields),
            "accounting",
            "invoice_correction" if correction else "invoice",
        ),
        language="pl",
        title=_KINDS.get(kind, "Faktura VAT RR" if "RR" in system else "Faktura"),
        head=[
            ("Numer faktury", fields["invoice_number"]),
            ("Data wystawienia", fields["date"]),
            ("Miejsce wystawienia", text(body, "P_1M")),
            ("Data sprzedaży", fields["sale_date"]),
            ("Okres", " - ".join(p for p in (fields["period_start"], fields["period_end"]) if p)),
            ("Numer faktury korygowanej", fields["corrected_number"]),
            ("Data faktury korygowanej", iso(text(body, "DaneFaKorygowanej/DataWystFaKorygowanej"))),
            ("Numer KSeF faktury korygowanej", text(body, "DaneFaKorygowanej/NrKSeFFaKorygowanej")),
            ("Przyczyna korekty", fields["correction_reason"]),
            ("Numer zamówienia", fields["po_number"]),
            ("Numer umowy", fields["contract_number"]),
            ("Waluta", money),
        ],
        parties=[("Sprzedawca", _party(seller)), ("Nabywca", _party(buyer))]
        + [("Podmiot trzeci", _party(third)) for third in every(root, "Podmiot3")]
        + [("Podmiot upoważniony", _party(one(root, "PodmiotUpowazniony")))],
        columns=[
            "Lp.",
            "Nazwa",
            "J.m.",
            "Ilość",
            "Cena netto",
            "Cena brutto",
            "Netto",
            "Brutto",
            "VAT",
            "Przed korektą",
        ],
        rows=[_row(row) for row in (rows or ordered)[:MOST_ROWS]],
        left_out=max(0, len(rows or ordered) - MOST_ROWS),
        sums=[(label, f"{fields[key]} {money}") for label, key in named if fields[key]],
        notes=_notes(root, body, pay, fields),
    )


def _row(row: Any) -> list[str]:
    z = "Z" if local(row) == "ZamowienieWiersz" else ""
    return [
        text(row, "NrWierszaFa", "NrWierszaZam"),
        text(row, f"P_7{z}", "P_5"),
        text(row, f"P_8A{z}"),
        text(row, f"P_8B{z}"),
        text(row, f"P_9A{z}"),
        text(row, "P_9B"),
        text(row, "P_11", "P_11NettoZ"),
        text(row, "P_11A"),
        text(row, f"P_12{z}", "P_12_XII"),
        "tak" if text(row, "StanPrzed", "StanPrzedZ") == "1" else "",
    ]


def _notes(root: Any, body: Any, pay: Any, fields: dict[str, str]) -> list[str]:
    facts = [
        ("Termin płatności", fields["due_date"]),
        ("Forma płatności", fields["payment_method"]),
        ("Zapłacono", iso(text(pay, "DataZaplaty")) or ("tak" if text(pay, "Zaplacono") == "1" else "")),
        ("Rachunek bankowy", fields["bank_account"]),
        ("Bank", text(pay, "RachunekBankowy/NazwaBanku")),
        ("Mechanizm podzielonej płatności", "tak" if text(body, "Adnotacje/P_18A") == "1" else ""),
        ("Odwrotne obciążenie", "tak" if text(body, "Adnotacje/P_18") == "1" else ""),
        ("Samofakturowanie", "tak" if text(body, "Adnotacje/P_17") == "1" else ""),
        ("Metoda kasowa", "tak" if text(body, "Adnotacje/P_16") == "1" else ""),
        ("Podstawa zwolnienia", text(body, "Adnotacje/Zwolnienie/P_19A", "Adnotacje/Zwolnienie/P_19B")),
    ]
    facts += [(text(d, "Klucz"), text(d, "Wartosc")) for d in every(body, "DodatkowyOpis")]
    notes = ["\n".join(f"{label}: {value}" for label, value in facts if value)]
    notes += [n.text.strip() for n in every(root, "Stopka/Informacje/StopkaFaktury") if n.text]
    registers = one(root, "Stopka/Rejestry")
    numbers = [(k, text(registers, k)) for k in ("KRS", "REGON", "BDO")]
    notes.append("\n".join(f"{label}: {value}" for label, value in numbers if value))
    return [n for n in notes if n]


def _name(party: Any) -> str:
    found = text(
        party,
        "DaneIdentyfikacyjne/Nazwa",
        "DaneIdentyfikacyjne/PelnaNazwa",
        "DaneIdentyfikacyjne/NazwaHandlowa",
    )
    data = one(party, "DaneIdentyfikacyjne")
    return found or " ".join(filter(None, (text(data, "ImiePierwsze"), text(data, "Nazwisko"))))


def _party(party: Any) -> list[str]:
    if party is None:
        return []
    data = one(party, "DaneIdentyfikacyjne")
    address = one(party, "Adres", "AdresPol", "Adres/AdresPol", "Adres/AdresZagr")
    inner = one(address, "AdresPol", "AdresZagr")
    address = inner if inner is not None else address
    nip, vat, other = text(data, "NIP"), text(data, "NrVatUE"), text(data, "NrID")
    street = " ".join(
        filter(None, (text(address, "Ulica"), text(address, "NrDomu"), text(address, "NrLokalu")))
    )
    return [
        _name(party),
        f"NIP: {nip}" if nip else "",
        f"VAT UE: {text(data, 'KodUE')}{vat}" if vat else "",
        f"Nr: {other}" if other else "",
        text(address, "AdresL1") or street,
        text(address, "AdresL2")
        or " ".join(filter(None, (text(address, "KodPocztowy"), text(address, "Miejscowosc")))),
        text(address, "KodKraju"),
        *(text(party, f"DaneKontaktowe/{k}") for k in ("Email", "Telefon")),
    ]


def _sum(body: Any, pattern: str) -> str:
    """The sum of the fields whose names match; an empty string if there are none."""
    total, any_found = Decimal(0), False
    for element in body if body is not None else ():
        if re.fullmatch(pattern, local(element)):
            try:
                total += Decimal((element.text or "").strip())
                any_found = True
            except InvalidOperation:
                continue
    return amount(str(total)) if any_found else ""


def _receipt(root: Any) -> Paper:
    documents = every(root, "Dokument")
    first = documents[0] if documents else None
    fields = {
        "syntax": "KSeF UPO",
        "root": "Potwierdzenie",
        "session_number": text(root, "NumerReferencyjnySesji"),
        "invoice_number": text(first, "NumerFaktury"),
        "ksef_number": text(first, "NumerKSeFDokumentu"),
        "date": iso(text(first, "DataWystawieniaFaktury")),
        "vendor_nip": text(first, "NipSprzedawcy"),
        "documents": str(len(documents)),
    }
    return Paper(
        structured=Structured("KSeF UPO", "Potwierdzenie", filled(fields), "accounting", "upo"),
        language="pl",
        title="Urzędowe poświadczenie odbioru (UPO)",
        head=[
            ("Podmiot przyjmujący", text(root, "NazwaPodmiotuPrzyjmujacego")),
            ("Numer referencyjny sesji", fields["session_number"]),
            ("Struktura logiczna", text(root, "NazwaStrukturyLogicznej")),
            ("Kod formularza", text(root, "KodFormularza")),
            ("Liczba dokumentów", fields["documents"]),
        ],
        columns=[
            "Numer faktury",
            "Numer KSeF",
            "Data wystawienia",
            "Przesłano",
            "Nadano numer",
            "NIP sprzedawcy",
            "Skrót",
        ],
        rows=[
            [
                text(d, k)
                for k in (
                    "NumerFaktury",
                    "NumerKSeFDokumentu",
                    "DataWystawieniaFaktury",
                    "DataPrzeslaniaDokumentu",
                    "DataNadaniaNumeruKSeF",
                    "NipSprzedawcy",
                    "SkrotDokumentu",
                )
            ]
            for d in documents
        ],
    )
