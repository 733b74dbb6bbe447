"""Everyday papers and papers that are nobody's, written before any of them was scored.

The first score is in docs/model-card.md. Here they only keep what was reached.
"""

from pathlib import Path

import pytest

from ingest.classify.costs import default_thresholds, sure
from ingest.understand import Understanding, understand
from tests.unit.ingest.test_understand import reading

_TEXTS = Path(__file__).with_name("texts")


def papers(name: str) -> list[tuple[str, str, str]]:
    """(kind, language, text) of each paper in a file."""
    out = []
    for block in (_TEXTS / name).read_text("utf-8").split("=== ")[1:]:
        head, _, text = block.partition("\n")
        kind, _, language = head.rpartition(" ")
        out.append((kind, language, text))
    return out


OURS = [*papers("everyday.txt"), *papers("everyday_later.txt")]
NOBODYS = [*papers("nobodys.txt"), *papers("nobodys_later.txt")]


def filed(found: Understanding) -> bool:
    return sure(found.domain, found.confidence, default_thresholds())


def test_there_are_enough() -> None:
    assert len(OURS) >= 80
    assert len(NOBODYS) >= 55
    assert {language for _, language, _ in OURS} == {"pl", "en", "de"}
    assert {kind.split("/")[0] for kind, _, _ in OURS} == {"accounting", "hr", "it", "lab", "order"}


@pytest.mark.parametrize(("kind", "language", "text"), OURS)
def test_an_everyday_paper_is_never_filed_wrongly(kind: str, language: str, text: str) -> None:
    found = understand(reading(text))
    domain, doc_type = kind.split("/")
    if filed(found):
        assert (found.domain, found.doc_type) == (domain, doc_type), language


def test_most_everyday_papers_are_filed_unseen() -> None:
    sure_of = sum(filed(understand(reading(text))) for _, _, text in OURS)
    assert sure_of / len(OURS) >= 0.9


@pytest.mark.parametrize(("kind", "language", "text"), NOBODYS)
def test_what_is_nobodys_is_never_filed(kind: str, language: str, text: str) -> None:
    found = understand(reading(text))
    assert not filed(found), (kind, language, found.doc_type, found.confidence)
    assert {d.reason for d in found.doubts} & {"not_ours", "unsure_type"}


@pytest.mark.parametrize(("kind", "language", "text"), NOBODYS)
def test_a_date_alone_makes_no_trade_paper_of_it(kind: str, language: str, text: str) -> None:
    found = understand(reading(text + "\n12.06.2026\n"))
    assert found.doc_type not in ("invoice", "receipt") or not filed(found), (kind, language)
