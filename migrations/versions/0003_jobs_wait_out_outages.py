"""Jobs count their own failures and the outages they met apart.

Tries already made are taken over as failures, so nothing is tried more often than before.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("failures", "waits"):
        op.add_column("jobs", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    op.execute("UPDATE jobs SET failures = attempt WHERE state = 'ready'")
    op.execute("UPDATE jobs SET failures = attempt - 1 WHERE state = 'running' AND attempt > 0")


def downgrade() -> None:
    for name in ("waits", "failures"):
        op.drop_column("jobs", name)
