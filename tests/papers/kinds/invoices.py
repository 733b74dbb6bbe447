"""Invoices and what corrects, demands or announces their payment."""

from datetime import timedelta
from decimal import Decimal

from tests.papers import numbers
from tests.papers.desk import Desk
from tests.papers.kinds import deal as deals
from tests.papers.kinds.deal import Deal
from tests.papers.kinds.invoice_xml import Terms, ksef, ubl
from tests.papers.kinds.registry import Draft, kind
from tests.papers.sheet import Band, Block, Gap, Grid, Pairs, Rule, Sheet, Side, Text


def item_table(desk: Desk, deal: Deal) -> Grid:
    """The lines, with more or fewer columns."""
    style, size = deals.grid_style(desk)
    taxed = desk.region != "US"
    wide = taxed and desk.chance(0.7)
    number = desk.say("Lp.|L.p.|Nr|Poz.", "#|No.|Item|Line")
    head = [
        number,
        desk.say("Nazwa towaru lub usługi|Nazwa|Opis|Towar / usługa", "Description|Item description|Details"),
    ]
    widths, align = [0.5, 4.4], "rl"
    coded = desk.chance(0.35)
    if coded:
        head.append(desk.say("Symbol|Indeks|Kod|PKWiU", "Code|SKU|Product code|Part no."))
        widths.append(1.3)
        align += "l"
    head += [desk.say("Ilość", "Qty|Quantity"), desk.say("J.m.|jm.|Jedn.", "Unit|UoM")]
    widths += [0.9, 0.8]
    align += "rl"
    head.append(desk.say("Cena netto|Cena jedn. netto|C. netto", "Unit price|Price|Rate"))
    widths.append(1.2)
    align += "r"
    if taxed:
        head.append(desk.say("VAT|Stawka VAT|VAT %", "VAT %|VAT rate|Tax"))
        widths.append(0.8)
        align += "r"
    head.append(desk.say("Wartość netto|Netto", "Net amount|Amount|Line total"))
    widths.append(1.4)
    align += "r"
    if wide:
        head += [desk.say("Kwota VAT|VAT", "VAT amount"), desk.say("Wartość brutto|Brutto", "Gross|Total")]
        widths += [1.1, 1.4]
        align += "rr"
    rows = []
    for n, line in enumerate(deal.lines, 1):
        row = [str(n), line.name]
        if coded:
            row.append(line.code)
        row += [desk.count(line.quantity), line.unit, desk.amount(line.price)]
        if taxed:
            row.append(f"{line.rate}%")
        row.append(desk.amount(line.net))
        if wide:
            row += [desk.amount(line.tax), desk.amount(line.net + line.tax)]
        rows.append(row)
    return Grid(head, rows, widths, align, style=style, size=size)


def totals(desk: Desk, deal: Deal) -> list[Block]:
    """Sums: a summary by rate, or labelled lines at the right."""
    net = desk.money("net", deal.net)
    vat = desk.money("vat", deal.vat)
    total = desk.money("total", deal.total)
    desk.truth["currency"] = desk.currency
    owed = desk.amount(deal.total, symbol=True)
    if desk.region != "US" and desk.chance(0.6):
        head = (
            desk.say("Stawka|Stawka VAT", "Rate|VAT rate"),
            desk.say("Netto|Wartość netto", "Net"),
            desk.say("VAT|Kwota VAT", "VAT"),
            desk.say("Brutto|Wartość brutto", "Gross"),
        )
        rows = [[f"{r}%", desk.amount(n), desk.amount(t), desk.amount(n + t)] for r, n, t in deal.by_rate]
        rows.append([desk.say("Razem|RAZEM|Ogółem", "Total"), net, vat, total])
        table = Grid(
            head,
            rows,
            (1, 1.3, 1.2, 1.3),
            "lrrr",
            desk.pick(("ruled", "lines")),
            strong=frozenset({len(rows) - 1}),
        )
        pay = desk.say(
            "Do zapłaty|Razem do zapłaty|Kwota do zapłaty|DO ZAPŁATY",
            "Total due|Amount due|Balance due|To pay",
        )
        code = "" if any(mark in owed for mark in "zł€£$") or desk.currency in owed else f" {desk.currency}"
        blocks: list[Block] = [Gap(6), Side([], [table], 0.38), Gap(6)]
        blocks.append(Text(f"{pay}: {owed}{code}", size=1.2, bold=True, align=desk.pick(("l", "r"))))
    else:
        tax = "VAT" if desk.region != "US" else desk.pick(("Sales tax", "Tax"))
        items = [
            (desk.say("Razem netto|Wartość netto|Suma netto", "Subtotal|Net total|Total net"), net),
            (desk.say("Podatek VAT|Kwota VAT|VAT", f"{tax}|Total {tax}"), vat),
            (
                desk.say(
                    "Razem brutto|Do zapłaty|Wartość brutto", "Total|Amount due|Invoice total|Grand total"
                ),
                f"{total} {desk.currency}",
            ),
        ]
        blocks = [Gap(6), Side([], [Pairs(items, "tab", label_width=0.55)], 0.5)]
    if desk.pl and desk.currency == "PLN" and desk.chance(0.6):
        blocks.append(Text(f"{desk.say('Słownie', '')}: {numbers.in_polish_words(deal.total)}", size=0.95))
    return blocks


def payment(desk: Desk, deal: Deal, due: str) -> list[tuple[str, str]]:
    """How to pay, with the account."""
    items = [(desk.say("Termin płatności|Termin zapłaty|Płatne do", "Due date|Payment due|Due|Pay by"), due)]
    if desk.pl:
        items.insert(
            0,
            (
                desk.say("Forma płatności|Sposób zapłaty|Płatność", ""),
                desk.say("przelew|Przelew bankowy", ""),
            ),
        )
    else:
        items.insert(
            0,
            (
                desk.say("", "Terms|Payment terms"),
                desk.say("", "Net 30|30 days|Bank transfer|Due on receipt"),
            ),
        )
    account = deal.seller.iban
    if desk.region != "US":
        desk.truth["iban"] = account
        bare = account if not desk.pl or desk.chance(0.5) else account[2:]
        shown = numbers.spaced(bare) if bare is account else f"{bare[:2]} {numbers.spaced(bare[2:])}"
        items.append(
            (desk.say("Nr rachunku|Konto|Rachunek bankowy|Numer konta", "IBAN|Bank account (IBAN)"), shown)
        )
    return items


def number_for(desk: Desk) -> str:
    patterns = (
        (
            "FV/##/{m}/{y}",
            "FV ###/{y}",
            "{y}/{m}/####",
            "F/####/{yy}",
            "FS-###/{m}/{y}/@@",
            "##/{m}/{y}",
            "FA{y}#####",
        )
        if desk.pl
        else ("INV-#####", "INV{y}-####", "######", "SI-####", "{y}-####", "@@-#####", "10####")
    )
    return desk.code(desk.pick(patterns))


@kind("invoice", "accounting", "xml", "eml", "docx", "xlsx")
def invoice(desk: Desk) -> Draft:
    deal = deals.make(desk)
    number = number_for(desk)
    due_day = desk.later(7, 45)
    sold = desk.today - timedelta(days=desk.rng.choice((0, 0, 1, 3)))
    title = desk.say(
        "Faktura VAT|Faktura|Faktura VAT nr|Faktura sprzedaży", "Invoice|Tax Invoice|Sales Invoice|Invoice"
    )
    if desk.region != "GB" and title == "Tax Invoice":
        title = "Invoice"
    shown = desk.put("invoice_number", number)
    issued = desk.day("date", desk.today)
    due = desk.day("due_date", due_day)
    dates = [
        (
            desk.say("Data wystawienia|Wystawiono dnia|Data wyst.", "Invoice date|Date|Date of issue|Issued"),
            issued,
        ),
    ]
    if desk.pl:
        dates.append(
            (
                desk.say("Data sprzedaży|Data dostawy/wykonania usługi|Data dokonania dostawy", ""),
                desk.written(sold),
            )
        )
    if desk.chance(0.4):
        order = desk.put(
            "order_number", desk.code(desk.pick(("ZAM/####", "PO-#####", "{y}/Z/###", "45########")))
        )
        dates.append(
            (desk.say("Nr zamówienia|Zamówienie|Dot. zamówienia", "PO number|Your order|Order no."), order)
        )
    pay = payment(desk, deal, due)
    seller = deals.party(
        desk,
        deal.seller,
        desk.say("Sprzedawca|Wystawca|SPRZEDAWCA", "From|Seller|Supplier|"),
        "vendor",
        "vendor_nip",
    )
    buyer = deals.party(
        desk,
        deal.buyer,
        desk.say("Nabywca|NABYWCA|Kupujący", "Bill to|Invoice to|Customer|Sold to"),
        "buyer",
        "buyer_nip",
        contact=False,
    )
    labelled = [(desk.say("Numer|Nr faktury|Faktura nr", "Invoice number|Invoice no.|Invoice #"), shown)]
    page = desk.sheet()
    match desk.rng.randint(0, 4):
        case 0:  # title above, parties beside each other, the rest below
            page.add(
                *deals.heading(
                    desk, f"{title} {shown}" if desk.pl else title, *([] if desk.pl else [f"No. {shown}"])
                )
            )
            page.add(*deals.facts(desk, dates), Gap(8), *deals.two(desk, seller, buyer))
            page.add(item_table(desk, deal), *totals(desk, deal), Gap(8), *deals.facts(desk, pay))
        case 1:  # seller at the left, title and dates at the right
            right: list[Block] = [Text(title.upper(), size=1.8, bold=True, align="r"), Gap(4)]
            right.append(Pairs([*labelled, *dates, *pay[:2]], "tab", label_width=0.5))
            page.add(Side(seller, right, 0.48), Gap(14), *buyer, Gap(10), item_table(desk, deal))
            page.add(*totals(desk, deal), Gap(8), *deals.facts(desk, pay[-1:]))
        case 2:  # a coloured band and boxes
            page.add(Band(f"{title} {shown}", 1.5), Gap(4), Pairs([*dates, *pay], "boxed", across=3), Gap(8))
            page.add(*deals.two(desk, seller, buyer), item_table(desk, deal), *totals(desk, deal))
        case 3:  # a letterhead
            page.add(
                *deals.letterhead(desk, deal.seller), Side(buyer, [Pairs([*labelled, *dates], "colon")], 0.5)
            )
            page.add(
                Gap(10), *deals.heading(desk, title), item_table(desk, deal), *totals(desk, deal), Rule()
            )
            page.add(*seller, Pairs(pay, "colon"))
        case _:  # dense, as accounting programs print it
            page.size *= 0.92
            page.add(
                Side([Text(deal.seller.name, bold=True)], [Pairs(dates, "tab", label_width=0.6)]), Gap(6)
            )
            page.add(
                Text(
                    f"{title} {desk.say('nr', 'No.')} {shown}" if "nr" not in title else f"{title} {shown}",
                    size=1.4,
                    bold=True,
                    align="c",
                ),
                Rule(),
                *deals.two(desk, seller, buyer),
            )
            page.add(Pairs(pay, "colon"), Gap(6), item_table(desk, deal), *totals(desk, deal))
    if desk.chance(0.5):
        page.add(
            Gap(10),
            Text(
                desk.say(
                    "Dziękujemy za współpracę.|Prosimy o podanie numeru faktury w tytule przelewu.|Towar pozostaje własnością sprzedawcy do czasu zapłaty.|Mechanizm podzielonej płatności",
                    "Thank you for your business.|Please quote the invoice number with your payment.|Goods remain our property until paid in full.|Late payments bear interest at 8% above base rate.",
                ),
                size=0.9,
            ),
        )
    if desk.chance(0.4):
        page.add(
            *deals.signatures(
                desk,
                desk.say(
                    "podpis osoby upoważnionej do wystawienia|wystawił(a)", "Authorised signature|Issued by"
                ),
                desk.say("podpis osoby upoważnionej do odbioru|odebrał(a)", "Received by|"),
            )
        )
    page.footer = desk.pick(("", "", desk.say("Strona #", "Page #")))
    terms = Terms(number, desk.today, due_day, sold, desk.currency, desk.truth.get("order_number", ""))
    draft = Draft(
        page, deals.stem(desk, desk.say("faktura|FV|fv", "invoice|INV|inv"), number), f"{title} {number}"
    )
    draft.forms["xml"] = lambda: ksef(deal, terms) if desk.pl else ubl(deal, terms, "Invoice")
    return draft


@kind("invoice_correction", "accounting", "xml", "docx", "eml")
def invoice_correction(desk: Desk) -> Draft:
    """A correcting invoice; its amounts are what is taken back."""
    deal = deals.make(desk, 1, 4)
    original, number = (
        number_for(desk),
        desk.code("KOR/##/{m}/{y}" if desk.pl else desk.pick(("CN-#####", "CR{y}-###"))),
    )
    title = desk.say(
        "Faktura korygująca|Korekta faktury VAT|Faktura VAT korekta", "Credit Note|Credit Memo|Credit note"
    )
    reason = desk.say(
        "zwrot towaru|błędna cena jednostkowa|pomyłka w ilości|udzielony rabat|reklamacja jakościowa",
        "goods returned|incorrect unit price|quantity error|agreed discount|faulty goods",
    )
    shown = desk.put("document_number", number)
    corrected = desk.put("corrected_number", original)
    items = [
        (desk.say("Nr korekty|Numer dokumentu", "Credit note no.|Number"), shown),
        (desk.say("Data wystawienia", "Date|Issue date"), desk.day("date", desk.today)),
        (
            desk.say(
                "Do faktury nr|Dotyczy faktury|Korygowana faktura",
                "Original invoice|Re invoice|Invoice credited",
            ),
            corrected,
        ),
        (desk.say("Data faktury korygowanej", "Original invoice date"), desk.written(desk.later(-90, -5))),
        (desk.say("Przyczyna korekty|Powód korekty", "Reason|Reason for credit"), reason),
    ]
    seller = deals.party(desk, deal.seller, desk.say("Sprzedawca", "Supplier|From"), "vendor", "vendor_nip")
    buyer = deals.party(desk, deal.buyer, desk.say("Nabywca", "Customer|Credit to"), "buyer", "buyer_nip")
    page = desk.sheet()
    page.add(*deals.heading(desk, title), *deals.facts(desk, items), Gap(8), *deals.two(desk, seller, buyer))
    if desk.pl and desk.chance(0.6):
        page.add(Text("Pozycje przed korektą", bold=True), item_table(desk, deal), Gap(6))
        page.add(Text("Po korekcie: ilość 0, wartość 0,00. Różnica jak niżej.", gap=4))
    else:
        page.add(Text(desk.say("Pozycje korygowane", "Items credited"), bold=True), item_table(desk, deal))
    page.add(*totals(desk, deal))
    page.add(
        Text(
            desk.say("Kwota do zwrotu|Zmniejszenie należności o", "Credit amount|Amount credited")
            + ": "
            + desk.amount(deal.total, True),
            bold=True,
            gap=8,
        )
    )
    page.add(
        *deals.signatures(
            desk, desk.say("wystawił(a)", "Issued by"), desk.say("potwierdzam odbiór korekty", "")
        )
    )
    terms = Terms(number, desk.today, desk.today, desk.today, desk.currency, "", original, reason)
    draft = Draft(
        page, deals.stem(desk, desk.say("korekta|FKOR", "credit_note|CN"), number), f"{title} {number}"
    )
    draft.forms["xml"] = lambda: ksef(deal, terms) if desk.pl else ubl(deal, terms, "CreditNote")
    return draft


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


def strip(desk: Desk) -> Sheet:
    """A till roll."""
    page = desk.sheet(mono=True)
    page.width, page.height, page.margin = desk.pick((164.0, 204.0, 227.0)), 0.0, 11.0
    page.size = page.width / 26.5
    page.leading = 1.25
    return page
