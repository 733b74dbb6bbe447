"""Which fields are sensitive, by the type of the paper: what a person earns, who they are, what ails them."""

from functools import lru_cache
from pathlib import Path
from typing import Final

from akta.access.roles import DOMAINS
from akta.records.doctypes.tree import TypeTree, shipped

_TABLE: Final = Path(__file__).with_name("sensitive.txt")
_EVERYWHERE: Final = "*"


@lru_cache(maxsize=1)
def _table() -> dict[str, frozenset[str]]:
    """The fields by place: `*`, a domain, a type. Raises ValueError for a place that there is not."""
    found: dict[str, frozenset[str]] = {}
    for line in _TABLE.read_text("utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        place, _, names = line.partition(":")
        if place not in (_EVERYWHERE, *DOMAINS) and shipped().get(place) is None:
            raise ValueError(f"bad line in the table of sensitive fields: {line!r}")
        found[place] = found.get(place, frozenset()) | frozenset(names.split())
    return found


@lru_cache(maxsize=4096)
def sensitive_fields(code: str | None, domain: str | None, tree: TypeTree) -> frozenset[str]:
    """The sensitive fields of a paper of this type and domain, either None where it is not known.

    A type has those of the types above it. A field that came with an officer's type is sensitive on every
    paper if one type says so: papers that are given another type keep it.
    """
    table = _table()
    names = table[_EVERYWHERE] | table.get(domain or "", frozenset())
    for above in tree.path(code) if code else ():
        known = tree.get(above)
        names |= table.get(above, frozenset())
        if known is not None:
            names |= table.get(known.domain, frozenset())
            names |= {f["name"] for f in known.definition.get("fields", ()) if f.get("sensitive")}
    return names | _own(tree)


@lru_cache(maxsize=8)
def _own(tree: TypeTree) -> frozenset[str]:
    """The fields that came with officers' types and that one of these says are sensitive."""
    fields = [f for t in tree.types.values() for f in t.definition.get("fields", ())]
    own = {f["name"] for f in fields if "type" in f}
    return frozenset(f["name"] for f in fields if f.get("sensitive") and f["name"] in own)


@lru_cache(maxsize=8)
def all_sensitive(tree: TypeTree) -> frozenset[str]:
    """The fields that are sensitive on some paper."""
    fields = (f for t in tree.types.values() for f in t.definition.get("fields", ()))
    own = frozenset(f["name"] for f in fields if f.get("sensitive"))
    return own.union(*_table().values())


@lru_cache(maxsize=1024)
def places_of(name: str, tree: TypeTree) -> tuple[bool, frozenset[str], frozenset[str]]:
    """Where a field is sensitive: on every paper; else in these domains, and on these types."""
    if name in _table()[_EVERYWHERE] | _own(tree):
        return True, frozenset(), frozenset()
    domains = {domain for domain in DOMAINS if name in _table().get(domain, ())}
    types = {
        code
        for code, known in tree.types.items()
        if known.domain not in domains and name in sensitive_fields(code, None, tree)
    }
    return False, frozenset(domains), frozenset(types)
