"""What each domain holds: counted in steps, kept in a file, told by what somebody may see."""

from datetime import timedelta
from pathlib import Path

from akta.db.engine import Database
from akta.records.stock import count_stock, keep_stock, read_stock, stock_of
from tests.conftest import NOON, principal
from tests.factories import add_record


def _fill(database: Database) -> None:
    with database.write() as session:
        for n in range(7):
            add_record(session, domain="accounting", size=100 + n, confidentiality=1 + n % 2)
        add_record(session, domain="hr", size=5_000_000_000, confidentiality=3)
        add_record(session, domain=None, state="quarantined", size=1)
        add_record(session, domain="hr", size=40, restricted=True)
        add_record(session, domain="hr", size=77, state="destroyed")


def test_every_record_is_counted_once_however_small_the_steps(database: Database) -> None:
    _fill(database)
    counted = [count_stock(database, NOON, at_once).groups for at_once in (1, 3, 4, 1000)]
    assert all(groups == counted[0] for groups in counted)
    assert sum(group.records for group in counted[0]) == 10
    assert sum(group.size for group in counted[0]) == sum(range(100, 107)) + 5_000_000_041


def test_somebody_is_told_of_what_they_may_see(database: Database) -> None:
    _fill(database)
    stock = count_stock(database, NOON)
    assert stock_of(stock, principal("clerk", levels={"accounting": 1})) == {"accounting": (4, 412)}
    assert stock_of(stock, principal("clerk", levels={"hr": 3})) == {"hr": (1, 5_000_000_000)}
    assert stock_of(stock, principal("officer", levels={"hr": 1})) == {"hr": (1, 40)}  # what is restricted
    assert stock_of(stock, principal("administrator", levels={}))["hr"] == (2, 5_000_000_040)
    assert stock_of(stock, principal(levels={"hr": 3})) == {}


def test_it_is_counted_again_only_after_a_change_and_a_while(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "run" / "stock.json"
    _fill(database)
    assert keep_stock(database, file, NOON)
    assert not keep_stock(database, file, NOON + timedelta(days=1))  # nothing has changed
    told = read_stock(file)
    assert told
    file.write_text(file.read_text("utf-8").replace(f'"seq": {told.seq}', '"seq": -1'), "utf-8")
    assert not keep_stock(database, file, NOON + timedelta(seconds=119))
    assert keep_stock(database, file, NOON + timedelta(seconds=120))
    file.write_text("{", "utf-8")
    assert read_stock(file) is None
    assert keep_stock(database, file, NOON)
