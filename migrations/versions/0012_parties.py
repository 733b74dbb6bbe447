"""One party under many spellings: what each paper calls it, and which of them are one.

Parties known by now stay until their papers are looked at again, which a job does.
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from akta.db.base import Id, Instant, Json
from akta.kernel.ids import new_id

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Columns are added and dropped in place: a table that others refer to cannot be made anew.
    op.add_column("parties", sa.Column("kind", sa.String(8), nullable=False, server_default="unknown"))
    op.add_column("parties", sa.Column("named_by", sa.String(120)))
    op.add_column("parties", sa.Column("root_id", Id, nullable=False, server_default=""))
    op.add_column("parties", sa.Column("merged_into", Id))
    op.add_column("parties", sa.Column("merge_id", Id))
    op.execute("UPDATE parties SET root_id = id")
    for column in ("root_id", "merged_into", "merge_id"):
        op.create_index(f"ix_parties_{column}", "parties", [column])
    op.add_column("record_parties", sa.Column("name", sa.String(300), nullable=False, server_default=""))
    op.add_column("record_parties", sa.Column("core", sa.String(200), nullable=False, server_default=""))
    op.create_index("ix_record_parties_party_id_core", "record_parties", ["party_id", "core"])
    op.execute(
        "UPDATE record_parties SET name = (SELECT name FROM parties WHERE parties.id = record_parties.party_id)"
    )
    op.execute("UPDATE parties SET name = ''")
    op.create_table(
        "party_marks",
        sa.Column("record_id", Id, sa.ForeignKey("records.id"), primary_key=True),
        sa.Column("role", sa.String(24), primary_key=True),
        sa.Column("kind", sa.String(12), primary_key=True),
        sa.Column("value", sa.String(80), primary_key=True),
        sa.Column("party_id", Id, sa.ForeignKey("parties.id"), nullable=False, index=True),
    )
    op.create_index("ix_party_marks_kind_value_party_id", "party_marks", ["kind", "value", "party_id"])
    op.create_table(
        "party_blocks",
        sa.Column("party_id", Id, sa.ForeignKey("parties.id"), primary_key=True),
        sa.Column("core", sa.String(200), primary_key=True),
        sa.Column("block", sa.String(80), primary_key=True),
    )
    op.create_index("ix_party_blocks_block_party_id", "party_blocks", ["block", "party_id"])
    op.create_table(
        "party_merges",
        sa.Column("id", Id, primary_key=True),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("into_id", Id, nullable=False, index=True),
        sa.Column("moved", Json, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("actor", sa.String(120), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("undone_by", sa.String(120)),
        sa.Column("undone_at", Instant),
    )
    op.create_table(
        "party_pairs",
        sa.Column("a_id", Id, sa.ForeignKey("parties.id"), primary_key=True),
        sa.Column("b_id", Id, sa.ForeignKey("parties.id"), primary_key=True, index=True),
        sa.Column("state", sa.String(8), nullable=False, index=True),
        sa.Column("score", sa.Float, nullable=False),
        sa.Column("actor", sa.String(120), nullable=False),
        sa.Column("at", Instant, nullable=False),
    )
    if op.get_bind().execute(sa.text("SELECT 1 FROM record_parties LIMIT 1")).first():
        _ask_to_recognise()


def _ask_to_recognise() -> None:
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
                "kind": "ingest.parties",
                "key": "parties",
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
    for name in ("party_pairs", "party_merges", "party_blocks", "party_marks"):
        op.drop_table(name)
    # Names go back to the parties; what was linked is told apart again.
    op.execute(
        "UPDATE parties SET name = COALESCE((SELECT MAX(name) FROM record_parties "
        "WHERE record_parties.party_id = parties.id), '')"
    )
    op.drop_index("ix_record_parties_party_id_core", "record_parties")
    for column in ("core", "name"):
        op.drop_column("record_parties", column)
    for column in ("root_id", "merged_into", "merge_id"):
        op.drop_index(f"ix_parties_{column}", "parties")
    for column in ("merge_id", "merged_into", "root_id", "named_by", "kind"):
        op.drop_column("parties", column)
