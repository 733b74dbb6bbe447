"""What a paper says of the parties it names: spelling, key, and marks by which they are known again."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from akta.records.parties.names import LONGEST, fold, has_legal_form, looks_like_person, squeezed
from ingest.fields.identifiers import iban_ok, nip_ok, pesel_ok, regon_ok


@dataclass(frozen=True, slots=True)
class Role:
    """Fields that go with a role's name: its tax number, and marks as (kind, field)."""

    number: str | None = None
    marks: tuple[tuple[str, str], ...] = ()
    person: bool = False  # always a person, unless the name says otherwise
    company: bool = False  # a company even without a legal form, unless it reads like a person's name


_OF_A_PERSON: Final = (("birth", "birth_date"), ("email", "email"), ("phone", "phone"), ("place", "address"))
ROLES: Final = {
    "vendor": Role("vendor_nip", (("iban", "bank_account"), ("place", "vendor_address")), company=True),
    "buyer": Role("buyer_nip", (("place", "buyer_address"),), company=True),
    "employer": Role("employer_nip", (("ein", "employer_ein"),), company=True),
    "employee": Role(None, (("person", "pesel"), ("ssn", "employee_ssn"), *_OF_A_PERSON), person=True),
    "patient": Role(
        None, (("person", "pesel"), ("patient", "patient_id"), ("birth", "birth_date")), person=True
    ),
    "contractor": Role(),
    "client": Role(),
    "holder": Role(None, (("iban", "account"),)),
    "name": Role(None, _OF_A_PERSON, person=True),
    "insurer": Role(company=True),
    "carrier": Role(company=True),
}
#: Marks by which parties are looked up; the others only support a name.
LINKING: Final = ("regon", "reg", "tax", "iban", "patient", "birth", "email", "phone")
#: Keys of a paper's sender that are numbers of the issuer; see `ingest.learning.senders`.
_OF_SENDER: Final = {"reg": "reg", "tax": "tax"}
_FOREIGN: Final = re.compile(r"(?!PL)[A-Z]{2}(?=[A-Z0-9]*\d{4})[A-Z0-9+*]{6,13}")
_POSTCODE: Final = re.compile(r"\b(\d{2}-\d{3}|\d{5}|[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2})\b")
_MARK: Final = 80


@dataclass(frozen=True, slots=True)
class Mention:
    """One party as one paper names it. `key` is of the leaf it belongs to, see `akta.records.parties`."""

    role: str
    name: str
    core: str
    key: str
    nip: str | None
    kind: str
    marks: frozenset[tuple[str, str]] = field(default_factory=frozenset)


def mentions(
    record_id: str, values: Mapping[str, str], sender: Mapping[str, float] | None = None
) -> list[Mention]:
    """The parties that a record's fields name; `sender` are the keys of the one who sent it."""
    out = []
    for role, wanted in ROLES.items():
        # Marks that turn text around would turn around what stands beside the name on a page.
        name = " ".join("".join(c if c.isprintable() else " " for c in values.get(role, "")[:4000]).split())
        name = name[:LONGEST]
        core = fold(name)
        if not core:
            continue
        nip = _tax_number(values.get(wanted.number, "")) if wanted.number else None
        marks = set(_marks(wanted, values))
        if role == "vendor":
            if not values.get("vendor_address") and values.get("address"):  # a receipt's address
                marks |= _place(values["address"])
            marks |= sender_marks(sender or {})
        if nip:
            marks.add(("nip", nip))
        person = _is_person(wanted, name, nip)
        kind = "person" if person else "company" if _is_company(wanted, name, nip) else "unknown"
        key = _key(record_id, role, core, nip, person, marks)
        kept = frozenset((k, v) for k, v in marks if k != "person")
        out.append(Mention(role, name, core, key, nip, kind, kept))
    return out


def sender_marks(sender: Mapping[str, float]) -> set[tuple[str, str]]:
    """The registration and tax numbers among a sender's keys; the short ones tell nothing."""
    found = set()
    for key in sender:
        kind, _, value = key.partition(":")
        if kind in _OF_SENDER and sum(c.isdigit() for c in value) >= 6:
            found.add((_OF_SENDER[kind], "".join(c for c in value if c.isdigit())[:_MARK]))
    return found


def _key(
    record_id: str, role: str, core: str, nip: str | None, person: bool, marks: set[tuple[str, str]]
) -> str:
    if nip:
        return f"nip:{nip}"
    if not person:
        return f"name:{squeezed(core)}"[:200]
    number = next((v for k, v in marks if k == "person"), None)
    if number is not None:  # the number itself stands on its papers only
        return f"person:{hashlib.sha256(number.encode()).hexdigest()[:40]}"
    return f"record:{record_id}:{role}"


def _is_person(wanted: Role, name: str, nip: str | None) -> bool:
    if has_legal_form(name):
        return False
    if wanted.company or nip:
        return looks_like_person(name)
    return wanted.person or not any(c.isdigit() for c in name)


def _is_company(wanted: Role, name: str, nip: str | None) -> bool:
    return bool(nip) or wanted.company or has_legal_form(name)


def _tax_number(value: str) -> str | None:
    """A number whose check digits are right, or a foreign one with the letters of its country."""
    compact = "".join(c for c in value.upper() if c.isalnum())
    if nip_ok(compact.removeprefix("PL")):
        return compact.removeprefix("PL")
    return compact if _FOREIGN.fullmatch(compact) else None


def _marks(wanted: Role, values: Mapping[str, str]) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for kind, name in wanted.marks:
        value = values.get(name, "").strip()
        if not value:
            continue
        compact = "".join(c for c in value if c.isalnum()).upper()
        match kind:
            case "iban" if iban_ok(compact):
                found.add(("iban", compact[:_MARK]))
            case "person" if pesel_ok(compact):
                found.add(("person", compact))
            case "ssn" if len(compact) == 9 and compact.isdigit():
                found.add(("person", f"ssn{compact}"))
            case "ein" if len(compact) == 9 and compact.isdigit():
                found.add(("tax", compact))
            case "place":
                found |= _place(value)
            case "phone" if sum(c.isdigit() for c in value) >= 7:
                found.add(("phone", "".join(c for c in value if c.isdigit())[-9:]))
            case "email" if "@" in value:
                found.add(("email", value.casefold()[:_MARK]))
            case "birth" | "patient":
                found.add((kind, compact[:_MARK]))
            case "regon" if regon_ok(compact):
                found.add(("regon", compact[:9]))
            case _:
                pass
    return found


def _place(address: str) -> set[tuple[str, str]]:
    """An address by its postcode, which is read more surely than its streets; else by its words."""
    code = _POSTCODE.search(address.upper())
    value = code[1].replace(" ", "") if code else squeezed(fold(address))[:40]
    return {("place", value)} if len(value) >= 5 else set()
