"""Results that people carry away, and which records are in them."""

import sqlalchemy as sa
from alembic import op

from akta.db.base import Id, Instant

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "exports",
        sa.Column("id", Id, primary_key=True),
        sa.Column("person", Id, nullable=False),
        sa.Column("actor", sa.String(120), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("query", sa.Text, nullable=False),
        sa.Column("sort", sa.String(16), nullable=False),
        sa.Column("format", sa.String(4), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("for_excel", sa.Boolean, nullable=False),
        sa.Column("state", sa.String(12), nullable=False, index=True),
        sa.Column("reason", sa.String(24)),
        *(
            sa.Column(name, sa.Integer, nullable=False)
            for name in ("found", "done", "records", "left_out", "problems")
        ),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.String(64)),
        sa.Column("file", sa.String(80)),
        sa.Column("asked_at", Instant, nullable=False),
        sa.Column("ended_at", Instant),
        sa.Column("expires_at", Instant),
    )
    op.create_index("ix_exports_person_id", "exports", ["person", "id"])
    op.create_table(
        "export_records",
        sa.Column("export_id", Id, sa.ForeignKey("exports.id"), primary_key=True),
        sa.Column("record_id", Id, sa.ForeignKey("records.id"), primary_key=True, index=True),
    )


def downgrade() -> None:
    op.drop_table("export_records")
    op.drop_table("exports")
