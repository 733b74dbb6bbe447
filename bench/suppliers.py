"""Made-up suppliers and the ways in which their papers spell them."""

import random
import re
from dataclasses import dataclass, field


def _words(listed: str) -> list[str]:
    return listed.split()


_FIRST = _words(
    "Alfa Beta Delta Omega Sigma Orion Zenit Polar Atlas Aqua Terra Nova Astra Luna Vega Kora Milo "
    "Rubin Bursztyn Jantar Wisła Odra Warta Tatry Śnieżka Bałtyk Żubr Łoś Sokół Orzeł Kruk Jaskółka "
    "Róża Dąb Buk Klon Jawor Granit Marmur Kwarc Ametyst Koral Perła Magnolia Lawenda Szafir Topaz "
    "Hermes Apollo Atena Temida"
)
_SECOND = _words(
    "Trade Bud Trans Serwis Med Lab Tech Plast Metal Drew Agro Foto Druk Papier Chem Farm Energia "
    "Instal Klima Elektro Auto Moto Gaz Szkło Tekstil Export Logistyka Meble Hurt System"
)
_SURNAMES = _words(
    "Kowalski Nowak Wiśniewski Wójcik Kamiński Lewandowski Zieliński Szymański Woźniak Dąbrowski Kozłowski "
    "Jankowski Mazur Krawczyk Piotrowski Grabowski Pawłowski Michalski Król Wieczorek"
)
_TOWNS = (
    ("Warszawa", "00"), ("Kraków", "31"), ("Łódź", "90"), ("Wrocław", "50"), ("Poznań", "60"),
    ("Gdańsk", "80"), ("Szczecin", "70"), ("Lublin", "20"),
)  # fmt: skip
_STREETS = _words("Prosta Polna Leśna Słoneczna Krótka Szkolna Ogrodowa Lipowa Brzozowa Łąkowa")
_FORMS = {
    "zoo": (
        "Sp. z o.o.",
        "SP. Z O.O.",
        "Spółka z ograniczoną odpowiedzialnością",
        "sp.z o.o",
        "Sp. z 0.0.",
        "",
    ),
    "sa": ("S.A.", "SA", "Spółka Akcyjna", ""),
    "spj": ("Sp. j.", "sp.j.", "Spółka Jawna", ""),
    "gmbh": ("GmbH", "G.m.b.H.", "GMBH"),
    "ltd": ("Ltd", "LTD.", "Limited"),
    "sdn": ("Sdn Bhd", "SDN. BHD.", "S/B", "(M) Sdn Bhd"),
    "phu": ("",),
}
_HEADS = {
    "phu": ("PHU", "P.H.U.", "Przedsiębiorstwo Handlowo-Usługowe"),
    "fhu": ("FHU", "F.H.U.", "Firma Handlowo-Usługowa"),
    "pphu": ("PPHU", "P.P.H.U.", "Przedsiębiorstwo Produkcyjno-Handlowo-Usługowe"),
}
_SLIPS = (
    ("o", "0"),
    ("l", "1"),
    ("i", "l"),
    ("m", "rn"),
    ("s", "5"),
    ("b", "8"),
    ("w", "vv"),
    ("ł", "l"),
    ("ó", "o"),
)
_WEIGHTS = (6, 5, 7, 2, 3, 4, 5, 6, 7)


@dataclass(frozen=True, slots=True)
class Paper:
    """Whose it is, what is read off it, and its sender's keys."""

    supplier: str
    fields: dict[str, str]
    sender: dict[str, float] = field(default_factory=dict)


def suppliers(count: int, seed: int, papers_each: int = 0) -> list[Paper]:
    """Papers of so many suppliers in a random order, one to seven of each unless said otherwise."""
    chance = random.Random(seed)
    papers: list[Paper] = []
    taken: set[str] = set()
    before: tuple[list[str], str, str] | None = None
    for number in range(count):
        # Of every thirty one bears the name of another: number, account and address tell them apart.
        same = before if before is not None and not papers_each and number % 30 == 29 else None
        words, form, head = before = same or _name(chance, taken)
        town, code = chance.choice(_TOWNS)
        street = f"ul. {chance.choice(_STREETS)} {chance.randint(1, 150)}"
        address = f"{street}, {code}-{chance.randint(100, 999)} {town}"
        nip, iban = _nip(chance), _iban(chance)
        for _ in range(papers_each or chance.randint(1, 7)):
            fields = {"vendor": _spelt(chance, words, form, head)}
            if chance.random() < 0.5:
                fields["vendor_nip"] = nip
            if chance.random() < 0.6:
                fields["vendor_address"] = address if chance.random() < 0.7 else address.upper()
            if chance.random() < 0.4:
                fields["bank_account"] = iban
            papers.append(Paper(str(number), fields))
    chance.shuffle(papers)
    return papers


def _name(chance: random.Random, taken: set[str]) -> tuple[list[str], str, str]:
    while True:
        form = chance.choice(list(_FORMS))
        head = chance.choice(list(_HEADS)) if form == "phu" else ""
        kind = chance.random()
        if kind < 0.5:
            words = [chance.choice(_FIRST), chance.choice(_SECOND)]
        elif kind < 0.75 or head:
            words = [chance.choice(_SURNAMES), chance.choice(_SECOND)]
        else:
            words = [chance.choice(_FIRST), chance.choice(_FIRST), chance.choice(_SECOND)]
        key = " ".join(sorted(words))
        if key not in taken:
            taken.add(key)
            return words, form, head
        if len(taken) > 2500:  # two suppliers of one name there are as well, where names run out
            words.append(str(chance.randint(2, 99_999)))
            return words, form, head


def _spelt(chance: random.Random, words: list[str], form: str, head: str) -> str:
    parts = list(words)
    kind = chance.random()
    if kind < 0.08 and len(parts) > 1:
        parts = parts[::-1]
    elif kind < 0.16 and len(parts) > 1:
        parts = [parts[0] + "-" + parts[1], *parts[2:]]
    elif kind < 0.20 and len(parts) > 1:
        parts = [parts[0] + parts[1].lower(), *parts[2:]]
    name = " ".join(parts)
    if chance.random() < 0.3:
        name = _slip(chance, name)
    if head and chance.random() < 0.85:
        name = f"{chance.choice(_HEADS[head])} {name}"
    name = f"{name} {chance.choice(_FORMS[form])}".strip()
    kind = chance.random()
    if kind < 0.4:
        name = name.upper()
    elif kind < 0.5:
        name = name.translate(str.maketrans("ąćęłńóśźżĄĆĘŁŃÓŚŹŻ", "acelnoszzACELNOSZZ"))
    return re.sub(r"\s+", " ", name)


def _slip(chance: random.Random, name: str) -> str:
    """One to two letters as OCR reads them: mostly shapes alike, sometimes lost or another."""
    for _ in range(chance.randint(1, 2)):
        at = chance.randrange(len(name))
        kind = chance.random()
        fitting = [(a, b) for a, b in _SLIPS if a in name.lower()]
        if kind < 0.7 and fitting:
            a, b = chance.choice(fitting)
            where = name.lower().index(a)
            name = name[:where] + b + name[where + 1 :]
        elif kind < 0.85:
            name = name[:at] + name[at + 1 :]
        else:
            name = name[:at] + chance.choice("aeinorst") + name[at + 1 :]
    return name


def _nip(chance: random.Random) -> str:
    while True:
        digits = [chance.randint(1, 9), *(chance.randint(0, 9) for _ in range(8))]
        rest = sum(d * w for d, w in zip(digits, _WEIGHTS, strict=True)) % 11
        if rest < 10:
            return "".join(map(str, [*digits, rest]))


def _iban(chance: random.Random) -> str:
    account = "".join(str(chance.randint(0, 9)) for _ in range(24))
    return f"PL{98 - int(f'{account}252100') % 97:02}{account}"
