"""A place in an S3 bucket. With Object Lock and a default retention there, nobody can take a file away."""

import io
from collections.abc import Callable, Iterator
from typing import TypeVar

import urllib3
from minio import Minio
from minio.error import MinioException, S3Error

from akta.storage.port import StorageError
from akta.storage.s3 import S3Options

_Answer = TypeVar("_Answer")
_SECONDS = 10.0


class S3Place:
    """Objects under a prefix of a bucket that exists already."""

    def __init__(self, options: S3Options, prefix: str) -> None:
        self._bucket = options.bucket
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self._client = Minio(
            options.endpoint,
            access_key=options.access_key,
            secret_key=options.secret_key,
            secure=options.secure,
            region=options.region,
            # Upkeep waits for it: a server that is silent must not hold it up for long.
            http_client=urllib3.PoolManager(timeout=_SECONDS, retries=urllib3.Retry(1, redirect=0)),
        )

    def put(self, name: str, data: bytes) -> None:
        key = self._prefix + name

        def write() -> None:
            try:
                self._client.stat_object(self._bucket, key)
            except S3Error as error:
                if error.code not in ("NoSuchKey", "NoSuchObject"):
                    raise
                self._client.put_object(
                    self._bucket, key, io.BytesIO(data), len(data), content_type="application/json"
                )

        _asked(write)

    def names(self) -> Iterator[str]:
        found = _asked(
            lambda: [
                str(item.object_name).removeprefix(self._prefix)
                for item in self._client.list_objects(self._bucket, prefix=self._prefix)
                if not item.is_dir
            ]
        )
        yield from sorted(found)

    def read(self, name: str) -> bytes:
        def fetch() -> bytes:
            answer = self._client.get_object(self._bucket, self._prefix + name)
            try:
                return answer.read()
            finally:
                answer.close()
                answer.release_conn()

        return _asked(fetch)


def _asked(act: Callable[[], _Answer]) -> _Answer:
    try:
        return act()
    except (MinioException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        code = getattr(error, "code", None) or type(error).__name__
        raise StorageError(f"The place of the anchors did not take or give a file ({code}).") from error
