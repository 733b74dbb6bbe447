"""docs/retention.md: every key, condition and example of it works as written."""

import re

import pytest
import yaml
from click.testing import CliRunner

from akta.bootstrap import ROOT
from akta.cli.main import cli
from retention.rules.language import RULE_KEYS, read_condition, rule_data, written_condition
from retention.schedules.checking import check
from retention.schedules.loading import parse_plan
from retention.schedules.reading import read_plan
from retention.schedules.tables import COLUMNS

_PAGE = (ROOT / "docs" / "retention.md").read_text("utf-8")


def _section(title: str) -> str:
    return _PAGE.split(f"### {title}\n")[1].split("\n### ")[0]


def _rows(title: str) -> list[list[str]]:
    lines = [line for line in _section(title).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


_KEYS = _rows("A rule, key by key")
_CONDITIONS = [re.findall(r"`([^`]+)`", row[0])[0] for row in _rows("Conditions")]


def test_every_key_is_explained_with_an_example() -> None:
    explained = {key for row in _KEYS for key in re.findall(r"`([a-z_]+)`", row[0])}
    assert explained == RULE_KEYS
    assert all(re.fullmatch(r"`.+`", row[2]) for row in _KEYS)


@pytest.mark.parametrize("example", [row[2].strip("`") for row in _KEYS])
def test_the_example_of_a_key(example: str) -> None:
    """The example stands in a rule and is what the rule then says."""
    [(key, value)] = yaml.safe_load(example).items()
    whole = {"id": "R", "trigger": "a", "period": "1y", "basis": "law"}
    rule = {"id": "R", "basis": "law"} if key == "same_as" else whole
    other = {**whole, "id": "BASE", "period": "7y"}
    rules = [{**rule, key: value}, other]
    written = {"code": "X-1", "domain": "other", "title": {"pl": "a", "en": "b"}, "rules": rules}
    [cls] = parse_plan(yaml.safe_dump({"jurisdiction": "PL", "classes": [written]}))
    data = rule_data(cls.rules[0])
    match key:
        case "same_as":
            assert data["period"] == "7y"
        case "trigger" if "(" in value:
            assert list(data["trigger"]) == [value.split("(")[0]]
        case "valid_from":
            assert data[key] == str(value)
        case _:
            assert data[key] == value


@pytest.mark.parametrize("condition", _CONDITIONS)
def test_the_example_of_a_condition(condition: str) -> None:
    assert written_condition(read_condition(condition)) == condition


def test_the_plans_of_the_page_are_in_order() -> None:
    [plan] = re.findall(r"<!-- example -->\n```yaml\n(.*?)```", _PAGE, re.DOTALL)
    [table] = re.findall(r"<!-- table -->\n```csv\n(.*?)```", _PAGE, re.DOTALL)
    for text, is_table in ((plan, False), (table, True)):
        read = read_plan(text, table=is_table)
        assert [f for f in check(read.classes, read.facts) if f.level == "error"] == []
        assert len(read.classes) == 1
    assert len(read_plan(table, table=True).classes[0].rules) == 2


def test_columns_are_the_keys() -> None:
    keys = {column.removeprefix("note_") if column.startswith("note_") else column for column in COLUMNS}
    assert RULE_KEYS - {"id", "note"} <= keys
    assert "rule" in COLUMNS


@pytest.mark.parametrize("line", re.findall(r"^akta (schedule \w+)", _PAGE, re.MULTILINE))
def test_commands_of_the_page_exist(line: str) -> None:
    assert CliRunner().invoke(cli, [*line.split(), "--help"]).exit_code == 0
