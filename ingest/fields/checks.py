"""Checks of values as they stand stored: check digits, and whether net and tax make the total.

What a person types is checked like what was read. A paper may well print a wrong number, so
a failed check refuses nothing: it is shown, and asked about before the paper is filed.
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Final

from ingest.fields.identifiers import iban_ok, nip_ok, pesel_birth, pesel_ok, regon_ok

SUM: Final = ("net", "vat", "total")
SUM_AGREES, SUM_DIFFERS = "net+vat=total", "net+vat!=total"
NIP_RIGHT, NIP_WRONG = "nip checksum", "nip wrong"
PESEL_RIGHT, PESEL_WRONG = "pesel checksum", "pesel wrong"
REGON_RIGHT, REGON_WRONG = "regon checksum", "regon wrong"
#: The date of birth in a PESEL is another than the one on the paper.
PESEL_DIFFERS: Final = "pesel!=birth date"
IBAN_RIGHT, IBAN_WRONG = "iban checksum", "iban wrong"
LINES_ADD_UP, RATES_ADD_UP = "lines=sum", "rates=total"
#: Outcomes that somebody should look at.
FAILED: Final = frozenset([SUM_DIFFERS, NIP_WRONG, PESEL_WRONG, PESEL_DIFFERS, REGON_WRONG, IBAN_WRONG])

_NIPS: Final = ("vendor_nip", "buyer_nip", "employer_nip", "payer_nip")
_CENT: Final = Decimal("0.01")


def outcomes(values: Mapping[str, str]) -> dict[str, str | None]:
    """The outcome of each check there is, by field; None where a check says nothing of the value.

    `values` are the record's fields in normal form. Only fields that have a check are named.
    """
    out: dict[str, str | None] = {name: _nip(values[name]) for name in _NIPS if name in values}
    if "pesel" in values:
        out["pesel"] = _pesel(values["pesel"], values.get("birth_date"))
    if "regon" in values:
        out["regon"] = REGON_RIGHT if regon_ok(values["regon"]) else REGON_WRONG
    if "bank_account" in values:
        out["bank_account"] = _account(values["bank_account"])
    return out | dict.fromkeys([n for n in SUM if n in values], _sum(values))


def _nip(value: str) -> str | None:
    """A number of digits alone is a Polish one; others begin with the letters of their country."""
    digits = value.removeprefix("PL")
    if not (digits.isascii() and digits.isdigit()):
        return None
    return NIP_RIGHT if nip_ok(digits) else NIP_WRONG


def _pesel(value: str, born: str | None) -> str:
    if not pesel_ok(value):
        return PESEL_WRONG
    return PESEL_DIFFERS if born and born[:10] != pesel_birth(value) else PESEL_RIGHT


def _account(value: str) -> str | None:
    """Only IBANs have check digits; of numbers in a bank's own form nothing is known."""
    if not value[:2].isalpha():
        return None
    return IBAN_RIGHT if iban_ok(value) else IBAN_WRONG


def _sum(values: Mapping[str, str]) -> str | None:
    try:
        net, vat, total = (Decimal(values[name]) for name in SUM)
    except (KeyError, InvalidOperation):
        return None
    return SUM_AGREES if abs(net + vat - total) <= _CENT else SUM_DIFFERS
