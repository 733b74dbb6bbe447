"""SWIFT MT940 statements and MT942 interim reports, media type `application/x-mt940`.

The dialects of banks differ in what is left out and how lines are broken, so tags
are found at line starts and everything else is read leniently. A file of several
statements yields the opening balance of the first and the closing balance of the last.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ingest.extract.charset import decode
from ingest.extract.context import ReadContext
from ingest.extract.einvoice.paper import amount
from ingest.extract.einvoice.sums import Sums, total
from ingest.extract.layout import Lines, reading, split_lines
from ingest.extract.typeset import Sheet
from ingest.model import Conflict, Reading, Refusal, Structured

MAX_BYTES: Final = 64 * 1024**2
_TAG: Final = re.compile(r"^:(\d{2}[A-Z]?):(.*)$")
_BALANCE: Final = re.compile(r"([CD])(\d{6})([A-Z]{3})\s*([\d ]+(?:[.,]\d*)?)")
_ENTRY: Final = re.compile(r"(\d{6})(\d{4})?(R?[CD])([A-Z])?\s*(\d+(?:[,.]\d*)?)(.*)", re.DOTALL)
_SUBFIELD: Final = re.compile(r"[?<~^](\d{2})")


@dataclass(slots=True)
class _Statement:
    account: str = ""
    number: str = ""
    opening: tuple[str, str, str] = ("", "", "")  # signed amount, ISO day, currency
    closing: tuple[str, str, str] = ("", "", "")
    entries: list[list[str]] = field(default_factory=list)  # day, amount, kind, description


def extract(path: Path, media_type: str, context: ReadContext) -> Reading | Refusal:
    """Read a statement file; refuses one without any tag (`damaged`)."""
    size = path.stat().st_size
    if size > MAX_BYTES:
        return Refusal("too_large", {"size": size, "limit": MAX_BYTES})
    decoded = decode(path.read_bytes())
    statements = _statements(decoded.text)
    if not statements:
        return Refusal("damaged", {"detail": "no MT940 tags"})
    first, last = statements[0], statements[-1]
    opening = next((s.opening for s in statements if s.opening[0]), first.opening)
    closing = next((s.closing for s in reversed(statements) if s.closing[0]), last.closing)
    account = next((s.account for s in statements if s.account), "")
    fields = {
        "syntax": "SWIFT MT940/942",
        "account": account,
        "statement_number": first.number,
        "currency": opening[2] or closing[2],
        "opening_balance": opening[0],
        "closing_balance": closing[0],
        "period_start": opening[1],
        "date": closing[1],
        "transactions": str(sum(len(s.entries) for s in statements)),
    }
    lines = Lines(flags=set(decoded.flags))
    polish = account.lstrip("/").upper().startswith("PL") or fields["currency"] == "PLN"
    for statement in statements:
        _write(statement, lines.sheet(), polish)
    return reading(
        lines,
        media_type,
        context,
        reader="mt940",
        structured=Structured(
            "MT940",
            "MT940",
            {k: v for k, v in fields.items() if v},
            "accounting",
            "bank_statement",
            _balanced(statements),
        ),
        language="pl" if polish else None,
    )


def _balanced(statements: list[_Statement]) -> tuple[Conflict, ...]:
    """Statements whose opening balance and entries do not make their closing balance."""
    sums = Sums()
    for one in statements:
        if one.opening[0] and one.opening[2] == one.closing[2]:
            sums.equal("balance", one.closing[0], total([one.opening[0], *(e[1] for e in one.entries)]))
    return tuple(sums.conflicts)


def _statements(text: str) -> list[_Statement]:
    statements: list[_Statement] = []
    for tag, value in _tags(text):
        if tag == "20" or not statements:
            statements.append(_Statement())
        now = statements[-1]
        if tag == "25":
            now.account = " ".join(value.split("\n", 1)[0].split()).lstrip("/")
        elif tag in ("28", "28C"):
            now.number = value.strip()
        elif tag in ("60F", "60M"):
            now.opening = now.opening if now.opening[0] else _balance(value)
        elif tag in ("62F", "62M"):
            now.closing = _balance(value)
        elif tag == "61":
            now.entries.append(_entry(value))
        elif tag == "86" and now.entries:
            now.entries[-1][3] = " ".join(f"{now.entries[-1][3]} {_description(value)}".split())
    return statements


def _tags(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for line in split_lines(text):
        match = _TAG.match(line.strip("\x01\x03 "))
        if match:
            found.append((match[1], match[2]))
        elif found and not line.startswith(("-}", "{")) and line.strip() != "-":
            found[-1] = (found[-1][0], f"{found[-1][1]}\n{line}")
    return found


def _balance(value: str) -> tuple[str, str, str]:
    found = _BALANCE.match(value.strip())
    if found is None:
        return "", "", ""
    bare = found[4].replace(" ", "").replace(",", ".").rstrip(".") or "0"
    number = amount(re.sub(r"^0+(?=\d)", "", bare))
    return (f"-{number}" if found[1] == "D" and number.strip("0.") else number), _day(found[2]), found[3]


def _day(six: str) -> str:
    """ISO day of YYMMDD; years from 80 on are of the last century. '' where month or day cannot be."""
    year, month, day = int(six[:2]), six[2:4], six[4:]
    if not ("01" <= month <= "12" and "01" <= day <= "31"):
        return ""
    return f"{year + (1900 if year >= 80 else 2000)}-{month}-{day}"


def _entry(value: str) -> list[str]:
    found = _ENTRY.match(value.strip())
    if found is None:
        return ["", "", "", " ".join(value.split())]
    number = amount(found[5].replace(",", ".").rstrip(".") or "0")
    # A reversed credit takes money away, a reversed debit brings it back.
    negative = found[3] in ("D", "RC")
    rest = " ".join(found[6].split())
    return [_day(found[1]), f"-{number}" if negative else number, rest[:4], rest[4:]]


def _description(value: str) -> str:
    """What `:86:` says, without the numbers of its subfields."""
    joined = value.replace("\n", "")
    if len(_SUBFIELD.findall(joined)) >= 2:
        return " ".join(_SUBFIELD.sub(" ", re.sub(r"^\d{3}(?=[?<~^])", "", joined)).split())
    return " ".join(value.split())


def _write(statement: _Statement, lines: Sheet, polish: bool) -> None:
    title, account, number, opening, closing, columns = (
        (
            "Wyciąg bankowy",
            "Rachunek",
            "Numer wyciągu",
            "Saldo początkowe",
            "Saldo końcowe",
            ["Data", "Kwota", "Typ", "Opis"],
        )
        if polish
        else (
            "Bank statement",
            "Account",
            "Statement number",
            "Opening balance",
            "Closing balance",
            ["Date", "Amount", "Type", "Description"],
        )
    )
    lines.add(title)
    lines.pairs(
        [
            (account, statement.account),
            (number, statement.number),
            (
                opening,
                " ".join(filter(None, (statement.opening[0], statement.opening[2], statement.opening[1]))),
            ),
            (
                closing,
                " ".join(filter(None, (statement.closing[0], statement.closing[2], statement.closing[1]))),
            ),
        ]
    )
    lines.add()
    if statement.entries:
        lines.table([columns, *statement.entries])
        lines.add()
