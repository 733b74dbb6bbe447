"""Names that may be typed: fields and values, in Polish and English."""

from difflib import get_close_matches
from functools import lru_cache
from typing import get_args

from akta.records.doctypes.current import current
from akta.records.doctypes.tree import TypeTree
from indexer.analysis import fold
from indexer.bands import AMOUNT_BANDS, CONFIDENCE_BANDS
from indexer.query.ast import Field

_FIELD_NAMES: dict[Field, str] = {
    "title": "title tytul",
    "party": "vendor party seller buyer supplier customer company employee person from "
    "dostawca sprzedawca nabywca kupujacy odbiorca kontrahent strona firma pracownik osoba od",
    "number": "number numer nr no nip vat_id vendor_nip seller_nip buyer_nip nip_sprzedawcy nip_nabywcy "
    "id iban konto account regon pesel receipt pokwitowanie order "
    "invoice_number document_number sygnatura",
    "file": "file filename name plik nazwa",
    "domain": "domain dziedzina dzial",
    "type": "type typ rodzaj kind",
    "state": "state status stan",
    "class": "class klasa",
    "language": "language jezyk lang",
    "currency": "currency waluta",
    "channel": "channel kanal",
    "hold": "hold held wstrzymanie wstrzymane blokada",
    "year": "year rok",
    "month": "month miesiac",
    "party_id": "party_id id_strony",
    "amount_band": "amount_band przedzial_kwot",
    "confidence_band": "confidence_band przedzial_pewnosci",
    "confidence": "confidence pewnosc",
    "amount": "amount kwoty",
    "total": "total kwota razem suma brutto gross",
    "date": "date data z_dnia dated",
    "due": "due termin due_date platnosc termin_platnosci",
    "received": "received przyjeto przyjete wplynelo wplyw",
    "keep": "keep keep_until retain retain_until przechowac przechowywac do",
}
FIELDS: dict[str, Field] = {name: field for field, names in _FIELD_NAMES.items() for name in names.split()}
#: The fields as an error names them.
KNOWN = ", ".join(get_args(Field)[1:])

_DOMAINS = """
hr          kadry personel personnel
accounting  ksiegowosc finance finanse rachunkowosc
order       orders zamowienia zamowienie
lab         laboratory laboratorium
it          informatyka
other       inne pozostale
"""
_STATES = """
filed        w_aktach akta zalozone
review       in_review sprawdzenie do_sprawdzenia przeglad do_przegladu
quarantined  quarantine kwarantanna w_kwarantannie
rejected     odrzucone odrzucony
received     przyjete przyjety
reading      odczyt odczytywane
"""
_TYPES = """
account_statement        zestawienie_sald
announcement             ogloszenie
archive                  archiwum archiwum_plikow zip
asset_handover           protokol_przekazania protokol_przekazania_sprzetu
bank_statement           wyciag wyciag_bankowy statement
benefits_document        dokument_swiadczen swiadczenia benefits
book_page                strona_ksiazki
booking_confirmation     potwierdzenie_rezerwacji booking
calibration_certificate  swiadectwo_wzorcowania wzorcowanie calibration
cash_voucher             dowod_kasowy kp kw
catalogue                katalog catalog
clinical_note            notatka_kliniczna
complaint                reklamacja
contractor_agreement     umowa_zlecenia umowa_zlecenie zlecenie contractor
despatch_advice          wydanie_zewnetrzne wz dispatch_advice delivery_note dowod_wydania
direct_deposit_form      formularz_wplaty_na_konto direct_deposit
email                    e_mail mail wiadomosc wiadomosc_e_mail
employment_certificate   swiadectwo_pracy swiadectwo certificate_of_employment
employment_contract      umowa_o_prace umowa contract
equipment_card           karta_urzadzenia karta_sprzetu
equipment_log            dziennik_urzadzenia log_urzadzenia device_log
expense_report           rozliczenie_kosztow delegacja expenses
forwarding_instructions  instrukcja_spedycyjna
hr_policy                regulamin_pracy regulamin
incident_report          zgloszenie_incydentu incydent incident
instrument_result        wynik_z_aparatu
insurance_claim_form     zgloszenie_szkody insurance_claim
inventory_report         raport_zapasow inventory
invoice                  faktura faktury fv fvat faktura_vat
invoice_correction       faktura_korygujaca korekta correction credit_note
it_contract              umowa_informatyczna
it_policy                polityka_bezpieczenstwa
lab_order                zlecenie_badan
lab_report               sprawozdanie_z_badan sprawozdanie wynik wyniki wynik_badania result
leave_request            wniosek_o_urlop wniosek_urlopowy urlop leave
licence_agreement        umowa_licencyjna licencja license_agreement licence license
marketing_note           material_reklamowy
medical_certificate      orzeczenie_lekarskie orzeczenie
medical_intake_form      ankieta_medyczna
meeting_note             notatka_ze_spotkania meeting_notes
memo                     notatka_sluzbowa notatka
order_cancellation       anulowanie_zamowienia
order_change             zmiana_zamowienia
order_form               formularz_zamowienia
order_response           potwierdzenie_zamowienia order_confirmation
packing_list             lista_pakowa
payment_confirmation     potwierdzenie_przelewu przelew
payment_reminder         wezwanie_do_zaplaty wezwanie przypomnienie reminder
payslip                  pasek_placowy pasek paystub
personal_questionnaire   kwestionariusz_osobowy kwestionariusz
proforma_invoice         faktura_pro_forma proforma pro_forma pro_forma_invoice
purchase_order           zamowienie order po
quotation                oferta quote
receipt                  paragon paragony
receipt_advice           przyjecie_zewnetrzne pz
regulation               przepisy rozporzadzenie
remittance_advice        awizo_platnosci
request_for_quotation    zapytanie_ofertowe rfq
resignation_letter       wypowiedzenie_umowy_o_prace wypowiedzenie resignation
resume                   zyciorys cv
risk_register            rejestr_ryzyk
scan_batch               plik_skanow skany batch
service_report           protokol_serwisowy service
statement_of_work        zakres_prac sow
statistical_report       raport_statystyczny
system_log               dziennik_systemowy dziennik log logi
tax_form                 formularz_podatkowy deklaracja podatek tax
trade_confirmation       potwierdzenie_transakcji
training_certificate     zaswiadczenie_o_szkoleniu szkolenie
bill                     rachunek rachunki
correction_note          nota_korygujaca nota
referral                 skierowanie
safety_training          zaswiadczenie_bhp bhp szkolenie_bhp
social_insurance         zus
zus_dra                  dra deklaracja_zus
zus_zua                  zua zgloszenie_zus
transport_document       dokument_transportowy
unknown                  dokument nieznany document
upo                      urzedowe_poswiadczenie_odbioru official_receipt
warranty                 karta_gwarancyjna gwarancja
waybill                  list_przewozowy cmr
"""
_LANGUAGES = """
pl  polski polish po_polsku
en  angielski english po_angielsku
de  niemiecki german
"""
_CURRENCIES = """
pln  zl zloty zlote zlotych
eur  euro €
usd  dolar dolary $
gbp  funt funty £
"""
_HOLD = """
yes  tak true 1
no   nie false 0
"""


def _table(lines: str) -> dict[str, str]:
    table = {}
    for line in lines.strip().splitlines():
        code, *names = line.split()
        table.update(dict.fromkeys((code, *names), code))
    return table


_VALUES: dict[Field, dict[str, str]] = {
    "domain": _table(_DOMAINS),
    "state": _table(_STATES),
    "type": _table(_TYPES),
    "language": _table(_LANGUAGES),
    "currency": _table(_CURRENCIES),
    "hold": _table(_HOLD),
    "amount_band": dict(zip(AMOUNT_BANDS, AMOUNT_BANDS, strict=True)),
    "confidence_band": dict(zip(CONFIDENCE_BANDS, CONFIDENCE_BANDS, strict=True)),
}


#: Fields whose values are all known; of another language or currency there may be papers one day.
CLOSED: frozenset[Field] = frozenset(("domain", "state", "type", "hold", "amount_band", "confidence_band"))


@lru_cache(maxsize=4)
def _types(tree: TypeTree) -> dict[str, str]:
    """The names of all types, also those an officer defined; what is written above counts first."""
    named = dict(_VALUES["type"])
    for kind in tree.types.values():
        for name in (kind.code, kind.pl, kind.en):
            named.setdefault(_plain(name), kind.code)
    return named


def _known(field: Field) -> dict[str, str]:
    return _types(current()) if field == "type" else _VALUES.get(field, {})


def _plain(typed: str) -> str:
    words = "".join(c if c.isalnum() else " " for c in fold(typed))
    return "_".join(words.split())


def is_value(field: Field, typed: str) -> bool:
    """Whether a field with a closed list of values has this one, under any of its names."""
    start, star, _ = typed.strip().partition("*")
    plain = "_".join(fold(start).replace("-", " ").replace("_", " ").split())
    return not plain or any(name.startswith(plain) if star else name == plain for name in _known(field))


def named_so(field: Field, code: str, typed: str) -> str | None:
    """The name of a stored value that begins as typed: its code, else the shortest; None if there is none."""
    start = _plain(typed)
    if not start or _plain(code).startswith(start):
        return code
    names = (name for name, meant in _known(field).items() if meant == code and name.startswith(start))
    return min(names, key=len, default=None)


def values_named(field: Field, near: str) -> tuple[str, ...]:
    """The codes of a closed field for an error: all of a short list, else those spelt like `near`."""
    codes = tuple(dict.fromkeys(_known(field).values()))
    if len(codes) <= 10:
        return codes
    alike = get_close_matches("_".join(fold(near).split()), _known(field), n=5, cutoff=0.5)
    return tuple(dict.fromkeys(_known(field)[name] for name in alike))


def values_of(field: Field, typed: str) -> tuple[str, ...]:
    """The stored values that a typed one means; empty if it can be none (hold is yes or no).

    An unknown value stays as it is; a type stands for the finer ones below it. A star at the end
    is kept, and stands also for every code with a name that begins so.
    """
    if field == "class":
        return (typed.strip().upper(),)
    if field == "party_id":
        return (fold(typed.strip()),)
    start, star, _ = typed.strip().partition("*")
    plain = "_".join(fold(start).replace("-", " ").replace("_", " ").split())
    known = _known(field)
    if star and plain:
        codes = (code for name, code in known.items() if name.startswith(plain))
        return _with_finer(field, (f"{plain}*", *codes))
    if field == "hold":
        return (known[plain],) if plain in known else ()
    return _with_finer(field, (known.get(plain, plain),)) if plain else ()


def _with_finer(field: Field, codes: tuple[str, ...]) -> tuple[str, ...]:
    """A type asked for stands for its finer kinds too: the index has only the finest."""
    finer = (below for code in codes for below in current().below(code)) if field == "type" else ()
    return tuple(dict.fromkeys((*codes, *finer)))
