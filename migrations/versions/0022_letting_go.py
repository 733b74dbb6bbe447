"""Disposition: what is let go, who said so, the certificates, the packages handed over; files kept for good."""

import sqlalchemy as sa
from alembic import op

from akta.db.base import Id, Instant, Json

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

#: Tables whose rows never change and never go.
_FIXED = {"certificates": "a certificate never changes", "evidence": "what is kept as evidence never changes"}


def upgrade() -> None:
    op.create_table(
        "evidence",
        sa.Column("id", Id, primary_key=True),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("subject", sa.String(120), nullable=False, index=True),
        sa.Column("sha256", sa.String(64), nullable=False, index=True),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("media_type", sa.String(120), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
    )
    op.create_table(
        "dispositions",
        sa.Column("id", Id, primary_key=True),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("ground", sa.Text, nullable=False),
        sa.Column("state", sa.String(12), nullable=False, index=True),
        sa.Column("asked", Json, nullable=False),
        sa.Column("consents", Json, nullable=False),
        sa.Column("reviewers", Json, nullable=False),
        sa.Column("proposed_by", sa.String(120), nullable=False),
        sa.Column("proposer", Id, nullable=False),
        sa.Column("proposed_at", Instant, nullable=False),
        sa.Column("confirm_by", sa.Date, nullable=False),
        sa.Column("overdue_noted_at", Instant),
        sa.Column("released_by", sa.String(120)),
        sa.Column("releaser", Id),
        sa.Column("released_at", Instant),
        sa.Column("digest", sa.String(64)),
        sa.Column("started_at", Instant),
        sa.Column("ended_at", Instant),
        sa.Column("ending", sa.Text, nullable=False),
    )
    op.create_table(
        "disposition_items",
        sa.Column("disposition_id", Id, sa.ForeignKey("dispositions.id"), primary_key=True),
        sa.Column("record_id", Id, sa.ForeignKey("records.id"), primary_key=True, index=True),
        sa.Column("action", sa.String(24), nullable=False),
        sa.Column("decision", sa.String(12), nullable=False),
        sa.Column("until", sa.Date),
        sa.Column("class_code", sa.String(40)),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("decided_by", sa.String(120)),
        sa.Column("decided_at", Instant),
        sa.Column("facts", Json, nullable=False),
        sa.Column("outcome", sa.String(12)),
        sa.Column("failure", sa.String(40)),
        sa.Column("remains", Json, nullable=False),
        sa.Column("ended_at", Instant),
    )
    op.create_index(
        "ix_disposition_items_waiting", "disposition_items", ["disposition_id", "outcome", "record_id"]
    )
    op.create_table(
        "certificates",
        sa.Column("id", Id, primary_key=True),
        sa.Column("disposition_id", Id, sa.ForeignKey("dispositions.id"), nullable=False, unique=True),
        sa.Column("made_at", Instant, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("pdf_sha256", sa.String(64), nullable=False),
        sa.Column("pdf_size", sa.BigInteger, nullable=False),
        sa.Column("signature", sa.String(128), nullable=False),
        sa.Column("counts", Json, nullable=False),
    )
    op.create_table(
        "transfers",
        sa.Column("id", Id, primary_key=True),
        sa.Column("disposition_id", Id, sa.ForeignKey("dispositions.id"), index=True),
        sa.Column("case_id", Id, sa.ForeignKey("cases.id"), index=True),
        sa.Column("request_id", Id, index=True),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("state", sa.String(12), nullable=False, index=True),
        sa.Column("reason", sa.String(40)),
        sa.Column("recipient", sa.String(200), nullable=False),
        sa.Column("asked_by", sa.String(120), nullable=False),
        sa.Column("person", Id, nullable=False),
        sa.Column("asked_at", Instant, nullable=False),
        sa.Column("ended_at", Instant),
        sa.Column("records", sa.Integer, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.String(64)),
        sa.Column("file", sa.String(80)),
        sa.Column("receipt_reference", sa.String(200)),
        sa.Column("receipt_sha256", sa.String(64)),
        sa.Column("receipt_by", sa.String(120)),
        sa.Column("receipt_at", Instant),
    )
    op.create_table(
        "transfer_records",
        sa.Column("transfer_id", Id, sa.ForeignKey("transfers.id"), primary_key=True),
        sa.Column("record_id", Id, sa.ForeignKey("records.id"), primary_key=True, index=True),
        sa.Column("sha256", sa.String(64), nullable=False),
    )
    for table, told in _FIXED.items():
        if op.get_bind().dialect.name == "sqlite":
            for act in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{told}'); END"
                )
        else:
            op.execute(
                f"CREATE TRIGGER {table}_fixed BEFORE UPDATE OR DELETE ON {table} "
                f"FOR EACH ROW EXECUTE FUNCTION akta_refuse('{told}')"
            )
            op.execute(
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
                f"FOR EACH STATEMENT EXECUTE FUNCTION akta_refuse('{told}')"
            )


def downgrade() -> None:
    for table in (
        "transfer_records",
        "transfers",
        "certificates",
        "disposition_items",
        "dispositions",
        "evidence",
    ):
        op.drop_table(table)
