"""The job that trains a version on reviewed papers and compares it with the one in force."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

import structlog
from sqlalchemy import select

from akta.db.engine import Database
from akta.events.jobs import Claim, finish
from akta.kernel.clock import Clock
from akta.kernel.ids import new_id
from akta.kernel.scratch import scratch
from ingest.classify.residual import BUILT_IN_VERSION, digest
from ingest.classify.types import TYPES
from ingest.sandbox.process import Limits
from ingest.sandbox.training import examine_in_sandbox, fit_in_sandbox
from ingest.training.compare import BETTER, compare
from ingest.training.fit import Example
from ingest.training.models import ModelVersion
from ingest.training.registry import CANDIDATE, ModelVersions, next_version
from ingest.training.reviewed import LEAST_REVIEWED, reading_of, reviewed

log = structlog.get_logger("akta.model")

#: How strongly weights are drawn to nothing; chosen on papers of sources left out (docs/model-card.md).
PENALTY: Final = 3.0
_AT_ONCE: Final = 40
_PARTS: Final = 5
_FIT_LIMITS: Final = Limits(seconds=600, memory_mib=1024, total_seconds=1800)


class Trainer:
    """Runs `ingest.train` jobs. Dying at any line loses nothing but the work: it is done again."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        versions: ModelVersions,
        thresholds: Mapping[str, float],
        limits: Limits,
        folder: Path,
    ) -> None:
        self._db = database
        self._clock = clock
        self._versions = versions
        self._thresholds = thresholds
        self._limits = limits
        self._folder = folder

    def train(self, claim: Claim) -> None:
        """Train, compare, keep; promote what is better in figures that suffice."""
        with scratch(self._folder) as folder:
            examples = self._examples(claim, folder)
            made_of = _digest(examples)
            parts: list[list[Example]] = [[] for _ in range(_PARTS)]
            for example in examples:
                parts[part_of(example.key)].append(example)
            held_back, calibrating = parts[0], parts[1]
            training = [e for part in parts[2:] for e in part]
            with self._db.read() as session:
                version = next_version(session)
                before = self._versions.in_force.get(session)
                known = session.scalar(
                    select(ModelVersion.id).where(
                        ModelVersion.version.startswith(BUILT_IN_VERSION + "+", autoescape=True),
                        ModelVersion.trained_on["digest"].as_string() == made_of,
                    )
                )
            if known is not None or len(examples) < LEAST_REVIEWED or not training:
                log.info("model.nothing_new", papers=len(examples))
                self._end(claim)
                return
            model, data = fit_in_sandbox(
                training, calibrating, PENALTY, version, _FIT_LIMITS, folder, on_tick=claim.check
            )
        domains = {code: kind.domain for code, kind in TYPES.items()}
        comparison = compare(held_back, before, model, domains, self._thresholds)
        now = self._clock.now()
        with self._db.write() as session:
            claim.hold(session, now)
            row = ModelVersion(
                id=new_id(),
                version=version,
                state=CANDIDATE,
                made_at=now,
                made_by=str(claim.payload.get("actor", "system:training")),
                trained_on={
                    "papers": len(training) + len(calibrating),
                    "held_back": len(held_back),
                    "types": len({e.doc_type for e in examples}),
                    "digest": made_of,
                    "penalty": PENALTY,
                    "temperatures": dict(model.temperatures),
                },
                metrics={"compared_with": before.version, **comparison.as_json()},
                sha256=digest(data),
                data=data,
            )
            session.add(row)
            session.flush()
            self._versions.audit.append(
                session,
                at=now,
                actor=row.made_by,
                action="model.trained",
                subject=f"model:{version}",
                details={"sha256": row.sha256, "verdict": comparison.verdict, **row.trained_on},
            )
            if (
                comparison.verdict == BETTER
                and self._versions.in_force.get(session).version == before.version
            ):
                self._versions.promote_by_figures(session, row)
            finish(session, claim, now)
        log.info("model.trained", version=version, verdict=comparison.verdict)

    def _examples(self, claim: Claim, folder: Path) -> list[Example]:
        """What the reviewed papers look like, a few at a time, so that memory is bounded."""
        with self._db.read() as session:
            wanted = reviewed(session)
        out: list[Example] = []
        for start in range(0, len(wanted), _AT_ONCE):
            papers = []
            with self._db.read() as session:
                for record_id, doc_type in wanted[start : start + _AT_ONCE]:
                    reading = reading_of(session, record_id)
                    if reading is not None and doc_type in TYPES:
                        papers.append((record_id, doc_type, reading))
            found = examine_in_sandbox(papers, self._limits, folder, on_tick=claim.check)
            if not found and len(papers) > 1:  # one of them is too much: the others need not suffer
                for paper in papers:
                    found += examine_in_sandbox([paper], self._limits, folder, on_tick=claim.check)
            out += found
            claim.check()
        return out

    def _end(self, claim: Claim) -> None:
        now: datetime = self._clock.now()
        with self._db.write() as session:
            finish(session, claim, now)


def part_of(key: str) -> int:
    """Which fifth a paper belongs to; always the same, so that what is held back was never trained on."""
    return hashlib.sha256(key.encode()).digest()[0] % _PARTS


def _digest(examples: list[Example]) -> str:
    """What was trained on, in one number: papers and their types."""
    text = "\n".join(f"{e.key} {e.doc_type}" for e in sorted(examples, key=lambda e: e.key))
    return hashlib.sha256(text.encode()).hexdigest()
