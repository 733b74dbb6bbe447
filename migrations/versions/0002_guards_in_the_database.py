"""Guards in the database, behind those in the code.

The audit log cannot be changed or deleted from, and what a legal hold covers
cannot be deleted or turned into a stub, not even with SQL. A later migration
that rebuilds one of these tables on SQLite (batch mode) must make its triggers
again.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_HELD = (
    "SELECT 1 FROM hold_items i JOIN holds h ON h.id = i.hold_id "
    "WHERE i.record_id = {record} AND i.active AND h.released_at IS NULL"
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _sqlite()
    else:
        _postgresql()


def _sqlite() -> None:
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_entries_no_{act.lower()} BEFORE {act} ON audit_entries "
            "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
        )
    for table in ("versions",):
        op.execute(
            f"CREATE TRIGGER {table}_held BEFORE DELETE ON {table} "
            f"WHEN EXISTS ({_HELD.format(record='OLD.record_id')}) "
            "BEGIN SELECT RAISE(ABORT, 'a legal hold covers this record'); END"
        )
        op.execute(
            f"CREATE TRIGGER {table}_immutable BEFORE UPDATE ON {table} "
            "BEGIN SELECT RAISE(ABORT, 'a version never changes'); END"
        )
    op.execute(
        "CREATE TRIGGER records_held_update BEFORE UPDATE ON records "
        "WHEN (NEW.state = 'destroyed' OR NEW.sha256 <> OLD.sha256) "
        f"AND EXISTS ({_HELD.format(record='OLD.id')}) "
        "BEGIN SELECT RAISE(ABORT, 'a legal hold covers this record'); END"
    )
    op.execute(
        "CREATE TRIGGER records_held_delete BEFORE DELETE ON records "
        f"WHEN EXISTS ({_HELD.format(record='OLD.id')}) "
        "BEGIN SELECT RAISE(ABORT, 'a legal hold covers this record'); END"
    )
    op.execute(
        "CREATE TRIGGER hold_items_kept BEFORE DELETE ON hold_items "
        "BEGIN SELECT RAISE(ABORT, 'what a hold covered stays on record'); END"
    )


def _postgresql() -> None:
    op.execute(
        "CREATE FUNCTION akta_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE EXCEPTION '%', TG_ARGV[0]; END $$"
    )
    op.execute(
        "CREATE FUNCTION akta_refuse_held() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "DECLARE rid text; BEGIN "
        "IF TG_TABLE_NAME = 'records' THEN rid := OLD.id; ELSE rid := to_jsonb(OLD) ->> 'record_id'; END IF; "
        f"IF EXISTS ({_HELD.format(record='rid')}) THEN "
        "RAISE EXCEPTION 'a legal hold covers this record'; END IF; "
        "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_entries_append_only BEFORE UPDATE OR DELETE ON audit_entries "
        "FOR EACH ROW EXECUTE FUNCTION akta_refuse('the audit log is append-only')"
    )
    op.execute(
        "CREATE TRIGGER audit_entries_no_truncate BEFORE TRUNCATE ON audit_entries "
        "FOR EACH STATEMENT EXECUTE FUNCTION akta_refuse('the audit log is append-only')"
    )
    op.execute(
        "CREATE TRIGGER versions_held BEFORE DELETE ON versions "
        "FOR EACH ROW EXECUTE FUNCTION akta_refuse_held()"
    )
    op.execute(
        "CREATE TRIGGER versions_immutable BEFORE UPDATE ON versions "
        "FOR EACH ROW EXECUTE FUNCTION akta_refuse('a version never changes')"
    )
    op.execute(
        "CREATE TRIGGER records_held_update BEFORE UPDATE ON records FOR EACH ROW "
        "WHEN (NEW.state = 'destroyed' OR NEW.sha256 <> OLD.sha256) EXECUTE FUNCTION akta_refuse_held()"
    )
    op.execute(
        "CREATE TRIGGER records_held_delete BEFORE DELETE ON records "
        "FOR EACH ROW EXECUTE FUNCTION akta_refuse_held()"
    )
    op.execute(
        "CREATE TRIGGER hold_items_kept BEFORE DELETE ON hold_items "
        "FOR EACH ROW EXECUTE FUNCTION akta_refuse('what a hold covered stays on record')"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name in (
            "audit_entries_no_update",
            "audit_entries_no_delete",
            "versions_held",
            "versions_immutable",
            "records_held_update",
            "records_held_delete",
            "hold_items_kept",
        ):
            op.execute(f"DROP TRIGGER {name}")
        return
    op.execute("DROP FUNCTION akta_refuse_held() CASCADE")
    op.execute("DROP FUNCTION akta_refuse() CASCADE")
