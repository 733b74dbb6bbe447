"""What OpenSearch alone does: rebuilds beside writers, bad days of a server, bounds of its answers.

Against the stand-in of `tests.servers.opensearch`; what all engines do is in the other contracts.
"""

import json
import os
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from sqlalchemy import select

from akta.bootstrap import App, build
from akta.events.models import Job
from akta.kernel.errors import InvalidError
from akta.settings import load_settings
from akta.worker.runner import Handler, Runner
from indexer.engines import opensearch as engine_module
from indexer.engines.opensearch import OpenSearchEngine
from indexer.engines.opensearch_http import ServerOptions
from indexer.engines.tantivy import TantivyEngine
from indexer.model import IndexBusyError, IndexDamagedError, IndexDocument, IndexUnavailableError
from indexer.query import parse
from indexer.service import JOB_CATCH_UP, note_pending
from tests.servers.opensearch import OpenSearch, opensearch
from tests.servers.processes import free_port
from tests.unit.indexer.documents import paper


@pytest.fixture
def server() -> Iterator[OpenSearch]:
    with opensearch("akta", "zażółć:gęślą") as started:
        yield started


def _open(server: OpenSearch, **other: str | float) -> OpenSearchEngine:
    how = {"user": "akta", "password": "zażółć:gęślą", "patience": 10.0, **other}
    return OpenSearchEngine(ServerOptions(server.url, **how))  # type: ignore[arg-type]


@pytest.fixture
def engine(server: OpenSearch) -> OpenSearchEngine:
    return _open(server)


def _ids(engine: OpenSearchEngine, query: str) -> list[str]:
    return sorted(hit.record_id for hit in engine.search(parse(query), scopes=None, limit=100).hits)


# -- rebuilding ---------------------------------------------------------------


def test_what_changes_during_a_rebuild_is_in_the_new_index_too(server: OpenSearch) -> None:
    writer, builder = _open(server), _open(server)
    writer.apply([paper("old", text="faktura"), paper("gone", text="faktura")], [])

    def batches() -> Iterator[list[IndexDocument]]:
        yield [paper("old", 1, "faktura"), paper("gone", 1, "faktura")]
        writer.apply([paper("new", 1, "faktura"), paper("next", 5, "umowa")], [("gone", 2)])
        assert _ids(writer, "faktura") == ["new", "old"]
        # What was read before those changes comes after them.
        yield [paper("next", 4, "faktura")]

    assert builder.rebuild(batches()) == 3
    for engine in (writer, builder):
        assert _ids(engine, "faktura") == ["new", "old"]
        assert _ids(engine, "umowa") == ["next"]
        assert sorted(engine.versions()) == [("new", 1), ("next", 5), ("old", 1)]
    writer.apply([paper("gone", 1, "faktura")], [])
    assert _ids(writer, "faktura") == ["new", "old"]


def test_a_swap_takes_the_old_index_away_with_all_its_words(
    server: OpenSearch, engine: OpenSearchEngine
) -> None:
    engine.apply([paper("a", 1, "tajnehaslo"), paper("b", 1, "jawne")], [])
    engine.apply([], [("a", 1)])
    assert engine.traces() == 1
    (before,) = server.indexes
    assert engine.rebuild([[paper("b", 1, "jawne")], [paper("b", 1, "jawne")]]) == 1
    assert engine.traces() == 0
    ((name, index),) = server.indexes.items()
    assert name != before
    assert index.aliases == {"akta"}
    assert "tajnehaslo" not in json.dumps(index.entries)


def test_a_failed_rebuild_leaves_the_old_index_and_no_other(
    server: OpenSearch, engine: OpenSearchEngine
) -> None:
    engine.apply([paper("a", text="faktura")], [])

    def breaks() -> Iterator[list[IndexDocument]]:
        yield [paper("b", text="faktura")]
        raise RuntimeError("the database went away")

    with pytest.raises(RuntimeError):
        engine.rebuild(breaks())
    assert _ids(engine, "faktura") == ["a"]
    assert len(server.indexes) == 1


def test_a_second_rebuild_takes_over_from_one_that_was_killed_or_is_slow(server: OpenSearch) -> None:
    slow, second = _open(server), _open(server)

    def batches() -> Iterator[list[IndexDocument]]:
        yield [paper("a", text="faktura")]
        assert second.rebuild([[paper("b", text="faktura")]]) == 1
        yield [paper("c", text="faktura")]

    with pytest.raises(IndexBusyError):
        slow.rebuild(batches())
    assert _ids(slow, "faktura") == ["b"]
    assert len(server.indexes) == 1


def test_a_swap_whose_answer_is_lost_has_happened(server: OpenSearch, engine: OpenSearchEngine) -> None:
    engine.apply([paper("a", text="faktura")], [])
    server.lost.append("/_aliases")
    with pytest.raises(IndexUnavailableError):
        engine.rebuild([[paper("b", text="faktura")]])
    assert _ids(engine, "faktura") == ["b"]
    assert len(server.indexes) == 1


def test_two_first_writers_make_one_index(server: OpenSearch) -> None:
    engines = [_open(server) for _ in range(6)]
    writing = [
        threading.Thread(target=one.apply, args=([paper(f"{n}", text="faktura")], []))
        for n, one in enumerate(engines)
    ]
    for thread in writing:
        thread.start()
    for thread in writing:
        thread.join(20)
    assert _ids(engines[0], "faktura") == ["0", "1", "2", "3", "4", "5"]
    assert len(server.indexes) == 1


# -- what is kept ----------------------------------------------------------------


def test_only_id_and_version_are_kept_as_sent(server: OpenSearch, engine: OpenSearchEngine) -> None:
    engine.apply([paper("a", 3, "Kwartalne zestawienie", parties=("Jan Kowalski",))], [])
    (index,) = server.indexes.values()
    assert index.kept == ["id", "version"]
    (_, entry) = index.entries["a"]
    # Distinct words for completion stand in the order of the alphabet, so no sentence is among them.
    assert entry["body_said"] == ["kwartalne", "zestawienie"]
    engine.apply([], [("a", 3)])
    assert index.entries["a"] == (3, {"id": "a", "version": 3, "gone": True})


def test_indexes_of_other_names_are_left_alone(server: OpenSearch) -> None:
    one, other = _open(server, index="akta"), _open(server, index="akta_test")
    one.apply([paper("a", text="faktura")], [])
    other.apply([paper("b", text="faktura")], [])
    one.rebuild([[paper("c", text="faktura")]])
    assert _ids(one, "faktura") == ["c"]
    assert _ids(other, "faktura") == ["b"]


# -- bad days ----------------------------------------------------------------------


def _attempts(engine: OpenSearchEngine) -> list[Callable[[], object]]:
    return [
        lambda: engine.search(parse("faktura"), scopes=None),
        lambda: engine.complete("fak", scopes=None),
        lambda: list(engine.versions()),
        lambda: engine.apply([paper("b")], []),
        lambda: engine.rebuild([[paper("b")]]),
        engine.count,
    ]


def test_a_server_that_is_away_is_an_outage() -> None:
    away = OpenSearchEngine(ServerOptions(f"http://127.0.0.1:{free_port()}", patience=2.0))
    for attempt in _attempts(away):
        with pytest.raises(IndexUnavailableError, match="does not answer"):
            attempt()


def _certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's context with a certificate of its own for the loopback address, and the file of it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "search")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    told, secret = folder / "ca.pem", folder / "key.pem"
    told.write_bytes(made.public_bytes(Encoding.PEM))
    secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(told, secret)
    return context, told


def test_only_a_server_that_is_vouched_for_is_told_anything(tmp_path: Path) -> None:
    context, ca = _certificate(tmp_path)
    with opensearch("akta", "zażółć:gęślą", context) as server:
        with pytest.raises(IndexUnavailableError):
            _open(server).count()
        assert server.requests == []
        engine = _open(server, ca=str(ca))
        engine.apply([paper("a", text="faktura")], [])
        assert _ids(engine, "faktura") == ["a"]


def test_a_wrong_password_is_told_and_waits(server: OpenSearch) -> None:
    for attempt in _attempts(_open(server, password="wrong")):
        with pytest.raises(IndexUnavailableError, match="AKTA_OPENSEARCH_USER"):
            attempt()


def test_an_error_within_the_server_is_an_outage(server: OpenSearch, engine: OpenSearchEngine) -> None:
    server.failing.append(500)
    with pytest.raises(IndexUnavailableError):
        engine.count()


def test_a_forked_process_talks_over_connections_of_its_own(engine: OpenSearchEngine) -> None:
    engine.apply([paper("a", text="faktura")], [])
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = 0 if [_ids(engine, "faktura") for _ in range(20)] == [["a"]] * 20 else 2
        finally:
            os._exit(code)
    assert [_ids(engine, "faktura") for _ in range(20)] == [["a"]] * 20
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0


@pytest.mark.parametrize("status", [429, 502, 503])
def test_what_passes_is_waited_for_a_little(
    server: OpenSearch, engine: OpenSearchEngine, status: int
) -> None:
    engine.apply([paper("a", text="faktura")], [])
    server.failing += [status, status]
    assert _ids(engine, "faktura") == ["a"]
    server.failing += [status] * 3
    with pytest.raises(IndexUnavailableError):
        _ids(engine, "faktura")
    assert _ids(engine, "faktura") == ["a"]


def test_what_makes_no_sense_is_damage(server: OpenSearch, engine: OpenSearchEngine) -> None:
    server.failing.append(400)
    with pytest.raises(IndexDamagedError, match="akta reindex"):
        engine.count()


def _lose_the_name(server: OpenSearch) -> None:
    next(iter(server.indexes.values())).aliases.clear()


def _name_two(server: OpenSearch) -> None:
    server.indexes["akta-v1-other"] = next(iter(server.indexes.values()))


def _another_form(server: OpenSearch) -> None:
    server.indexes["akta-v9-other"] = server.indexes.pop(next(iter(server.indexes)))


@pytest.mark.parametrize("harm", [_lose_the_name, _name_two, _another_form])
def test_an_index_that_is_not_as_it_was_left_is_damage_and_a_rebuild_mends_it(
    server: OpenSearch, harm: Callable[[OpenSearch], None]
) -> None:
    _open(server).apply([paper("a", text="faktura")], [])
    harm(server)
    engine = _open(server)
    for attempt in [a for n, a in enumerate(_attempts(engine)) if n != 4]:  # all but the rebuild
        with pytest.raises(IndexDamagedError):
            attempt()
    assert engine.rebuild([[paper("b", text="faktura")]]) == 1
    assert _ids(engine, "faktura") == ["b"]
    assert len(server.indexes) == 1


def test_a_name_that_is_lost_while_it_is_searched_is_damage(
    server: OpenSearch, engine: OpenSearchEngine
) -> None:
    engine.apply([paper("a", text="faktura")], [])
    assert _ids(engine, "faktura") == ["a"]
    _lose_the_name(server)
    with pytest.raises(IndexDamagedError):
        _ids(engine, "faktura")


# -- bounds ------------------------------------------------------------------------


def test_pages_reach_beyond_what_the_server_gives_at_once(
    engine: OpenSearchEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "_WINDOW", 4)
    engine.apply([paper(f"{n:02}", text="faktura") for n in range(23)], [])
    for sort in ("oldest", "relevance"):
        whole = engine.search(parse("faktura"), scopes=None, limit=50, sort=sort, facets=("domain",))
        assert len({h.record_id for h in whole.hits}) == whole.total == 23
        assert whole.facets == {"domain": {"accounting": 23}}
        for offset, limit in ((0, 4), (3, 4), (5, 3), (9, 9), (21, 9), (40, 2)):
            page = engine.search(parse("faktura"), scopes=None, limit=limit, offset=offset, sort=sort)
            assert page.hits == whole.hits[offset : offset + limit]
            assert (page.next is None) == (offset + limit >= 23)
    assert len(dict(engine.versions())) == 23


def test_what_is_sent_is_sent_in_portions(
    server: OpenSearch, engine: OpenSearchEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "_SENT", 3_000)
    engine.apply([paper(f"{n:02}", text="faktura " * 50) for n in range(20)], [])
    assert engine.count() == 20
    assert 3 < sum("_bulk" in request for request in server.requests) < 20


def test_a_query_that_is_too_long_for_the_server_is_told(engine: OpenSearchEngine) -> None:
    engine.apply([paper("a", text="faktura")], [])
    long = " ".join(f"FV/{n}2026/117450/993817" for n in range(24))
    with pytest.raises(InvalidError, match="too long"):
        engine.search(parse(long), scopes=None)


def test_a_correction_asks_the_server_a_few_times_only(server: OpenSearch, engine: OpenSearchEngine) -> None:
    engine.apply([paper("a", text="wynagrodzenie faktura")], [])
    engine.count()
    server.requests.clear()
    assert [offer.word for offer in engine.correct("faktvra", scopes=None)] == ["faktura"]
    assert len(server.requests) == 2
    assert all("_cat" not in request for request in server.requests)


# -- wiring ------------------------------------------------------------------------


def test_a_server_that_is_away_costs_a_job_no_try(server: OpenSearch, make_app: Callable[..., App]) -> None:
    app = make_app(search_engine="opensearch", opensearch_url=server.url, opensearch_user="nobody")
    now = app.clock.now()
    with app.database.write() as session:
        note_pending(session, "01gone", 7, now)
    handlers = {kind: Handler(*pair) for kind, pair in app.handlers().items()}
    assert Runner(app.database, app.clock, handlers).run_next("host:1:1")
    with app.database.read() as session:
        job = session.scalars(select(Job).where(Job.kind == JOB_CATCH_UP)).one()
        assert (job.state, job.failures, job.waits) == ("ready", 0, 1)


def test_settings_choose_it_and_alerts_keep_a_folder(server: OpenSearch, tmp_path: Path) -> None:
    settings = load_settings(
        home=tmp_path / "home",
        search_engine="opensearch",
        opensearch_url=server.url,
        opensearch_user="akta",
        opensearch_password="zażółć:gęślą",
        opensearch_index="papers",
    )
    app = build(settings)
    try:
        assert app.index.rebuild() == 0
        assert next(iter(server.indexes.values())).aliases == {"papers"}
        assert app.index.check().agrees
        (tmp_path / "alerts").mkdir()
        assert isinstance(app.engine_in(tmp_path / "alerts"), TantivyEngine)
    finally:
        app.close()
