"""Versions of the classifier: what each was trained on, how it compared, its weights."""

import sqlalchemy as sa
from alembic import op

from akta.db.base import Id, Instant, Json

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "models",
        sa.Column("id", Id, primary_key=True),
        sa.Column("version", sa.String(40), nullable=False, unique=True),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("made_at", Instant, nullable=False),
        sa.Column("made_by", sa.String(120), nullable=False),
        sa.Column("trained_on", Json, nullable=False),
        sa.Column("metrics", Json, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.Column("promoted_at", Instant),
        sa.Column("promoted_by", sa.String(120)),
        sa.Column("replaced", sa.String(40)),
    )
    op.create_index(
        "uq_models_live",
        "models",
        ["state"],
        unique=True,
        sqlite_where=sa.text("state = 'live'"),
        postgresql_where=sa.text("state = 'live'"),
    )


def downgrade() -> None:
    op.drop_index("uq_models_live", "models")
    op.drop_table("models")
