"""Duplicates among papers that were here before Akta looked for them: a job finds them."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from akta.db.base import Instant, Json
from akta.kernel.ids import new_id

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if not op.get_bind().execute(sa.text("SELECT 1 FROM records LIMIT 1")).first():
        return
    now = datetime.now(UTC)
    jobs = sa.table(
        "jobs",
        *(sa.column(name, sa.String) for name in ("id", "kind", "key", "state")),
        *(sa.column(name, sa.Integer) for name in ("priority", "attempt", "max_attempts")),
        sa.column("payload", Json),
        *(sa.column(name, Instant) for name in ("run_after", "publish_at", "created_at")),
    )
    op.bulk_insert(
        jobs,
        [
            {
                "id": new_id(),
                "kind": "ingest.duplicates",
                "key": "duplicates",
                "payload": {},
                "priority": 80,
                "state": "ready",
                "attempt": 0,
                "max_attempts": 1000,
                "run_after": now,
                "publish_at": now,
                "created_at": now,
            }
        ],
    )


def downgrade() -> None:
    op.execute("DELETE FROM jobs WHERE kind = 'ingest.duplicates'")
