"""The tree of document types: those that come with Akta, and those that an officer defined."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from akta.access.roles import DOMAINS

_TABLE: Final = Path(__file__).with_name("types.txt")
_DEEPEST: Final = 6


@dataclass(frozen=True, slots=True)
class DocType:
    """`code` is what is stored; `en` and `pl` are shown and used in titles.

    `parent` is the type it is a finer kind of, None for a topmost one. `active` says whether
    papers are still given it. `own` types were defined by an officer: `definition` is that as
    plain data, `version` its number. `class_code` and `confidentiality` are None where the file
    plan or the parent decides.
    """

    code: str
    domain: str
    en: str
    pl: str
    parent: str | None = None
    active: bool = True
    own: bool = False
    version: int = 0
    class_code: str | None = None
    confidentiality: int | None = None
    definition: Mapping[str, Any] = field(default_factory=dict, compare=False)


class TypeTree:
    """All types by code, immutable. `stamp` tells one state of the definitions from another."""

    def __init__(self, types: Iterable[DocType], stamp: str | None = None) -> None:
        self.types: Final[Mapping[str, DocType]] = {t.code: t for t in types}
        self.stamp: Final = stamp
        self._below: dict[str, tuple[str, ...]] = {}
        for code in self.types:
            for above in self.path(code)[1:]:
                self._below[above] = (*self._below.get(above, ()), code)

    def get(self, code: str | None) -> DocType | None:
        return self.types.get(code or "")

    def path(self, code: str) -> tuple[str, ...]:
        """The type itself, its parent, and so on up to the topmost one."""
        out = [code]
        while (found := self.types.get(out[-1])) is not None and found.parent and len(out) < _DEEPEST:
            out.append(found.parent)
        return tuple(out)

    def top(self, code: str) -> str:
        """The topmost type above a type, itself if it has no parent."""
        return self.path(code)[-1]

    def below(self, code: str) -> tuple[str, ...]:
        """The finer kinds of a type, at any depth."""
        return self._below.get(code, ())

    def tops(self) -> list[DocType]:
        """The types without a parent."""
        return [t for t in self.types.values() if t.parent is None]

    def given(self, code: str) -> bool:
        """Whether papers are given this type: neither it nor a type above it is disabled."""
        return code in self.types and all(self.types[c].active for c in self.path(code) if c in self.types)

    def placed(self, code: str) -> tuple[str, str | None]:
        """How a type is kept on a record: the topmost code, and the finer one if it is another."""
        top = self.top(code)
        return top, (code if code != top else None)


@lru_cache(maxsize=1)
def shipped() -> TypeTree:
    """The types that come with Akta. Raises ValueError on a line of unknown form."""
    types: dict[str, DocType] = {}
    for line in _TABLE.read_text("utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        head, en, pl = (part.strip() for part in line.split("|"))
        above, code = head.split()
        if code in types or (above not in DOMAINS and above not in types):
            raise ValueError(f"bad line in the table of document types: {line!r}")
        parent = None if above in DOMAINS else above
        types[code] = DocType(code, types[above].domain if parent else above, en, pl, parent)
    return TypeTree(types.values())
