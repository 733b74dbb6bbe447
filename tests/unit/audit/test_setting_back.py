"""req 37: a log that was put back says so, and only what was declared lost is set aside."""

import io
import json

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from akta.audit import verifier
from akta.audit.exporting import Span, export_lines
from akta.audit.setting_back import Loss, declare, find_loss
from akta.audit.verifying import read_known
from akta.bootstrap import App
from akta.cli.main import cli
from akta.kernel.errors import ConflictError
from tests.unit.audit.conftest import Desk


def _lose(desk: Desk, count: int = 3) -> None:
    """Write, anchor daily, and put the database back to before."""

    def more() -> None:
        for _ in range(count):
            desk.write()
            desk.anchoring().now(desk.database)
            desk.clock.move(minutes=5)

    desk.put_back(more)


def _find(desk: Desk) -> Loss | None:
    known = read_known(desk.anchoring(), desk.audit.public_key)
    with desk.database.snapshot() as session:
        return find_loss(session, desk.audit.public_key, known)


def _declare(desk: Desk, reason: str = "the disk was full") -> Loss:
    loss = _find(desk)
    assert loss is not None
    with desk.database.write() as session:
        declare(session, desk.audit, loss, actor="user:boss", reason=reason, now=desk.clock.now())
    return loss


def test_what_was_declared_lost_is_told_of_and_set_aside(desk: Desk) -> None:
    desk.write(2)
    desk.anchoring().now(desk.database)
    _lose(desk)
    desk.write(5)  # Akta went on: other entries stand now under the numbers of those that were lost
    assert not desk.report(desk.anchoring()).holds
    assert _declare(desk) == Loss(end=2, anchors=3)
    report = desk.report(desk.anchoring())
    assert report.problems == []
    [note] = [note for note in report.notes if "put back to entry 2" in note]
    assert "user:boss: the disk was full); 3 anchors" in note
    assert _find(desk) is None


def test_what_was_cut_off_is_found_until_somebody_declares_it(desk: Desk) -> None:
    desk.write(2)
    _lose(desk)
    assert "its end was cut" in desk.report(desk.anchoring()).problems[0]
    _declare(desk)
    assert desk.report(desk.anchoring()).holds


def test_a_declaration_sets_nothing_aside_that_was_anchored_after_it(desk: Desk) -> None:
    desk.write(2)
    _lose(desk)
    _declare(desk)
    desk.clock.move(minutes=1)
    _lose(desk, 2)
    assert not desk.report(desk.anchoring()).holds
    assert _declare(desk, "again").anchors == 2
    report = desk.report(desk.anchoring())
    assert report.problems == []
    assert sum("put back" in note for note in report.notes) == 2


def test_what_was_anchored_before_the_place_it_was_put_back_to_is_not_set_aside(desk: Desk) -> None:
    """Nobody rewrites the past by declaring that its end was lost."""
    desk.write(2)
    desk.anchoring().now(desk.database)
    _lose(desk)
    with desk.database.write() as session:
        late = Loss(end=2, anchors=3)
        declare(session, desk.audit, late, actor="user:boss", reason="x", now=desk.clock.now())
    line = desk.anchoring().daily.read_text().splitlines()[0]
    other = desk.audit.sign(verifier.head_message(1, "0" * 64))
    forged = line.replace('"seq":2', '"seq":1')
    fields = {"hash": "0" * 64, "signature": other}
    desk.anchoring().daily.open("a").write(json.dumps({**json.loads(forged), **fields}) + "\n")
    assert desk.report(desk.anchoring()).problems == [
        "Entry 1 differs from what was anchored outside the database."
    ]


def test_a_day_is_not_covered_by_an_anchor_of_what_was_lost(desk: Desk) -> None:
    desk.write(2)
    _lose(desk)
    desk.clock.move(days=5)
    _declare(desk)
    assert any("was not anchored outside" in note for note in desk.report(desk.anchoring()).notes)


def test_a_log_that_was_changed_is_not_declared(desk: Desk) -> None:
    desk.write(3)
    _lose(desk)
    with desk.database.write() as session:
        if desk.database.dialect == "postgresql":
            session.execute(text("SET LOCAL session_replication_role = replica"))
        else:
            session.execute(text("DROP TRIGGER IF EXISTS audit_entries_no_update"))
        session.execute(
            text("UPDATE audit_entries SET body = replace(body, 'user:a', 'user:b') WHERE seq = 2")
        )
    with pytest.raises(ConflictError, match="does not hold by itself"):
        _find(desk)


@pytest.mark.parametrize("span", [Span(), Span(1, 2), Span(3, 4), Span(6, 7)])
def test_an_export_and_parts_of_it_hold_too(desk: Desk, span: Span) -> None:
    desk.write(2)
    desk.anchoring().now(desk.database)
    _lose(desk)
    desk.write(5)
    _declare(desk)
    with desk.database.snapshot() as session:
        lines = list(export_lines(session, desk.audit, desk.anchoring(), span, by="a", now=desk.clock.now()))
    verdict = verifier.verify_export(verifier.lines_of(io.BytesIO(b"".join(lines))), desk.audit.public_key)
    assert verdict.findings.problems == []
    assert any("put back" in note for note in verdict.findings.notes) == verdict.whole


def test_an_undeclared_loss_is_found_in_an_export(desk: Desk) -> None:
    desk.write(2)
    _lose(desk)
    desk.write(1)
    with desk.database.snapshot() as session:
        lines = export_lines(session, desk.audit, desk.anchoring(), Span(), by="a", now=desk.clock.now())
        verdict = verifier.verify_export(
            verifier.lines_of(io.BytesIO(b"".join(lines))), desk.audit.public_key
        )
    assert len(verdict.findings.problems) == 3


def test_the_command(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AKTA_HOME", str(app.home))
    run = CliRunner()
    told = run.invoke(cli, ["audit", "set-back", "--reason", "none", "--yes"])
    assert (told.exit_code, "nothing to declare" in told.output) == (0, True)
    with app.database.read() as session:
        head = session.execute(text("SELECT seq, hash, signature FROM audit_head")).one()
    with app.database.write() as session:
        app.audit.note(session, app.clock.now(), "user:a", "record.read", "record:1")
    app.anchoring.now(app.database)
    with app.database.write() as session:
        session.execute(text("DROP TRIGGER audit_entries_no_delete"))
        session.execute(text("DELETE FROM audit_entries WHERE seq > :n"), {"n": head.seq})
        session.execute(
            text("UPDATE audit_head SET seq = :s, hash = :h, signature = :g"),
            {"s": head.seq, "h": head.hash, "g": head.signature},
        )
    assert run.invoke(cli, ["audit", "verify"]).exit_code == 1
    asked = run.invoke(cli, ["audit", "set-back", "--reason", "old disk"], input="n\n")
    assert asked.exit_code == 1
    told = run.invoke(cli, ["audit", "set-back", "--reason", "old disk"], input="y\n")
    assert (told.exit_code, f"put back to entry {head.seq}" in told.output) == (0, True)
    verified = run.invoke(cli, ["audit", "verify"])
    assert (verified.exit_code, "old disk" in verified.output) == (0, True)
