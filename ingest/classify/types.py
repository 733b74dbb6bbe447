"""The document types Akta knows: code, domain, and their names for people."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class DocType:
    """`code` is what is stored; `en` and `pl` are shown and used in titles."""

    code: str
    domain: str
    en: str
    pl: str


_TABLE: Final = """
accounting account_statement      | Statement of account          | Zestawienie sald
accounting bank_statement         | Bank statement                | Wyciąg bankowy
accounting cash_voucher           | Cash voucher                  | Dowód kasowy
accounting direct_deposit_form    | Direct deposit form           | Formularz wpłaty na konto
accounting expense_report         | Expense report                | Rozliczenie kosztów
accounting invoice                | Invoice                       | Faktura
accounting invoice_correction     | Credit note                   | Faktura korygująca
accounting payment_confirmation   | Payment confirmation          | Potwierdzenie przelewu
accounting payment_reminder       | Payment reminder              | Wezwanie do zapłaty
accounting proforma_invoice       | Proforma invoice              | Faktura pro forma
accounting receipt                | Receipt                       | Paragon
accounting remittance_advice      | Remittance advice             | Awizo płatności
accounting tax_form               | Tax form                      | Formularz podatkowy
accounting trade_confirmation     | Trade confirmation            | Potwierdzenie transakcji
accounting upo                    | Official receipt (UPO)        | Urzędowe poświadczenie odbioru
hr         benefits_document      | Benefits document             | Dokument świadczeń
hr         contractor_agreement   | Contractor agreement          | Umowa zlecenia
hr         employment_certificate | Certificate of employment     | Świadectwo pracy
hr         employment_contract    | Employment contract           | Umowa o pracę
hr         hr_policy              | HR policy                     | Regulamin pracy
hr         leave_request          | Leave request                 | Wniosek o urlop
hr         medical_certificate    | Medical certificate           | Orzeczenie lekarskie
hr         payslip                | Payslip                       | Pasek płacowy
hr         personal_questionnaire | Personal questionnaire        | Kwestionariusz osobowy
hr         resignation_letter     | Resignation letter            | Wypowiedzenie umowy o pracę
hr         resume                 | Resume                        | Życiorys
hr         training_certificate   | Training certificate          | Zaświadczenie o szkoleniu
it         asset_handover         | Asset handover record         | Protokół przekazania sprzętu
it         equipment_log          | Equipment log                 | Dziennik urządzenia
it         incident_report        | Incident report               | Zgłoszenie incydentu
it         it_contract            | IT contract                   | Umowa informatyczna
it         it_policy              | IT policy                     | Polityka bezpieczeństwa
it         risk_register          | Risk register                 | Rejestr ryzyk
it         service_report         | Service report                | Protokół serwisowy
it         system_log             | System log                    | Dziennik systemowy
it         warranty               | Warranty                      | Karta gwarancyjna
lab        calibration_certificate | Calibration certificate      | Świadectwo wzorcowania
lab        instrument_result      | Instrument result             | Wynik z aparatu
lab        lab_order              | Laboratory order              | Zlecenie badań
lab        lab_report             | Laboratory report             | Sprawozdanie z badań
order      booking_confirmation   | Booking confirmation          | Potwierdzenie rezerwacji
order      catalogue              | Catalogue                     | Katalog
order      complaint              | Complaint                     | Reklamacja
order      despatch_advice        | Despatch advice               | Wydanie zewnętrzne (WZ)
order      forwarding_instructions | Forwarding instructions      | Instrukcja spedycyjna
order      inventory_report       | Inventory report              | Raport zapasów
order      order_cancellation     | Order cancellation            | Anulowanie zamówienia
order      order_change           | Order change                  | Zmiana zamówienia
order      order_form             | Order form                    | Formularz zamówienia
order      order_response         | Order response                | Potwierdzenie zamówienia
order      packing_list           | Packing list                  | Lista pakowa
order      purchase_order         | Purchase order                | Zamówienie
order      quotation              | Quotation                     | Oferta
order      receipt_advice         | Receipt advice                | Przyjęcie zewnętrzne (PZ)
order      request_for_quotation  | Request for quotation         | Zapytanie ofertowe
order      statement_of_work      | Statement of work             | Zakres prac
order      transport_document     | Transport document            | Dokument transportowy
order      waybill                | Waybill                       | List przewozowy
other      announcement           | Announcement                  | Ogłoszenie
other      archive                | Archive of files               | Archiwum plików
other      book_page              | Book page                     | Strona książki
other      clinical_note          | Clinical note                 | Notatka kliniczna
other      email                  | E-mail                        | Wiadomość e-mail
other      insurance_claim_form   | Insurance claim               | Zgłoszenie szkody
other      licence_agreement      | Licence agreement             | Umowa licencyjna
other      marketing_note         | Marketing material            | Materiał reklamowy
other      medical_intake_form    | Medical intake form           | Ankieta medyczna
other      meeting_note           | Meeting notes                 | Notatka ze spotkania
other      memo                   | Memo                          | Notatka służbowa
other      regulation             | Regulation                    | Przepisy
other      scan_batch             | Batch of scans                | Plik skanów
other      statistical_report     | Statistical report            | Raport statystyczny
other      unknown                | Document                      | Dokument
"""


def _read() -> dict[str, DocType]:
    types = {}
    for line in _TABLE.strip().splitlines():
        head, en, pl = (part.strip() for part in line.split("|"))
        domain, code = head.split()
        types[code] = DocType(code, domain, en, pl)
    return types


#: Every type by its code.
TYPES: Final[dict[str, DocType]] = _read()
DOMAINS: Final = ("accounting", "hr", "it", "lab", "order", "other")
