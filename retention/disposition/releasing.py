"""What must hold before a list is released: another person, the same facts, and what others have said."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from akta.access.hands import refuse_one_hand
from akta.access.principal import Principal
from akta.kernel.errors import ConflictError, ForbiddenError, StaleError
from akta.records.models import Record
from akta.records.visibility import visible_to
from retention.disposition.facts import facts_of, parts
from retention.disposition.models import Disposition, DispositionItem
from retention.disposition.needs import RECEIPT, needs_for
from retention.disposition.receipts import handed_over
from retention.disposition.words import NEEDS, say

_AT_ONCE = 500


def accepted_items(session: Session, made: Disposition) -> Sequence[DispositionItem]:
    """What a reviewer accepted, by record."""
    query = select(DispositionItem).where(
        DispositionItem.disposition_id == made.id, DispositionItem.decision == "accept"
    )
    return session.scalars(query.order_by(DispositionItem.record_id)).all()


def check_second_person(
    session: Session, principal: Principal, person: str, made: Disposition, now: datetime
) -> None:
    """Raise ForbiddenError for whoever proposed, reviewed, or brought in what is to go.

    So for an account that may be in the hand of one of the former (`akta.access.hands`).
    """
    if person == made.proposer:
        raise ForbiddenError("You proposed this disposition. A second person must release it.")
    if person in made.reviewers:
        raise ForbiddenError("You reviewed records of this disposition. A second person must release it.")
    refuse_one_hand(session, person, (made.proposer, *made.reviewers), now)
    listed = (
        select(func.count())
        .select_from(DispositionItem)
        .join(Record, Record.id == DispositionItem.record_id)
        .where(DispositionItem.disposition_id == made.id)
    )
    if session.scalar(listed.where(~visible_to(principal))):
        raise ForbiddenError("It holds records that you may not see. Somebody who sees all must release it.")
    own = listed.where(DispositionItem.decision == "accept", Record.owner_id == person)
    if session.scalar(own):
        raise ForbiddenError("You brought in a record of this disposition. A second person must release it.")


def check_facts(session: Session, accepted: Sequence[DispositionItem]) -> None:
    """Raise StaleError if a record is not as it was when somebody reviewed it."""
    for part in parts([item.record_id for item in accepted], _AT_ONCE):
        known = facts_of(session, part)
        for item in accepted:
            if item.record_id in known and item.facts != known[item.record_id]:
                raise StaleError(
                    f"Record {item.record_id} changed after it was reviewed. Review it again.",
                    record=item.record_id,
                )


def check_consents(session: Session, made: Disposition, accepted: Sequence[DispositionItem]) -> None:
    """Raise ConflictError while something that a record needs has not been said."""
    over = handed_over(session, made.id)
    for item in accepted:
        for need in needs_for(item.facts, item.action):
            if need == RECEIPT:
                if over.get(item.record_id) != item.facts["sha256"]:
                    raise ConflictError(
                        "What is handed over goes only after the one who took it has confirmed that. "
                        "Make the package, hand it over, and record the receipt.",
                        record=item.record_id,
                    )
            elif need not in made.consents:
                raise ConflictError(f"It is missing: {say(NEEDS, need, 'en')}. Record it first.", need=need)
