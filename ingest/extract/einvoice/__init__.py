"""Business papers in XML: UBL 2.x, UN/CEFACT CII and Order-X, KSeF FA and UPO, camt.

Each dialect is a module with `read(root) -> Paper | None`; `read_paper` asks them in turn.
"""

from typing import Any

from ingest.extract.einvoice import camt, cii, ksef, ubl
from ingest.extract.einvoice.paper import Paper

_DIALECTS = (ksef.read, ubl.read, cii.read, camt.read)


def read_paper(root: Any) -> Paper | None:
    """The paper that a parsed XML document is, or None if its dialect is not known."""
    for read in _DIALECTS:
        paper = read(root)
        if paper is not None:
            return paper
    return None
