"""How good Akta's own judgements were in a period, from what people said of them.

Of what was filed unseen only spot checks count, each for as many papers as it stands for. What
was doubted is seen by people anyway and tells of itself alone. Both together, weighted by how
many papers came of each, give calibration and fields. Shares are None with fewer than
`SMALLEST` answers, and not `enough` with an effective number below `ENOUGH`.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.access.roles import Right
from akta.kernel.clock import civil_date
from akta.kernel.errors import ForbiddenError, InvalidError
from akta.operations.quality import figures, gather
from akta.operations.quality.figures import BINS, ENOUGH, Bin, Mean, Tally, expected_error
from akta.operations.quality.gather import BinCell, Cell, FieldCell, Span

#: Groups of fewer papers are shown together with others, so that none tells of a single paper.
SMALLEST: Final = 5
#: The name of what was too small to stand alone.
REST: Final = "rest"
DAYS: Final = 90
_LONGEST: Final = 3660

_Stratum = tuple[str, bool]


@dataclass(frozen=True, slots=True)
class Period:
    """Civil days, both inclusive."""

    first: date
    last: date

    @property
    def before(self) -> "Period":
        """As many days right before."""
        days = (self.last - self.first).days + 1
        return Period(self.first - timedelta(days=days), self.first - timedelta(days=1))

    def span(self, zone: str) -> Span:
        place = ZoneInfo(zone)
        end = self.last + timedelta(days=1)
        return Span(datetime.combine(self.first, time(), place), datetime.combine(end, time(), place))


def period(first: date | None, last: date | None, now: datetime, zone: str) -> Period:
    """The days asked for; without any, the last ninety. Raises InvalidError."""
    last = last or civil_date(now, zone)
    first = first or last - timedelta(days=DAYS - 1)
    if first > last:
        raise InvalidError("The period ends before it begins.")
    if (last - first).days > _LONGEST or first.year < 1900 or last.year > 9000:
        raise InvalidError("Ask for at most ten years.")
    return Period(first, last)


def may_see(principal: Principal) -> bool:
    """Whether somebody may see how good Akta is: those who audit, and those who run the system."""
    return principal.may(Right.AUDIT) or principal.may(Right.SYSTEM)


def domains_of(principal: Principal) -> set[str] | None:
    """The domains that are counted: all for those who run the system, else those of the grants."""
    if not may_see(principal):
        raise ForbiddenError("This needs the right 'audit' or 'system', which you do not have.")
    return None if principal.may(Right.SYSTEM) else set(principal.levels)


def quality(session: Session, principal: Principal, asked: Period, zone: str) -> dict[str, Any]:
    """The report, ready for JSON: figures only, nothing of a single paper. Raises ForbiddenError."""
    domains = domains_of(principal)
    span = asked.span(zone)
    now = gather.cells(session, span, domains)
    binned = gather.bins(session, span, domains)
    fields = gather.fields(session, span, domains)
    earlier = gather.cells(session, asked.before.span(zone), domains)
    factors = _factors(now)
    total = _group(now, binned, factors)
    return {
        "period": _days(asked),
        "before": _days(asked.before),
        "smallest_group": SMALLEST,
        "enough": ENOUGH,
        "total": total,
        "domains": _groups(now, binned, factors, lambda c: c.domain, ("domain",)),
        "types": _groups(now, binned, factors, lambda c: (c.domain, c.doc_type), ("domain", "doc_type")),
        "models": _groups(now, binned, factors, lambda c: c.model, ("model",)),
        "channels": _groups(now, binned, factors, lambda c: c.channel, ("channel",)),
        "calibration": _bins((b.number, b.answers.scaled(_factor(factors, b))) for b in binned),
        "fields": _fields(fields, factors),
        "drift": _drift(earlier, now),
    }


def _days(asked: Period) -> dict[str, str]:
    return {"from": asked.first.isoformat(), "to": asked.last.isoformat()}


# -- weights ---------------------------------------------------------------------


def _factors(cells: Iterable[Cell]) -> dict[_Stratum, float]:
    """For each domain, what was filed unseen and what was doubted: papers that came, over answers' weight."""
    came: Counter[_Stratum] = Counter()
    weight: defaultdict[_Stratum, float] = defaultdict(float)
    for cell in cells:
        came[cell.domain, cell.alone] += cell.came
        weight[cell.domain, cell.alone] += cell.kinds.weight
    return {key: came[key] / weight[key] for key in came if weight[key] > 0}


def _factor(factors: Mapping[_Stratum, float], cell: Cell | BinCell | FieldCell) -> float:
    return factors.get((cell.domain, cell.alone), 0.0)


# -- groups ----------------------------------------------------------------------


def _groups(
    cells: Sequence[Cell],
    binned: Sequence[BinCell],
    factors: Mapping[_Stratum, float],
    key: Callable[[Cell | BinCell], Hashable],
    names: tuple[str, ...],
) -> list[dict[str, Any]]:
    """Figures by a key, the largest group first; those too small to stand alone together as `rest`."""
    came: Counter[Hashable] = Counter()
    for cell in cells:
        came[key(cell)] += cell.came
    small = too_small(came)
    by: defaultdict[Hashable, tuple[list[Cell], list[BinCell]]] = defaultdict(lambda: ([], []))
    for cell in cells:
        by[REST if key(cell) in small else key(cell)][0].append(cell)
    for one in binned:
        by[REST if key(one) in small else key(one)][1].append(one)
    made = []
    for group in sorted(by, key=lambda g: (g == REST, -came[g], str(g))):
        figures_ = _group(*by[group], factors)
        if figures_["came"] < SMALLEST:
            continue
        values = group if isinstance(group, tuple) else (group,)
        if group == REST:
            values = (REST,) * len(names)
        made.append({**dict(zip(names, values, strict=True)), **figures_})
    return made


def too_small(sizes: Mapping[Hashable, int]) -> set[Hashable]:
    """The groups to be shown together: all below the smallest size, and more if those are too few together.

    Otherwise the total less the groups that are shown would tell of the one that is not.
    """
    small = {group for group, size in sizes.items() if size < SMALLEST}
    others = sorted((g for g in sizes if g not in small), key=lambda g: (sizes[g], str(g)))
    while small and others and sum(sizes[g] for g in small) < SMALLEST:
        small.add(others.pop(0))
    return small


def _group(
    cells: Sequence[Cell], binned: Sequence[BinCell], factors: Mapping[_Stratum, float]
) -> dict[str, Any]:
    came = sum(c.came for c in cells)
    alone = [c for c in cells if c.alone]
    doubted = [c for c in cells if not c.alone]
    unseen = sum(c.came for c in alone)
    bins = [(b.number, b.answers.scaled(_factor(factors, b))) for b in binned]
    answers = sum(b.n for _, b in bins)
    seen = sum(c.came for c in cells if (c.domain, c.alone) in factors)
    overall = _sum(c.kinds.scaled(_factor(factors, c)) for c in cells)
    error = _error(bins) if answers >= ENOUGH else None
    return {
        "came": came,
        "unseen": unseen,
        "coverage": _round(unseen / came) if came else None,
        "confidence": _round(_mean(cells).value),
        # By domain the checks' weights are scaled to what came, for their shares differ.
        "unseen_right": _estimate(_sum(c.kinds.scaled(_factor(factors, c)) for c in alone)),
        "unseen_domain_right": _estimate(_sum(c.domains.scaled(_factor(factors, c)) for c in alone)),
        "doubted_right": _estimate(_sum(c.kinds.scaled(_factor(factors, c)) for c in doubted)),
        "right": _estimate(overall, whole=came == 0 or seen / came >= 0.95),
        "calibration_error": _round(error),
        "spot_checks": {
            "asked": sum(c.asked for c in cells),
            "waiting": sum(c.waiting for c in cells),
        },
        "noticed_wrong": sum(c.noticed for c in cells),
    }


def _sum(tallies: Iterable[Tally]) -> Tally:
    return sum(tallies, Tally())


def _mean(cells: Iterable[Cell]) -> Mean:
    kept = [c.confidence for c in cells]
    return Mean(sum(m.n for m in kept), sum(m.total for m in kept), sum(m.squares for m in kept))


def _estimate(tally: Tally, *, whole: bool = True) -> dict[str, Any]:
    """A share with its interval; `whole` is false if part of the papers has no answers."""
    interval = tally.interval if tally.n >= SMALLEST else None
    return {
        "n": tally.n,
        "effective": round(tally.effective, 1),
        "share": _round(tally.share) if interval else None,
        "low": _round(interval[0]) if interval else None,
        "high": _round(interval[1]) if interval else None,
        "enough": whole and round(tally.effective, 6) >= ENOUGH,
    }


# -- calibration and fields --------------------------------------------------------


def _together(bins: Iterable[tuple[int, Bin]]) -> dict[int, Bin]:
    made: defaultdict[int, Bin] = defaultdict(Bin)
    for number, one in bins:
        made[number] = made[number] + one
    return made


def _error(bins: Iterable[tuple[int, Bin]]) -> float | None:
    return expected_error(_together(bins).values())


def _bins(bins: Iterable[tuple[int, Bin]]) -> list[dict[str, Any]]:
    """Ten tenths; without figures where fewer than the smallest group was answered."""
    by = _together(bins)
    made = []
    for number in range(BINS):
        one = by.get(number, Bin())
        told = one.n >= SMALLEST and one.weight > 0
        made.append(
            {
                "from": number / BINS,
                "to": (number + 1) / BINS,
                "n": one.n if told or not one.n else None,
                "confidence": _round(one.confidence / one.weight) if told else None,
                "right": _round(one.right / one.weight) if told else None,
            }
        )
    return made


def _fields(cells: Sequence[FieldCell], factors: Mapping[_Stratum, float]) -> list[dict[str, Any]]:
    by: defaultdict[str, list[FieldCell]] = defaultdict(list)
    for cell in cells:
        by[cell.name].append(cell)
    made = []
    for name, kept in by.items():
        stated = _sum(c.stated.scaled(_factor(factors, c)) for c in kept)
        missed = _sum(c.missed.scaled(_factor(factors, c)) for c in kept)
        if stated.n + missed.n < SMALLEST:
            continue
        there = stated.weight + missed.weight
        bins = [
            (c.number, Bin(c.stated.n, c.stated.weight, c.confidence, c.stated.right).scaled(f))
            for c in kept
            if (f := _factor(factors, c)) and c.stated.n
        ]
        error = _error(bins) if stated.n >= ENOUGH else None
        made.append(
            {
                "name": name,
                "stated": stated.n,
                "spot_checked": sum(c.stated.n for c in kept if c.alone),
                "missed": missed.n,
                "right": _estimate(stated),
                "coverage": _round(stated.weight / there) if there else None,
                "calibration_error": _round(error),
            }
        )
    return sorted(made, key=lambda f: (-f["stated"] - f["missed"], f["name"]))


# -- drift -----------------------------------------------------------------------


def _drift(before: Sequence[Cell], now: Sequence[Cell]) -> list[dict[str, Any]]:
    """The period against the one before: what was asked, both figures, and whether it changed."""
    was, is_ = _Moment(before), _Moment(now)
    told = [
        _told(
            "doubted", was.doubted, is_.doubted, figures.shares_differ((was.p, was.came), (is_.p, is_.came))
        ),
        _told("confidence", was.mean.value, is_.mean.value, figures.means_differ(was.mean, is_.mean)),
        _told(
            "unseen_right",
            was.unseen.share if was.unseen.n >= SMALLEST else None,
            is_.unseen.share if is_.unseen.n >= SMALLEST else None,
            figures.shares_differ(
                (was.unseen.share or 0.0, was.unseen.effective),
                (is_.unseen.share or 0.0, is_.unseen.effective),
            ),
        ),
    ]
    for name, old, new in (
        ("types", was.types, is_.types),
        ("domains", was.domains, is_.domains),
        ("channels", was.channels, is_.channels),
    ):
        mix = figures.mixes_differ(old, new)
        told.append({**_told(name, None, None, mix), "stability": _round(figures.stability(old, new))})
    return told


class _Moment:
    """What is compared of a period."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        factors = _factors(cells)
        self.came = sum(c.came for c in cells)
        self.p = sum(c.came for c in cells if not c.alone) / self.came if self.came else 0.0
        self.doubted = self.p if self.came >= SMALLEST else None
        self.mean = _mean(cells)
        self.unseen = _sum(c.kinds.scaled(_factor(factors, c)) for c in cells if c.alone)
        self.types = _mix(cells, lambda c: f"{c.domain}/{c.doc_type}")
        self.domains = _mix(cells, lambda c: c.domain)
        self.channels = _mix(cells, lambda c: c.channel)


def _mix(cells: Iterable[Cell], key: Callable[[Cell], str]) -> Counter[str]:
    made: Counter[str] = Counter()
    for cell in cells:
        made[key(cell)] += cell.came
    return made


def _told(name: str, before: float | None, now: float | None, said: str) -> dict[str, Any]:
    return {"name": name, "before": _round(before), "now": _round(now), "said": said}


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
