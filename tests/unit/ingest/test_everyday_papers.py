"""Everyday Polish papers as they come: their type, their finer type and their main fields."""

from pathlib import Path

import pytest

from akta.operations.evaluation.compare import same
from akta.records.doctypes.tree import shipped
from ingest.extract.context import ReadContext
from ingest.extract.options import ReadOptions
from ingest.model import Reading
from ingest.read import read_file
from ingest.understand import WORKING_THRESHOLD, Understanding, understand
from tests.papers import generate
from tests.papers.model import Medium, Paper

#: Kind of paper -> the fields that one pays, files or answers by.
MAIN = {
    "pit_11": "tax_year employer_nip employer pesel gross_pay advance_tax",
    "pit_2": "employer pesel date",
    "pit_37": "tax_year pesel income tax_due",
    "zus_dra": "period payer_nip regon payer contributions",
    "zus_zua": "payer_nip regon pesel insurance_code insured_from",
    "bill": "invoice_number date total vendor vendor_nip buyer_nip",
    "correction_note": "document_number corrected_number date vendor_nip buyer_nip",
    "safety_training": "employee date valid_until document_number",
    "referral": "patient pesel ordering_provider date",
    "equipment_card": "asset serial_number asset_number purchase_date valid_until",
    "medical_certificate": "pesel date valid_until position",
    "employment_certificate": "employee hire_date termination_date position",
}
_SEEDS = range(500, 504)


def _read(paper: Paper, folder: Path) -> Understanding:
    file = folder / paper.name
    file.write_bytes(paper.data)
    out = folder / "out"
    out.mkdir(exist_ok=True)
    result = read_file(file, ReadContext(ReadOptions(second_reader=False), out, paper.name))
    assert isinstance(result, Reading)
    return understand(result)


def _right(kind: str, medium: Medium, seeds: range, folder: Path) -> tuple[int, int, int]:
    """Papers of the right type, main fields right, main fields in all."""
    types = right = of = 0
    for seed in seeds:
        paper = generate(kind, seed, "pl", medium, 200)
        found = _read(paper, folder)
        types += (found.domain, found.doc_type) == (paper.domain, paper.doc_type) and (
            found.subtype or found.doc_type
        ) == kind
        values = {f.name: f.value for f in found.fields}
        for name in MAIN[kind].split():
            if name in paper.truth:
                of += 1
                right += same(paper.truth[name], values.get(name))
    return types, right, of


@pytest.mark.parametrize("kind", MAIN)
def test_a_printed_one_is_known_with_its_main_fields(kind: str, tmp_path: Path) -> None:
    types, right, of = _right(kind, "pdf", _SEEDS, tmp_path)
    assert types == len(_SEEDS)
    assert right >= 0.9 * of


@pytest.mark.parametrize("kind", ["pit_11", "zus_dra", "equipment_card", "correction_note"])
def test_a_noisy_scan_is_known_too(kind: str, tmp_path: Path) -> None:
    paper = generate(kind, 502, "pl", "scan", 200)
    found = _read(paper, tmp_path)
    assert (found.domain, found.doc_type) == (paper.domain, paper.doc_type)
    assert (found.subtype or found.doc_type) == kind
    assert found.confidence >= WORKING_THRESHOLD


def test_what_the_corpus_calls_by_the_type_above_keeps_that_type() -> None:
    for kind in ("pit_11", "pit_2", "pit_37", "zus_dra", "zus_zua"):
        assert shipped().top(kind) == "tax_form"
    assert shipped().placed("pit_11") == ("tax_form", "pit_11")
