"""Comparing what was read with what is true."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akta.kernel.errors import InvalidError
from akta.operations.evaluation.compare import character_error_rate, field_is_right, same, word_scores
from akta.operations.evaluation.manifest import Truth, load_manifest
from akta.operations.evaluation.score import Outcome, Score, calibration_error, grouped, macro_f1

TRUTH = Truth(
    Path("a.jpg"),
    "scan",
    "en",
    "accounting",
    "receipt",
    {"total": "1234.50", "date": "2026-03-09", "vendor": "Tkalnia Polesie", "currency": "PLN"},
    None,
)


def outcome(text: str, **fields: str) -> Outcome:
    return Outcome("filed", None, "accounting", "receipt", fields, text, 1, 0.5)


@pytest.mark.parametrize(
    ("text", "hits"),
    [
        ("TKALNIA  Polesie\n9.3.2026\nSuma 1 234,50 zł", {"total", "date", "vendor"}),
        ("Tkalnia Polesie 2026-03-09 1,234.50", {"total", "date", "vendor"}),
        ("Tkalnia\nPolesie, 9 March 2026, 1234,5", {"total", "date", "vendor"}),
        ("Tkalnia Polesje 2026-03-08 1234,51", set()),
        ("11234,50 19.3.2026", set()),
    ],
)
def test_what_stands_on_the_page(text: str, hits: set[str]) -> None:
    score = Score()
    score.add(TRUTH, outcome(text))
    assert {n for n, h in score.present.items() if h[0]} == hits


def test_a_field_is_right_or_wrong() -> None:
    assert same("1234.50", "1234.5")
    assert same("2026-03-09T10:00:00", "2026-03-09")
    assert same("ACME Sp. z o.o.", "acme sp z o o")
    assert not same("1234.50", "12345.0")
    assert not same("x", None)


def test_a_truth_put_together_from_more_than_the_field() -> None:
    told = {"software": "MMPR", "software_version": "1.0.38", "patient": "Iga Lis", "serial_number": "90002"}
    assert field_is_right("software", "MMPR 1.0.38", told)
    assert field_is_right("software_version", "MMPR 1.0.38", told)
    assert field_is_right("software", "MMPR", told)
    assert not field_is_right("software_version", "MMPR 1.0.39", told)
    assert field_is_right("patient", "Iga Lis     L", told)
    assert not field_is_right("patient", "Iga Lis L", told)
    assert field_is_right("serial_number", "s/n 90002", told)
    assert not field_is_right("model", "HTS", told)
    assert same("0.", "0.00")


@pytest.mark.parametrize("placeholder", ["n/a", "Unknown", "nan", "1970-01-01T00:00:00+00:00"])
def test_a_placeholder_is_no_truth(placeholder: str) -> None:
    score = Score()
    score.add(replace(TRUTH, fields={"serial_number": placeholder}), outcome("", serial_number="77"))
    assert score.fields == {}
    assert score.present == {}


def test_words_and_characters() -> None:
    assert word_scores("ala ma kota", "ala ma psa i") == (2 / 3, 2 / 4)
    assert character_error_rate("abcd", "abxd") == 0.25
    assert character_error_rate("", "x") is None


@given(st.text(max_size=60), st.text(max_size=60))
def test_rates_are_rates(truth: str, read: str) -> None:
    recall, precision = word_scores(truth, read)
    assert 0 <= recall <= 1
    assert 0 <= precision <= 1
    assert (character_error_rate(truth, read) or 0) >= 0
    assert character_error_rate(truth, truth) in (0, None)


def test_sums_by_group() -> None:
    scores = grouped([(TRUTH, outcome("1234,50", total="1234.50")), (TRUTH, outcome("", total="1"))])
    report = scores["kind"]["scan"].report()
    assert report["documents"] == 2
    total = report["fields"]["total"]
    assert (total["hits"], total["of"], total["precision"], total["f1"]) == (1, 2, 0.5, 0.5)
    vendor = report["fields"]["vendor"]
    assert (vendor["hits"], vendor["precision"], vendor["recall"], vendor["f1"]) == (0, None, 0.0, 0.0)
    assert report["fields_present"]["total"] == {"hits": 1, "of": 2}
    assert report["cpu_seconds_per_page"] == 0.5


def test_a_manifest_names_its_wrong_line(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.jsonl"
    good = json.dumps({"path": "sub/a.txt", "domain": "hr", "doc_type": "resume", "ground_truth": {}})
    manifest.write_text(good + "\n\n[1]\n", "utf-8")
    with pytest.raises(InvalidError, match="Line 3"):
        load_manifest(manifest)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.txt").write_text("x", "utf-8")
    manifest.write_text(good, "utf-8")
    assert load_manifest(manifest)[0].path == tmp_path / "sub" / "a.txt"


def test_what_is_filed_is_judged_apart() -> None:
    mine = replace(outcome("", total="1"), confidence=0.9, sure=True, field_confidence={"total": 0.8})
    wrong = replace(mine, domain="hr", doc_type="payslip", confidence=0.8)
    asked = replace(mine, state="review", confidence=0.3, sure=False)
    nobodys = replace(TRUTH, domain="other", doc_type="book_page", fields={})
    pairs = [(TRUTH, mine), (TRUTH, wrong), (TRUTH, asked), (nobodys, mine)]
    report = grouped(pairs)["all"]["all"].report()
    assert report["filed"] == 0.75
    assert report["filed_domain_right"] == round(1 / 3, 4)
    assert report["sure"] == 0.75
    assert report["other_filed"] == {"hits": 1, "of": 1}
    assert report["calibration_error"] == round((abs(0.9 + 0.9 - 1) + 0.8 + abs(0.3 - 1)) / 4, 4)
    assert report["field_calibration_error"] == 0.8


def test_nobodys_papers_are_not_told_apart() -> None:
    nobodys = replace(TRUTH, domain="other", doc_type="book_page")
    assert replace(outcome(""), domain="other", doc_type="memo").kind_right(nobodys)
    assert not replace(outcome(""), doc_type="invoice").kind_right(TRUTH)


def test_macro_f1_weighs_types_alike() -> None:
    perfect = Counter({("a", "a"): 9, ("b", "b"): 1})
    assert macro_f1(perfect) == 1.0
    lost = Counter({("a", "a"): 9, ("b", "a"): 1})
    assert macro_f1(lost) == round((18 / 19 + 0) / 2, 4)
    assert macro_f1(Counter()) is None


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=40))
def test_calibration_error_is_a_share(judged: list[tuple[float, bool]]) -> None:
    error = calibration_error(judged)
    assert error is None if not judged else 0 <= (error or 0) <= 1


def test_one_who_is_always_sure_and_right_is_calibrated() -> None:
    assert calibration_error([(1.0, True)] * 5) == 0.0
    assert calibration_error([(0.5, True), (0.5, False)]) == 0.0
