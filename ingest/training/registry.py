"""Which version judges, as every worker sees it, and how that is changed."""

import time
from dataclasses import dataclass
from typing import Any, Final

import structlog
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.access.roles import Right
from akta.audit.log import AuditLog
from akta.db.engine import Database
from akta.events.jobs import PRIORITY_RENDER, enqueue, settle
from akta.events.models import Job
from akta.kernel.clock import Clock
from akta.kernel.errors import ConflictError, ForbiddenError, NotFoundError
from ingest.classify.residual import BUILT_IN, BUILT_IN_VERSION, BrokenModelError, Model, load
from ingest.jobnames import JOB_TRAIN
from ingest.training.compare import WORSE
from ingest.training.models import ModelVersion
from ingest.training.reviewed import LEAST_REVIEWED, count_reviewed

log = structlog.get_logger("akta.model")

CANDIDATE, LIVE, RETIRED = "candidate", "live", "retired"
#: After everything that people wait for.
PRIORITY_TRAIN: Final = PRIORITY_RENDER + 10
TRAIN_KEY: Final = "train-model"


class LiveModel:
    """The version in force, kept in memory: asking costs one look at an index while it does not change."""

    def __init__(self) -> None:
        self._known: tuple[str, str] | None = None
        self._model = BUILT_IN
        self._problem: str | None = None

    def get(self, session: Session) -> Model:
        """The version in force; the lexicon alone if there is none or its bytes are broken."""
        asked = select(ModelVersion.version, ModelVersion.sha256).where(ModelVersion.state == LIVE)
        row = session.execute(asked).first()
        if row is None:
            self._known, self._model, self._problem = None, BUILT_IN, None
            return BUILT_IN
        if (row.version, row.sha256) != self._known:
            self._model, self._problem = BUILT_IN, None
            try:
                self._model = load_version(session, row.version)
            except BrokenModelError as error:
                self._problem = f"{row.version}: {error}"
                log.error("model.broken", version=row.version, reason=str(error), instead=BUILT_IN_VERSION)
            self._known = (row.version, row.sha256)
        return self._model

    def problem(self, session: Session) -> str | None:
        """Why the version in force cannot be used, None if it can."""
        self.get(session)
        return self._problem


def load_version(session: Session, version: str) -> Model:
    """A version's model. Raises NotFoundError, and BrokenModelError for one that cannot be used."""
    if version == BUILT_IN_VERSION:
        return BUILT_IN
    asked = select(ModelVersion.data, ModelVersion.sha256).where(ModelVersion.version == version)
    row = session.execute(asked).first()
    if row is None:
        raise NotFoundError(f"There is no version '{version[:40]}' of the model.", version=version[:40])
    if version.rpartition("+")[0] != BUILT_IN_VERSION:
        raise BrokenModelError(f"it was trained for another lexicon than {BUILT_IN_VERSION}; train again")
    return load(row.data, version, row.sha256)


def next_version(session: Session) -> str:
    """The name of the next version: the lexicon it stands on, and a number."""
    return f"{BUILT_IN_VERSION}+{(session.scalar(select(func.count()).select_from(ModelVersion)) or 0) + 1}"


def describe(row: ModelVersion) -> dict[str, Any]:
    """A version for people and programs."""
    return {
        "version": row.version,
        "state": row.state,
        "made_at": row.made_at.isoformat(),
        "made_by": row.made_by,
        "trained_on": row.trained_on,
        "metrics": row.metrics,
        "sha256": row.sha256,
        "promoted_at": row.promoted_at.isoformat() if row.promoted_at else None,
        "promoted_by": row.promoted_by,
        "replaced": row.replaced,
    }


@dataclass(frozen=True, slots=True)
class ModelVersions:
    """What people do with versions. Each method is part of its caller's transaction."""

    audit: AuditLog
    clock: Clock
    in_force: LiveModel

    def list(self, session: Session, principal: Principal) -> dict[str, Any]:
        """All versions, the newest first, and which one judges now."""
        _allowed(principal)
        rows = session.scalars(select(ModelVersion).order_by(ModelVersion.id.desc()))
        return {
            "in_force": self.in_force.get(session).version,
            "problem": self.in_force.problem(session),
            "built_in": BUILT_IN_VERSION,
            "items": [describe(row) for row in rows],
        }

    def one(self, session: Session, principal: Principal, version: str) -> dict[str, Any]:
        """One version. Raises NotFoundError."""
        _allowed(principal)
        return describe(_row(session, version))

    def ask_to_train(self, session: Session, principal: Principal) -> int:
        """Have a version trained by a job; one that waits already serves both. Returns the papers there are.

        Raises ConflictError while people have reviewed too few.
        """
        _allowed(principal)
        count = count_reviewed(session)
        if count < LEAST_REVIEWED:
            raise ConflictError(
                f"Training needs at least {LEAST_REVIEWED} papers that people accepted or corrected; "
                f"there are {count}.",
                reviewed=count,
                needed=LEAST_REVIEWED,
            )
        now = self.clock.now()
        payload = {"actor": principal.actor}
        settle(session, (TRAIN_KEY,), now)
        enqueue(session, JOB_TRAIN, payload, key=TRAIN_KEY, now=now, priority=PRIORITY_TRAIN)
        return count

    def wait_until_trained(self, database: Database, pause: float = 0.3) -> None:
        """Return when no training waits or runs. Raises ConflictError if it was given up."""
        while True:
            with database.read() as session:
                states = set(session.scalars(select(Job.state).where(Job.key == TRAIN_KEY)))
            if not states & {"ready", "running"}:
                break
            time.sleep(pause)
        if "parked" in states:
            raise ConflictError("Training was given up; 'akta job list' says why.")

    def promote(
        self, session: Session, principal: Principal, version: str, *, force: bool = False
    ) -> dict[str, Any]:
        """Let a version judge from the next paper on.

        Raises ConflictError for one that compared worse unless `force`, that is live already, or
        whose bytes are broken; NotFoundError.
        """
        _allowed(principal)
        row = _row(session, version)
        if row.metrics.get("verdict") == WORSE and not force and row.state != LIVE:
            raise ConflictError(
                "This version judged the reviewed papers worse than the one in force.",
                worse_in=row.metrics.get("worse_in", []),
            )
        worse = row.metrics.get("verdict") == WORSE
        told = {"forced": True, "worse_in": row.metrics.get("worse_in", [])} if worse else {}
        self._switch(session, principal.actor, row, "model.promoted", **told)
        return describe(row)

    def rollback(self, session: Session, principal: Principal) -> str:
        """Return to the version that judged before, or to the lexicon alone where that one cannot be used.

        Returns its name. Raises ConflictError if none was promoted.
        """
        _allowed(principal)
        live = _live(session)
        if live is None:
            raise ConflictError("No trained version is in force: the lexicon alone judges already.")
        before = live.replaced or BUILT_IN_VERSION
        earlier = session.scalar(select(ModelVersion).where(ModelVersion.version == before))
        live.state = RETIRED
        session.flush()
        try:
            load_version(session, before)
        except (BrokenModelError, NotFoundError):
            earlier = None  # it cannot judge any more: the lexicon alone does, and the log says so
        if earlier is not None:
            earlier.state = LIVE
            session.flush()
        else:
            before = BUILT_IN_VERSION
        self.audit.note(
            session,
            self.clock.now(),
            principal.actor,
            "model.rolled_back",
            f"model:{live.version}",
            to=before,
        )
        return before

    def promote_by_figures(self, session: Session, row: ModelVersion) -> None:
        """Promote a version that compared better; said of the system, which decided it."""
        self._switch(session, "system:training", row, "model.promoted")

    def _switch(self, session: Session, actor: str, row: ModelVersion, action: str, **told: object) -> None:
        live = _live(session)
        if row.state == LIVE:
            raise ConflictError("This version is in force already.", version=row.version)
        try:
            load_version(session, row.version)
        except BrokenModelError as error:
            raise ConflictError(f"This version cannot be used: {error}.", version=row.version) from error
        if live is not None:
            live.state = RETIRED
            session.flush()
        row.state, row.promoted_at, row.promoted_by = LIVE, self.clock.now(), actor
        row.replaced = live.version if live is not None else BUILT_IN_VERSION
        try:
            session.flush()
        except IntegrityError as error:
            raise ConflictError("Another version was promoted at the same time.") from error
        self.audit.note(
            session, self.clock.now(), actor, action, f"model:{row.version}", replaced=row.replaced, **told
        )


def _allowed(principal: Principal) -> None:
    """Officers, who answer for what is filed, and administrators, who run the machine."""
    if not (principal.may(Right.SYSTEM) or principal.may(Right.SCHEDULE)):
        raise ForbiddenError(
            f"This needs the right '{Right.SYSTEM.value}' or '{Right.SCHEDULE.value}', which you do not have."
        )


def _live(session: Session) -> ModelVersion | None:
    return session.scalar(select(ModelVersion).where(ModelVersion.state == LIVE).with_for_update())


def _row(session: Session, version: str) -> ModelVersion:
    row = session.scalar(select(ModelVersion).where(ModelVersion.version == version).with_for_update())
    if row is None:
        raise NotFoundError(f"There is no version '{version[:40]}' of the model.", version=version[:40])
    return row
