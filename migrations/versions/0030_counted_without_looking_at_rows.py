"""The latest papers of a party are found without sorting all; what waits is counted from an index alone.

Revision ID: 0030
Revises: 0029
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_REVIEW = ["domain", "doc_type", "reason", "confidentiality", "owner_id", "state"]


def upgrade() -> None:
    op.create_index("ix_record_parties_party_id_record_id", "record_parties", ["party_id", "record_id"])
    op.drop_index("ix_record_parties_party_id", "record_parties")
    _in_review(["state", *_REVIEW[:-1], "restricted"])


def downgrade() -> None:
    op.create_index("ix_record_parties_party_id", "record_parties", ["party_id"])
    op.drop_index("ix_record_parties_party_id_record_id", "record_parties")
    _in_review(_REVIEW)


def _in_review(columns: list[str]) -> None:
    op.drop_index("ix_records_in_review", "records")
    where = sa.text("state = 'review'")
    op.create_index("ix_records_in_review", "records", columns, sqlite_where=where, postgresql_where=where)
