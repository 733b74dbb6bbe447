"""Links of accounts to an OpenID provider, sign-ins that were completed there, and what sessions owe to it."""

import sqlalchemy as sa
from alembic import op

from akta.db.base import Id, Instant

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_TABLES = ("web_sessions", "pending_sign_ins")


def upgrade() -> None:
    for table in _TABLES:
        op.add_column(table, sa.Column("by_provider", sa.Boolean, nullable=False, server_default=sa.false()))
        op.add_column(table, sa.Column("proved_at", Instant))
    op.add_column(
        "web_sessions", sa.Column("provider_factor", sa.Boolean, nullable=False, server_default=sa.false())
    )
    op.create_table(
        "identity_links",
        sa.Column("id", Id, primary_key=True),
        sa.Column("user_id", Id, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
        sa.Column("issuer", sa.String(400), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("follows_groups", sa.Boolean, nullable=False),
        sa.Column("linked_by", sa.String(120), nullable=False),
        sa.Column("linked_at", Instant, nullable=False),
        sa.Column("used_at", Instant),
        sa.UniqueConstraint("issuer", "subject"),
        sa.UniqueConstraint("user_id", "issuer"),
    )
    op.create_table(
        "spent_sign_ins",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("expires_at", Instant, nullable=False, index=True),
    )


def downgrade() -> None:
    op.drop_table("spent_sign_ins")
    op.drop_table("identity_links")
    op.drop_column("web_sessions", "provider_factor")
    for table in _TABLES:
        op.drop_column(table, "proved_at")
        op.drop_column(table, "by_provider")
