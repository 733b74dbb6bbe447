"""On SQLite no guarded row can be replaced.

`INSERT OR REPLACE` and `UPDATE OR REPLACE` take away the row that stands in the way, and the triggers over
deleting do not see it (sqlite.org/lang_conflict.html: only with recursive_triggers, which whoever connects
may leave off). So each table that has a guard refuses a row whose key is there already, by its primary key,
by each of its other keys, and by its rowid; and no row of it gets another key. PostgreSQL has no such
statements.

The words say UNIQUE, as the database's own refusal of a second key does.

Revision ID: 0032
Revises: 0031
"""

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

#: Of these only proposals must differ.
_PROPOSED = ("source_record", "source_field", "subject_kind", "subject_id")
#: Each guarded table with its keys, the primary one first.
_KEYS: dict[str, tuple[tuple[str, ...], ...]] = {
    "audit_entries": (("seq",),),
    "business_events": (("id",), ("key",), _PROPOSED),
    "certificates": (("id",), ("disposition_id",)),
    "corrections": (("id",),),
    "evidence": (("id",),),
    "fields": (("id",), ("record_id", "name")),
    "hold_found": (("search_id", "record_id"),),
    "hold_items": (("hold_id", "record_id"),),
    "hold_notices": (("hold_id", "user_id"),),
    "hold_scopes": (("id",),),
    "hold_searches": (("id",),),
    "holds": (("id",),),
    "lessons": (("id",),),
    "pages": (("record_id", "number"),),
    "party_marks": (("record_id", "role", "kind", "value"),),
    "receipts": (("id",),),
    "record_classes": (("id",), ("code", "version")),
    "record_parties": (("record_id", "role"),),
    "record_states": (("id",),),
    "records": (("id",),),
    "redactions": (("id",),),
    "renditions": (("id",), ("record_id", "kind", "page")),
    "retention_history": (("record_id", "number"),),
    "sender_keys": (("batch", "key"),),
    "steps": (("id",),),
    "versions": (("id",), ("record_id", "number")),
}
#: A table without numbers of rows of SQLite's own.
_WITHOUT_ROWID = {"hold_found"}
_SAID = "SELECT RAISE(ABORT, 'a row is never replaced: its key is UNIQUE')"


def upgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    for table, keys in _KEYS.items():
        all_keys = keys if table in _WITHOUT_ROWID else (*keys, ("rowid",))
        same = [_same(table, key) for key in all_keys]
        op.execute(
            f"CREATE TRIGGER {table}_unreplaced BEFORE INSERT ON {table} "
            f"WHEN {' OR '.join(same)} BEGIN {_SAID}; END"
        )
        taken = [f"(({_other(key)}) AND {_same(table, key)})" for key in all_keys]
        op.execute(
            f"CREATE TRIGGER {table}_own_key BEFORE UPDATE ON {table} "
            f"WHEN {' OR '.join(taken)} BEGIN {_SAID}; END"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    for table in _KEYS:
        op.execute(f"DROP TRIGGER {table}_unreplaced")
        op.execute(f"DROP TRIGGER {table}_own_key")


def _same(table: str, key: tuple[str, ...]) -> str:
    more = " AND state = 'proposed' AND NEW.state = 'proposed'" if key == _PROPOSED else ""
    return f"EXISTS (SELECT 1 FROM {table} WHERE {' AND '.join(f'{c} = NEW.{c}' for c in key)}{more})"


def _other(key: tuple[str, ...]) -> str:
    more = ("state",) if key == _PROPOSED else ()
    return " OR ".join(f"NEW.{c} IS NOT OLD.{c}" for c in (*key, *more))
