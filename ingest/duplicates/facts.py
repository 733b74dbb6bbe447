"""What a paper says of the business it belongs to, and whether two papers say the same.

Two readings of one paper differ by a letter here and there; two papers of one sender differ in
their numbers. So numbers are folded first (case, spaces, dashes, and letters that look like
digits), and what still differs is asked whether a reader could have mistaken it.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from rapidfuzz.distance import Levenshtein
from rapidfuzz.fuzz import token_sort_ratio

from ingest.fields.identifiers import nip_ok
from ingest.learning.senders import name_key

#: Types that are paid or booked: one that may be here already is not filed unseen.
PAYABLE: Final = frozenset(
    ("invoice", "invoice_correction", "proforma_invoice", "receipt", "cash_voucher", "expense_report")
)
#: At least as sure as this, a payable paper waits for a person.
LIKELY: Final = 0.6
CERTAIN, OTHER_DAY, MISREAD_SELLER, UNKNOWN_SELLER, MISREAD_NUMBER = 0.99, 0.8, 0.85, 0.7, 0.65
#: Names at least as alike (0 to 100) are the same name, or the same name misread.
_SAME_NAME, _LIKE_NAME = 92, 75
_LEAST_NUMBER: Final = 3
#: A number with one character lost or added is a misreading only if it is as long as this.
_LEAST_MISREAD: Final = 6
_LOOK_ALIKE: Final = str.maketrans({"o": "0", "q": "0", "i": "1", "l": "1", "s": "5", "b": "8", "z": "2"})
#: Digits that readers take for one another.
_MISTAKEN: Final = frozenset(
    map(frozenset, ("38", "68", "08", "56", "69", "17", "35", "06", "g6", "g9", "t7"))
)


@dataclass(frozen=True, slots=True)
class Family:
    """Types whose papers can be the same business: `party` issued (or ordered) under `number`.

    `numbers` are the fields that may hold it, the first that is there. `sum` and `day` are fields
    that must agree too; with a `sum`, a paper without one has no key.
    """

    code: str
    types: frozenset[str]
    numbers: tuple[str, ...]
    party: str
    sum: str = ""
    days: tuple[str, ...] = ()


_INVOICE_NUMBERS: Final = ("invoice_number", "document_number")
FAMILIES: Final = (
    Family("pay", PAYABLE - {"proforma_invoice"}, _INVOICE_NUMBERS, "vendor", "total"),
    Family("proforma", frozenset(("proforma_invoice",)), _INVOICE_NUMBERS, "vendor", "total"),
    Family(
        "order",
        frozenset(("purchase_order", "order_form")),
        ("order_number", "po_number", "document_number"),
        "buyer",
    ),
    Family("despatch", frozenset(("despatch_advice",)), ("delivery_number", "document_number"), "vendor"),
    Family(
        "statement",
        frozenset(("bank_statement",)),
        ("statement_number", "document_number"),
        "account",
        days=("period_end", "date_to", "date"),
    ),
    Family("lab", frozenset(("lab_report",)), ("specimen",), "patient", days=("date",)),
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a paper is known by. Texts are folded; empty where the paper does not say."""

    family: str
    number: str
    party_id: str
    party_name: str
    total: str
    currency: str
    day: str

    def keys(self) -> tuple[str, ...]:
        """What the paper is kept under; two that may be the same business share one at least."""
        found = [f"{self.family}|n|{self.number}|{self.total}|{'' if self.total else self.day}"]
        if self.total and self.day:
            for party in filter(None, (self.party_id, self.party_name)):
                found.append(f"{self.family}|p|{party[:90]}|{self.total}|{self.day}")
        return tuple(key[:200] for key in found)


def fold_number(number: str) -> str:
    """A number without case, spaces, dashes and slashes; letters that look like digits are those digits."""
    plain = unicodedata.normalize("NFKD", number.casefold().replace("ł", "l"))
    return re.sub(r"[^a-z0-9]", "", plain).translate(_LOOK_ALIKE)


def facts_of(doc_type: str | None, values: Mapping[str, str]) -> Facts | None:
    """The facts of a paper by its type and fields; None for a type or paper that cannot be told by them."""
    family = next((f for f in FAMILIES if doc_type in f.types), None)
    if family is None:
        return None
    number = next((fold_number(values[n]) for n in family.numbers if values.get(n)), "")
    total = _amount(values.get(family.sum, "")) if family.sum else ""
    day = next((values[d][:10] for d in (*family.days, "date") if values.get(d)), "")
    if len(number) < _LEAST_NUMBER or not any(c.isdigit() for c in number):
        return None
    if (family.sum and not total) or (family.days and not day):
        return None
    party_id, name = _party(family.party, values)
    if not family.sum and not (party_id or name):
        return None
    return Facts(family.code, number, party_id, name, total, values.get("currency", ""), day)


def same_business(one: Facts, other: Facts) -> float | None:
    """How sure it is (0 to 1) that two papers are the same business; None if they are not."""
    if one.family != other.family or one.total != other.total:
        return None
    if one.currency and other.currency and one.currency != other.currency:
        return None
    party = _same_party(one, other)
    if party == 0.0:
        return None
    days_differ = bool(one.day and other.day and one.day != other.day)
    if one.number == other.number:
        if party == 1.0:
            # A day is misread sooner than number, seller and sum together; but some count anew each year.
            return CERTAIN if not days_differ else OTHER_DAY if one.total else None
        if days_differ:
            return None
        return MISREAD_SELLER if party else (UNKNOWN_SELLER if one.day and other.day else None)
    if party == 1.0 and one.total and one.day and one.day == other.day:
        return MISREAD_NUMBER if may_be_misread(one.number, other.number) else None
    return None


def may_be_misread(one: str, other: str) -> bool:
    """Whether two folded numbers differ by one character that a reader may have taken for the other."""
    if one == other:
        return True
    if Levenshtein.distance(one, other, score_cutoff=1) != 1:
        return False
    if len(one) == len(other):
        return next(frozenset((a, b)) in _MISTAKEN for a, b in zip(one, other, strict=True) if a != b)
    return min(len(one), len(other)) >= _LEAST_MISREAD and not _counts_on(one, other)


def _counts_on(one: str, other: str) -> bool:
    """Whether the shorter is the longer without its last digit: 99 and 999 are two numbers of one row."""
    shorter, longer = sorted((one, other), key=len)
    return longer[:-1] == shorter or len(set(longer)) == 1


def _same_party(one: Facts, other: Facts) -> float | None:
    """1 for the same, less for names that are alike, 0 for different ones, None where one is not told."""
    if one.party_id and other.party_id:
        return 1.0 if one.party_id == other.party_id else 0.0
    if not one.party_name or not other.party_name:
        return None
    likeness = token_sort_ratio(one.party_name, other.party_name)
    return 1.0 if likeness >= _SAME_NAME else 0.5 if likeness >= _LIKE_NAME else 0.0


def _party(role: str, values: Mapping[str, str]) -> tuple[str, str]:
    if role == "account":
        return fold_number(values.get("account") or values.get("bank_account") or ""), ""
    number = re.sub(r"[^0-9a-z]", "", values.get(f"{role}_nip", "").casefold())
    bare = number.removeprefix("pl")
    if bare.isdigit() and len(bare) == 10:
        number = bare if nip_ok(bare) else ""  # of a misread one nothing can be said
    if role == "patient" and values.get("pesel"):
        number = values["pesel"]
    return number, name_key(values.get(role, ""))


def _amount(text: str) -> str:
    try:
        return f"{float(text):.2f}" if text else ""
    except ValueError:
        return ""
