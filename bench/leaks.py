"""Ten thousand random people, grants and queries: does anything of a paper come back that one may not see?

    python -m bench.leaks [--checks 10000] [--engine tantivy|whoosh] [--seed 1]

The checks of `tests/property/test_leaks.py`, more of them: through HTTP, with grants and papers changing
all the while. Prints how much was asked and looked at; stops with the first leak.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path
from random import Random

from akta.bootstrap import build
from akta.operations.logs import configure_logging
from akta.settings import load_settings
from tests.strangers import House


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--checks", type=int, default=10_000)
    parser.add_argument("--engine", choices=["tantivy", "whoosh"], default="tantivy")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="akta-leaks-") as folder:
        settings = load_settings(home=Path(folder), search_engine=options.engine, log_level="warning")
        configure_logging(settings)
        app = build(settings)
        house = House(app, Random(options.seed))
        house.settle(papers=150, people=60)
        for number in range(options.checks):
            if number % 20 == 19:
                house.move()
            house.check()
            house.look_around()
        print(json.dumps({"checks": options.checks, "leaks": 0, **house.asked}))
        app.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
