"""How sure is sure enough: a threshold for each domain, from what a mistake costs against a review."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import yaml

from ingest.classify.types import DOMAINS

_FILE: Final = Path(__file__).with_name("costs.yaml")
#: No cost makes Akta file what it believes less than this, or ask about what it believes more.
LEAST: Final = 0.5
MOST: Final = 0.995
#: Domains that can be filed unseen. What is nobody's never is.
FILED: Final = tuple(d for d in DOMAINS if d != "other")
#: For a domain whose costs nobody named.
USUAL: Final = 0.75


def threshold(review: float, misfiled: float) -> float:
    """The probability of being right from which filing unseen is cheaper than asking.

    Filing costs (1 - p) x `misfiled` on average, asking costs `review`. Raises ValueError for costs
    that are not above nothing.
    """
    if not (review > 0 and misfiled > 0):
        raise ValueError("costs must be above 0")
    return min(MOST, max(LEAST, 1.0 - review / misfiled))


def thresholds(costs: Mapping[str, Any]) -> dict[str, float]:
    """The threshold of each domain from `{"review": cost, "misfiled": {domain: cost}}`.

    Raises ValueError for a domain there is not and for costs that are no numbers.
    """
    try:
        review = float(costs["review"])
        named = {str(domain): float(cost) for domain, cost in costs["misfiled"].items()}
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("costs are 'review' and, by domain, 'misfiled'") from error
    for domain in named:
        if domain not in FILED:
            raise ValueError(f"'{domain}' is no domain that is filed; there are {', '.join(FILED)}")
    out = dict.fromkeys(FILED, USUAL)
    out.update({domain: threshold(review, cost) for domain, cost in named.items()})
    return out


@lru_cache(maxsize=1)
def default_costs() -> dict[str, Any]:
    """The costs that Akta comes with."""
    costs: dict[str, Any] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return costs


def with_costs(text: str) -> dict[str, float]:
    """The thresholds under other costs, written `hr=8,lab=10`; what is not named keeps its own.

    Raises ValueError naming what is wrong.
    """
    costs = default_costs()
    misfiled = dict(costs["misfiled"])
    for part in filter(None, (p.strip() for p in text.split(","))):
        domain, _, cost = part.partition("=")
        try:
            misfiled[domain.strip()] = float(cost)
        except ValueError as error:
            raise ValueError(f"'{part}' is not of the form domain=cost") from error
    return thresholds({"review": costs["review"], "misfiled": misfiled})


@lru_cache(maxsize=1)
def default_thresholds() -> Mapping[str, float]:
    """The thresholds under the costs that Akta comes with."""
    return thresholds(default_costs())


def sure(domain: str | None, confidence: float, limits: Mapping[str, float]) -> bool:
    """Whether a paper of a domain may be filed unseen with this confidence. Never what is nobody's."""
    return domain in FILED and confidence >= limits.get(domain, USUAL)
