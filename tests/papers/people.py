"""Names, companies, places and goods to draw from, Polish and English."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Final

from tests.papers import numbers

_WOMEN_PL: Final = [
    "Anna",
    "Maria",
    "Katarzyna",
    "Agnieszka",
    "Barbara",
    "Ewa",
    "Małgorzata",
    "Krystyna",
    "Joanna",
    "Magdalena",
    "Zofia",
    "Aleksandra",
    "Natalia",
    "Beata",
    "Dorota",
    "Justyna",
    "Łucja",
    "Halina",
    "Grażyna",
    "Urszula",
    "Żaneta",
    "Sylwia",
    "Izabela",
    "Weronika",
    "Patrycja",
    "Jadwiga",
]
_MEN_PL: Final = [
    "Jan",
    "Piotr",
    "Krzysztof",
    "Andrzej",
    "Tomasz",
    "Paweł",
    "Michał",
    "Marcin",
    "Jakub",
    "Adam",
    "Łukasz",
    "Marek",
    "Grzegorz",
    "Mateusz",
    "Wojciech",
    "Mariusz",
    "Dariusz",
    "Zbigniew",
    "Kamil",
    "Rafał",
    "Stanisław",
    "Sławomir",
    "Bartłomiej",
    "Szymon",
    "Świętosław",
    "Przemysław",
]
_SURNAMES_PL: Final = [
    "Nowak",
    "Kowalsk*",
    "Wiśniewsk*",
    "Wójcik",
    "Kowalczyk",
    "Kamińsk*",
    "Lewandowsk*",
    "Zielińsk*",
    "Woźniak",
    "Szymańsk*",
    "Dąbrowsk*",
    "Kozłowsk*",
    "Mazur",
    "Jankowsk*",
    "Kwiatkowsk*",
    "Krawczyk",
    "Piotrowsk*",
    "Grabowsk*",
    "Pawłowsk*",
    "Michalsk*",
    "Król",
    "Wieczorek",
    "Jabłońsk*",
    "Wróbel",
    "Dudek",
    "Stępień",
    "Górsk*",
    "Rutkowsk*",
    "Sikora",
    "Ostrowsk*",
    "Baran",
    "Szewczyk",
    "Pietrzak",
    "Zawadzk*",
    "Bąk",
    "Głowack*",
    "Żak",
    "Chmielewsk*",
    "Borkowsk*",
    "Czarneck*",
    "Sawick*",
    "Urbańsk*",
    "Kubiak",
    "Maciejewsk*",
    "Szczepańsk*",
    "Kucharsk*",
    "Wilk",
    "Kalinowsk*",
    "Lis",
    "Mazurek",
    "Wysock*",
    "Adamsk*",
    "Kaźmierczak",
    "Sobczak",
    "Czerwińsk*",
    "Gajda",
    "Źrebiec",
    "Ćwik",
]
_WOMEN_EN: Final = [
    "Emma",
    "Olivia",
    "Charlotte",
    "Amelia",
    "Sophie",
    "Grace",
    "Hannah",
    "Rachel",
    "Laura",
    "Megan",
    "Rebecca",
    "Claire",
    "Diane",
    "Susan",
    "Priya",
    "Fatima",
    "Helen",
    "Margaret",
    "Julia",
    "Nicole",
    "Yvonne",
    "Alice",
    "Joan",
    "Beatrice",
    "Mei",
    "Carmen",
]
_MEN_EN: Final = [
    "James",
    "Oliver",
    "George",
    "Harry",
    "Thomas",
    "William",
    "Daniel",
    "Samuel",
    "Edward",
    "Henry",
    "Michael",
    "Robert",
    "David",
    "Peter",
    "Anthony",
    "Carlos",
    "Raj",
    "Omar",
    "Kevin",
    "Patrick",
    "Simon",
    "Walter",
    "Victor",
    "Leon",
    "Hugh",
    "Marcus",
]
_SURNAMES_EN: Final = [
    "Smith",
    "Jones",
    "Taylor",
    "Brown",
    "Wilson",
    "Evans",
    "Thomas",
    "Johnson",
    "Roberts",
    "Walker",
    "Wright",
    "Thompson",
    "Hughes",
    "Edwards",
    "Green",
    "Hall",
    "Wood",
    "Harris",
    "Clarke",
    "Patel",
    "Turner",
    "Morris",
    "Cooper",
    "Bennett",
    "Marsh",
    "Ellison",
    "O'Connor",
    "Ramirez",
    "Nguyen",
    "Fletcher",
    "Whitfield",
    "Hargreaves",
    "Lindqvist",
    "Okafor",
    "Pemberton",
    "Sinclair",
    "Abbott",
    "Garrison",
    "Holloway",
    "McKenna",
    "Delgado",
    "Ashworth",
    "Bainbridge",
]

#: name|in the locative|postal code prefix|dialling code
_CITIES_PL: Final = [
    "Warszawa|Warszawie|00|22",
    "Kraków|Krakowie|30|12",
    "Łódź|Łodzi|90|42",
    "Wrocław|Wrocławiu|50|71",
    "Poznań|Poznaniu|60|61",
    "Gdańsk|Gdańsku|80|58",
    "Szczecin|Szczecinie|70|91",
    "Bydgoszcz|Bydgoszczy|85|52",
    "Lublin|Lublinie|20|81",
    "Katowice|Katowicach|40|32",
    "Białystok|Białymstoku|15|85",
    "Rzeszów|Rzeszowie|35|17",
    "Kielce|Kielcach|25|41",
    "Toruń|Toruniu|87|56",
    "Olsztyn|Olsztynie|10|89",
    "Gliwice|Gliwicach|44|32",
    "Opole|Opolu|45|77",
    "Tarnów|Tarnowie|33|14",
    "Płock|Płocku|09|24",
    "Żyrardów|Żyrardowie|96|46",
    "Świdnica|Świdnicy|58|74",
    "Słupsk|Słupsku|76|59",
]
_STREETS_PL: Final = [
    "Polna",
    "Leśna",
    "Ogrodowa",
    "Słoneczna",
    "Krótka",
    "Szkolna",
    "Lipowa",
    "Brzozowa",
    "Mickiewicza",
    "Kościuszki",
    "Sienkiewicza",
    "Piłsudskiego",
    "Kolejowa",
    "Przemysłowa",
    "Kwiatowa",
    "Długa",
    "Żeromskiego",
    "Słowackiego",
    "Wojska Polskiego",
    "3 Maja",
    "Armii Krajowej",
    "Fabryczna",
    "Składowa",
    "Portowa",
    "Chłodna",
    "Świętojańska",
    "Żwirki i Wigury",
    "Górnośląska",
    "Młyńska",
    "Źródlana",
    "Hutnicza",
    "Grunwaldzka",
]
_CITIES_GB: Final = [
    "Leeds|LS|0113",
    "Bristol|BS|0117",
    "Norwich|NR|01603",
    "York|YO|01904",
    "Cardiff|CF|029",
    "Reading|RG|0118",
    "Sheffield|S|0114",
    "Nottingham|NG|0115",
    "Exeter|EX|01392",
    "Glasgow|G|0141",
    "Leicester|LE|0116",
    "Ipswich|IP|01473",
]
_CITIES_US: Final = [
    "Columbus|OH|43|614",
    "Denver|CO|80|303",
    "Portland|OR|97|503",
    "Austin|TX|78|512",
    "Albany|NY|12|518",
    "Madison|WI|53|608",
    "Tucson|AZ|85|520",
    "Richmond|VA|23|804",
    "Omaha|NE|68|402",
    "Boise|ID|83|208",
    "Raleigh|NC|27|919",
    "Spokane|WA|99|509",
]
_STREETS_EN: Final = [
    "Mill",
    "Station",
    "Church",
    "High",
    "Park",
    "Victoria",
    "Orchard",
    "Harbour",
    "Kingfisher",
    "Elm",
    "Maple",
    "Cedar",
    "Foundry",
    "Canal",
    "Meadow",
    "Chestnut",
    "Granary",
    "Quarry",
    "Willow",
    "Bridge",
    "Market",
    "Queen's",
    "Laurel",
    "Sycamore",
    "Beacon",
]

_CORES_PL: Final = [
    "Voltex",
    "Metalpol",
    "Agrowit",
    "Budmax",
    "Elektron",
    "Termobud",
    "Drewex",
    "Papirus",
    "Kormoran",
    "Żubr",
    "Modrzew",
    "Polmedica",
    "Astra",
    "Lumina",
    "Transwit",
    "Spedkol",
    "Chemix",
    "Instalbud",
    "Foliopak",
    "Stalmar",
    "Technoserwis",
    "Biurotech",
    "Medlab",
    "Aquaterm",
    "Granit",
    "Orion",
    "Bursztyn",
    "Delta",
    "Hydrosan",
    "Mechanika Łódzka",
    "Wschód",
    "Pomorze",
    "Nadwiślańska",
    "Śnieżka",
    "Tatry",
    "Cyfronet",
    "Dataworks",
    "Kwarc",
    "Łabędź",
]
_TRADES_PL: Final = [
    "Hurtownia",
    "Przedsiębiorstwo Handlowe",
    "Zakład Produkcyjny",
    "Centrum Zaopatrzenia",
    "Biuro Projektowe",
    "Drukarnia",
    "Przedsiębiorstwo Usługowe",
    "Fabryka Opakowań",
    "Zakłady Mechaniczne",
    "Hurtownia Elektryczna",
    "Spółdzielnia Mleczarska",
    "",
    "",
    "",
    "",
    "",
    "",
    "",
]
_FORMS_PL: Final = [
    "Sp. z o.o.",
    "Sp. z o.o.",
    "sp. z o.o.",
    "S.A.",
    "Sp. j.",
    "Sp. z o.o. Sp. k.",
    "Spółka Akcyjna",
]
_CORES_EN: Final = [
    "Harrow & Finch",
    "Bluewater",
    "Northgate",
    "Ironbridge",
    "Copperfield",
    "Silverline",
    "Hawthorn",
    "Redwood",
    "Stonebrook",
    "Maplewood",
    "Crestview",
    "Oakfield",
    "Tidewater",
    "Falcon",
    "Kestrel",
    "Brightwell",
    "Summit",
    "Pinnacle",
    "Greenhill",
    "Lakeshore",
    "Evergreen",
    "Castlegate",
    "Westbourne",
    "Ashdown",
    "Millbrook",
    "Larkspur",
    "Quayside",
    "Whitestone",
    "Foxglove",
    "Riverton",
    "Marlowe & Sons",
    "Beaumont",
]
_TRADES_EN: Final = [
    "Supplies",
    "Logistics",
    "Engineering",
    "Electrical",
    "Office Products",
    "Packaging",
    "Foods",
    "Technologies",
    "Instruments",
    "Printing",
    "Tools",
    "Systems",
    "Consulting",
    "Industries",
    "Medical",
    "Freight",
    "Components",
    "Hardware",
    "Services",
    "Building Materials",
]

#: Lines of `name|unit|lowest price|highest price|VAT rate`, by trade.
GOODS_PL: Final = tuple(
    tuple(line.split("|"))
    for line in """
Papier ksero A4 80 g|ryza|14|29|23
Toner do drukarki czarny|szt.|120|420|23
Segregator A4 75 mm|szt.|7|16|23
Krzesło biurowe obrotowe|szt.|250|980|23
Biurko narożne dąb|szt.|490|1600|23
Lampa LED 18 W|szt.|22|75|23
Przewód YDYp 3x2,5|m|2.5|6.9|23
Gniazdo podwójne z uziemieniem|szt.|12|38|23
Wyłącznik różnicowoprądowy 40 A|szt.|85|210|23
Śruba M8x40 ocynkowana|kg|9|22|23
Blacha trapezowa T18|m2|28|61|23
Rękawice ochronne nitrylowe|op.|18|55|23
Okulary ochronne|szt.|9|45|23
Płyn do mycia podłóg 5 l|szt.|19|48|23
Woda mineralna 1,5 l|zgrz.|8|15|23
Kawa ziarnista 1 kg|szt.|45|120|23
Herbata czarna ekspresowa|op.|6|19|23
Mąka pszenna typ 500|kg|2.1|4.5|5
Ser żółty gouda|kg|22|41|5
Masło ekstra 82%|szt.|5.5|9.5|5
Jabłka deserowe|kg|2|5.5|5
Książka „Prawo pracy w praktyce"|szt.|59|149|5
Transport krajowy|usł.|150|1200|23
Usługa serwisowa|godz.|90|260|23
Usługa doradcza|godz.|120|350|23
Montaż instalacji elektrycznej|usł.|800|6400|23
Remont pomieszczeń mieszkalnych|usł.|1500|9800|8
Usługa gastronomiczna|usł.|35|900|8
Nocleg ze śniadaniem|doba|180|520|8
Licencja na oprogramowanie, 12 miesięcy|szt.|199|3400|23
Utrzymanie serwera wirtualnego|mies.|49|690|23
Laptop 15,6" 16 GB RAM|szt.|2600|6900|23
Monitor 27" QHD|szt.|690|1900|23
Przełącznik sieciowy 24 porty|szt.|540|3200|23
Karton klapowy 400x300x200|szt.|1.4|3.9|23
Paleta EUR|szt.|38|75|23
Taśma pakowa 48 mm|szt.|3|8|23
Odczynnik buforowy pH 7,00|l|45|160|23
Probówki wirówkowe 50 ml|op.|60|180|23
Szkolenie okresowe BHP|os.|80|240|0
Olej napędowy|l|4.6|5.9|23
Pompa obiegowa 25/60|szt.|310|890|23
Łożysko kulkowe 6204|szt.|11|39|23
Farba emulsyjna biała 10 l|szt.|69|180|23
""".strip().splitlines()
)
GOODS_EN: Final = tuple(
    tuple(line.split("|"))
    for line in """
Copy paper A4 80 gsm|ream|4|9|20
Laser toner, black|each|60|210|20
Lever arch file|each|2|6|20
Ergonomic office chair|each|140|520|20
Standing desk 160 cm|each|290|780|20
LED panel 40 W|each|24|75|20
Cable 3 x 2.5 mm, 100 m drum|drum|62|140|20
Circuit breaker 32 A|each|9|36|20
Hex bolt M8 x 40, zinc plated|box|7|22|20
Steel sheet 2 mm|sheet|35|96|20
Nitrile gloves, size L|box|6|16|20
Safety glasses, clear|each|3|14|20
Floor cleaner 5 l|each|8|21|20
Coffee beans 1 kg|bag|11|28|0
Earl Grey tea bags|box|3|7|0
Organic flour 1.5 kg|bag|1|3|0
Employment law handbook|each|35|90|0
Carriage and packing|job|15|180|20
Field service engineer|hour|55|140|20
Consulting services|hour|80|240|20
Software subscription, annual|licence|99|2400|20
Virtual server hosting|month|20|310|20
Notebook computer 15" 16 GB|each|640|1900|20
27-inch monitor|each|180|560|20
24-port network switch|each|160|980|20
Corrugated carton 400 x 300 x 200|each|0.6|2|20
Euro pallet|each|9|22|20
Packing tape 48 mm|roll|1|4|20
Buffer solution pH 7.00|bottle|14|48|20
Centrifuge tubes 50 ml|pack|21|64|20
Circulation pump|each|90|310|20
Ball bearing 6204|each|3|12|20
Emulsion paint, white 10 l|tin|19|52|20
Garden hose 25 m|each|12|38|20
Annual maintenance contract|year|240|3600|20
Thermal labels 100 x 150|roll|5|15|20
""".strip().splitlines()
)

POSITIONS_PL: Final = [
    "specjalista ds. kadr",
    "księgowa",
    "magazynier",
    "kierowca kat. C",
    "programista",
    "inspektor jakości",
    "kierownik produkcji",
    "przedstawiciel handlowy",
    "operator wózka widłowego",
    "laborant",
    "administrator systemów",
    "asystentka zarządu",
    "elektromonter",
    "spawacz",
    "analityk finansowy",
    "projektant",
    "technolog żywności",
    "pracownik ochrony",
]
POSITIONS_EN: Final = [
    "Accounts Assistant",
    "Warehouse Operative",
    "Software Developer",
    "Sales Representative",
    "Quality Inspector",
    "HR Adviser",
    "Production Manager",
    "Laboratory Technician",
    "Network Administrator",
    "Electrician",
    "Executive Assistant",
    "Data Analyst",
    "Delivery Driver",
    "Mechanical Engineer",
    "Payroll Officer",
    "Customer Service Agent",
]
DEPARTMENTS_PL: Final = [
    "Kadry i płace",
    "Księgowość",
    "Magazyn",
    "Produkcja",
    "IT",
    "Sprzedaż",
    "Logistyka",
    "Laboratorium",
    "Zarząd",
]
DEPARTMENTS_EN: Final = [
    "Human Resources",
    "Finance",
    "Warehouse",
    "Production",
    "IT",
    "Sales",
    "Logistics",
    "Laboratory",
    "Facilities",
]

_FOLD: Final = str.maketrans("ąćęłńóśźżĄĆĘŁŃÓŚŹŻ", "acelnoszzACELNOSZZ")


def ascii_of(text: str) -> str:
    """Without Polish marks, as in e-mail addresses."""
    return text.translate(_FOLD)


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address; `place` is the city in the locative for Polish ones (`w Krakowie`)."""

    street: str
    town: str
    city: str
    place: str
    dialling: str

    @property
    def line(self) -> str:
        return f"{self.street}, {self.town}"


@dataclass(frozen=True, slots=True)
class Person:
    """A person; `national_id` is a PESEL in Poland, an SSN-shaped or NI-shaped number elsewhere."""

    first: str
    last: str
    woman: bool
    born: date
    national_id: str
    address: Address
    email: str
    phone: str

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}"


@dataclass(frozen=True, slots=True)
class Company:
    """A company; `tax_id` is a NIP in Poland, a VAT number or EIN elsewhere."""

    name: str
    tax_id: str
    regon: str
    address: Address
    email: str
    phone: str
    site: str
    iban: str


def address(rng: Random, region: str) -> Address:
    """A street and town of the region (`PL`, `GB`, `US`)."""
    if region == "PL":
        city, place, code, dial = rng.choice(_CITIES_PL).split("|")
        street = rng.choice(("ul. ", "ul. ", "ul. ", "al. ", "")) + rng.choice(_STREETS_PL)
        flat = rng.choice(("", "", f"/{rng.randint(1, 60)}", f" m. {rng.randint(1, 40)}", rng.choice("ABC")))
        return Address(
            f"{street} {rng.randint(1, 180)}{flat}",
            f"{code}-{rng.randint(1, 999):03d} {city}",
            city,
            place,
            dial,
        )
    name = rng.choice(_STREETS_EN)
    if region == "GB":
        city, code, dial = rng.choice(_CITIES_GB).split("|")
        post = f"{code}{rng.randint(1, 20)} {rng.randint(1, 9)}{''.join(rng.choices('ABDEFGHJLNPQRSTUWXYZ', k=2))}"
        road = f"{rng.randint(1, 190)} {name} {rng.choice(('Street', 'Road', 'Lane', 'Way', 'Close'))}"
        return Address(road, f"{city} {post}", city, city, dial)
    city, state, code, dial = rng.choice(_CITIES_US).split("|")
    road = f"{rng.randint(10, 9900)} {name} {rng.choice(('Street', 'Avenue', 'Blvd', 'Drive', 'St', 'Ave'))}"
    if rng.random() < 0.3:
        road += f", Suite {rng.randint(1, 40) * 10}"
    return Address(road, f"{city}, {state} {code}{rng.randint(0, 999):03d}", city, city, dial)


def phone(rng: Random, region: str, dialling: str) -> str:
    if region == "PL":
        if rng.random() < 0.5:
            start = rng.choice((50, 51, 53, 60, 66, 69, 72, 78, 79, 88))
            return f"{rng.choice(('+48 ', ''))}{start}{rng.randint(0, 9)} {rng.randint(100, 999)} {rng.randint(100, 999)}"
        return f"{dialling} {rng.randint(200, 899)} {rng.randint(10, 99)} {rng.randint(10, 99)}"
    if region == "GB":
        return f"{dialling} {rng.randint(200, 999)} {rng.randint(1000, 9999)}"
    form = rng.choice(("({}) 555-{:04d}", "{}-555-{:04d}", "+1 {} 555 {:04d}"))
    return form.format(dialling, rng.randint(100, 9999))


def person(rng: Random, region: str) -> Person:
    """Somebody between 20 and 64 at the end of 2024."""
    woman = rng.random() < 0.5
    born = date(2004, 12, 31) - timedelta(days=rng.randrange(365 * 44))
    if region == "PL":
        first = rng.choice(_WOMEN_PL if woman else _MEN_PL)
        last = rng.choice(_SURNAMES_PL).replace("*", "a" if woman else "i")
        if woman and rng.random() < 0.08:
            last += "-" + rng.choice(_SURNAMES_PL).replace("*", "a")
        number = numbers.pesel(rng, born, woman)
        host = rng.choice(("poczta-przyklad.pl", "skrzynka.example", "mail.example", "listy-przyklad.pl"))
    else:
        first, last = rng.choice(_WOMEN_EN if woman else _MEN_EN), rng.choice(_SURNAMES_EN)
        if region == "US":
            number = f"9{rng.randint(0, 99):02d}-{rng.randint(10, 99)}-{rng.randint(1000, 9999)}"
        else:
            letters = "".join(rng.choices("ABCEGHJKLMNPRSTWXYZ", k=2))
            digits = " ".join(f"{rng.randint(0, 99):02d}" for _ in range(3))
            number = f"{letters} {digits} {rng.choice('ABCD')}"
        host = rng.choice(("mail.example", "inbox.example", "post.example.com"))
    home = address(rng, region)
    local = ascii_of(f"{first}{rng.choice(('.', '_', ''))}{last}").lower().replace("'", "")
    return Person(
        first, last, woman, born, number, home, f"{local}@{host}", phone(rng, region, home.dialling)
    )


def company(rng: Random, region: str) -> Company:
    """A company with its numbers and bank account."""
    if region == "PL":
        if rng.random() < 0.15:
            owner = person(rng, region)
            trade = rng.choice(
                ("Usługi Remontowe", "Transport", "Handel Hurtowy", "Serwis Komputerowy", "Projektowanie")
            )
            name = rng.choice(
                (f"{trade} {owner.name}", f"P.H.U. {owner.last} {owner.name}", f'F.H.U. „{owner.last}"')
            )
            core = owner.last
        else:
            trade, core = rng.choice(_TRADES_PL), rng.choice(_CORES_PL)
            if rng.random() < 0.15:
                core = f'„{core}"'
            name = " ".join(part for part in (trade, core, rng.choice(_FORMS_PL)) if part)
        tax_id, number = numbers.nip(rng), numbers.regon(rng)
        account, top = numbers.polish_account(rng), ".pl"
    else:
        core, trade = rng.choice(_CORES_EN), rng.choice(_TRADES_EN)
        forms = ("Ltd", "Limited", "PLC", "LLP") if region == "GB" else ("Inc.", "LLC", "Corp.", "Co.", "Inc")
        name = f"{core} {trade} {rng.choice(forms)}"
        if region == "GB":
            tax_id = f"GB {rng.randint(100, 999)} {rng.randint(1000, 9999)} {rng.randint(10, 99)}"
        else:
            tax_id = f"{rng.randint(10, 98)}-{rng.randint(1000000, 9999999)}"
        number, account, top = "", numbers.british_account(rng)[0], ".example"
    where = address(rng, region)
    bare = "".join(c for c in ascii_of(core).lower() if c.isalnum()) or "biuro"
    site = f"{bare}-{rng.choice(('group', 'trade', 'online', 'firma', 'biuro'))}{top}"
    box = rng.choice(
        ("biuro", "kontakt", "faktury") if region == "PL" else ("info", "accounts", "sales", "office")
    )
    return Company(
        name, tax_id, number, where, f"{box}@{site}", phone(rng, region, where.dialling), site, account
    )
