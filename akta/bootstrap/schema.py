"""The database's schema."""

from typing import Any

from sqlalchemy import inspect, text

from akta.bootstrap.app import App
from akta.db.engine import Database
from akta.settings import ROOT


def alembic_config(url: str) -> Any:
    """Alembic's configuration for a database, without a file."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def migrate(app: App) -> bool:
    """Bring the database's schema up to date; True if it was changed."""
    # Asked by hand, because loading Alembic for it would double the start of every command.
    head = max(path.name.split("_")[0] for path in (ROOT / "migrations" / "versions").glob("[0-9]*.py"))
    if _revision(app.database) == head:
        return False
    from alembic import command

    command.upgrade(alembic_config(app.settings.effective_database_url), "head")
    return True


def _revision(database: Database) -> str | None:
    with database.read() as session:
        if not inspect(session.connection()).has_table("alembic_version"):
            return None
        number = session.scalar(text("SELECT version_num FROM alembic_version"))
        return None if number is None else str(number)
