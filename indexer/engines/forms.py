"""What a query asks of an engine: the tree of words turned into looks at the index.

All engines translate the same few forms, so that they find the same. Scores fall
from the word itself over its other forms to the beginning of a word and a word that
is one letter off (recognition damages letters; no such guess is made where a word is
to be left out). A query that nothing fits is asked again with what identifiers may
have been misread for (`misread`).

What a word is to be told by, BM25, falls towards nothing for a word that most documents have or
that stands in a long one, while a guess has a fixed score. So beside a guess the word itself and
its other forms are raised above all guesses (`Above`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from indexer.analysis import words
from indexer.inflection import FORMS_FROM, word_forms
from indexer.misreadings import readings
from indexer.numerals import asked, is_amount, joined, parts_of
from indexer.query import ast
from indexer.stages import ALL_STAGES, Stages

#: Fields with words in their order.
WORDS = ("body", "title", "party", "file")
#: Fields whose values are compared as a whole; only `party_id` may have several.
KEYWORDS = (
    *("domain", "type", "state", "class", "language", "currency", "channel", "hold", "year", "month"),
    *("party_id", "amount_band", "confidence_band"),
)
#: Fields with whole numbers: days as 20260331, amounts in hundredths, confidence in ten-thousandths.
VALUES = ("amount", "total", "date", "due", "received", "keep", "confidence")
#: Fields that orders go by.
SORT_KEYS = ("by_date", "by_total")
#: The field that a facet counts, where it is called otherwise.
COUNTED = {"party": "party_id"}

_BOOST = {"title": 3.0, "party": 3.0, "body": 1.0, "file": 0.7}
_NUMBER_BOOST = 4.0
_STEM_BOOST = 0.5
_START_SCORE = 0.5
_NEAR_SCORE = 0.1
_PART_SCORE = 0.3
#: More than a guess in any field scores.
_SURE_SCORE = 0.1 + _NEAR_SCORE * max(_BOOST.values())
#: In a query of more words the rest is not guessed at: it is a text put in, not a question.
MAX_GUESSES = 30
#: So long a piece of an identifier is looked for at once; a shorter one only if nothing else fits.
PART_FROM, SHORT_PART_FROM = 7, 5
#: A word must be this long before words one letter off are looked for; this long for two with `~`.
NEAR_FROM, FAR_FROM = 5, 8


@dataclass(frozen=True, slots=True)
class All:
    """Every document."""


@dataclass(frozen=True, slots=True)
class Word:
    """Documents with this very word in a field (`stem`, `number` and `part` are fields too)."""

    field: str
    text: str
    boost: float = 1.0


@dataclass(frozen=True, slots=True)
class Follow:
    """Documents with these two or more words one after the other."""

    field: str
    words: tuple[str, ...]
    boost: float = 1.0


@dataclass(frozen=True, slots=True)
class Start:
    """Documents with a word that begins so."""

    field: str
    text: str
    score: float = 1.0


@dataclass(frozen=True, slots=True)
class Near:
    """Documents with a word at most `distance` (1 or 2) letters off."""

    field: str
    text: str
    distance: int
    score: float


@dataclass(frozen=True, slots=True)
class Most:
    """Documents with at least `least` of these words in a field (None: with all).

    Scored with `score`, or where that is None by how telling the words are that they have.
    """

    field: str
    words: tuple[str, ...]
    least: int | None
    score: float | None


@dataclass(frozen=True, slots=True)
class OneOf:
    """Documents whose keyword is among these."""

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """Documents with a number between two bounds, both included."""

    field: str
    low: int | None
    high: int | None


@dataclass(frozen=True, slots=True)
class Best:
    """Documents of any part, scored by the best; no part, no document."""

    parts: tuple["Form", ...]


@dataclass(frozen=True, slots=True)
class Above:
    """Documents of the part, scored by so much more."""

    part: "Form"
    by: float


@dataclass(frozen=True, slots=True)
class Each:
    """Documents of every part."""

    parts: tuple["Form", ...]


@dataclass(frozen=True, slots=True)
class Except:
    """Documents not of the part."""

    part: "Form"


Form = All | Word | Follow | Start | Near | Most | OneOf | Range | Best | Above | Each | Except
NONE = Best(())


def ranks(form: Form) -> bool:
    """Whether some document that fits can be better than another."""
    match form:
        case Word() | Follow() | Start() | Near() | Most():
            return True
        case Above(part):
            return ranks(part)
        case Best(parts) | Each(parts):
            return any(ranks(part) for part in parts)
        case _:
            return False


def lower(query: ast.Query, stages: Stages = ALL_STAGES, *, misread: bool = False) -> Form:
    """The forms of a query. `misread` adds guesses at identifiers; what is left out is never guessed at."""
    return _Lowering(stages, misread).lower(query)


class _Lowering:
    """From the tree to forms; `strict` leaves guesses at damaged words and numbers out."""

    def __init__(self, stages: Stages, misread: bool) -> None:
        self._stages = stages
        self._misread = misread and stages.misread
        self._guesses = MAX_GUESSES

    def lower(self, query: ast.Query, *, strict: bool = False) -> Form:
        match query:
            case ast.Everything():
                return All()
            case ast.Nothing():
                return NONE
            case ast.And(parts):
                return Each(tuple(self.lower(p, strict=strict) for p in parts))
            case ast.Or(parts):
                return Best(tuple(self.lower(p, strict=strict) for p in parts))
            case ast.Not(part):
                return Except(self.lower(part, strict=True))
            case ast.Exact(field, values):
                return _exact(field, values)
            case ast.Between(field, low, high):
                return Range(field, low, high)
            case ast.Alike(found, least):
                return Most("body", found, least, None)
            case ast.Phrase(text, "number"):
                return Best(tuple(Word("number", n, _NUMBER_BOOST) for n in asked(text)))
            case ast.Phrase(text, field):
                return _phrase(words(text), _fields(field))
            case ast.Term():
                return self._term(query, strict=strict)

    def _term(self, term: ast.Term, *, strict: bool) -> Form:
        found = words(term.text)
        parts: list[Form] = []
        if term.field in ("any", "number"):
            parts += self._number(term, strict=strict)
        if term.field == "number":
            # An identifier without a digit is a word like any other, but only as a whole.
            return Best(tuple(parts or [Word("number", joined(term.text), _NUMBER_BOOST)]))
        names = _fields(term.field)
        if len(found) == 1:
            parts += self._word(found[0], names, term, strict=strict)
        elif found and term.prefix:
            plain = ast.Term("", term.field)
            whole = [Best(tuple(self._word(w, names, plain, strict=strict))) for w in found[:-1]]
            parts.append(Each((*whole, Best(tuple(self._word(found[-1], names, term, strict=strict))))))
        elif found:
            parts.append(_phrase(found, names))
            if all(w.isalpha() for w in found):  # e-mail is also email
                parts += [Word(name, "".join(found), _STEM_BOOST) for name in names]
        return Best(tuple(parts))

    def _number(self, term: ast.Term, *, strict: bool) -> list[Form]:
        parts: list[Form] = [Word("number", n, _NUMBER_BOOST) for n in asked(term.text)]
        plain = joined(term.text)
        digits = sum(c.isdigit() for c in plain)
        if term.prefix:
            return [*parts, Start("number", plain, _START_SCORE)] if digits and len(plain) >= 3 else parts
        if strict or digits < 2 or is_amount(term.text):
            return parts
        if self._stages.parts and len(plain) >= (SHORT_PART_FROM if self._misread else PART_FROM):
            parts.append(Most("part", tuple(parts_of(plain)), None, _PART_SCORE))
        if self._misread and len(plain) >= SHORT_PART_FROM:
            parts.append(Near("number", plain, 1, _NEAR_SCORE))
        return parts

    def _word(self, word: str, names: tuple[str, ...], term: ast.Term, *, strict: bool) -> list[Form]:
        parts: list[Form] = [Word(name, word, _BOOST[name]) for name in names]
        if term.prefix:
            return parts + [Start(name, word, _START_SCORE * _BOOST[name]) for name in names]
        if term.field == "any" and len(word) >= FORMS_FROM:
            parts += [Word("stem", form, _STEM_BOOST) for form in word_forms(word, self._stages)]
        near = self._stages.near and len(word) >= NEAR_FROM and not strict and self._guesses > 0
        guesses: list[Form] = []
        if word.isalpha() and (term.fuzzy or near):
            distance = 2 if term.fuzzy and len(word) >= FAR_FROM else 1
            guesses += [Near(name, word, distance, _NEAR_SCORE * _BOOST[name]) for name in names]
        if near:
            guesses += self._readings(word, names, term)
        if not guesses:
            return parts
        self._guesses -= 1
        return [Above(Best(tuple(parts)), _SURE_SCORE), *guesses]

    def _readings(self, word: str, names: tuple[str, ...], term: ast.Term) -> list[Form]:
        parts: list[Form] = []
        for other in readings(word):
            parts += [Most(name, (other,), None, _NEAR_SCORE * _BOOST[name]) for name in names]
            if term.field == "any":
                found = word_forms(other, self._stages)
                parts += [Most("stem", (form,), None, _NEAR_SCORE * _STEM_BOOST) for form in found]
        return parts


def _exact(field: str, values: Sequence[str]) -> Form:
    whole = tuple(v for v in values if not v.endswith("*"))
    parts: list[Form] = [Start(field, v[:-1]) for v in values if v.endswith("*")]
    if whole:
        parts.insert(0, OneOf(field, whole))
    return parts[0] if len(parts) == 1 else Best(tuple(parts))


def _fields(field: str) -> tuple[str, ...]:
    return WORDS if field == "any" else (field,) if field in WORDS else ("body",)


def _phrase(found: list[str], names: tuple[str, ...]) -> Form:
    if not found:
        return NONE
    if len(found) == 1:
        # One word in quotation marks is meant as it stands.
        return Best(tuple(Word(name, found[0], _BOOST[name]) for name in names))
    return Best(tuple(Follow(name, tuple(found), _BOOST[name]) for name in names))
