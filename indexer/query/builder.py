"""A query as a form shows it: words, a phrase, what must not be there, fields with values.

`read` takes a query apart as far as a form can show it, `write` puts it together; what the form
has no place for stays as it is in `rest`, so nothing typed is ever lost.
"""

from dataclasses import dataclass, field
from typing import Final

from indexer.query.ast import Field, Or, Phrase, Query, Term
from indexer.query.parser import OR, QUOTES, lex
from indexer.query.pieces import Piece, closed, field_and_value, from_name, pieces

#: Fields of the form with their names in English and in Polish, as the query has them.
FORM_FIELDS: Final[dict[Field, tuple[str, str]]] = {
    "party": ("party", "kontrahent"),
    "title": ("title", "tytuł"),
    "number": ("number", "numer"),
    "type": ("type", "typ"),
    "domain": ("domain", "dziedzina"),
    "state": ("state", "stan"),
    "date": ("date", "data"),
    "due": ("due", "termin"),
    "received": ("received", "przyjęto"),
    "keep": ("keep", "przechować"),
    "total": ("total", "kwota"),
    "amount": ("amount", "kwoty"),
    "currency": ("currency", "waluta"),
    "class": ("class", "klasa"),
    "language": ("language", "język"),
    "channel": ("channel", "kanał"),
    "hold": ("hold", "wstrzymane"),
    "confidence": ("confidence", "pewność"),
    "file": ("file", "plik"),
}
RANGED: Final = ("date", "due", "received", "keep", "total", "amount", "confidence")
#: What a row may say of its field; the last five only of a field with a range.
OPERATORS: Final = ("is", "not", "from", "to", "over", "under", "between")
_SIGN: Final = {"from": ">=", "to": "<=", "over": ">", "under": "<"}
_READ: Final = {">=": "from", "=>": "from", "≥": "from", "<=": "to", "=<": "to", "≤": "to"}
_READ_SHORT: Final = {">": "over", "<": "under", "=": "is"}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the form; `other` is the upper end of `between`."""

    field: Field
    operator: str
    value: str
    other: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """What the form shows. `words` and `without` are as typed, a phrase is without its quotation marks."""

    words: str = ""
    any_of: str = ""
    phrases: tuple[str, ...] = ()
    without: str = ""
    rows: tuple[Row, ...] = field(default=())
    rest: str = ""


def read(text: str) -> Form:
    """The query in the form."""
    found = pieces(text)
    if found is None:
        either = _either(text)
        return Form(any_of=either) if either else Form(rest=f"({closed(text)})")
    words, phrases, without, rest, any_of = [], [], [], [], ""
    rows: list[Row] = []
    for piece in found:
        row = _row(piece)
        if row is not None:
            rows.append(row)
        elif piece.negated and _is_plain(piece):
            without.append(piece.text)
        elif piece.negated:
            rest.append(piece.typed)
        elif isinstance(piece.tree, Phrase) and piece.tree.field == "any":
            phrases.append(piece.lexemes[0].text)
        elif _is_plain(piece):
            words.append(piece.text)
        elif not any_of and piece.lexemes[0].kind == "open" and not piece.lexemes[0].name:
            any_of = _either(piece.text[1:-1])
            rest += [] if any_of else [piece.typed]
        else:
            rest.append(piece.typed)
    return Form(" ".join(words), any_of, tuple(phrases), " ".join(without), tuple(rows), " ".join(rest))


def _is_plain(piece: Piece) -> bool:
    """A word or a phrase in no field."""
    single = len(piece.lexemes) == 1 and piece.lexemes[0].kind in ("word", "phrase")
    return single and piece.lexemes[0].name is None and _in_no_field(piece.tree)


def _in_no_field(tree: Query) -> bool:
    # What asks for nothing (`%%%`) is an empty Or, and a word as it stands.
    return (isinstance(tree, Or) and not tree.parts) or (
        isinstance(tree, Term | Phrase) and tree.field == "any"
    )


def _either(text: str) -> str:
    """The words of `a OR b OR c`, with quotation marks around phrases; empty if it is anything else."""
    items = lex(text)
    words, between = items[::2], items[1::2]
    fine = len(items) % 2 and len(items) > 1 and all(i.is_word(OR) for i in between)
    plain = all(i.kind == "word" and ":" not in i.text and i.text[:1] not in "-+!" for i in words)
    return " ".join(i.text for i in words) if fine and plain else ""


def _row(piece: Piece) -> Row | None:
    said = field_and_value(piece)
    if said is None:
        return None
    known, value = from_name(said[0]), said[1].strip()
    if known is None or known not in FORM_FIELDS or not value:
        return None
    if known not in RANGED:
        return Row(known, "not" if piece.negated else "is", value)
    if piece.negated:
        return Row(known, "not", value) if value[0] not in "<>=≤≥" and ".." not in value else None
    if ".." in value:
        low, _, high = value.partition("..")
        return Row(known, "between", low.strip(), high.strip())
    for length, table in ((2, _READ), (1, _READ), (1, _READ_SHORT)):
        if value[:length] in table:
            return Row(known, table[value[:length]], value[length:].strip())
    return Row(known, "is", value)


def write(form: Form, language: str) -> str:
    """The query that a form says, fields called as in a language; rows without a value are left out."""
    parts = [form.words.strip()]
    parts += [f'"{plain}"' for phrase in form.phrases if (plain := _unquoted(phrase))]
    either = [item.text for item in lex(form.any_of) if item.kind == "word" and not item.is_word(OR)]
    if either:
        parts.append(f"({' OR '.join(either)})" if len(either) > 1 else either[0])
    for item in lex(form.without):
        if item.kind in ("word", "phrase") and item.text.strip("-+! "):
            bare = item.text.lstrip("-+!")
            parts.append(f'-"{bare}"' if item.kind == "phrase" else f"-{bare}")
    parts += [said for row in form.rows if (said := _said(row, language))]
    parts.append(form.rest.strip())
    return " ".join(part for part in parts if part)


def _said(row: Row, language: str) -> str:
    name = FORM_FIELDS[row.field][language == "pl"]
    value, other = _unquoted(row.value), _unquoted(row.other)
    if row.field in RANGED:
        value, other = "".join(value.split()), "".join(other.split())
        if row.operator == "between":
            return f"{name}:{value}..{other}" if value or other else ""
        if not value:
            return ""
        return f"-{name}:{value}" if row.operator == "not" else f"{name}:{_SIGN.get(row.operator, '')}{value}"
    if not value:
        return ""
    plain = all(c not in " ()" for c in value) and value[0] not in "<>=≤≥"
    said = value if plain else f'"{value}"'
    return f"{'-' if row.operator == 'not' else ''}{name}:{said}"


def _unquoted(text: str) -> str:
    return " ".join("".join(" " if c in QUOTES else c for c in text).split())
