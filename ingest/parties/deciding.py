"""What a person decides about parties: merge, take back, split, rename, keep apart.

A merge touches no record: papers stay with their leaves, so legal holds do not stand in its
way and taking it back restores exactly what was, also when papers came meanwhile. A split
moves papers, and is refused while one of them is held.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.access.roles import Right
from akta.audit.log import AuditLog
from akta.events.bus import bus
from akta.kernel.clock import Clock
from akta.kernel.errors import ConflictError, InvalidError, NotFoundError
from akta.kernel.ids import new_id
from akta.records.events import PartiesRegrouped
from akta.records.guard import changed, lock_for_change
from akta.records.models import Record
from akta.records.parties.cleaning import lock_register, remove_leaves
from akta.records.parties.models import Party, PartyBlock, PartyMark, PartyMerge, PartyPair, RecordParty
from akta.records.parties.names import LONGEST, blocks, fold
from akta.records.parties.visible import may_see, root_of, visible_leaves
from ingest.parties.forest import as_data, join, part, set_pair
from ingest.parties.recognise import make_leaf

_MOST_MERGED = 100
_MOST_MOVED = 5000
_REASON = 500


@dataclass(frozen=True, slots=True)
class PartyDecisions:
    """The services of this module and what they need. Each method is part of its caller's transaction."""

    audit: AuditLog
    clock: Clock

    def merge(
        self, session: Session, principal: Principal, into: str, others: Sequence[str], reason: str = ""
    ) -> PartyMerge:
        """Say that parties are one; `into` survives. Raises InvalidError if there is nothing to merge."""
        principal.require(Right.DECIDE)
        lock_register(session)
        if len(others) > _MOST_MERGED:
            raise InvalidError(f"At most {_MOST_MERGED} parties can be merged at a time.")
        root = root_of(session, principal, into).id
        roots = {root_of(session, principal, other).id for other in others} - {root}
        if not roots:
            raise InvalidError("Choose another party to merge with; these are one already.")
        now = self.clock.now()
        row = join(
            session,
            roots,
            root,
            kind="merge",
            actor=principal.actor,
            reason=reason.strip()[:_REASON],
            now=now,
        )
        self.audit.note(
            session, now, principal.actor, "party.merged", f"party:{root}", merge=row.id, moved=row.moved
        )
        return row

    def undo(self, session: Session, principal: Principal, merge_id: str) -> PartyMerge:
        """Take a merge, a link that Akta made, or a split back.

        Leaves come back with all papers that name them, those that came meanwhile too. A link
        of Akta's that a person took back is not made again. Raises NotFoundError, ConflictError.
        """
        principal.require(Right.DECIDE)
        row = session.get(PartyMerge, merge_id)
        if row is not None and row.kind == "split":  # the locks of records come before the register's
            made = {m["to"] for m in row.moved}
            named = select(RecordParty.record_id).where(RecordParty.party_id.in_(made))
            self._lock_records(session, set(session.scalars(named)))
        lock_register(session)
        row = session.get(PartyMerge, merge_id, populate_existing=True)
        if row is None or not self._sees(session, principal, row):
            raise NotFoundError("There is no such merge.", merge=merge_id[:40])
        if row.undone_at is not None:
            raise ConflictError("This was taken back already.")
        now = self.clock.now()
        if row.kind == "split":
            self._unsplit(session, row, now)
            bus.publish(
                session, PartiesRegrouped(tuple(sorted({m["from"] for m in row.moved})), principal.actor)
            )
            row.undone_by, row.undone_at = principal.actor, now
        else:
            into, kind = row.into_id, row.kind
            parted = part(session, row, principal.actor, now)
            if kind == "link":
                for leaf in parted:
                    set_pair(session, leaf, into, "apart", 0.0, principal.actor, now)
        self.audit.note(
            session, now, principal.actor, "party.merge_undone", f"party:{row.into_id}", merge=row.id
        )
        return row

    def keep_apart(self, session: Session, principal: Principal, one: str, other: str) -> None:
        """Say that two parties are not one: they are suggested and linked no more."""
        principal.require(Right.DECIDE)
        lock_register(session)
        a, b = (root_of(session, principal, party).id for party in (one, other))
        if a == b:
            raise InvalidError("These are one party; take the merge back instead.")
        now = self.clock.now()
        leaves: dict[str, list[str]] = defaultdict(list)
        for leaf, root in session.execute(select(Party.id, Party.root_id).where(Party.root_id.in_((a, b)))):
            leaves[root].append(leaf)
        both = leaves[a] + leaves[b]
        asked = select(PartyPair.a_id, PartyPair.b_id)
        rows = session.execute(asked.where(PartyPair.a_id.in_(both), PartyPair.b_id.in_(both)))
        likely = {(row.a_id, row.b_id) for row in rows}
        set_pair(session, a, b, "apart", 0.0, principal.actor, now)
        for x, y in product(leaves[a], leaves[b]):
            if tuple(sorted((x, y))) in likely:
                set_pair(session, x, y, "apart", 0.0, principal.actor, now)
        self.audit.note(session, now, principal.actor, "party.kept_apart", f"party:{a}", other=b)

    def rename(self, session: Session, principal: Principal, party_id: str, name: str) -> Party:
        """Give a party the name it is shown under; an empty one leaves it to its papers again."""
        principal.require(Right.DECIDE)
        lock_register(session)
        party = root_of(session, principal, party_id)
        shown = " ".join("".join(c for c in name if c.isprintable()).split())
        if len(shown) > LONGEST:
            raise InvalidError(f"A name has at most {LONGEST} characters.")
        core = fold(shown)
        if shown and not core:
            raise InvalidError("A name has letters or digits.")
        party.name, party.named_by = shown, principal.actor if shown else None
        session.execute(delete(PartyBlock).where(PartyBlock.party_id == party.id, PartyBlock.core == ""))
        if core:
            words = [b for b in sorted(blocks(core)) if b.startswith("w:")]
            session.execute(
                insert(PartyBlock), [{"party_id": party.id, "core": "", "block": word} for word in words]
            )
        self.audit.note(session, self.clock.now(), principal.actor, "party.renamed", f"party:{party.id}")
        return party

    def split(
        self, session: Session, principal: Principal, party_id: str, spelling: str, reason: str = ""
    ) -> PartyMerge:
        """Say that the papers with one spelling name another party; those to come go there too.

        Raises NotFoundError for a spelling that cannot be seen, ConflictError if it is the
        only one, HeldError while one of the papers is held.
        """
        principal.require(Right.DECIDE)
        root = root_of(session, principal, party_id)
        core = fold(spelling)
        of_root = select(Party.id).where(Party.root_id == root.id)
        meant = (RecordParty.party_id.in_(of_root), RecordParty.core == core)
        seen = select(RecordParty.record_id).join(Record, Record.id == RecordParty.record_id)
        if session.scalar(seen.where(*meant, may_see(principal)).limit(1)) is None:
            raise NotFoundError("This party has no such spelling.", spelling=spelling[:60])
        ids = set(session.scalars(select(RecordParty.record_id).where(*meant).limit(_MOST_MOVED + 1)))
        if len(ids) > _MOST_MOVED:
            raise ConflictError("Too many papers have this spelling to move them at once.")
        records = self._lock_records(session, ids)
        lock_register(session)
        rows = session.scalars(select(RecordParty).where(*meant, RecordParty.record_id.in_(ids))).all()
        other = select(RecordParty.record_id).where(
            RecordParty.party_id.in_(of_root), RecordParty.core != core
        )
        if not rows or session.scalar(other.limit(1)) is None:
            raise ConflictError("It is the only spelling of this party; there is nothing to split.")
        now = self.clock.now()
        merge_id = new_id()
        moved = self._move(session, rows, core, now)
        made = sorted({m["to"] for m in moved})
        into = made[0]
        if len(made) > 1:
            session.execute(
                update(Party)
                .where(Party.id.in_(made[1:]))
                .values(root_id=into, merged_into=into, merge_id=merge_id)
            )
        row = PartyMerge(
            id=merge_id,
            kind="split",
            into_id=into,
            moved=moved,
            reason=reason.strip()[:_REASON],
            actor=principal.actor,
            at=now,
            undone_by=None,
            undone_at=None,
        )
        session.add(row)
        for base in {m["from"] for m in moved} | {root.id}:
            for leaf in made:
                set_pair(session, leaf, base, "apart", 0.0, principal.actor, now)
        session.expire_all()
        for record in records:
            changed(session, record)
        bus.publish(session, PartiesRegrouped((root.id, *made), principal.actor))
        self.audit.note(
            session, now, principal.actor, "party.split", f"party:{root.id}", merge=merge_id, made=made
        )
        return row

    # -- parts -------------------------------------------------------------------

    def _move(
        self, session: Session, rows: Sequence[RecordParty], core: str, now: datetime
    ) -> list[dict[str, str]]:
        moved = []
        made: dict[str, str] = {}
        for row in rows:
            base = row.party_id
            if base not in made:
                leaf = session.get_one(Party, base)
                if "|" in leaf.key:
                    raise ConflictError("This spelling was split off already; take that back first.")
                made[base] = make_leaf(session, f"{leaf.key}|{core}"[:200], leaf.nip, leaf.kind, now).id
            moved.append({"record": row.record_id, "role": row.role, "from": base, "to": made[base]})
            row.party_id = made[base]
        session.flush()
        for item in moved:
            session.execute(
                update(PartyMark)
                .where(PartyMark.record_id == item["record"], PartyMark.role == item["role"])
                .values(party_id=item["to"])
            )
        for base, new in made.items():
            session.execute(
                update(PartyBlock)
                .where(PartyBlock.party_id == base, PartyBlock.core == core)
                .values(party_id=new)
            )
        return moved

    def _unsplit(self, session: Session, row: PartyMerge, now: datetime) -> None:
        """Put the papers of a split, and those that came to it since, back to the leaves they were of."""
        made = {m["to"]: m["from"] for m in row.moved}
        linked = select(Party.id).where(
            (Party.merged_into.in_(list(made)) | Party.id.in_(list(made)) & Party.merged_into.is_not(None)),
            Party.merge_id != row.id,
        )
        if session.scalar(linked.limit(1)) is not None:
            raise ConflictError("The party that was split off was merged since; take that back first.")
        named = set(
            session.scalars(select(RecordParty.record_id).where(RecordParty.party_id.in_(list(made))))
        )
        records = self._lock_records(session, named)
        for new, _base in made.items():
            leaf = session.get(Party, new)
            if leaf is None:
                continue
            key = leaf.key.partition("|")[0]
            home = session.scalars(select(Party).where(Party.key == key)).first()
            target = home.id if home else make_leaf(session, key, leaf.nip, leaf.kind, now).id
            here = {
                (core, block)
                for core, block in session.execute(
                    select(PartyBlock.core, PartyBlock.block).where(PartyBlock.party_id == target)
                )
            }
            for core, block in session.execute(
                select(PartyBlock.core, PartyBlock.block).where(PartyBlock.party_id == new)
            ).all():
                if core and (core, block) not in here:
                    session.execute(insert(PartyBlock).values(party_id=target, core=core, block=block))
            for model in (RecordParty, PartyMark):
                session.execute(update(model).where(model.party_id == new).values(party_id=target))
        remove_leaves(session, list(made))
        session.expire_all()
        for record in records:
            changed(session, record)

    def _lock_records(self, session: Session, ids: Sequence[str] | set[str]) -> list[Record]:
        """Lock the records that are still there, in the order of their ids. Raises HeldError."""
        found = []
        for record_id in sorted(set(ids)):
            state = session.scalar(select(Record.state).where(Record.id == record_id))
            if state is not None and state != "destroyed":
                found.append(lock_for_change(session, record_id))
        return found

    def _sees(self, session: Session, principal: Principal, row: PartyMerge) -> bool:
        """Whether the principal sees both what was moved and what it was moved into."""
        moved = as_data(row)["moved"]
        roots = session.execute(select(Party.id, Party.root_id).where(Party.id.in_([*moved, row.into_id])))
        seen = visible_leaves(session, principal, sorted({root for _, root in roots}))
        if row.kind == "split":
            return bool(seen & set(moved))
        below, level = set(moved), set(moved)
        while level:
            level = set(session.scalars(select(Party.id).where(Party.merged_into.in_(sorted(level))))) - below
            below |= level
        return bool(seen & below)
