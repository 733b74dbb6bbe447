"""Write `akta/operations/triggers.json` anew, from databases made by the migrations.

    python -m bench.triggers

Needs PostgreSQL's programs, as the tests do.
"""

import json
import sys
import tempfile
from pathlib import Path

from alembic import command

from akta.bootstrap import alembic_config
from akta.db.engine import Database
from akta.operations.triggers import EXPECTED, found
from tests.servers import postgres


def main() -> int:
    with tempfile.TemporaryDirectory() as folder, postgres() as server:
        urls = {"postgresql": server.new_database(), "sqlite": f"sqlite:///{Path(folder) / 'akta.db'}"}
        told = {}
        for dialect, url in urls.items():
            command.upgrade(alembic_config(url), "head")
            database = Database(url, pooled=False)
            with database.read() as session:
                told[dialect] = found(session)
            database.close()
    EXPECTED.write_text(json.dumps(told, indent=1, sort_keys=True) + "\n", "utf-8")
    print({dialect: len(digests) for dialect, digests in told.items()})
    return 0


if __name__ == "__main__":
    sys.exit(main())
