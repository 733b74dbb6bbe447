"""The composition root: settings become the objects that everything else is handed.

Nothing else chooses adapters or wires features to each other's events.
"""

import os
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    load_pem_private_key,
)

from akta.audit.anchoring import Anchoring
from akta.audit.checking import JOB_CHECK, AuditChecker
from akta.audit.log import AuditLog
from akta.bootstrap.doors import Doors
from akta.bootstrap.keeping import Keeps
from akta.bootstrap.letting_go import HandlerPair, LettingGo
from akta.db.engine import Database
from akta.events.bus import bus
from akta.events.wake import wake
from akta.kernel.clock import Clock, SystemClock
from akta.records.blobs import JOB_DELETE_BLOBS, delete_blobs
from akta.records.events import (
    HoldsChanged,
    RecordChanged,
    RecordDestroyed,
    RecordsChanged,
)
from akta.records.judgements import SpotChecks
from akta.records.states import StateKeeper
from akta.settings import Settings, SettingsError
from akta.storage.places import FolderPlace, Place
from akta.storage.port import BlobStore
from indexer.exports.making import ExportMaker
from indexer.exports.service import JOB_EXPORT, JOB_REMOVE, Exports
from indexer.model import SearchEngine
from indexer.saved.alerts import JOB_TELL, Alerts, note_taken
from indexer.saved.asking import ids_that_fit
from indexer.saved.news import News, forget_destroyed
from indexer.saved.searches import SavedSearches
from indexer.service import (
    JOB_CATCH_UP,
    JOB_PURGE,
    IndexService,
    index_folder,
    note_change,
    note_changes,
    note_held,
    purge_later,
)
from indexer.stages import ALL_STAGES, Stages
from ingest.classify.costs import with_costs
from ingest.decisions import Decisions
from ingest.doctypes.service import DocTypes
from ingest.duplicates.deciding import DuplicateDecisions
from ingest.duplicates.finding import on_destroyed
from ingest.duplicates.rebuilding import DuplicateRebuilder
from ingest.extract.crew import make_cores
from ingest.extract.options import ReadOptions
from ingest.jobnames import (
    JOB_ARRANGE,
    JOB_DUPLICATES,
    JOB_LEARN,
    JOB_LOOK_AGAIN,
    JOB_PARTIES,
    JOB_PROCESS,
    JOB_RENDER,
    JOB_SPLIT,
    JOB_TRAIN,
    JOB_UNLEARN,
)
from ingest.learning.learner import Learner
from ingest.parties.deciding import PartyDecisions
from ingest.parties.rebuilding import PartyRebuilder
from ingest.passwords import PasswordBox
from ingest.piles.arranging import Arranger
from ingest.piles.deciding import PageDecisions
from ingest.pipeline import Pipeline, PipelineOptions
from ingest.rendering import Renderer
from ingest.review.again import SecondLook
from ingest.review.anew import Anew
from ingest.review.queue import keep_queue
from ingest.review.unlearn import Unlearner
from ingest.sandbox import Limits
from ingest.training.registry import LiveModel, ModelVersions
from ingest.training.trainer import Trainer
from ingest.understand import Judge
from ingest.uploads.service import Uploads

if TYPE_CHECKING:
    from akta.storage.s3 import S3Options


@dataclass
class App(Keeps, LettingGo, Doors):
    """Everything, wired. Built anew in each process; parts are made at first use.

    `pooled=False` is for processes that fork.
    """

    settings: Settings
    pooled: bool = True

    # -- ground floor ----------------------------------------------------------

    @property
    def home(self) -> Path:
        return self.settings.home

    @cached_property
    def clock(self) -> Clock:
        return SystemClock()

    @cached_property
    def database(self) -> Database:
        return Database(self.settings.effective_database_url, pooled=self.pooled)

    @cached_property
    def store(self) -> BlobStore:
        if self.settings.storage == "s3":
            from akta.storage.s3 import S3BlobStore

            return S3BlobStore(self._bucket(self.settings.s3_bucket))
        from akta.storage.filesystem import FilesystemBlobStore

        return FilesystemBlobStore(self.home / "blobs")

    def _bucket(self, name: str) -> "S3Options":
        from akta.storage.s3 import S3Options

        s = self.settings
        return S3Options(
            endpoint=s.s3_endpoint,
            access_key=s.s3_access_key,
            secret_key=s.s3_secret_key,
            bucket=name,
            secure=s.s3_secure,
            region=s.s3_region or None,
            lock_mode=s.s3_lock_mode,
            spool=self.home / "tmp",
        )

    @cached_property
    def audit(self) -> AuditLog:
        key = load_pem_private_key((self.home / "keys" / "audit.pem").read_bytes(), None)
        if not isinstance(key, Ed25519PrivateKey):
            raise SettingsError("keys/audit.pem in the data folder is not an Ed25519 key.")
        return AuditLog(key)

    @property
    def anchors(self) -> Path:
        return self.anchoring.minutes

    @cached_property
    def anchoring(self) -> Anchoring:
        s = self.settings
        authority = None
        if s.tsa_url:
            from akta.audit.stamping import StampAuthority, StampOptions

            authority = StampAuthority(StampOptions(s.tsa_url, Path(s.tsa_ca)))
        place = self._second_place if s.anchor_copy else None
        return Anchoring(self.home / "anchors", self.audit, self.clock, authority, place)

    def _second_place(self) -> Place:
        bucket, prefix = self.settings.anchor_bucket
        if not bucket:
            return FolderPlace(Path(self.settings.anchor_copy))
        from akta.storage.s3_places import S3Place

        return S3Place(self._bucket(bucket), prefix)

    @cached_property
    def audit_checker(self) -> AuditChecker:
        return AuditChecker(self.database, self.audit, self.anchoring, self.clock)

    @property
    def wake_pipe(self) -> Path:
        return self.home / "run" / "wake"

    # -- features --------------------------------------------------------------

    @cached_property
    def passwords(self) -> PasswordBox:
        return PasswordBox((self.home / "keys" / "passwords.key").read_bytes())

    @cached_property
    def pipeline_options(self) -> PipelineOptions:
        s = self.settings
        return PipelineOptions(
            scratch=self.home / "tmp",
            read=ReadOptions(
                languages=tuple(s.ocr_languages.split("+")),
                second_reader=s.second_reader,
                ocr_engine=s.ocr_engine,
                max_pages=s.max_pages,
                max_pixels=s.max_pixels,
                max_expanded_bytes=s.max_expanded_bytes,
                max_members=s.max_members,
                max_depth=s.max_depth,
                cores=make_cores(self.home / "run" / f"cores-{os.uname().nodename}", s.workers),
                split_labels=tuple(p for p in s.split_labels.split(",") if p),
            ),
            limits=Limits(seconds=s.read_seconds, memory_mib=s.read_memory_mib),
            spot=SpotChecks(s.spot_check_share, s.spot_checks_a_week),
            thresholds=with_costs(s.misfiling_costs),
        )

    @cached_property
    def pipeline(self) -> Pipeline:
        return Pipeline(
            self.database,
            self.store,
            self.audit,
            self.clock,
            self.passwords,
            self.pipeline_options,
            self.live_model,
        )

    @cached_property
    def uploads(self) -> Uploads:
        s = self.settings
        return Uploads(
            self.database,
            self.store,
            self.audit,
            self.clock,
            self.home / "uploads",
            limit=s.max_upload_bytes,
            kept=timedelta(days=s.upload_days),
        )

    @cached_property
    def renderer(self) -> Renderer:
        return Renderer(self.database, self.store, self.clock, self.passwords, self.pipeline_options)

    @cached_property
    def learner(self) -> Learner:
        options = self.pipeline_options
        return Learner(self.database, self.clock, options.limits, options.scratch)

    @cached_property
    def anew(self) -> Anew:
        options = self.pipeline_options
        return Anew(
            self.database,
            self.audit,
            self.clock,
            options.limits,
            options.scratch,
            lambda session: Judge(self.live_model.get(session), options.thresholds),
        )

    @cached_property
    def second_look(self) -> SecondLook:
        return SecondLook(self.anew)

    @cached_property
    def unlearner(self) -> Unlearner:
        return Unlearner(self.anew)

    @cached_property
    def live_model(self) -> LiveModel:
        return LiveModel()

    @cached_property
    def models(self) -> ModelVersions:
        return ModelVersions(self.audit, self.clock, self.live_model)

    @cached_property
    def trainer(self) -> Trainer:
        o = self.pipeline_options
        return Trainer(self.database, self.clock, self.models, o.thresholds, o.limits, o.scratch)

    @cached_property
    def decisions(self) -> Decisions:
        return Decisions(self.audit, self.clock, self.passwords, self.pipeline_options.read)

    @cached_property
    def duplicate_decisions(self) -> DuplicateDecisions:
        return DuplicateDecisions(self.audit, self.clock)

    @cached_property
    def party_decisions(self) -> PartyDecisions:
        return PartyDecisions(self.audit, self.clock)

    @cached_property
    def doctypes(self) -> DocTypes:
        return DocTypes(self.audit, self.clock)

    @cached_property
    def page_decisions(self) -> PageDecisions:
        return PageDecisions(self.audit, self.clock, self.passwords)

    @cached_property
    def arranger(self) -> Arranger:
        return Arranger(
            self.database, self.store, self.audit, self.clock, self.passwords, self.pipeline_options
        )

    @cached_property
    def index(self) -> IndexService:
        note = note_taken(self.clock)
        return IndexService(self.database, self._open_engine, self.settings.zone, self.clock, note)

    @cached_property
    def searches(self) -> SavedSearches:
        return SavedSearches(self.audit, self.clock)

    @cached_property
    def news(self) -> News:
        return News(self.audit, self.clock)

    @cached_property
    def alerts(self) -> Alerts:
        return Alerts(self.database, self.clock, self.index.documents, self.engine_in, self.home / "tmp")

    @cached_property
    def exports(self) -> Exports:
        return Exports(self.audit, self.clock, self.home / "exports")

    @cached_property
    def export_maker(self) -> ExportMaker:
        find = partial(ids_that_fit, self.database, self.index)
        zone = self.settings.zone
        return ExportMaker(self.database, self.store, self.clock, self.exports, find, zone)

    def _open_engine(self) -> SearchEngine:
        s = self.settings
        if s.search_engine == "opensearch":
            from indexer.engines.opensearch import OpenSearchEngine
            from indexer.engines.opensearch_http import ServerOptions

            return OpenSearchEngine(
                ServerOptions(
                    url=s.opensearch_url,
                    index=s.opensearch_index,
                    user=s.opensearch_user,
                    password=s.opensearch_password,
                    ca=s.opensearch_ca,
                )
            )
        folder = index_folder(self.home, self.settings.search_engine)
        folder.mkdir(parents=True, exist_ok=True)
        return self.engine_in(folder)

    def engine_in(self, folder: Path, stages: Stages = ALL_STAGES) -> SearchEngine:
        """An engine in a folder; beside OpenSearch tantivy, which finds the same."""
        if self.settings.search_engine == "whoosh":
            from indexer.engines.whoosh import WhooshEngine

            return WhooshEngine(folder, stages=stages)
        from indexer.engines.tantivy import TantivyEngine

        return TantivyEngine(folder, stages=stages)

    def wake_workers(self) -> None:
        """Say that jobs were written; embedded only, a broker's relay looks by itself."""
        if self.settings.jobs == "embedded":
            wake(self.wake_pipe)

    def expect_work(self) -> None:
        """Say that papers are likely to come, so that what reads them is ready by then; a hint, no more."""
        if self.settings.jobs == "embedded":
            wake(self.wake_pipe, expected=True)

    # -- wiring ----------------------------------------------------------------

    def wire(self) -> "App":
        """Say who listens to which event. Once per process is enough; again changes nothing."""
        if bus.wired_for is not self:
            bus.reset()
            self.wire_keeping()
            bus.subscribe(RecordChanged, note_change(self.clock))
            bus.subscribe(RecordsChanged, note_changes(self.clock))
            bus.subscribe(RecordChanged, keep_queue)
            bus.subscribe(HoldsChanged, note_held(self.clock))
            self.wire_holds()
            bus.subscribe(RecordDestroyed, on_destroyed)
            bus.subscribe(RecordDestroyed, purge_later(self.clock))
            bus.subscribe(RecordDestroyed, forget_destroyed)
            bus.subscribe(RecordDestroyed, self.exports.on_destroyed)
            self.wire_letting_go()
            StateKeeper(self.audit, self.clock).start()
            bus.wired_for = self
        return self

    def handlers(self) -> dict[str, HandlerPair]:
        """Who does which kind of job."""
        return {
            JOB_PROCESS: (self.pipeline.process, self.pipeline.give_up),
            JOB_RENDER: (self.renderer.render, None),
            JOB_LEARN: (self.learner.learn, None),
            JOB_LOOK_AGAIN: (self.second_look.look, None),
            JOB_UNLEARN: (self.unlearner.look, None),
            JOB_PARTIES: (PartyRebuilder(self.database, self.audit, self.clock).rebuild, None),
            JOB_TRAIN: (self.trainer.train, None),
            JOB_DUPLICATES: (DuplicateRebuilder(self.database, self.clock).rebuild, None),
            JOB_SPLIT: (self.arranger.split, self.arranger.give_up),
            JOB_ARRANGE: (self.arranger.arrange, self.arranger.give_up),
            JOB_CATCH_UP: (self.index.catch_up_job, None),
            JOB_PURGE: (self.index.purge_job, None),
            JOB_TELL: (self.alerts.tell, None),
            JOB_EXPORT: (self.export_maker.make, self.export_maker.given_up),
            JOB_REMOVE: (partial(self.exports.remove_files, database=self.database), None),
            **self.keeping_handlers(),
            **self.letting_go_handlers(),
            JOB_CHECK: (self.audit_checker.check, None),
            JOB_DELETE_BLOBS: (partial(delete_blobs, self.database, self.store, self.clock), None),
        }

    def close(self) -> None:
        """Close connections and the index."""
        if "index" in self.__dict__:
            self.index.close()
        if "database" in self.__dict__:
            self.database.close()
