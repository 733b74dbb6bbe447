"""Versions of the model: trained on what people accepted, promoted, noticed, rolled back, backed up."""

import json
from pathlib import Path

import pytest
from sqlalchemy import select, update

from akta.access.principal import Principal, operator
from akta.access.roles import rights_of
from akta.audit.models import AuditEntry
from akta.bootstrap import App, build
from akta.events.models import Job
from akta.kernel.errors import ConflictError, ForbiddenError, NotFoundError
from akta.kernel.ids import new_id
from akta.operations.backup import back_up
from akta.operations.restore import restore
from akta.records.models import Record
from akta.worker.runner import Handler, Runner
from ingest.classify.residual import BUILT_IN_VERSION
from ingest.jobnames import JOB_PROCESS, JOB_TRAIN
from ingest.training.models import ModelVersion
from ingest.training.registry import LiveModel
from ingest.training.reviewed import count_reviewed
from ingest.training.trainer import part_of
from tests.integration.test_pipeline import _record, _take

SECOND = f"{BUILT_IN_VERSION}+2"
WHO = operator("test")


def _odd(number: int) -> bytes:
    """An invoice of a house that calls it what nobody else does; each from another sender."""
    return f"Kwitariusz zużycia {number}\nDom Handlowy {number * 37}\nWychodzi {number},00 zł\n".encode()


def _work(app: App, *kinds: str) -> None:
    """Do the jobs of these kinds only: previews and the index are nothing to a model."""
    handlers = {kind: Handler(*pair) for kind, pair in app.handlers().items() if kind in kinds}
    runner = Runner(app.database, app.clock, handlers)
    while runner.run_next("test:1:1"):
        pass


@pytest.fixture
def reviewed(app: App) -> App:
    """An archive in which people said of papers that are odd what they are."""
    for number in range(1, 41):
        _take(app, f"{number}.txt", _odd(number))
    _work(app, JOB_PROCESS)
    with app.database.write() as session:
        for record_id in session.scalars(select(Record.id)).all():
            app.decisions.correct(session, WHO, record_id, doc_type="invoice", accept=True)
    return app


def _train(app: App) -> list[ModelVersion]:
    with app.database.write() as session:
        app.models.ask_to_train(session, WHO)
    _work(app, JOB_TRAIN)
    with app.database.read() as session:
        return list(session.scalars(select(ModelVersion).order_by(ModelVersion.id)))


def _judged(app: App, number: int) -> Record:
    record_id = _take(app, f"later{number}.txt", _odd(number))
    _work(app, JOB_PROCESS)
    return _record(app, record_id)


def test_a_version_is_trained_promoted_noticed_and_rolled_back(reviewed: App) -> None:
    app = reviewed
    (made,) = _train(app)
    assert made.version == f"{BUILT_IN_VERSION}+1"
    assert made.state == "candidate"  # forty papers are too few to decide by figures
    assert made.metrics["verdict"] == "too_few"
    assert made.trained_on["papers"] + made.trained_on["held_back"] == 40
    before = _judged(app, 900)
    assert (before.doc_type, before.model_version) != ("invoice", made.version)
    assert before.model_version == BUILT_IN_VERSION
    with app.database.write() as session:
        app.models.promote(session, WHO, made.version)
    after = _judged(app, 901)
    assert (after.doc_type, after.model_version) == ("invoice", made.version)
    with app.database.write() as session:
        assert app.models.rollback(session, WHO) == BUILT_IN_VERSION
    assert _judged(app, 902).model_version == BUILT_IN_VERSION
    with app.database.read() as session:
        asked = select(AuditEntry.action).where(AuditEntry.subject == f"model:{made.version}")
        actions = session.scalars(asked.order_by(AuditEntry.seq)).all()
    assert actions == ["model.trained", "model.promoted", "model.rolled_back"]


def test_training_again_on_the_same_papers_makes_no_version(reviewed: App) -> None:
    assert len(_train(reviewed)) == 1
    assert len(_train(reviewed)) == 1


def test_a_broken_version_leaves_the_lexicon_in_charge_and_says_so(reviewed: App) -> None:
    app = reviewed
    (made,) = _train(app)
    with app.database.write() as session:
        app.models.promote(session, WHO, made.version)
        session.execute(update(ModelVersion).values(data=b"no model"))
    app.__dict__.pop("live_model", None)
    app.__dict__.pop("models", None)
    app.__dict__.pop("pipeline", None)
    assert _judged(app, 903).model_version == BUILT_IN_VERSION
    with app.database.read() as session:
        listed = app.models.list(session, WHO)
    assert listed["in_force"] == BUILT_IN_VERSION
    assert made.version in listed["problem"]
    with app.database.write() as session:
        app.models.rollback(session, WHO)
    with app.database.write() as session, pytest.raises(ConflictError, match="cannot be used"):
        app.models.promote(session, WHO, made.version)


def test_a_version_that_compared_worse_is_promoted_by_force_only(reviewed: App) -> None:
    app = reviewed
    (made,) = _train(app)
    with app.database.write() as session:
        row = session.get_one(ModelVersion, made.id)
        row.metrics = {**row.metrics, "verdict": "worse", "worse_in": ["lab"]}
    with app.database.write() as session, pytest.raises(ConflictError, match="worse"):
        app.models.promote(session, WHO, made.version)
    with app.database.write() as session:
        app.models.promote(session, WHO, made.version, force=True)
        with pytest.raises(ConflictError, match="already"):
            app.models.promote(session, WHO, made.version)
        with pytest.raises(NotFoundError):
            app.models.promote(session, WHO, "lexicon-2+99")
    with app.database.read() as session:
        asked = select(AuditEntry.body).where(AuditEntry.action == "model.promoted")
        (told,) = [json.loads(body)["details"] for body in session.scalars(asked)]
    assert (told["forced"], told["worse_in"]) == (True, ["lab"])


def test_one_does_not_roll_back_to_a_version_that_is_broken(reviewed: App) -> None:
    app = reviewed
    (made,) = _train(app)
    with app.database.write() as session:
        app.models.promote(session, WHO, made.version)
        row = session.get_one(ModelVersion, made.id)
        columns = {c.key: getattr(row, c.key) for c in ModelVersion.__table__.columns}
        session.add(
            ModelVersion(
                **{**columns, "id": new_id(), "version": f"{BUILT_IN_VERSION}+2", "state": "candidate"}
            )
        )
        session.flush()
        app.models.promote(session, WHO, SECOND)
        row.data = b"no model"
    with app.database.write() as session:
        assert app.models.rollback(session, WHO) == BUILT_IN_VERSION
        assert app.models.list(session, WHO)["problem"] is None
    with app.database.read() as session:
        asked = select(AuditEntry.body).where(AuditEntry.action == "model.rolled_back")
        (told,) = [json.loads(body)["details"] for body in session.scalars(asked)]
    assert told["to"] == BUILT_IN_VERSION


def test_only_what_people_confirmed_counts(app: App) -> None:
    for number in range(3):
        _take(app, f"{number}.txt", f"Faktura VAT nr {number}/2026\nDo zapłaty: 12,00 PLN\n".encode())
    _work(app, JOB_PROCESS)
    with app.database.write() as session:
        assert count_reviewed(session) == 0  # filed by Akta itself: that teaches nothing
        with pytest.raises(ConflictError, match="at least 30"):
            app.models.ask_to_train(session, WHO)


def test_who_may(app: App) -> None:
    for role, allowed in (("officer", True), ("administrator", True), ("clerk", False), ("auditor", False)):
        principal = Principal(f"user:{role}", role, rights_of([role]))
        with app.database.write() as session:
            if allowed:
                assert app.models.list(session, principal)["in_force"] == BUILT_IN_VERSION
                with pytest.raises(ConflictError, match="lexicon alone"):
                    app.models.rollback(session, principal)
            else:
                with pytest.raises(ForbiddenError):
                    app.models.list(session, principal)
                with pytest.raises(ForbiddenError):
                    app.models.rollback(session, principal)


def test_versions_are_backed_up_and_still_judge(reviewed: App, tmp_path: Path) -> None:
    (made,) = _train(reviewed)
    with reviewed.database.write() as session:
        reviewed.models.promote(session, WHO, made.version)
    back_up(reviewed, tmp_path / "b.tar")
    settings = reviewed.settings.model_copy(update={"home": tmp_path / "again"})
    other = build(settings, restoring=True)
    try:
        restore(other, tmp_path / "b.tar")
        with other.database.read() as session:
            assert LiveModel().get(session).version == made.version
    finally:
        other.close()


def test_the_job_waits_behind_all_other_work(reviewed: App) -> None:
    with reviewed.database.write() as session:
        reviewed.models.ask_to_train(session, WHO)
        reviewed.models.ask_to_train(session, WHO)
        waiting = session.execute(select(Job.kind, Job.priority).where(Job.state == "ready")).all()
    (mine,) = [priority for kind, priority in waiting if kind == JOB_TRAIN]
    assert mine > max(priority for kind, priority in waiting if kind != JOB_TRAIN)


def test_what_is_held_back_stays_held_back() -> None:
    assert {part_of(str(n)) for n in range(200)} == set(range(5))
    assert part_of("01jabc") == part_of("01jabc")
