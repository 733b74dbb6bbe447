"""Recall and rank of judged queries, with each stage of analysis on and off.

    python -m bench.retrieval [--engine tantivy|whoosh] [--manifest PATH] [--json] [--missed]

The papers are `--each` of every kind and language of `tests.papers`, and with `--manifest` (as for
`akta evaluate`) those of it that need no recognition; they are read once and kept in the temp folder.
The columns are all stages, each one off alone, and none; in each stand recall@10 and MRR@10 in
percent. `--missed` lists the queries that did not find all with all stages on.
"""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from bench.retrieval.measure import ENGINES, SETTINGS, by_kind, scores
from bench.retrieval.papers import generated, labelled
from bench.retrieval.queries import judge


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(prog="python -m bench.retrieval", description=__doc__)
    parser.add_argument("--engine", choices=sorted(ENGINES), default="tantivy")
    parser.add_argument("--manifest", type=Path)
    parser.add_argument("--each", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--missed", action="store_true")
    options = parser.parse_args()
    papers = generated(options.each) + (labelled(options.manifest) if options.manifest else [])
    papers, judged = judge(papers, options.seed)
    measured = {}
    for name, stages in SETTINGS.items():
        found = scores(options.engine, stages, papers, judged)
        measured[name] = by_kind(judged, found)
        if options.missed and name == "all":
            for one, (recall, rank) in zip(judged, found, strict=True):
                if recall < 1 or rank < 1:
                    print(f"{one.kind}: {one.text!r} {recall:.2f} {rank:.2f} {sorted(one.right)[:3]}")
    if options.json:
        print(json.dumps({s: {k: asdict(v) for k, v in m.items()} for s, m in measured.items()}))
        return
    print(f"{options.engine}, {len(papers)} papers, {len(judged)} queries; recall@10 and MRR@10 in percent\n")
    print(f"{'':44}   n " + "".join(f"{name:>11}" for name in SETTINGS))
    for kind, score in measured["all"].items():
        cells = (measured[name][kind] for name in SETTINGS)
        row = "".join(f"{100 * c.recall:6.0f} {100 * c.rank:4.0f}" for c in cells)
        print(f"{kind:44} {score.queries:3} {row}")


if __name__ == "__main__":
    main()
