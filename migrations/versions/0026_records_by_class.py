"""Records of a class, and of a case, in the order of their ids, and how far a walk through classes came.

A batch of a simulation or a recomputation asked for the next records of some classes, and the database sorted
all of them for each. A place in such a walk is a class and a record.
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

#: Index before, its column, and the index instead.
_INDEXES = (
    ("ix_records_class_code", "class_code", "ix_records_class_id"),
    ("ix_records_case_id", "case_id", "ix_records_case_order"),
)
_WALKS = ("schedule_simulations", "recomputations")


def upgrade() -> None:
    for before, column, after in _INDEXES:
        op.drop_index(before, "records")
        op.create_index(after, "records", [column, "id"])
    _cursors(26, 70)
    # What is under way begins again: its place was a record alone. Counting and computing can be repeated.
    op.execute("UPDATE schedule_simulations SET cursor = '', seen = 0, report = '{}' WHERE state = 'running'")
    op.execute("UPDATE recomputations SET cursor = '', seen = 0, report = '{}' WHERE state = 'running'")


def _cursors(before: int, after: int) -> None:
    for table in _WALKS:
        with op.batch_alter_table(table) as batch:
            batch.alter_column(
                "cursor", existing_type=sa.String(before), type_=sa.String(after), existing_nullable=False
            )


def downgrade() -> None:
    op.execute("UPDATE schedule_simulations SET cursor = '', seen = 0, report = '{}' WHERE state = 'running'")
    op.execute("UPDATE recomputations SET cursor = '', seen = 0, report = '{}' WHERE state = 'running'")
    _cursors(70, 26)
    for before, column, after in _INDEXES:
        op.drop_index(after, "records")
        op.create_index(before, "records", [column])
