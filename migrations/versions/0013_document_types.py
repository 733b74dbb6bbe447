"""Document types are a tree that an officer extends; records keep the finer type beside the type."""

import sqlalchemy as sa
from alembic import op

from akta.db.base import Id, Instant, Json

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("records", sa.Column("subtype", sa.String(40)))
    op.create_table(
        "document_types",
        sa.Column("id", Id, primary_key=True),
        sa.Column("revision", sa.Integer, nullable=False, unique=True),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("current", sa.Boolean, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("definition", Json, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("actor", sa.String(120), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.UniqueConstraint("code", "version"),
    )


def downgrade() -> None:
    op.drop_table("document_types")
    op.drop_column("records", "subtype")
