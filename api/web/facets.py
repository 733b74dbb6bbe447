"""The list that narrows a search: what is counted, what is chosen, and where a click leads."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.bootstrap import App
from akta.records.models import RecordClass
from akta.records.parties.visible import described
from api.web import search_labels
from indexer.bands import AMOUNT_BANDS, CONFIDENCE_BANDS
from indexer.hits import SearchPage
from indexer.query.ast import Field
from indexer.query.pieces import Chooser

#: In the order in which people narrow; the first ones are open unless somebody closes them.
SHOWN: Final = (
    *("domain", "type", "party", "year", "month", "amount_band", "state"),
    *("class", "hold", "language", "confidence_band", "channel", "currency"),
)
_OPEN: Final = ("domain", "type", "party", "year")
_FIRST: Final = 6
_MOST: Final = 60
_IN_ORDER: Final = {"amount_band": AMOUNT_BANDS, "confidence_band": CONFIDENCE_BANDS}
#: What a facet's field is called in a query: in English, in Polish.
_NAMES: Final[dict[str, tuple[Field, str, str]]] = {
    "domain": ("domain", "domain", "dziedzina"),
    "type": ("type", "type", "typ"),
    "party": ("party_id", "party_id", "id_strony"),
    "year": ("year", "year", "rok"),
    "month": ("month", "month", "miesiąc"),
    "amount_band": ("amount_band", "amount_band", "przedział_kwot"),
    "state": ("state", "state", "stan"),
    "class": ("class", "class", "klasa"),
    "hold": ("hold", "hold", "wstrzymane"),
    "language": ("language", "language", "język"),
    "confidence_band": ("confidence_band", "confidence_band", "przedział_pewności"),
    "channel": ("channel", "channel", "kanał"),
    "currency": ("currency", "currency", "waluta"),
}


@dataclass(frozen=True, slots=True)
class Value:
    """A value with its count (None if nobody has counted it) and the query a click makes."""

    code: str
    label: str
    count: int | None
    chosen: bool
    query: str
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """A facet: its first values, and more behind a fold."""

    name: str
    label: str
    first: list[Value]
    more: list[Value]
    open: bool
    chosen: bool


def facets(
    app: App, principal: Principal, text: str, page: SearchPage, language: str
) -> tuple[list[Group], list[Value]]:
    """The groups of a search, and the values that are chosen in it.

    Where values of a facet are chosen, the others of it are counted as if they were not, so
    that another can be chosen beside them.
    """
    query = Chooser(text)
    now = query.chosen
    counts, names = dict(page.facets), {name: dict(known) for name, known in page.names.items()}
    for facet in SHOWN:
        field = _NAMES[facet][0]
        if field in now:
            wider, _ = app.index.search(principal, query.choose(field, ()), limit=1, facets=(facet,))
            counts |= wider.facets
            names |= {n: dict(known) for n, known in wider.names.items()}
    with app.database.read() as session:
        names["class"] = _classes(session, counts.get("class", {}), language)
        asked = [code for code in now.get("party_id", ()) if code not in names.get("party", {})]
        if asked:
            told = described(session, principal, asked)
            names.setdefault("party", {}).update({i: str(t["name"]) for i, t in told.items() if t["name"]})
    groups, picked = [], []
    for facet in SHOWN:
        field, *called = _NAMES[facet]
        said = _sayer(facet, language, names.get(facet, {}))
        values = [
            Value(
                *(code, said(code), counts.get(facet, {}).get(code), code in now.get(field, ())),
                query.toggle(field, code, called[language == "pl"]),
                search_labels.depth(facet, code),
            )
            for code in _ordered(facet, counts.get(facet, {}), now.get(field, ()))
        ]
        picked += [value for value in values if value.chosen]
        has = any(value.chosen for value in values)
        if has or _tells(facet, values):
            groups.append(
                Group(
                    *(facet, search_labels.field(facet, language), values[:_FIRST], values[_FIRST:_MOST]),
                    open=facet in _OPEN or has,
                    chosen=has,
                )
            )
    return groups, picked


def _tells(facet: str, values: Sequence[Value]) -> bool:
    # That nothing is on hold is no choice.
    return bool(values) and not (facet == "hold" and [v.code for v in values] == ["no"])


def _ordered(facet: str, counts: dict[str, int], picked: Sequence[str]) -> list[str]:
    """The codes of a facet: bands and times in their order, others by count, with what is chosen."""
    codes = [code for code, count in counts.items() if count or code in picked]
    codes += [code for code in picked if code not in counts]
    if facet in _IN_ORDER:
        order = _IN_ORDER[facet]
        return sorted(codes, key=lambda c: order.index(c) if c in order else -1)
    if facet in ("year", "month"):
        return sorted(codes, reverse=True)
    return sorted(codes, key=lambda c: (c not in picked, -counts.get(c, 0), c))


def _sayer(facet: str, language: str, names: dict[str, str]) -> Callable[[str], str]:
    return lambda code: search_labels.value(facet, code, language, names)


def _classes(session: Session, codes: dict[str, int], language: str) -> dict[str, str]:
    """The titles of record classes, by their codes as the index has them."""
    rows = session.execute(
        select(RecordClass.code, RecordClass.title_pl, RecordClass.title_en).where(
            RecordClass.current, RecordClass.code.in_([code.upper() for code in codes])
        )
    )
    titles = {row.code: row.title_pl if language == "pl" else row.title_en for row in rows}
    return {code: titles[code.upper()] for code in codes if code.upper() in titles}
