"""Business papers in XML: UBL 2.x, UN/CEFACT CII and Order-X, KSeF FA and UPO, JPK, camt.

Each dialect is a module with `read(root) -> Paper | None`; `read_paper` asks them in turn
and reckons the paper's sums again.
"""

from dataclasses import replace
from typing import Any, Final

from ingest.extract.einvoice import camt, cii, jpk, ksef, ubl
from ingest.extract.einvoice.checked import camt_sums, cii_sums, ksef_sums, ubl_sums
from ingest.extract.einvoice.paper import Paper, local

_DIALECTS: Final = (
    (ksef.read, ksef_sums),
    (ubl.read, ubl_sums),
    (cii.read, cii_sums),
    (camt.read, camt_sums),
    (jpk.read, jpk.sums),
)


def read_paper(root: Any) -> Paper | None:
    """The paper that a parsed XML document is, or None if its dialect is not known."""
    if local(root) == "StandardBusinessDocument":  # the envelope in which Peppol sends papers
        inner = [child for child in root if local(child) and local(child) != "StandardBusinessDocumentHeader"]
        return read_paper(inner[0]) if len(inner) == 1 and local(inner[0]) != local(root) else None
    for read, sums in _DIALECTS:
        paper = read(root)
        if paper is not None:
            paper.structured = replace(paper.structured, conflicts=sums(root))
            return paper
    return None
