"""The day that keeping was last seen to, how often custodians are reminded, and what of a held record is frozen.

The functions by which a trigger asks whether a record is held stand in migration 0021 and are repeated here:
a migration says for itself what it makes.
"""

import sqlalchemy as sa
from alembic import op

from akta.db.base import Instant

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

SAID = "a legal hold covers this record"
#: Tables of which a held record's rows may be more, but stay as they are.
ADDED_ONLY = ("record_states", "redactions")

_HELD = (
    "EXISTS (SELECT 1 FROM hold_items i JOIN holds h ON h.id = i.hold_id WHERE i.record_id = {r} "
    "AND i.active AND NOT i.provisional AND h.released_at IS NULL)"
)
_ENDED = "EXISTS (SELECT 1 FROM records x WHERE x.id = {r} AND x.state NOT IN ('received', 'reading'))"
_DERIVED = ("retention", "retention_action", "retention_missing", "retention_conflict")
#: Besides these, what is derived of a held record may not be weakened or be another's.
_WEAKENED = (
    "(OLD.locked_through IS NOT NULL AND (NEW.locked_through IS NULL OR NEW.locked_through < OLD.locked_through)) "
    "OR (OLD.entity_id IS NOT NULL AND (NEW.entity_id IS NULL OR NEW.entity_id <> OLD.entity_id))"
)
#: What a copy was asked to be; only its making is noted, once.
_ASKED = ("id", "record_id", "reason", "version", "asked_by", "asked_at")


def upgrade() -> None:
    op.create_table(
        "retention_days",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("seen_at", Instant, nullable=False),
    )
    # Added, not rebuilt: the table has triggers.
    op.add_column("holds", sa.Column("remind_days", sa.Integer, nullable=False, server_default="7"))
    _indexes("restricted")
    if op.get_bind().dialect.name == "sqlite":
        _sqlite()
    else:
        _postgresql()


def _indexes(*more: str) -> None:
    """What is due and what is open is counted in the index alone if that has all that is asked for."""
    seen = ["id", "domain", "confidentiality"]
    due = ["state", "retention_state", "retain_through", "class_code", *seen, "held", "retention_action"]
    open_ = ["state", "retention_state", "class_code", "retention_missing", *seen]
    where = sa.text("retention_state = 'open'")
    for name in ("ix_records_due", "ix_records_open"):
        op.drop_index(name, "records")
    op.create_index("ix_records_due", "records", [*due, *more])
    op.create_index(
        "ix_records_open", "records", [*open_, *more], sqlite_where=where, postgresql_where=where
    )


# -- SQLite --------------------------------------------------------------------


def _refuse(name: str, event: str, table: str, when: str) -> None:
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {event} ON {table} WHEN {when} BEGIN SELECT RAISE(ABORT, '{SAID}'); END"
    )


def _sqlite() -> None:
    parts = " OR ".join(f"NEW.{c} IS NOT OLD.{c}" for c in _DERIVED[1:])
    said = (
        "json_extract(NEW.retention, '$.outcome') IS NOT NEW.retention_state "
        "OR json_extract(NEW.retention, '$.retain_through') IS NOT NEW.retain_through "
        "OR NULLIF(substr(json_extract(NEW.retention, '$.action'), 1, 24), '') IS NOT NEW.retention_action "
        "OR (COALESCE(json_array_length(NEW.retention, '$.conflicts'), 0) > 0) <> NEW.retention_conflict"
    )
    _refuse(
        "records_derived",
        f"UPDATE OF {', '.join((*_DERIVED, 'locked_through', 'entity_id'))}",
        "records",
        f"OLD.state NOT IN ('received', 'reading') AND {_HELD.format(r='OLD.id')} AND ({_WEAKENED} "
        f"OR CASE WHEN NEW.retention IS OLD.retention THEN {parts} ELSE {said} END)",
    )
    old, new = "OLD.record_id", "NEW.record_id"
    brought = f"({old} <> {new} AND {_HELD.format(r=new)} AND {_ENDED.format(r=new)})"
    of_old = f"{_HELD.format(r=old)} AND {_ENDED.format(r=old)}"
    changed = " OR ".join(f"NEW.{c} IS NOT OLD.{c}" for c in (*_ASKED, "boxes"))
    _refuse("record_states_frozen_update", "UPDATE", "record_states", f"({of_old}) OR {brought}")
    _refuse(
        "redactions_frozen_update",
        "UPDATE",
        "redactions",
        f"({of_old} AND (OLD.state <> 'waiting' OR {changed})) OR {brought}",
    )
    for table in ADDED_ONLY:
        _refuse(f"{table}_frozen_delete", "DELETE", table, of_old)


# -- PostgreSQL ----------------------------------------------------------------


def _function(name: str, body: str) -> None:
    op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$")


def _raise(when: str) -> str:
    return f"IF {when} THEN RAISE EXCEPTION '{SAID}'; END IF; "


def _postgresql() -> None:
    parts = " OR ".join(f"NEW.{c} IS DISTINCT FROM OLD.{c}" for c in _DERIVED[1:])
    said = (
        "NEW.retention->>'outcome' IS DISTINCT FROM NEW.retention_state "
        "OR NEW.retention->>'retain_through' IS DISTINCT FROM to_char(NEW.retain_through, 'YYYY-MM-DD') "
        "OR NULLIF(left(NEW.retention->>'action', 24), '') IS DISTINCT FROM NEW.retention_action "
        "OR (CASE WHEN jsonb_typeof(NEW.retention->'conflicts') = 'array' "
        "THEN jsonb_array_length(NEW.retention->'conflicts') > 0 ELSE false END) <> NEW.retention_conflict"
    )
    _function(
        "akta_derived_held",
        f"BEGIN IF OLD.state NOT IN ('received', 'reading') AND ({_WEAKENED} "
        f"OR CASE WHEN NEW.retention IS NOT DISTINCT FROM OLD.retention THEN {parts} ELSE {said} END) THEN "
        + _raise(_HELD.format(r="OLD.id"))
        + "END IF; RETURN NEW; END",
    )
    op.execute(
        f"CREATE TRIGGER records_derived BEFORE UPDATE OF {', '.join((*_DERIVED, 'locked_through', 'entity_id'))} "
        "ON records FOR EACH ROW EXECUTE FUNCTION akta_derived_held()"
    )
    op.execute(
        "CREATE TRIGGER record_states_frozen BEFORE UPDATE OR DELETE ON record_states "
        "FOR EACH ROW EXECUTE FUNCTION akta_content_held()"
    )
    of_old = f"{_HELD.format(r='OLD.record_id')} AND {_ENDED.format(r='OLD.record_id')}"
    of_new = f"{_HELD.format(r='NEW.record_id')} AND {_ENDED.format(r='NEW.record_id')}"
    changed = " OR ".join(f"NEW.{c} IS DISTINCT FROM OLD.{c}" for c in (*_ASKED, "boxes"))
    _function(
        "akta_redaction_held",
        "BEGIN IF TG_OP = 'DELETE' THEN "
        + _raise(of_old)
        + "RETURN OLD; END IF; "
        + _raise(f"(OLD.state <> 'waiting' OR {changed}) AND {of_old}")
        + _raise(f"OLD.record_id <> NEW.record_id AND {of_new}")
        + "RETURN NEW; END",
    )
    op.execute(
        "CREATE TRIGGER redactions_frozen BEFORE UPDATE OR DELETE ON redactions "
        "FOR EACH ROW EXECUTE FUNCTION akta_redaction_held()"
    )
    for table in ADDED_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION akta_refuse('this table is never emptied')"
        )


# -- back ----------------------------------------------------------------------


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER records_derived")
        for table in ADDED_ONLY:
            for event in ("update", "delete"):
                op.execute(f"DROP TRIGGER {table}_frozen_{event}")
    else:
        for function in ("akta_derived_held", "akta_redaction_held"):
            op.execute(f"DROP FUNCTION {function}() CASCADE")
        op.execute("DROP TRIGGER record_states_frozen ON record_states")
        for table in ADDED_ONLY:
            op.execute(f"DROP TRIGGER {table}_no_truncate ON {table}")
    _indexes()
    op.drop_column("holds", "remind_days")
    op.drop_table("retention_days")
