"""The time of grace after the release of a hold: records are due, but nothing is destroyed yet.

The guard refuses by the same rows (`akta.records.guard.refuse_if_kept`); this says so before somebody tries.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from akta.kernel.clock import civil_date
from akta.records.guard import batches
from akta.records.holds import Hold, HoldItem


@dataclass(frozen=True, slots=True)
class Grace:
    """Until when nothing of a record is destroyed, and the hold whose release that follows from."""

    hold_id: str
    matter: str
    released_at: datetime | None
    until: datetime

    def as_data(self, zone: str, matters: bool) -> dict[str, str | None]:
        """As plain data, with civil days in `zone`; what the hold was about only with `matters`."""
        return {
            "hold": self.hold_id,
            "matter": self.matter if matters else "",
            "released_on": civil_date(self.released_at, zone).isoformat() if self.released_at else None,
            "until": civil_date(self.until, zone).isoformat(),
        }


def grace_of(session: Session, record_ids: Iterable[str], now: datetime) -> dict[str, Grace]:
    """Of these records those in the time of grace, each with the hold after which it lasts longest."""
    found: dict[str, Grace] = {}
    for some in batches(record_ids):
        rows = session.execute(
            select(HoldItem, Hold.matter)
            .join(Hold, Hold.id == HoldItem.hold_id)
            .where(HoldItem.record_id.in_(some), HoldItem.active.is_(False), HoldItem.grace_until > now)
            .order_by(HoldItem.grace_until, HoldItem.hold_id)
        )
        for item, matter in rows:  # the longest comes last
            assert item.grace_until is not None
            found[item.record_id] = Grace(item.hold_id, matter, item.released_at, item.grace_until)
    return found
