"""Leaving for the provider and coming back: whose account it is, and whether it may come in.

As at the door for passwords, each step opens its own transaction: a refusal is kept although it is one.
"""

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from akta.access import accounts, sessions
from akta.access.models import Grant, IdentityLink, SpentSignIn, User
from akta.access.oidc.answers import Answer, Back, Left
from akta.access.oidc.links import add_link, find_link, links_of
from akta.access.oidc.options import Access, access_of, asserts_factor, named_groups
from akta.access.oidc.provider import Identity, Provider
from akta.access.oidc.refusals import ProviderRefusedError, Refusals, refused
from akta.access.oidc.ticket import TICKET_LIFE, Ticket, Tickets
from akta.access.oidc.tokens import SKEW, TokenRefusedError
from akta.access.roles import Right, rights_of
from akta.access.sessions import How
from akta.access.signing_in import CodeNeeded, Opened, SignIns, Visitor
from akta.audit.log import AuditLog
from akta.db.engine import Database
from akta.kernel.clock import Clock
from akta.kernel.errors import ConflictError, InvalidError, NotFoundError

_ACTOR = "system:provider"


class ProviderSignIns:
    """The door that a provider keeps."""

    def __init__(
        self,
        database: Database,
        audit: AuditLog,
        clock: Clock,
        sign_ins: SignIns,
        provider: Provider,
        key: bytes,
    ) -> None:
        self._database = database
        self._audit = audit
        self._clock = clock
        self._sign_ins = sign_ins
        self.provider = provider
        self._tickets = Tickets(key)
        self._refusals = Refusals(audit)

    def leave(self, target: str, person: str = "") -> Left:
        """Send somebody to the provider; `person` is the account that is to prove anew who it is.

        Raises ProviderDownError.
        """
        ticket = self._tickets.new(target, self._clock.now(), person)
        return Left(self.provider.leave(ticket, anew=bool(person)), self._tickets.seal(ticket))

    def come_back(self, cookie: str, answer: Answer, visitor: Visitor) -> Back:
        """Let somebody in whom the provider vouches for. Raises ProviderRefusedError, ProviderDownError.

        Raises ThrottledError after too many refusals from one address.
        """
        now = self._clock.now()
        ticket = self._tickets.open(cookie, now)
        ours = ticket is not None and hmac.compare_digest(ticket.state.encode(), answer.state.encode())
        try:
            if ticket is None or not ours:
                raise refused("state")
            with self._database.read() as session:
                if self._refusals.too_many(session, visitor.origin, now, ours=True):
                    raise accounts.ThrottledError(
                        "Too many failed attempts. Wait a quarter of an hour and try again."
                    )
            identity = self._identity(answer, ticket, now)
            return Back(self._admit(identity, ticket, visitor, now), ticket.target)
        except ProviderRefusedError as error:
            self._keep(error, visitor, now, ours=ours)
            raise

    def _identity(self, answer: Answer, ticket: Ticket, now: datetime) -> Identity:
        try:
            self.provider.check_answer(answer.issuer)
            if answer.error:
                raise refused("cancelled" if answer.error == "access_denied" else "error")
            if not answer.code:
                raise refused("code")
            return self.provider.identity(answer.code, ticket, int(now.timestamp()))
        except TokenRefusedError as error:
            raise refused(error.why) from error

    def _keep(self, error: ProviderRefusedError, visitor: Visitor, now: datetime, *, ours: bool) -> None:
        with self._database.write() as session:
            why, user_id = str(error.params["why"]), error.params.get("user")
            self._refusals.note(session, why, visitor.origin, now, ours=ours, user_id=user_id)

    # -- whose account ---------------------------------------------------------

    def _admit(
        self, identity: Identity, ticket: Ticket, visitor: Visitor, now: datetime
    ) -> Opened | CodeNeeded | None:
        seen = _seen_at(identity.claims, now)
        with self._database.write() as session:
            self._spend(session, ticket, now)
        if ticket.person:
            self._prove(identity, ticket, visitor, seen)
            return None
        stripped = False
        try:
            with self._database.write() as session:
                link = self._link(session, identity, now)
                user = session.get_one(User, link.user_id, with_for_update=True, populate_existing=True)
                if not user.active:
                    raise _of(refused("inactive"), user)
                if link.follows_groups:
                    stripped = self._follow(session, user, identity.claims, now)
                if not stripped:
                    link.used_at = now
                    factor = asserts_factor(self.provider.options, identity.claims)
                    return self._sign_ins.admit(session, user, visitor, How(True, seen, factor))
        except IntegrityError as error:  # the same person, new here, in two windows at one moment
            raise refused("raced") from error
        except _LastAdministratorError as error:
            raise _of(refused("last_administrator"), error.user) from error
        # Whoever is in no group any more has lost roles and sessions by now, and that is kept.
        raise _of(refused("groups"), user)

    def _spend(self, session: Session, ticket: Ticket, now: datetime) -> None:
        """Take the journey once: an answer that comes again opens nothing, whatever the provider thinks."""
        session.execute(delete(SpentSignIn).where(SpentSignIn.expires_at <= now))
        number = sha256(ticket.state.encode()).hexdigest()
        if session.get(SpentSignIn, number) is not None:
            raise refused("replayed")
        session.add(SpentSignIn(id=number, expires_at=now + 2 * TICKET_LIFE))
        try:
            session.flush()
        except IntegrityError as error:  # both came at the same moment
            raise refused("replayed") from error

    def _prove(self, identity: Identity, ticket: Ticket, visitor: Visitor, seen: datetime | None) -> None:
        """Note in the session that the provider asked anew who its person is."""
        if seen is None or seen.timestamp() < ticket.begun - SKEW:
            raise refused("not_fresh")
        with self._database.write() as session:
            link = find_link(session, self.provider.options.issuer, identity.subject)
            found = sessions.find_session(session, visitor.session or "", self._clock.now())
            here = found and found[0].user_id == ticket.person
            if link is None or link.user_id != ticket.person or not found or not here:
                raise refused("other_person")
            found[0].proved_at = seen

    def _link(self, session: Session, identity: Identity, now: datetime) -> IdentityLink:
        """The person's link, made now if the settings let it be. Raises ProviderRefusedError."""
        o = self.provider.options
        found = find_link(session, o.issuer, identity.subject)
        if found is not None:
            return found
        user = self._match(session, identity.claims)
        follows = False
        if user is None and o.create:
            user, follows = self._create(session, identity, now), True
        if user is None:
            raise refused("unknown", identity.subject)
        if not user.active:
            raise _of(refused("inactive"), user)
        return add_link(
            session,
            self._audit,
            _ACTOR,
            user,
            issuer=o.issuer,
            subject=identity.subject,
            follows_groups=follows,
            now=now,
        )

    def _match(self, session: Session, claims: Mapping[str, Any]) -> User | None:
        """The account that the rule of the settings names.

        Never by an address that the provider has not verified, never one that is linked already, and never
        one that manages people: those are linked by hand.
        """
        o = self.provider.options
        value = claims.get(o.match_claim) if o.match_claim else None
        if not isinstance(value, str) or (
            o.match_claim == "email" and claims.get("email_verified") is not True
        ):
            return None
        user = _named(session, value)
        if user is None or Right.USERS in rights_of(user.roles):
            return None
        return None if any(one.issuer == o.issuer for one in links_of(session, user.id)) else user

    def _create(self, session: Session, identity: Identity, now: datetime) -> User:
        """An account for somebody new whose groups open something. Raises ProviderRefusedError."""
        access = self._access(identity.claims)
        if not access.roles:
            raise refused("groups")
        login = _login_for(identity)
        if _named(session, login) is not None:
            raise refused("taken", identity.subject)
        name = identity.claims.get("name")
        try:
            return accounts.create_user(
                session,
                self._audit,
                _ACTOR,
                login=login,
                name=_clean(name)[:120] if isinstance(name, str) else login,
                password=None,
                roles=access.roles,
                grants=access.grants,
                language=self.provider.options.language,
                now=now,
            )
        except (InvalidError, ConflictError) as error:
            raise refused("unknown", identity.subject) from error

    def _access(self, claims: Mapping[str, Any]) -> Access:
        groups = named_groups(self.provider.options, claims)
        if groups is None:
            raise refused("no_groups")
        return access_of(self.provider.options.groups, groups)

    def _follow(self, session: Session, user: User, claims: Mapping[str, Any], now: datetime) -> bool:
        """Give the person what their groups give, and nothing else; True if that is nothing."""
        try:
            access = self._access(claims)
        except ProviderRefusedError as error:
            raise _of(error, user) from error
        grants = select(Grant.domain, Grant.level).where(Grant.user_id == user.id)
        held = {row.domain: row.level for row in session.execute(grants)}
        wanted = dict(access.grants) if access.roles else {}
        changed = {d: wanted.get(d, 0) for d in {*held, *wanted} if held.get(d, 0) != wanted.get(d, 0)}
        if changed or set(user.roles) != set(access.roles):
            try:
                accounts.change_access(
                    session,
                    self._audit,
                    _ACTOR,
                    user.login,
                    now=now,
                    roles=access.roles,
                    grants=changed,
                )
            except ConflictError as error:
                raise _LastAdministratorError(user) from error
        if not access.roles:
            accounts.end_sessions(session, user.id)
        return not access.roles


class _LastAdministratorError(Exception):
    def __init__(self, user: User) -> None:
        super().__init__(user.id)
        self.user = user


def _of(error: ProviderRefusedError, user: User) -> ProviderRefusedError:
    error.params["user"] = user.id
    return error


def _seen_at(claims: Mapping[str, Any], now: datetime) -> datetime | None:
    """When the provider asked the person who they are, as it says; never later than now."""
    told = claims.get("auth_time")
    if not isinstance(told, int | float) or isinstance(told, bool) or not 0 < told <= now.timestamp() + SKEW:
        return None
    return min(datetime.fromtimestamp(told, UTC), now)


def _login_for(identity: Identity) -> str:
    """What an account is called that is made for somebody: as at the provider, else the identifier."""
    claims = identity.claims
    told = claims.get("preferred_username")
    if not isinstance(told, str) or len(_clean(told)) < 2:
        told = claims.get("email") if claims.get("email_verified") is True else None
    made = _clean(told) if isinstance(told, str) else ""
    return "".join((made or identity.subject).lower().split())[:80]


def _clean(text: str) -> str:
    return "".join(c for c in text if c.isprintable()).strip()


def _named(session: Session, login: str) -> User | None:
    try:
        return accounts.find_user(session, login)
    except NotFoundError:
        return None
