"""Names that may be typed: fields and values, in Polish and English."""

from indexer.analysis import fold
from indexer.query.ast import Field

_FIELD_NAMES: dict[Field, str] = {
    "title": "title tytul",
    "party": "vendor party buyer supplier customer employee "
    "dostawca sprzedawca nabywca kontrahent strona pracownik",
    "number": "number numer nr nip id iban receipt invoice_number document_number",
    "file": "file name plik nazwa",
    "domain": "domain dziedzina",
    "type": "type typ rodzaj kind",
    "state": "state status stan",
    "class": "class klasa",
    "language": "language jezyk lang",
    "currency": "currency waluta",
    "channel": "channel kanal",
    "hold": "hold held wstrzymanie wstrzymane blokada",
    "amount": "amount kwoty",
    "total": "total kwota razem suma brutto gross",
    "date": "date data",
    "due": "due termin due_date platnosc",
    "received": "received przyjeto wplynelo",
    "keep": "keep keep_until retain przechowac do",
}
FIELDS: dict[str, Field] = {name: field for field, names in _FIELD_NAMES.items() for name in names.split()}

_DOMAINS = {
    "hr": "hr kadry personel personnel",
    "accounting": "accounting ksiegowosc finance finanse",
    "order": "order orders zamowienia zamowienie",
    "lab": "lab laboratory laboratorium",
    "it": "it informatyka",
    "other": "other inne",
}
_STATES = {
    "filed": "filed akta w_aktach",
    "review": "review sprawdzenie do_sprawdzenia przeglad",
    "quarantined": "quarantined quarantine kwarantanna",
    "rejected": "rejected odrzucone odrzucony",
    "received": "received przyjete",
    "reading": "reading odczyt",
}
_TYPES = {
    "invoice": "faktura faktury fv fvat rachunek bill",
    "invoice_correction": "korekta nota_korygujaca faktura_korygujaca correction credit_note",
    "receipt": "paragon paragony",
    "tax_form": "pit podatek formularz_podatkowy deklaracja tax",
    "bank_statement": "wyciag wyciag_bankowy statement",
    "payment_reminder": "wezwanie przypomnienie reminder",
    "employment_contract": "umowa umowa_o_prace contract",
    "contractor_agreement": "zlecenie umowa_zlecenie umowa_zlecenia contractor",
    "employment_certificate": "swiadectwo_pracy swiadectwo",
    "resume": "cv zyciorys",
    "payslip": "pasek pasek_placowy paystub",
    "medical_certificate": "orzeczenie orzeczenie_lekarskie",
    "purchase_order": "zamowienie order po",
    "despatch_advice": "wz despatch delivery_note dowod_wydania",
    "receipt_advice": "pz",
    "waybill": "list_przewozowy cmr",
    "quotation": "oferta quote",
    "lab_report": "wynik wynik_badania wyniki sprawozdanie result",
    "lab_order": "skierowanie referral zlecenie_badan",
    "system_log": "log logi dziennik",
    "equipment_log": "dziennik_urzadzenia karta_urzadzenia",
    "service_report": "protokol_serwisowy service",
    "upo": "upo",
}


def _table(values: dict[str, str]) -> dict[str, str]:
    table = {name: code for code, names in values.items() for name in names.split()}
    return table | {code: code for code in values}


_VALUES = {"domain": _table(_DOMAINS), "state": _table(_STATES), "type": _table(_TYPES)}
_YES = {"yes", "tak", "true", "1"}


def value_of(field: Field, typed: str) -> str:
    """The stored value that a typed one means; unknown ones stay as they are."""
    plain = fold(typed).replace("-", "_").replace(" ", "_")
    if field == "hold":
        return "yes" if plain in _YES else "no"
    if field in ("class",):
        return typed.strip().upper()
    return _VALUES.get(field, {}).get(plain, plain)
