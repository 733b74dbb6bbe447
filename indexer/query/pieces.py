"""A query as the pieces that all have to fit: what a list of facets puts in and takes out again.

The text stays as it was typed but for the piece that changes, so whoever typed it knows it again.
"""

import re
from dataclasses import dataclass, replace

from indexer.analysis import fold
from indexer.query.ast import Exact, Field, Or, Query
from indexer.query.names import FIELDS, values_of
from indexer.query.parser import AND, NOT, OR, QUOTES, Lexeme, QueryError, lex, parse

_FIELD = re.compile(r"([^\W\d]\w*):(.*)", re.DOTALL)
_SIGNS = "<>=≤≥"


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece: its text as typed without signs and words of denial, what it means, and its lexemes."""

    text: str
    negated: bool
    tree: Query
    lexemes: tuple[Lexeme, ...]

    @property
    def typed(self) -> str:
        return f"-{self.text}" if self.negated else self.text


def closed(text: str) -> str:
    """The query with its last quotation mark and brackets closed, and closing ones too many left out."""
    depth, kept, at = 0, [], 0
    items = lex(text)
    for item in items:
        if item.kind == "close" and depth == 0:
            kept.append(text[at : item.at] + " ")
            at = item.end
        else:
            depth += {"open": 1, "close": -1}.get(item.kind, 0)
    made = ("".join(kept) + text[at:]).lstrip()
    if items and items[-1].kind == "phrase" and sum(c in QUOTES for c in text[items[-1].at :]) == 1:
        made += '"'
    return made.rstrip() + ")" * depth


def pieces(text: str) -> list[Piece] | None:
    """The pieces that all have to fit; None where `OR` stands between them."""
    text = closed(text)
    items = lex(text)
    found: list[Piece] = []
    at = 0
    while at < len(items):
        start, denied = at, False
        while at < len(items) and items[at].is_word(NOT):
            denied, at = not denied, at + 1
        if at == len(items):
            break
        if items[at].is_word(OR):
            return None
        if items[at].is_word(AND):
            at += 1
            continue
        first = at
        at = _end(items, at)
        run = items[first:at]
        raw = text[run[0].at : run[-1].end]
        bare = raw.lstrip("-!+")
        signs = raw[: len(raw) - len(bare)]
        denied = denied != (bool(signs) and "+" not in signs)
        lexemes = (replace(run[0], text=run[0].text.lstrip("-!+"), negated=False), *run[1:])
        if bare and start < at:
            found.append(Piece(bare, denied, _tree(bare), lexemes))
    return found


def _tree(text: str) -> Query:
    """What a piece asks for; an empty Or if by itself it is wrong or asks for nothing, such as `%%%`."""
    try:
        return parse(text)
    except QueryError:
        return Or(())


def _end(items: list[Lexeme], at: int) -> int:
    """Where the piece that begins here ends."""
    item = items[at]
    if item.kind == "open":
        depth = 0
        for index in range(at, len(items)):
            depth += {"open": 1, "close": -1}.get(items[index].kind, 0)
            if depth == 0:
                return index + 1
        return len(items)
    match = _FIELD.fullmatch(item.text.lstrip("-!+")) if item.kind == "word" else None
    if match and from_name(match[1]) and not match[2].strip(_SIGNS) and at + 1 < len(items):
        following = items[at + 1]
        if following.name is None and (following.kind == "phrase" or _is_value(following)):
            return at + 2
    return at + 1


def _is_value(item: Lexeme) -> bool:
    return item.kind == "word" and ":" not in item.text and not item.is_word((*AND, *OR, *NOT))


def from_name(name: str) -> Field | None:
    """The field that a typed name means."""
    return FIELDS.get(fold(name))


def field_and_value(piece: Piece) -> tuple[str, str] | None:
    """A piece of the form `name:value` or `name:"value"` as the two, as typed; None for any other."""
    if len(piece.lexemes) == 2 and piece.lexemes[0].kind == "word":
        name, _, signs = piece.lexemes[0].text.partition(":")
        return name, signs + piece.lexemes[1].text
    if len(piece.lexemes) != 1:
        return None
    item = piece.lexemes[0]
    if item.kind == "phrase":
        return (item.name, item.text) if item.name else None
    match = _FIELD.fullmatch(item.text)
    return (match[1], match[2]) if match and from_name(match[1]) else None


def _choice(piece: Piece) -> tuple[Field, tuple[str, ...]] | None:
    """The field and the codes of a piece that chooses values of a facet."""
    if piece.negated:
        return None
    if isinstance(piece.tree, Or) and piece.lexemes[0].kind == "open" and piece.lexemes[0].name:
        inner = [i for i in piece.lexemes[1:-1] if not i.is_word(OR)]
        field = from_name(piece.lexemes[0].name)
        exact = all(isinstance(part, Exact) and part.field == field for part in piece.tree.parts)
        typed = [i.text for i in inner] if exact and field else []
    else:
        field = piece.tree.field if isinstance(piece.tree, Exact) else None
        said = field_and_value(piece)
        typed = said[1].split(",") if said and field else []
    if field is None or not typed or any("*" in t for t in typed):
        return None
    if field in ("year", "month") and isinstance(piece.tree, Exact):
        return field, piece.tree.values
    codes = (values_of(field, t)[:1] for t in typed)
    return field, tuple(dict.fromkeys(code for found in codes for code in found))


class Chooser:
    """What values of keyword fields a query chooses, and the query with others; it is read once for all."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._pieces = pieces(text)
        self._choices = [_choice(piece) for piece in self._pieces or ()]
        found: dict[Field, tuple[str, ...]] = {}
        for field, codes in (choice for choice in self._choices if choice):
            found[field] = (*found.get(field, ()), *codes)
        #: The values by field, several of a field being either of them.
        self.chosen = {field: tuple(dict.fromkeys(codes)) for field, codes in found.items()}

    def choose(self, field: Field, codes: tuple[str, ...], name: str = "") -> str:
        """The query with exactly these values of a field chosen; none takes the field out.

        A field that is there keeps its place; a new one is called by `name`.
        """
        said = f"{name or field}:{','.join(codes)}" if codes else ""
        if self._pieces is None:
            return f"({closed(self._text)}) {said}" if said else self._text
        kept: list[str] = []
        for piece, choice in zip(self._pieces, self._choices, strict=True):
            if choice is None or choice[0] != field:
                kept.append(piece.typed)
            elif said:
                kept.append(said)
                said = ""
        return " ".join((*kept, said) if said else kept)

    def toggle(self, field: Field, code: str, name: str = "") -> str:
        """The query with one value of a field chosen, or not chosen any more."""
        now = self.chosen.get(field, ())
        codes = tuple(c for c in now if c != code) if code in now else (*now, code)
        return self.choose(field, codes, name)


def begun(text: str) -> str | None:
    """The query with its last word as a beginning (`fakt*`), for while it is typed; None without one."""
    items = lex(text)
    last = items[-1] if items else None
    if last is None or last.kind != "word" or last.end != len(text) or not last.text.isalpha():
        return None
    return f"{text}*" if len(last.text) > 1 and not last.is_word((*AND, *OR, *NOT)) else None
