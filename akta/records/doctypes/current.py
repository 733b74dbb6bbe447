"""The types as they now stand: kept by each process, looked up anew when a definition changed.

The edges (request, job, command) call `refresh` with their session; it asks for one row and
reads the definitions only where that row is another. A tree is immutable and swapped as a
whole, so threads that look meanwhile see the old or the new one.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from akta.records.doctypes.tree import DocType, TypeTree, shipped
from akta.records.models import DocumentType

# Asked with every request, so made once.
_NEWEST = select(DocumentType.id).order_by(DocumentType.revision.desc()).limit(1)
_current: TypeTree | None = None


def current() -> TypeTree:
    """The tree that this process looked up last; before that, the shipped one."""
    return _current if _current is not None else shipped()


def use(tree: TypeTree | None) -> None:
    """Have `current` answer with this tree (None: the shipped one), in a child that has no database."""
    global _current
    _current = tree


def refresh(session: Session) -> TypeTree:
    """The tree as it stands in the database, for this process from now on."""
    stamp = session.scalar(_NEWEST)
    if current().stamp != stamp:
        use(stored_tree(session, stamp))
    return current()


def stored_tree(session: Session, stamp: str | None) -> TypeTree:
    """The shipped types and the definitions in the database, with what was disabled."""
    types = dict(shipped().types)
    rows = session.scalars(select(DocumentType).where(DocumentType.current).order_by(DocumentType.code))
    own = {row.code: row for row in rows}
    for code, row in own.items():
        if code in types:
            types[code] = _disabled(types[code]) if not row.active else types[code]
            continue
        data = row.definition
        types[code] = DocType(
            code,
            _domain(code, own),
            data["name"]["en"],
            data["name"]["pl"],
            data.get("parent"),
            row.active,
            True,
            row.version,
            data.get("class"),
            data.get("confidentiality"),
            data,
        )
    return TypeTree(types.values(), stamp)


def _disabled(shipped_type: DocType) -> DocType:
    return DocType(
        shipped_type.code, shipped_type.domain, shipped_type.en, shipped_type.pl, shipped_type.parent, False
    )


def _domain(code: str, own: dict[str, DocumentType]) -> str:
    """Its own, or that of the nearest type above that has one."""
    for _ in range(len(own) + 1):
        known = shipped().get(code)
        if known is not None:
            return known.domain
        if code not in own:
            break
        data = own[code].definition
        if data.get("domain"):
            return str(data["domain"])
        code = str(data["parent"])
    return "other"
