"""Papers around an order: asked for, offered, ordered, confirmed, sent, received, counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tests.papers.desk import Desk
from tests.papers.kinds import deal as deals
from tests.papers.kinds.deal import Deal
from tests.papers.kinds.invoice_xml import Terms, ubl
from tests.papers.kinds.registry import Draft, kind
from tests.papers.sheet import Band, Block, Gap, Grid, Pairs, Side, Text

Column = Literal["no", "code", "name", "qty", "unit", "price", "net", "got", "ean", "lot", "weight", "boxes"]

#: Heading in Polish and in English, width, alignment.
_COLUMNS: dict[Column, tuple[str, str, float, str]] = {
    "no": ("Lp.|Poz.|Nr", "#|No.|Line|Pos.", 0.5, "r"),
    "code": ("Indeks|Kod|Symbol|Nr kat.", "Item no.|SKU|Part number|Code", 1.3, "l"),
    "name": ("Nazwa|Opis|Nazwa towaru|Asortyment", "Description|Item|Product", 4.0, "l"),
    "qty": ("Ilość|Zamówiono|Liczba", "Qty|Quantity|Qty ordered", 0.9, "r"),
    "unit": ("J.m.|Jedn.", "Unit|UoM", 0.8, "l"),
    "price": ("Cena netto|Cena jedn.", "Unit price|Price", 1.2, "r"),
    "net": ("Wartość netto|Wartość", "Amount|Line total|Extended", 1.3, "r"),
    "got": ("Wydano|Przyjęto|Ilość potwierdzona", "Shipped|Delivered|Qty confirmed", 1.1, "r"),
    "ean": ("EAN", "EAN", 1.6, "l"),
    "lot": ("Nr partii|Seria", "Lot|Batch", 1.2, "l"),
    "weight": ("Masa kg|Waga brutto (kg)", "Gross weight (kg)|Weight kg", 1.2, "r"),
    "boxes": ("Opakowania|Kartony", "Cartons|Packages", 1.0, "r"),
}


def goods(desk: Desk, deal: Deal, columns: Sequence[Column]) -> Grid:
    """The lines under the columns wanted."""
    head = [desk.say(_COLUMNS[c][0], _COLUMNS[c][1]) for c in columns]
    rows = []
    for n, line in enumerate(deal.lines, 1):
        weight = desk.rng.uniform(0.2, 18) * float(line.quantity)
        cells: dict[Column, str] = {
            "no": str(n),
            "code": line.code,
            "name": line.name,
            "qty": desk.count(line.quantity),
            "unit": line.unit,
            "price": desk.amount(line.price),
            "net": desk.amount(line.net),
            "got": desk.count(line.quantity),
            "ean": desk.code("590##########"),
            "lot": desk.code("L####@"),
            "weight": desk.amount(desk.price(weight, weight + 0.01)),
            "boxes": str(desk.rng.randint(1, 12)),
        }
        rows.append([cells[c] for c in columns])
    style, size = deals.grid_style(desk)
    widths = [_COLUMNS[c][2] for c in columns]
    return Grid(head, rows, widths, "".join(_COLUMNS[c][3] for c in columns), style, size)


@dataclass(frozen=True, slots=True)
class _Form:
    """How one of these papers reads. Labels are alternatives parted by `|`, Polish and English.

    `columns` are the choices of columns; `seller` and `buyer` label the parties; `notes` are
    sentences of which some are printed; `sign` labels the places to sign.
    """

    titles: tuple[str, str]
    numbers: tuple[str, str]
    seller: tuple[str, str]
    buyer: tuple[str, str]
    columns: tuple[tuple[Column, ...], ...]
    notes: tuple[str, str]
    sign: tuple[str, str]
    words: tuple[str, str]
    priced: bool = False
    order_label: tuple[str, str] | None = None
    when: tuple[str, str] = ("Data wystawienia|Data", "Date|Issue date")
    term: tuple[str, str] | None = None
    ours: Literal["seller", "buyer"] = "seller"
    root: str = ""


def _make(desk: Desk, form: _Form) -> Draft:
    deal = deals.make(desk, 1, 10)
    title = desk.say(*form.titles)
    number = desk.code(desk.say(*form.numbers))
    own_order = form.root == "Order"
    shown = desk.put("order_number" if own_order else "document_number", number)
    if own_order:
        desk.put("document_number", number)
    items = [(desk.say("Numer|Nr dokumentu|Nr", "Number|No.|Document no.|Reference"), shown)]
    items.append((desk.say(*form.when), desk.day("date", desk.today)))
    order_number = ""
    if form.order_label and desk.chance(0.85):
        order_number = desk.code(desk.pick(("ZAM/###/{y}", "PO-#####", "45########", "{y}-####")))
        items.append((desk.say(*form.order_label), desk.put("order_number", order_number)))
    if form.term:
        items.append((desk.say(*form.term), desk.written(desk.later(2, 30))))
    items += [
        pair
        for pair in (
            (desk.say("Osoba kontaktowa|Kontakt", "Contact|Attn"), desk.person().name),
            (
                desk.say("Warunki dostawy", "Delivery terms|Incoterms"),
                desk.say("DAP|EXW|odbiór własny|kurier", "DAP|FOB|EXW|Courier"),
            ),
        )
        if desk.chance(0.4)
    ]
    seller = deals.party(
        desk, deal.seller, desk.say(*form.seller), "vendor", "vendor_nip" if desk.chance(0.7) else ""
    )
    buyer = deals.party(
        desk, deal.buyer, desk.say(*form.buyer), "buyer", "buyer_nip" if desk.chance(0.7) else ""
    )
    if form.ours == "buyer":
        seller, buyer = buyer, seller
    page = desk.sheet()
    table = goods(desk, deal, desk.pick(form.columns))
    match desk.rng.randint(0, 3):
        case 0:
            page.add(*deals.letterhead(desk, deal.seller if form.ours == "seller" else deal.buyer))
            page.add(
                *deals.heading(desk, title),
                *deals.facts(desk, items),
                Gap(8),
                *deals.two(desk, seller, buyer),
                table,
            )
        case 1:
            right: list[Block] = [
                Text(title, size=1.7, bold=True, align="r"),
                Pairs(items, "tab", label_width=0.5),
            ]
            page.add(Side(seller, right, 0.5), Gap(12), *buyer, Gap(10), table)
        case 2:
            page.add(Band(f"{title} {shown}", 1.5), Pairs(items, "boxed", across=3), Gap(8))
            page.add(*deals.two(desk, buyer, seller), table)
        case _:
            joined = f"{title} {desk.say('nr ', 'No. ')}{shown}"
            page.add(
                *deals.heading(desk, joined),
                *deals.two(desk, seller, buyer),
                *deals.facts(desk, items[1:]),
                table,
            )
    if form.priced:
        totals = [
            (desk.say("Razem netto|Wartość netto", "Subtotal|Net total"), desk.money("net", deal.net)),
            (desk.say("VAT|Podatek VAT", "VAT|Tax|Sales tax"), desk.money("vat", deal.vat)),
            (
                desk.say("Razem brutto|Ogółem", "Total|Order total|Grand total"),
                f"{desk.money('total', deal.total)} {desk.priced()}",
            ),
        ]
        page.add(Gap(6), Side([], [Pairs(totals, "tab", label_width=0.55)], 0.5))
    notes = (form.notes[0] if desk.pl else form.notes[1]).split("|")
    page.add(Gap(8), *[Text(note, size=0.92, gap=2) for note in desk.some(notes, 1, 3)])
    left, _, right_label = (form.sign[0] if desk.pl else form.sign[1]).partition("|")
    if left and desk.chance(0.8):
        page.add(*deals.signatures(desk, left, right_label))
    draft = Draft(page, deals.stem(desk, desk.say(*form.words), number), f"{title} {number}")
    if form.root:
        terms = Terms(
            number, desk.today, desk.today, desk.today, desk.currency, "" if own_order else order_number
        )
        draft.forms["xml"] = lambda: ubl(deal, terms, form.root)
    return draft


_PRICED: tuple[tuple[Column, ...], ...] = (
    ("no", "name", "qty", "unit", "price", "net"),
    ("no", "code", "name", "qty", "unit", "price", "net"),
    ("code", "name", "qty", "price", "net"),
)
_MOVED: tuple[tuple[Column, ...], ...] = (
    ("no", "code", "name", "unit", "qty", "got"),
    ("no", "name", "unit", "qty"),
    ("no", "name", "lot", "qty", "unit"),
)

FORMS: dict[str, _Form] = {
    "purchase_order": _Form(
        ("Zamówienie|Zamówienie zakupu|Zamówienie do dostawcy", "Purchase Order|Order|Purchase order"),
        ("ZAM/###/{y}|ZD/##/{m}/{y}|{y}/Z/####", "PO-#####|45########|P#####|PO{y}-####"),
        ("Dostawca|Sprzedawca", "Vendor|Supplier|To"),
        ("Zamawiający|Kupujący", "Buyer|Ship to|Bill to"),
        _PRICED,
        (
            "Prosimy o potwierdzenie przyjęcia zamówienia do realizacji.|Na fakturze prosimy podać numer zamówienia.|"
            "Dostawa na koszt dostawcy na adres magazynu.|Płatność 30 dni od otrzymania faktury.",
            "Please confirm receipt of this order.|Quote our order number on all invoices and packages.|"
            "Deliver between 8 am and 3 pm.|Payment 30 days from receipt of invoice.",
        ),
        ("zamówił(a)|zatwierdził(a)", "Ordered by|Authorised by"),
        ("zamowienie|ZAM", "PO|purchase_order"),
        priced=True,
        term=("Termin dostawy|Wymagana data dostawy", "Delivery date|Required by|Ship date"),
        ours="buyer",
        root="Order",
    ),
    "order_response": _Form(
        (
            "Potwierdzenie zamówienia|Potwierdzenie przyjęcia zamówienia do realizacji",
            "Order Confirmation|Order Acknowledgement|Sales Order Confirmation",
        ),
        ("PZ/###/{y}|ZO/##/{m}/{y}|POTW/####", "SO-#####|OC#####|ACK-####"),
        ("Dostawca|Sprzedawca", "Supplier|Seller"),
        ("Zamawiający|Klient", "Customer|Sold to"),
        _PRICED,
        (
            "Dziękujemy za złożenie zamówienia. Potwierdzamy jego przyjęcie do realizacji.|"
            "Potwierdzony termin wysyłki podano powyżej.|Zmiany prosimy zgłaszać w ciągu 24 godzin.",
            "Thank you for your order, which we confirm as follows.|We expect to ship on the date shown.|"
            "Please check this confirmation and tell us of any error within 24 hours.",
        ),
        ("potwierdził(a)|", "Confirmed by|"),
        ("potwierdzenie_zam", "order_confirmation|SO"),
        priced=True,
        order_label=("Państwa zamówienie nr|Do zamówienia", "Your order|Customer PO|Your PO no."),
        term=("Potwierdzony termin|Planowana wysyłka", "Confirmed delivery|Expected ship date"),
        root="OrderResponse",
    ),
    "despatch_advice": _Form(
        (
            "WZ - wydanie zewnętrzne|Wydanie zewnętrzne WZ|Dokument WZ|Dowód dostawy",
            "Delivery Note|Despatch Note|Advance Shipping Notice|Dispatch Advice",
        ),
        ("WZ/###/{m}/{y}|WZ ####/{y}|WZ-####", "DN-#####|ASN######|D#####"),
        ("Wydający|Dostawca|Magazyn wydający", "Shipped from|Despatched by|Supplier"),
        ("Odbiorca|Kontrahent", "Deliver to|Consignee|Ship to"),
        _MOVED,
        (
            "Towar wydano w stanie nieuszkodzonym.|Środek transportu: własny odbiorcy.|Magazyn: MG-1.|Palety do zwrotu: 2 szt.",
            "Goods despatched in good order.|Please check the goods on arrival and note any shortage.|Carrier: own van.|This is not an invoice.",
        ),
        ("wydał(a)|odebrał(a)", "Despatched by|Received in good condition by"),
        ("WZ|wz", "delivery_note|DN"),
        order_label=("Nr zamówienia|Zamówienie", "Order no.|Your order"),
        when=("Data wydania|Data", "Despatch date|Date"),
        root="DespatchAdvice",
    ),
    "receipt_advice": _Form(
        (
            "PZ - przyjęcie zewnętrzne|Przyjęcie zewnętrzne PZ|Dokument PZ|Protokół przyjęcia towaru",
            "Goods Received Note|Receipt Advice|Goods Receipt|Receiving Report",
        ),
        ("PZ/###/{m}/{y}|PZ ####/{y}|PZ-####", "GRN-#####|RA#####|GR######"),
        ("Dostawca|Przyjęto od", "Received from|Supplier"),
        ("Przyjmujący|Magazyn przyjmujący", "Received at|Receiver"),
        (
            ("no", "code", "name", "unit", "qty", "got"),
            ("no", "name", "lot", "unit", "got"),
            ("no", "code", "name", "unit", "got", "price", "net"),
        ),
        (
            "Towar przyjęto na stan magazynu zgodnie z dokumentem dostawcy.|Nie stwierdzono braków ani uszkodzeń.|"
            "Stwierdzono uszkodzenie jednego opakowania.",
            "Goods inspected and taken into stock.|No shortage or damage was found.|One package damaged in transit; carrier informed.",
        ),
        ("przyjął(-ęła)|zaksięgował(a)", "Received by|Inspected by"),
        ("PZ|pz", "GRN|goods_receipt"),
        order_label=("Nr zamówienia|Dok. dostawcy do zam.", "PO number|Order"),
        when=("Data przyjęcia|Data", "Date received|Receipt date"),
        ours="buyer",
        root="ReceiptAdvice",
    ),
    "packing_list": _Form(
        (
            "Lista pakowa|Specyfikacja wysyłkowa|Lista pakunkowa",
            "Packing List|Packing Slip|Shipping Specification",
        ),
        ("LP/###/{y}|SW-####", "PL-#####|PS######"),
        ("Nadawca|Eksporter", "Shipper|Exporter|From"),
        ("Odbiorca", "Consignee|Ship to"),
        (("no", "code", "name", "qty", "unit", "boxes", "weight"), ("no", "name", "qty", "boxes", "weight")),
        (
            "Kolli razem: 7, masa brutto 214 kg.|Opakowania drewniane zgodne z ISPM 15.|Oznaczenia: górą do góry, chronić przed wilgocią.",
            "Total packages: 7, gross weight 214 kg.|Wooden packing complies with ISPM 15.|Marks: this side up, keep dry.|Country of origin: Poland.",
        ),
        ("pakował(a)|", "Packed by|Checked by"),
        ("lista_pakowa", "packing_list"),
        order_label=("Nr zamówienia", "Order no.|PO no."),
    ),
    "quotation": _Form(
        ("Oferta|Oferta handlowa|Oferta cenowa", "Quotation|Quote|Price Quotation|Sales Quotation"),
        ("OF/###/{y}|OFERTA ##/{m}/{y}|O-####", "Q-#####|QU{y}-###|EST####"),
        ("Oferent|Sprzedawca", "From|Prepared by"),
        ("Dla|Przygotowano dla|Klient", "Quotation for|Prepared for|Customer"),
        _PRICED,
        (
            "W odpowiedzi na Państwa zapytanie przedstawiamy ofertę na poniższe towary.|Oferta jest ważna 30 dni.|"
            "Czas realizacji: 5-7 dni roboczych od złożenia zamówienia.|Ceny nie zawierają kosztów dostawy.",
            "In reply to your enquiry we are pleased to offer the following.|Prices are valid for 30 days.|"
            "Lead time 5-7 working days from order.|Delivery is charged extra.",
        ),
        ("ofertę przygotował(a)|", "Prepared by|Accepted by (customer)"),
        ("oferta", "quote|quotation"),
        priced=True,
        term=("Oferta ważna do|Ważność oferty", "Valid until|Expiry date"),
        root="Quotation",
    ),
    "request_for_quotation": _Form(
        (
            "Zapytanie ofertowe|Zapytanie o cenę|Prośba o przedstawienie oferty",
            "Request for Quotation|RFQ|Enquiry|Request for Quote",
        ),
        ("ZO/##/{y}|RFQ-####|ZAP/###", "RFQ-#####|ENQ####"),
        ("Do|Adresat", "To|Supplier"),
        ("Zamawiający|Pytający", "From|Requested by"),
        (("no", "code", "name", "qty", "unit"), ("no", "name", "qty", "unit")),
        (
            "Prosimy o przedstawienie oferty na dostawę niżej wymienionych towarów.|W ofercie prosimy podać cenę netto, termin "
            "dostawy i warunki płatności.|Kryterium wyboru: cena 80%, termin 20%.|Zapytanie nie stanowi zamówienia.",
            "Please quote your best price and delivery for the following.|State unit price, lead time and payment terms.|"
            "Late quotes will not be considered.|This is not an order.",
        ),
        ("sporządził(a)|", "Buyer|"),
        ("zapytanie", "RFQ|enquiry"),
        term=("Termin składania ofert|Oferty do dnia", "Quote due by|Response required by"),
        ours="buyer",
        root="RequestForQuotation",
    ),
    "order_form": _Form(
        (
            "Formularz zamówienia|Karta zamówienia|Druk zamówienia",
            "Order Form|Customer Order Form|Subscription Order Form",
        ),
        ("F-####", "OF-####|F####"),
        ("Sprzedawca|Zamówienie prosimy przesłać na adres", "Supplier|Return this form to"),
        ("Zamawiający|Dane zamawiającego", "Customer details|Bill to"),
        _PRICED,
        (
            "Zamawiam towary zaznaczone powyżej i akceptuję regulamin sprzedaży.|Forma płatności: ☐ przelew ☐ gotówka ☐ karta.|"
            "Dostawa: ☐ kurier ☐ odbiór osobisty.",
            "I wish to order the items marked above and accept the terms of sale.|Payment: ☐ card ☐ cheque ☐ invoice.|"
            "Delivery: ☐ standard ☐ express.",
        ),
        ("|data i podpis zamawiającego", "Customer signature|Date"),
        ("formularz_zam", "order_form"),
        priced=True,
    ),
}

for _code, _form in FORMS.items():
    kind(_code, "order", *(("xml",) if _form.root else ()), "docx", "xlsx", "eml")(
        lambda desk, form=_form: _make(desk, form)  # type: ignore[misc]
    )
