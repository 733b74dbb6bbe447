"""The part of the composition root by which records are kept: schedules, events, legal holds."""

from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from akta.audit.log import AuditLog
from akta.bootstrap.letting_go import HandlerPair
from akta.db.engine import Database
from akta.events.bus import bus
from akta.kernel.clock import Clock
from akta.records import mirror
from akta.records.events import (
    CaseChanged,
    HoldsChanged,
    HoldsEnded,
    PartiesRegrouped,
    RecordChanged,
    RecordDestroyed,
    RecordFiled,
    RecordMoved,
    RecordUnderstood,
)
from akta.records.gathering import Gathering
from akta.settings import Settings
from akta.storage.port import BlobStore
from indexer.holding import HoldSearch
from indexer.model import SearchEngine
from indexer.service import IndexService
from indexer.stages import ALL_STAGES, Stages
from retention.events.proposing import Proposals
from retention.holds import matching as hold_matching
from retention.holds.matching import JOB_MATCH, Matcher
from retention.holds.placer import HoldPlacer
from retention.holds.placing import JOB_PLACE
from retention.holds.releasing import JOB_RELEASE
from retention.holds.service import Holds
from retention.keeping.days import Days
from retention.keeping.filing import Keeping
from retention.keeping.recomputing import JOB_RECOMPUTE, Recomputer
from retention.schedules.publishing import JOB_ACTIVATE, Activator
from retention.schedules.simulation import JOB_SIMULATE, Simulator


class Keeps:
    """What `App` has for keeping records; made at first use like all else."""

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
        def engine_in(self, folder: Path, stages: Stages = ALL_STAGES) -> SearchEngine: ...

    @cached_property
    def keeping(self) -> Keeping:
        return Keeping(self.audit, self.clock, self.settings.zone, self.settings.jurisdiction)

    @cached_property
    def recomputer(self) -> Recomputer:
        return Recomputer(self.database, self.audit, self.clock, self.settings.zone)

    @cached_property
    def days(self) -> Days:
        return Days(self.database, self.audit, self.clock, self.settings.zone)

    @cached_property
    def simulator(self) -> Simulator:
        return Simulator(self.database, self.clock, self.settings.zone)

    @cached_property
    def proposals(self) -> Proposals:
        return Proposals(self.audit, self.clock)

    @cached_property
    def hold_search(self) -> HoldSearch:
        def strict(folder: Path) -> SearchEngine:
            return self.engine_in(folder, replace(ALL_STAGES, misread=False))

        return HoldSearch(self.database, self.index, strict, self.home / "tmp")

    @cached_property
    def holds(self) -> Holds:
        s = self.settings
        return Holds(self.audit, self.clock, s.zone, self.hold_search, s.hold_grace_days)

    @cached_property
    def gathering(self) -> Gathering:
        return Gathering(self.database, self.audit, self.clock, self.hold_search)

    @cached_property
    def hold_placer(self) -> HoldPlacer:
        return HoldPlacer(self.database, self.audit, self.clock, self.hold_search)

    @cached_property
    def store_mirror(self) -> mirror.StoreMirror:
        s = self.settings
        return mirror.StoreMirror(self.database, self.store, self.clock, s.zone, s.s3_mirror_retention)

    def wire_keeping(self) -> None:
        """What changes the keeping of records, and what papers propose as events."""
        for event, subscriber in (
            (RecordUnderstood, self.keeping.on_understood),
            (RecordFiled, self.keeping.on_filed),
            (RecordMoved, self.keeping.on_moved),
            (CaseChanged, self.keeping.on_case_changed),
            (PartiesRegrouped, self.keeping.on_parties_regrouped),
            (HoldsEnded, self.keeping.on_holds_ended),
            (RecordDestroyed, self.keeping.on_destroyed),
            (RecordUnderstood, self.proposals.on_understood),
            (RecordFiled, self.proposals.on_filed),
            (RecordMoved, self.proposals.on_moved),
            (RecordDestroyed, self.proposals.on_destroyed),
        ):
            bus.subscribe(event, subscriber)

    def wire_holds(self) -> None:
        """What brings records under holds, and what the store is told of them; part of `App.wire`."""
        bus.subscribe(RecordChanged, hold_matching.note_change(self.clock))
        bus.subscribe(PartiesRegrouped, hold_matching.note_parties(self.clock))
        if self.settings.storage == "s3":  # the only store that protects by itself
            bus.subscribe(HoldsChanged, mirror.on_holds(self.clock))
            if self.settings.s3_mirror_retention:
                bus.subscribe(RecordChanged, mirror.on_changed(self.clock))

    def keeping_handlers(self) -> dict[str, HandlerPair]:
        """Who does which kind of job; part of `App.handlers`."""
        return {
            JOB_RECOMPUTE: (self.recomputer.run, self.recomputer.given_up),
            JOB_SIMULATE: (self.simulator.run, self.simulator.given_up),
            JOB_ACTIVATE: (Activator(self.database, self.audit, self.clock).run, None),
            JOB_PLACE: (self.hold_placer.place, None),
            JOB_RELEASE: (self.hold_placer.release, None),
            JOB_MATCH: (Matcher(self.database, self.audit, self.clock, self.hold_search).match, None),
            mirror.JOB_MIRROR: (self.store_mirror.mirror, None),
        }
