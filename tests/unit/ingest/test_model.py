"""The model: thresholds from costs, files taken as untrusted, fitting, comparing."""

import io
import random
import zipfile

import numpy as np
import pytest

from ingest.classify.costs import LEAST, MOST, default_thresholds, sure, threshold, thresholds, with_costs
from ingest.classify.decide import decide, weigh
from ingest.classify.features import WIDTH, features_of
from ingest.classify.residual import BUILT_IN, BrokenModelError, Model, digest, dump, load
from ingest.classify.types import TYPES
from ingest.fields.rows import rows_of
from ingest.training.compare import BETTER, SAME, TOO_FEW, WORSE, compare
from ingest.training.fit import Example, calibrate, fit
from ingest.understand import Judge, understand
from tests.unit.ingest.test_understand import reading
from tests.unit.ingest.understand_papers import NOBODYS, PAPERS

DOMAINS = {code: kind.domain for code, kind in TYPES.items()}


def example(key: str, doc_type: str, text: str) -> Example:
    paper = reading(text)
    rows = rows_of(paper)
    scores, shape, *_ = weigh(paper, rows)
    return Example(key, doc_type, features_of(rows, shape, "pl"), scores)


def odd(count: int, start: int = 0) -> list[Example]:
    """Papers of a house that calls its invoices something no lexicon has."""
    out = []
    for number in range(start, start + count):
        rng = random.Random(number)
        text = (
            f"Kwitariusz zużycia {number}\nPozycja {rng.randint(1, 99)}\nWychodzi {rng.randint(1, 9)},00 zł\n"
        )
        out.append(example(f"odd{number}", "invoice", text))
    return out


def trained(examples: list[Example], penalty: float = 1.0) -> Model:
    types = tuple(TYPES)
    return Model("test", types, fit(examples, types, penalty), BUILT_IN.temperatures)


# -- costs ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("review", "misfiled", "wanted"),
    [(1, 4, 0.75), (1, 20, 0.95), (2, 8, 0.75), (1, 1, LEAST), (1, 1e6, MOST)],
)
def test_a_threshold_weighs_a_mistake_against_a_review(review: float, misfiled: float, wanted: float) -> None:
    assert threshold(review, misfiled) == pytest.approx(wanted)


def test_filing_costs_less_than_asking_exactly_beyond_the_threshold() -> None:
    for misfiled in (3.0, 5.0, 9.0):
        limit = threshold(1.0, misfiled)
        assert (1 - (limit + 0.01)) * misfiled < 1.0 < (1 - (limit - 0.01)) * misfiled


def test_costs_can_be_set_by_domain() -> None:
    changed = with_costs("hr=20, lab=10")
    assert changed["hr"] == pytest.approx(0.95)
    assert changed["lab"] == pytest.approx(0.9)
    assert changed["order"] == default_thresholds()["order"]


@pytest.mark.parametrize("text", ["hr", "hr=much", "other=3", "hr=0", "hr=-4"])
def test_costs_that_make_no_sense_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        with_costs(text)
    with pytest.raises(ValueError, match="misfiled"):
        thresholds({"review": 1})


def test_nobodys_paper_is_never_sure() -> None:
    assert not sure("other", 1.0, {"other": 0.1})
    assert not sure(None, 1.0, {})
    assert sure("hr", 0.9, default_thresholds())


def test_a_higher_cost_sends_a_paper_to_a_person() -> None:
    paper = reading(PAPERS["faktura"][2])
    confidence = understand(paper).confidence
    careful = Judge(thresholds={"accounting": min(1.0, confidence + 0.0001)})
    assert [d.reason for d in understand(paper, judge=careful).doubts] == ["unsure_type"]


# -- fitting -------------------------------------------------------------------


def test_without_examples_it_is_exactly_the_lexicon() -> None:
    model = trained([])
    for _, _, text in PAPERS.values():
        paper = reading(text)
        assert decide(paper, rows_of(paper), model).ranked == decide(paper, rows_of(paper)).ranked


def test_what_people_confirmed_is_learnt_and_carries_over() -> None:
    unseen = odd(5, start=500)
    assert all(BUILT_IN.ranked(e.scores, DOMAINS)[0][0] != "invoice" for e in unseen)
    model = trained(odd(40) + [example(f"n{i}", "unknown", t) for i, t in enumerate(NOBODYS.values())])
    judge = Judge(model)
    found = understand(reading("Kwitariusz zużycia 901\nPozycja 7\nWychodzi 3,00 zł\n"), judge=judge)
    assert found.doc_type == "invoice"
    assert found.model_version == "test"
    for text in NOBODYS.values():
        assert understand(reading(text), judge=judge).domain == "other"


def test_the_same_examples_give_the_same_weights() -> None:
    assert np.array_equal(trained(odd(20)).weights, trained(odd(20)).weights)


def test_a_strong_penalty_leaves_the_lexicon_in_charge() -> None:
    weights = trained(odd(20), penalty=1e7).weights
    assert weights is not None
    assert np.abs(weights).max() < 1e-4


def test_a_model_too_sure_is_cooled_down() -> None:
    rng = random.Random(1)
    papers = []
    for number in range(80):  # right in three of four, though it says 99 of 100
        right = rng.random() < 0.75
        scores = dict.fromkeys(TYPES, 0.0) | {"invoice": 10.0}
        papers.append(Example(str(number), "invoice" if right else "receipt", {}, scores))
    warm = calibrate(papers, BUILT_IN, DOMAINS)["accounting"]
    assert warm > 1.0
    assert calibrate(papers[:5], BUILT_IN, DOMAINS) == {}


# -- the file ------------------------------------------------------------------


def packed(**parts: np.ndarray) -> bytes:
    out = io.BytesIO()
    np.savez_compressed(out, **parts)  # type: ignore[arg-type]
    return out.getvalue()


def test_a_model_comes_back_as_it_was_kept() -> None:
    model = trained(odd(10))
    data = dump(model)
    back = load(data, "v", digest(data))
    assert back.types == model.types
    assert model.weights is not None
    assert back.weights is not None
    assert np.allclose(back.weights, model.weights, atol=2e-3)


def test_broken_files_are_refused() -> None:
    data = dump(trained(odd(10)))
    about = np.load(io.BytesIO(data))["about"]
    types = len(TYPES)
    nan = np.full((WIDTH, types), np.nan, dtype=np.float16)
    huge = np.full((WIDTH, types), 1000.0, dtype=np.float16)
    pickled = np.array([{"a": 1}], dtype=object)
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("about.npy", b"0" * 30_000_000)
        out.writestr("weights.npy", b"0")
    wrong = [
        b"",
        b"no model",
        data[: len(data) // 2],
        packed(about=about, weights=nan),
        packed(about=about, weights=huge),
        packed(about=about, weights=np.zeros((3, types), dtype=np.float16)),
        packed(about=about, weights=pickled),
        packed(about=np.frombuffer(b'{"format": 1}', dtype=np.uint8), weights=nan),
        packed(weights=nan),
        bomb.getvalue(),
    ]
    for bytes_ in wrong:
        with pytest.raises(BrokenModelError):
            load(bytes_, "v", digest(bytes_))
    with pytest.raises(BrokenModelError):
        load(data, "v", "0" * 64)


# -- comparing -----------------------------------------------------------------


def held_back(each: int = 15) -> list[Example]:
    chosen = ("faktura", "paragon")
    out = odd(each)
    for name in chosen:
        _, doc_type, text = PAPERS[name]
        out += [example(f"{name}{i}", doc_type, text) for i in range(each)]
    texts = list(NOBODYS.values())
    out += [example(f"n{i}", "unknown", texts[i % len(texts)]) for i in range(each)]
    return out


def test_better_same_worse_and_too_few() -> None:
    limits = default_thresholds()
    papers = held_back()
    better = trained(odd(60, start=1000))
    assert compare(papers, BUILT_IN, better, DOMAINS, limits).verdict == BETTER
    assert compare(papers, BUILT_IN, BUILT_IN, DOMAINS, limits).verdict == SAME
    assert compare(papers[:20], BUILT_IN, better, DOMAINS, limits).verdict == TOO_FEW
    few_of_one = [*odd(50), example("lab", "unknown", NOBODYS[next(iter(NOBODYS))])]
    assert compare(few_of_one, BUILT_IN, better, DOMAINS, limits).verdict == TOO_FEW
    found = compare(papers, better, BUILT_IN, DOMAINS, limits)
    assert (found.verdict, found.worse_in) == (WORSE, ("accounting",))
    assert compare(papers[:20], better, BUILT_IN, DOMAINS, limits).verdict == WORSE
