"""Exports of laboratory instruments: by what their programs print, by columns, by labels."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.extract.instrument import instrument_facts, moment_of, rows_of

PLATE = ["\t".join(["", *map(str, range(1, 13))])] + [
    "\t".join([row, *(f"0.{100 + n}" for n in range(12))]) for row in "ABCDEFGH"
]


def _facts(*lines: str) -> dict[str, str]:
    found = instrument_facts(rows_of(lines))
    assert found is not None
    return dict(found.fields)


@pytest.mark.parametrize(
    ("lines", "facts"),
    [
        (
            ["##BLOCKS= 1", "Plate:\tP1\t1.3\tPlateFormat\tEndpoint\tAbsorbance", *PLATE],
            {"software": "SoftMax Pro", "technique": "plate reader", "measurements": "96"},
        ),
        (
            ["EnSight Results from", "Result for Light 1", *PLATE, "Software Version,,Kaleido 3.1.2.9"],
            {"software": "Kaleido", "software_version": "3.1.2.9", "model": "EnSight", "measurements": "96"},
        ),
        (
            ["0\t2026-03-04 10:11:12\t#ARC-FILE#\t1.1a\t-\t-\tCEDEX BIO HT\t778\t6.0.1.5\tola"],
            {
                "technique": "solution analyzer", "model": "CEDEX BIO HT", "serial_number": "778",
                "software_version": "6.0.1.5", "analyst": "ola", "date": "2026-03-04T10:11:12",
            },
        ),
        (
            ["Software version: ImmunoSpot 7.1.2", "Counted: Wed Mar 04 10:11:12 2026", "Wells of plate"],
            {"software": "ImmunoSpot", "software_version": "7.1.2", "date": "2026-03-04T10:11:12"},
        ),
        (
            ["Sample ID,Nucleic Acid (ng/uL),260/280,Analyst", "Instrument Type: Sp S1", "Operator: Ewa Lis"],
            {"technique": "spectrophotometry", "model": "Sp S1", "analyst": "Ewa Lis"},
        ),
        (
            ["Instrument Name,Kitty,", "Instrument Type,QS-9,", "Target,Ct,Well", "Operator,Date created,"],
            {"technique": "qPCR", "model": "QS-9"},
        ),
    ],
)  # fmt: skip
def test_what_a_program_prints_tells_the_instrument(lines: list[str], facts: dict[str, str]) -> None:
    found = _facts(*lines)
    assert {name: found.get(name) for name in facts} == facts
    assert found.get("analyst") != "Date created"  # a label is no value


def test_two_plates_are_counted_and_their_layout_is_not() -> None:
    layout = [PLATE[0], *("\t".join([row, *["SPL1"] * 12]) for row in "ABCDEFGH")]
    found = _facts("Plate\tP1", "Absorbance at 450 nm", "Software\tReader 2", *layout, "", *PLATE, "", *PLATE)
    assert found["measurements"] == "192"


@pytest.mark.parametrize(
    "lines",
    [
        ["Lp.,Nazwa,Ilość,Cena", "1,Magellan pipette,2,30.00", "2,Stunner kit,1,12.00"],
        ["Please dispense 2 tablets daily", "and call us"],
        ["1\t2\t3\t4", "A\tb\tc\td"],
    ],
)
def test_what_only_mentions_an_instrument_is_no_export(lines: list[str]) -> None:
    assert instrument_facts(rows_of(lines)) is None


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-03-04 10:11:12.123456+00:00", "2026-03-04T10:11:12"),
        ("03/04/2026 04:11:12 PM(-07:00)", "2026-03-04T16:11:12"),
        ("3-4-2026 8:34:01 AM", "2026-03-04T08:34:01"),
        ("2026-03-04 10:11:12 UTC", "2026-03-04T10:11:12"),
        ("soon", ""),
    ],
)
def test_moments(written: str, moment: str) -> None:
    assert moment_of(written) == moment


@given(st.lists(st.lists(st.text(max_size=20), max_size=14), max_size=30))
def test_any_rows_end(rows: list[list[str]]) -> None:
    found = instrument_facts(rows)
    assert found is None or all(isinstance(v, str) and len(v) < 1100 for v in found.fields.values())
    assert found is None or re.fullmatch(r"\d+", found.fields.get("measurements", "0"))
