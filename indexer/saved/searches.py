"""Saving, changing, sharing and deleting searches.

A shared search is its words and nothing more: whoever runs it finds what they themselves may see.
Who may read it is asked of the database each time, so a change of shares or roles acts at once.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from akta.access.accounts import find_user
from akta.access.models import User
from akta.access.principal import Principal
from akta.access.roles import ROLES, Right
from akta.audit.log import AuditLog
from akta.kernel.clock import Clock
from akta.kernel.errors import ConflictError, InvalidError, NotFoundError, StaleError
from akta.kernel.ids import new_id
from indexer.model import FACETS, SORTS
from indexer.query import ast, parse
from indexer.saved.models import SavedSearch, SearchNews, SearchShare, SearchWatch
from indexer.saved.people import person_of, roles_of

#: Searches of one person.
MOST_SEARCHES = 500
#: People and roles that one search is shared with.
MOST_SHARES = 100
#: How long a deleted search can be restored.
KEEP_DELETED = timedelta(days=30)
_LONGEST_NAME, _LONGEST_QUERY, _MOST_VALUES = 120, 2000, 20
_VALUE = re.compile(r"[\w.\-]{1,60}")
#: Facets that a query asks for under another name.
_ASKED_AS = {"year": "date", "month": "date"}


@dataclass(frozen=True, slots=True)
class SearchDraft:
    """What is saved: `facets` are the values chosen, by facet (any of a facet's values may fit)."""

    name: str
    query: str
    sort: str = "relevance"
    facets: Mapping[str, Sequence[str]] = field(default_factory=dict)


def text_of(query: str, facets: Mapping[str, Sequence[str]]) -> str:
    """The query with the chosen facets, as it can be typed. Raises InvalidError, QueryError."""
    narrowed = _narrowed(facets)
    parse(query)
    parse(narrowed)
    whole = compose(query, facets)
    # An open bracket or quotation mark would swallow the facets.
    if (
        narrowed
        and query.strip()
        and _parts(parse(whole)) != (*_parts(parse(query)), *_parts(parse(narrowed)))
    ):
        raise InvalidError("Close the brackets and quotation marks of the query first.")
    return whole


def compose(query: str, facets: Mapping[str, Sequence[str]]) -> str:
    """What `text_of` gives, without asking whether it still makes sense: types can be taken away."""
    narrowed = _narrowed(facets)
    return f"({query}) {narrowed}" if narrowed and query.strip() else narrowed or query


def _narrowed(facets: Mapping[str, Sequence[str]]) -> str:
    return " ".join(_chosen(name, values) for name, values in sorted(facets.items()) if values)


def _chosen(name: str, values: Sequence[str]) -> str:
    if name not in FACETS:
        raise InvalidError(f"There is no facet '{name}'. Facets: {', '.join(FACETS)}.")
    if len(values) > _MOST_VALUES or not all(_VALUE.fullmatch(v) for v in values):
        raise InvalidError(f"These are no values of the facet '{name}'.")
    asked = [f"{_ASKED_AS.get(name, name)}:{value}" for value in values]
    return asked[0] if len(asked) == 1 else f"({' OR '.join(asked)})"


def _parts(query: ast.Query) -> tuple[ast.Query, ...]:
    if isinstance(query, ast.And):
        return tuple(part for inner in query.parts for part in _parts(inner))
    return (query,)


def readable_by(session: Session, principal: Principal) -> ColumnElement[bool]:
    """The condition on `SavedSearch`: one's own, and those shared with one or with one of one's roles."""
    person = person_of(principal)
    shared = exists().where(
        SearchShare.search_id == SavedSearch.id,
        or_(
            and_(SearchShare.kind == "user", SearchShare.who == person),
            and_(SearchShare.kind == "role", SearchShare.who.in_(roles_of(session, person))),
        ),
    )
    return and_(SavedSearch.deleted_at.is_(None), or_(SavedSearch.owner == person, shared))


def get_search(session: Session, principal: Principal, search_id: str) -> SavedSearch:
    """A search that the principal owns or that is shared with them. Raises NotFoundError."""
    principal.require(Right.READ)
    found = session.scalars(
        select(SavedSearch).where(SavedSearch.id == search_id, readable_by(session, principal))
    ).first()
    if found is None:
        raise NotFoundError("There is no such saved search.", search=search_id)
    return found


def find_search(session: Session, principal: Principal, text: str) -> SavedSearch:
    """A search by its number or its name, one's own before those of others. Raises NotFoundError."""
    principal.require(Right.READ)
    wanted = text.strip()
    found = session.scalars(
        select(SavedSearch)
        .where(
            or_(SavedSearch.id == wanted.lower(), SavedSearch.name == wanted), readable_by(session, principal)
        )
        .order_by(SavedSearch.owner != person_of(principal), SavedSearch.id)
    ).first()
    if found is None:
        raise NotFoundError("There is no such saved search.", search=wanted[:120])
    return found


def list_searches(session: Session, principal: Principal) -> list[SavedSearch]:
    """One's own and those shared with one, by name."""
    principal.require(Right.READ)
    return list(
        session.scalars(
            select(SavedSearch)
            .where(readable_by(session, principal))
            .order_by(func.lower(SavedSearch.name), SavedSearch.id)
        )
    )


class SavedSearches:
    """What people do with the searches they keep; each act is one audit entry in the caller's transaction."""

    def __init__(self, audit: AuditLog, clock: Clock) -> None:
        self._audit = audit
        self._clock = clock

    def save(self, session: Session, principal: Principal, draft: SearchDraft) -> SavedSearch:
        """Keep a search under a name of one's own. Raises InvalidError, QueryError, ConflictError."""
        principal.require(Right.READ)
        person = person_of(principal)
        count = select(func.count()).where(SavedSearch.owner == person, SavedSearch.deleted_at.is_(None))
        if (session.scalar(count) or 0) >= MOST_SEARCHES:
            raise ConflictError(f"You have {MOST_SEARCHES} saved searches. Delete one first.")
        now = self._clock.now()
        made = SavedSearch(id=new_id(), owner=person, row_version=1, created_at=now, changed_at=now)
        _fill(made, draft)
        session.add(made)
        _flush_name(session, made)
        self._note(session, principal, "search.saved", made)
        return made

    def change(
        self,
        session: Session,
        principal: Principal,
        search_id: str,
        draft: SearchDraft,
        *,
        expected_version: int | None = None,
    ) -> SavedSearch:
        """Rename or change one's own. Raises NotFoundError, StaleError, InvalidError, ConflictError."""
        made = self._own(session, principal, search_id, expected_version)
        _fill(made, draft)
        self._changed(made)
        _flush_name(session, made)
        self._note(session, principal, "search.changed", made)
        return made

    def share(
        self,
        session: Session,
        principal: Principal,
        search_id: str,
        *,
        users: Sequence[str],
        roles: Sequence[str],
        expected_version: int | None = None,
    ) -> SavedSearch:
        """Say who else may run it: account names and roles, in place of those before.

        Whoever is left out loses it at once, with what they were told. Raises NotFoundError, StaleError,
        InvalidError.
        """
        made = self._own(session, principal, search_id, expected_version)
        if len(users) + len(roles) > MOST_SHARES:
            raise InvalidError(f"A search is shared with at most {MOST_SHARES} people and roles.")
        for role in roles:
            if role not in ROLES:
                raise InvalidError(f"There is no role '{role}'. Roles: {', '.join(ROLES)}.")
        wanted = {("user", find_user(session, login).id) for login in users} | {("role", r) for r in roles}
        wanted.discard(("user", made.owner))
        session.execute(delete(SearchShare).where(SearchShare.search_id == made.id))
        session.add_all(SearchShare(search_id=made.id, kind=kind, who=who) for kind, who in sorted(wanted))
        self._changed(made)
        session.flush()
        self._drop_watches_of_strangers(session, made)
        self._note(
            session,
            principal,
            "search.shared",
            made,
            users=sorted(who for kind, who in wanted if kind == "user"),
            roles=sorted(who for kind, who in wanted if kind == "role"),
        )
        return made

    def delete(
        self, session: Session, principal: Principal, search_id: str, *, expected_version: int | None = None
    ) -> SavedSearch:
        """Take it away from everybody; it can be restored for 30 days. Nobody is told meanwhile."""
        made = self._own(session, principal, search_id, expected_version)
        made.deleted_at = self._clock.now()
        self._changed(made)
        self._note(session, principal, "search.deleted", made)
        return made

    def restore(self, session: Session, principal: Principal, search_id: str) -> SavedSearch:
        """Take a deletion back, with shares and news. Raises NotFoundError, ConflictError."""
        made = self._own(session, principal, search_id, None, deleted=True)
        if made.deleted_at is None:
            return made
        made.deleted_at = None
        self._changed(made)
        _flush_name(session, made)
        self._note(session, principal, "search.restored", made)
        return made

    def prune(self, session: Session) -> int:
        """Remove for good what was deleted 30 days ago; returns how many."""
        due = select(SavedSearch.id).where(SavedSearch.deleted_at < self._clock.now() - KEEP_DELETED)
        ids = session.scalars(due.limit(500)).all()
        for model in (SearchNews, SearchWatch, SearchShare):
            session.execute(delete(model).where(model.search_id.in_(ids)))
        session.execute(delete(SavedSearch).where(SavedSearch.id.in_(ids)))
        return len(ids)

    # -- parts -------------------------------------------------------------

    def _own(
        self,
        session: Session,
        principal: Principal,
        search_id: str,
        expected_version: int | None,
        *,
        deleted: bool = False,
    ) -> SavedSearch:
        principal.require(Right.READ)
        own = select(SavedSearch).where(
            SavedSearch.id == search_id, SavedSearch.owner == person_of(principal)
        )
        if not deleted:
            own = own.where(SavedSearch.deleted_at.is_(None))
        made = session.scalars(own.with_for_update().execution_options(populate_existing=True)).first()
        if made is None:
            if not deleted:
                get_search(session, principal, search_id)  # not there, or somebody else's
                raise ConflictError("Only its owner can change this search. Save one of your own.")
            raise NotFoundError("There is no such saved search.", search=search_id)
        if expected_version is not None and made.row_version != expected_version:
            raise StaleError(
                "This search was changed meanwhile. Load it again and repeat your change.",
                version=made.row_version,
            )
        return made

    def _changed(self, made: SavedSearch) -> None:
        made.row_version += 1
        made.changed_at = self._clock.now()

    def _drop_watches_of_strangers(self, session: Session, made: SavedSearch) -> None:
        shares = session.execute(
            select(SearchShare.kind, SearchShare.who).where(SearchShare.search_id == made.id)
        ).all()
        people = {made.owner} | {who for kind, who in shares if kind == "user"}
        roles = {who for kind, who in shares if kind == "role"}
        for person in session.scalars(select(SearchWatch.person).where(SearchWatch.search_id == made.id)):
            if person not in people and not roles & set(roles_of(session, person)):
                for model in (SearchNews, SearchWatch):
                    session.execute(delete(model).where(model.search_id == made.id, model.person == person))

    def _note(
        self, session: Session, principal: Principal, action: str, made: SavedSearch, **details: Any
    ) -> None:
        # The words of the query stay out of the log: they may name people, and it is kept for good.
        self._audit.append(
            session,
            at=self._clock.now(),
            actor=principal.actor,
            action=action,
            subject=f"search:{made.id}",
            details=details,
        )


def _fill(made: SavedSearch, draft: SearchDraft) -> None:
    name = " ".join(draft.name.split())
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise InvalidError(f"A saved search needs a name of at most {_LONGEST_NAME} characters.")
    if draft.sort not in SORTS:
        raise InvalidError(f"There is no order '{draft.sort}'. Orders: {', '.join(SORTS)}.")
    if len(draft.query) > _LONGEST_QUERY:
        raise InvalidError(f"A saved query has at most {_LONGEST_QUERY} characters.")
    facets = {facet: list(dict.fromkeys(values)) for facet, values in draft.facets.items() if values}
    if not draft.query.strip() and not facets:
        raise InvalidError("There is nothing to save: type a query first.")
    text_of(draft.query, facets)
    made.name, made.query, made.sort, made.facets = name, draft.query.strip(), draft.sort, facets


def _flush_name(session: Session, made: SavedSearch) -> None:
    """Write the row; two of one person's searches with the same name are refused."""
    name = made.name  # after a failed flush it cannot be asked for
    try:
        session.flush()
    except IntegrityError as error:
        raise ConflictError(f"You have a saved search '{name}' already.") from error


def as_data(session: Session, principal: Principal, made: SavedSearch) -> dict[str, Any]:
    """A search as plain data. With whom it is shared is told to its owner alone."""
    person = person_of(principal)
    mine = made.owner == person
    told: dict[str, Any] = {
        "id": made.id,
        "version": made.row_version,
        "name": made.name,
        "query": made.query,
        "sort": made.sort,
        "facets": made.facets,
        "text": compose(made.query, made.facets),
        "mine": mine,
        "owner": None if mine else session.scalar(select(User.name).where(User.id == made.owner)),
        "created_at": made.created_at.isoformat(),
        "changed_at": made.changed_at.isoformat(),
    }
    shares = session.execute(
        select(SearchShare.kind, SearchShare.who).where(SearchShare.search_id == made.id)
    ).all()
    if mine:
        ids = [who for kind, who in shares if kind == "user"]
        told["users"] = list(session.scalars(select(User.login).where(User.id.in_(ids)).order_by(User.login)))
        told["roles"] = sorted(who for kind, who in shares if kind == "role")
    return told
