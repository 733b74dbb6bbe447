"""Who sent a paper, told by what stays the same on all of a sender's papers.

A name may be misread and an address may change, so a sender has several keys. Some tell
a sender by themselves (tax number, bank account, registration number, name); lines of
the head only together with another. What belongs to the one a paper is addressed to is
no key: it stands on everybody's papers.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

from ingest.classify.evidence import lexicon
from ingest.classify.words import skeleton, tokens
from ingest.fields.checks import IBAN_RIGHT, NIP_RIGHT
from ingest.fields.found import FoundField
from ingest.fields.identifiers import REGISTRATION
from ingest.fields.labels import label_text
from ingest.fields.rows import Row

#: What keys must weigh together for two papers to be of one sender.
SAME: Final = 1.0
_HEAD: Final = 10
_STRONG, _WEAK = 1.0, 0.5
_LONGEST_KEY: Final = 120
_TAX_ID: Final = re.compile(
    r"\b(?:gst|vat|tax|ust|siret|abn)\b[\s\w.:#]{0,14}?((?:[a-z]{2,3}[\s-]?)?\d[\d\s-]{7,16}\d)"
)
_LEGAL_FORMS: Final = re.compile(
    r"\b(sp(olka)? z ?o ?o|s ?a|sp j|sp k|ltd|llc|inc|gmbh|co|corp|limited|corporation"
    r"|s ?r ?l|b ?v|sdn bhd)\b"
)


def name_key(name: str) -> str:
    """A name without case, diacritics, punctuation and legal form: `ORLEN S.A.` and `Orlen SA` agree."""
    folded = unicodedata.normalize("NFKD", name.lower().replace("ł", "l"))
    plain = re.sub(r"[^a-z0-9]+", " ", "".join(c for c in folded if not unicodedata.combining(c)))
    return " ".join(_LEGAL_FORMS.sub(" ", plain).split()) or plain.strip()


def sender_keys(rows: Sequence[Row], doc_type: str, fields: Mapping[str, FoundField]) -> dict[str, float]:
    """The keys of a paper's sender with their weights; none where nothing tells the sender."""
    keys: dict[str, float] = {}
    nip, account, vendor = fields.get("vendor_nip"), fields.get("bank_account"), fields.get("vendor")
    if nip is not None and (nip.check == NIP_RIGHT or nip.source == "structured"):
        keys[f"nip:{nip.value}"] = _STRONG
    if account is not None and (account.check == IBAN_RIGHT or account.source == "structured"):
        keys[f"iban:{account.value}"] = _STRONG
    if vendor is not None and len(name_key(vendor.value)) >= 4:
        keys[f"name:{name_key(vendor.value)}"] = _STRONG
    alone = doc_type == "receipt" or "buyer" not in fields
    if alone:  # nobody is addressed there: all of the head is the issuer's
        for row in rows[:_HEAD]:
            text = label_text(row)
            for match in REGISTRATION.finditer(text):
                keys[f"reg:{re.sub(r'[^a-z0-9]', '', match.group())}"] = _STRONG
            for match in _TAX_ID.finditer(text):
                keys[f"tax:{re.sub(r'[^0-9]', '', match.group(1))}"] = _STRONG
    for row in rows[: _HEAD if alone else 4]:
        words = tokens(row.text)
        letters = sum(c.isalpha() for word in words for c in word)
        if letters >= 8 and not _is_title(words):
            keys[f"line:{skeleton(' '.join(words))}"] = _WEAK
    return {key[:_LONGEST_KEY]: weight for key, weight in keys.items()}


def alike(mine: Mapping[str, float], theirs: Mapping[str, float]) -> float:
    """How much two papers' keys say that they are of one sender; 0 where their tax numbers differ."""
    numbers = [{k for k in keys if k.startswith("nip:")} for keys in (mine, theirs)]
    if numbers[0] and numbers[1] and not numbers[0] & numbers[1]:
        return 0.0
    return sum(min(weight, theirs[key]) for key, weight in mine.items() if key in theirs)


def _is_title(words: Sequence[str]) -> bool:
    titles = lexicon().titles
    return any(" ".join(words[:n]) in titles for n in range(1, min(5, len(words)) + 1))
