"""Schedules are drafted, simulated, published by a second person, and locked."""

import sqlalchemy as sa
from alembic import op

from akta.db.base import Id, Instant, Json

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


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


def downgrade() -> None:
    for name in ("class_locks", "schedule_simulations", "schedule_drafts"):
        op.drop_table(name)
    for name in ("draft_id", "approver", "author", "valid_to", "valid_from"):
        op.drop_column("record_classes", name)
