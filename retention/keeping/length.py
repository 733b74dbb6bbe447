"""Which of two keepings is the longer one."""

from datetime import date
from typing import Any, Final, Literal

#: Permanent beats open beats any day; what has no class or was never computed is the least.
_RANK: Final = {"permanent": 3, "open": 2, "until": 1, "none": 0}

#: How one keeping compares with the one before it.
Compared = Literal["same", "longer", "shorter"]


def compare(
    before_outcome: str | None, before: date | None, after_outcome: str | None, after: date | None
) -> Compared:
    """How keeping changes from an outcome with its last day to another."""
    old, new = _length(before_outcome, before), _length(after_outcome, after)
    return "same" if old == new else "longer" if new > old else "shorter"


def compare_derivations(before: dict[str, Any] | None, after: dict[str, Any] | None) -> Compared:
    """The same for two derivations as they are stored."""
    return compare(*_ends(before), *_ends(after))


def day_of(derivation: dict[str, Any] | None) -> date | None:
    """The last day of keeping that a derivation says, or None."""
    said = (derivation or {}).get("retain_through")
    return date.fromisoformat(said) if said else None


def _ends(derivation: dict[str, Any] | None) -> tuple[str | None, date | None]:
    return (derivation or {}).get("outcome"), day_of(derivation)


def _length(outcome: str | None, through: date | None) -> tuple[int, date]:
    return _RANK.get(outcome or "none", 0), (through or date.min) if outcome == "until" else date.min
