"""An application made ready: data folder, schema, file plan, the first account."""

from pathlib import Path

from sqlalchemy import select

from akta.access.accounts import create_user, generate_password
from akta.access.models import User
from akta.access.roles import GRANTABLE, ROLES
from akta.bootstrap.app import App
from akta.bootstrap.home import prepare_home
from akta.bootstrap.schema import migrate
from akta.kernel.errors import ConflictError
from akta.settings import Settings


def restore_marker(home: Path) -> Path:
    """The file that says that a restore into this data folder has begun and not ended."""
    return home / "restoring"


def build(settings: Settings, *, pooled: bool = True, prepare: bool = True, restoring: bool = False) -> App:
    """The application for these settings; with `prepare`, a missing data folder is made and migrated.

    Raises ConflictError over a half-restored archive and LedgerAheadError over a database that is older than
    the ledger, unless `restoring`.
    """
    if not restoring and restore_marker(settings.home).exists():
        raise ConflictError(
            f"A restore into {settings.home} was begun and not ended, so nothing in it can be relied on. "
            "Run 'akta restore' again with the same backup, or remove the folder."
        )
    if prepare:
        prepare_home(settings)
    app = App(settings, pooled=pooled)
    # Asked each time, because whoever migrated may have died before the plan was there.
    if prepare and (migrate(app) or not app.keeping.has_plan(app.database)):
        app.keeping.load_first_plan(app.database)
    app.wire()
    if prepare and not restoring:
        app.ledger.check()
        app.ledger.catch_up()
    return app


def first_administrator(app: App) -> tuple[str, str] | None:
    """Create the founding account if there is none; returns its name and password, shown this once.

    The founder of a new archive works alone at first, so the account has every
    role and grant; `akta user` gives others their own and takes these away.
    """
    with app.database.write() as session:
        if session.scalar(select(User.id).limit(1)):
            return None
        password = generate_password()
        create_user(
            session,
            app.audit,
            "system:setup",
            login="admin",
            name="Administrator",
            password=password,
            roles=list(ROLES),
            grants=dict.fromkeys(GRANTABLE, 3),
            language=app.settings.first_language,
            now=app.clock.now(),
        )
    return "admin", password
