"""Files that come in pieces, and links to records that colleagues are given."""

import sqlalchemy as sa
from alembic import op

from akta.db.base import Id, Instant

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "partial_uploads",
        sa.Column("id", Id, primary_key=True),
        sa.Column("person", Id, sa.ForeignKey("users.id"), nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("file_name", sa.String(400), nullable=False),
        sa.Column("modified", sa.BigInteger),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("done", sa.BigInteger, nullable=False),
        sa.Column("begun_at", Instant, nullable=False),
        sa.Column("touched_at", Instant, nullable=False, index=True),
        sa.Column("receipt_id", Id, sa.ForeignKey("receipts.id")),
    )
    op.create_index("ix_partial_uploads_person_id", "partial_uploads", ["person", "id"])
    op.create_table(
        "record_links",
        sa.Column("id", Id, primary_key=True),
        sa.Column("word", sa.String(32), nullable=False, unique=True),
        sa.Column("record_id", Id, sa.ForeignKey("records.id"), nullable=False, index=True),
        sa.Column("note", sa.String(500), nullable=False),
        sa.Column("made_by", sa.String(120), nullable=False),
        sa.Column("made_at", Instant, nullable=False),
        sa.Column("until", Instant, nullable=False),
        sa.Column("ended_by", sa.String(120)),
        sa.Column("ended_at", Instant),
    )


def downgrade() -> None:
    op.drop_table("record_links")
    op.drop_table("partial_uploads")
