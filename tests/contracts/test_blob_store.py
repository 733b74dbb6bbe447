"""What every blob store does, tried on each of them."""

import hashlib
import multiprocessing
import os
import resource
import signal
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from akta.storage.port import (
    Blob,
    BlobMissingError,
    BlobProtectedError,
    BlobStore,
    BlobTooLargeError,
    StorageFullError,
)
from tests.contracts.stores import ABSENT, MIB, Place, deleted, name_of, soon, until

# -- writing and reading -----------------------------------------------------------


@pytest.mark.parametrize("chunks", [[b"umowa"], [b"um", b"", b"owa"], [], [b""]])
def test_the_name_is_the_hash_of_the_bytes(store: BlobStore, chunks: list[bytes]) -> None:
    data = b"".join(chunks)
    assert store.put(chunks) == Blob(name_of(data), len(data))
    with store.open(name_of(data)) as source:
        assert source.read() == data
    assert store.size(name_of(data)) == len(data)
    assert store.digest(name_of(data)) == name_of(data)


def test_the_same_bytes_twice_are_one_blob(place: Place) -> None:
    first = place.make().put([b"same"])
    assert place.make().put([b"sa", b"me"]) == first
    assert list(place.make().names()) == [first]


def test_put_file_leaves_the_file(store: BlobStore, tmp_path: Path) -> None:
    path = tmp_path / "paper.txt"
    path.write_bytes(b"paper")
    assert store.put_file(path) == Blob(name_of(b"paper"), 5)
    assert path.read_bytes() == b"paper"


def test_limit(store: BlobStore, tmp_path: Path) -> None:
    path = tmp_path / "paper.txt"
    path.write_bytes(b"123456")
    with pytest.raises(BlobTooLargeError):
        store.put([b"123", b"456"], limit=5)
    with pytest.raises(BlobTooLargeError):
        store.put_file(path, limit=5)
    assert list(store.names()) == []
    assert store.put([b"123", b"456"], limit=6).size == 6


def test_over_the_limit_stops_reading(store: BlobStore) -> None:
    taken = 0

    def endless() -> Iterator[bytes]:
        nonlocal taken
        while True:
            taken += 1
            yield b"x" * 1000

    with pytest.raises(BlobTooLargeError):
        store.put(endless(), limit=10_000)
    assert taken == 11


def test_a_failing_stream_leaves_nothing(store: BlobStore) -> None:
    def failing() -> Iterator[bytes]:
        yield b"x" * MIB
        raise ValueError("the sender went away")

    with pytest.raises(ValueError, match="went away"):
        store.put(failing())
    assert list(store.names()) == []
    assert store.sweep_temporaries(-60) == 0


def test_open_reads_in_pieces(store: BlobStore) -> None:
    data = os.urandom(3 * MIB + 17)
    name = store.put([data]).sha256
    with store.open(name) as source:
        assert source.read(5) == data[:5]
        assert source.read(MIB) == data[5 : MIB + 5]
        assert source.read() == data[MIB + 5 :]
        assert source.read(1) == b""
    with store.open(name) as source:
        source.read(1)  # closed early
    assert store.size(name) == len(data)


def test_fetch_copies_to_a_new_file(store: BlobStore, tmp_path: Path) -> None:
    name = store.put([b"original"]).sha256
    target = tmp_path / "copy"
    store.fetch(name, target)
    assert target.read_bytes() == b"original"
    target.write_bytes(b"a parser gone wrong")
    assert store.digest(name) == name
    with pytest.raises(FileExistsError):
        store.fetch(name, target)
    assert target.read_bytes() == b"a parser gone wrong"


@pytest.mark.parametrize("name", [ABSENT, "", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 64 + "/x"])
def test_missing(store: BlobStore, name: str, tmp_path: Path) -> None:
    calls: list[Callable[[], object]] = [
        lambda: store.open(name),
        lambda: store.fetch(name, tmp_path / "target"),
        lambda: store.size(name),
        lambda: store.digest(name),
        lambda: store.protection(name),
        lambda: store.protect(name, retain_until=soon(60)),
        lambda: store.set_legal_hold(name, True),
    ]
    for call in calls:
        with pytest.raises(BlobMissingError):
            call()
    assert not (tmp_path / "target").exists()


def test_exists(store: BlobStore) -> None:
    assert not store.exists(ABSENT)
    assert store.exists(store.put([b"here"]).sha256)


def test_names(store: BlobStore) -> None:
    put = {store.put([str(n).encode() * n]) for n in range(12)}
    store.set_legal_hold(name_of(b"1"), True)  # whatever protects a blob is no blob
    names = list(store.names())
    assert set(names) == put
    assert len(names) == len(put)


def test_concurrent_puts_of_the_same_bytes(place: Place) -> None:
    data = [os.urandom(MIB), os.urandom(3)]
    barrier = threading.Barrier(6)

    def put(store: BlobStore) -> Blob:
        barrier.wait(30)
        return store.put(data)

    shared = place.make()
    shared.exists(ABSENT)
    stores = [shared, shared, shared, *(place.make() for _ in range(3))]
    with ThreadPoolExecutor(6) as pool:
        blobs = set(pool.map(put, stores))
    assert len(blobs) == 1
    assert list(shared.names()) == list(blobs)
    (blob,) = blobs
    assert shared.digest(blob.sha256) == blob.sha256
    shared.delete(blob.sha256)
    assert not shared.exists(blob.sha256)


def test_a_large_stream_needs_little_memory(store: BlobStore) -> None:
    store.exists(ABSENT)
    size, digest = 96 * MIB, hashlib.sha256()

    def stream() -> Iterator[bytes]:
        for n in range(size // MIB):
            chunk = n.to_bytes(4, "big") * (MIB // 4)
            digest.update(chunk)
            yield chunk

    tracemalloc.start()
    try:
        blob = store.put(stream())
        written = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        assert store.digest(blob.sha256) == digest.hexdigest()
        read = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert blob == Blob(digest.hexdigest(), size)
    assert written < 32 * MIB
    assert read < 8 * MIB


def test_a_forked_child_and_its_parent_read_at_once(store: BlobStore) -> None:
    blobs = [store.put([os.urandom(MIB)]) for _ in range(2)]

    def check() -> None:
        good = all(store.digest(b.sha256) == b.sha256 for b in blobs * 6)
        os._exit(0 if good else 1)

    children = [multiprocessing.get_context("fork").Process(target=check) for _ in range(3)]
    for child in children:
        child.start()
    here = [store.digest(b.sha256) == b.sha256 for b in blobs * 6]
    for child in children:
        child.join(60)
    assert [child.exitcode for child in children] == [0, 0, 0]
    assert all(here)


# -- deleting and protection ---------------------------------------------------------


def test_delete_is_for_good_and_idempotent(store: BlobStore) -> None:
    name = store.put([b"gone"]).sha256
    other = store.put([b"stays"])
    store.delete(name)
    store.delete(name)
    store.delete(ABSENT)
    assert not store.exists(name)
    assert list(store.names()) == [other]
    with pytest.raises(BlobMissingError):
        store.open(name)
    assert store.put([b"gone"]).sha256 == name
    assert store.digest(name) == name


def test_nothing_is_protected_at_first(store: BlobStore) -> None:
    guard = store.protection(store.put([b"free"]).sha256)
    assert guard.retain_until is None
    assert not guard.legal_hold


def test_retention_is_read_back_and_honoured(place: Place) -> None:
    store = place.make()
    name = store.put([b"kept"]).sha256
    until = soon(3600)
    store.protect(name, retain_until=until)
    guard = place.make().protection(name)
    assert guard.retain_until is not None
    assert until <= guard.retain_until < until + timedelta(seconds=1)
    assert guard.retain_until.utcoffset() == timedelta(0)
    assert not guard.legal_hold
    with pytest.raises(BlobProtectedError):
        place.make().delete(name)
    assert store.digest(name) == name


def test_retention_ends(store: BlobStore) -> None:
    name = store.put([b"kept for a moment"]).sha256
    store.protect(name, retain_until=soon(1))
    with pytest.raises(BlobProtectedError):
        store.delete(name)
    until(lambda: deleted(store, name), 10)
    assert not store.exists(name)


def test_retention_only_moves_forward(store: BlobStore) -> None:
    name = store.put([b"kept"]).sha256
    store.protect(name, retain_until=soon(3600))
    first = store.protection(name).retain_until
    store.protect(name, retain_until=soon(60))
    store.protect(name)
    assert store.protection(name).retain_until == first
    later = datetime(2040, 1, 1, tzinfo=UTC)
    store.protect(name, retain_until=later.astimezone(UTC))
    assert store.protection(name).retain_until == later


def test_putting_again_keeps_the_protection(store: BlobStore) -> None:
    name = store.put([b"kept"]).sha256
    store.protect(name, retain_until=soon(3600))
    store.set_legal_hold(name, True)
    before = store.protection(name)
    store.put([b"kept"])
    assert store.protection(name) == before
    with pytest.raises(BlobProtectedError):
        store.delete(name)


def test_legal_hold_is_read_back_and_honoured(place: Place) -> None:
    store = place.make()
    name = store.put([b"held"]).sha256
    for _ in range(2):
        store.set_legal_hold(name, True)
    assert place.make().protection(name).legal_hold
    with pytest.raises(BlobProtectedError):
        store.delete(name)
    for _ in range(2):
        store.set_legal_hold(name, False)
    assert not store.protection(name).legal_hold
    store.delete(name)
    assert not store.exists(name)


def test_lifting_a_hold_leaves_the_retention(store: BlobStore) -> None:
    name = store.put([b"both"]).sha256
    store.set_legal_hold(name, True)
    store.protect(name, retain_until=soon(3600))
    assert store.protection(name).legal_hold
    store.set_legal_hold(name, False)
    assert store.protection(name).retain_until is not None
    with pytest.raises(BlobProtectedError):
        store.delete(name)


# -- interrupted and failing writes ----------------------------------------------------


def test_a_full_disk_is_said_so_and_leaves_nothing(place: Place, store: BlobStore) -> None:
    """A limit on the size of files stands for the full disk: the system refuses to write on."""
    body = """
try:
    store.exists("0" * 64)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, resource.RLIM_INFINITY))
    store.put([b"x" * 65536] * 64)
except AktaError as error:
    print(error.code)
"""
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[1] == resource.RLIM_INFINITY
    assert place.child(body).communicate(timeout=60)[0].strip() == StorageFullError.code
    assert list(store.names()) == []
    assert store.sweep_temporaries(-60) == 0


def test_killed_while_writing_leaves_no_half_blob(place: Place, store: BlobStore) -> None:
    body = """
def chunks():
    yield b"x" * (1 << 20)
    print("half", flush=True)
    time.sleep(60)
    yield b"y"
store.put(chunks())
"""
    child = place.child(body)
    assert child.stdout
    assert child.stdout.readline() == "half\n"
    child.send_signal(signal.SIGKILL)
    assert child.wait(30) == -signal.SIGKILL
    child.stdout.close()
    assert list(store.names()) == []
    assert not store.exists(name_of(b"x" * MIB))
    store.sweep_temporaries(-60)
    assert store.sweep_temporaries(-60) == 0
    assert store.put([b"x" * MIB]).size == MIB


def test_killed_at_any_moment_leaves_only_whole_blobs(place: Place, store: BlobStore) -> None:
    body = """
n = 0
print("ready", flush=True)
while True:
    store.put([n.to_bytes(8, "big"), os.urandom(200_000)])
    n += 1
"""
    for delay in (0.02, 0.05, 0.11, 0.23):
        child = place.child(body)
        assert child.stdout
        assert child.stdout.readline() == "ready\n"
        time.sleep(delay)
        child.kill()
        child.wait(30)
        child.stdout.close()
    blobs = list(store.names())
    assert blobs
    assert all(b.size == 200_008 and store.digest(b.sha256) == b.sha256 for b in blobs)
