"""Saved searches, with whom they are shared, who is told of news, and what was told."""

import sqlalchemy as sa
from alembic import op

from akta.db.base import Id, Instant, Json

revision = "0017"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "saved_searches",
        sa.Column("id", Id, primary_key=True),
        sa.Column("owner", Id, nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("query", sa.Text, nullable=False),
        sa.Column("sort", sa.String(16), nullable=False),
        sa.Column("facets", Json, nullable=False),
        sa.Column("row_version", sa.Integer, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("changed_at", Instant, nullable=False),
        sa.Column("deleted_at", Instant),
    )
    op.create_index(
        "uq_saved_searches_owner_name",
        "saved_searches",
        ["owner", "name"],
        unique=True,
        sqlite_where=sa.text("deleted_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    search = "saved_searches.id"
    op.create_table(
        "search_shares",
        sa.Column("search_id", Id, sa.ForeignKey(search), primary_key=True),
        sa.Column("kind", sa.String(4), primary_key=True),
        sa.Column("who", sa.String(40), primary_key=True),
    )
    op.create_index("ix_search_shares_kind_who", "search_shares", ["kind", "who"])
    op.create_table(
        "search_watches",
        sa.Column("search_id", Id, sa.ForeignKey(search), primary_key=True),
        sa.Column("person", Id, primary_key=True, index=True),
        sa.Column("since", Instant, nullable=False),
        sa.Column("waiting", sa.Integer, nullable=False),
    )
    op.create_table(
        "search_news",
        sa.Column("search_id", Id, sa.ForeignKey(search), primary_key=True),
        sa.Column("person", Id, primary_key=True),
        sa.Column("record_id", Id, sa.ForeignKey("records.id"), primary_key=True, index=True),
        sa.Column("at", Instant, nullable=False),
        sa.Column("seen_at", Instant),
    )
    op.create_index("ix_search_news_person_seen_at", "search_news", ["person", "seen_at"])
    op.create_index("ix_search_news_at", "search_news", ["at"])
    op.create_table(
        "news_pending",
        sa.Column("record_id", Id, primary_key=True),
        sa.Column("row_version", sa.Integer, nullable=False),
    )


def downgrade() -> None:
    for name in ("news_pending", "search_news", "search_watches", "search_shares", "saved_searches"):
        op.drop_table(name)
