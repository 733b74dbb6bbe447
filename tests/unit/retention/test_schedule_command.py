"""`akta schedule`: what people and programs are told, and the exit codes."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from akta.cli import main as frame
from akta.cli.main import cli
from akta.kernel.errors import NotFoundError
from retention.schedules.loading import read_yaml
from retention.schedules.tables import read_csv
from tests.unit.retention.rules import SHIPPED

PLAN = """jurisdiction: PL
classes:
  - code: X-1
    domain: hr
    title: {pl: Klasa, en: Class}
    rules:
      - {id: A, trigger: employment_end, period: 5y, basis: law}
"""


def _run(*args: str | Path) -> Result:
    return CliRunner().invoke(cli, ["schedule", *map(str, args)])


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    file = tmp_path / "plan.yaml"
    file.write_text(PLAN, "utf-8")
    return file


def test_a_plan_in_order(plan: Path) -> None:
    told = _run("validate", plan)
    assert (told.exit_code, told.output) == (0, "1 class, all in order.\n")
    assert json.loads(_run("validate", plan, "--json").output) == {
        "valid": True,
        "classes": 1,
        "findings": [],
    }


def test_a_plan_that_cannot_be_read_is_pointed_at(plan: Path) -> None:
    plan.write_text(PLAN.replace("5y", "five"), "utf-8")
    told = _run("validate", plan)
    assert told.exit_code == 2
    assert told.output.startswith("error: plan.yaml: line 7, period: is written like")
    found = json.loads(_run("validate", plan, "--json").output)
    assert (found["valid"], found["findings"][0]["line"], found["findings"][0]["field"]) == (
        False,
        7,
        "period",
    )


def test_findings_in_both_languages(plan: Path) -> None:
    plan.write_text(PLAN.replace("employment_end", "employment_ends"), "utf-8")
    told = _run("validate", plan, "--language", "pl")
    assert told.exit_code == 2
    assert "czy chodzi o employment_end" in told.output
    plan.write_text(PLAN.replace("employment_end", "moon_landing"), "utf-8")
    told = _run("validate", plan)
    assert (told.exit_code, told.output.splitlines()[-1]) == (0, "1 class, 1 warning.")


def test_a_file_that_is_no_text(plan: Path) -> None:
    plan.write_bytes(b"\xff\xfe\x00")
    told = _run("validate", plan)
    assert told.exit_code != 0
    assert "not in UTF-8" in str(told.exception)


def test_what_is_shown_can_be_read_again() -> None:
    classes = list(SHIPPED.values())
    assert list(read_yaml(_run("show", "--shipped", "--format", "yaml").stdout).classes) == classes
    text = _run("show", "--shipped", "--format", "csv").stdout
    assert list(read_csv(text).classes) == classes
    lines = _run("show", "--shipped", "--json").output.splitlines()
    assert [json.loads(line)["code"] for line in lines] == list(SHIPPED)
    one = _run("show", "PL-HR-13", "--shipped").output
    assert "Odpisy zawiadomień o ukaraniu / Notes of disciplinary penalties" in one
    assert "limit" in one
    missing = _run("show", "PL-XX", "--shipped")
    assert isinstance(missing.exception, NotFoundError)


def test_classes_in_use_are_those_of_the_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AKTA_HOME", str(tmp_path / "home"))
    told = _run("show", "--json")
    assert told.exit_code == 0, told.output
    in_use = {json.loads(line)["code"]: json.loads(line) for line in told.output.splitlines()}
    assert in_use == {code: cls.source for code, cls in SHIPPED.items()}


def test_two_plans_compared(plan: Path, tmp_path: Path) -> None:
    new = tmp_path / "new.yaml"
    new.write_text(PLAN.replace("5y", "4y"), "utf-8")
    told = _run("compare", plan, new)
    assert told.output.splitlines() == [
        "X-1",
        "  A: period: 5y → 4y.",
        "  refused if locked: A: its period could end earlier: 5y → 4y.",
    ]
    data = json.loads(_run("compare", plan, new, "--json", "--language", "pl").output)
    assert (data["allowed_when_locked"], data["refusals"][0]["reason"]) == (False, "shorter")
    assert data["refusals"][0]["message"].startswith("A: jej okres")
    assert _run("compare", plan, plan).output == "There is no difference.\n"
    longer = json.loads(_run("compare", new, plan, "--json").output)
    assert longer["allowed_when_locked"] is True


def test_the_command_is_listed() -> None:
    assert frame.COMMANDS["schedule"] == "akta.cli.schedule"
