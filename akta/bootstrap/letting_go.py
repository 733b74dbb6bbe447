"""The part of the composition root by which records are let go: runs, ledger, packages, requests."""

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from akta.audit.log import AuditLog, Noted
from akta.db.engine import Database
from akta.events.bus import bus
from akta.events.jobs import Claim
from akta.kernel.clock import Clock
from akta.records.events import RecordDestroyed
from akta.settings import Settings
from akta.storage.port import BlobStore
from indexer.service import IndexService
from ingest.jobnames import JOB_REDACT
from ingest.passwords import PasswordBox
from ingest.pipeline import PipelineOptions
from ingest.redacting import Redactions
from retention.disposition.certifying import Certifier
from retention.disposition.changing import KeepingChanges
from retention.disposition.deciding import JOB_EXECUTE, Dispositions
from retention.disposition.executing import Executor
from retention.disposition.ledger import JOB_LEDGER, Ledger
from retention.keeping.filing import Keeping
from retention.requests.service import SubjectRequests
from retention.transfer.making import TransferMaker
from retention.transfer.service import JOB_REMOVE as JOB_REMOVE_TRANSFERS
from retention.transfer.service import JOB_TRANSFER, Transfers
from retention.vital.service import VitalRecords

#: A job's handler and what to do when the job is given up (see `akta.worker.runner`).
HandlerPair = tuple[Callable[[Claim], None], Callable[[Session, Claim, str], None] | None]


class LettingGo:
    """What `App` has for letting records go; made at first use like all else."""

    if TYPE_CHECKING:  # what it uses of the rest
        settings: Settings

        @property
        def home(self) -> Path: ...
        @property
        def clock(self) -> Clock: ...
        @property
        def database(self) -> Database: ...
        @property
        def store(self) -> BlobStore: ...
        @property
        def audit(self) -> AuditLog: ...
        @property
        def index(self) -> IndexService: ...
        @property
        def keeping(self) -> Keeping: ...
        @property
        def passwords(self) -> PasswordBox: ...
        @property
        def pipeline_options(self) -> PipelineOptions: ...

    @cached_property
    def dispositions(self) -> Dispositions:
        changes = KeepingChanges(self.keeping)
        zone = self.settings.zone
        return Dispositions(self.audit, self.clock, zone, changes.extend, changes.relabel)

    @cached_property
    def executor(self) -> Executor:
        from ingest.render.overlay import text_font  # with it come libraries that few processes need

        certifier = Certifier(self.database, self.store, self.audit, self.clock, text_font)
        zone = self.settings.zone
        return Executor(
            self.database, self.store, self.audit, self.clock, zone, certifier, self._forget_destroyed
        )

    @cached_property
    def transfers(self) -> Transfers:
        return Transfers(self.audit, self.clock, self.store, self.home / "transfers")

    @cached_property
    def transfer_maker(self) -> TransferMaker:
        zone = self.settings.zone
        return TransferMaker(self.database, self.store, self.audit, self.clock, self.transfers, zone)

    @cached_property
    def ledger(self) -> Ledger:
        copy = self.settings.ledger_copy
        return Ledger(
            self.database, self.audit, self.clock, self.home / "ledger", Path(copy) if copy else None
        )

    def _note_for_ledger(self, session: Session, event: Noted) -> None:
        self.ledger.on_noted(session, event.action, event.at)

    def _forget_destroyed(self) -> None:
        """Leave no word of destroyed records in the index and in the database's own leavings."""
        self.index.purge()
        self.database.reclaim()

    @cached_property
    def redactions(self) -> Redactions:
        return Redactions(
            self.database, self.store, self.audit, self.clock, self.passwords, self.pipeline_options
        )

    @cached_property
    def requests(self) -> SubjectRequests:
        return SubjectRequests(self.audit, self.clock, self.settings.zone, self.dispositions.propose)

    @cached_property
    def vital(self) -> VitalRecords:
        return VitalRecords(self.audit, self.clock, self.settings.zone)

    def wire_letting_go(self) -> None:
        """Subscribe to what happens; part of `App.wire`."""
        bus.subscribe(Noted, self._note_for_ledger)
        bus.subscribe(RecordDestroyed, self.transfers.on_destroyed)
        bus.subscribe(RecordDestroyed, self.vital.on_destroyed)

    def letting_go_handlers(self) -> dict[str, HandlerPair]:
        """Who does which kind of job; part of `App.handlers`."""
        return {
            JOB_TRANSFER: (self.transfer_maker.make, self.transfer_maker.given_up),
            JOB_REMOVE_TRANSFERS: (self.transfer_maker.remove, None),
            JOB_REDACT: (self.redactions.make, self.redactions.given_up),
            JOB_LEDGER: (self.ledger.write_job, None),
            JOB_EXECUTE: (self.executor.execute, self.executor.given_up),
        }
