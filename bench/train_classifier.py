"""Judges the classifier on real papers, each by a model that has seen nothing of its source.

    python -m bench.labelled read MANIFEST real.jsonl
    python -m bench.labelled generate made.jsonl
    python -m bench.train_classifier judge real.jsonl [--made made.jsonl] [--penalty 3] [--by source]
    python -m bench.train_classifier temperatures real.jsonl

`judge` compares the lexicon alone with the lexicon and a residual (`ingest.training.fit`): trained on made
papers only, on the real papers of all other sources, and on both. A source is a repository; receipts
of SROIE are one source wherever they lie. Files that state their type need no classifier: they count as
what they state, and no weights are fitted on them. Printed are, for all and with `--by` for each kind,
language, source or type:

- ours filed: the share of papers of ours (not `other`) beyond the threshold of their domain;
- domain, type: how many of the papers that file themselves have the right one, nobody's among them as wrong;
- nobody's filed: papers of `other` beyond a threshold;
- all: domain and type right whatever the confidence; types within `other` are not told apart;
- macro-F1 over the types, expected calibration error (ten bins), mean log loss of the papers judged.

`--noise` exchanges that share of letters first, as a bad scan would. `temperatures` prints what
`ingest.training.fit.calibrate` finds on one half and the calibration error on the other, before and after.
"""

import argparse
import math
import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from akta.operations.evaluation.score import calibration_error, macro_f1
from bench.labelled import load
from ingest.classify.costs import default_thresholds, sure
from ingest.classify.decide import HINTS, weigh
from ingest.classify.features import features_of
from ingest.classify.language import guess
from ingest.classify.residual import BUILT_IN, Model
from ingest.classify.types import TYPES
from ingest.fields.rows import rows_of
from ingest.model import Page, Reading
from ingest.training.fit import Example, calibrate, fit, scored

_SLIPS = {"o": "0", "l": "1", "i": "l", "e": "c", "a": "o", "m": "rn", "s": "5", "n": "u", "r": "t"}
DOMAINS = {code: kind.domain for code, kind in TYPES.items()}


@dataclass(frozen=True, slots=True)
class Case:
    """A paper of known type. `stated` is the type that its file states, None where it is judged."""

    row: dict[str, Any]
    example: Example
    stated: str | None


@dataclass(frozen=True, slots=True)
class Verdict:
    case: Case
    doc_type: str
    confidence: float
    log_loss: float | None

    @property
    def domain(self) -> str:
        return DOMAINS[self.doc_type]

    @property
    def domain_right(self) -> bool:
        return bool(self.domain == self.case.row["domain"])

    @property
    def type_right(self) -> bool:
        both_other = self.domain == "other" == self.case.row["domain"]
        return bool(both_other or self.doc_type == self.case.row["doc_type"])

    @property
    def filed(self) -> bool:
        return sure(self.domain, self.confidence, default_thresholds())


def spoiled(reading: Reading, share: float, rng: random.Random) -> Reading:
    """The reading with `share` of its letters exchanged and little confidence in its words."""

    def slip(text: str) -> str:
        return "".join(_SLIPS.get(c.lower(), c) if rng.random() < share else c for c in text)

    def page(p: Page) -> Page:
        words = tuple(replace(w, text=slip(w.text), confidence=0.5) for w in p.words)
        return replace(p, text="\n".join(slip(x) for x in p.text.splitlines()), words=words, confidence=0.5)

    return replace(reading, pages=tuple(page(p) for p in reading.pages))


def cases(path: Path, noise: float = 0.0, seed: int = 7) -> list[Case]:
    """Every labelled reading with its features and the lexicon's scores."""
    rng = random.Random(seed)
    out = []
    for row, reading in load(path):
        stated = reading.structured
        says = stated.doc_type if stated is not None and stated.syntax not in HINTS else None
        seen = spoiled(reading, noise, rng) if noise and says is None else reading
        rows = rows_of(seen)
        scores, shape, *_ = weigh(seen, rows)
        language = seen.language or guess(r.text for r in rows[:200])
        example = Example(row["path"], row["doc_type"], features_of(rows, shape, language), scores)
        out.append(Case(row, example, says))
    return out


def source_of(case: Case) -> str:
    """The source that is left out together."""
    text = f"{case.row['source']} {case.row['path']}"
    return "SROIE" if re.search("sroie", text, re.I) else str(case.row["source"])


def judged(case: Case, model: Model) -> Verdict:
    """What a model makes of a paper."""
    if case.stated is not None:
        return Verdict(case, case.stated, 0.995, None)
    ranked = model.ranked(scored(model, case.example), DOMAINS)
    chances = dict(ranked)
    row = case.row
    right = (
        {code for code, domain in DOMAINS.items() if domain == "other"} if row["domain"] == "other" else ()
    )
    chance = sum(chances.get(code, 0.0) for code in {*right, row["doc_type"]})
    return Verdict(case, ranked[0][0], ranked[0][1], -math.log(max(chance, 1e-9)))


def leave_out(found: Sequence[Case], train: Callable[[list[Case]], Model], folds: int) -> list[Verdict]:
    """The verdict on every paper by a model trained without its source.

    With `folds` so many groups of whole sources are left out in turn, which is quicker and harder.
    """
    sizes = Counter(source_of(c) for c in found if c.stated is None)
    load_of: Counter[int] = Counter()
    fold_of: dict[str, int] = {}
    for source, size in sizes.most_common():
        fold_of[source] = min(range(folds), key=lambda fold: (load_of[fold], fold)) if folds else len(fold_of)
        load_of[fold_of[source]] += size
    out = [judged(case, BUILT_IN) for case in found if source_of(case) not in fold_of]
    for fold in sorted(set(fold_of.values())):
        mine = [c for c in found if fold_of.get(source_of(c)) == fold]
        model = train([c for c in found if fold_of.get(source_of(c)) != fold and c.stated is None])
        out += [judged(case, model) for case in mine]
    return out


def trained(examples: Iterable[Example], penalty: float) -> Model:
    """A model of the lexicon and weights fitted on the examples."""
    types = tuple(TYPES)
    return Model("bench", types, fit(list(examples), types, penalty))


def report(name: str, verdicts: Sequence[Verdict]) -> None:
    """One line of figures."""
    ours = [v for v in verdicts if v.case.row["domain"] != "other"]
    nobodys = [v for v in verdicts if v.case.row["domain"] == "other"]
    filed = [v for v in verdicts if v.filed]
    types = Counter((v.case.row["doc_type"], v.doc_type) for v in ours)
    ece = calibration_error([(v.confidence, v.type_right) for v in verdicts if v.case.stated is None])
    losses = [v.log_loss for v in verdicts if v.log_loss is not None]
    print(
        f"{name:34} n={len(verdicts):4} ours filed {_of(sum(v.filed for v in ours), len(ours))}"
        f" domain {_of(sum(v.domain_right for v in filed), len(filed))}"
        f" type {_of(sum(v.type_right for v in filed), len(filed))}"
        f" nobody's filed {sum(v.filed for v in nobodys)}/{len(nobodys)}"
        f" | all: domain {_of(sum(v.domain_right for v in verdicts), len(verdicts))}"
        f" type {_of(sum(v.type_right for v in verdicts), len(verdicts))}"
        f" macro-F1 {100 * (macro_f1(types) or 0):.1f} ECE {'-' if ece is None else f'{ece:.3f}'}"
        f" loss {sum(losses) / max(1, len(losses)):.3f}"
    )


def _of(part: int, whole: int) -> str:
    return f"{part}/{whole} {100 * part / whole:5.1f}%" if whole else "-"


def groups(verdicts: Sequence[Verdict], by: str) -> dict[str, list[Verdict]]:
    out: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        key = source_of(verdict.case) if by == "source" else str(verdict.case.row[by])
        out[key].append(verdict)
    return out


def judge(options: argparse.Namespace) -> None:
    """Compare the lexicon with trained residuals."""
    found = cases(options.labelled, options.noise, options.seed)
    made: list[Example] = []
    for path in options.made or ():
        made += [c.example for c in cases(path) if c.stated is None]
    print(f"{len(found)} papers, {sum(c.stated is None for c in found)} to judge; {len(made)} made papers")
    variants: dict[str, list[Verdict]] = {}

    def show(name: str, verdicts: list[Verdict]) -> None:
        variants[name] = verdicts
        report(name, verdicts)
        for key, part in sorted(groups(verdicts, options.by).items()) if options.by else ():
            report(f"    {key[:30]}", part)
        sys.stdout.flush()

    show("lexicon alone", [judged(c, BUILT_IN) for c in found])
    for penalty in options.penalty:
        if made:
            only = trained(made, penalty)
            show(f"+ made papers, penalty {penalty:g}", [judged(c, only) for c in found])

        def on_others(rest: list[Case], p: float = penalty) -> Model:
            return trained((c.example for c in rest), p)

        def on_both(rest: list[Case], p: float = penalty) -> Model:
            return trained([*made, *(c.example for c in rest)], p)

        show(f"+ other sources, penalty {penalty:g}", leave_out(found, on_others, options.folds))
        if made:
            show(f"+ both, penalty {penalty:g}", leave_out(found, on_both, options.folds))
    if options.wrong:
        for name, verdicts in variants.items():
            print(f"\nfiled wrongly by {name}:")
            for v in verdicts:
                if v.filed and not v.domain_right:
                    row = v.case.row
                    kind = f"{row['domain']}/{row['doc_type']}"
                    print(f"  {kind} as {v.doc_type} {v.confidence:.2f} {row['path']}")


def temperatures(options: argparse.Namespace) -> None:
    """Fit temperatures on one half of the sources and judge them on the other, and the other way about."""
    found = [c for c in cases(options.labelled, options.noise, options.seed) if c.stated is None]
    sources = sorted({source_of(c) for c in found})
    random.Random(options.seed).shuffle(sources)
    before: list[Verdict] = []
    after: list[Verdict] = []
    for half in (0, 1):
        fitted = set(sources[half::2])
        fit_on = [c.example for c in found if source_of(c) in fitted]
        model = replace(BUILT_IN, temperatures=calibrate(fit_on, Model(), DOMAINS))
        print(f"fitted on half {half + 1}: {dict(model.temperatures)}")
        rest = [c for c in found if source_of(c) not in fitted]
        before += [judged(c, Model()) for c in rest]
        after += [judged(c, model) for c in rest]
    report("without temperatures", before)
    report("with temperatures of the other half", after)


def main() -> None:
    """Judge, or fit temperatures."""
    parser = argparse.ArgumentParser(prog="python -m bench.train_classifier", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, run in (("judge", judge), ("temperatures", temperatures)):
        command = commands.add_parser(name)
        command.add_argument("labelled", type=Path)
        command.add_argument("--noise", type=float, default=0.0)
        command.add_argument("--seed", type=int, default=7)
        command.set_defaults(run=run)
    comparing = commands.choices["judge"]
    comparing.add_argument("--made", type=Path, action="append")
    comparing.add_argument("--penalty", type=float, action="append")
    comparing.add_argument("--folds", type=int, default=0, help="Leave out so many groups of sources.")
    comparing.add_argument("--by", choices=("kind", "language", "source", "doc_type", "domain"))
    comparing.add_argument("--wrong", action="store_true", help="List what would be filed in a wrong domain.")
    options = parser.parse_args()
    if options.command == "judge":
        options.penalty = options.penalty or [3.0]
    options.run(options)


if __name__ == "__main__":
    main()
