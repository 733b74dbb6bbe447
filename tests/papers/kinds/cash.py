"""Receipts, bank statements and other papers of money."""

from datetime import timedelta
from decimal import Decimal

from tests.papers import numbers
from tests.papers.desk import MONTHS_EN, MONTHS_PL, Desk
from tests.papers.kinds import deal as deals
from tests.papers.kinds.invoices import number_for
from tests.papers.kinds.registry import Draft, kind
from tests.papers.sheet import Band, Block, Gap, Grid, Pairs, Rule, Sheet, Text

_LETTER = {23: "A", 8: "B", 5: "C", 0: "D"}
_BANKS_PL = (
    "Bank Nadwiślański S.A.",
    "Pierwszy Bank Kupiecki S.A.",
    "Bank Ziemski",
    "Bank Spółdzielczy w Łowiczu",
)
_BANKS_EN = ("First Harbor Bank", "Meridian Trust Bank", "Albion Building Society", "Prairie National Bank")


def bank_name(desk: Desk) -> str:
    return desk.pick(_BANKS_PL if desk.pl else _BANKS_EN)


@kind("receipt", "accounting")
def receipt(desk: Desk) -> Draft:
    """A till receipt: gross lines, with the tax inside them in Poland and Britain, added in America."""
    desk.currency = {"PL": "PLN", "GB": "GBP", "US": "USD"}[desk.region]
    deal = deals.make(desk, 1, 8)
    shop = deal.seller
    page = strip(desk)
    wide = int((page.width - 22) / page.size / 0.61)
    page.add(Text(desk.put("vendor", shop.name), align="c", bold=True, size=1.1))
    page.add(Text(shop.address.street, align="c"), Text(shop.address.town, align="c"))
    desk.put("address", shop.address.line)
    page.add(*[Text(line, align="c") for line in deals.ident(desk, shop, "vendor_nip")], Gap(4))
    head = desk.say("PARAGON FISKALNY|PARAGON FISKALNY|PARAGON", "RECEIPT|SALES RECEIPT|CASH SALE|")
    number = desk.code(desk.pick(("######", "####", "{yy}{m}-####")))
    when = f"{desk.day('date', desk.today)} {desk.rng.randint(7, 21):02d}:{desk.rng.randint(0, 59):02d}"
    first = f"{desk.say('nr wydr.', 'Receipt #|Trans #|Ticket')} {desk.put('document_number', number)}"
    page.add(Text(first), Text(when), Text(head, align="c", bold=True) if head else Gap(4), Rule())
    total = Decimal("0.00")
    sums: dict[int, Decimal] = {}
    for line in deal.lines:
        quantity = Decimal(desk.rng.randint(1, 3)) if line.price < 200 else Decimal(1)
        price = line.price if desk.region == "US" else numbers.cents(line.price * (100 + line.rate) / 100)
        value = quantity * price
        total += value
        sums[line.rate] = sums.get(line.rate, Decimal("0.00")) + value
        mark = f" {_LETTER[line.rate]}" if desk.pl else ""
        detail = f"{quantity} x {desk.amount(price)}"
        name = line.name[: wide - 1]
        if desk.chance(0.5):
            page.add(Text(name), _spread(detail, desk.amount(value) + mark))
        else:
            page.add(
                _spread(f"{name[: max(6, wide - len(detail) - 14)]} {detail}", desk.amount(value) + mark)
            )
    page.add(Rule())
    if desk.region == "US":
        rate = Decimal(desk.rng.choice((6, 7, 8, 8)))
        tax = numbers.cents(total * rate / 100)
        page.add(
            _spread("Subtotal", desk.money("net", total)), _spread(f"Tax {rate}%", desk.money("vat", tax))
        )
        total += tax
    elif desk.pl:
        inside = Decimal("0.00")
        for rate, gross in sorted(sums.items(), reverse=True):
            tax = numbers.cents(gross * rate / (100 + rate))
            inside += tax
            page.add(_spread(f"Sprzed. opod. PTU {_LETTER[rate]}", desk.amount(gross)))
            page.add(_spread(f"Kwota {_LETTER[rate]} {rate:02d},00%", desk.amount(tax)))
        page.add(_spread(desk.pick(("SUMA PTU", "Podatek PTU")), desk.money("vat", inside)))
    owed = desk.say("SUMA PLN|SUMA: PLN|Razem PLN", "TOTAL|Total|TOTAL DUE|Grand total")
    desk.truth["currency"] = desk.currency
    sign = {"PL": "", "GB": "£", "US": "$"}[desk.region]
    page.add(Gap(3), _spread(owed, sign + desk.money("total", total), 1.3, bold=True), Gap(3), Rule())
    if desk.chance(0.5):
        given = (total // 10 + 1) * 10
        page.add(_spread(desk.say("Gotówka", "Cash"), desk.amount(given)))
        page.add(_spread(desk.say("Reszta", "Change"), desk.amount(given - total)))
    else:
        page.add(
            _spread(desk.say("Karta płatnicza|Płatność kartą", "VISA|Card|MASTERCARD"), desk.amount(total))
        )
    page.add(Text(f"{desk.say('Kasjer', 'Cashier|Served by')}: {desk.person().first}"))
    page.add(
        Text(
            desk.say("Dziękujemy, zapraszamy ponownie|#Kasa 2|", "Thank you!|Please come again|"),
            align="c",
            gap=4,
        )
    )
    if desk.pl:
        page.add(Text(desk.code("@@@ ##########"), align="c"))
    return Draft(page, deals.stem(desk, desk.say("paragon", "receipt")), head or "Receipt")


def _spread(left: str, right: str, size: float = 1.0, *, bold: bool = False) -> Grid:
    """A till's line: words at the left, the amount at the right."""
    strong = frozenset({0}) if bold else frozenset()
    return Grid((), [[left, right]], (2.6, 1), "lr", "plain", size, strong)


@kind("bank_statement", "accounting", "xlsx", "eml")
def bank_statement(desk: Desk) -> Draft:
    """Operations of a month with a running balance."""
    holder = desk.company()
    bank = bank_name(desk)
    start = desk.today.replace(day=1)
    title = desk.say(
        "Wyciąg bankowy|Wyciąg z rachunku bankowego|Wyciąg z rachunku|Historia rachunku",
        "Bank Statement|Statement of Account|Checking Account Statement|Current Account Statement",
    )
    balance = desk.price(200, 90000)
    opening = desk.money("opening_balance", balance)
    rows = []
    came = went = Decimal("0.00")
    when = start
    for _ in range(desk.rng.randint(5, 24)):
        when += timedelta(days=desk.rng.choice((0, 0, 1, 1, 2)))
        value = desk.price(5, 9000) * (1 if desk.chance(0.4) else -1)
        came, went = (came + value, went) if value > 0 else (came, went - value)
        balance += value
        who = desk.company().name if desk.chance(0.6) else desk.person().name
        what = desk.say(
            "Przelew przychodzący|Przelew wychodzący|Płatność kartą|Opłata za prowadzenie rachunku|ZUS składki|Podatek",
            "Deposit|Card purchase|Direct debit|Standing order|ACH credit|Monthly service fee|Check",
        )
        note = f"{what} {who}" + (f" {number_for(desk)}" if desk.chance(0.3) else "")
        rows.append([desk.written(when), note, desk.amount(value), desk.amount(balance)])
    end = max(when, (start + timedelta(days=31)).replace(day=1) - timedelta(days=1))
    closing = desk.money("closing_balance", balance)
    if desk.pl:
        account = desk.truth["iban"] = holder.iban
        shown = numbers.spaced(account)
    elif desk.region == "GB":
        iban, sort_code, number = numbers.british_account(desk.rng)
        desk.truth["iban"] = iban
        desk.truth["account"] = number
        shown = f"{sort_code} {number}  IBAN {numbers.spaced(iban)}"
    else:
        shown = desk.put("account", desk.code(desk.pick(("##########", "####-####-##"))))
    month = (MONTHS_PL if desk.pl else MONTHS_EN)[start.month - 1]
    facts = [
        (
            desk.say("Posiadacz rachunku|Właściciel", "Account holder|Account name"),
            desk.put("holder", holder.name),
        ),
        (desk.say("Numer rachunku|Rachunek", "Account number|Account"), shown),
        (
            desk.say("Okres|Za okres", "Statement period|Period"),
            f"{desk.written(start)} - {desk.written(end)}",
        ),
        (desk.say("Waluta", "Currency"), desk.priced()),
        (desk.say("Numer wyciągu|Wyciąg nr", "Statement no.|Statement"), desk.code("#/{y}")),
    ]
    desk.truth["date_from"], desk.truth["date_to"] = start.isoformat(), end.isoformat()
    sums = [
        (
            desk.say(
                "Saldo początkowe|Saldo poprzednie", "Opening balance|Beginning balance|Previous balance"
            ),
            opening,
        ),
        (desk.say("Suma uznań|Wpływy", "Deposits and credits|Total paid in"), desk.amount(came)),
        (desk.say("Suma obciążeń|Wydatki", "Withdrawals and debits|Total paid out"), desk.amount(went)),
        (desk.say("Saldo końcowe", "Closing balance|Ending balance|New balance"), closing),
    ]
    head = (
        desk.say("Data|Data operacji|Data księgowania", "Date|Posting date"),
        desk.say("Opis operacji|Tytuł operacji|Szczegóły", "Description|Details|Transaction"),
        desk.say("Kwota|Kwota operacji", "Amount"),
        desk.say("Saldo|Saldo po operacji", "Balance"),
    )
    page = desk.sheet()
    banner: list[Block] = [Text(desk.put("vendor", bank), size=1.6, bold=True), Gap(6)]
    if desk.chance(0.4):
        desk.put("vendor", bank)
        banner = [Band(bank, 1.4)]
    page.add(*banner, *deals.heading(desk, title, *([f"{month} {start.year}"] if desk.chance(0.4) else [])))
    page.add(*deals.facts(desk, facts), Gap(6))
    if desk.chance(0.5):
        page.add(*deals.facts(desk, sums), Gap(8))
        sums = []
    style = deals.grid_style(desk)
    page.add(Grid(head, rows, (1.2, 4, 1.3, 1.4), "llrr", style[0], style[1]))
    if sums:
        page.add(Gap(8), *deals.facts(desk, sums))
    page.add(
        Text(
            desk.say(
                "Dokument sporządzony elektronicznie, nie wymaga podpisu ani stempla.|Prosimy o sprawdzenie salda.",
                "Please examine this statement and report errors within 60 days.|Member deposits are protected.",
            ),
            size=0.8,
            gap=10,
        )
    )
    page.footer = desk.pick((f"{bank}   #", "", desk.say("Strona #", "Page #")))
    return Draft(page, deals.stem(desk, desk.say("wyciag", "statement")), title)


@kind("trade_confirmation", "accounting")
def trade_confirmation(desk: Desk) -> Draft:
    broker = desk.say(
        "Dom Maklerski Orzeł S.A.|Biuro Maklerskie Nadwiślańskie",
        "Redwood Securities LLC|Castlegate Investments|Pinnacle Brokerage",
    )
    client = desk.person()
    title = desk.say(
        "Potwierdzenie transakcji|Potwierdzenie zawarcia transakcji|Potwierdzenie wykonania zlecenia",
        "Trade Confirmation|Confirmation of Transaction|Contract Note",
    )
    count, price = desk.rng.randint(5, 900), desk.price(3, 240)
    value = price * count
    fee = numbers.cents(max(value * Decimal("0.0039"), Decimal(5)))
    buying = desk.chance(0.5)
    security = desk.say(
        "KWARCBANK|METALPOL|obligacje skarbowe COI0428|certyfikaty INVFIZ",
        "Summit Industries common stock|Treasury note 2.5% 2031|Lakeshore Growth Fund|Kestrel Energy ordinary",
    )
    items = [
        (
            desk.say("Numer transakcji|Nr zlecenia", "Trade number|Confirmation no.|Reference"),
            desk.put("document_number", desk.code(desk.pick(("######", "TR-#######")))),
        ),
        (desk.say("Data transakcji|Data zawarcia", "Trade date"), desk.day("date", desk.today)),
        (desk.say("Data rozliczenia", "Settlement date"), desk.written(desk.later(2, 3))),
        (
            desk.say("Strona|Rodzaj", "Action|Side"),
            desk.say("Kupno", "Buy|You bought") if buying else desk.say("Sprzedaż", "Sell|You sold"),
        ),
        (desk.say("Instrument|Papier wartościowy", "Security|Description"), security),
        ("ISIN", desk.code("PL##########" if desk.pl else "US##########")),
        (desk.say("Liczba|Ilość", "Quantity|Shares"), str(count)),
        (desk.say("Kurs|Cena", "Price"), desk.amount(price)),
        (desk.say("Wartość", "Principal amount|Consideration"), desk.money("net", value)),
        (desk.say("Prowizja", "Commission"), desk.amount(fee)),
        (
            desk.say("Razem do rozliczenia|Kwota rozliczenia", "Net amount|Total"),
            desk.money("total", value + fee if buying else value - fee),
        ),
        (desk.say("Waluta", "Currency"), desk.priced()),
    ]
    page = desk.sheet()
    page.add(Text(desk.put("vendor", broker), size=1.5, bold=True), Rule(), *deals.heading(desk, title))
    account = desk.code("####-######")
    page.add(Text(f"{desk.say('Klient', 'Client|Account of')}: {client.name}"))
    page.add(
        Text(f"{desk.say('Rachunek maklerski', 'Brokerage account')}: {desk.put('account', account)}"), Gap(8)
    )
    page.add(*deals.facts(desk, items))
    page.add(
        Text(
            desk.say(
                "Zlecenie zostało wykonane na rynku regulowanym. Reklamacje prosimy składać w terminie 30 dni.",
                "We acted as agent. This confirmation is subject to the rules of the exchange.|Retain for your tax records.",
            ),
            size=0.85,
            gap=10,
        )
    )
    return Draft(page, deals.stem(desk, desk.say("potwierdzenie", "trade|confirm")), title)


@kind("upo", "accounting", "xml", languages=("pl",))
def upo(desk: Desk) -> Draft:
    """The official receipt for a declaration or for a structured invoice."""
    title = "Urzędowe poświadczenie odbioru"
    payer = desk.company()
    number = (
        f"{payer.tax_id}-{desk.today:%Y%m%d}-" + "".join(desk.rng.choices("0123456789ABCDEF", k=12)) + "-"
    )
    number += "".join(desk.rng.choices("0123456789ABCDEF", k=2))
    session = f"{desk.today:%Y%m%d}-SE-" + "".join(desk.rng.choices("0123456789ABCDEF", k=10))
    invoice = number_for(desk)
    when = f"{desk.today.isoformat()}T{desk.rng.randint(0, 23):02d}:{desk.rng.randint(0, 59):02d}:11"
    page = desk.sheet()
    form = desk.pick(("JPK_V7M (2)", "PIT-37 (29)", "VAT-7", "PIT-11 (29)"))
    if desk.chance(0.6):
        items = [
            ("Numer referencyjny sesji", session),
            ("NIP podmiotu", desk.put("vendor_nip", payer.tax_id)),
            ("Numer KSeF faktury", desk.put("ksef_number", number)),
            ("Numer faktury", desk.put("invoice_number", invoice)),
            ("Data przesłania", desk.day("date", desk.today)),
            ("Skrót dokumentu SHA-256", "".join(desk.rng.choices("0123456789abcdef", k=44))),
        ]
        below = ["Krajowy System e-Faktur"]
    else:
        items = [
            ("Nazwa pełna podmiotu, któremu doręczono dokument elektroniczny", "Ministerstwo Finansów"),
            (
                "Numer referencyjny",
                desk.put("document_number", "".join(desk.rng.choices("0123456789abcdef", k=32))),
            ),
            ("Dokument został zweryfikowany pod względem zgodności ze strukturą", form),
            ("Identyfikator podatkowy podmiotu (NIP)", desk.put("vendor_nip", payer.tax_id)),
            ("Data wpływu", desk.day("date", desk.today)),
            ("Urząd skarbowy", f"Urząd Skarbowy w {desk.address().place}"),
        ]
        below = ["UPO: e-Deklaracje"]
    page.add(*deals.heading(desk, title, *below), *deals.facts(desk, items))
    page.add(Text("Poświadczenie wystawiono automatycznie. Wydruk nie wymaga podpisu.", size=0.85, gap=12))
    draft = Draft(page, deals.stem(desk, "UPO"), title)
    draft.forms["xml"] = lambda: (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<Potwierdzenie xmlns="http://upo.schematy.mf.gov.pl/KSeF/v4-2">'
        "<NazwaPodmiotuPrzyjmujacego>Ministerstwo Finansów</NazwaPodmiotuPrzyjmujacego>"
        f"<NumerReferencyjnySesji>{session}</NumerReferencyjnySesji><Dokument><NipSprzedawcy>{payer.tax_id}"
        f"</NipSprzedawcy><NumerKSeFDokumentu>{number}</NumerKSeFDokumentu><NumerFaktury>{invoice}</NumerFaktury>"
        f"<DataWystawieniaFaktury>{desk.today}</DataWystawieniaFaktury><DataPrzeslaniaDokumentu>{when}"
        "</DataPrzeslaniaDokumentu></Dokument></Potwierdzenie>\n"
    )
    return draft


@kind("direct_deposit_form", "accounting", "docx")
def direct_deposit_form(desk: Desk) -> Draft:
    """Where an employee wants the pay sent."""
    employer, employee = desk.company(), desk.person()
    title = desk.say(
        "Dyspozycja przekazywania wynagrodzenia na rachunek bankowy|Oświadczenie o numerze rachunku do wypłaty",
        "Direct Deposit Authorization Form|Direct Deposit Enrollment|Bank Details for Salary Payment|EFT Enrollment Form",
    )
    items = [
        (desk.say("Imię i nazwisko|Pracownik", "Employee name|Name"), desk.put("employee", employee.name)),
        (desk.say("Pracodawca|Zakład pracy", "Employer|Company"), desk.put("employer", employer.name)),
        (desk.say("Nazwa banku", "Bank name|Financial institution"), bank_name(desk)),
    ]
    if desk.pl:
        desk.truth["iban"] = account = numbers.polish_account(desk.rng)
        items.append(("Numer rachunku", numbers.spaced(account)))
        items.append(("PESEL", desk.put("pesel", employee.national_id)))
    elif desk.region == "GB":
        iban, sort_code, number = numbers.british_account(desk.rng)
        desk.truth["iban"], desk.truth["account"] = iban, number
        items += [("Sort code", sort_code), ("Account number", number), ("IBAN", numbers.spaced(iban))]
    else:
        items += [("Routing number", desk.code("0########"))]
        items += [("Account number", desk.put("account", desk.code("##########")))]
        items += [("Account type", "☒ Checking   ☐ Savings")]
    items.append((desk.say("Data", "Date"), desk.day("date", desk.today)))
    page = desk.sheet()
    page.add(
        *deals.heading(desk, title),
        Text(
            desk.say(
                "Proszę o przekazywanie należnego mi wynagrodzenia za pracę na wskazany poniżej rachunek bankowy.",
                "I authorize my employer to deposit my pay to the account below each payday until I cancel in writing.",
            )
        ),
        Gap(8),
        Pairs(items, desk.pick(("boxed", "tab")), across=desk.pick((1, 2))),
    )
    page.add(*deals.signatures(desk, "", desk.say("podpis pracownika", "Employee signature")))
    if not desk.pl:
        page.add(
            Text(
                "Attach a voided check or a bank letter. Changes take effect after one pay cycle.",
                size=0.85,
                gap=8,
            )
        )
    return Draft(page, deals.stem(desk, desk.say("rachunek_wyplaty", "direct_deposit")), title)


def strip(desk: Desk) -> Sheet:
    """A till roll."""
    page = desk.sheet(mono=True)
    page.width, page.height, page.margin = desk.pick((164.0, 204.0, 227.0)), 0.0, 11.0
    page.size = page.width / 26.5
    page.leading = 1.25
    return page
