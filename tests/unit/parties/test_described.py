"""A party that is on very many papers is told from the latest of them."""

from akta.audit.log import AuditLog
from akta.db.engine import Database
from akta.records.parties.visible import described
from tests.conftest import principal
from tests.unit.parties.register import NIPS, paper, root

CLERK = principal("clerk", levels={"accounting": 2})


def test_only_the_latest_papers_that_may_be_seen_are_looked_at(database: Database, audit: AuditLog) -> None:
    with database.write() as session:
        for _ in range(3):
            paper(session, audit, "Stara Nazwa Sp. z o.o.", NIPS[0], domain="accounting", confidentiality=1)
        new = [
            paper(session, audit, "Nowa Nazwa Sp. z o.o.", NIPS[0], domain="accounting", confidentiality=1)
            for _ in range(2)
        ]
        for _ in range(3):  # later ones, which the clerk may not see
            paper(session, audit, "Tajna Nazwa", NIPS[0], domain="hr", confidentiality=3)
        party = root(session, new[0])
    with database.read() as session:
        few = described(session, CLERK, [party], most=2)[party]
        every = described(session, CLERK, [party], most=5)[party]
    assert (few["name"], few["papers"], few["more"]) == ("Nowa Nazwa Sp. z o.o.", 2, True)
    assert (every["name"], every["papers"], every["more"]) == ("Stara Nazwa Sp. z o.o.", 5, False)
    assert few["nip"] == every["nip"] == [NIPS[0]]
    assert {s["name"]: s["papers"] for s in every["spellings"]} == {
        "Stara Nazwa Sp. z o.o.": 3,
        "Nowa Nazwa Sp. z o.o.": 2,
    }
