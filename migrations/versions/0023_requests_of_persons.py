"""What persons ask about their data, redactions, records that only officers see, and vital records."""

import sqlalchemy as sa
from alembic import op

from akta.db.base import Id, Instant, Json

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Added, not rebuilt: the table has triggers.
    op.add_column("records", sa.Column("restricted", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table(
        "subject_requests",
        sa.Column("id", Id, primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("contact", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("received_on", sa.Date, nullable=False),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("extended", sa.Boolean, nullable=False),
        sa.Column("state", sa.String(12), nullable=False, index=True),
        sa.Column("identity_how", sa.String(200), nullable=False),
        sa.Column("identity_by", sa.String(120)),
        sa.Column("identity_at", Instant),
        sa.Column("registered_by", sa.String(120), nullable=False),
        sa.Column("registered_at", Instant, nullable=False),
        sa.Column("closed_by", sa.String(120)),
        sa.Column("closed_at", Instant),
    )
    op.create_table(
        "subject_items",
        sa.Column("request_id", Id, sa.ForeignKey("subject_requests.id"), primary_key=True),
        sa.Column("record_id", Id, sa.ForeignKey("records.id"), primary_key=True, index=True),
        sa.Column("decision", sa.String(12), index=True),
        sa.Column("article", sa.String(40), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("decided_by", sa.String(120)),
        sa.Column("decided_at", Instant),
        sa.Column("disposition_id", Id, sa.ForeignKey("dispositions.id")),
        sa.Column("asked_again_at", Instant),
    )
    op.create_table(
        "redactions",
        sa.Column("id", Id, primary_key=True),
        sa.Column("record_id", Id, sa.ForeignKey("records.id"), nullable=False, index=True),
        sa.Column("boxes", Json, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("asked_by", sa.String(120), nullable=False),
        sa.Column("asked_at", Instant, nullable=False),
        sa.Column("ended_at", Instant),
    )
    op.create_table(
        "vital_records",
        sa.Column("record_id", Id, sa.ForeignKey("records.id"), primary_key=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("every_months", sa.Integer, nullable=False),
        sa.Column("review_on", sa.Date, nullable=False, index=True),
        sa.Column("flagged_by", sa.String(120), nullable=False),
        sa.Column("flagged_at", Instant, nullable=False),
        sa.Column("reviewed_by", sa.String(120)),
        sa.Column("reviewed_at", Instant),
        sa.Column("copy_place", sa.String(200), nullable=False),
        sa.Column("copy_checked_on", sa.Date),
    )


def downgrade() -> None:
    for table in ("vital_records", "redactions", "subject_items", "subject_requests"):
        op.drop_table(table)
    op.drop_column("records", "restricted")
