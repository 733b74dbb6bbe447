"""What only one kind of blob store can get wrong: the folder, and the bucket."""

import errno
import multiprocessing
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from minio import Minio

from akta.storage.filesystem import FilesystemBlobStore
from akta.storage.port import (
    Blob,
    BlobProtectedError,
    StorageError,
    StorageFullError,
)
from akta.storage.s3 import S3BlobStore, S3Options
from tests.contracts.cutting import CuttingProxy
from tests.contracts.stores import ABSENT, MIB, deleted, name_of, soon, until

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
    assert store.digest(name) == name_of(b"wrong")


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
        store.protect(blob.sha256, retain_until=soon(60))


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
    store.protect(name, retain_until=soon(1))
    client, key = _client(s3_options), f"blobs/{name[:2]}/{name[2:4]}/{name}"
    client.remove_object(s3_options.bucket, key)
    assert not store.exists(name)
    assert store.put([b"twice"]).sha256 == name
    assert store.protection(name).retain_until is not None  # of the older version
    with pytest.raises(BlobProtectedError):
        store.delete(name)
    store.set_legal_hold(name, True)
    store.set_legal_hold(name, False)
    until(lambda: deleted(store, name), 10)
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
    store.protect(name, retain_until=soon(3600))
    with pytest.raises(Exception, match="AccessDenied"):
        client.remove_object(s3_options.bucket, key, version_id=version.version_id)


@pytest.mark.servers
def test_bucket_in_compliance_mode(s3_options: S3Options) -> None:
    store = S3BlobStore(replace(s3_options, lock_mode="COMPLIANCE"))
    name = store.put([b"locked"]).sha256
    store.protect(name, retain_until=soon(60))
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
