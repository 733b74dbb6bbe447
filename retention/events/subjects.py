"""What an event can be about, and who may know of it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.access.roles import Right
from akta.kernel.errors import InvalidError, NotFoundError
from akta.records.cases import find_case, visible_cases
from akta.records.models import Case, Party, Record, RecordClass, RecordParty
from akta.records.parties.visible import may_see, root_of
from akta.records.visibility import get_visible
from retention.events.models import SUBJECTS, BusinessEvent
from retention.keeping.models import LegalEntity

_WRITTEN: Final = "record:…, case:…, party:…, class:… or entity:…"


class NoSubjectError(InvalidError):
    """An event that is about nothing would be about everything: it is refused."""

    code = "subject_needed"


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject that exists and that the principal may know of."""

    kind: str
    id: str


@dataclass(slots=True)
class Subjects:
    """Finds subjects by what people write; remembers what it found, so that a file asks for each once."""

    session: Session
    principal: Principal
    _found: dict[str, Subject] = field(default_factory=dict)

    def named(self, text: str) -> Subject:
        """The subject of `case:employee/1234` and the like.

        Raises NoSubjectError if none is named, InvalidError, NotFoundError.
        """
        wanted = text.strip()
        if wanted not in self._found:
            kind, colon, name = wanted.partition(":")
            if not colon or kind not in SUBJECTS or not name.strip():
                raise NoSubjectError(f"Say what the event is about: {_WRITTEN}.")
            self._found[wanted] = self.of(kind, name.strip())
        return self._found[wanted]

    def of(self, kind: str, name: str) -> Subject:
        """The subject of a kind by its number or name. Raises as `named`."""
        if kind not in SUBJECTS or not name.strip():
            raise NoSubjectError(f"Say what the event is about: {_WRITTEN}.")
        match kind:
            case "record":
                return Subject(kind, get_visible(self.session, self.principal, name.lower()).id)
            case "case":
                return Subject(kind, find_case(self.session, self.principal, name).id)
            case "party":
                return Subject(kind, self._party(name))
            case "class":
                return Subject(kind, self._class(name))
            case _:
                return Subject(kind, self._entity(name))

    def _party(self, name: str) -> str:
        prefix, slash, number = name.partition("/")
        if prefix == "nip" and slash:
            digits = "".join(c for c in number.upper() if c.isalnum()).removeprefix("PL")
            leaf = self.session.scalar(select(Party.id).where(Party.nip == digits).order_by(Party.id))
            if leaf is None:
                raise NotFoundError("There is no such party.", party=name[:40])
            return root_of(self.session, self.principal, leaf).id
        return root_of(self.session, self.principal, name.lower()).id

    def _class(self, name: str) -> str:
        query = select(RecordClass.code).where(RecordClass.current, RecordClass.code == name.upper())
        code = self.session.scalar(query.where(visible_classes(self.principal)))
        if code is None:
            raise NotFoundError("There is no such class.", subject=name[:40])
        return code

    def _entity(self, name: str) -> str:
        digits = "".join(c for c in name if c.isdigit())
        query = select(LegalEntity.id).where(
            or_(LegalEntity.id == name.lower(), and_(LegalEntity.nip == digits, LegalEntity.nip != ""))
        )
        found = self.session.scalar(query)
        if found is None:
            raise NotFoundError("There is no such legal entity.", subject=name[:40])
        return found


def visible_classes(principal: Principal) -> ColumnElement[bool]:
    """The condition on `RecordClass` for those in whose domain the principal sees anything of its level."""
    granted: Iterable[ColumnElement[bool]] = (
        and_(RecordClass.domain == domain, RecordClass.confidentiality <= level)
        for domain, level in principal.levels.items()
    )
    return or_(false(), *granted)


def visible_events(principal: Principal) -> ColumnElement[bool]:
    """The condition on `BusinessEvent` for those about something that the principal may know of."""
    if Right.READ not in principal.rights:
        return false()
    kind, subject = BusinessEvent.subject_kind, BusinessEvent.subject_id
    named = (
        select(RecordParty.record_id)
        .join(Record, Record.id == RecordParty.record_id)
        .join(Party, Party.id == RecordParty.party_id)
        .where(Party.root_id == subject, may_see(principal))
    )
    return or_(
        and_(kind == "record", select(Record.id).where(Record.id == subject, may_see(principal)).exists()),
        and_(kind == "case", select(Case.id).where(Case.id == subject, visible_cases(principal)).exists()),
        and_(kind == "party", named.exists()),
        and_(
            kind == "class",
            select(RecordClass.id)
            .where(RecordClass.code == subject, RecordClass.current, visible_classes(principal))
            .exists(),
        ),
        kind == "entity",
    )
