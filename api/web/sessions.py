"""Sessions as pages list them."""

from typing import Any

from sqlalchemy.orm import Session

from akta.access import signed_in
from api.web.session import Visit


def sessions_shown(session: Session, visit: Visit, user_id: str) -> list[dict[str, Any]]:
    """A person's sessions, with `here` at the one that the page is asked for in."""
    return [
        {
            "number": signed_in.number_of(row),
            "browser": row.browser,
            "created_at": row.created_at,
            "seen_at": row.seen_at,
            "here": signed_in.is_of(row, visit.secret),
        }
        for row in signed_in.list_sessions(session, user_id, visit.app.clock.now())
    ]
