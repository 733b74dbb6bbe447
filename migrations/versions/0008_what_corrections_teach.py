"""What corrections teach of the papers of one sender."""

import sqlalchemy as sa
from alembic import op

from akta.db.base import Id, Instant, Json

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lessons",
        sa.Column("id", Id, primary_key=True),
        sa.Column("record_id", Id, sa.ForeignKey("records.id"), nullable=False, index=True),
        sa.Column("batch", Id, nullable=False, index=True),
        sa.Column("at", Instant, nullable=False),
        sa.Column("actor", sa.String(120), nullable=False),
        sa.Column("field", sa.String(40), nullable=False),
        sa.Column("before", sa.Text),
        sa.Column("after", sa.Text, nullable=False),
        sa.Column("anchor", Json),
    )
    op.create_table(
        "sender_keys",
        sa.Column("batch", Id, primary_key=True),
        sa.Column("key", sa.String(120), primary_key=True, index=True),
        sa.Column("record_id", Id, sa.ForeignKey("records.id"), nullable=False, index=True),
        sa.Column("weight", sa.Float, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("sender_keys")
    op.drop_table("lessons")
