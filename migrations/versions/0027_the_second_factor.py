"""Second factors with their recovery codes, the roles that ask for one, and the browsers of sessions."""

import sqlalchemy as sa
from alembic import op

from akta.db.base import Id, Instant

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def _person(**how: bool) -> sa.Column:
    return sa.Column("user_id", Id, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False, **how)


def upgrade() -> None:
    op.add_column("web_sessions", sa.Column("browser", sa.String(40), nullable=False, server_default=""))
    op.create_table(
        "pending_sign_ins",
        sa.Column("id", sa.String(64), primary_key=True),
        _person(index=True),
        sa.Column("csrf", sa.String(64), nullable=False),
        sa.Column("expires_at", Instant, nullable=False),
    )
    op.create_table(
        "second_factors",
        _person(primary_key=True),
        sa.Column("secret", sa.String(200), nullable=False),
        sa.Column("begun_at", Instant, nullable=False),
        sa.Column("confirmed_at", Instant),
        sa.Column("last_step", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("id", Id, primary_key=True),
        _person(index=True),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("used_at", Instant),
    )
    op.create_table(
        "second_factor_roles",
        sa.Column("role", sa.String(40), primary_key=True),
        sa.Column("since", Instant, nullable=False),
    )


def downgrade() -> None:
    for table in ("second_factor_roles", "recovery_codes", "second_factors", "pending_sign_ins"):
        op.drop_table(table)
    op.drop_column("web_sessions", "browser")
