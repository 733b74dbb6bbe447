"""Servers as fixtures: started when first asked for, one of each per test process."""

from collections.abc import Iterator

import pytest

from akta.bootstrap import alembic_config
from tests.servers import S3, TSA, Postgres, RabbitMQ, Redis, postgres, rabbitmq, redis, s3, tsa
from tests.servers.oidc import OIDCProvider, oidc_provider


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    with postgres() as server:
        yield server


@pytest.fixture(scope="session")
def rabbitmq_server() -> Iterator[RabbitMQ]:
    with rabbitmq() as server:
        yield server


@pytest.fixture(scope="session")
def redis_server() -> Iterator[Redis]:
    with redis() as server:
        yield server


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3]:
    with s3() as server:
        yield server


@pytest.fixture(scope="session")
def _tsa_server() -> Iterator[TSA]:
    with tsa() as server:
        yield server


@pytest.fixture
def tsa_server(_tsa_server: TSA) -> TSA:
    """A time-stamp authority that works; a test may have it fail."""
    _tsa_server.mode = "ok"
    return _tsa_server


@pytest.fixture
def provider() -> Iterator[OIDCProvider]:
    """An OpenID provider that works; a test may have it misbehave."""
    with oidc_provider() as server:
        yield server


@pytest.fixture(scope="session")
def _migrated_template(postgres_server: Postgres) -> str:
    from alembic import command

    url = postgres_server.new_database()
    command.upgrade(alembic_config(url), "head")
    return url


@pytest.fixture
def migrated_postgresql_url(postgres_server: Postgres, _migrated_template: str) -> Iterator[str]:
    """A database of its own for one test, empty and migrated."""
    url = postgres_server.new_database(_migrated_template)
    yield url
    postgres_server.drop_database(url)
