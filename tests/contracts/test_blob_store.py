"""What every blob store does, tried on each of them; then what only one kind can get wrong."""

import errno
import hashlib
import multiprocessing
import os
import resource
import signal
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from minio import Minio

from akta.settings import ROOT
from akta.storage.filesystem import FilesystemBlobStore
from akta.storage.port import (
    Blob,
    BlobMissingError,
    BlobProtectedError,
    BlobStore,
    BlobTooLargeError,
    StorageError,
    StorageFullError,
)
from akta.storage.s3 import S3BlobStore, S3Options
from tests.contracts.cutting import CuttingProxy
from tests.servers import S3

MIB = 1 << 20
ABSENT = "0" * 64


@dataclass(frozen=True)
class Place:
    """Where blobs are kept: makes stores on it, here and in another process."""

    make: Callable[[], BlobStore]
    code: str  # an expression that makes the same store in another process

    def child(self, body: str, **settings: object) -> "subprocess.Popen[str]":
        """A process that runs `body` with `store` and these names."""
        lines = [
            "import os, resource, sys, time",
            "from pathlib import Path",
            "from akta.kernel.errors import AktaError",
            "from akta.storage.filesystem import FilesystemBlobStore",
            "from akta.storage.s3 import S3BlobStore, S3Options",
            *(f"{name} = {value!r}" for name, value in settings.items()),
            f"store = {self.code}",
            body,
        ]
        return subprocess.Popen(
            [sys.executable, "-c", "\n".join(lines)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )


@pytest.fixture
def s3_options(s3_server: S3) -> S3Options:
    return S3Options(
        endpoint=s3_server.endpoint,
        access_key=s3_server.access_key,
        secret_key=s3_server.secret_key,
        bucket=f"akta-{uuid4().hex}",
        secure=False,
    )


@pytest.fixture(params=["filesystem", pytest.param("s3", marks=pytest.mark.servers)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "filesystem":
        root = tmp_path / "blobs"
        return Place(lambda: FilesystemBlobStore(root), f"FilesystemBlobStore(Path({str(root)!r}))")
    options: S3Options = request.getfixturevalue("s3_options")
    return Place(lambda: S3BlobStore(options), f"S3BlobStore({options!r})")


@pytest.fixture
def store(place: Place) -> BlobStore:
    return place.make()


def _name(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _in(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


# -- writing and reading -----------------------------------------------------------


@pytest.mark.parametrize("chunks", [[b"umowa"], [b"um", b"", b"owa"], [], [b""]])
def test_the_name_is_the_hash_of_the_bytes(store: BlobStore, chunks: list[bytes]) -> None:
    data = b"".join(chunks)
    assert store.put(chunks) == Blob(_name(data), len(data))
    with store.open(_name(data)) as source:
        assert source.read() == data
    assert store.size(_name(data)) == len(data)
    assert store.digest(_name(data)) == _name(data)


def test_the_same_bytes_twice_are_one_blob(place: Place) -> None:
    first = place.make().put([b"same"])
    assert place.make().put([b"sa", b"me"]) == first
    assert list(place.make().names()) == [first]


def test_put_file_leaves_the_file(store: BlobStore, tmp_path: Path) -> None:
    path = tmp_path / "paper.txt"
    path.write_bytes(b"paper")
    assert store.put_file(path) == Blob(_name(b"paper"), 5)
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
        lambda: store.protect(name, retain_until=_in(60)),
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
    store.set_legal_hold(_name(b"1"), True)  # whatever protects a blob is no blob
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
    until = _in(3600)
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
    store.protect(name, retain_until=_in(1))
    with pytest.raises(BlobProtectedError):
        store.delete(name)
    _until(lambda: _deleted(store, name), 10)
    assert not store.exists(name)


def test_retention_only_moves_forward(store: BlobStore) -> None:
    name = store.put([b"kept"]).sha256
    store.protect(name, retain_until=_in(3600))
    first = store.protection(name).retain_until
    store.protect(name, retain_until=_in(60))
    store.protect(name)
    assert store.protection(name).retain_until == first
    later = datetime(2040, 1, 1, tzinfo=UTC)
    store.protect(name, retain_until=later.astimezone(UTC))
    assert store.protection(name).retain_until == later


def test_putting_again_keeps_the_protection(store: BlobStore) -> None:
    name = store.put([b"kept"]).sha256
    store.protect(name, retain_until=_in(3600))
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
    store.protect(name, retain_until=_in(3600))
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
    assert not store.exists(_name(b"x" * MIB))
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


def _until(done: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def _deleted(store: BlobStore, name: str) -> bool:
    try:
        store.delete(name)
    except BlobProtectedError:
        return False
    return True


# -- the folder --------------------------------------------------------------------------


def test_folder_sweeps_only_old_temporaries(tmp_path: Path) -> None:
    store = FilesystemBlobStore(tmp_path)
    old, young = tmp_path / "tmp" / "old", tmp_path / "tmp" / "young"
    for path in (old, young):
        path.write_bytes(b"half")
    os.utime(old, (time.time() - 7200,) * 2)
    assert store.sweep_temporaries(3600) == 1
    assert not old.exists()
    assert young.exists()


def test_folder_finds_changed_bytes(tmp_path: Path) -> None:
    store = FilesystemBlobStore(tmp_path)
    name = store.put([b"right"]).sha256
    path = tmp_path / name[:2] / name[2:4] / name
    assert path.stat().st_mode & 0o777 == 0o400
    path.chmod(0o600)
    path.write_bytes(b"wrong")
    assert store.digest(name) == _name(b"wrong")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_folder_without_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    store = FilesystemBlobStore(tmp_path)

    def full(_handle: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageFullError):
        store.put([b"x"])
    monkeypatch.undo()
    assert list(store.names()) == []
    assert store.sweep_temporaries(-60) == 0


# -- the bucket --------------------------------------------------------------------------


@pytest.mark.servers
def test_bucket_made_by_several_at_once(s3_options: S3Options) -> None:
    barrier = threading.Barrier(4)

    def put(number: int) -> Blob:
        store = S3BlobStore(s3_options)
        barrier.wait(30)
        return store.put([bytes([number])])

    with ThreadPoolExecutor(4) as pool:
        blobs = set(pool.map(put, range(4)))
    store = S3BlobStore(s3_options)
    assert set(store.names()) == blobs
    for blob in blobs:
        store.protect(blob.sha256, retain_until=_in(60))


@pytest.mark.servers
def test_bucket_without_object_lock_is_refused(s3_options: S3Options) -> None:
    _client(s3_options).make_bucket(s3_options.bucket)
    with pytest.raises(StorageError, match="Object Lock"):
        S3BlobStore(s3_options).put([b"x"])


@pytest.mark.servers
def test_bucket_versions_count_as_one_blob(s3_options: S3Options) -> None:
    """Two that wrote at once leave two versions; somebody else's delete leaves a marker."""
    store = S3BlobStore(s3_options)
    name = store.put([b"twice"]).sha256
    store.protect(name, retain_until=_in(1))
    client, key = _client(s3_options), f"blobs/{name[:2]}/{name[2:4]}/{name}"
    client.remove_object(s3_options.bucket, key)
    assert not store.exists(name)
    assert store.put([b"twice"]).sha256 == name
    assert store.protection(name).retain_until is not None  # of the older version
    with pytest.raises(BlobProtectedError):
        store.delete(name)
    store.set_legal_hold(name, True)
    store.set_legal_hold(name, False)
    _until(lambda: _deleted(store, name), 10)
    left = client.list_objects(s3_options.bucket, prefix=key, include_version=True)
    assert list(left) == []


@pytest.mark.servers
def test_bucket_is_not_sent_bytes_that_it_has(s3_options: S3Options) -> None:
    for _ in range(2):
        name = S3BlobStore(s3_options).put([b"same"]).sha256
    listed = _client(s3_options).list_objects(
        s3_options.bucket, prefix="blobs/", recursive=True, include_version=True
    )
    assert [version.object_name for version in listed] == [f"blobs/{name[:2]}/{name[2:4]}/{name}"]


@pytest.mark.servers
def test_bucket_connections_are_not_shared_with_a_forked_child(s3_options: S3Options) -> None:
    with CuttingProxy(s3_options.endpoint) as proxy:
        store = S3BlobStore(replace(s3_options, endpoint=proxy.endpoint))
        name = store.put([b"x"]).sha256
        before = proxy.accepted
        assert store.exists(name)
        assert proxy.accepted == before  # the parent's connection is kept open, so a child could take it
        child = multiprocessing.get_context("fork").Process(
            target=lambda: os._exit(0 if store.exists(name) else 1)
        )
        child.start()
        child.join(30)
        assert child.exitcode == 0
        assert proxy.accepted == before + 1
        assert store.exists(name)
        assert proxy.accepted == before + 1


@pytest.mark.servers
def test_bucket_refuses_to_delete_a_protected_version(s3_options: S3Options) -> None:
    """The server itself refuses, not only our look before it."""
    store = S3BlobStore(s3_options)
    name = store.put([b"locked"]).sha256
    client, key = _client(s3_options), f"blobs/{name[:2]}/{name[2:4]}/{name}"
    (version,) = client.list_objects(s3_options.bucket, prefix=key, include_version=True)
    store.protect(name, retain_until=_in(3600))
    with pytest.raises(Exception, match="AccessDenied"):
        client.remove_object(s3_options.bucket, key, version_id=version.version_id)


@pytest.mark.servers
def test_bucket_in_compliance_mode(s3_options: S3Options) -> None:
    store = S3BlobStore(replace(s3_options, lock_mode="COMPLIANCE"))
    name = store.put([b"locked"]).sha256
    store.protect(name, retain_until=_in(60))
    later = datetime(2040, 1, 1, tzinfo=UTC)
    S3BlobStore(s3_options).protect(name, retain_until=later)  # GOVERNANCE may not weaken it
    key = f"blobs/{name[:2]}/{name[2:4]}/{name}"
    headers = _client(s3_options).stat_object(s3_options.bucket, key).metadata
    assert headers
    assert headers["x-amz-object-lock-mode"] == "COMPLIANCE"
    assert store.protection(name).retain_until == later


@pytest.mark.servers
def test_bucket_sweeps_only_old_uploads(s3_options: S3Options) -> None:
    store = S3BlobStore(s3_options)
    assert not store.exists(ABSENT)
    client, key = _client(s3_options), f"blobs/00/00/{ABSENT}"
    for _ in range(2):
        client._create_multipart_upload(s3_options.bucket, key, {})
    assert store.sweep_temporaries(3600) == 0
    assert store.sweep_temporaries(-60) == 2
    assert store.sweep_temporaries(-60) == 0
    assert not store.exists(ABSENT)


@pytest.mark.servers
def test_bucket_refuses_a_wrong_key(s3_options: S3Options) -> None:
    store = S3BlobStore(replace(s3_options, secret_key="wrong"))
    with pytest.raises(StorageError):
        store.put([b"x"])
    with pytest.raises(StorageError):
        store.exists(ABSENT)


@pytest.mark.parametrize("endpoint", ["127.0.0.1:1", "not a host"])
def test_bucket_out_of_reach(endpoint: str) -> None:
    store = S3BlobStore(S3Options(endpoint, "a", "b", "akta-test", secure=False))
    calls: list[Callable[[], object]] = [
        lambda: store.put([b"x"]),
        lambda: store.open(ABSENT),
        lambda: list(store.names()),
        lambda: store.exists(ABSENT),
        lambda: store.delete(ABSENT),
    ]
    for call in calls:
        with pytest.raises(StorageError):
            call()


@pytest.mark.servers
def test_bucket_connection_cut_while_reading(s3_options: S3Options, tmp_path: Path) -> None:
    name = S3BlobStore(s3_options).put([os.urandom(4 * MIB)]).sha256
    with CuttingProxy(s3_options.endpoint, down=MIB) as proxy:
        store = S3BlobStore(replace(s3_options, endpoint=proxy.endpoint))
        with pytest.raises(StorageError), store.open(name) as source:
            source.read()
        with pytest.raises(StorageError):
            store.digest(name)
        with pytest.raises(StorageError):
            store.fetch(name, tmp_path / "half")
    assert not (tmp_path / "half").exists()


@pytest.mark.servers
@pytest.mark.parametrize("size", [2 * MIB, 20 * MIB])
def test_bucket_connection_cut_while_writing(s3_options: S3Options, size: int) -> None:
    with CuttingProxy(s3_options.endpoint, up=MIB) as proxy:
        store = S3BlobStore(replace(s3_options, endpoint=proxy.endpoint))
        with pytest.raises(StorageError):
            store.put([os.urandom(size)])
    store = S3BlobStore(s3_options)
    assert list(store.names()) == []
    store.sweep_temporaries(-60)
    assert store.sweep_temporaries(-60) == 0


def _client(options: S3Options) -> Minio:
    return Minio(options.endpoint, options.access_key, options.secret_key, secure=False)
