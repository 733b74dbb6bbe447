"""Schedules are drafted, simulated, published by a second person, and locked."""

import sqlalchemy as sa
from alembic import op

from akta.db.base import Id, Instant, Json

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

#: What a version of a class says. Whether and until when it counts may change.
_SAID = ("id", "code", "version", "jurisdiction", "domain", "title_pl", "title_en", "rules", "digest", "author")


def upgrade() -> None:
    for column in (
        sa.Column("valid_from", sa.Date),
        sa.Column("valid_to", sa.Date),
        sa.Column("author", sa.String(120), nullable=False, server_default=""),
        sa.Column("approver", sa.String(120), nullable=False, server_default=""),
        sa.Column("draft_id", Id),
    ):
        op.add_column("record_classes", column)
    op.create_table(
        "schedule_drafts",
        sa.Column("id", Id, primary_key=True),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("format", sa.String(4), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("author", sa.String(40), nullable=False),
        sa.Column("actor", sa.String(120), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("valid_from", sa.Date),
        sa.Column("approver", sa.String(120)),
        sa.Column("published_at", Instant),
        sa.Column("recomputation_id", Id),
    )
    op.create_index("ix_schedule_drafts_state", "schedule_drafts", ["state", "id"])
    op.create_table(
        "schedule_simulations",
        sa.Column("id", Id, primary_key=True),
        sa.Column("draft_id", Id, sa.ForeignKey("schedule_drafts.id"), nullable=False, index=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("cursor", sa.String(26), nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("seen", sa.Integer, nullable=False),
        sa.Column("report", Json, nullable=False),
        sa.Column("actor", sa.String(120), nullable=False),
        sa.Column("asked_at", Instant, nullable=False),
        sa.Column("ended_at", Instant),
    )
    op.create_table(
        "class_locks",
        sa.Column("code", sa.String(40), primary_key=True),
        sa.Column("asked_by", sa.String(40), nullable=False),
        sa.Column("asked_actor", sa.String(120), nullable=False),
        sa.Column("asked_at", Instant, nullable=False),
        sa.Column("locked_by", sa.String(120)),
        sa.Column("locked_at", Instant),
    )
    if op.get_bind().dialect.name == "sqlite":
        differs = " OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in _SAID)
        op.execute(
            f"CREATE TRIGGER record_classes_immutable BEFORE UPDATE ON record_classes WHEN {differs} "
            "BEGIN SELECT RAISE(ABORT, 'a version of a class never changes'); END"
        )
        op.execute(
            "CREATE TRIGGER record_classes_no_delete BEFORE DELETE ON record_classes "
            "BEGIN SELECT RAISE(ABORT, 'a version of a class stays on record'); END"
        )
    else:
        differs = " OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in _SAID)
        op.execute(
            f"CREATE TRIGGER record_classes_immutable BEFORE UPDATE ON record_classes FOR EACH ROW "
            f"WHEN ({differs}) EXECUTE FUNCTION akta_refuse('a version of a class never changes')"
        )
        op.execute(
            "CREATE TRIGGER record_classes_no_delete BEFORE DELETE ON record_classes "
            "FOR EACH ROW EXECUTE FUNCTION akta_refuse('a version of a class stays on record')"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER record_classes_immutable")
        op.execute("DROP TRIGGER record_classes_no_delete")
    else:
        op.execute("DROP TRIGGER record_classes_immutable ON record_classes")
        op.execute("DROP TRIGGER record_classes_no_delete ON record_classes")
    for name in ("class_locks", "schedule_simulations", "schedule_drafts"):
        op.drop_table(name)
    for name in ("draft_id", "approver", "author", "valid_to", "valid_from"):
        op.drop_column("record_classes", name)
