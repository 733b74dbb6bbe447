"""Business events, cases that can be closed, legal entities, and the history of what was computed.

What was filed before has its keeping computed anew by a job, which writes the first entry of its history.
Columns are added to `records`, never its table rebuilt: it has triggers.
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from akta.db.base import Id, Instant, Json
from akta.kernel.ids import new_id

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_OPEN = "retention_state = 'open'"
_CONFLICT = "retention_conflict"
#: By these it is decided who sees a filed record; in the index so that counting needs no row.
_SEEN = ("domain", "confidentiality")
#: What may change of a recorded event; all else is what happened.
_KEPT = ("id", "kind", "subject_kind", "subject_id", "effective", "value", "actor", "recorded_at", "corrects")


def upgrade() -> None:
    _cases()
    _records()
    _events()
    _keeping()
    if op.get_bind().dialect.name == "sqlite":
        _sqlite_triggers()
    else:
        _postgresql_triggers()
    _compute_what_is_there()


def _cases() -> None:
    op.add_column("cases", sa.Column("party_id", Id))
    op.add_column("cases", sa.Column("domain", sa.String(16), nullable=False, server_default="other"))
    op.add_column("cases", sa.Column("confidentiality", sa.Integer, nullable=False, server_default="1"))
    op.add_column("cases", sa.Column("opened_by", sa.String(120), nullable=False, server_default=""))
    op.add_column("cases", sa.Column("closed_on", sa.Date))
    op.add_column("cases", sa.Column("row_version", sa.Integer, nullable=False, server_default="1"))
    op.create_index("ix_cases_party_id", "cases", ["party_id"])


def _records() -> None:
    op.add_column("records", sa.Column("retention_action", sa.String(24)))
    op.add_column("records", sa.Column("retention_missing", sa.String(200)))
    op.add_column("records", sa.Column("locked_through", sa.Date))
    op.add_column("records", sa.Column("entity_id", Id))
    op.add_column(
        "records", sa.Column("retention_conflict", sa.Boolean, nullable=False, server_default=sa.false())
    )
    op.create_index("ix_records_entity_id", "records", ["entity_id"])
    # Equal columns come first: without statistics SQLite prefers an index with more of them.
    ends = ["state", "retention_state", "retain_through", "class_code", "id"]
    op.create_index("ix_records_due", "records", [*ends, *_SEEN, "held", "retention_action"])
    known = ["state", "retention_state", "class_code", "retention_missing", "id"]
    for name, columns, where in (
        ("ix_records_open", [*known, *_SEEN], _OPEN),
        ("ix_records_conflict", ["id"], _CONFLICT),
    ):
        op.create_index(
            name, "records", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where)
        )


def _events() -> None:
    op.create_table(
        "business_events",
        sa.Column("id", Id, primary_key=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("subject_kind", sa.String(8), nullable=False),
        sa.Column("subject_id", sa.String(40), nullable=False),
        sa.Column("effective", sa.Date, nullable=False),
        sa.Column("value", sa.String(40), nullable=False),
        sa.Column("evidence_record", Id),
        sa.Column("evidence", sa.Text, nullable=False),
        sa.Column("actor", sa.String(120), nullable=False),
        sa.Column("recorded_at", Instant, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("corrects", Id),
        sa.Column("key", sa.String(120), unique=True),
        sa.Column("batch", Id, index=True),
        sa.Column("source_record", Id, index=True),
        sa.Column("source_field", sa.String(40)),
        sa.Column("decided_by", sa.String(120)),
        sa.Column("decided_at", Instant),
        sa.Column("reason", sa.Text, nullable=False),
    )
    op.create_index("ix_business_events_subject", "business_events", ["subject_kind", "subject_id", "state"])
    op.create_index("ix_business_events_state_id", "business_events", ["state", "id"])
    op.create_index(
        "uq_business_events_proposed",
        "business_events",
        ["source_record", "source_field", "subject_kind", "subject_id"],
        unique=True,
        sqlite_where=sa.text("state = 'proposed'"),
        postgresql_where=sa.text("state = 'proposed'"),
    )
    op.create_table(
        "legal_entities",
        sa.Column("id", Id, primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("nip", sa.String(20), unique=True),
        sa.Column("is_default", sa.Boolean, nullable=False),
        sa.Column("fiscal_years", Json, nullable=False),
        sa.Column("row_version", sa.Integer, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
    )
    op.create_index(
        "uq_legal_entities_default",
        "legal_entities",
        ["is_default"],
        unique=True,
        sqlite_where=sa.text("is_default"),
        postgresql_where=sa.text("is_default"),
    )


def _keeping() -> None:
    record = sa.ForeignKey("records.id")
    op.create_table(
        "retention_history",
        sa.Column("record_id", Id, record, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("cause", sa.String(60), nullable=False),
        sa.Column("actor", sa.String(120), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("retain_through", sa.Date),
        sa.Column("class_code", sa.String(40)),
        sa.Column("class_version", sa.Integer),
        sa.Column("derivation", Json),
    )
    op.create_index("ix_retention_history_cause", "retention_history", ["cause"])
    op.create_table(
        "retention_extensions",
        sa.Column("id", Id, primary_key=True),
        sa.Column("record_id", Id, sa.ForeignKey("records.id"), nullable=False, index=True),
        sa.Column("until", sa.Date, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("actor", sa.String(120), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("cancelled_by", sa.String(120)),
        sa.Column("cancelled_at", Instant),
        sa.Column("cancel_reason", sa.Text, nullable=False),
    )
    op.create_table(
        "recomputations",
        sa.Column("id", Id, primary_key=True),
        sa.Column("scope", sa.String(8), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("cause", sa.String(60), nullable=False),
        sa.Column("actor", sa.String(120), nullable=False),
        sa.Column("may_shorten", sa.Boolean, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("cursor", sa.String(26), nullable=False),
        sa.Column("seen", sa.Integer, nullable=False),
        sa.Column("changed", sa.Integer, nullable=False),
        sa.Column("report", Json, nullable=False),
        sa.Column("asked_at", Instant, nullable=False),
        sa.Column("ended_at", Instant),
    )
    op.create_index("ix_recomputations_state", "recomputations", ["state", "id"])
    op.create_table(
        "retention_shortenings",
        sa.Column("id", Id, primary_key=True),
        sa.Column("record_id", Id, sa.ForeignKey("records.id"), nullable=False),
        sa.Column("recomputation_id", Id, index=True),
        sa.Column("cause", sa.String(60), nullable=False),
        sa.Column("class_code", sa.String(40), nullable=False),
        sa.Column("class_version", sa.Integer, nullable=False),
        sa.Column("before_outcome", sa.String(16), nullable=False),
        sa.Column("before_through", sa.Date),
        sa.Column("after_outcome", sa.String(16), nullable=False),
        sa.Column("after_through", sa.Date),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("found_at", Instant, nullable=False),
        sa.Column("decided_by", sa.String(120)),
        sa.Column("decided_at", Instant),
    )
    op.create_index("ix_retention_shortenings_record_id", "retention_shortenings", ["record_id", "state"])
    op.create_index("ix_retention_shortenings_state", "retention_shortenings", ["state", "id"])
    op.create_table(
        "retention_deferred",
        sa.Column("record_id", Id, sa.ForeignKey("records.id"), primary_key=True),
        sa.Column("cause", sa.String(60), nullable=False),
        sa.Column("since", Instant, nullable=False),
    )


def _sqlite_triggers() -> None:
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER retention_history_no_{act.lower()} BEFORE {act} ON retention_history "
            "BEGIN SELECT RAISE(ABORT, 'the history of keeping is append-only'); END"
        )
    op.execute(
        "CREATE TRIGGER business_events_no_delete BEFORE DELETE ON business_events "
        "BEGIN SELECT RAISE(ABORT, 'what was recorded stays on record'); END"
    )
    differs = " OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in _KEPT)
    op.execute(
        f"CREATE TRIGGER business_events_immutable BEFORE UPDATE ON business_events WHEN {differs} "
        "BEGIN SELECT RAISE(ABORT, 'what happened never changes'); END"
    )


def _postgresql_triggers() -> None:
    op.execute(
        "CREATE TRIGGER retention_history_append_only BEFORE UPDATE OR DELETE ON retention_history "
        "FOR EACH ROW EXECUTE FUNCTION akta_refuse('the history of keeping is append-only')"
    )
    op.execute(
        "CREATE TRIGGER retention_history_no_truncate BEFORE TRUNCATE ON retention_history "
        "FOR EACH STATEMENT EXECUTE FUNCTION akta_refuse('the history of keeping is append-only')"
    )
    op.execute(
        "CREATE TRIGGER business_events_no_delete BEFORE DELETE ON business_events "
        "FOR EACH ROW EXECUTE FUNCTION akta_refuse('what was recorded stays on record')"
    )
    differs = " OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in _KEPT)
    op.execute(
        f"CREATE TRIGGER business_events_immutable BEFORE UPDATE ON business_events FOR EACH ROW "
        f"WHEN ({differs}) EXECUTE FUNCTION akta_refuse('what happened never changes')"
    )


def _compute_what_is_there() -> None:
    """Ask for the keeping of all records that have a class to be computed, as a job of its own."""
    connection = op.get_bind()
    if connection.execute(sa.text("SELECT 1 FROM records WHERE class_code IS NOT NULL LIMIT 1")).first() is None:
        return
    number, now = new_id(), datetime.now(UTC)
    op.bulk_insert(
        sa.table(
            "recomputations",
            *(sa.column(n) for n in ("id", "scope", "subject", "cause", "actor", "state", "cursor")),
            *(sa.column(n) for n in ("may_shorten", "seen", "changed")),
            sa.column("report", Json),
            sa.column("asked_at", Instant),
        ),
        [
            {
                "id": number, "scope": "all", "subject": "", "cause": "update", "actor": "system:setup",
                "state": "waiting", "cursor": "", "may_shorten": False, "seen": 0, "changed": 0,
                "report": {}, "asked_at": now,
            }
        ],
    )  # fmt: skip
    op.bulk_insert(
        sa.table(
            "jobs",
            *(sa.column(n) for n in ("id", "kind", "key", "priority", "state", "attempt", "max_attempts")),
            *(sa.column(n) for n in ("failures", "waits")),
            sa.column("payload", Json),
            *(sa.column(n, Instant) for n in ("run_after", "publish_at", "created_at")),
        ),
        [
            {
                "id": new_id(), "kind": "retention.recompute", "key": f"recompute:{number}", "priority": 80,
                "state": "ready", "attempt": 0, "max_attempts": 5, "failures": 0, "waits": 0,
                "payload": {"recomputation": number},
                "run_after": now, "publish_at": now, "created_at": now,
            }
        ],
    )  # fmt: skip


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name in (
            "retention_history_no_update",
            "retention_history_no_delete",
            "business_events_no_delete",
            "business_events_immutable",
        ):
            op.execute(f"DROP TRIGGER {name}")
    for name in (
        *("retention_deferred", "retention_shortenings", "recomputations", "retention_extensions"),
        *("retention_history", "legal_entities", "business_events"),
    ):
        op.drop_table(name)
    for name in ("conflict", "open", "due", "entity_id"):
        op.drop_index(f"ix_records_{name}", "records")
    for name in ("retention_conflict", "entity_id", "locked_through", "retention_missing", "retention_action"):
        op.drop_column("records", name)
    op.drop_index("ix_cases_party_id", "cases")
    for name in ("row_version", "closed_on", "opened_by", "confidentiality", "domain", "party_id"):
        op.drop_column("cases", name)
