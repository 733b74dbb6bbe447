"""Papers of carriers and stores: waybills, bookings, catalogues, stock."""

from tests.papers.desk import Desk
from tests.papers.kinds import deal as deals
from tests.papers.kinds.orders import goods
from tests.papers.kinds.registry import Draft, kind
from tests.papers.sheet import Band, Gap, Grid, Pairs, Side, Text


@kind("waybill", "order", "docx")
def waybill(desk: Desk) -> Draft:
    """A consignment note, by road (CMR) or of a parcel carrier."""
    sender, receiver, carrier = desk.company(), desk.company(), desk.company()
    deal = deals.make(desk, 1, 4)
    title = desk.say(
        "Międzynarodowy samochodowy list przewozowy CMR|List przewozowy|Krajowy list przewozowy",
        "International Consignment Note CMR|Waybill|Bill of Lading|Air Waybill|Straight Bill of Lading",
    )
    number = desk.put(
        "document_number", desk.code(desk.pick(("CMR ######", "###-########", "LP########", "{yy}#######")))
    )

    def box(n: int, pl: str, en: str) -> str:
        return f"{n} {desk.say(pl, en)}"

    def full(company_name: str, line: str) -> str:
        return f"{company_name}\n{line}"

    items = [
        (
            box(1, "Nadawca (nazwa, adres, kraj)", "Sender (name, address, country)|Shipper"),
            full(desk.put("consignor", sender.name), sender.address.line),
        ),
        (
            box(2, "Odbiorca (nazwa, adres, kraj)", "Consignee (name, address, country)"),
            full(desk.put("consignee", receiver.name), receiver.address.line),
        ),
        (box(3, "Miejsce przeznaczenia", "Place of delivery|Destination"), receiver.address.town),
        (
            box(4, "Miejsce i data załadowania", "Place and date of taking over the goods|Origin"),
            f"{sender.address.city}, {desk.day('date', desk.today)}",
        ),
        (box(16, "Przewoźnik", "Carrier"), full(desk.put("carrier", carrier.name), carrier.address.line)),
        (box(17, "Numer rejestracyjny pojazdu", "Vehicle registration|Truck no."), desk.code("@@ #####")),
    ]
    page = desk.sheet()
    page.size = 8.6
    page.add(
        Side(
            [Text(title, size=1.4, bold=True)],
            [Text(f"Nr {number}" if desk.pl else f"No. {number}", size=1.4, bold=True, align="r")],
            0.65,
        )
    )
    page.add(Pairs(items, "boxed", across=2), Gap(6))
    page.add(goods(desk, deal, ("no", "name", "boxes", "weight")), Gap(6))
    page.add(
        Pairs(
            [
                (
                    desk.say("Instrukcje nadawcy", "Sender's instructions"),
                    desk.say("Nie rzucać. Chronić przed wilgocią.", "Handle with care. Keep dry."),
                ),
                (
                    desk.say("Przewoźne", "Carriage charges|Freight"),
                    desk.say("opłacone|do zapłaty przez odbiorcę", "Prepaid|Collect"),
                ),
                (desk.say("Pobranie (COD)", "Cash on delivery"), desk.amount(desk.price(0, 900))),
            ],
            "boxed",
            across=3,
        )
    )
    page.add(
        *deals.signatures(
            desk,
            desk.say("podpis i pieczęć nadawcy", "Signature of sender"),
            desk.say("podpis odbiorcy", "Signature of consignee"),
        )
    )
    return Draft(
        page, deals.stem(desk, desk.say("list_przewozowy|CMR", "waybill|BOL"), number), f"{title} {number}"
    )


@kind("booking_confirmation", "order", "docx", "eml")
def booking_confirmation(desk: Desk) -> Draft:
    """Freight space that was booked."""
    carrier, customer = desk.company(), desk.company()
    title = desk.say(
        "Potwierdzenie rezerwacji|Potwierdzenie bukingu|Potwierdzenie zlecenia transportowego",
        "Booking Confirmation|Sea Freight Booking Confirmation|Transport Booking",
    )
    ports = ("Gdynia", "Hamburg", "Rotterdam", "Shanghai", "New York", "Felixstowe", "Singapore", "Gdańsk")
    start, end = desk.rng.sample(ports, 2)
    items = [
        (
            desk.say("Nr rezerwacji|Numer bukingu", "Booking no.|Booking reference"),
            desk.put("document_number", desk.code("@@@#######")),
        ),
        (desk.say("Data potwierdzenia|Data", "Booking date|Date"), desk.day("date", desk.today)),
        (desk.say("Zleceniodawca|Klient", "Shipper|Booked by|Customer"), desk.put("buyer", customer.name)),
        (desk.say("Port załadunku", "Port of loading"), start),
        (desk.say("Port wyładunku", "Port of discharge"), end),
        (
            desk.say("Statek / podróż", "Vessel / voyage"),
            f"{desk.pick(('MV Aurora', 'Baltic Star', 'Ocean Grace', 'Nordic Wave'))} {desk.code('###@')}",
        ),
        ("ETD", desk.written(desk.later(5, 20))),
        ("ETA", desk.written(desk.later(25, 60))),
        (
            desk.say("Kontenery", "Equipment|Containers"),
            f"{desk.rng.randint(1, 4)} x {desk.pick(('20DV', '40HC', '40RF'))}",
        ),
        (
            desk.say("Ładunek", "Commodity|Cargo"),
            desk.say("części maszyn|meble|artykuły spożywcze", "machine parts|furniture|foodstuffs"),
        ),
        (desk.say("Zamknięcie przyjęć (cut-off)", "Cargo cut-off|Closing"), desk.written(desk.later(3, 5))),
    ]
    page = desk.sheet()
    page.add(
        *deals.letterhead(desk, carrier, "vendor"), *deals.heading(desk, title), *deals.facts(desk, items)
    )
    page.add(
        Text(
            desk.say(
                "Rezerwacja podlega ogólnym warunkom przewozu. Instrukcje wysyłkowe prosimy przesłać przed zamknięciem przyjęć.",
                "This booking is subject to the carrier's terms. Please send shipping instructions before the cut-off.",
            ),
            gap=10,
        )
    )
    return Draft(page, deals.stem(desk, desk.say("rezerwacja|booking", "booking")), title)


@kind("catalogue", "order", "xlsx", "docx")
def catalogue(desk: Desk) -> Draft:
    deal = deals.make(desk, 12, 30)
    title = desk.say(
        "Katalog produktów|Cennik|Cennik hurtowy", "Product Catalogue|Price List|Trade Price List"
    )
    page = desk.sheet()
    page.add(*deals.letterhead(desk, deal.seller, "vendor"), *deals.heading(desk, desk.put("title", title)))
    page.add(
        Text(f"{desk.say('Obowiązuje od', 'Valid from|Prices effective')}: {desk.day('date', desk.today)}"),
        Gap(6),
    )
    page.add(
        goods(
            desk, deal, desk.pick((("code", "name", "unit", "price"), ("no", "ean", "name", "unit", "price")))
        )
    )
    page.add(Text(f"{desk.say('Ceny netto w', 'Prices excluding tax, in')} {desk.priced()}", gap=8))
    return Draft(page, deals.stem(desk, desk.say("cennik|katalog", "catalogue|pricelist")), title)


@kind("inventory_report", "order", "xlsx", "docx")
def inventory_report(desk: Desk) -> Draft:
    deal = deals.make(desk, 8, 26)
    title = desk.say(
        "Raport stanów magazynowych|Arkusz spisu z natury|Zestawienie zapasów",
        "Inventory Report|Stock Report|Stock Count Sheet|Inventory on Hand",
    )
    head = (
        desk.say("Indeks|Kod", "SKU|Item"),
        desk.say("Nazwa", "Description"),
        desk.say("Lokalizacja|Regał", "Location|Bin"),
        desk.say("Stan|Ilość", "On hand|Qty"),
        desk.say("Min.", "Reorder point|Min"),
        desk.say("Wartość", "Value"),
    )
    rows = [
        [
            line.code,
            line.name,
            desk.code("@-##-##"),
            desk.count(line.quantity),
            str(desk.rng.randint(1, 20)),
            desk.amount(line.net),
        ]
        for line in deal.lines
    ]
    rows.append([desk.say("Razem", "Total"), "", "", "", "", desk.money("total", deal.net)])
    page = desk.sheet()
    page.add(Band(title, 1.3) if desk.chance(0.4) else Text(title, size=1.5, bold=True), Gap(6))
    page.add(
        *deals.facts(
            desk,
            [
                (desk.say("Firma|Jednostka", "Company"), desk.put("vendor", deal.seller.name)),
                (desk.say("Magazyn", "Warehouse"), desk.code("MAG-#")),
                (desk.say("Stan na dzień|Data spisu", "As of|Count date"), desk.day("date", desk.today)),
                (desk.say("Waluta", "Currency"), desk.priced()),
            ],
        ),
        Gap(8),
    )
    style, size = deals.grid_style(desk)
    page.add(
        Grid(head, rows, (1.4, 3.6, 1.2, 0.9, 0.9, 1.4), "lllrrr", style, size, frozenset({len(rows) - 1}))
    )
    if desk.chance(0.4):
        page.add(
            *deals.signatures(
                desk,
                desk.say("osoba spisująca", "Counted by"),
                desk.say("osoba materialnie odpowiedzialna", "Verified by"),
            )
        )
    return Draft(page, deals.stem(desk, desk.say("stany|inwentaryzacja", "inventory|stock")), title)
