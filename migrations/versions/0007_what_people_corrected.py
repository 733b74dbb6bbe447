"""What people corrected, so that it can be shown and taken back."""

import sqlalchemy as sa
from alembic import op

from akta.db.base import Id, Instant, Json

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "corrections",
        sa.Column("id", Id, primary_key=True),
        sa.Column("record_id", Id, sa.ForeignKey("records.id"), nullable=False, index=True),
        sa.Column("batch", Id, nullable=False, index=True),
        sa.Column("at", Instant, nullable=False),
        sa.Column("actor", sa.String(120), nullable=False),
        sa.Column("field", sa.String(40), nullable=False),
        sa.Column("before", Json),
        sa.Column("after", Json),
        sa.Column("undoes", Id),
    )


def downgrade() -> None:
    op.drop_table("corrections")
