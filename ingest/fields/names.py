"""The fields Akta knows: one name each, its type, and what people call it.

A name means the same on every paper: `date` is always the paper's own date,
`total` what is to be paid or was paid with tax. Types say what the normal form of a value is:

- `text`: as it stands on the paper, white space folded;
- `date`: ISO 8601, day or moment (`2025-09-16`, `2025-09-16T11:05:40+02:00`);
- `amount`: decimal with a point and no grouping (`1234.50`, `-3.00`);
- `integer`: digits;
- `identifier`: a number or code; spaces inside are kept where the issuer writes them;
- `party`: a person's or company's name, verbatim;
- `currency`: ISO 4217 code.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, cast, get_args

from akta.records.doctypes.current import current
from akta.records.doctypes.tree import TypeTree

FieldType = Literal["text", "date", "amount", "integer", "identifier", "party", "currency"]


@dataclass(frozen=True, slots=True)
class FieldName:
    """`name` is what is stored; `en` and `pl` are its labels for people."""

    name: str
    type: FieldType
    en: str
    pl: str


_TABLE: Final = """
vendor                party       | Vendor                        | Sprzedawca
vendor_nip            identifier  | Vendor's tax number           | NIP sprzedawcy
vendor_address        text        | Vendor's address              | Adres sprzedawcy
buyer                 party       | Buyer                         | Nabywca
buyer_nip             identifier  | Buyer's tax number            | NIP nabywcy
buyer_address         text        | Buyer's address               | Adres nabywcy
address               text        | Address                       | Adres
recipient             party       | Recipient                     | Odbiorca
payer                 party       | Payer                         | Płatnik
carrier               party       | Carrier                       | Przewoźnik
consignor             party       | Consignor                     | Nadawca
consignee             party       | Consignee                     | Odbiorca przesyłki
ship_to               text        | Ship to                       | Adres dostawy
document_number       identifier  | Document number               | Numer dokumentu
invoice_number        identifier  | Invoice number                | Numer faktury
order_number          identifier  | Order number                  | Numer zamówienia
po_number             identifier  | Purchase order number         | Numer zamówienia nabywcy
contract_number       identifier  | Contract number               | Numer umowy
bl_number             identifier  | Bill of lading number         | Numer konosamentu
delivery_number       identifier  | Delivery number               | Numer dostawy
corrected_number      identifier  | Corrected document            | Numer dokumentu korygowanego
correction_reason     text        | Reason for correction         | Przyczyna korekty
ksef_number           identifier  | KSeF number                   | Numer KSeF
session_number        identifier  | KSeF session number           | Numer sesji KSeF
documents             integer     | Number of documents           | Liczba dokumentów
reference             identifier  | Reference                     | Nr referencyjny
customer_reference    identifier  | Customer reference            | Referencja klienta
part_number           identifier  | Part number                   | Numer części
batch_number          identifier  | Batch number                  | Numer partii
date                  date        | Date                          | Data
date_raw              text        | Date as written               | Data w zapisie oryginału
due_date              date        | Due date                      | Termin płatności
sale_date             date        | Date of sale                  | Data sprzedaży
date_from             date        | From                          | Od dnia
date_to               date        | To                            | Do dnia
period_start          date        | Period from                   | Początek okresu
period_end            date        | Period to                     | Koniec okresu
effective_date        date        | Effective date                | Data obowiązywania
valid_until           date        | Valid until                   | Ważne do
purchase_date         date        | Date of purchase              | Data zakupu
insured_from          date        | Insured from                  | Ubezpieczenie od dnia
pay_date              date        | Pay date                      | Data wypłaty
hire_date             date        | Date of employment            | Data zatrudnienia
termination_date      date        | End of employment             | Data ustania zatrudnienia
birth_date            date        | Date of birth                 | Data urodzenia
currency              currency    | Currency                      | Waluta
net                   amount      | Net                           | Netto
vat                   amount      | VAT                           | VAT
total                 amount      | Total                         | Razem
subtotal              amount      | Subtotal                      | Suma częściowa
tax                   amount      | Tax                           | Podatek
tip                   amount      | Tip                           | Napiwek
discount              amount      | Discount                      | Rabat
amount_due            amount      | Amount due                    | Do zapłaty
amount_paid           amount      | Amount paid                   | Zapłacono
payment_method        text        | Payment method                | Forma płatności
quantity              amount      | Quantity                      | Ilość
weight_kg             amount      | Weight (kg)                   | Masa (kg)
lines                 integer     | Lines                         | Liczba wierszy
items                 text        | Items                         | Pozycje
tax_by_rate           text        | Tax by rate                   | Podatek według stawek
account               identifier  | Account                       | Rachunek
bank_account          identifier  | Bank account                  | Rachunek bankowy
bank_code             identifier  | Bank code (BIC)               | Kod banku (BIC)
statement_number      identifier  | Statement number              | Numer wyciągu
opening_balance       amount      | Opening balance               | Saldo początkowe
closing_balance       amount      | Closing balance               | Saldo końcowe
checking_balance      amount      | Checking balance              | Saldo rachunku bieżącego
transactions          integer     | Transactions                  | Liczba operacji
holder                party       | Account holder                | Posiadacz
employee              party       | Employee                      | Pracownik
employer              party       | Employer                      | Pracodawca
employer_nip          identifier  | Employer's tax number         | NIP pracodawcy
employer_ein          identifier  | Employer's EIN                | EIN pracodawcy
employee_ssn          identifier  | Employee's SSN                | SSN pracownika
pesel                 identifier  | PESEL                         | PESEL
regon                 identifier  | REGON                         | REGON
payer_nip             identifier  | Payer's tax number            | NIP płatnika
contractor            party       | Contractor                    | Zleceniobiorca
client                party       | Client                        | Zleceniodawca
insurer               party       | Insurer                       | Ubezpieczyciel
provider              party       | Provider                      | Dostawca usług
name                  party       | Name                          | Imię i nazwisko
email                 text        | E-mail                        | E-mail
phone                 text        | Telephone                     | Telefon
location              text        | Place                         | Miejsce
position              text        | Position                      | Stanowisko
headline              text        | Headline                      | Nagłówek
skills                text        | Skills                        | Umiejętności
employers             text        | Employers                     | Pracodawcy
education             text        | Education                     | Wykształcenie
languages             text        | Languages                     | Języki
gross_pay             amount      | Gross pay                     | Wynagrodzenie brutto
net_pay               amount      | Net pay                       | Do wypłaty
income                amount      | Income                        | Przychód
deductible_costs      amount      | Deductible costs              | Koszty uzyskania przychodu
net_income            amount      | Income less costs             | Dochód
advance_tax           amount      | Advance tax withheld          | Pobrana zaliczka na podatek
tax_due               amount      | Tax due                       | Podatek należny
contributions         amount      | Contributions                 | Suma składek
insured               integer     | Number of insured             | Liczba ubezpieczonych
insurance_code        identifier  | Insurance title code          | Kod tytułu ubezpieczenia
period                identifier  | Period                        | Okres
training              text        | Training                      | Szkolenie
wages                 amount      | Wages                         | Wynagrodzenie
federal_tax_withheld  amount      | Federal tax withheld          | Pobrany podatek federalny
social_security_wages amount      | Social security wages         | Podstawa ubezpieczeń
social_security_tax   amount      | Social security tax           | Składka ubezpieczeniowa
medicare_tax          amount      | Medicare tax                  | Składka Medicare
ordinary_dividends    amount      | Ordinary dividends            | Dywidendy
form                  identifier  | Form                          | Formularz
tax_number            identifier  | Tax number                    | NIP
jurisdiction          text        | Jurisdiction                  | Jurysdykcja
tax_year              integer     | Tax year                      | Rok podatkowy
title                 text        | Title                         | Tytuł
topic                 text        | Topic                         | Temat
subject               text        | Subject                       | Temat wiadomości
sender                party       | Sender                        | Nadawca wiadomości
message_id            identifier  | Message identifier            | Identyfikator wiadomości
patient               party       | Patient                       | Pacjent
patient_id            identifier  | Patient number                | Numer pacjenta
specimen              identifier  | Specimen number               | Numer próbki
ordering_provider     party       | Ordered by                    | Zlecający
tests                 text        | Tests                         | Badania
analytes              text        | Analytes                      | Oznaczenia
abnormal_flags        integer     | Abnormal results              | Wyniki poza normą
obr                   integer     | Ordered tests                 | Liczba badań
obx                   integer     | Results                       | Liczba wyników
sending_facility      party       | Sending facility              | Placówka wysyłająca
sending_application   text        | Sending application           | System wysyłający
receiving_facility    party       | Receiving facility            | Placówka odbierająca
message_type          identifier  | Message type                  | Typ komunikatu
message_control_id    identifier  | Message control number        | Numer komunikatu
version               identifier  | Version                       | Wersja
result_status         text        | Result status                 | Status wyniku
technique             text        | Technique                     | Technika
measurements          integer     | Measurements                  | Liczba pomiarów
analyst               party       | Analyst                       | Wykonał
software              text        | Software                      | Oprogramowanie
software_version      identifier  | Software version              | Wersja oprogramowania
model                 text        | Model                         | Model
manufacturer          party       | Manufacturer                  | Producent
serial_number         identifier  | Serial number                 | Numer seryjny
asset                 text        | Asset                         | Środek
asset_number          identifier  | Asset number                  | Numer inwentarzowy
event                 text        | Event                         | Zdarzenie
service               text        | Service                       | Usługa
host                  text        | Host                          | Host
severity              text        | Highest severity              | Najwyższa waga
errors                integer     | Errors                        | Liczba błędów
syntax                text        | Data format                   | Format danych
root                  text        | Root element                  | Element główny
type_code             identifier  | Document type code            | Kod typu dokumentu
invoice_kind          identifier  | Kind of invoice               | Rodzaj faktury
"""


def _parsed(table: str) -> dict[str, FieldName]:
    fields: dict[str, FieldName] = {}
    for line in table.strip().splitlines():
        head, en, pl = (part.strip() for part in line.split("|"))
        name, kind = head.split()
        if kind not in get_args(FieldType) or name in fields:
            raise ValueError(f"bad row in the table of fields: {line!r}")
        fields[name] = FieldName(name, cast(FieldType, kind), en, pl)
    return fields


#: The fields that come with Akta, by name, in the order in which people see fields.
SHIPPED: Final[dict[str, FieldName]] = _parsed(_TABLE)


@lru_cache(maxsize=4)
def _with_own(tree: TypeTree) -> dict[str, FieldName]:
    """The shipped fields, then those of the types that an officer defined."""
    fields = dict(SHIPPED)
    for known in tree.types.values():
        for own in known.definition.get("fields", ()):
            if "type" in own:
                label = own["label"]
                fields.setdefault(own["name"], FieldName(own["name"], own["type"], label["en"], label["pl"]))
    return fields


class _Fields(Mapping[str, FieldName]):
    """The fields there are now; definitions of types bring new ones while Akta runs."""

    def __getitem__(self, name: str) -> FieldName:
        return _with_own(current())[name]

    def __iter__(self) -> Iterator[str]:
        return iter(_with_own(current()))

    def __len__(self) -> int:
        return len(_with_own(current()))


#: Field name to its type and labels, in the order in which people see fields.
FIELDS: Final[Mapping[str, FieldName]] = _Fields()
