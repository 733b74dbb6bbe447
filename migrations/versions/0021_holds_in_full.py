"""Holds in full: scopes, frozen searches, notices; and triggers for all that hangs on a held record.

A trigger lets through what may still change on a held record and refuses the rest: the lists are here,
and docs/holds.md says why. Columns are added in place: some of these tables have triggers.
"""

import sqlalchemy as sa
from alembic import op

from akta.db.base import Id, Instant, Json

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

SAID = "a legal hold covers this record"
#: What of a record's row stays as it is while the record is held. Not here: `held` and `row_version`, and
#: the three columns of its keeping, which may only be lengthened.
FROZEN = (
    *("id", "parent_id", "state", "reason", "reason_params", "file_name", "media_type", "size", "sha256"),
    *("depth", "channel", "owner_id", "title", "domain", "doc_type", "subtype", "confidence", "alternatives"),
    *("doubts", "suggestions", "flags", "syntax", "language", "model_version", "document_date"),
    *("page_count", "pages_done", "class_code", "case_id", "confidentiality"),
    *("received_at", "ended_at", "destroyed_at", "work_seconds"),
)
#: What hangs on a record: on a held one rows are neither added, changed nor removed.
CLOSED = ("pages", "fields", "corrections", "record_parties", "party_marks")
#: Here rows may be added: a receipt of the same paper, a preview that was never made, a lesson.
OPEN_TO_MORE = ("renditions", "receipts", "steps", "lessons", "sender_keys")
#: No row of these ever goes.
KEPT_ROWS = ("holds", "hold_scopes", "hold_searches", "hold_found", "hold_notices")
ALL_GUARDED = ("records", "versions", *CLOSED, *OPEN_TO_MORE, "hold_items", *KEPT_ROWS)

_HELD = (
    "EXISTS (SELECT 1 FROM hold_items i JOIN holds h ON h.id = i.hold_id WHERE i.record_id = {r} "
    "AND i.active AND NOT i.provisional AND h.released_at IS NULL)"
)
_ENDED = "EXISTS (SELECT 1 FROM records x WHERE x.id = {r} AND x.state NOT IN ('received', 'reading'))"
_KEPT = (
    "(EXISTS (SELECT 1 FROM hold_items i JOIN holds h ON h.id = i.hold_id WHERE i.record_id = {r} "
    "AND i.active AND h.released_at IS NULL) "
    "OR EXISTS (SELECT 1 FROM hold_pending p WHERE p.record_id = {r}) "
    "OR EXISTS (SELECT 1 FROM holds h WHERE h.state = 'placing'))"
)
_SHORTENED = (
    "(COALESCE(OLD.retention_state, '') = 'permanent' AND COALESCE(NEW.retention_state, '') <> 'permanent') "
    "OR (COALESCE(OLD.retention_state, '') = 'until' "
    "AND (COALESCE(NEW.retention_state, '') NOT IN ('until', 'open', 'permanent') "
    "OR NEW.retain_through < OLD.retain_through))"
)
_ITEM_FORGED = (
    "OLD.hold_id <> NEW.hold_id OR OLD.record_id <> NEW.record_id OR OLD.added_at <> NEW.added_at "
    "OR (NEW.provisional AND NOT OLD.provisional) "
    "OR (NOT OLD.provisional AND (OLD.how <> NEW.how OR COALESCE(OLD.sha256, '') <> COALESCE(NEW.sha256, ''))) "
    "OR (OLD.active AND NOT NEW.active AND NOT OLD.provisional "
    "AND (NEW.released_at IS NULL OR NEW.released_by IS NULL))"
)
_HOLD_FORGED = (
    "OLD.id <> NEW.id OR OLD.matter <> NEW.matter OR OLD.reason <> NEW.reason "
    "OR OLD.authority <> NEW.authority OR OLD.placed_by <> NEW.placed_by OR OLD.placed_at <> NEW.placed_at "
    "OR (OLD.released_at IS NOT NULL AND (NEW.released_at IS NULL OR NEW.released_at <> OLD.released_at "
    "OR NEW.state <> OLD.state OR COALESCE(NEW.released_by, '') <> COALESCE(OLD.released_by, ''))) "
    "OR (OLD.released_at IS NULL AND NEW.released_at IS NOT NULL AND (NEW.released_by IS NULL "
    "OR COALESCE(NEW.release_reason, '') = '' "
    "OR EXISTS (SELECT 1 FROM hold_items i WHERE i.hold_id = OLD.id AND i.active)))"
)
_NOTICE_FORGED = (
    "OLD.hold_id <> NEW.hold_id OR OLD.user_id <> NEW.user_id OR OLD.sent_at <> NEW.sent_at "
    "OR (OLD.acknowledged_at IS NOT NULL "
    "AND (NEW.acknowledged_at IS NULL OR NEW.acknowledged_at <> OLD.acknowledged_at))"
)
_FROZEN_SEARCH = "EXISTS (SELECT 1 FROM hold_searches s WHERE s.id = NEW.search_id AND s.digest IS NOT NULL)"


def upgrade() -> None:
    _columns()
    _tables()
    op.execute("UPDATE holds SET owner = placed_by")
    op.execute(
        "UPDATE holds SET state = 'released', release_reason = 'see the audit log' WHERE released_at IS NOT NULL"
    )
    op.execute(
        "UPDATE hold_items SET sha256 = (SELECT r.sha256 FROM records r WHERE r.id = hold_items.record_id)"
    )
    op.execute(
        "UPDATE hold_items SET "
        "released_at = (SELECT h.released_at FROM holds h WHERE h.id = hold_items.hold_id), "
        "released_by = (SELECT h.released_by FROM holds h WHERE h.id = hold_items.hold_id) WHERE NOT active"
    )
    if op.get_bind().dialect.name == "sqlite":
        for name in ("versions_held", "records_held_update", "records_held_delete"):
            op.execute(f"DROP TRIGGER {name}")
        _sqlite()
    else:
        op.execute("DROP TRIGGER versions_held ON versions")
        op.execute("DROP TRIGGER records_held_update ON records")
        op.execute("DROP TRIGGER records_held_delete ON records")
        _postgresql()


def _columns() -> None:
    op.add_column("holds", sa.Column("state", sa.String(12), nullable=False, server_default="active"))
    op.add_column("holds", sa.Column("owner", sa.String(120), nullable=False, server_default=""))
    op.add_column("holds", sa.Column("notice", sa.Text, nullable=False, server_default=""))
    op.add_column("holds", sa.Column("release_reason", sa.Text))
    op.add_column("holds", sa.Column("grace_until", Instant))
    op.create_index("ix_holds_state", "holds", ["state"])
    op.add_column(
        "hold_items", sa.Column("provisional", sa.Boolean, nullable=False, server_default=sa.text("false"))
    )
    op.add_column("hold_items", sa.Column("how", sa.String(8), nullable=False, server_default="named"))
    op.add_column("hold_items", sa.Column("sha256", sa.String(64)))
    op.add_column("hold_items", sa.Column("released_at", Instant))
    op.add_column("hold_items", sa.Column("released_by", sa.String(120)))
    op.add_column("hold_items", sa.Column("grace_until", Instant))
    op.create_index("ix_hold_items_hold_id_active", "hold_items", ["hold_id", "active", "record_id"])


def _tables() -> None:
    op.create_table(
        "hold_scopes",
        sa.Column("id", Id, primary_key=True),
        sa.Column("hold_id", Id, sa.ForeignKey("holds.id"), nullable=False, index=True),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("key", sa.String(200), nullable=False, server_default=""),
        sa.Column("reach", Json, nullable=False),
        sa.Column("added_by", sa.String(120), nullable=False),
        sa.Column("added_at", Instant, nullable=False),
    )
    op.create_index("ix_hold_scopes_kind_hold_id", "hold_scopes", ["kind", "hold_id"])
    op.create_table(
        "hold_searches",
        sa.Column("id", Id, primary_key=True),
        sa.Column("hold_id", Id, sa.ForeignKey("holds.id"), nullable=False, index=True),
        sa.Column("scope_id", Id, sa.ForeignKey("hold_scopes.id"), nullable=False),
        sa.Column("query", sa.Text, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("found", sa.Integer, nullable=False),
        sa.Column("digest", sa.String(64)),
    )
    op.create_table(
        "hold_found",
        sa.Column("search_id", Id, sa.ForeignKey("hold_searches.id"), primary_key=True),
        sa.Column("record_id", Id, sa.ForeignKey("records.id"), primary_key=True, index=True),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("row_version", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "hold_notices",
        sa.Column("hold_id", Id, sa.ForeignKey("holds.id"), primary_key=True),
        sa.Column("user_id", Id, sa.ForeignKey("users.id"), primary_key=True, index=True),
        sa.Column("sent_at", Instant, nullable=False),
        sa.Column("reminded_at", Instant),
        sa.Column("reminders", sa.Integer, nullable=False),
        sa.Column("acknowledged_at", Instant),
    )
    op.create_table(
        "hold_pending",
        sa.Column("record_id", Id, primary_key=True),
        sa.Column("turn", sa.Integer, nullable=False),
    )
    op.create_table(
        "store_guards",
        sa.Column("record_id", Id, primary_key=True),
        sa.Column("turn", sa.Integer, nullable=False),
        sa.Column("asked_at", Instant, nullable=False),
        sa.Column("error", sa.Text),
    )


# -- SQLite --------------------------------------------------------------------


def _refuse(name: str, event: str, table: str, when: str, said: str = SAID) -> None:
    condition = f"WHEN {when} " if when else ""
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {event} ON {table} {condition}BEGIN SELECT RAISE(ABORT, '{said}'); END"
    )


def _sqlite() -> None:
    old, new = "OLD.record_id", "NEW.record_id"
    changed = " OR ".join(f"NEW.{c} IS NOT OLD.{c}" for c in FROZEN)
    _refuse(
        "records_kept",
        "UPDATE OF state",
        "records",
        f"NEW.state = 'destroyed' AND OLD.state <> 'destroyed' AND {_KEPT.format(r='OLD.id')}",
    )
    _refuse(
        "records_frozen",
        "UPDATE",
        "records",
        "((NEW.id <> OLD.id OR NEW.sha256 <> OLD.sha256 OR NOT NEW.held) OR "
        f"(OLD.state NOT IN ('received', 'reading') AND ({changed} OR {_SHORTENED}))) "
        f"AND {_HELD.format(r='OLD.id')}",
    )
    _refuse("records_kept_delete", "DELETE", "records", _KEPT.format(r="OLD.id"))
    _refuse("versions_kept", "DELETE", "versions", _KEPT.format(r=old))
    _refuse("versions_frozen", "INSERT", "versions", f"NEW.number > 1 AND {_HELD.format(r=new)}")
    for table in (*CLOSED, *OPEN_TO_MORE):
        events = ("UPDATE", "DELETE") if table in OPEN_TO_MORE else ("INSERT", "UPDATE", "DELETE")
        for event in events:
            side = new if event == "INSERT" else old
            when = _HELD.format(r=side) + (
                "" if table == "receipts" else f" AND {_ENDED.format(r=side)}"
            )
            if event == "UPDATE":  # a row may not be brought to a held record either
                when += f" OR ({old} <> {new} AND {_HELD.format(r=new)} AND {_ENDED.format(r=new)})"
            _refuse(f"{table}_frozen_{event.lower()}", event, table, when)
    kept = "what a hold covered stays on record"
    for table in KEPT_ROWS:
        _refuse(f"{table}_stay", "DELETE", table, "", kept)
    _refuse("hold_items_unforged", "UPDATE", "hold_items", _ITEM_FORGED, kept)
    _refuse("holds_unforged", "UPDATE", "holds", _HOLD_FORGED, kept)
    _refuse("hold_scopes_unforged", "UPDATE", "hold_scopes", "", kept)
    _refuse("hold_searches_unforged", "UPDATE", "hold_searches", "OLD.digest IS NOT NULL", kept)
    _refuse("hold_found_unforged", "UPDATE", "hold_found", "", kept)
    _refuse("hold_found_frozen", "INSERT", "hold_found", _FROZEN_SEARCH, kept)
    _refuse("hold_notices_unforged", "UPDATE", "hold_notices", _NOTICE_FORGED, kept)


# -- PostgreSQL ----------------------------------------------------------------


def _function(name: str, body: str) -> None:
    op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$")


def _on(name: str, events: str, table: str, function: str) -> None:
    op.execute(f"CREATE TRIGGER {name} BEFORE {events} ON {table} FOR EACH ROW EXECUTE FUNCTION {function}")


def _raise(when: str, said: str = SAID) -> str:
    return f"IF {when} THEN RAISE EXCEPTION '{said}'; END IF; "


_GO_ON = "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END"


def _postgresql() -> None:
    changed = " OR ".join(f"NEW.{c} IS DISTINCT FROM OLD.{c}" for c in FROZEN)
    _function(
        "akta_record_held",
        "BEGIN IF TG_OP = 'DELETE' THEN "
        + _raise(_KEPT.format(r="OLD.id"))
        + "RETURN OLD; END IF; "
        + _raise(
            f"NEW.state = 'destroyed' AND OLD.state <> 'destroyed' AND {_KEPT.format(r='OLD.id')}"
        )
        + "IF (NEW.id <> OLD.id OR NEW.sha256 <> OLD.sha256 OR NOT NEW.held) OR "
        f"(OLD.state NOT IN ('received', 'reading') AND ({changed} OR {_SHORTENED})) THEN "
        + _raise(_HELD.format(r="OLD.id"))
        + "END IF; RETURN NEW; END",
    )
    _on("records_frozen", "UPDATE OR DELETE", "records", "akta_record_held()")
    _function(
        "akta_version_held",
        "BEGIN IF TG_OP = 'DELETE' THEN "
        + _raise(_KEPT.format(r="OLD.record_id"))
        + "RETURN OLD; END IF; "
        + _raise(f"NEW.number > 1 AND {_HELD.format(r='NEW.record_id')}")
        + "RETURN NEW; END",
    )
    _on("versions_frozen", "INSERT OR DELETE", "versions", "akta_version_held()")
    of_old = f"{_HELD.format(r='OLD.record_id')} AND (TG_TABLE_NAME = 'receipts' OR {_ENDED.format(r='OLD.record_id')})"
    of_new = f"{_HELD.format(r='NEW.record_id')} AND {_ENDED.format(r='NEW.record_id')}"
    _function(
        "akta_content_held",
        "BEGIN IF TG_OP <> 'INSERT' THEN "
        + _raise(of_old)
        + "END IF; IF TG_OP = 'INSERT' THEN "
        + _raise(of_new)
        + "ELSIF TG_OP = 'UPDATE' THEN "
        + _raise(f"OLD.record_id <> NEW.record_id AND {of_new}")
        + "END IF; "
        + _GO_ON,
    )
    for table in CLOSED:
        _on(f"{table}_frozen", "INSERT OR UPDATE OR DELETE", table, "akta_content_held()")
    for table in OPEN_TO_MORE:
        _on(f"{table}_frozen", "UPDATE OR DELETE", table, "akta_content_held()")
    kept = "what a hold covered stays on record"
    for table in KEPT_ROWS:
        _on(f"{table}_stay", "DELETE", table, f"akta_refuse('{kept}')")
    for name, table, when in (
        ("akta_item_unforged", "hold_items", _ITEM_FORGED),
        ("akta_hold_unforged", "holds", _HOLD_FORGED),
        ("akta_search_unforged", "hold_searches", "OLD.digest IS NOT NULL"),
        ("akta_notice_unforged", "hold_notices", _NOTICE_FORGED),
    ):
        _function(name, "BEGIN " + _raise(when, kept) + "RETURN NEW; END")
        _on(f"{table}_unforged", "UPDATE", table, f"{name}()")
    _on("hold_scopes_unforged", "UPDATE", "hold_scopes", f"akta_refuse('{kept}')")
    _on("hold_found_unforged", "UPDATE", "hold_found", f"akta_refuse('{kept}')")
    _function("akta_found_frozen", "BEGIN " + _raise(_FROZEN_SEARCH, kept) + "RETURN NEW; END")
    _on("hold_found_frozen", "INSERT", "hold_found", "akta_found_frozen()")
    for table in ALL_GUARDED:
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION akta_refuse('this table is never emptied')"
        )


# -- back ----------------------------------------------------------------------


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _drop_sqlite()
    else:
        _drop_postgresql()
    for table in (
        *("store_guards", "hold_pending", "hold_notices", "hold_found", "hold_searches", "hold_scopes"),
    ):
        op.drop_table(table)
    op.drop_index("ix_hold_items_hold_id_active", "hold_items")
    for column in ("grace_until", "released_by", "released_at", "sha256", "how", "provisional"):
        op.drop_column("hold_items", column)
    op.drop_index("ix_holds_state", "holds")
    for column in ("grace_until", "release_reason", "notice", "owner", "state"):
        op.drop_column("holds", column)
    _restore_first()


def _drop_sqlite() -> None:
    names = [
        *("records_kept", "records_frozen", "records_kept_delete", "versions_kept", "versions_frozen"),
        *(f"{table}_frozen_{event}" for table in CLOSED for event in ("insert", "update", "delete")),
        *(f"{table}_frozen_{event}" for table in OPEN_TO_MORE for event in ("update", "delete")),
        *(f"{table}_stay" for table in KEPT_ROWS),
        *("hold_items_unforged", "holds_unforged", "hold_scopes_unforged", "hold_searches_unforged"),
        *("hold_found_unforged", "hold_found_frozen", "hold_notices_unforged"),
    ]
    for name in names:
        op.execute(f"DROP TRIGGER {name}")


def _drop_postgresql() -> None:
    for name in (
        *("akta_record_held", "akta_version_held", "akta_content_held", "akta_item_unforged"),
        *("akta_hold_unforged", "akta_search_unforged", "akta_notice_unforged", "akta_found_frozen"),
    ):
        op.execute(f"DROP FUNCTION {name}() CASCADE")
    for table in ALL_GUARDED:
        op.execute(f"DROP TRIGGER {table}_no_truncate ON {table}")
    op.execute("DROP TRIGGER holds_stay ON holds")


def _restore_first() -> None:
    """The three triggers that these took the place of, as the second migration made them."""
    held = (
        "SELECT 1 FROM hold_items i JOIN holds h ON h.id = i.hold_id "
        "WHERE i.record_id = {r} AND i.active AND h.released_at IS NULL"
    )
    if op.get_bind().dialect.name == "sqlite":
        _refuse("versions_held", "DELETE", "versions", f"EXISTS ({held.format(r='OLD.record_id')})")
        _refuse(
            "records_held_update",
            "UPDATE",
            "records",
            f"(NEW.state = 'destroyed' OR NEW.sha256 <> OLD.sha256) AND EXISTS ({held.format(r='OLD.id')})",
        )
        _refuse("records_held_delete", "DELETE", "records", f"EXISTS ({held.format(r='OLD.id')})")
        return
    _on("versions_held", "DELETE", "versions", "akta_refuse_held()")
    op.execute(
        "CREATE TRIGGER records_held_update BEFORE UPDATE ON records FOR EACH ROW "
        "WHEN (NEW.state = 'destroyed' OR NEW.sha256 <> OLD.sha256) EXECUTE FUNCTION akta_refuse_held()"
    )
    _on("records_held_delete", "DELETE", "records", "akta_refuse_held()")
