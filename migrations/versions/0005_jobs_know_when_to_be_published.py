"""When the message of a job is to be sent (again)."""

import sqlalchemy as sa
from alembic import op

from akta.db.base import Instant

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("jobs", sa.Column("publish_at", Instant(), nullable=True))
    op.execute("UPDATE jobs SET publish_at = run_after, published_at = NULL WHERE state = 'ready'")
    op.execute("UPDATE jobs SET publish_at = lease_until, published_at = NULL WHERE state = 'running'")
    op.create_index("ix_jobs_publish", "jobs", ["state", "publish_at"])


def downgrade() -> None:
    op.drop_index("ix_jobs_publish", table_name="jobs")
    op.drop_column("jobs", "publish_at")
