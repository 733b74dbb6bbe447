"""Every example of docs/search.md finds what it should, in every engine, and not what it should not."""

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from akta.settings import ROOT
from indexer.model import SearchEngine
from indexer.query import parse
from tests.contracts.engines import ENGINES
from tests.unit.indexer.documents import paper

EXAMPLES = [
    match[1]
    for match in re.finditer(r"^\| `([^`]+)` \|", (ROOT / "docs/search.md").read_text("utf-8"), re.MULTILINE)
]
#: It has everything the examples ask for; the decoy has none of it.
WANTED = paper(
    "wanted",
    title="Faktura FV/2026/03/117 · ORLEN S.A. · zlecenie",
    text=(
        "Faktura VAT dla ORLEN, Łódź. Nota korygująca i korekty. Umowa o pracę: Jan Kowalski. "
        "NIP PL 526 000 12 46. Zaplacono. Rachunek 61 1090 1014 0000 0712 1981 2874. Razem 1.234,50 zł"
    ),
    parties=("ORLEN S.A.",),
    identifiers=("FV/2026/03/117", "5260001246", "61109010140000071219812874"),
    amounts=(Decimal("1234.50"),),
    total=Decimal("1234.50"),
    document_date=date(2026, 3, 12),
    due_date=date(2026, 4, 10),
    keep_until=date(2031, 12, 31),
    record_class="PL-ACC-08",
    on_hold=True,
    file_name="skan.pdf",
    party_ids=("01party0orlen",),
)
ELSEWHERE = {"domain": "hr", "state": "review"}
DECOY = paper(
    "decoy",
    title="Paragon · Biedronka",
    text="Mleko, chleb, masło. Suma 12,30",
    doc_type="receipt",
    domain="accounting",
    language="en",
    currency="EUR",
    total=Decimal("12.30"),
    document_date=date(2024, 1, 2),
    due_date=date(2024, 2, 2),
    keep_until=date(2040, 1, 1),
    received_on=date(2024, 1, 3),
    channel="mail",
    confidence=0.99,
    file_name="zdjecie.jpg",
)


@pytest.fixture(scope="module", params=sorted(ENGINES))
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> SearchEngine:
    made = ENGINES[request.param](Path(tmp_path_factory.mktemp("index")))
    elsewhere = paper("elsewhere", text="akta osobowe", doc_type="resume", received_on=date(2024, 1, 1))
    elsewhere = type(elsewhere)(**{**_values(elsewhere), **ELSEWHERE})
    made.apply([WANTED, DECOY, elsewhere], [])
    return made


def _values(document: object) -> dict[str, object]:
    return {name: getattr(document, name) for name in document.__slots__}  # type: ignore[attr-defined]


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 25


@pytest.mark.parametrize("query", EXAMPLES)
def test_an_example_finds_what_it_should(engine: SearchEngine, query: str) -> None:
    found = {hit.record_id for hit in engine.search(parse(query), scopes=None, limit=10).hits}
    if query in ("domain:kadry", "state:review"):
        assert found == {"elsewhere"}
    elif query == "faktura -orlen":
        assert "wanted" not in found
    else:
        assert "wanted" in found
        assert "decoy" not in found
