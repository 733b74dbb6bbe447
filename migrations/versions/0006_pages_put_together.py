"""Marks on pages, and what a version is made of."""

import sqlalchemy as sa
from alembic import op

from akta.db.base import Json

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("pages", sa.Column("marks", Json, nullable=False, server_default=sa.text("'[]'")))
    op.add_column("versions", sa.Column("made_of", Json, nullable=False, server_default=sa.text("'[]'")))


def downgrade() -> None:
    op.drop_column("versions", "made_of")
    op.drop_column("pages", "marks")
