"""The tables of a paper: on its page, over REST and as a workbook."""

import io
import re

import openpyxl
import pytest
from fpdf import FPDF

from api.web.tables import amount_of
from api.web.workbook import as_workbook
from ingest.render.overlay import text_font
from ingest.tables import Cell, Table
from tests.api.conftest import Site

ROWS = (
    ("Lp.", "Nazwa", "Ilość", "Wartość netto"),
    ("1", "=HYPERLINK(1)", "100", "1 250,00"),
    ("2", "Nakrętka <M6>", "0012", "7,50"),
)


def _invoice(rows: tuple[tuple[str, ...], ...]) -> bytes:
    pdf = FPDF(unit="pt", format=(600, 800))
    pdf.add_font("text", fname=text_font())
    pdf.set_font("text", size=11)
    pdf.add_page()
    pdf.set_margin(0)
    for at, line in enumerate(
        ("Faktura VAT nr FV/7/2026", "Sprzedawca: Metal sp. z o.o.", "Razem: 1 257,50 zł")
    ):
        pdf.text(40, 40 + 20 * at, line)
    for at, row in enumerate(rows):
        pdf.set_xy(40, 120 + 30 * at)
        for text in row:
            pdf.cell(120, 30, text, border=1)
    return bytes(pdf.output())


def test_tables_stand_beside_the_page_and_in_a_workbook(site: Site) -> None:
    record = site.filed("faktura.pdf", _invoice(ROWS), "clerk")
    site.sign_in("clerk")
    page = site.client.get(f"/records/{record}").text
    cells = re.findall(r'<t[hd][^>]*data-page="1" data-box="([\d.,]+)"[^>]*><bdi>([^<]*)</bdi>', page)
    assert [text for _, text in cells] == [
        text.replace("<", "&lt;").replace(">", "&gt;") for row in ROWS for text in row
    ]
    box = [float(side) for side in cells[5][0].split(",")]
    assert box == pytest.approx([160 / 600, 150 / 800, 280 / 600, 180 / 800], abs=0.005)
    answer = site.client.get(f"/records/{record}/tables.xlsx")
    assert "faktura.xlsx" in answer.headers["content-disposition"]
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0]
    assert [[c.value for c in row] for row in sheet.iter_rows()] == [
        list(ROWS[0]),
        ["1", "=HYPERLINK(1)", "100", 1250],
        ["2", "Nakrętka <M6>", "0012", 7.5],
    ]
    assert {c.data_type for row in sheet.iter_rows() for c in row} == {"s", "n"}  # no formula
    kept = site.client.get(f"/v1/records/{record}/renditions/tables/0", headers=site.as_("clerk")).json()
    assert [[c["text"] for c in row] for row in kept["tables"][0]["rows"]] == [list(row) for row in ROWS]


def test_a_paper_without_tables_says_nothing_of_them(site: Site) -> None:
    record = site.filed("note.pdf", _invoice(()), "clerk")
    site.sign_in("clerk")
    assert "tables.xlsx" not in site.client.get(f"/records/{record}").text
    assert site.client.get(f"/records/{record}/tables.xlsx").status_code == 404


def test_tables_that_one_may_not_see_are_not_there(site: Site) -> None:
    record = site.filed("faktura.pdf", _invoice(ROWS), "clerk")
    assert site.client.get(f"/records/{record}/tables.xlsx", follow_redirects=False).status_code == 303
    site.sign_in("administrator")
    assert site.client.get(f"/records/{record}/tables.xlsx").status_code in (403, 404)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1 250,00", "1250.00"), ("-1.250,00", "-1250.00"), ("1,250.00", "1250.00"), ("7.50", "7.50"),
        ("100", None), ("0012", None), ("12.05.2026", None), ("1 2,50", None), ("7,50 zł", None), ("", None),
    ],
)  # fmt: skip
def test_what_counts_as_an_amount(text: str, amount: str | None) -> None:
    found = amount_of(text)
    assert (found if found is None else str(found)) == amount


def test_signs_that_no_workbook_may_hold_are_left_out() -> None:
    row = (Cell("a\x0bb\ud800", (0, 0, 1, 1)), None)
    made = openpyxl.load_workbook(io.BytesIO(as_workbook([Table(1, (0, 0, 1, 1), (row,))])))
    assert made.worksheets[0]["A1"].value == "ab"
