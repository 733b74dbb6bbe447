"""What demands, announces or sums up the payment of invoices."""

from datetime import timedelta
from decimal import Decimal

from tests.papers import numbers
from tests.papers.desk import Desk
from tests.papers.kinds import deal as deals
from tests.papers.kinds.invoices import number_for
from tests.papers.kinds.registry import Draft, kind
from tests.papers.sheet import Gap, Grid, Pairs, Text


def _owed(desk: Desk, count: int) -> list[tuple[str, int, Decimal]]:
    """Open invoices: number, days overdue, amount."""
    return [(number_for(desk), desk.rng.randint(8, 190), desk.price(90, 14000)) for _ in range(count)]


@kind("payment_reminder", "accounting", "docx", "eml")
def payment_reminder(desk: Desk) -> Draft:
    creditor, debtor = desk.company(), desk.company()
    owed = _owed(desk, desk.rng.randint(1, 4))
    total = sum((amount for _, _, amount in owed), Decimal("0.00"))
    title = desk.say(
        "Wezwanie do zapłaty|Ostateczne przedsądowe wezwanie do zapłaty|Upomnienie|Przypomnienie o płatności|Monit płatniczy",
        "Payment Reminder|Overdue Account|Final Notice|Second Reminder|Past Due Notice|Demand for Payment",
    )
    number = desk.code(desk.pick(("WZ/##/{y}", "W/###/{m}/{y}"))) if desk.pl else desk.code("REM-####")
    page = desk.sheet()
    page.add(*deals.letterhead(desk, creditor, "vendor"))
    page.add(Text(f"{creditor.address.city}, {desk.day('date', desk.today)}", align="r"))
    page.add(
        *deals.party(desk, debtor, desk.say("Dłużnik|Szanowni Państwo|Adresat", "To|"), "buyer"), Gap(14)
    )
    page.add(
        *deals.heading(
            desk,
            title,
            *(
                [f"{desk.say('nr', 'Ref.')} {desk.put('document_number', number)}"]
                if desk.chance(0.6)
                else []
            ),
        )
    )
    page.add(
        Text(
            desk.say(
                "Uprzejmie przypominamy, że do dnia dzisiejszego nie wpłynęła zapłata za niżej wymienione faktury.|Na podstawie art. 476 k.c. wzywamy Państwa do natychmiastowej zapłaty zaległych należności wynikających z poniższych dokumentów.|Informujemy, że na Państwa koncie widnieją przeterminowane należności. Prosimy o ich uregulowanie.",
                "Our records show that the following invoices remain unpaid and are now past due.|Despite our earlier reminder we have not received payment for the items listed below.|This is a friendly reminder that your account is overdue. Please settle the balance at your earliest convenience.",
            )
        )
    )
    head = (
        desk.say("Numer faktury|Dokument", "Invoice|Invoice no."),
        desk.say("Termin płatności", "Due date|Due"),
        desk.say("Dni po terminie|Opóźnienie (dni)", "Days overdue|Days late"),
        desk.say("Kwota|Pozostało do zapłaty", "Amount|Outstanding"),
    )
    rows = [[n, desk.written(desk.today - timedelta(days=d)), str(d), desk.amount(a)] for n, d, a in owed]
    rows.append(
        [desk.say("Razem|Ogółem zaległość", "Total outstanding|Total"), "", "", desk.money("total", total)]
    )
    page.add(
        Gap(6),
        Grid(
            head,
            rows,
            (2.4, 1.6, 1.4, 1.6),
            "llrr",
            desk.pick(("ruled", "lines")),
            strong=frozenset({len(rows) - 1}),
        ),
        Gap(8),
    )
    desk.truth["currency"] = desk.currency
    page.add(
        Text(
            desk.say("Kwotę", "Please pay")
            + f" {desk.amount(total, True)} {desk.currency} "
            + desk.say(
                "prosimy wpłacić w terminie 7 dni na rachunek|należy uregulować do 14 dni na konto",
                "within 7 days to account|by return to our bank account",
            )
        )
    )
    desk.truth["iban"] = creditor.iban
    page.add(Text(numbers.spaced(creditor.iban), bold=True))
    page.add(
        Text(
            desk.say(
                "W przypadku braku wpłaty sprawa zostanie skierowana na drogę postępowania sądowego, co narazi Państwa na dodatkowe koszty.|Jeżeli zapłata została dokonana, prosimy uznać niniejsze pismo za nieaktualne.|Zastrzegamy prawo do naliczenia odsetek ustawowych za opóźnienie w transakcjach handlowych.",
                "If payment is not received we will pass the account to our solicitors without further notice.|If you have already paid, please disregard this letter.|Interest and collection charges may be added to overdue balances.",
            ),
            gap=8,
        )
    )
    page.add(
        Text(desk.say("Z poważaniem", "Yours faithfully|Sincerely"), gap=14),
        Text(desk.person().name),
        Text(desk.say("Dział windykacji|Księgowość", "Credit Control|Accounts Receivable"), size=0.9),
    )
    return Draft(page, deals.stem(desk, desk.say("wezwanie|monit", "reminder|overdue"), number), title)


@kind("remittance_advice", "accounting", "eml", "xlsx")
def remittance_advice(desk: Desk) -> Draft:
    payer, payee = desk.company(), desk.company()
    paid = _owed(desk, desk.rng.randint(1, 6))
    total = sum((amount for _, _, amount in paid), Decimal("0.00"))
    number = desk.code(desk.pick(("RA-#####", "PAY######", "AP/###/{y}")))
    title = desk.say(
        "Awizo płatności|Zawiadomienie o płatności|Awizo przelewu|Specyfikacja płatności",
        "Remittance Advice|Payment Advice|Remittance Advice|BACS Remittance",
    )
    items = [
        (
            desk.say("Nr awiza|Numer referencyjny", "Remittance no.|Payment reference"),
            desk.put("document_number", number),
        ),
        (desk.say("Data płatności|Data przelewu", "Payment date|Date paid"), desk.day("date", desk.today)),
        (
            desk.say("Sposób zapłaty", "Payment method"),
            desk.say("przelew|SEPA|Elixir", "BACS|ACH|Wire transfer|Cheque"),
        ),
    ]
    page = desk.sheet()
    page.add(
        *deals.letterhead(desk, payer, "buyer"),
        *deals.party(
            desk, payee, desk.say("Odbiorca płatności|Dostawca", "Payee|Supplier|Paid to"), "vendor"
        ),
    )
    page.add(Gap(10), *deals.heading(desk, title), *deals.facts(desk, items), Gap(8))
    page.add(
        Text(
            desk.say(
                "Informujemy o dokonaniu zapłaty za następujące dokumenty:|Poniższe faktury zostały uregulowane jednym przelewem:",
                "We have today paid the following invoices:|This payment settles the documents listed below.",
            )
        )
    )
    head = (
        desk.say("Faktura|Dokument", "Invoice|Your reference"),
        desk.say("Data faktury", "Invoice date"),
        desk.say("Kwota faktury", "Invoice amount"),
        desk.say("Zapłacono", "Paid|Amount paid"),
    )
    rows = [
        [n, desk.written(desk.today - timedelta(days=d)), desk.amount(a), desk.amount(a)] for n, d, a in paid
    ]
    rows.append([desk.say("Razem", "Total|Total payment"), "", "", desk.money("total", total)])
    page.add(
        Gap(4),
        Grid(
            head,
            rows,
            (2.2, 1.6, 1.6, 1.6),
            "llrr",
            desk.pick(("ruled", "lines", "zebra")),
            strong=frozenset({len(rows) - 1}),
        ),
    )
    page.add(Text(f"{desk.say('Waluta', 'Currency')}: {desk.priced()}", gap=8))
    if desk.chance(0.5):
        desk.truth["iban"] = payee.iban
        page.add(Text(f"{desk.say('Na rachunek', 'To account')}: {numbers.spaced(payee.iban)}"))
    return Draft(page, deals.stem(desk, desk.say("awizo", "remittance|payment_advice"), number), title)


@kind("account_statement", "accounting", "xlsx", "docx")
def account_statement(desk: Desk) -> Draft:
    """A customer's account: what was invoiced and paid, with a running balance."""
    vendor, buyer = desk.company(), desk.company()
    title = desk.say(
        "Potwierdzenie sald|Zestawienie sald i obrotów kontrahenta|Uzgodnienie salda|Wyciąg z konta rozrachunkowego",
        "Statement of Account|Customer Statement|Account Statement",
    )
    opening = desk.price(0, 6000) if desk.chance(0.6) else Decimal("0.00")
    balance = opening
    rows = [
        [
            "",
            desk.say("Saldo początkowe|Bilans otwarcia", "Opening balance|Balance brought forward"),
            "",
            "",
            desk.money("opening_balance", opening),
        ]
    ]
    when = desk.today - timedelta(days=60)
    for _ in range(desk.rng.randint(3, 14)):
        when += timedelta(days=desk.rng.randint(1, 5))
        if balance > 0 and desk.chance(0.4):
            paid = min(balance, desk.price(100, 5000))
            balance -= paid
            rows.append(
                [
                    desk.written(when),
                    desk.say("Wpłata|Przelew", "Payment received|Payment - thank you"),
                    "",
                    desk.amount(paid),
                    desk.amount(balance),
                ]
            )
        else:
            due = desk.price(80, 5200)
            balance += due
            rows.append(
                [
                    desk.written(when),
                    f"{desk.say('Faktura', 'Invoice')} {number_for(desk)}",
                    desk.amount(due),
                    "",
                    desk.amount(balance),
                ]
            )
    head = (
        desk.say("Data", "Date"),
        desk.say("Dokument|Opis", "Description|Transaction"),
        desk.say("Winien|Wn", "Charges|Debit"),
        desk.say("Ma", "Credits|Payments"),
        desk.say("Saldo", "Balance"),
    )
    rows.append(
        [
            "",
            desk.say("Saldo końcowe|Saldo na dzień sporządzenia", "Closing balance|Balance due"),
            "",
            "",
            desk.money("closing_balance", balance),
        ]
    )
    page = desk.sheet()
    page.add(*deals.letterhead(desk, vendor, "vendor"), *deals.heading(desk, title))
    page.add(
        Pairs(
            [
                (
                    desk.say("Na dzień|Data sporządzenia", "Statement date|As of"),
                    desk.day("date", desk.today),
                ),
                (desk.say("Waluta", "Currency"), desk.priced()),
            ],
            "colon",
        ),
        Gap(4),
    )
    page.add(
        *deals.party(desk, buyer, desk.say("Kontrahent|Odbiorca", "Customer|Account of"), "buyer"), Gap(8)
    )
    page.add(
        Grid(
            head,
            rows,
            (1.2, 3.2, 1.2, 1.2, 1.3),
            "llrrr",
            desk.pick(("ruled", "lines", "zebra")),
            strong=frozenset({len(rows) - 1}),
        )
    )
    page.add(
        Text(
            desk.say(
                "Prosimy o potwierdzenie zgodności salda lub zgłoszenie zastrzeżeń w terminie 14 dni. Zgodnie z art. 26 ustawy o rachunkowości.|Brak odpowiedzi uznamy za potwierdzenie salda.",
                "Please check this statement against your ledger and report any difference.|Payment is due within 30 days of invoice.",
            ),
            gap=10,
        )
    )
    if desk.pl:
        page.add(*deals.signatures(desk, "Główny księgowy", "saldo zgodne / niezgodne*"))
    return Draft(page, deals.stem(desk, desk.say("saldo|potwierdzenie_salda", "statement|soa")), title)
