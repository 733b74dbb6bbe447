"""`akta evaluate` over generated papers with known truth, as a person runs it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from akta.bootstrap import ROOT
from tests.papers import generate

PAPERS = (("invoice", "text"), ("invoice", "xml"), ("lab_report", "hl7"), ("receipt", "scan"))


def _evaluate(manifest: Path, *options: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "AKTA_SECOND_READER": "false"}
    return subprocess.run(
        [sys.executable, "-m", "akta.cli", "evaluate", str(manifest), *options],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("truth")
    lines = []
    for number, (kind, medium) in enumerate(PAPERS):
        paper = generate(kind, 40 + number, "pl", medium, 200)  # type: ignore[arg-type]
        (folder / f"{number}-{paper.name}").write_bytes(paper.data)
        line: dict[str, Any] = {
            "path": f"{number}-{paper.name}",
            "kind": medium,
            "language": "pl",
            "source": "generated@1",
        }
        truth = {name: str(value) for name, value in paper.truth.items()}
        line |= {
            "domain": paper.domain,
            "doc_type": paper.doc_type,
            "ground_truth": truth,
            "text": paper.text,
        }
        lines.append(json.dumps(line, ensure_ascii=False))
    gone = {"path": "gone.pdf", "kind": "pdf", "language": "pl", "domain": "hr", "doc_type": "payslip"}
    lines.append(json.dumps(gone))
    (folder / "manifest.jsonl").write_text("\n".join(lines), "utf-8")
    return folder / "manifest.jsonl"


def test_every_document_is_scored_and_a_missing_one_is_said(manifest: Path) -> None:
    told = _evaluate(manifest, "--json")
    assert told.returncode == 0, told.stderr
    report = json.loads(told.stdout)
    by_path = {Path(line["path"]).name: line for line in report["documents"]}
    assert len(by_path) == 5
    assert by_path["gone.pdf"]["state"] == "error"
    (whole,) = report["all"].values()
    assert whole["documents"] == 5
    assert whole["domain_right"] >= 0.8
    total = report["kind"]["xml"]["fields"]["total"]
    assert (total["hits"], total["of"], total["f1"]) == (1, 1, 1.0)
    assert report["source"]["generated"]["documents"] == 4
    assert 0 <= whole["calibration_error"] <= 1
    assert 0 < whole["understanding_cpu_median"] < whole["cpu_seconds"]


def test_a_part_of_them_as_a_table(manifest: Path) -> None:
    told = _evaluate(manifest, "--match", "hl7")
    assert told.returncode == 0, told.stderr
    assert "lab_report" in told.stdout
    assert "invoice" not in told.stdout
    assert _evaluate(manifest, "--match", "nothing like it").returncode == 2
