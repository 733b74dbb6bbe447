"""Invoices and what corrects them."""

from datetime import timedelta

from tests.papers import numbers
from tests.papers.desk import Desk
from tests.papers.kinds import deal as deals
from tests.papers.kinds.deal import Deal
from tests.papers.kinds.invoice_xml import Terms, ksef, ubl
from tests.papers.kinds.registry import Draft, kind
from tests.papers.sheet import Band, Block, Gap, Grid, Pairs, Rule, Side, Text


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
