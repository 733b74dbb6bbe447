"""The tables of parties. All that is said of a party hangs on the paper that says it.

A party is a *leaf*: the papers that name it by one tax number, or by one spelling. Leaves
that are one company are linked (`merged_into`); papers keep pointing at their leaf, so a
merge moves no paper and taking it back restores exactly what was. `root_id` is the leaf
at the end of the links, kept so that one query finds all papers of a party.
"""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Float, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from akta.db.base import Base, Id, Instant, Json


class Party(Base):
    """A leaf. `key` says by what papers belong to it: `nip:…`, `name:…`, `person:…`, `record:…`.

    `name` is what a person called it (`named_by`), empty until then. `nip` is its checked tax
    number, foreign ones with the letters of their country. `kind` is company, person or unknown.
    """

    __tablename__ = "parties"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    name: Mapped[str] = mapped_column(String(300))
    nip: Mapped[str | None] = mapped_column(String(20), index=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    kind: Mapped[str] = mapped_column(String(8), default="unknown", server_default="unknown")
    named_by: Mapped[str | None] = mapped_column(String(120))
    root_id: Mapped[str] = mapped_column(Id, index=True, server_default="")
    merged_into: Mapped[str | None] = mapped_column(Id, index=True)
    merge_id: Mapped[str | None] = mapped_column(Id, index=True)


class RecordParty(Base):
    """A party's part in a record: vendor, buyer, employee, patient…

    `name` is the spelling of this paper, `core` the same folded (`names.fold`).
    """

    __tablename__ = "record_parties"

    record_id: Mapped[str] = mapped_column(ForeignKey("records.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(24), primary_key=True)
    party_id: Mapped[str] = mapped_column(ForeignKey("parties.id"))
    name: Mapped[str] = mapped_column(String(300), default="", server_default="")
    core: Mapped[str] = mapped_column(String(200), default="", server_default="")

    __table_args__ = (
        Index("ix_record_parties_party_id_core", "party_id", "core"),
        # By which the latest papers of a party are at hand without sorting them all.
        Index("ix_record_parties_party_id_record_id", "party_id", "record_id"),
    )


class PartyMark(Base):
    """What a paper says of a party besides its name: number, account, address, telephone."""

    __tablename__ = "party_marks"

    record_id: Mapped[str] = mapped_column(ForeignKey("records.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(24), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    value: Mapped[str] = mapped_column(String(80), primary_key=True)
    party_id: Mapped[str] = mapped_column(ForeignKey("parties.id"), index=True)

    __table_args__ = (Index("ix_party_marks_kind_value_party_id", "kind", "value", "party_id"),)


#: The fields that name parties; a record's party has the name of its field as its role.
ROLES: Final = (
    *("vendor", "buyer", "employer", "employee", "patient", "contractor"),
    *("client", "holder", "name", "insurer", "carrier"),
)


class PartyBlock(Base):
    """A key by which a spelling of a leaf is found again: a word (`w:…`), or what slips leave alike.

    `core` is empty for the words of a name that a person gave.
    """

    __tablename__ = "party_blocks"

    party_id: Mapped[str] = mapped_column(ForeignKey("parties.id"), primary_key=True)
    core: Mapped[str] = mapped_column(String(200), primary_key=True)
    block: Mapped[str] = mapped_column(String(80), primary_key=True)

    __table_args__ = (Index("ix_party_blocks_block_party_id", "block", "party_id"),)


class PartyMerge(Base):
    """One decision: `merge` (a person), `link` (Akta itself), or `split` (a spelling is another party).

    `moved` are the leaves that were linked, for a split the records that went over. It holds
    ids only, nothing of what papers say.
    """

    __tablename__ = "party_merges"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))
    into_id: Mapped[str] = mapped_column(Id, index=True)
    moved: Mapped[list[Any]] = mapped_column(Json)
    reason: Mapped[str] = mapped_column(Text, default="")
    actor: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime] = mapped_column(Instant)
    undone_by: Mapped[str | None] = mapped_column(String(120))
    undone_at: Mapped[datetime | None] = mapped_column(Instant)


class PartyPair(Base):
    """Two leaves, `a_id` the smaller id: `likely` the same, or `apart` because a person said so."""

    __tablename__ = "party_pairs"

    a_id: Mapped[str] = mapped_column(ForeignKey("parties.id"), primary_key=True)
    b_id: Mapped[str] = mapped_column(ForeignKey("parties.id"), primary_key=True, index=True)
    state: Mapped[str] = mapped_column(String(8), index=True)
    score: Mapped[float] = mapped_column(Float, default=0.0)
    actor: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime] = mapped_column(Instant)
