"""The number under which the Polish e-invoice system KSeF keeps an invoice, where it is printed.

It is the seller's NIP, the day of receipt, twelve hexadecimal digits and a CRC-8
(polynomial 0x07) of all before it, as the system's documentation of the number has it.
"""

import re
from collections.abc import Sequence
from typing import Final

from ingest.fields.checks import NIP_RIGHT
from ingest.fields.found import FoundField, at
from ingest.fields.identifiers import nip_ok
from ingest.fields.rows import Row, cells

NUMBER: Final = re.compile(r"(?<![\w-])(\d{10})-(20\d{6})-([0-9A-F]{6}-?[0-9A-F]{6})-([0-9A-F]{2})(?![\w-])")
_MOMENT: Final = re.compile(r"(20\d\d-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)")
CHECKED: Final = "ksef checksum"


def ksef_ok(number: str) -> bool:
    """Whether the last two digits are the checksum of what stands before them and their hyphen.

    A hyphen in the middle of the twelve digits, as some programs print it, does not count.
    """
    body, _, check = number.rpartition("-")
    body = body[:26] + body[27:] if body[26:27] == "-" else body
    crc = 0
    for byte in body.encode("ascii"):
        crc ^= byte
        for _ in range(8):
            crc = ((crc << 1) ^ 0x07) & 0xFF if crc & 0x80 else crc << 1
    return f"{crc:02X}" == check


def find_ksef(rows: Sequence[Row], receipt: bool) -> list[FoundField]:
    """`ksef_number`; of an official receipt (UPO) also what stands in its line of the table.

    A UPO lists the seller's own number and the moments of sending and receiving beside it.
    """
    for row in rows[:300]:
        match = NUMBER.search(row.text)
        if match is None:
            continue
        number = match.group()
        check = CHECKED if ksef_ok(number) else None
        out = [
            at(
                row,
                match.start(),
                match.end(),
                "ksef_number",
                number,
                0.97 if check else 0.8,
                "pattern",
                check,
            )
        ]
        if receipt:
            out += _receipt(row, match)
        return out
    return []


def _receipt(row: Row, match: re.Match[str]) -> list[FoundField]:
    out: list[FoundField] = []
    nip = match.group(1)
    right = NIP_RIGHT if nip_ok(nip) else None
    out.append(
        at(row, match.start(1), match.end(1), "vendor_nip", nip, 0.95 if right else 0.7, "pattern", right)
    )
    moment = _MOMENT.search(row.text, match.end())
    if moment is not None:
        value = f"{moment.group(1)}T{moment.group(2)}"
        out.append(at(row, moment.start(), moment.end(), "submitted", value, 0.85, "position"))
    beside = next((c for c in cells(row) if c[0].start >= match.end()), None)
    if beside is not None and (moment is None or beside[0].start < moment.start()):
        end = beside[-1].start + len(beside[-1].text)
        end = min(end, moment.start()) if moment else end
        number = row.text[beside[0].start : end].strip()
        out.append(at(row, beside[0].start, end, "invoice_number", number, 0.8, "position"))
    return out
