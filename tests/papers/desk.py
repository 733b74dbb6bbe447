"""Where one paper is made up: its chance, language and habits of writing, and the truth it leaves."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Final, TypeVar

from tests.papers import numbers, people
from tests.papers.people import Address, Company, Person
from tests.papers.sheet import Sheet

T = TypeVar("T")


def tuple_of(words: str) -> tuple[str, ...]:
    return tuple(words.split())


_MONTHS_PL: Final = tuple_of(
    "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia"
)
MONTHS_PL: Final = tuple_of(
    "styczeń luty marzec kwiecień maj czerwiec lipiec sierpień wrzesień październik listopad grudzień"
)
MONTHS_EN: Final = tuple_of(
    "January February March April May June July August September October November December"
)
_SYMBOLS: Final = {"PLN": "zł", "EUR": "€", "GBP": "£", "USD": "$"}


class Desk:
    """The makings of one paper.

    `truth` fills as values are printed through `put`, `day` and `money`: what is not on the paper
    is not in it. `region` is PL, GB or US and rules number and date forms.
    """

    def __init__(self, kind: str, language: str, seed: int) -> None:
        self.kind = kind
        self.language = language
        self.seed = seed
        self.rng = Random(f"{kind}/{language}/{seed}")
        self.pl = language == "pl"
        self.region = "PL" if self.pl else self.rng.choice(("GB", "US", "US"))
        home = {"PL": "PLN", "GB": "GBP", "US": "USD"}[self.region]
        self.currency = "EUR" if self.rng.random() < 0.08 else home
        self.truth: dict[str, str] = {}
        self._dates = self.rng.choice(
            {
                "PL": ("%d.%m.%Y", "%d.%m.%Y", "%Y-%m-%d", "long", "%d-%m-%Y"),
                "GB": ("%d/%m/%Y", "long", "%d %b %Y", "%Y-%m-%d"),
                "US": ("%m/%d/%Y", "long", "%b %d, %Y", "%Y-%m-%d"),
            }[self.region]
        )
        self._grouping = self.rng.choice((" ", " ", "", ".")) if self.pl else self.rng.choice((",", ",", ""))
        self._money = (
            self.rng.choice(("after", "bare")) if self.pl else self.rng.choice(("before", "bare", "after"))
        )
        self.today = date(2019, 1, 2) + timedelta(days=self.rng.randrange(365 * 7 + 120))

    # choosing

    def pick(self, options: Sequence[T]) -> T:
        return self.rng.choice(options)

    def some(self, options: Sequence[T], low: int, high: int) -> list[T]:
        """Between `low` and `high` of them, in the order given."""
        count = min(len(options), self.rng.randint(low, high))
        return [options[i] for i in sorted(self.rng.sample(range(len(options)), count))]

    def say(self, pl: str, en: str) -> str:
        """One of the alternatives (parted by `|`) of the paper's language."""
        return self.rng.choice((pl if self.pl else en).split("|"))

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    # who and where

    def person(self) -> Person:
        return people.person(self.rng, self.region)

    def company(self) -> Company:
        return people.company(self.rng, self.region)

    def address(self) -> Address:
        return people.address(self.rng, self.region)

    def position(self) -> str:
        return self.pick(people.POSITIONS_PL if self.pl else people.POSITIONS_EN)

    def department(self) -> str:
        return self.pick(people.DEPARTMENTS_PL if self.pl else people.DEPARTMENTS_EN)

    # printing, with truth

    def put(self, field: str, value: str) -> str:
        """Print a value that is known as `field`."""
        self.truth[field] = " ".join(value.split())
        return value

    def day(self, field: str, when: date) -> str:
        """Print a date that is known as `field`."""
        self.truth[field] = when.isoformat()
        return self.written(when)

    def money(self, field: str, amount: Decimal, symbol: bool = False) -> str:
        """Print an amount that is known as `field`."""
        self.truth[field] = f"{amount:.2f}"
        return self.amount(amount, symbol)

    def priced(self) -> str:
        """Print the currency."""
        return self.put("currency", self.currency)

    # printing

    def written(self, when: date) -> str:
        """A date as this paper writes dates."""
        if self._dates != "long":
            return when.strftime(self._dates)
        if self.pl:
            return f"{when.day} {_MONTHS_PL[when.month - 1]} {when.year} r."
        month = MONTHS_EN[when.month - 1]
        return (
            f"{when.day} {month} {when.year}" if self.region == "GB" else f"{month} {when.day}, {when.year}"
        )

    def amount(self, value: Decimal, symbol: bool = False) -> str:
        """An amount as this paper writes amounts; with the currency if `symbol`."""
        text = f"{abs(value):,.2f}"
        sign = "-" if value < 0 else ""
        if self.pl:
            text = text.replace(",", "\0").replace(".", ",").replace("\0", self._grouping)
        else:
            text = text.replace(",", self._grouping)
        if not symbol:
            return sign + text
        mark = _SYMBOLS[self.currency]
        if self._money == "before":
            return f"{sign}{mark}{text}"
        return f"{sign}{text} {mark if self._money == 'after' and self.pl else self.currency}"

    def count(self, value: Decimal | int) -> str:
        """A quantity, without needless zeros."""
        text = f"{Decimal(value):f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return text.replace(".", ",") if self.pl else text

    def code(self, pattern: str) -> str:
        """A made-up number: `#` a digit, `@` a capital, `{y}` `{m}` the paper's year and month."""
        text = pattern.replace("{y}", str(self.today.year)).replace("{m}", f"{self.today.month:02d}")
        text = text.replace("{yy}", f"{self.today.year % 100:02d}")
        return "".join(
            str(self.rng.randint(0, 9))
            if c == "#"
            else self.rng.choice("ABCDEFGHKLMNPRSTUWXZ")
            if c == "@"
            else c
            for c in text
        )

    def later(self, low: int, high: int) -> date:
        """A day between `low` and `high` days after the paper's own."""
        return self.today + timedelta(days=self.rng.randint(low, high))

    def price(self, low: str | float, high: str | float) -> Decimal:
        return numbers.cents(self.rng.uniform(float(low), float(high)))

    # looks

    def sheet(self, *, mono: bool = False) -> Sheet:
        """A page with this paper's looks: format, face, size, margins."""
        families = ("mono", "typewriter") if mono else ("sans", "serif", "grotesque", "roman", "grotesque")
        letter = self.region == "US"
        return Sheet(
            width=612.0 if letter else 595.28,
            height=792.0 if letter else 841.89,
            margin=self.rng.uniform(38, 62),
            family=self.pick(families),
            size=self.rng.uniform(8.8, 10.4),
            leading=self.rng.uniform(1.22, 1.42),
            ink=self.pick(((0.16, 0.24, 0.38), (0.3, 0.3, 0.3), (0.1, 0.35, 0.3), (0.4, 0.1, 0.12))),
        )


def printed_dates(iso: str) -> list[str]:
    """Every way a day may be printed by some desk."""
    when = date.fromisoformat(iso)
    forms = [
        "%Y-%m-%d",
        "%d.%m.%Y",
        "%d-%m-%Y",
        "%d/%m/%Y",
        "%m/%d/%Y",
        "%d %b %Y",
        "%b %d, %Y",
        "%Y%m%d",
        "%d.%m.%y",
    ]
    month = MONTHS_EN[when.month - 1]
    return [when.strftime(f) for f in forms] + [
        f"{when.day} {_MONTHS_PL[when.month - 1]} {when.year}",
        f"{when.day} {month} {when.year}",
        f"{month} {when.day}, {when.year}",
    ]
