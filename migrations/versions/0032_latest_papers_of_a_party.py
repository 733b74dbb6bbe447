"""The latest papers of a party are found without sorting all of them.

Revision ID: 0032
Revises: 0028
"""

from alembic import op

revision = "0032"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_record_parties_party_id_record_id", "record_parties", ["party_id", "record_id"])
    op.drop_index("ix_record_parties_party_id", "record_parties")


def downgrade() -> None:
    op.create_index("ix_record_parties_party_id", "record_parties", ["party_id"])
    op.drop_index("ix_record_parties_party_id_record_id", "record_parties")
