"""From what is typed to the tree.

    words and words   "a phrase"   -without   this OR that   (a OR b) c
    field:value   total:>500   date:2025..2026-03   fakt*   faktvra~

It is as lenient as a search box: an unclosed quotation mark ends with the
text, a lone operator is ignored, `12:30` is a word. A field that does not exist
is an error that names those that do.
"""

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import get_args

from akta.kernel.errors import AktaError
from indexer.analysis import amount, fold, is_amount, words
from indexer.query.ast import And, Between, Everything, Exact, Field, Not, Nothing, Or, Phrase, Query, Term
from indexer.query.names import FIELDS, value_of

MAX_LENGTH = 4000
MAX_TERMS = 100
MAX_DEPTH = 20

_DATES = ("date", "due", "received", "keep")
_AMOUNTS = ("total", "amount")
_KEYWORDS = ("domain", "type", "state", "class", "language", "currency", "channel", "hold")
_LEX = re.compile(
    r"""\s*(?:
      (?P<open>\()|(?P<close>\))
     |(?P<quote>-?(?:(?P<qfield>[^\W\d]\w*):)?["„”«](?P<phrase>[^"”»]*)["”»]?)
     |(?P<word>(?:[^\W\d]\w*:[<>=]*)?\d{1,3}(?:[ \u00a0]\d{3})+[.,]\d{2}(?![\w.,])|[^\s()"„”«»]+)
     |(?P<stray>["”»])
    )""",
    re.VERBOSE,
)
_FIELD = re.compile(r"^([^\W\d]\w*):(.*)$", re.DOTALL)
_DATE = re.compile(r"^(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?$")
_POLISH_DATE = re.compile(r"^(\d{1,2})\.(\d{1,2})\.(\d{4})$")


class QueryError(AktaError):
    """The query makes no sense; `position` (from 0) is where."""

    code = "query_invalid"


@dataclass(slots=True)
class _Lexeme:
    kind: str
    text: str
    at: int
    field: str | None = None
    negated: bool = False


def parse(text: str) -> Query:
    """The tree of a query; an empty one fits everything. Raises QueryError."""
    if len(text) > MAX_LENGTH:
        raise QueryError(
            f"The query is longer than {MAX_LENGTH} characters. Shorten it.", position=MAX_LENGTH
        )
    lexemes = list(_lex(text))
    if sum(1 for item in lexemes if item.kind in ("word", "phrase")) > MAX_TERMS:
        raise QueryError(f"The query has more than {MAX_TERMS} words. Leave some out.", position=0)
    parser = _Parser(lexemes)
    tree = parser.either(0)
    while not parser.done:  # a closing bracket too many
        parser.skip()
        tree = _and([tree, parser.either(0)])
    return tree


def _lex(text: str) -> list[_Lexeme]:
    found, at = [], 0
    while at < len(text):
        match = _LEX.match(text, at)
        if match is None:
            break
        start = match.end() - len(match[0].lstrip())
        if match["open"]:
            found.append(_Lexeme("open", "(", start))
        elif match["close"]:
            found.append(_Lexeme("close", ")", start))
        elif match["quote"] is not None:
            negated = match["quote"].startswith("-")
            found.append(_Lexeme("phrase", match["phrase"], start, match["qfield"], negated))
        elif match["word"]:
            found.append(_Lexeme("word", match["word"], start))
        at = max(match.end(), at + 1)
    return found


class _Parser:
    def __init__(self, lexemes: list[_Lexeme]) -> None:
        self._items = lexemes
        self._at = 0

    @property
    def done(self) -> bool:
        return self._at >= len(self._items)

    def skip(self) -> None:
        self._at += 1

    def _peek(self) -> _Lexeme | None:
        return None if self.done else self._items[self._at]

    def either(self, depth: int) -> Query:
        if depth > MAX_DEPTH:
            item = self._peek()
            raise QueryError("There are too many brackets within brackets.", position=item.at if item else 0)
        parts = [self._both(depth)]
        while (item := self._peek()) and item.kind == "word" and item.text in ("OR", "LUB", "|"):
            self.skip()
            parts.append(self._both(depth))
        parts = [p for p in parts if not isinstance(p, Everything)] or parts[:1]
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _both(self, depth: int) -> Query:
        parts: list[Query] = []
        while (item := self._peek()) and item.kind != "close":
            if item.kind == "word" and item.text in ("OR", "LUB", "|"):
                break
            if item.kind == "word" and item.text in ("AND", "ORAZ", "I", "&", "+", "-"):
                self.skip()
                continue
            parts.append(self._one(depth))
        return _and(parts)

    def _one(self, depth: int) -> Query:
        item = self._items[self._at]
        self.skip()
        if item.kind == "word" and item.text in ("NOT", "NIE"):
            following = self._peek()
            if following is None or following.kind == "close":
                return Everything()
            return Not(self._one(depth + 1 if depth < MAX_DEPTH else depth))
        if item.kind == "open":
            inner = self.either(depth + 1)
            following = self._peek()
            if following and following.kind == "close":
                self.skip()
            return inner
        if item.kind == "phrase":
            leaf = _phrase(item)
            return Not(leaf) if item.negated else leaf
        return self._word(item, depth)

    def _word(self, item: _Lexeme, depth: int) -> Query:
        text, at = item.text, item.at
        if len(text) > 1 and text[0] in "-!":
            return Not(self._word(_Lexeme("word", text[1:], at + 1), depth))
        text = text.lstrip("+")
        following = self._peek()
        if text == "-" or not text:
            return Everything()
        match = _FIELD.match(text)
        if match:
            field = FIELDS.get(fold(match[1]))
            if field is not None:
                if not match[2] and following and following.kind == "open":
                    return self.either(depth + 1)
                return _field(field, match[2], at + match.start(2))
            if match[2] and not match[2].startswith("//") and not _looks_like_text(match[1]):
                known = ", ".join(get_args(Field)[1:])
                raise QueryError(
                    f"There is no field '{match[1]}'. Fields: {known}.", position=at, known=known
                )
        return _plain(text, "any")


def _looks_like_text(name: str) -> bool:
    return not name.islower() or not name.isascii() or len(name) < 3


def _plain(text: str, field: Field) -> Query:
    prefix = text.endswith("*") and len(text) > 1
    fuzzy = text.endswith("~") and len(text) > 1
    bare = text.rstrip("*~")
    if text.strip("*?~") == "":
        return Everything()
    if not words(bare):
        return Everything()
    return Term(bare, field, prefix=prefix, fuzzy=fuzzy)


def _phrase(item: _Lexeme) -> Query:
    field: Field = "any"
    if item.field is not None:
        known = FIELDS.get(fold(item.field))
        if known is None:
            names = ", ".join(get_args(Field)[1:])
            raise QueryError(
                f"There is no field '{item.field}'. Fields: {names}.", position=item.at, known=names
            )
        field = known
        if field in _KEYWORDS:
            return Exact(field, (value_of(field, item.text),))
        if field in (*_DATES, *_AMOUNTS):
            return _field(field, item.text, item.at)
    count = len(words(item.text))
    if count == 0:
        return Everything()
    return Phrase(item.text, field)


def _field(field: Field, value: str, at: int) -> Query:
    if not value:
        return Everything()
    if field in _KEYWORDS:
        return Exact(field, tuple(value_of(field, v) for v in value.split(",") if v))
    if field in _DATES:
        return _range(field, value, at, _day_range, "a date such as 2026, 2026-03 or 2026-03-31")
    if field in _AMOUNTS:
        return _range(field, value, at, _cents_range, "an amount such as 500 or 1234,50")
    return _plain(value, field)


def _range(field: Field, value: str, at: int, bounds: Callable[[str], tuple[int, int]], what: str) -> Query:
    text = value.strip()
    try:
        if ".." in text:
            low_text, _, high_text = text.partition("..")
            low = bounds(low_text)[0] if low_text else None
            high = bounds(high_text)[1] if high_text else None
        elif text.startswith((">=", "=>")):
            low, high = bounds(text[2:])[0], None
        elif text.startswith(("<=", "=<")):
            low, high = None, bounds(text[2:])[1]
        elif text.startswith(">"):
            low, high = bounds(text[1:])[1] + 1, None
        elif text.startswith("<"):
            low, high = None, bounds(text[1:])[0] - 1
        else:
            low, high = bounds(text.lstrip("="))
    except (ValueError, InvalidOperation) as error:
        raise QueryError(f"'{text}' is not {what}.", position=at) from error
    if low is not None and high is not None and low > high:
        return Nothing()
    return Between(field, low, high)


def _day_range(text: str) -> tuple[int, int]:
    text = text.strip()
    match = _POLISH_DATE.match(text)
    if match:
        text = f"{match[3]}-{int(match[2]):02}-{int(match[1]):02}"
    match = _DATE.match(text)
    if match is None:
        raise ValueError(text)
    year, month, day = int(match[1]), int(match[2] or 0), int(match[3] or 0)
    first = date(year, month or 1, day or 1)
    last = date(year, month or 12, day or monthrange(year, month or 12)[1])
    return _number(first), _number(last)


def _number(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day


def _cents_range(text: str) -> tuple[int, int]:
    text = text.strip()
    plain = amount(text) if is_amount(text) else text.replace("\u00a0", "").replace(" ", "").replace(",", ".")
    value = Decimal(plain)
    if not value.is_finite() or abs(value) > 10**13:
        raise ValueError(text)
    cents = int(value * 100)
    whole = "." not in plain
    return cents, cents + 99 if whole and not text.startswith(("-",)) else cents


def _and(parts: list[Query]) -> Query:
    kept = [p for p in parts if not isinstance(p, Everything)]
    if not kept:
        return Everything()
    return kept[0] if len(kept) == 1 else And(tuple(kept))
