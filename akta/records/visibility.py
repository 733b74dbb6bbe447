"""Who sees a record: one rule, as a token set for the index and as SQL for the database.

A record carries one or two access tokens. A principal sees it if one of their
own tokens (`Principal.tokens`) is among them:

- `domain/level`: granted for the record's domain up to its confidentiality;
- `owner:<user>`: the person who brought it in sees it until it is filed, so that
  staff can follow a pile to its end; after that only grants count.

A record whose use is restricted (GDPR, art. 18) has one token only, `restricted:domain/level`,
which officers with that grant have, and nobody else.
"""

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.access.roles import UNFILED, Right
from akta.db.hints import unindexed
from akta.kernel.errors import NotFoundError
from akta.records.models import Record

#: States in which the one who brought a paper in still sees it without a grant.
_OWNER_STATES = ("received", "reading", "review", "quarantined", "rejected")


def scopes_of(record: Record) -> tuple[str, ...]:
    """The access tokens of a record."""
    place = f"{record.domain or UNFILED}/{record.confidentiality}"
    if record.restricted:
        return (f"restricted:{place}",)
    scopes = [place]
    if record.owner_id and record.state in _OWNER_STATES:
        scopes.append(f"owner:{record.owner_id}")
    return tuple(scopes)


def visible_to(principal: Principal) -> ColumnElement[bool]:
    """The same rule as a condition on `Record`."""
    if Right.READ not in principal.rights:
        return false()
    # What somebody may see is no way to find it: most of an archive can be theirs.
    of_domain, of_owner = unindexed(Record.domain), unindexed(Record.owner_id)
    parts: list[ColumnElement[bool]] = []
    for domain, level in principal.levels.items():
        in_domain = of_domain.is_(None) if domain == UNFILED else of_domain == domain
        parts.append(and_(in_domain, Record.confidentiality <= level))
    if principal.user_id is not None:
        parts.append(and_(of_owner == principal.user_id, Record.state.in_(_OWNER_STATES)))
        if principal.sees_restricted:  # what they brought in is theirs to see as officers only by a grant
            parts[-1] = and_(parts[-1], ~Record.restricted)
    seen = or_(false(), *parts)
    return seen if principal.sees_restricted else and_(seen, ~Record.restricted)


def get_visible(session: Session, principal: Principal, record_id: str) -> Record:
    """The record, or NotFoundError if there is none that the principal may see."""
    record = session.scalars(
        select(Record).where(Record.id == record_id, visible_to(principal), Record.state != "destroyed")
    ).first()
    if record is None:
        raise NotFoundError("There is no such record.", record=record_id)
    return record
