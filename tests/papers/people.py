"""Names, companies, places and goods to draw from, Polish and English."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Final

from tests.papers import numbers
from tests.papers.pools import pools

_PL: Final = pools("words", "pl")
_EN: Final = pools("words", "en")

#: Lines of `name|unit|lowest price|highest price|VAT rate`.
GOODS_PL: Final = tuple(tuple(line.split("|")) for line in _PL["goods"])
GOODS_EN: Final = tuple(tuple(line.split("|")) for line in _EN["goods"])
POSITIONS_PL: Final = _PL["positions"]
POSITIONS_EN: Final = _EN["positions"]
DEPARTMENTS_PL: Final = _PL["departments"]
DEPARTMENTS_EN: Final = _EN["departments"]

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
        city, place, code, dial = rng.choice(_PL["cities"]).split("|")
        street = rng.choice(("ul. ", "ul. ", "ul. ", "al. ", "")) + rng.choice(_PL["streets"])
        flat = rng.choice(("", "", f"/{rng.randint(1, 60)}", f" m. {rng.randint(1, 40)}", rng.choice("ABC")))
        return Address(
            f"{street} {rng.randint(1, 180)}{flat}",
            f"{code}-{rng.randint(1, 999):03d} {city}",
            city,
            place,
            dial,
        )
    name = rng.choice(_EN["streets"])
    if region == "GB":
        city, code, dial = rng.choice(_EN["cities_gb"]).split("|")
        post = f"{code}{rng.randint(1, 20)} {rng.randint(1, 9)}{''.join(rng.choices('ABDEFGHJLNPQRSTUWXYZ', k=2))}"
        road = f"{rng.randint(1, 190)} {name} {rng.choice(('Street', 'Road', 'Lane', 'Way', 'Close'))}"
        return Address(road, f"{city} {post}", city, city, dial)
    city, state, code, dial = rng.choice(_EN["cities_us"]).split("|")
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
        first = rng.choice(_PL["women"] if woman else _PL["men"])
        last = rng.choice(_PL["surnames"]).replace("*", "a" if woman else "i")
        if woman and rng.random() < 0.08:
            last += "-" + rng.choice(_PL["surnames"]).replace("*", "a")
        number = numbers.pesel(rng, born, woman)
        host = rng.choice(("poczta-przyklad.pl", "skrzynka.example", "mail.example", "listy-przyklad.pl"))
    else:
        first, last = rng.choice(_EN["women"] if woman else _EN["men"]), rng.choice(_EN["surnames"])
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
            trade, core = rng.choice(_PL["trades"]), rng.choice(_PL["cores"])
            if rng.random() < 0.15:
                core = f'„{core}"'
            name = " ".join(part for part in (trade, core, rng.choice(_PL["forms"])) if part != "-")
        tax_id, number = numbers.nip(rng), numbers.regon(rng)
        account, top = numbers.polish_account(rng), ".pl"
    else:
        core, trade = rng.choice(_EN["cores"]), rng.choice(_EN["trades"])
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
