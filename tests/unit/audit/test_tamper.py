"""req 37: whatever is done to the log in the database is found, also by who recomputes every hash."""

from pathlib import Path

import pytest

from akta.db.engine import Database
from bench.tamper import beyond, fill, problems_after, tamper
from bench.tamper_ways import WAYS, Bed


@pytest.fixture
def bed(database: Database, tmp_path: Path) -> Bed:
    folder = tmp_path / "anchors"
    folder.mkdir()
    return fill(database, folder, 40, 5)


def test_every_way_of_tampering_is_found_every_time(bed: Bed) -> None:
    untouched = problems_after(bed, lambda _bed, _session: None)
    assert untouched == []
    told = tamper(bed, 3 * len(WAYS))
    missed = {way: counts for way, counts in told.items() if counts["found"] != counts["tried"]}
    assert missed == {}
    assert all(counts["tried"] == 3 for counts in told.values())
    assert problems_after(bed, lambda _bed, _session: None) == []


def test_what_the_database_alone_cannot_show_an_anchor_does(bed: Bed) -> None:
    told = beyond(bed)
    cut = told["cut back to the last anchor, with a head of then"]
    assert (cut["found"], cut["found once anchored"]) == (False, True)
    forged = told["all rewritten by somebody with the key who reaches every anchor"]
    assert (forged["found"], forged["found by an anchor he missed"]) == (False, True)
