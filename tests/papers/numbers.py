"""Official numbers with valid check digits, and money.

Sources of the rules: NIP and REGON weights from the Polish tax and statistics registers, PESEL
from the act on population registration, IBAN from ISO 13616 (MOD 97-10).
"""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from random import Random

CENT = Decimal("0.01")

_NIP = (6, 5, 7, 2, 3, 4, 5, 6, 7)
_REGON = (8, 9, 2, 3, 4, 5, 6, 7)
_PESEL = (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)


def cents(value: Decimal | str | float) -> Decimal:
    """Rounded to two places, half away from zero, as invoices do."""
    return Decimal(value).quantize(CENT, ROUND_HALF_UP)


def _weighted(digits: str, weights: tuple[int, ...]) -> int:
    return sum(int(d) * w for d, w in zip(digits, weights, strict=True))


def nip(rng: Random) -> str:
    """Ten digits; a body whose check digit would be ten is passed over."""
    while True:
        body = (
            f"{rng.choice((113, 521, 525, 526, 527, 583, 584, 631, 634, 677, 679, 725, 779, 782, 895, 899))}"
        )
        body += f"{rng.randrange(1_000_000):06d}"
        check = _weighted(body, _NIP) % 11
        if check < 10:
            return body + str(check)


def regon(rng: Random) -> str:
    """Nine digits."""
    body = f"{rng.randrange(1_000_000, 40_000_000):08d}"
    return body + str(_weighted(body, _REGON) % 11 % 10)


def pesel(rng: Random, born: date, woman: bool) -> str:
    """Eleven digits; the month carries the century, the tenth digit the sex."""
    month = born.month + {18: 80, 19: 0, 20: 20}[born.year // 100]
    serial = f"{rng.randrange(1000):03d}" + str(rng.randrange(0, 10, 2) + (0 if woman else 1))
    body = f"{born.year % 100:02d}{month:02d}{born.day:02d}{serial}"
    return body + str((10 - _weighted(body, _PESEL) % 10) % 10)


def iban(country: str, bban: str) -> str:
    """The IBAN of a national account number, without spaces."""
    moved = "".join(str(int(c, 36)) for c in bban + country + "00")
    return f"{country}{98 - int(moved) % 97:02d}{bban}"


def polish_account(rng: Random) -> str:
    """An IBAN of a Polish bank; the sorting code's own check digit (weights 3 9 7 1) holds as well."""
    bank = rng.choice(("101", "102", "105", "109", "114", "116", "124", "132", "160", "187", "249"))
    branch = bank + f"{rng.randrange(10_000):04d}"
    check = -_weighted(branch, (3, 9, 7, 1, 3, 9, 7)) % 10
    return iban("PL", f"{branch}{check}{rng.randrange(10**16):016d}")


def british_account(rng: Random) -> tuple[str, str, str]:
    """IBAN, sort code and account number."""
    sort_code, number = f"{rng.randrange(200_000, 700_000):06d}", f"{rng.randrange(10**8):08d}"
    bank = rng.choice(("NWBK", "BARC", "LOYD", "MIDL"))
    return iban("GB", bank + sort_code + number), f"{sort_code[:2]}-{sort_code[2:4]}-{sort_code[4:]}", number


def spaced(number: str, size: int = 4) -> str:
    """In groups, as an IBAN is printed."""
    return " ".join(number[i : i + size] for i in range(0, len(number), size))


def _split(words: str) -> list[str]:
    return words.split()


_ONES = _split("zero jeden dwa trzy cztery pięć sześć siedem osiem dziewięć dziesięć jedenaście dwanaście")
_ONES += _split("trzynaście czternaście piętnaście szesnaście siedemnaście osiemnaście dziewiętnaście")
_TENS = _split("dwadzieścia trzydzieści czterdzieści pięćdziesiąt sześćdziesiąt siedemdziesiąt")
_TENS += _split("osiemdziesiąt dziewięćdziesiąt")
_HUNDREDS = _split("sto dwieście trzysta czterysta pięćset sześćset siedemset osiemset dziewięćset")


def _below_thousand(value: int) -> list[str]:
    words = []
    if value >= 100:
        words.append(_HUNDREDS[value // 100 - 1])
        value %= 100
    if value >= 20:
        words.append(_TENS[value // 10 - 2])
        value %= 10
    if value:
        words.append(_ONES[value])
    return words


def _form(count: int, one: str, few: str, many: str) -> str:
    if count == 1:
        return one
    return few if count % 10 in (2, 3, 4) and count % 100 not in (12, 13, 14) else many


def in_polish_words(amount: Decimal) -> str:
    """An amount below a milliard as Polish invoices spell it: `sto dwa złote 05/100`."""
    whole, rest = int(amount), int(amount % 1 * 100)
    words: list[str] = []
    for size, forms in (
        (1_000_000, ("milion", "miliony", "milionów")),
        (1000, ("tysiąc", "tysiące", "tysięcy")),
    ):
        count = whole // size % 1000
        if count:
            words += ([] if count == 1 else _below_thousand(count)) + [_form(count, *forms)]
    words += _below_thousand(whole % 1000)
    return f"{' '.join(words) or 'zero'} {_form(whole, 'złoty', 'złote', 'złotych')} {rest:02d}/100"
