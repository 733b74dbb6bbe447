"""From what is typed to the tree.

    words and words   "a phrase"   -without   NOT this   this OR that   (a OR b) c
    field:value   field:(a OR b)   total:>500   date:2025..2026-03   fakt*   faktvra~

It is as lenient as a search box: an unclosed quotation mark or bracket ends with
the text, a lone operator is ignored, `12:30` and `http://x` are words, `total: 500`
and `total>500` are understood. A field that does not exist is an error that names
those that do; so is a query in which nothing is left to ask for.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches

from akta.kernel.errors import AktaError
from indexer.analysis import fold, words
from indexer.query.ast import And, Between, Everything, Exact, Field, Not, Nothing, Or, Phrase, Query, Term
from indexer.query.names import CLOSED, FIELDS, KNOWN, is_value, values_named, values_of
from indexer.query.values import Bounds, cents_bounds, day_bounds, month, share_bounds

MAX_LENGTH = 4000
MAX_TERMS = 100
MAX_DEPTH = 20
#: Words with a star or a tilde: each stands for many words of the index.
MAX_OPEN = 12

_DATES = ("date", "due", "received", "keep")
_AMOUNTS = ("total", "amount")
_KEYWORDS = (
    *("domain", "type", "state", "class", "language", "currency", "channel", "hold"),
    *("year", "month", "party_id", "amount_band", "confidence_band"),
)
QUOTES = '"“„”«»'
_MONEY = r"-?\d{1,3}(?:[ \u00a0]\d{3})*(?:[.,]\d{1,2})?"
_LEX = re.compile(
    rf"""\s*(?:
      (?P<signs>[-+!]*)(?P<name>[^\W\d]\w*:)?(?:
         (?P<open>\()
        |[{QUOTES}](?P<phrase>[^{QUOTES}]*)[{QUOTES}]?(?:[~^]\d*)?
      )
     |(?P<close>\))
     |(?P<word>
         [-+!]*[^\W\d]\w*:[<>=]*{_MONEY}(?:\.\.{_MONEY})?(?=[\s)]|$)
        |\d{{1,3}}(?:[ \u00a0]\d{{3}})+[.,]\d{{1,2}}(?![\w.,])
        |[^\s(){QUOTES}]+)
    )""",
    re.VERBOSE,
)
_FIELD = re.compile(r"([^\W\d]\w*):(.*)", re.DOTALL)
_COMPARED = re.compile(r"([^\W\d]\w*)([<>=≤≥]+.*)", re.DOTALL)
_SUFFIX = re.compile(r"(?P<wild>\*+)$|(?P<near>~\d?)$|\^\d+(?:\.\d+)?$")
_SEVERAL = re.compile(r"[*~]\d?(?:$|[,^])")
AND, OR, NOT = ("AND", "ORAZ", "I", "&", "&&"), ("OR", "LUB", "|", "||"), ("NOT", "NIE")
_NUMBER_HEAD = re.compile(r"(?:[A-Za-z]{2})?\d{1,4}")
_COUNTRY = re.compile(r"[A-Z]{2}|pl")
_WITH_COUNTRY = 10  # letters and digits of a number that begins with its country, such as PL 526 000 12 46
_GROUPS = re.compile(r"\d{2,4}(?:-\d{2,4})*")
_NUMBER_TAIL = re.compile(r"\d{2,4}")


class QueryError(AktaError):
    """The query makes no sense; `position` (code points from 0) is where."""

    code = "query_invalid"


@dataclass(slots=True)
class Lexeme:
    """A word, phrase or bracket of a query; `at` and `end` are its place (code points)."""

    kind: str
    text: str
    at: int
    end: int
    name: str | None = None
    negated: bool = False

    def is_word(self, among: tuple[str, ...]) -> bool:
        return self.kind == "word" and self.text in among


def parse(text: str) -> Query:
    """The tree of a query; an empty one fits everything.

    Raises QueryError, also for a query that is not empty and yet asks for nothing.
    """
    if len(text) > MAX_LENGTH:
        raise QueryError(
            f"The query is longer than {MAX_LENGTH} characters. Shorten it.", position=MAX_LENGTH
        )
    lexemes = list(lex(text))
    count = 0
    for item in lexemes:
        count += max(1, len(words(item.text))) if item.kind in ("word", "phrase") else 0
        if count > MAX_TERMS:
            raise QueryError(f"The query has more than {MAX_TERMS} words. Leave some out.", position=item.at)
    several = [i.at for i in lexemes if i.kind == "word" for _ in _SEVERAL.findall(i.text)]
    if len(several) > MAX_OPEN:
        told = f"The query has more than {MAX_OPEN} words with * or ~. Leave some out."
        raise QueryError(told, position=several[MAX_OPEN])
    parser = _Parser(lexemes)
    parts = [parser.either(0, None)]
    while not parser.done:  # a closing bracket too many
        parser.skip()
        parts.append(parser.either(0, None))
    made = _and(parts)
    if isinstance(made, Everything) and text.strip():
        raise _asks_nothing(lexemes)
    return made


def _asks_nothing(lexemes: list[Lexeme]) -> QueryError:
    """The error for `type:` and `%%%`, which would else find every paper there is."""
    for item in lexemes:
        match = _FIELD.fullmatch(item.text.lstrip("-!+")) if item.kind == "word" else None
        if match and fold(match[1]) in FIELDS:
            end = item.at + len(item.text)
            return QueryError(f"'{match[1]}:' needs a value after the colon.", position=end)
    return QueryError("There is no word, number or field in the query that could be found.", position=0)


def lex(text: str) -> list[Lexeme]:
    """The words, phrases and brackets of a query in order."""
    found, at = [], 0
    while at < len(text):
        match = _LEX.match(text, at)
        if match is None:  # only white space is left
            break
        start = match.end() - len(match[0].lstrip())
        name = match["name"][:-1] if match["name"] else None
        negated = bool(match["signs"]) and "+" not in match["signs"]
        if match["open"]:
            found.append(Lexeme("open", "(", start, match.end(), name, negated))
        elif match["phrase"] is not None:
            found.append(Lexeme("phrase", match["phrase"], start, match.end(), name, negated))
        elif match["close"]:
            found.append(Lexeme("close", ")", start, match.end()))
        else:
            found.append(Lexeme("word", match["word"], start, match.end()))
        at = match.end()
    return found


class _Parser:
    """Descends over the lexemes; `field` is that of an enclosing `field:( ... )`."""

    def __init__(self, lexemes: list[Lexeme]) -> None:
        self._items = lexemes
        self._at = 0

    @property
    def done(self) -> bool:
        return self._at >= len(self._items)

    def skip(self) -> None:
        self._at += 1

    def _peek(self) -> Lexeme | None:
        return None if self.done else self._items[self._at]

    def either(self, depth: int, field: Field | None) -> Query:
        parts = [self._both(depth, field)]
        while (item := self._peek()) and item.is_word(OR):
            self.skip()
            parts.append(self._both(depth, field))
        parts = [p for p in parts if not isinstance(p, Everything)] or parts[:1]
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _both(self, depth: int, field: Field | None) -> Query:
        parts: list[Query] = []
        while (item := self._peek()) and item.kind != "close" and not item.is_word(OR):
            if item.is_word(AND):
                self.skip()
                continue
            number = self._spaced_number() if field is None else None
            parts.append(number or self._one(depth, field))
        return _and(parts)

    def _spaced_number(self) -> Query | None:
        """526 000 12 46 typed without quotation marks: these words, or the number they make."""
        end = self._at
        head = self._items[end]
        country = head.kind == "word" and _COUNTRY.fullmatch(head.text) is not None
        if not (country or (head.kind == "word" and _NUMBER_HEAD.fullmatch(head.text))):
            return None
        while end + 1 < len(self._items) and self._items[end + 1].kind == "word":
            if not (_GROUPS if country and end == self._at else _NUMBER_TAIL).fullmatch(
                self._items[end + 1].text
            ):
                break
            end += 1
        run = [item.text for item in self._items[self._at : end + 1]]
        if len(run) < 2 or sum(map(len, run)) < (_WITH_COUNTRY if country else 4):
            return None
        self._at = end + 1
        return Or((And(tuple(Term(text) for text in run)), Term(" ".join(run), "number")))

    def _one(self, depth: int, field: Field | None) -> Query:
        negated = False
        while (item := self._peek()) and item.is_word(NOT):
            self.skip()
            negated = not negated
        if item is None or item.kind == "close" or item.is_word(OR):
            return Everything()
        self.skip()
        if item.kind == "open":
            made = self._group(item, depth, field)
        elif item.kind == "phrase":
            made = _phrase(item, field)
        else:
            bare = item.text.lstrip("-!+")
            signs = item.text[: len(item.text) - len(bare)]
            item.negated = bool(signs) and "+" not in signs
            made = self._word(bare, item.at + len(signs), field)
        return _not(made) if negated != item.negated else made

    def _group(self, item: Lexeme, depth: int, field: Field | None) -> Query:
        if depth >= MAX_DEPTH:
            raise QueryError("There are too many brackets within brackets.", position=item.at)
        own = field if item.name is None else FIELDS.get(fold(item.name))
        if item.name is not None and own is None and not _looks_like_text(item.name, "("):
            raise _unknown(item.name, item.at)
        made = self.either(depth + 1, own)
        following = self._peek()
        if following and following.kind == "close":
            self.skip()
        return made

    def _word(self, text: str, at: int, field: Field | None) -> Query:
        if match := _FIELD.fullmatch(text):
            name, value = match[1], match[2]
            known = FIELDS.get(fold(name))
            if known is not None:
                if value.strip("<>=≤≥"):
                    return _field(known, value, at + match.start(2))
                return self._value_apart(known, name, value)
            if value and not _looks_like_text(name, value):
                raise _unknown(name, at)
        elif match := _COMPARED.fullmatch(text):
            known = FIELDS.get(fold(match[1]))
            if known in (*_DATES, *_AMOUNTS, "confidence") and match[2].strip("<>=≤≥"):
                return _field(known, match[2], at + match.start(2))
        return _plain(text, "any") if field is None else _field(field, text, at)

    def _value_apart(self, field: Field, name: str, signs: str) -> Query:
        """`total: 500` and `total:> 500`, where the next word is such a value; else the name is text."""
        following = self._peek()
        if following is None:
            return Everything()
        if following.kind == "phrase" and following.name is None and not following.negated:
            self.skip()
            return _phrase(following, field)
        if following.kind == "word" and not following.is_word((*AND, *OR, *NOT)):
            value = following.text
            if ":" not in value and not value.startswith(("-", "!", "+")) and words(value):
                try:
                    made = _field(field, signs + value, following.at)
                except QueryError:
                    return _plain(name, "any")
                self.skip()
                return made
        return Everything()


def _looks_like_text(name: str, value: str) -> bool:
    """`Uwaga:x`, `http://x`, `c:\\x`, `host1:x` and `localhost:80` are words, not fields."""
    if not (name.islower() and name.isascii() and name.replace("_", "").isalpha()) or len(name) < 3:
        return True
    port = value.isdigit() and 2 <= len(value) <= 5 and "_" not in name
    return value.startswith(("//", "\\")) or port or name in ("mailto", "urn", "file")


def _unknown(name: str, at: int) -> QueryError:
    near = get_close_matches(fold(name), FIELDS, n=1)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    return QueryError(
        f"There is no field '{name}'.{hint} Fields: {KNOWN}.",
        position=at,
        known=KNOWN,
        **({"wrong": name, "meant": near[0]} if near else {}),
    )


def _no_value(field: Field, typed: str, at: int) -> QueryError:
    if field == "hold":
        return QueryError(f"'{field}' is yes or no, not '{typed.strip()}'.", position=at)
    known = ", ".join(values_named(field, typed))
    if not known:
        return QueryError(f"Nothing in '{field}' is called '{typed.strip()}'.", position=at)
    return QueryError(f"Nothing in '{field}' is called '{typed.strip()}'. There are: {known}.", position=at)


def _plain(text: str, field: Field) -> Query:
    prefix = fuzzy = False
    while len(text) > 1 and (match := _SUFFIX.search(text)):
        prefix, fuzzy = prefix or bool(match["wild"]), fuzzy or bool(match["near"])
        text = text[: match.start()]
    if not words(text):
        return Everything()
    return Term(text, field, prefix=prefix, fuzzy=fuzzy and not prefix)


def _phrase(item: Lexeme, field: Field | None) -> Query:
    if item.name is not None:
        known = FIELDS.get(fold(item.name))
        if known is None and not _looks_like_text(item.name, item.text):
            raise _unknown(item.name, item.at)
        field = known
    if field in (*_KEYWORDS, *_DATES, *_AMOUNTS, "confidence"):
        return _field(field, item.text, item.at)
    if not words(item.text):
        return Everything()
    return Term(item.text, "number") if field == "number" else Phrase(item.text, field or "any")


def _field(field: Field, value: str, at: int) -> Query:
    if not value.strip():
        return Everything()
    if field in ("year", "month"):
        return _calendar(field, value, at)
    if field in _KEYWORDS:
        for part in value.split(","):
            if field in CLOSED and not is_value(field, part):
                raise _no_value(field, part, at + value.index(part))
        values = tuple(dict.fromkeys(v for part in value.split(",") for v in values_of(field, part)))
        return Exact(field, values) if values else Everything()
    if field in _DATES:
        return _range(field, value, at, day_bounds, "a date such as 2026, 2026-03 or 2026-03-31")
    if field in _AMOUNTS:
        return _range(field, value, at, cents_bounds, "an amount such as 500 or 1234,50")
    if field == "confidence":
        return _range(field, value, at, share_bounds, "a confidence such as 0.8 or 80%")
    return _plain(value, field)


def _calendar(field: Field, value: str, at: int) -> Query:
    found = []
    for part in value.split(","):
        try:
            found.append(month(part) if field == "month" else _year(part))
        except ValueError as error:
            what = "a month such as 2026-03" if field == "month" else "a year such as 2026"
            raise QueryError(f"'{part.strip()}' is not {what}.", position=at + value.index(part)) from error
    return Exact(field, tuple(dict.fromkeys(found)))


def _year(text: str) -> str:
    if not re.fullmatch(r"[1-9][0-9]{3}", text.strip()):
        raise ValueError(text)
    return text.strip()


def _range(field: Field, value: str, at: int, bounds: Callable[[str], Bounds], what: str) -> Query:
    try:
        low, high = bounds(value)
    except ValueError as error:
        raise QueryError(f"'{value.strip()}' is not {what}.", position=at) from error
    if low is not None and high is not None and low > high:
        return Nothing()
    return Between(field, low, high)


def _not(part: Query) -> Query:
    # What was left out as meaningless ("-!!") is not turned into "nothing at all".
    return part if isinstance(part, Everything) else Not(part)


def _and(parts: list[Query]) -> Query:
    kept = [p for p in parts if not isinstance(p, Everything)]
    if not kept:
        return Everything()
    return kept[0] if len(kept) == 1 else And(tuple(kept))
