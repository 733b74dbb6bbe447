"""Structured papers, spoiled, end in a reading or a refusal; the way they are written changes nothing."""

import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.extract.context import ReadContext
from ingest.extract.options import ReadOptions
from ingest.model import Reading, Refusal
from ingest.read import read_file
from ingest.understand import understand
from tests.papers import ledgers
from tests.papers.facturx import cii, facturx
from tests.papers.make import generate

PAPERS: dict[str, str] = {
    "ksef": generate("invoice", 3, "pl", "xml").data.decode(),
    "ksef-correction": generate("invoice_correction", 3, "pl", "xml").data.decode(),
    "ubl": generate("invoice", 3, "en", "xml").data.decode(),
    "ubl-credit": generate("invoice_correction", 3, "en", "xml").data.decode(),
    "ubl-order": generate("purchase_order", 3, "en", "xml").data.decode(),
    "cii": cii(facturx(2).stated),
    "camt": ledgers.camt(ledgers.ledger(1)),
    "jpk-fa": ledgers.jpk_fa(ledgers.ledger(1)),
    "jpk-wb": ledgers.jpk_wb(ledgers.ledger(1)),
    "hl7": generate("lab_report", 3, "pl", "hl7").data.decode(),
    "mt940": ledgers.mt940(ledgers.ledger(1)),
}
XML = [name for name, text in PAPERS.items() if text.lstrip().startswith("<")]


def read(data: bytes) -> Reading | Refusal:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "in"
        path.write_bytes(data)
        return read_file(path, ReadContext(ReadOptions(), Path(folder), "paper"))


def fields(data: bytes) -> dict[str, str]:
    result = read(data)
    assert isinstance(result, Reading)
    assert result.structured is not None
    assert understand(result).confidence > 0.9
    return result.structured.fields


@pytest.mark.parametrize("kind", XML)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "cp1250", "iso-8859-2"])
def test_the_encoding_changes_nothing(kind: str, encoding: str) -> None:
    text = PAPERS[kind].replace("„", '"')  # not in ISO 8859-2
    declared = encoding.removesuffix("-sig").removesuffix("-be")
    named = re.sub(r"encoding=(['\"])UTF-8\1", f'encoding="{declared}"', text, count=1)
    assert fields(named.encode(encoding)) == fields(text.encode())


@pytest.mark.parametrize("kind", XML)
def test_prefixes_of_namespaces_change_nothing(kind: str) -> None:
    text = PAPERS[kind]
    moved = text
    for old in sorted(set(re.findall(r"xmlns:(\w+)=", text))):
        moved = re.sub(rf"(</?|xmlns:){old}(?=[:=])", rf"\1n{old}", moved)
    space = re.search(r' xmlns="([^"]+)"', moved)
    if space:
        moved = re.sub(r"(</?)(?=[A-Za-z]\w*[\s>/])", r"\1q:", moved).replace(
            space[0], f' xmlns:q="{space[1]}"'
        )
    assert moved != text
    assert fields(moved.encode()) == fields(text.encode())


@pytest.mark.parametrize("kind", XML)
def test_entities_are_refused_in_every_paper(kind: str) -> None:
    head, _, rest = PAPERS[kind].partition("?>")
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    result = read(f"{head}?>{bomb}{rest}".encode())
    assert isinstance(result, Refusal)
    assert result.reason == "forbidden_xml"


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(PAPERS)), st.data())
def test_a_spoiled_paper_is_read_or_refused(kind: str, data: st.DataObject) -> None:
    text = PAPERS[kind]
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 3000)))
    put = data.draw(
        st.sampled_from(["", "<", "&", "\x00", "9" * 50, "NaN", "|", "^~\\&", ":61:", "<P_15/>", "-"])
    )
    result = read((text[:start] + put + text[end:]).encode())
    if isinstance(result, Reading):
        understand(result)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(XML), st.data())
def test_a_paper_without_some_element_is_still_a_paper(kind: str, data: st.DataObject) -> None:
    text = PAPERS[kind]
    leaves = list(re.finditer(r"<([\w:]+)(?: [^>]*)?>[^<]*</\1>", text))
    leaf = data.draw(st.sampled_from(leaves))
    result = read((text[: leaf.start()] + text[leaf.end() :]).encode())
    assert isinstance(result, Reading)
    understand(result)
