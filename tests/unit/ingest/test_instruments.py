"""Exports of laboratory instruments: by what their programs print, by columns, by labels."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.extract.instrument import instrument_facts, moment_of, rows_of
from ingest.extract.instrument_counts import measurements

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


def _counted(*lines: str) -> int:
    return measurements(rows_of(lines))


def test_a_reading_in_words_is_one() -> None:
    row = "\t".join(["A", *["0.12"] * 10, "OVRFLW", "MISSED"])
    assert _counted("Results", PLATE[0], row) == 12


def test_what_was_worked_out_from_readings_is_not_counted_again() -> None:
    head, numbers = PLATE[0], "\t".join(f"0.{100 + n}" for n in range(12))
    rows = [f"A\t{numbers}\tRead:630", f"\t{numbers}\tBlank Read:630", f"\t{numbers}\t[Concentration]"]
    assert _counted("Results", head, *rows) == 12
    assert _counted("Results", head, *rows, f"\t{numbers}\tRead:450") == 24
    assert (
        _counted("Raw Data (450)", "", *PLATE, "", "Blank corrected based on Raw Data (450)", "", *PLATE)
        == 96
    )
    assert _counted("Calculated results: Calc 1", *PLATE, "", "Results for A450", *PLATE) == 96


def test_spots_of_a_well_follow_it_without_a_name() -> None:
    numbers = "\t".join(str(n) for n in range(100, 112))
    plate = [PLATE[0], *(line for row in "AB" for line in (f"{row}\t{numbers}", f"\t{numbers}", ""))]
    assert _counted("=====Data", *plate) == 48


def test_plates_side_by_side_without_names_as_wells_and_in_print() -> None:
    head = "\tTemperature(C)\t" + "\t".join([*map(str, range(1, 13)), "", *map(str, range(1, 13))])
    row = "\t24.1\t" + "\t".join(["0.5"] * 12 + [""] + ["0.7"] * 12)
    assert _counted("##BLOCKS= 1", head, row, row, "~End") == 48
    wells = [f"{letter}{n}" for letter in "ABCDEFGH" for n in range(1, 13)]
    assert _counted("\tTemperature(C)\t" + "\t".join(wells), "\t0\t" + "\t".join(["1.5"] * 96)) == 96
    bare = [",".join(["0.25"] * 24)] * 16
    assert _counted("Plate information", "", *bare) == 384
    assert _counted("   1    2    3    4", "", "A   61  132  128  121", "B   72   81   66   80") == 8
    padded = ["," + ",".join(f"{n:02}" for n in range(1, 13)), "A," + ",".join(["0.1"] * 12)]
    assert _counted(*padded) == 12


def test_a_second_table_of_the_same_wells_is_no_measurement() -> None:
    setup = [
        "Well\tWell Position\tSample\tTarget",
        *(f"{n}\tA{n}\tS{n}\tRNase" for n in range(1, 7)),
        "7\tA7",
    ]
    cycles = [
        "Well\tWell Position\tCycle\tRn",
        *(f"{n}\tA{n}\t{c}\t0.5" for n in range(1, 7) for c in (1, 2)),
    ]
    assert _counted("[Sample Setup]", *setup, "", "[Amplification Data]", *cycles) == 6
    assert _counted("[Sample Setup]", *setup, "", "[Results]", *setup[:4]) == 3
    read = ["Plate\tWell\tRead Date\tCount", "p\tA1\t2026-03-04\t5", "p\tA2\t\t0", "p\tA3\t2026-03-04\t7"]
    assert _counted(*read) == 2


def test_an_account_may_be_called_user_and_the_run_knows_its_date_best() -> None:
    found = _facts(
        "Program,xPONENT,,FlexMAP 3D",
        "Date,01/05/2026,1:00 PM",
        "Operator,user",
        "BatchStartTime,1/1/2026 1:00:00 AM",
    )
    assert (found["analyst"], found["date"]) == ("user", "2026-01-01T01:00:00")


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
        ("2026-03-04 00:11:12 AM EDT", "2026-03-04T00:11:12"),
        ("2026-03-04 19:11:12 PM", "2026-03-04T19:11:12"),
        ("20260304 191112", "2026-03-04T19:11:12"),
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
