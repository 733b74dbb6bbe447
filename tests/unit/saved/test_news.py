"""Being told of what is new: once, to those who may see it, for as long as they may."""

import random
import threading
from collections.abc import Callable, Sequence

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from akta.access.roles import GRANTABLE
from akta.bootstrap import App
from akta.events.jobs import Claim
from akta.kernel.errors import ConflictError
from akta.records.guard import changed
from akta.records.models import Record
from akta.records.visibility import visible_to
from indexer.model import IndexDocument
from indexer.saved import alerts, news
from indexer.saved.alerts import prune_news
from indexer.saved.models import NewsPending, SavedSearch, SearchNews, SearchWatch
from indexer.saved.news import list_news, unseen, unseen_count, watched
from retention.disposition.destroying import destroy_record
from tests.conftest import principal
from tests.unit.saved.conftest import Desk


def _told(desk: Desk, login: str, search: str, *, seen: bool = False) -> list[str]:
    with desk.app.database.read() as session:
        return [r.id for r, _ in list_news(session, desk.who(login), search, seen=seen)]


def _count(desk: Desk, login: str) -> int:
    with desk.app.database.read() as session:
        who = desk.who(login)
        assert unseen_count(session, who) == sum(unseen(session, who).values())
        return unseen_count(session, who)


def _share(desk: Desk, search: str, *logins: str) -> None:
    with desk.app.database.write() as session:
        desk.app.searches.share(session, desk.who("anna"), search, users=logins, roles=[])


def test_what_is_filed_later_and_fits_is_told_once(desk: Desk) -> None:
    old = desk.file("faktura stara")
    desk.drain()
    search = desk.save("anna", "faktura")
    desk.watch("anna", search)
    new, other = desk.file("faktura nowa"), desk.file("umowa")
    desk.drain()
    assert _told(desk, "anna", search) == [new]
    assert _count(desk, "anna") == 1
    with desk.app.database.write() as session:
        assert desk.app.news.see(session, desk.who("anna"), search) == 1
    for record in (old, new, other):
        desk.touch(record, title="faktura poprawiona")
    desk.drain()
    assert _told(desk, "anna", search) == [other], "corrected so that it fits now, and filed since"
    assert _told(desk, "anna", search, seen=True) == [other, new]


def test_a_paper_is_told_of_when_it_has_been_read(desk: Desk) -> None:
    search = desk.save("anna", "faktura")
    desk.watch("anna", search)
    record = desk.file("faktura", state="reading", ended_at=None)
    desk.drain()
    assert _told(desk, "anna", search) == []
    desk.touch(record, state="review", ended_at=desk.clock.now())
    desk.drain()
    assert _told(desk, "anna", search) == [record]


def test_only_what_the_one_who_watches_may_see_is_told(desk: Desk) -> None:
    search = desk.save("anna", "faktura")
    _share(desk, search, "piotr")
    for login in ("anna", "piotr"):
        desk.watch(login, search)
    open_, secret = desk.file("faktura"), desk.file("faktura", confidentiality=3)
    hr = desk.file("faktura", domain="hr")
    desk.drain()
    assert set(_told(desk, "anna", search)) == {open_, secret, hr}
    assert _told(desk, "piotr", search) == [open_]
    desk.grant("piotr", accounting=3, hr=3)
    desk.drain()
    assert _told(desk, "piotr", search) == [open_], "what was hidden when it came is no news later"


def test_a_change_of_grants_acts_at_once(desk: Desk) -> None:
    search = desk.save("anna", "faktura")
    desk.watch("anna", search)
    kept, gone = desk.file("faktura", domain="hr"), desk.file("faktura")
    desk.drain()
    assert _count(desk, "anna") == 2
    desk.grant("anna", accounting=0)
    assert _told(desk, "anna", search, seen=True) == [kept]
    assert _count(desk, "anna") == 1
    desk.touch(kept, confidentiality=3)
    assert _count(desk, "anna") == 0
    desk.grant("anna", accounting=1)
    assert _told(desk, "anna", search) == [gone]


def test_grants_that_change_between_index_and_news_count(desk: Desk) -> None:
    search = desk.save("anna", "faktura")
    desk.watch("anna", search)
    desk.file("faktura")
    desk.app.index.catch_up()
    desk.grant("anna", accounting=0)
    desk.drain()
    with desk.app.database.read() as session:
        assert session.scalars(select(SearchNews)).all() == []


def test_a_search_that_is_shared_no_more_tells_no_more(desk: Desk) -> None:
    search = desk.save("anna", "faktura")
    _share(desk, search, "piotr")
    desk.watch("piotr", search)
    desk.file("faktura")
    desk.drain()
    assert _count(desk, "piotr") == 1
    _share(desk, search)
    assert _count(desk, "piotr") == 0
    desk.file("faktura")
    desk.drain()
    with desk.app.database.read() as session:
        assert watched(session, desk.who("piotr")) == {}
        assert session.scalars(select(SearchNews)).all() == []


def test_a_deleted_search_is_silent_until_it_is_restored(desk: Desk) -> None:
    search = desk.save("anna", "faktura")
    desk.watch("anna", search)
    desk.file("faktura")
    desk.drain()
    with desk.app.database.write() as session:
        desk.app.searches.delete(session, desk.who("anna"), search)
    assert _count_only(desk, "anna") == 0
    desk.file("faktura")
    desk.drain()
    with desk.app.database.write() as session:
        desk.app.searches.restore(session, desk.who("anna"), search)
    assert _count(desk, "anna") == 1


def _count_only(desk: Desk, login: str) -> int:
    with desk.app.database.read() as session:
        return unseen_count(session, desk.who(login))


def test_a_destroyed_record_is_no_news(desk: Desk) -> None:
    search = desk.save("anna", "faktura")
    desk.watch("anna", search)
    record = desk.file("faktura", state="rejected")
    desk.touch(record, state="filed")
    desk.drain()
    assert _count(desk, "anna") == 1
    desk.touch(record, state="rejected")
    with desk.app.database.write() as session:
        officer = principal("officer")
        now = desk.clock.now()
        destroy_record(
            session, desk.app.audit, officer, record, today=now.date(), now=now, reason="no record"
        )
    with desk.app.database.read() as session:
        assert session.scalars(select(SearchNews)).all() == []


class _DiedError(Exception):
    pass


def test_a_process_that_dies_and_messages_that_come_twice_tell_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    search = desk.save("anna", "faktura")
    desk.watch("anna", search)
    records = {desk.file("faktura") for _ in range(5)}
    # Dies after the engine's commit, before what was pending is forgotten.
    take = desk.app.index._on_taken

    def dies(session: Session, documents: Sequence[IndexDocument]) -> None:
        take(session, documents)
        raise _DiedError

    monkeypatch.setattr(desk.app.index, "_on_taken", dies)
    with pytest.raises(_DiedError):
        desk.app.index.catch_up()
    monkeypatch.undo()
    monkeypatch.setattr(type(desk.app), "clock", desk.clock)
    with desk.app.database.read() as session:
        assert session.scalar(select(func.count()).select_from(NewsPending)) == 0
    desk.app.index.catch_up()
    # Dies after the news are written, before they are committed.
    write = desk.app.alerts._write

    def dies_late(session: Session, *rest: object) -> None:
        write(session, *rest)  # type: ignore[arg-type]
        raise _DiedError

    monkeypatch.setattr(desk.app.alerts, "_write", dies_late)
    desk.drain()  # the failure is written on the job, which waits for its next try
    assert _told(desk, "anna", search) == []
    monkeypatch.setattr(desk.app.alerts, "_write", write)
    desk.clock.move(minutes=1)
    desk.drain()
    assert set(_told(desk, "anna", search)) == records
    for record in records:  # the same once more
        desk.touch(record)
    desk.drain()
    assert _count(desk, "anna") == 5
    with desk.app.database.read() as session:
        assert session.scalar(select(func.count()).select_from(SearchNews)) == 5
        assert session.scalar(select(SearchWatch.waiting)) == 5


def test_two_workers_at_once_tell_once(desk: Desk) -> None:
    """The second one's transaction, whose facts are older, adds nothing."""
    search = desk.save("anna", "faktura")
    desk.watch("anna", search)
    record = desk.file("faktura")
    told = {(search, desk.ids["anna"]): [record]}
    gate = threading.Barrier(2)

    def work() -> None:
        gate.wait()
        with desk.app.database.write() as session:
            desk.app.alerts._write(session, told, desk.clock.now())

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with desk.app.database.read() as session:
        assert session.scalar(select(func.count()).select_from(SearchNews)) == 1


def test_many_papers_are_told_in_batches(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alerts, "_BATCH", 3)
    search = desk.save("anna", "faktura OR umowa")
    desk.watch("anna", search)
    ids = {desk.file(f"{'faktura' if n % 2 else 'umowa'} {n}") for n in range(8)}
    desk.drain()
    assert set(_told(desk, "anna", search)) == ids


def test_random_people_are_told_what_they_may_see_and_nothing_else(desk: Desk) -> None:
    """Eight people with random grants watch one shared search; what each is told is what SQL says."""
    chance = random.Random(5)
    logins = [f"person{n}" for n in range(8)]
    for login in logins:
        grants = {d: chance.randint(1, 3) for d in GRANTABLE if chance.random() < 0.4}
        desk.add(login, chance.choice(["clerk", "staff", "auditor", "officer"]), **grants)
    search = desk.save("anna", "faktura")
    _share(desk, search, *logins)
    for login in logins:
        desk.watch(login, search)
    fitting = set()
    for _ in range(40):
        word = chance.choice(["faktura", "umowa"])
        record = desk.file(
            word,
            domain=chance.choice([*GRANTABLE[:-1], None]),
            confidentiality=chance.randint(1, 3),
            state=chance.choice(["filed", "review", "quarantined"]),
            owner_id=desk.ids[chance.choice(logins)],
        )
        fitting |= {record} if word == "faktura" else set()
    desk.drain()
    told_some = 0
    for login in logins:
        with desk.app.database.read() as session:
            seen = set(session.scalars(select(Record.id).where(visible_to(desk.who(login)))))
        told = set(_told(desk, login, search))
        assert told == seen & fitting, login
        assert _count(desk, login) == len(told)
        told_some += bool(told)
    assert told_some >= 4
    for login in logins:  # and after every grant has changed
        desk.grant(login, **{d: chance.randint(0, 2) for d in GRANTABLE})
        with desk.app.database.read() as session:
            seen = set(session.scalars(select(Record.id).where(visible_to(desk.who(login)))))
        assert set(_told(desk, login, search)) <= seen & fitting
        assert _count(desk, login) == len(_told(desk, login, search))


def test_the_other_engine_tells_too(make_app: Callable[..., App], desk: Desk) -> None:
    desk.app = make_app("whoosh", search_engine="whoosh")
    desk.add("anna", accounting=3)
    search = desk.save("anna", "faktura -korekta")
    desk.watch("anna", search)
    record = desk.file("faktura")
    desk.file("faktura korekta")
    desk.drain()
    assert _told(desk, "anna", search) == [record]
    assert list((desk.app.home / "tmp").iterdir()) == [], "nothing of the small index stays"


def test_nothing_is_noted_where_nobody_watches(desk: Desk) -> None:
    desk.save("anna", "faktura")
    desk.file("faktura")
    desk.app.index.catch_up()
    with desk.app.database.read() as session:
        assert session.scalar(select(func.count()).select_from(NewsPending)) == 0


def test_the_list_has_an_end_and_goes_on_after_it_was_seen(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerts, "MOST_WAITING", 3)
    search = desk.save("anna", "faktura")
    desk.watch("anna", search)
    for _ in range(5):
        desk.file("faktura")
    desk.drain()
    assert _count(desk, "anna") == 3
    with desk.app.database.write() as session:
        desk.app.news.see(session, desk.who("anna"), search)
    last = desk.file("faktura")
    desk.drain()
    assert _told(desk, "anna", search) == [last]


def test_what_comes_while_one_looks_stays_unseen(desk: Desk) -> None:
    search = desk.save("anna", "faktura")
    desk.watch("anna", search)
    desk.file("faktura")
    desk.drain()
    looked = desk.clock.now()
    desk.clock.move(seconds=5)
    late = desk.file("faktura")
    desk.drain()
    with desk.app.database.write() as session:
        assert desk.app.news.see(session, desk.who("anna"), search, until=looked) == 1
    assert _told(desk, "anna", search) == [late]
    with desk.app.database.write() as session:
        assert desk.app.news.see(session, desk.who("anna"), search, records=[late, "0" * 26]) == 1
    assert _count(desk, "anna") == 0


def test_stopping_forgets_and_beginning_again_begins_now(desk: Desk) -> None:
    search = desk.save("anna", "faktura")
    desk.watch("anna", search)
    desk.file("faktura")
    desk.drain()
    with desk.app.database.write() as session:
        desk.app.news.unwatch(session, desk.who("anna"), search)
    desk.clock.move(seconds=1)
    desk.watch("anna", search)
    assert _told(desk, "anna", search, seen=True) == []
    new = desk.file("faktura")
    desk.drain()
    assert _told(desk, "anna", search) == [new]


def test_a_person_watches_so_many_searches(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(news, "MOST_WATCHED", 1)
    desk.watch("anna", desk.save("anna", "a"))
    second = desk.save("anna", "b")
    with pytest.raises(ConflictError):
        desk.watch("anna", second)


def test_a_search_whose_type_was_taken_away_stands_in_nobodys_way(desk: Desk) -> None:
    broken, good = desk.save("anna", "faktura"), desk.save("anna", "faktura", "other")
    for search in (broken, good):
        desk.watch("anna", search)
    with desk.app.database.write() as session:
        session.get_one(SavedSearch, broken).query = "type:nothing_of_the_kind"
    record = desk.file("faktura")
    desk.drain()
    assert _told(desk, "anna", good) == [record]


def test_news_are_forgotten_after_two_months_and_not_told_again(desk: Desk) -> None:
    search = desk.save("anna", "faktura")
    desk.watch("anna", search)
    record = desk.file("faktura")
    desk.drain()
    desk.clock.move(days=61)
    with desk.app.database.write() as session:
        assert prune_news(session, desk.clock.now()) == 1
        assert session.scalar(select(SearchWatch.waiting)) == 0
        changed(session, session.get_one(Record, record))
    desk.drain()
    assert _told(desk, "anna", search) == []


def test_the_job_gives_way_when_another_has_it(desk: Desk) -> None:
    search = desk.save("anna", "faktura")
    desk.watch("anna", search)
    desk.file("faktura")
    desk.app.index.catch_up()
    stale = Claim("0" * 26, "indexer.tell", "news", {}, 1, 5, "gone:1:1")
    with pytest.raises(Exception, match="taken this job over"):
        desk.app.alerts.tell(stale)
    assert _told(desk, "anna", search) == []
    desk.drain()
    assert len(_told(desk, "anna", search)) == 1
