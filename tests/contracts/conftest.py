"""What the contract suites are run on: each search engine, and each blob store."""

from pathlib import Path
from uuid import uuid4

import pytest

from akta.storage.filesystem import FilesystemBlobStore
from akta.storage.port import BlobStore
from akta.storage.s3 import S3BlobStore, S3Options
from indexer.model import SearchEngine
from tests.contracts.engines import ENGINES, Make
from tests.contracts.stores import Place
from tests.servers import S3


@pytest.fixture(params=sorted(ENGINES))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def make(name: str, tmp_path: Path) -> Make:
    def opened(patience: float = 10.0) -> SearchEngine:
        return ENGINES[name](tmp_path / "index", patience=patience)

    return opened


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
