"""A party's name as it stands in a line, without what stands around it there."""

import re
from collections.abc import Sequence
from typing import Final

from ingest.classify.words import plain
from ingest.fields.found import FoundField, at
from ingest.fields.identifiers import REGISTRATION
from ingest.fields.rows import Row, Token

LEGAL: Final = re.compile(
    r"\b(?:sp\.?\s?z\s?o\.?\s?o|s\.\s?a\b|sp\.?\s?[jk]\b|s\.?c\b|p\.?h\.?u|ltd|limited|llc|inc|"
    r"corp|corporation|gmbh|ag|kg|ohg|e\.k|b\.?v|n\.?v|s\.?a\.?r\.?l|s\.?a\.?s|srl|spa|"
    r"s[dbi][nh]\.?\s?bhd|bhd|s/b|sb|plc|pty|pvt|co|company|oy|ab|as|enterprise|enterprises|spolka|fundacja)\b\.?",
    re.I,
)
#: Forms that end a name wherever they stand in it.
LEGAL_END: Final = re.compile(
    r"\b(?:sdn\.?\s?bhd|ltd|llc|inc|gmbh|sp\.?\s?z\s?o\.?\s?o|b\.?v|s\.?a\.?r\.?l)\b\.?|(?<=\w)\sco\.(?=\s)",
    re.I,
)
OWNED: Final = re.compile(r"^(?:owned|own|operated|managed|prowadzon[ya])\s(?:by|przez)\s?:?\s*", re.I)
NAME_LABEL: Final = re.compile(
    r"^(?:(?:name|nazwa|nom|pełna nazwa|nazwa pełna|firma)\s*:?|company\s*:)\s*", re.I
)

#: Where an address or a number follows a name in its line: `…, ul. Lipowa 8, 80-200 Gdańsk, NIP …`.
_ADDRESS_AFTER: Final = re.compile(
    r",?\s+(?:(?:ul|al|pl|os)\.\s|(?:NIP|REGON|PESEL|VAT ID|tel)\b|(?:zam|tel)\.)|,\s+(?:\d\d-\d{3}\b|"
    r"\d{1,5}[a-z]?\s[A-Z]|z siedzib|[A-Z]{1,2}\d{1,2}[A-Z]?\s\d[A-Z]{2}\b)",
)
_AFTER_LEGAL: Final = re.compile(
    r",\s+(?!(?:inc|llc|ltd|l\.p|lp|s\.?\s?k|sp|s\.a|co|corp|gmbh|plc|n\.a)\b)", re.I
)


def _without_address(name: str) -> str:
    """A name that a label stands before, without what follows it in its line."""
    cut = _ADDRESS_AFTER.search(name, 3)
    name = name[: cut.start()] if cut else name
    for legal in LEGAL.finditer(name):
        comma = _AFTER_LEGAL.match(name, legal.end())
        if comma:
            return name[: comma.start()]
    return name


def clean(text: str) -> str:
    """Without marks and blanks at its ends."""
    lead = re.match(r"[\W_]*", text.replace("\t", " "))
    text = text.replace("\t", " ")[lead.end() if lead else 0 :]
    if lead and lead.group()[-1:] in ('"', "„", "“") and re.search(r'\w["”“]', text):
        text = lead.group()[-1] + text  # the quotation mark that opens a name has its other end in it
    return re.sub(r"[\s,;:|_=~-]+$", "", text).strip()


def _without_branch(text: str) -> str:
    """A name up to its legal form, where the shop's place follows it: `XYZ CO. THE GARDENS MALL`."""
    ends = [m.end() for m in LEGAL_END.finditer(text)]
    rest = text[ends[-1] :] if ends else ""
    words = re.findall(r"[^\W\d_]{2,}", rest)
    if (
        len(words) < 2
        or not rest[:1].isspace()
        or re.match(r"\s*(?:&|\+|and\b|und\b|i\b|t/a\b|[({-])", rest, re.I)
    ):
        return text
    return text[: ends[-1]].rstrip()


def plausible(text: str) -> bool:
    """Whether a text may be a name: letters for the most part, and not too long."""
    letters = sum(c.isalpha() for c in text)
    return letters >= 3 and letters >= 0.55 * len(text.replace(" ", "")) and len(text) <= 90


def party_field(
    row: Row, tokens: Sequence[Token], name: str, confidence: float, source: str
) -> FoundField | None:
    """The name that `tokens` of a row hold, None where they hold none."""
    start, end = tokens[0].start, tokens[-1].start + len(tokens[-1].text)
    value = clean(row.text[start:end])
    value = clean(OWNED.sub("", value))
    number = REGISTRATION.search(plain(value))
    value = clean(value[: number.start()]) if number and number.start() > 3 else value
    value = clean(re.split(r"\.\s+(?=[^\W\d_][^.:]{2,40}:)", NAME_LABEL.sub("", value))[0])
    value = _without_branch(value) if source == "position" else clean(_without_address(value))
    if not plausible(value):
        return None
    return at(row, start, end, name, value, confidence, source)
