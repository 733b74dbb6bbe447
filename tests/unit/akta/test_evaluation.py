"""Comparing what was read with what is true."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akta.kernel.errors import InvalidError
from akta.operations.evaluation import (
    Outcome,
    Score,
    Truth,
    character_error_rate,
    grouped,
    load_manifest,
    same,
    word_scores,
)

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
    assert report["fields_exact"]["total"] == {"hits": 1, "of": 2}
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
