"""The composition root: settings become the objects that everything else is handed."""

from akta.bootstrap.app import App
from akta.bootstrap.letting_go import HandlerPair
from akta.bootstrap.schema import alembic_config, migrate
from akta.bootstrap.start import build, first_administrator, restore_marker
from akta.bootstrap.upkeep import maintain, wind_up
from akta.settings import ROOT

__all__ = [
    "ROOT",
    "App",
    "HandlerPair",
    "alembic_config",
    "build",
    "first_administrator",
    "maintain",
    "migrate",
    "restore_marker",
    "wind_up",
]
