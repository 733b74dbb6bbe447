"""The day that keeping was last seen to."""

import sqlalchemy as sa
from alembic import op

from akta.db.base import Instant

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "retention_days",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("seen_at", Instant, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("retention_days")
