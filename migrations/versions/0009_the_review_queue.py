"""The order of the review queue, and what else a doubtful field may be."""

import sqlalchemy as sa
from alembic import op

from akta.db.base import Id, Instant, Json

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_MINUTES_WAITED = 30 * 24 * 60  # as ingest.review.ranking has it for a paper of which nothing is known


def upgrade() -> None:
    op.add_column("fields", sa.Column("alternatives", Json, nullable=False, server_default="[]"))
    op.add_column("records", sa.Column("suggestions", Json, nullable=False, server_default="{}"))
    items = op.create_table(
        "review_items",
        sa.Column("record_id", Id, sa.ForeignKey("records.id"), primary_key=True),
        sa.Column("rank", sa.BigInteger, nullable=False),
        sa.Column("base", sa.BigInteger, nullable=False),
        sa.Column("alike", sa.Integer, nullable=False),
        sa.Column("terms", Json, nullable=False),
        sa.Column("sender", sa.String(120)),
        sa.Column("taken_by", sa.String(120), index=True),
        sa.Column("taken_until", Instant),
    )
    op.create_index("ix_review_items_rank", "review_items", ["rank", "record_id"])
    op.create_index("ix_review_items_sender", "review_items", ["sender", "record_id"])
    op.create_table(
        "review_keys",
        sa.Column("record_id", Id, sa.ForeignKey("records.id"), primary_key=True),
        sa.Column("key", sa.String(120), primary_key=True, index=True),
        sa.Column("weight", sa.Float, nullable=False),
    )
    op.create_table(
        "review_skips",
        sa.Column("record_id", Id, sa.ForeignKey("records.id"), primary_key=True),
        sa.Column("person", sa.String(120), primary_key=True),
        sa.Column("until", Instant, nullable=False),
    )
    op.create_index(
        "ix_records_in_review",
        "records",
        ["domain", "doc_type", "reason", "confidentiality", "owner_id", "state"],
        sqlite_where=sa.text("state = 'review'"),
        postgresql_where=sa.text("state = 'review'"),
    )
    # What waits already keeps its order, the oldest first; any change of it ranks it fully.
    records = sa.table(
        "records", sa.column("id", Id), sa.column("state", sa.String), sa.column("received_at", Instant)
    )
    found = (
        op.get_bind()
        .execute(sa.select(records.c.id, records.c.received_at).where(records.c.state == "review"))
        .all()
    )
    rows = []
    for record_id, received_at in found:
        rank = int(received_at.timestamp()) // 60 + _MINUTES_WAITED
        terms = [{"term": "waiting", "days": 0.0, "facts": {"since": received_at.date().isoformat()}}]
        rows.append({"record_id": record_id, "rank": rank, "base": rank, "alike": 1, "terms": terms})
    for start in range(0, len(rows), 5000):
        op.bulk_insert(items, rows[start : start + 5000])


def downgrade() -> None:
    op.drop_index("ix_records_in_review", "records")
    op.drop_table("review_skips")
    op.drop_table("review_keys")
    op.drop_table("review_items")
    op.drop_column("records", "suggestions")
    op.drop_column("fields", "alternatives")
