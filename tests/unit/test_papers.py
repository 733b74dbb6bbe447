"""The papers we make: each kind comes in each language and medium, and what is said of it stands on it."""

import re
import subprocess
import sys

import pytest

from akta.settings import ROOT
from ingest.classify.types import TYPES
from ingest.fields.names import FIELDS
from tests.papers import KINDS, generate, languages_for, media_for
from tests.papers.kinds import REGISTRY
from tests.papers.make import stands

_DPI = 36  # nobody reads these; they only have to be made
_CALLED_OTHERWISE = frozenset(["iban"])  # `bank_account` among the fields
_STARTS = {
    "pdf": b"%PDF-",
    "scan-pdf": b"%PDF-",
    "scan": b"\xff\xd8",
    "photo": b"\xff\xd8",
    "tiff": b"II*\x00",
    "docx": b"PK",
    "xlsx": b"PK",
    "hl7": b"MSH|^~\\&|",
    "xml": b"<?xml",
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_filed_under_a_type_that_exists(kind: str) -> None:
    made = REGISTRY[kind]
    assert TYPES[made.doc_type].domain == made.domain


@pytest.mark.parametrize(
    ("kind", "language"), [(k, language) for k in KINDS for language in languages_for(k)]
)
def test_the_truth_stands_on_the_paper_in_every_medium(kind: str, language: str) -> None:
    for medium in media_for(kind):
        paper = generate(kind, 11, language, medium, _DPI)
        assert paper.data.startswith(_STARTS.get(medium, b"")), medium
        assert paper.truth.keys() <= FIELDS.keys() | _CALLED_OTHERWISE, medium
        assert {f: v for f, v in paper.truth.items() if not stands(f, v, paper.text)} == {}, medium
    texts = [generate(kind, seed, language, "text") for seed in (1, 2)]
    assert texts[0] == generate(kind, 1, language, "text") != texts[1]


@pytest.mark.parametrize("language", ["pl", "en"])
def test_a_message_of_results_is_put_together_as_the_standard_says(language: str) -> None:
    for seed in range(8):
        paper = generate("lab_report", seed, language, "hl7")
        assert "\n" not in paper.text
        assert paper.text.endswith("\r")
        segments = [line.split("|") for line in paper.text.split("\r")[:-1]]
        header, names = segments[0], "".join(segment[0] + " " for segment in segments)
        assert (header[8], header[11], header[17]) == ("ORU^R01^ORU_R01", "2.5.1", "UNICODE UTF-8")
        assert re.fullmatch(r"MSH PID PV1 (ORC OBR (OBX )+(NTE )?SPM )+", names)
        results = [segment for segment in segments if segment[0] == "OBX"]
        for result in results:
            assert result[2] == "NM"
            assert float(result[5]) >= 0
            assert result[11] == "F"
        assert paper.truth["obx"] == str(len(results))
        assert paper.truth["abnormal_flags"] == str(sum(r[8] in ("H", "L") for r in results))


@pytest.mark.parametrize("language", ["pl", "en"])
def test_somebody_employed_is_of_age_and_paid_less_than_earned(language: str) -> None:
    for seed in range(10):
        truth = generate("payslip", seed, language, "text").truth
        assert 0 < float(truth["net_pay"]) < float(truth["gross_pay"])
        truth = generate("employment_certificate", seed, language, "text").truth
        assert truth["hire_date"] < truth["termination_date"] <= truth["date"]
        if "birth_date" in truth:
            assert int(truth["hire_date"][:4]) - int(truth["birth_date"][:4]) >= 18


def test_samples_are_made_in_a_process_that_reads_nothing() -> None:
    every = "from tests.papers.samples import NAMES, sample; [sample(name) for name in NAMES]"
    made = subprocess.run(
        [sys.executable, "-c", every], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stderr[-500:]
