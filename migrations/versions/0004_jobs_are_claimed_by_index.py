"""Indexes that give the next due job, and the leases that have run out, without sorting."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_jobs_claim", table_name="jobs")
    op.create_index("ix_jobs_due", "jobs", ["state", "priority", "run_after", "id"])
    op.create_index("ix_jobs_lease", "jobs", ["state", "lease_until"])


def downgrade() -> None:
    op.drop_index("ix_jobs_lease", table_name="jobs")
    op.drop_index("ix_jobs_due", table_name="jobs")
    op.create_index("ix_jobs_claim", "jobs", ["state", "priority", "run_after"])
