"""Sums of structured papers are reckoned again; what does not agree is a doubt with both numbers."""

import re
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.extract.context import ReadContext
from ingest.extract.einvoice.sums import Sums
from ingest.extract.options import ReadOptions
from ingest.model import Reading, from_json, to_json
from ingest.read import read_file
from ingest.understand import understand
from tests.papers import ledgers
from tests.papers.facturx import facturx
from tests.papers.make import generate

KINDS = [(k, lang) for k in ("invoice", "invoice_correction") for lang in ("pl", "en")]


def read(folder: Path, data: bytes | str, name: str = "x.xml") -> Reading:
    path = folder / "in"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    result = read_file(path, ReadContext(ReadOptions(), folder, name))
    assert isinstance(result, Reading)
    return result


def checks(reading: Reading) -> set[str]:
    assert reading.structured is not None
    assert from_json(to_json(reading)) == reading
    doubts = [d.params["check"] for d in understand(reading).doubts if d.reason == "sums_differ"]
    found = {c.check for c in reading.structured.conflicts}
    assert set(doubts) == found
    return found


@pytest.mark.parametrize(("kind", "language"), KINDS)
@pytest.mark.parametrize("seed", range(1, 9))
def test_an_invoice_that_adds_up_raises_no_doubt(tmp_path: Path, kind: str, language: str, seed: int) -> None:
    assert checks(read(tmp_path, generate(kind, seed, language, "xml").data)) == set()


def _add(text: str, tag: str, by: str, index: int = 0) -> str:
    """`text` with `by` added to the number in one of its `tag` elements."""
    found = list(re.finditer(rf"<{tag}(?: [^>]*)?>([-\d.]+)</{tag}>", text))[index]
    return f"{text[: found.start(1)]}{Decimal(found[1]) + Decimal(by)}{text[found.end(1) :]}"


@pytest.mark.parametrize("seed", range(1, 5))
@pytest.mark.parametrize(
    ("tag", "index", "wanted"),
    [
        ("P_15", 0, {"total"}),
        ("P_14_1", 0, {"total", "tax_by_rate"}),
        ("P_13_1", 0, {"total", "tax_by_rate", "lines"}),
        ("P_11", 0, {"line", "lines"}),
        ("P_9A", 0, {"line"}),
    ],
)
def test_a_number_changed_on_a_ksef_invoice_is_a_doubt(
    tmp_path: Path, seed: int, tag: str, index: int, wanted: set[str]
) -> None:
    text = next(
        t
        for s in range(seed * 40, seed * 40 + 40)
        if f"<{tag}>" in (t := generate("invoice", s, "pl", "xml").data.decode())
    )
    assert checks(read(tmp_path, _add(text, tag, "7.50", index))) == wanted


@pytest.mark.parametrize("seed", range(1, 5))
@pytest.mark.parametrize(
    ("tag", "index", "wanted"),
    [
        ("cbc:PayableAmount", 0, {"payable"}),
        ("cbc:TaxAmount", 0, {"tax", "total"}),
        ("cbc:TaxExclusiveAmount", 0, {"net", "total"}),
        ("cbc:InvoicedQuantity", 0, {"line"}),
        ("cbc:LineExtensionAmount", -1, {"line", "lines"}),
    ],
)
def test_a_number_changed_on_a_ubl_invoice_is_a_doubt(
    tmp_path: Path, seed: int, tag: str, index: int, wanted: set[str]
) -> None:
    text = generate("invoice", seed, "en", "xml").data.decode()
    assert checks(read(tmp_path, _add(text, tag, "7.50", index))) == wanted


def test_a_total_changed_inside_a_factur_x_pdf_is_a_doubt(tmp_path: Path) -> None:
    assert checks(read(tmp_path, facturx(2).data, "x.pdf")) == set()
    for path in tmp_path.glob("child-*"):
        path.unlink()
    assert checks(read(tmp_path, facturx(2, vat="1.00").data, "x.pdf")) == {"total"}


@pytest.mark.parametrize("seed", range(1, 6))
@pytest.mark.parametrize("make", [ledgers.camt, ledgers.mt940, ledgers.jpk_wb])
def test_a_statement_makes_its_closing_balance(tmp_path: Path, seed: int, make) -> None:  # type: ignore[no-untyped-def]
    book = ledgers.ledger(seed)
    result = read(tmp_path, make(book), "statement")
    assert checks(result) == set()
    found = understand(result)
    values = {f.name: f.value for f in found.fields}
    assert found.doc_type == "bank_statement"
    assert values["account"] == book.iban
    assert (values["opening_balance"], values["closing_balance"], values["transactions"]) == (
        f"{book.opening:.2f}",
        f"{book.closing:.2f}",
        "6",
    )
    wrong = read(tmp_path, make(book, closing=book.closing + 1), "statement")
    assert wrong.structured is not None
    (conflict,) = wrong.structured.conflicts
    assert (conflict.stated, conflict.computed) == (f"{book.closing + 1:.2f}", f"{book.closing:.2f}")
    assert checks(wrong) == {"balance"}


def test_a_control_file_states_its_form_taxpayer_and_period(tmp_path: Path) -> None:
    book = ledgers.ledger(3)
    found = understand(read(tmp_path, ledgers.jpk_fa(book)))
    values = {f.name: f.value for f in found.fields}
    assert (found.domain, found.doc_type, found.doubts) == ("accounting", "tax_form", ())
    assert (values["syntax"], values["form"], values["lines"]) == ("JPK_FA (4)", "JPK_FA", "6")
    assert (values["name"], values["tax_number"]) == (book.holder, book.tax_number)
    assert (values["period_start"], values["period_end"]) == ("2026-01-01", "2026-01-31")
    assert checks(read(tmp_path, ledgers.jpk_fa(book, stated=Decimal(1)))) == {"total"}
    assert checks(read(tmp_path, ledgers.jpk_wb(book, count=7))) == {"count"}


def test_an_envelope_of_peppol_is_the_paper_inside(tmp_path: Path) -> None:
    paper = generate("invoice", 3, "en", "xml")
    inner = paper.data.decode().split("?>", 1)[1]
    space = "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"
    header = (
        "<StandardBusinessDocumentHeader><HeaderVersion>1.0</HeaderVersion></StandardBusinessDocumentHeader>"
    )
    result = read(
        tmp_path, f'<StandardBusinessDocument xmlns="{space}">{header}{inner}</StandardBusinessDocument>'
    )
    assert result.structured is not None
    assert result.structured.fields["invoice_number"] == paper.truth["invoice_number"]


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_no_text_upsets_the_reckoning(a: str, b: str, c: str) -> None:
    sums = Sums()
    for x in (a, "1e9999", "NaN", "-Infinity", "9" * 40, b, ""):
        sums.line(x, b, c)
        sums.tax(x, c, b, 3)
    assert all(re.fullmatch(r"-?\d+(\.\d+)?", n.computed) for n in sums.conflicts)
