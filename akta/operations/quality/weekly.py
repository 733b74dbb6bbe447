"""What share of the papers Akta filed by itself, week by week."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.operations.quality.report import SMALLEST, Period, domains_of
from akta.records.judgements import Judgement


@dataclass(frozen=True, slots=True)
class Week:
    """`first` is its Monday. `share` (0 to 1) is None where too few papers came to say anything."""

    first: date
    last: date
    papers: int
    share: float | None


def weekly_shares(session: Session, principal: Principal, last: date, weeks: int, zone: str) -> list[Week]:
    """The weeks up to the one of a day, the earliest first, of the domains that somebody may see.

    One range of the index of days for each week. Raises ForbiddenError for who may not see quality.
    """
    domains = domains_of(principal)
    monday = last - timedelta(days=last.weekday())
    told = []
    for back in range(weeks - 1, -1, -1):
        first = monday - timedelta(weeks=back)
        span = Period(first, first + timedelta(days=6)).span(zone)
        query = select(func.count(), func.count().filter(Judgement.alone.is_(True))).where(
            Judgement.at >= span.start, Judgement.at < span.end, Judgement.current.is_(True)
        )
        if domains is not None:
            query = query.where(Judgement.domain.in_(domains))
        papers, alone = session.execute(query).one()
        share = alone / papers if papers >= SMALLEST else None
        told.append(Week(first, first + timedelta(days=6), papers if papers >= SMALLEST else 0, share))
    return told
