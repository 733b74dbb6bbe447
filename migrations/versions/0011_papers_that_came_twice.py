"""What papers that came twice are known by, and what people said of them."""

import sqlalchemy as sa
from alembic import op

from akta.db.base import Id, Instant

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("pages", sa.Column("picture", sa.String(64)))
    op.create_table(
        "business_keys",
        sa.Column("key", sa.String(200), primary_key=True),
        sa.Column("record_id", Id, sa.ForeignKey("records.id"), primary_key=True, index=True),
        sqlite_with_rowid=False,  # rows are little more than their key
    )
    op.create_table(
        "picture_bands",
        sa.Column("band", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("record_id", Id, sa.ForeignKey("records.id"), primary_key=True, index=True),
        sqlite_with_rowid=False,  # rows are little more than their key
    )
    op.create_table(
        "duplicates",
        sa.Column("first_id", Id, primary_key=True),
        sa.Column("second_id", Id, primary_key=True, index=True),
        sa.Column("same_bytes", sa.Float),
        sa.Column("picture", sa.Float),
        sa.Column("business_key", sa.Float),
        sa.Column("found_at", Instant, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("decided_by", sa.String(120)),
        sa.Column("decided_at", Instant),
    )


def downgrade() -> None:
    op.drop_table("duplicates")
    op.drop_table("picture_bands")
    op.drop_table("business_keys")
    op.drop_column("pages", "picture")
