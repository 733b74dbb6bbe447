"""What Akta judged by itself, and what people said of it."""

import sqlalchemy as sa
from alembic import op

from akta.db.base import Id, Instant, Json

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "judgements",
        sa.Column("id", Id, primary_key=True),
        sa.Column("record_id", Id, sa.ForeignKey("records.id"), nullable=False, index=True),
        sa.Column("at", Instant, nullable=False, index=True),
        sa.Column("current", sa.Boolean, nullable=False),
        sa.Column("model_version", sa.String(40), nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("domain", sa.String(16), nullable=False),
        sa.Column("doc_type", sa.String(40), nullable=False),
        sa.Column("confidence", sa.Float, nullable=False),
        sa.Column("domain_confidence", sa.Float, nullable=False),
        sa.Column("alone", sa.Boolean, nullable=False),
        sa.Column("taught", sa.Boolean, nullable=False),
        sa.Column("asked", sa.Boolean, nullable=False),
        sa.Column("weight", sa.Float, nullable=False),
        sa.Column("how", sa.String(10)),
        sa.Column("answered_at", Instant),
        sa.Column("domain_right", sa.Boolean),
        sa.Column("kind_right", sa.Boolean),
    )
    op.create_index("ix_judgements_domain_at", "judgements", ["domain", "at"])
    op.create_index("ix_judgements_asked_how", "judgements", ["asked", "how"])
    op.create_table(
        "judged_fields",
        sa.Column("judgement_id", Id, sa.ForeignKey("judgements.id"), primary_key=True),
        sa.Column("record_id", Id, sa.ForeignKey("records.id"), nullable=False, index=True),
        sa.Column("fields", Json, nullable=False),
    )
    op.create_table(
        "field_verdicts",
        sa.Column("judgement_id", Id, sa.ForeignKey("judgements.id"), primary_key=True),
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("record_id", Id, sa.ForeignKey("records.id"), nullable=False, index=True),
        sa.Column("verdict", sa.String(8), nullable=False),
        sa.Column("confidence", sa.Float),
    )


def downgrade() -> None:
    op.drop_table("field_verdicts")
    op.drop_table("judged_fields")
    op.drop_table("judgements")
