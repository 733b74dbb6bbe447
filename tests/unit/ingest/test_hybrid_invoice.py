"""Invoices whose data is inside their PDF: one record, the data compared with the page."""

import io
import shutil
from pathlib import Path

import pikepdf
import pytest

from ingest.extract.context import ReadContext
from ingest.extract.options import ReadOptions
from ingest.model import Reading, from_json, to_json
from ingest.read import read_file
from ingest.understand import understand
from tests.papers.facturx import facturx

SEEDS = range(1, 7)


def read(folder: Path, data: bytes) -> Reading:
    path = folder / "in.pdf"
    path.write_bytes(data)
    out = folder / "out"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    result = read_file(path, ReadContext(ReadOptions(), out, "in.pdf"))
    assert isinstance(result, Reading)
    return result


def differing(reading: Reading) -> dict[str, tuple[str, str]]:
    doubts = [d.params for d in understand(reading).doubts if d.reason == "data_differs"]
    return {d["field"]: (d["stated"], d["shown"]) for d in doubts}


@pytest.mark.parametrize("language", ["pl", "en"])
@pytest.mark.parametrize("seed", SEEDS)
def test_data_that_says_what_the_page_says_raises_no_doubt(tmp_path: Path, seed: int, language: str) -> None:
    paper = facturx(seed, language)
    result = read(tmp_path, paper.data)
    assert result.children == ()
    assert [(tmp_path / "out" / p.path).read_bytes() for p in result.parts] == [paper.xml]
    assert from_json(to_json(result)) == result
    found = understand(result)
    values = {f.name: f.value for f in found.fields}
    assert {n: values[n] for n in ("total", "date", "vendor")} == {
        n: paper.stated[n] for n in ("total", "date", "vendor")
    }
    assert values["invoice_number"] == paper.stated["invoice_number"]
    assert found.doc_type == "invoice"
    assert found.doubts == ()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("field", "said", "name"),
    [
        ("total", "987654.32", "total"),
        ("invoice_number", "ZZ/777/1999", "document_number"),
        ("date", "2019-02-27", "date"),
    ],
)
def test_each_difference_is_a_doubt_that_names_both_values(
    tmp_path: Path, seed: int, field: str, said: str, name: str
) -> None:
    paper = facturx(seed, **{field: said})
    found = differing(read(tmp_path, paper.data))
    assert set(found) == {name}
    assert found[name][0] == said
    assert found[name][1] not in (said, "")


@pytest.mark.parametrize("seed", SEEDS)
def test_another_seller_is_a_doubt(tmp_path: Path, seed: int) -> None:
    paper = facturx(seed, vendor="Widmo Holding Quattro", vendor_nip="1112223344")
    assert set(differing(read(tmp_path, paper.data))) == {"vendor"}


def test_a_total_that_stands_on_the_page_as_something_else_is_a_doubt(tmp_path: Path) -> None:
    stated = facturx(2).stated
    paper = facturx(2, total=stated["vat"], net="1.00")
    assert differing(read(tmp_path, paper.data))["total"] == (stated["vat"], stated["total"])


def test_the_term_of_payment_is_not_the_date(tmp_path: Path) -> None:
    stated = facturx(2).stated
    paper = facturx(2, date=stated["due_date"])
    assert differing(read(tmp_path, paper.data))["date"] == (stated["due_date"], stated["date"])


def test_a_file_under_another_name_is_the_papers_own_if_the_page_has_its_number(tmp_path: Path) -> None:
    own = read(tmp_path, facturx(2, file_name="FV_2.xml").data)
    assert (len(own.parts), own.children) == (1, ())
    other = read(tmp_path, facturx(2, file_name="FV_2.xml", invoice_number="ZZ/777/1999").data)
    assert (other.parts, other.structured) == ((), None)
    assert [c.name for c in other.children] == ["FV_2.xml"]


def test_other_files_inside_stay_papers_of_their_own(tmp_path: Path) -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(facturx(3).data)) as pdf:
        pdf.attachments["timesheet.csv"] = b"day;hours\n2026-01-02;8\n"
        pdf.attachments["second.xml"] = facturx(4).xml
        pdf.save(out)
    result = read(tmp_path, out.getvalue())
    assert len(result.parts) == 1
    assert sorted(c.name for c in result.children) == ["second.xml", "timesheet.csv"]


def test_one_invoice_in_two_versions_of_the_standard_is_one_paper(tmp_path: Path) -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(facturx(3).data)) as pdf:
        pdf.attachments["ZUGFeRD-invoice.xml"] = facturx(3).xml + b"\n"
        pdf.attachments["zugferd-invoice.xml"] = facturx(4).xml
        pdf.save(out)
    result = read(tmp_path, out.getvalue())
    assert len(result.parts) == 2
    assert [c.name for c in result.children] == ["zugferd-invoice.xml"]


def test_data_named_only_as_associated_with_the_document_is_found(tmp_path: Path) -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(facturx(5).data)) as pdf:
        spec = pdf.attachments["factur-x.xml"].obj
        pdf.Root.AF = pikepdf.Array([spec])
        del pdf.Root.Names.EmbeddedFiles
        pdf.save(out)
    assert len(read(tmp_path, out.getvalue()).parts) == 1


def test_hostile_data_inside_does_not_speak_for_the_page(tmp_path: Path) -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(facturx(6).data)) as pdf:
        xml = b'<!DOCTYPE a [<!ENTITY b "c">]>' + facturx(6).xml.split(b"?>", 1)[1]
        pdf.attachments["factur-x.xml"] = xml
        pdf.save(out)
    result = read(tmp_path, out.getvalue())
    assert (result.parts, result.structured) == ((), None)
    assert [c.name for c in result.children] == ["factur-x.xml"]
