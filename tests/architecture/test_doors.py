"""Every door through which something could be deleted or changed, and what stops it on a held record.

A new place in the code that deletes, updates or locks without asking fails this test until it is said here
what stops it. `tests/api/test_held_doors.py` then tries the doors on a held record.
"""

from akta.cli.main import COMMANDS
from tests.architecture.writers import places

_OTHER = "touches no record: accounts, jobs, searches, exports, settings"
_QUEUE = "a queue or an order of work that follows from records and says nothing of its own"
_FILES = "files of its own making outside the store: scratch, drafts, indexes, exports"
_GUARD = "only after `lock_for_change` or `refuse_if_held` in the same transaction"
_READ = "only while the paper is being read, before it has come to its end"
_ONLY = "only `destruction.destroy` comes here, which asks `refuse_if_kept` first"
_SKIP = "held records are left out by the job itself"
_STORE = "only of blobs that no version and no rendition needs: a held record's rows keep them"
_FOUND = "found anew from the record's own fields and pages at any time"
_PARTY = "the register of parties, not a record; what a record says of parties is guarded"
_KEEPING = "may keep a held record longer; what would be shorter is put off until the hold ends"
_HOLD = "the holds themselves, behind triggers"

DOORS: dict[tuple[str, str], str] = {
    **dict.fromkeys(
        [
            ("akta/access/accounts.py", "delete(Grant)"),
            ("akta/access/accounts.py", "delete(LoginAttempt)"),
            ("akta/access/accounts.py", "delete(model)"),
            ("akta/access/oidc/coming_back.py", "delete(SpentSignIn)"),
            ("akta/access/oidc/links.py", "session.delete"),
            ("akta/access/oidc/refusals.py", "delete(LoginAttempt)"),
            ("akta/access/second_factor.py", "delete(RecoveryCode)"),
            ("akta/access/second_factor.py", "delete(SecondFactor)"),
            ("akta/access/second_factor.py", "delete(SecondFactorRole)"),
            ("akta/access/second_factor.py", "update(RecoveryCode)"),
            ("akta/access/second_factor.py", "update(SecondFactor)"),
            ("akta/access/signed_in.py", "session.delete"),
            ("akta/access/signing_in.py", "delete(PendingSignIn)"),
            ("akta/access/signing_in.py", "session.delete"),
            ("akta/access/sessions.py", "session.delete"),
            ("ingest/uploads/service.py", "session.delete"),
            ("akta/audit/checking.py", "delete(AuditCheck)"),
            ("retention/disposition/deciding.py", "update(Disposition)"),
            ("retention/events/proposing.py", "update(BusinessEvent)"),
            ("retention/keeping/naming.py", "update(LegalEntity)"),
            ("retention/schedules/fixing.py", "session.delete"),
            ("retention/transfer/making.py", "update(Transfer)"),
            ("retention/transfer/service.py", "delete(TransferRecord)"),
            ("retention/transfer/service.py", "update(Transfer)"),
            ("retention/vital/service.py", "delete(VitalRecord)"),
            ("retention/vital/service.py", "lock"),
            ("retention/vital/service.py", "session.delete"),
            ("akta/cli/searches.py", "app.searches.delete"),
            ("akta/events/jobs.py", "delete(Job)"),
            ("akta/events/jobs.py", "update(Job)"),
            ("akta/records/blobs.py", "update(Job)"),
            ("akta/worker/relay.py", "update(Job)"),
            ("api/rest/idempotency.py", "delete(Idempotency)"),
            ("api/web/searches.py", "app.searches.delete"),
            ("indexer/exports/making.py", "delete(ExportRecord)"),
            ("indexer/exports/making.py", "update(Export)"),
            ("indexer/exports/service.py", "delete(Export)"),
            ("indexer/exports/service.py", "delete(ExportRecord)"),
            ("indexer/exports/service.py", "session.delete"),
            ("indexer/exports/service.py", "update(Export)"),
            ("indexer/saved/alerts.py", "delete(NewsPending.__table__)"),
            ("indexer/saved/alerts.py", "delete(SearchNews)"),
            ("indexer/saved/alerts.py", "update(SearchWatch)"),
            ("indexer/saved/alerts.py", "update(SearchWatch.__table__)"),
            ("indexer/saved/news.py", "delete(SearchNews)"),
            ("indexer/saved/news.py", "session.delete"),
            ("indexer/saved/news.py", "update(SearchNews)"),
            ("indexer/saved/searches.py", "delete(SavedSearch)"),
            ("indexer/saved/searches.py", "delete(SearchShare)"),
            ("indexer/saved/searches.py", "delete(model)"),
        ],
        _OTHER,
    ),
    **dict.fromkeys(
        [
            ("akta/records/mirror.py", "delete(StoreGuard)"),
            ("akta/records/mirror.py", "update(StoreGuard)"),
            ("indexer/service.py", "delete(IndexPending)"),
            ("ingest/review/queue.py", "delete(ReviewKey)"),
            ("ingest/review/queue.py", "delete(ReviewSkip)"),
            ("ingest/review/queue.py", "session.delete"),
            ("ingest/review/queue.py", "update(ReviewItem)"),
            ("retention/holds/matching.py", "delete(HoldPending)"),
            ("retention/holds/matching.py", "delete(HoldPending.__table__)"),
        ],
        _QUEUE,
    ),
    **dict.fromkeys(
        [
            ("akta/bootstrap/home.py", "draft.unlink"),
            ("akta/cli/audit.py", "file.unlink"),
            ("akta/operations/ledger.py", "draft.replace"),
            ("akta/operations/ledger.py", "draft.unlink"),
            ("akta/storage/places.py", "draft.rename"),
            ("akta/storage/places.py", "draft.unlink"),
            ("indexer/engines/folder.py", "path.unlink"),
            ("retention/disposition/ledger.py", "draft.replace"),
            ("retention/transfer/making.py", "path.unlink"),
            ("retention/transfer/making.py", "self._transfers.unlink"),
            ("retention/transfer/service.py", "path.unlink"),
            ("akta/kernel/scratch.py", "shutil.rmtree"),
            ("akta/operations/health.py", "draft.replace"),
            ("akta/operations/backup.py", "draft.rename"),
            ("akta/operations/backup.py", "draft.unlink"),
            ("akta/operations/restore.py", "draft.replace"),
            ("akta/operations/restore.py", "marker.unlink"),
            ("akta/records/orphans.py", "draft.replace"),
            ("akta/records/stock.py", "draft.replace"),
            ("akta/storage/filesystem.py", "draft.unlink"),
            ("akta/storage/filesystem.py", "target.unlink"),
            ("akta/storage/s3.py", "target.unlink"),
            ("indexer/engines/folder.py", "draft.rename"),
            ("indexer/engines/folder.py", "pointer.replace"),
            ("indexer/engines/folder.py", "shutil.rmtree"),
            ("indexer/engines/folder.py", "self.root / 'changed'.unlink"),
            ("indexer/exports/bundle.py", "self._path.unlink"),
            ("indexer/exports/making.py", "work.path.unlink"),
            ("indexer/exports/service.py", "path.unlink"),
            ("indexer/lemmas.py", "draft.replace"),
            ("ingest/extract/context.py", "path.unlink"),
            ("ingest/extract/image.py", "left.unlink"),
            ("ingest/extract/pdf.py", "left.unlink"),
            ("ingest/extract/pdf.py", "repaired.unlink"),
            ("ingest/extract/pdf.py", "target.unlink"),
            ("ingest/render/make.py", "shutil.rmtree"),
            ("ingest/sandbox/process.py", "shutil.rmtree"),
            ("ingest/uploads/service.py", "self._path(upload_id).unlink"),
            ("ingest/uploads/service.py", "uploads._path(self._id).unlink"),
        ],
        _FILES,
    ),
    **dict.fromkeys(
        [
            ("ingest/corrections.py", "session.delete"),
            ("ingest/decisions.py", "delete(PageText)"),
            ("ingest/learning/memory.py", "delete(LessonRow)"),
            ("ingest/learning/memory.py", "delete(SenderKey)"),
            ("ingest/parties/deciding.py", "update(PartyMark)"),
            ("ingest/parties/deciding.py", "update(model)"),
            ("retention/disposition/destroying.py", "lock"),
        ],
        _GUARD,
    ),
    **dict.fromkeys(
        [
            ("ingest/concluding.py", "delete(PageText)"),
            ("ingest/concluding.py", "lock"),
            ("ingest/filing.py", "delete(Field)"),
            ("ingest/pipeline.py", "lock"),
            ("akta/records/renditions.py", "delete(Rendition)"),
        ],
        _READ,
    ),
    **dict.fromkeys(
        [
            ("akta/records/destruction.py", "delete(judged)"),
            ("akta/records/destruction.py", "delete(Idempotency)"),
            ("retention/disposition/executing.py", "destroy"),
            ("retention/disposition/executing.py", "lock"),
            ("retention/disposition/replaying.py", "delete(HoldPending)"),
            ("retention/disposition/replaying.py", "destroy"),
            ("retention/keeping/extensions.py", "update(Extension)"),
            ("akta/records/destruction.py", "delete(model)"),
            ("akta/records/destruction.py", "update(Receipt)"),
            ("akta/records/destruction.py", "lock"),
            ("akta/records/duplicates.py", "delete(Duplicate)"),
            ("retention/disposition/destroying.py", "destroy"),
            ("akta/records/parties/cleaning.py", "delete(PartyMark)"),
            ("akta/records/parties/cleaning.py", "delete(RecordParty)"),
        ],
        _ONLY,
    ),
    **dict.fromkeys(
        [
            ("ingest/parties/recognise.py", "delete(PartyMark)"),
            ("ingest/parties/recognise.py", "delete(RecordParty)"),
            ("ingest/piles/arranging.py", "delete(Field)"),
            ("ingest/piles/arranging.py", "delete(PageText)"),
            ("ingest/piles/arranging.py", "delete(Rendition)"),
            ("ingest/piles/arranging.py", "lock"),
            ("ingest/rendering.py", "delete(Rendition)"),
            ("ingest/rendering.py", "lock"),
            ("ingest/review/again.py", "lock"),
            ("ingest/review/unlearn.py", "lock"),
        ],
        _SKIP,
    ),
    **dict.fromkeys(
        [
            ("akta/records/blobs.py", "delete_unreferenced"),
            ("akta/records/blobs.py", "store.delete"),
            ("akta/records/orphans.py", "delete_unreferenced"),
            ("retention/disposition/executing.py", "delete_unreferenced"),
            ("akta/storage/filesystem.py", "path.unlink"),
            ("akta/storage/filesystem.py", "self._sidecar(sha256).unlink"),
        ],
        _STORE,
    ),
    **dict.fromkeys(
        [
            ("akta/records/duplicates.py", "delete(BusinessKey)"),
            ("akta/records/duplicates.py", "delete(PictureBand)"),
            ("ingest/duplicates/finding.py", "session.delete"),
            ("indexer/service.py", "self.engine.apply"),
            ("indexer/holding.py", "engine.apply"),
            ("indexer/saved/alerts.py", "engine.apply"),
        ],
        _FOUND,
    ),
    **dict.fromkeys(
        [
            ("akta/records/parties/cleaning.py", "delete(Party)"),
            ("akta/records/parties/cleaning.py", "delete(PartyBlock)"),
            ("akta/records/parties/cleaning.py", "delete(PartyMerge)"),
            ("akta/records/parties/cleaning.py", "delete(PartyPair)"),
            ("akta/records/parties/cleaning.py", "update(Party)"),
            ("api/rest/parties.py", "app.party_decisions.rename"),
            ("api/web/parties.py", "decisions.rename"),
            ("ingest/parties/deciding.py", "delete(PartyBlock)"),
            ("ingest/parties/deciding.py", "update(Party)"),
            ("ingest/parties/deciding.py", "update(PartyBlock)"),
            ("ingest/parties/forest.py", "update(Party)"),
        ],
        _PARTY,
    ),
    **dict.fromkeys(
        [
            ("retention/holds/covering.py", "update(Record)"),
            ("retention/holds/releasing.py", "update(HoldItem)"),
        ],
        _HOLD,
    ),
    **dict.fromkeys(
        [
            ("retention/keeping/extensions.py", "delete(DeferredKeeping)"),
            ("retention/keeping/extensions.py", "update(Shortening)"),
            ("retention/keeping/writing.py", "delete(DeferredKeeping)"),
            ("retention/keeping/writing.py", "update(Record)"),
            ("retention/keeping/writing.py", "update(Shortening)"),
        ],
        _KEEPING,
    ),
    (
        "retention/keeping/extensions.py",
        "lock",
    ): "keeps longer; taking it back waits for the hold's end",
    ("retention/requests/service.py", "lock"): "restricts who sees it, or redacts a copy; the original stays",
    ("ingest/redacting.py", "lock"): "adds a redacted rendition; the original stays",
    ("akta/records/guard.py", "lock"): "it is the guard",
    ("akta/records/judgements.py", "delete(FieldVerdict)"): "how well Akta judged; no content of the record",
    ("akta/records/judgements.py", "update(Judgement)"): "how well Akta judged; no content of the record",
    (
        "akta/records/mirror.py",
        "self.store.set_legal_hold",
    ): "off only when no hold covers a record of the blob",
    ("akta/records/mirror.py", "self.store.protect"): "a date in the store moves forward only",
    (
        "akta/storage/filesystem.py",
        "draft.replace",
    ): "mends a damaged blob with the bytes of its name; guards",
    ("akta/operations/restore.py", "table.delete"): "only in an archive without records",
    ("akta/operations/restore.py", "text(f'DROP TRIGGER \"{name}\"')"): "only in an archive without records",
    ("ingest/decisions.py", "lock"): "answering a spot check, which changes nothing of the record",
    ("ingest/duplicates/deciding.py", "session.delete"): "a pair of records, after `lock_for_change`",
    ("ingest/duplicates/deciding.py", "lock"): "the other record of a pair; rejecting it asks the guard",
}

#: Each command, and what it can do to a held record.
CLI = {
    "ingest": "a receipt may be added",
    "review": "asks the guard",
    "job": "asks the guard; leaves undone only what nothing relies on",
    "party": "asks the guard where papers move",
    "hold": "places and releases holds",
    "model": "judges papers to come",
    "types": "defines types of papers to come",
    "export": "copies",
    "reindex": "builds the index anew",
    "verify": "reads; mends the index",
    "worker": "runs jobs",
    "serve": "runs jobs and answers requests",
    "relay": "names jobs to a broker",
    "restore": "only into an archive without records",
    "ledger": "destroys again what was destroyed before a backup was restored; asks the guard",
    "disposition": "asks the guard",
    "case": "asks the guard",
    "request": "asks the guard; restricts who sees it",
    "vital": "marks it as vital",
    "transfer": "copies; what was handed over goes by a disposition",
    **dict.fromkeys(("event", "entity", "schedule", "retention"), "may keep it longer, not shorter"),
    **dict.fromkeys(
        (
            "search",
            "searches",
            "show",
            "explain",
            "evaluate",
            "quality",
            "status",
            "separators",
            "backup",
            "certificate",
            "audit",
        ),
        "reads",
    ),
    **dict.fromkeys(("user", "token"), "accounts"),
}


def test_every_place_that_deletes_or_changes_is_known() -> None:
    """req 22"""
    found = places()
    assert sorted(found - DOORS.keys()) == [], "say in DOORS what stops it on a held record"
    assert sorted(DOORS.keys() - found) == [], "no longer there"


def test_every_command_is_known() -> None:
    """req 22"""
    assert set(CLI) == set(COMMANDS)


def test_only_disposition_destroys_and_only_blobs_are_deleted_in_one_place() -> None:
    """req 22: one choke point."""
    callers = {path for path, what in places() if what == "destroy"}
    assert callers == {
        f"retention/disposition/{name}.py" for name in ("destroying", "executing", "replaying")
    }
    assert {path for path, what in places() if what.endswith("store.delete")} == {"akta/records/blobs.py"}
