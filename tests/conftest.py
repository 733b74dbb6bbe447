"""What all tests share: an archive on each database, people, a clock that can be set."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from akta.access.principal import Principal
from akta.access.roles import GRANTABLE, rights_of
from akta.audit.log import AuditLog
from akta.bootstrap import App, alembic_config, build
from akta.db.engine import Database
from akta.records.doctypes.current import use
from akta.settings import Settings, load_settings

pytest_plugins = ["tests.servers.fixtures"]

NOON = datetime(2026, 3, 10, 11, 0, tzinfo=UTC)


class SetClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime = NOON) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def move(self, **delta: float) -> None:
        self._now += timedelta(**delta)


@pytest.fixture(autouse=True)
def _shipped_types() -> Iterator[None]:
    """No test sees the types that another one defined."""
    use(None)
    yield
    use(None)


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture(scope="session")
def _migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from alembic import command

    path = tmp_path_factory.mktemp("template") / "akta.db"
    command.upgrade(alembic_config(f"sqlite:///{path}"), "head")
    return path


@pytest.fixture(scope="session")
def _new_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a new archive, made once: its file plan alone takes a second."""
    home = tmp_path_factory.mktemp("template") / "home"
    build(load_settings(home=home, workers=2, language="en")).close()
    return home


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path, _migrated_sqlite: Path) -> str:
    """The URL of an empty, migrated database of each kind."""
    if request.param == "sqlite":
        path = tmp_path / "akta.db"
        shutil.copy(_migrated_sqlite, path)
        return f"sqlite:///{path}"
    return str(request.getfixturevalue("migrated_postgresql_url"))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    made = Database(database_url)
    yield made
    made.close()


@pytest.fixture
def audit() -> AuditLog:
    return AuditLog(Ed25519PrivateKey.generate())


@pytest.fixture
def make_app(tmp_path: Path, _new_home: Path) -> Iterator[Callable[..., App]]:
    """Builds an archive in a folder of its own; settings can be given."""
    built: list[App] = []

    def make(name: str = "home", **settings: object) -> App:
        home = tmp_path / name
        if "database_url" in settings:
            home.mkdir(exist_ok=True)
        elif not home.exists():
            shutil.copytree(_new_home, home)
        app = build(load_settings(home=home, workers=2, language="en", **settings))
        built.append(app)
        return app

    yield make
    for app in built:
        app.close()


@pytest.fixture
def app(make_app: Callable[..., App]) -> App:
    return make_app()


def principal(*roles: str, levels: dict[str, int] | None = None, user_id: str | None = None) -> Principal:
    """Somebody with these roles, all grants unless `levels` says otherwise."""
    return Principal(
        actor=f"user:{user_id or 'test'}",
        name="Test",
        rights=rights_of(roles),
        levels=dict.fromkeys(GRANTABLE, 3) if levels is None else levels,
        user_id=user_id,
    )


__all__ = ["NOON", "SetClock", "Settings", "principal"]
