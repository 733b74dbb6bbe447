"""Whether a new version judges reviewed papers it has not seen no worse than the one in force."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from ingest.classify.costs import sure
from ingest.classify.residual import Model
from ingest.training.fit import Example, scored

#: With fewer reviewed papers than this held back, no figures decide: a person does.
LEAST: Final = 50
#: And with fewer than this in any domain that has some.
LEAST_OF_A_DOMAIN: Final = 10

BETTER, SAME, WORSE, TOO_FEW = "better", "same", "worse", "too_few"


@dataclass(slots=True)
class Tally:
    """Papers of one domain, by what people said of them.

    `right` have the right type whatever the confidence; `filed` would be filed unseen, `filed_wrong` of
    them into a wrong domain, `filed_right` with the right type.
    """

    papers: int = 0
    right: int = 0
    domain_right: int = 0
    filed: int = 0
    filed_right: int = 0
    filed_wrong: int = 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """`verdict` is better, same, worse or too_few; `worse_in` names the domains that lose."""

    verdict: str
    before: dict[str, Tally]
    after: dict[str, Tally]
    worse_in: tuple[str, ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        return {
            "verdict": self.verdict,
            "worse_in": list(self.worse_in),
            "before": {d: asdict(t) for d, t in self.before.items()},
            "after": {d: asdict(t) for d, t in self.after.items()},
        }


def tally(
    examples: Sequence[Example], model: Model, domains: Mapping[str, str], limits: Mapping[str, float]
) -> dict[str, Tally]:
    """How a model judges papers of known type, by their domain."""
    out: dict[str, Tally] = {}
    for example in examples:
        truth = domains.get(example.doc_type, "other")
        mine = out.setdefault(truth, Tally())
        best, confidence = model.ranked(scored(model, example), domains)[0]
        domain = domains.get(best, "other")
        mine.papers += 1
        mine.right += best == example.doc_type
        mine.domain_right += domain == truth
        if sure(domain, confidence, limits):
            mine.filed += 1
            mine.filed_right += best == example.doc_type
            mine.filed_wrong += domain != truth
    return out


def compare(
    held_back: Sequence[Example],
    before: Model,
    after: Model,
    domains: Mapping[str, str],
    limits: Mapping[str, float],
) -> Comparison:
    """Compare two versions on the same papers, which neither may have been trained on.

    Worse is a version that in any domain files more papers wrongly, knows fewer domains or types, or
    files fewer rightly. This is counted and not tested for significance: with the least numbers above a
    single paper lost is enough to keep the version in force, because a change must earn its place.
    """
    old, new = tally(held_back, before, domains, limits), tally(held_back, after, domains, limits)
    worse = tuple(d for d in sorted(old) if _loses(old[d], new[d]))
    few = len(held_back) < LEAST or any(t.papers < LEAST_OF_A_DOMAIN for t in old.values())
    if worse:
        verdict = WORSE
    elif few:
        verdict = TOO_FEW
    elif old == new:
        verdict = SAME
    else:
        verdict = BETTER
    return Comparison(verdict, old, new, worse)


def _loses(old: Tally, new: Tally) -> bool:
    return (
        new.filed_wrong > old.filed_wrong
        or new.domain_right < old.domain_right
        or new.right < old.right
        or new.filed_right < old.filed_right
    )
