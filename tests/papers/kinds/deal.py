"""A deal between two companies: lines, tax and sums that agree; and the parts papers about it share."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from tests.papers import numbers, people
from tests.papers.desk import Desk
from tests.papers.people import Company
from tests.papers.sheet import Align, Block, Frame, Gap, Grid, Pairs, Rule, Side, Text


@dataclass(frozen=True, slots=True)
class Line:
    """A line: `net` = quantity x price rounded; `rate` in percent."""

    name: str
    code: str
    unit: str
    quantity: Decimal
    price: Decimal
    rate: int

    @property
    def net(self) -> Decimal:
        return numbers.cents(self.quantity * self.price)

    @property
    def tax(self) -> Decimal:
        return numbers.cents(self.net * self.rate / 100)


@dataclass(frozen=True, slots=True)
class Deal:
    """Lines and sums; tax is reckoned per rate on the sum of its nets."""

    seller: Company
    buyer: Company
    lines: tuple[Line, ...]

    @property
    def net(self) -> Decimal:
        return sum((line.net for line in self.lines), Decimal("0.00"))

    @property
    def by_rate(self) -> list[tuple[int, Decimal, Decimal]]:
        """Rate, net and tax, highest rate first."""
        out = []
        for rate in sorted({line.rate for line in self.lines}, reverse=True):
            net = sum((line.net for line in self.lines if line.rate == rate), Decimal("0.00"))
            out.append((rate, net, numbers.cents(net * rate / 100)))
        return out

    @property
    def vat(self) -> Decimal:
        return sum((tax for _, _, tax in self.by_rate), Decimal("0.00"))

    @property
    def total(self) -> Decimal:
        return self.net + self.vat


def make(desk: Desk, low: int = 1, high: int = 9) -> Deal:
    """A deal in the desk's region; American ones carry one sales tax rate for all lines."""
    rng = desk.rng
    goods = people.GOODS_PL if desk.pl else people.GOODS_EN
    flat = rng.choice((0, 6, 7, 8)) if desk.region == "US" else None
    lines = []
    for name, unit, cheap, dear, rate in desk.some(goods, low, high):
        price = desk.price(cheap, dear)
        few = price > 500 or unit in ("usł.", "job")
        quantity = Decimal(
            rng.randint(1, 4) if few else rng.choice((1, 2, 3, 5, 6, 8, 10, 12, 20, 24, 25, 40, 50, 100))
        )
        if unit in ("kg", "m", "m2", "l") and desk.chance(0.4):
            quantity += Decimal(rng.randint(1, 99)) / 100
        code = desk.code(desk.pick(("@@-####", "#####", "@##-###", "59########")))
        lines.append(Line(name, code, unit, quantity, price, int(rate) if flat is None else flat))
    rng.shuffle(lines)
    return Deal(desk.company(), desk.company(), tuple(lines))


def ident(desk: Desk, company: Company, field: str = "") -> list[str]:
    """The company's tax number as printed, known as `field` where it is a NIP."""
    if desk.pl:
        number = company.tax_id
        grouped = f"{number[:3]}-{number[3:6]}-{number[6:8]}-{number[8:]}"
        shown = desk.pick((number, number, grouped, f"PL{number}"))
        if field:
            desk.truth[field] = number
        return [f"NIP{desk.pick((': ', ' ', ': '))}{shown}"]
    if desk.region == "GB":
        return [f"{desk.pick(('VAT Reg No', 'VAT No.', 'VAT registration'))}: {company.tax_id}"]
    return [f"{desk.pick(('Tax ID', 'EIN', 'Federal Tax ID'))}: {company.tax_id}"]


def party(
    desk: Desk,
    company: Company,
    heading: str,
    field: str = "",
    nip_field: str = "",
    address_field: str = "",
    *,
    contact: bool | None = None,
    size: float = 1.0,
) -> list[Block]:
    """A company as a block: heading, name, address, tax number, perhaps how to reach it."""
    name = desk.put(field, company.name) if field else company.name
    blocks: list[Block] = []
    if heading:
        blocks.append(Text(heading + desk.pick(("", ":")), size=size * 0.9))
    blocks.append(Text(name, bold=True, size=size))
    if desk.chance(0.3):
        where = [f"{company.address.street}, {company.address.town}"]
    else:
        where = [company.address.street, company.address.town]
    if address_field:
        desk.put(address_field, company.address.line)
    blocks += [Text(line, size=size) for line in where]
    if nip_field or desk.chance(0.4):
        blocks += [Text(line, size=size) for line in ident(desk, company, nip_field)]
    if desk.pl and desk.chance(0.25):
        blocks.append(Text(f"REGON: {company.regon}", size=size))
    if contact if contact is not None else desk.chance(0.4):
        blocks.append(Text(f"tel. {company.phone}" if desk.pl else f"Tel: {company.phone}", size=size))
        blocks.append(Text(company.email, size=size))
    return blocks


def letterhead(desk: Desk, company: Company, field: str = "") -> list[Block]:
    """The top of a company's paper."""
    name = desk.put(field, company.name) if field else company.name
    small = f"{company.address.street}, {company.address.town}"
    reach = f"tel. {company.phone}, {company.email}" if desk.pl else f"{company.phone} | {company.email}"
    align: Align = desk.pick(("l", "c", "r"))
    blocks: list[Block] = [Text(name, size=desk.rng.uniform(1.2, 1.7), bold=True, align=align)]
    if desk.chance(0.85):
        blocks.append(Text(small, size=0.85, align=align))
    if desk.chance(0.6):
        blocks.append(Text(reach + (f", {company.site}" if desk.chance(0.4) else ""), size=0.85, align=align))
    if desk.chance(0.6):
        blocks.append(Rule(desk.pick((0.4, 1.0, 2.0))))
    blocks.append(Gap(desk.rng.uniform(6, 18)))
    return blocks


def heading(desk: Desk, title: str, *below: str) -> list[Block]:
    """The paper's title, as this paper likes titles."""
    align: Align = desk.pick(("l", "c", "c", "r"))
    size = desk.rng.uniform(1.3, 1.9)
    text = title.upper() if desk.chance(0.35) else title
    blocks: list[Block] = [Text(text, size=size, bold=True, align=align, gap=4)]
    blocks += [Text(line, align=align, size=1.05) for line in below]
    blocks.append(Gap(8))
    return blocks


def facts(desk: Desk, items: Sequence[tuple[str, str]]) -> list[Block]:
    """Labels and values, as lines, as a table of two columns, as boxes, or at the right edge."""
    match desk.rng.randint(0, 4):
        case 0:
            return [Pairs(items, "colon")]
        case 1:
            return [Pairs(items, "tab", label_width=desk.rng.uniform(0.28, 0.45))]
        case 2:
            return [Pairs(items, "boxed", across=desk.pick((2, 3)))]
        case 3:
            return [Side([], [Pairs(items, "tab", label_width=0.55)], ratio=0.45)]
        case _:
            rows = [[label, value] for label, value in items]
            return [Grid((), rows, (2, 3), "ll", desk.pick(("ruled", "lines")))]


def two(desk: Desk, left: Sequence[Block], right: Sequence[Block]) -> list[Block]:
    """Two parties: beside each other, framed or bare, or one below the other."""
    match desk.rng.randint(0, 3):
        case 0 | 1:
            return [Side(left, right, ratio=desk.rng.uniform(0.45, 0.55)), Gap(8)]
        case 2:
            return [Side([Frame(left)], [Frame(right, shade=desk.pick((1.0, 0.95)))]), Gap(8)]
        case _:
            return [*left, Gap(6), *right, Gap(8)]


def grid_style(desk: Desk) -> tuple[Literal["ruled", "lines", "plain", "zebra"], float]:
    """How this paper rules its tables, and how small it sets them."""
    styles: tuple[Literal["ruled", "lines", "plain", "zebra"], ...] = (
        "ruled",
        "ruled",
        "lines",
        "zebra",
        "plain",
    )
    return desk.pick(styles), desk.rng.uniform(0.78, 0.92)


def signatures(desk: Desk, left: str, right: str = "") -> list[Block]:
    """Dotted lines to sign on."""
    dots = "." * desk.rng.randint(30, 42)

    def place(label: str) -> list[Block]:
        return [Text(dots, align="c"), Text(label, size=0.8, align="c")] if label else []

    return [Gap(desk.rng.uniform(24, 44)), Side(place(left), place(right))]


def stem(desk: Desk, word: str, number: str = "") -> str:
    """A file's name as people and systems give them."""
    safe = "".join(c if c.isalnum() else "_" for c in number).strip("_")
    match desk.rng.randint(0, 4):
        case 0:
            return f"{word}_{safe}" if safe else f"{word}_{desk.today:%Y%m%d}"
        case 1:
            return f"scan_{desk.rng.randint(1000, 99999)}"
        case 2:
            return f"{word} {desk.today:%Y-%m-%d}"
        case 3:
            return f"doc{desk.today:%Y%m%d}{desk.rng.randint(100000, 999999)}"
        case _:
            return f"{word}-{desk.rng.randint(1, 999):03d}"
