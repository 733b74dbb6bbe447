"""Saving, changing, sharing, deleting searches."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from akta.access.principal import system
from akta.audit.models import AuditEntry
from akta.kernel.errors import (
    AktaError,
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    StaleError,
)
from indexer.query import ast, parse
from indexer.query.parser import QueryError
from indexer.saved import searches
from indexer.saved.models import SavedSearch
from indexer.saved.searches import SearchDraft, as_data, find_search, get_search, list_searches, text_of
from tests.conftest import principal
from tests.unit.saved.conftest import Desk


def _names(desk: Desk, login: str) -> list[str]:
    with desk.app.database.read() as session:
        return [s.name for s in list_searches(session, desk.who(login))]


def test_a_search_is_saved_changed_deleted_and_restored(desk: Desk) -> None:
    search = desk.save("anna", "vendor:orlen", "Orlen", facets={"type": ["invoice", "receipt"]}, sort="date")
    app, anna = desk.app, desk.who("anna")
    with app.database.read() as session:
        told = as_data(session, anna, get_search(session, anna, search))
    assert told["text"] == "(vendor:orlen) (type:invoice OR type:receipt)"
    assert (told["mine"], told["users"], told["roles"], told["version"]) == (True, [], [], 1)
    with app.database.write() as session:
        draft = SearchDraft("Fuel", "vendor:lotos")
        assert app.searches.change(session, anna, search, draft, expected_version=1).row_version == 2
    with pytest.raises(StaleError), app.database.write() as session:
        app.searches.change(session, anna, search, draft, expected_version=1)
    assert _names(desk, "anna") == ["Fuel"]
    with app.database.write() as session:
        app.searches.delete(session, anna, search, expected_version=2)
    assert _names(desk, "anna") == []
    with app.database.write() as session:
        assert app.searches.restore(session, anna, search).query == "vendor:lotos"
    assert _names(desk, "anna") == ["Fuel"]
    with app.database.read() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.subject == f"search:{search}")).all()
    assert [e.action.removeprefix("search.") for e in entries] == ["saved", "changed", "deleted", "restored"]
    assert not any("orlen" in e.body for e in entries), "the words of a query are not for the log"


def test_two_searches_of_one_person_have_two_names(desk: Desk) -> None:
    first = desk.save("anna", "orlen", "Fuel")
    desk.save("piotr", "orlen", "Fuel")
    with pytest.raises(ConflictError):
        desk.save("anna", "lotos", " Fuel ")
    with desk.app.database.write() as session:
        desk.app.searches.delete(session, desk.who("anna"), first)
    desk.save("anna", "lotos", "Fuel")
    with pytest.raises(ConflictError), desk.app.database.write() as session:
        desk.app.searches.restore(session, desk.who("anna"), first)


def test_a_shared_search_is_read_by_those_named_and_changed_by_its_owner_alone(desk: Desk) -> None:
    desk.add("olga", "officer", accounting=1)
    search = desk.save("anna", "umowa", "Contracts")
    app, anna = desk.app, desk.who("anna")
    for login in ("piotr", "olga"):
        with app.database.read() as session, pytest.raises(NotFoundError):
            get_search(session, desk.who(login), search)
    with app.database.write() as session:
        app.searches.share(session, anna, search, users=["piotr"], roles=["officer"])
    for login in ("piotr", "olga"):
        assert _names(desk, login) == ["Contracts"]
        with app.database.read() as session:
            told = as_data(session, desk.who(login), get_search(session, desk.who(login), search))
        assert (told["mine"], told["owner"]) == (False, "Anna")
        assert "users" not in told
        assert "roles" not in told
    with pytest.raises(ConflictError), app.database.write() as session:
        app.searches.delete(session, desk.who("piotr"), search)
    desk.roles("olga", "clerk")
    assert _names(desk, "olga") == [], "a role that was taken away acts at once"
    with app.database.write() as session:
        app.searches.share(session, anna, search, users=[], roles=["officer"])
    assert _names(desk, "piotr") == []


def test_a_shared_search_finds_what_its_reader_may_see(desk: Desk) -> None:
    open_, secret = desk.file("faktura alfa"), desk.file("faktura beta", confidentiality=2)
    desk.drain()
    search = desk.save("anna", "faktura")
    with desk.app.database.write() as session:
        desk.app.searches.share(session, desk.who("anna"), search, users=["piotr"], roles=[])
    seen = {}
    for login in ("anna", "piotr"):
        with desk.app.database.read() as session:
            text = as_data(session, desk.who(login), get_search(session, desk.who(login), search))["text"]
        page, records = desk.app.index.search(desk.who(login), text)
        seen[login] = ({r.id for r in records}, page.total)
    assert seen == {"anna": ({open_, secret}, 2), "piotr": ({open_}, 1)}


def test_what_makes_no_sense_is_not_saved(desk: Desk) -> None:
    for draft in (
        SearchDraft("", "a"),
        SearchDraft("x" * 121, "a"),
        SearchDraft("n", "  "),
        SearchDraft("n", "a", sort="upwards"),
        SearchDraft("n", "a", facets={"colour": ["red"]}),
        SearchDraft("n", "a", facets={"type": ["invoice) OR (*"]}),
        SearchDraft("n", '"a', facets={"type": ["invoice"]}),
        SearchDraft("n", "a) OR (b", facets={"type": ["invoice"]}),
        SearchDraft("n", "a" * 2001),
    ):
        with pytest.raises(InvalidError), desk.app.database.write() as session:
            desk.app.searches.save(session, desk.who("anna"), draft)
    with pytest.raises(QueryError), desk.app.database.write() as session:
        desk.app.searches.save(session, desk.who("anna"), SearchDraft("n", "colour:red"))
    with pytest.raises(NotFoundError), desk.app.database.write() as session:
        search = desk.app.searches.save(session, desk.who("anna"), SearchDraft("n", "a"))
        desk.app.searches.share(session, desk.who("anna"), search.id, users=["nobody"], roles=[])


def test_who_reads_nothing_keeps_nothing(desk: Desk) -> None:
    for who in (principal("administrator", user_id=desk.ids["anna"]), system("worker")):
        with pytest.raises(ForbiddenError), desk.app.database.write() as session:
            desk.app.searches.save(session, who, SearchDraft("n", "a"))


def test_a_search_is_found_by_name_ones_own_first(desk: Desk) -> None:
    theirs = desk.save("anna", "a", "Fuel")
    with desk.app.database.write() as session:
        desk.app.searches.share(session, desk.who("anna"), theirs, users=["piotr"], roles=[])
    with desk.app.database.read() as session:
        assert find_search(session, desk.who("piotr"), "Fuel").id == theirs
        assert find_search(session, desk.who("piotr"), theirs).id == theirs
    mine = desk.save("piotr", "b", "Fuel")
    with desk.app.database.read() as session:
        assert find_search(session, desk.who("piotr"), "Fuel").id == mine


def test_there_is_an_end_to_saving(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searches, "MOST_SEARCHES", 2)
    desk.save("anna", "a")
    desk.save("anna", "b")
    with pytest.raises(ConflictError):
        desk.save("anna", "c")


def test_a_deleted_search_goes_for_good_after_a_month(desk: Desk) -> None:
    search = desk.save("anna", "a")
    desk.watch("anna", search)
    with desk.app.database.write() as session:
        desk.app.searches.delete(session, desk.who("anna"), search)
    desk.clock.move(days=29)
    with desk.app.database.write() as session:
        assert desk.app.searches.prune(session) == 0
    desk.clock.move(days=2)
    with desk.app.database.write() as session:
        assert desk.app.searches.prune(session) == 1
    with desk.app.database.read() as session:
        assert session.scalars(select(SavedSearch)).all() == []


_WORDS = st.text(alphabet='abż (")-:*~', max_size=14)


@given(query=_WORDS, values=st.lists(st.sampled_from(["invoice", "receipt"]), min_size=1, unique=True))
def test_facets_narrow_whatever_was_typed(query: str, values: list[str]) -> None:
    """The text either means exactly the query and the facets, or it is refused."""
    try:
        meant = parse(query)
        whole = parse(text_of(query, {"type": values}))
    except AktaError:
        return
    wanted = [*_flat(meant), *_flat(parse(text_of("", {"type": values})))]
    assert _flat(whole) == [part for part in wanted if not isinstance(part, ast.Everything)]


def _flat(query: ast.Query) -> list[ast.Query]:
    """What must all be true, however the brackets stand."""
    return [one for part in query.parts for one in _flat(part)] if isinstance(query, ast.And) else [query]
