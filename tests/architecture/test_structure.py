"""The structure is tested: arrows, names, sizes, locks, documents."""

import ast
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from akta.bootstrap import ROOT, alembic_config
from akta.cli.main import COMMANDS
from akta.records.reasons import REASONS, explain, way_out
from akta.settings import Settings

ROOTS = {"akta", "api", "ingest", "indexer", "retention", "workflows", "tests", "bench"}
#: A room larger than this asks to be split; a suite of tests may be longer than what it tests.
BUDGET, BUDGET_OF_TESTS = 450, 700
#: One file that stands alone, so that a stranger can read it and run it.
ALONE = {ROOT / "akta" / "audit" / "verifier.py": 500}


def _tracked(pattern: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", pattern],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).exists()]


def test_arrows_point_down() -> None:
    told = subprocess.run(
        [Path(sys.executable).parent / "lint-imports"],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stdout[-3000:]


def test_root_packages_are_known_and_hide_nobody() -> None:
    found = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert found == ROOTS
    installed = set(packages_distributions())
    assert not found & set(sys.stdlib_module_names)
    assert not (found & installed) - {"tests"}  # a stray 'tests' of a wheel comes after ours on the path


def test_rooms_stay_small() -> None:
    large = [
        f"{path.relative_to(ROOT)}: {lines}"
        for path in _tracked("*.py")
        if "migrations" not in path.parts
        and (lines := len(path.read_text("utf-8").splitlines()))
        > (BUDGET_OF_TESTS if "tests" in path.parts else ALONE.get(path, BUDGET))
    ]
    assert large == []


def test_locks_carry_versions_and_hashes_only() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text()
        assert "://" not in text
        assert "--hash=sha256:" in text


def test_direct_dependencies_are_explained() -> None:
    explained = (ROOT / "docs" / "dependencies.md").read_text()
    for name in ("requirements.in", "requirements-dev.in"):
        for line in (ROOT / name).read_text().splitlines():
            if line and not line.startswith(("#", "-")):
                assert line.split("[")[0] in explained, line


def test_settings_are_documented() -> None:
    told = (ROOT / "docs" / "operations.md").read_text()
    for name in Settings.model_fields:
        assert f"AKTA_{name.upper()}" in told, name


def test_reasons_are_sentences_in_both_languages() -> None:
    for code in REASONS:
        for language in ("en", "pl"):
            assert explain(code, {}, language).endswith((".", "?")), code
            assert way_out(code, language)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str) -> None:
    from click.testing import CliRunner

    from akta.cli.main import cli

    told = CliRunner().invoke(cli, [name, "--help"])
    assert told.exit_code == 0, told.output
    assert len(told.output.splitlines()) > 4


def test_migrations_and_models_agree(database_url: str) -> None:
    """What the migrations make is what the models say, on both databases."""
    from alembic import command

    command.check(alembic_config(database_url))


def test_migrations_go_down_and_up_again(database_url: str) -> None:
    from alembic import command

    config = alembic_config(database_url)
    command.downgrade(config, "base")
    command.upgrade(config, "head")
    command.check(config)
    create_engine(database_url).dispose()


def test_no_file_was_left_between_two_versions() -> None:
    """A merge that was not settled: the catalogue of messages would be read past such lines."""
    marks = re.compile(r"^(<{7} |>{7} |={7}$)", re.MULTILINE)
    names = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    text = (".py", ".po", ".html", ".md", ".js", ".css", ".yaml", ".yml", ".txt", ".toml", ".in", ".sh")
    found = [n for n in names.split("\n") if n.endswith(text) and marks.search((ROOT / n).read_text("utf-8"))]
    assert found == []


def test_polish_messages_are_complete() -> None:
    """Every message of a template has its Polish."""
    from babel.messages.extract import extract_from_dir
    from babel.messages.pofile import read_po

    with (ROOT / "api/web/locale/pl.po").open("rb") as file:
        polish = {m.id if isinstance(m.id, str) else m.id[0]: m.string for m in read_po(file, locale="pl")}
    missing = []
    found = extract_from_dir(ROOT / "api/web/templates", method_map=[("**.html", "jinja2")])
    for _file, _line, message, _comments, _context in found:
        text = re.sub(r"\s+", " ", message if isinstance(message, str) else message[0]).strip()
        if not polish.get(text):
            missing.append(text)
    assert missing == []


#: Modules whose errors people meet on the pages.
_TOLD = (
    *(
        "ingest/decisions.py",
        "ingest/manner.py",
        "ingest/fields/typed.py",
        "akta/records/guard.py",
        "retention/holds/placing.py",
        "retention/holds/releasing.py",
        "retention/holds/notices.py",
        "retention/holds/scopes.py",
        "retention/holds/listing.py",
        "retention/holds/previewing.py",
        "api/web/holds.py",
    ),
    *("api/web/changes.py", "api/web/record.py", "api/web/session.py", "api/web/intake.py"),
    *(
        "api/web/piles.py",
        "ingest/piles/requests.py",
        "ingest/piles/arranging.py",
        "ingest/piles/deciding.py",
    ),
    *("ingest/parties/deciding.py", "akta/records/parties/visible.py"),
    *("indexer/query/parser.py", "indexer/engines/folder.py", "indexer/engines/tantivy.py"),
    *("indexer/engines/whoosh.py", "indexer/saved/searches.py", "indexer/saved/news.py"),
    *("indexer/exports/service.py", "api/web/searches.py"),
    *("akta/records/gathering.py", "retention/keeping/naming.py", "api/web/cases.py", "api/web/entities.py"),
    *("akta/records/cases.py", "api/web/events.py", "api/web/schedules.py", "api/web/retention.py"),
    *(
        f"retention/events/{name}.py"
        for name in ("recording", "days", "kinds", "subjects", "importing", "listing")
    ),
    *(f"retention/schedules/{name}.py" for name in ("drafts", "publishing", "fixing", "simulation")),
    *(f"retention/keeping/{name}.py" for name in ("approving", "due", "extensions")),
    *("retention/rules/fiscal.py", "retention/rules/derivation.py"),
    *("retention/schedules/building.py", "retention/schedules/tables.py"),
    *("retention/disposition/proposing.py", "retention/disposition/deciding.py"),
    *("retention/disposition/releasing.py", "retention/disposition/showing.py"),
    *("retention/disposition/changing.py", "retention/transfer/service.py"),
    *("retention/requests/service.py", "ingest/redacting.py", "akta/records/stubs.py"),
    *("api/web/dispositions.py", "api/web/requests.py"),
    *(f"akta/access/{name}.py" for name in ("accounts", "second_factor", "sessions", "signed_in")),
    *("akta/access/signing_in.py", "api/web/account.py", "api/web/second_factor.py"),
    *(f"akta/access/oidc/{name}.py" for name in ("fetching", "links", "provider")),
    *("akta/operations/job_desk.py", "ingest/training/registry.py"),
    *(f"api/web/admin/{name}.py" for name in ("people", "roles", "tokens", "jobs", "models")),
    *("akta/operations/timeline.py", "api/web/printing.py", "akta/records/links.py", "api/web/links.py"),
    *("ingest/uploads/service.py", "api/resumable.py"),
    *("akta/audit/reading.py", "akta/records/auditing.py", "akta/records/states.py", "api/web/audit.py"),
)


def test_what_stands_in_the_way_of_people_is_said_in_polish() -> None:
    """Every sentence that an error begins with is in the catalogue, with a place for each of its facts."""
    from api.web.i18n import messages

    known = {re.sub(r"\{\w*\}", "{}", english) for english in messages("pl")}
    missing = []
    for name in _TOLD:
        for node in ast.walk(ast.parse((ROOT / name).read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "").endswith("Error") and node.args:
                said = _sentences(node.args[0])
                missing += [f"{name}: {sentence}" for sentence in said if sentence not in known]
    assert missing == [], "\n".join(missing)


def _sentences(node: ast.expr) -> list[str]:
    if isinstance(node, ast.IfExp):
        return _sentences(node.body) + _sentences(node.orelse)
    if isinstance(node, ast.JoinedStr):
        return ["".join(str(v.value) if isinstance(v, ast.Constant) else "{}" for v in node.values)]
    return [str(node.value)] if isinstance(node, ast.Constant) else []
