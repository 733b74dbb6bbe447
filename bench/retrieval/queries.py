"""Queries with the papers that are right for each, known by how they were made.

What is right is decided on the papers' own text and truth, without anything of the index: which
papers have one of the forms of a word that the list of lexemes names, this very number, this sum
in any spelling, this day as any desk prints it. Some words are put onto generated papers first,
in a line of their own, so that a form, a misreading or a divided word stands on exactly few.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from random import Random

from bench.retrieval import slips
from bench.retrieval.papers import AMOUNTS, NUMBERS, Paper
from ingest.understand import title_of
from tests.papers.desk import printed_dates, tuple_of
from tests.papers.make import squeezed

#: A question with more right answers than a page has is not asked, but for those about ranking.
MOST_RIGHT = 10
#: What the stamp of the registry says on nearly every paper.
STAMP = ("kancelaria", "sekretariat", "przyjmujący", "archiwalny", "dekretacja")
_FORMS = {"pl": "forms, Polish", "en": "forms, English", "name": "forms, names"}
_BLANK = "[ \u00a0\u202f.,']?"


@dataclass(frozen=True, slots=True)
class Judged:
    """A query of a kind, and the names of the papers that are right."""

    kind: str
    text: str
    right: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Put:
    """A word that was put onto papers: its lexeme, the forms that stand there, and in what state."""

    language: str
    lexeme: tuple[str, ...]
    forms: tuple[str, ...]
    state: str


def judge(papers: Sequence[Paper], seed: int = 1) -> tuple[list[Paper], list[Judged]]:
    """The papers with the words put onto them, and the queries; the same seed makes the same."""
    chance = Random(seed)
    papers, put, alike = _with_words(list(papers), chance)
    asked = _Asked(papers, chance)
    asked.inflected(put)
    asked.damaged(put)
    asked.numbers()
    asked.sums_and_days()
    asked.parties()
    asked.several()
    asked.fields()
    asked.ranked(alike)
    return papers, asked.made


def lexemes() -> list[tuple[str, tuple[str, ...]]]:
    """Language and forms of the words of `lexemes.txt`, the dictionary form first."""
    lines = Path(__file__).with_name("lexemes.txt").read_text("utf-8").splitlines()
    rows = [line.split() for line in lines if line and not line.startswith("#")]
    return [(language, tuple(forms)) for language, *forms in rows]


def _with_words(papers: list[Paper], chance: Random) -> tuple[list[Paper], list[_Put], list[str]]:
    by_language = {
        language: [n for n, p in enumerate(papers) if p.generated and p.language == language]
        for language in ("pl", "en")
    }

    def line(language: str, text: str) -> None:
        at = chance.choice(by_language[language])
        papers[at] = replace(papers[at], text=f"{papers[at].text}\n{text}\n")

    put = []
    for number, (language, lexeme) in enumerate(lexemes()):
        states = ("inflected", "damaged", "inflected", "divided")
        state = "inflected" if language == "name" else states[number % 4]
        least = 5 if state == "damaged" else 6 if state == "divided" else 0
        fit = [form for form in lexeme if len(form) >= least]
        if not fit:
            state, fit = "inflected", list(lexeme)
        forms = tuple(chance.sample(fit, min(len(fit), 2 if state == "inflected" else 1)))
        for form in forms:
            shown = form
            if state == "damaged":
                shown = slips.misread(form, chance) or form
            elif state == "divided":
                cut = chance.randrange(3, len(form) - 2)
                shown = f"{form[:cut]}-\n{form[cut:]}"
            if language == "en":
                line("en", f"This concerns also: {shown}")
            else:
                line("pl", f"Dotyczy także: {shown}")
        put.append(_Put(language, lexeme, forms, state))
    common = Counter(w for p in papers for w in p.words if len(w) >= 6 and w.isascii() and w.isalpha())
    alike = [word for word, _ in common.most_common(20)]
    for word in alike:  # titles that were badly read
        for at in chance.sample(range(len(papers)), 4):
            shown = slips.misread(word, chance)
            if word not in papers[at].words and shown:
                papers[at] = replace(papers[at], title=f"{papers[at].title} {shown}".strip())
    return _stamped(papers, chance), put, alike


def _stamped(papers: Sequence[Paper], chance: Random) -> list[Paper]:
    """Every paper with a stamp; of each of its words a dozen have a misread one in the title instead."""
    stamps = [list(STAMP) for _ in papers]
    titles = [paper.title for paper in papers]
    for word in STAMP:
        for at in chance.sample(range(len(papers)), 12):
            stamps[at].remove(word)
            titles[at] = f"{titles[at]} {slips.misread(word, chance) or ''}".strip()
    return [
        replace(paper, title=title, text=f"{paper.text}\n{' '.join(stamp)}\n")
        for paper, title, stamp in zip(papers, titles, stamps, strict=True)
    ]


class _Asked:
    """Collects queries of every kind over the papers."""

    def __init__(self, papers: Sequence[Paper], chance: Random) -> None:
        self.made: list[Judged] = []
        self._papers = papers
        self._chance = chance
        self._spread = Counter(word for paper in papers for word in paper.words)

    def _add(
        self, kind: str, text: str | None, right: Iterable[str], most: int = MOST_RIGHT, also: bool = True
    ) -> bool:
        names = frozenset(right)
        new = all(j.text != text for j in self.made)
        if not text or not new or not also or not 1 <= len(names) <= most:
            return False
        self.made.append(Judged(kind, text, names))
        return True

    def _fill(self, kind: str, count: int, offers: Iterable[tuple[str | None, Iterable[str]]]) -> None:
        for text, right in offers:
            count -= self._add(kind, text, right)
            if not count:
                return

    def _having(self, fits: Callable[[Paper], bool]) -> list[str]:
        return [paper.name for paper in self._papers if fits(paper)]

    def _shuffled(self, wanted: Callable[[Paper], bool] = lambda _: True) -> list[Paper]:
        found = [paper for paper in self._papers if wanted(paper)]
        self._chance.shuffle(found)
        return found

    # -- words --------------------------------------------------------------

    def inflected(self, put: Sequence[_Put]) -> None:
        """Forms of a word that stand on no paper, while others do; and such without Polish letters."""
        for word in put:
            if word.state != "inflected":
                continue
            right = self._having(lambda p, w=word: not p.words.isdisjoint(w.lexeme))  # type: ignore[misc]
            absent = [form for form in word.lexeme if not self._spread[form]]
            self._chance.shuffle(absent)
            kind = _FORMS[word.language]
            for form in absent[:2]:
                self._add(kind, form, right)
            bare = next((p for form in absent[2:] if (p := slips.plain(form)) != form), None)
            self._add("forms without Polish letters", bare, right)
        self._fill("Polish letters missing", 20, self._bare())

    def _bare(self) -> Iterator[tuple[str | None, Iterable[str]]]:
        for word in self._rare(6):
            if slips.plain(word) != word:
                yield slips.plain(word), self._with_word(word)

    def _rare(self, least: int) -> list[str]:
        words = [w for w, n in self._spread.items() if n <= 4 and len(w) >= least and w.isalpha()]
        words.sort()
        self._chance.shuffle(words)
        return words

    def _with_word(self, word: str) -> list[str]:
        return self._having(lambda paper: word in paper.words)

    def damaged(self, put: Sequence[_Put]) -> None:
        """Words misread on the paper, divided at its line's end, misread or mistyped in the query."""
        for word in put:
            if word.state == "inflected":
                continue
            stands = set(self._having(lambda p, w=word: not p.words.isdisjoint(w.lexeme)))  # type: ignore[misc]
            mark = _shown(word, self._papers)
            kind = "misread on the paper" if word.state == "damaged" else "divided at the line's end"
            self._add(kind, word.forms[0], stands | mark)
            if word.state == "divided":
                other = next((form for form in word.lexeme if form not in word.forms), None)
                self._add("divided, another form", other, stands | mark)
        for kind, slip, count in (
            ("misread in the query, one letter", slips.misread, 30),
            ("misread in the query, two signs or a digit", slips.badly_misread, 20),
            ("mistyped", slips.mistyped, 30),
        ):
            self._fill(kind, count, self._slipped(slip))

    def _slipped(self, slip: slips.Slip) -> Iterator[tuple[str | None, Iterable[str]]]:
        for word in self._rare(6):
            slipped = slip(word, self._chance)
            if slipped and not self._spread[slipped]:
                yield slipped, self._with_word(word)

    # -- numbers ------------------------------------------------------------

    def numbers(self) -> None:
        """Identifiers: whole, otherwise written, in part, and with signs taken for each other."""
        self._fill("number, whole", 25, ((n, self._with_number(n)) for n in self._numbers()))
        changes: tuple[tuple[str, slips.Slip, int], ...] = (
            ("number, other separators", slips.other_separators, 25),
            ("number, O for 0, I for 1", slips.digits_as_letters, 25),
            ("number, one digit wrong or missing", slips.wrong_digit, 25),
            ("number, last seven signs or more", lambda n, _: _end(n, 7), 25),
            ("number, last five or six signs", lambda n, _: _end(n, 5), 20),
        )
        for kind, change, count in changes:
            self._fill(kind, count, self._changed(change))

    def _numbers(self) -> Iterator[str]:
        for paper in self._shuffled():
            found = [v for n in NUMBERS if (v := paper.truth.get(n, "")) and _is_number(v)]
            found = [value for value in found if squeezed(value) in paper.squeezed]
            if found:
                yield self._chance.choice(found)

    def _with_number(self, number: str) -> list[str]:
        wanted = squeezed(number)
        return self._having(lambda paper: wanted in paper.squeezed)

    def _changed(self, change: slips.Slip) -> Iterator[tuple[str | None, Iterable[str]]]:
        for number in self._numbers():
            changed = change(number, self._chance)
            if changed is None:
                continue
            there, right = self._with_number(changed), self._with_number(number)
            # Where the changed one stands somewhere too, both readings would be right.
            yield changed, right if not there or set(there) == set(right) else ()

    def sums_and_days(self) -> None:
        """Amounts and dates in a spelling of the query's own."""
        self._fill("amount, other spelling", 30, self._sums())
        self._fill("date, other spelling", 25, self._days())

    def _sums(self) -> Iterator[tuple[str | None, Iterable[str]]]:
        for paper in self._shuffled():
            value = next(
                (v for n in AMOUNTS if re.fullmatch(r"\d{3,9}\.\d\d", v := paper.truth.get(n, ""))), ""
            )
            if value:
                whole, rest = value.split(".")
                groups = f"{int(whole):,}".split(",")
                shown = self._chance.choice(
                    (f"{whole},{rest}", f"{' '.join(groups)},{rest}", f"{','.join(groups)}.{rest}", value)
                )
                there = re.compile(rf"(?<!\d)(?<!\d[ .,\u00a0]){_BLANK.join(groups)}[.,]{rest}(?!\d)")
                yield shown, self._having(lambda p, t=there: bool(t.search(p.text)))  # type: ignore[misc]

    def _days(self) -> Iterator[tuple[str | None, Iterable[str]]]:
        for paper in self._shuffled():
            value = paper.truth.get("date", "")
            if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
                y, m, d = value.split("-")
                shown = self._chance.choice((value, f"{d}.{m}.{y}", f"{int(d)}.{int(m)}.{y}", f"{d}/{m}/{y}"))
                yield shown, self._having(lambda p, v=value: any(f in p.flat for f in _printed(v)))  # type: ignore[misc]

    # -- parties, several words, fields --------------------------------------

    def parties(self) -> None:
        """Names of companies and people, misspelt."""
        self._fill("party, misspelt", 25, self._misspelt())

    def _misspelt(self) -> Iterator[tuple[str | None, Iterable[str]]]:
        for paper in self._shuffled(lambda p: bool(_names(p))):
            name = self._chance.choice(_names(paper))
            slipped = self._chance.choice((slips.misread, slips.mistyped))(name, self._chance)
            if slipped and not self._spread[slipped]:
                yield slipped, self._with_word(name)

    def several(self) -> None:
        """Three words of one paper, the second time with one of them misread."""
        for kind, slipping in (("three words", False), ("three words, one misread", True)):
            self._fill(kind, 25, self._three(slipping))

    def _three(self, slipping: bool) -> Iterator[tuple[str | None, Iterable[str]]]:
        for paper in self._shuffled():
            words = sorted(w for w in paper.words if len(w) >= 6 and w.isalpha() and self._spread[w] <= 60)
            if len(words) < 3:
                continue
            three = self._chance.sample(words, 3)
            right = self._having(lambda p, t=three: p.words.issuperset(t))  # type: ignore[misc]
            if slipping:
                three[2] = slips.misread(three[2], self._chance) or three[2]
            yield " ".join(three), right

    def fields(self) -> None:
        """Precise questions, right by the truth of generated papers."""
        self._fill("fields", 35, self._precise())

    def _precise(self) -> Iterator[tuple[str | None, Iterable[str]]]:
        for turn, paper in enumerate(self._shuffled(lambda p: p.generated and bool(_names(p)))):
            name, kind, total, dated = _names(paper)[0], paper.doc_type, paper.total, paper.dated
            of = self._having(lambda p, n=name: n in _names(p))  # type: ignore[misc]
            same = set(self._having(lambda p, k=kind: p.doc_type == k))  # type: ignore[misc]
            if turn % 4 == 0:
                yield f"vendor:{name} type:{kind}", same.intersection(of)
            elif turn % 4 == 1 and dated:
                month = dated.isoformat()[:7]
                in_month = self._having(lambda p, m=month: bool(p.dated and p.dated.isoformat()[:7] == m))  # type: ignore[misc]
                yield f"vendor:{name} date:{month}", set(of).intersection(in_month)
            elif turn % 4 == 2 and total:
                equal = self._having(lambda p, t=total: p.total == t)  # type: ignore[misc]
                yield f"total:{total}", equal
            elif total:
                more = self._having(lambda p, t=total: bool(p.total and p.total >= t))  # type: ignore[misc]
                yield f"type:{kind} total:>={total}", same.intersection(more)

    # -- ranking ------------------------------------------------------------

    def ranked(self, alike: Sequence[str]) -> None:
        """Words on many papers: those whose title they are first, and the word before what looks like it."""
        heads: dict[tuple[str, str], None] = dict.fromkeys(
            (p.doc_type, p.language) for p in self._papers if p.generated and p.doc_type
        )
        for doc_type, language in heads:
            head = title_of(doc_type, {}, language, None)
            first = head.casefold().split()
            right = self._having(lambda p, h=head: p.title.startswith(h))  # type: ignore[misc]
            said = self._having(lambda p, f=first: p.words.issuperset(f))  # type: ignore[misc]
            if len(said) >= 2 * len(right):
                self._add("ranking, a title among mentions", head, right, most=len(self._papers))
        for word in alike:
            self._add(
                "ranking, a word among look-alikes", word, self._with_word(word), most=len(self._papers)
            )
        for word in STAMP:
            right = self._with_word(word)
            self._add("ranking, a word on nearly every paper", word, right, most=len(self._papers))


@lru_cache(maxsize=4096)
def _printed(day: str) -> tuple[str, ...]:
    return tuple(printed_dates(day))


def _is_number(value: str) -> bool:
    plain = squeezed(value)
    return 7 <= len(plain) <= 40 and plain.isascii() and sum(c.isdigit() for c in plain) >= 4


def _end(number: str, least: int) -> str | None:
    """The end of a number from one of its separators on, else its last signs; None if that is nearly all."""
    if len(squeezed(number)) < least + 3:
        return None
    for cut in [m.end() for m in re.finditer(r"[^0-9A-Za-z]", number)][::-1]:
        if least <= len(squeezed(number[cut:])) <= least + 1:
            return number[cut:]
    plain = squeezed(number)
    return plain[-least:] if number.isalnum() else None


def _names(paper: Paper) -> list[str]:
    """The telling words of a paper's parties as they stand on it, in lower case."""
    truth = (paper.truth.get(n, "") for n in ("vendor", "buyer", "employer", "employee", "patient"))
    words = (word for name in truth for word in re.findall(r"[^\W\d_]{6,}", name.casefold()))
    return [word for word in dict.fromkeys(words) if word in paper.words and word not in _TRADES]


_TRADES = frozenset(
    tuple_of(
        """
        spółka akcyjna biuro projektowe zakłady mechaniczne przedsiębiorstwo handlowe usługowe
        hurtownia centrum zaopatrzenia serwis komputerowy drukarnia fabryka opakowań limited zakład
        produkcyjny spółdzielnia mleczarska usługi remontowe laboratorium medyczne diagnostyczne
        """
    )
)


def _shown(word: _Put, papers: Sequence[Paper]) -> set[str]:
    """The papers onto which a damaged or divided word was put."""
    form = word.forms[0]
    if word.state == "divided":
        return {p.name for p in papers if form in p.text.replace("-\n", "")}
    return {p.name for p in papers if any(_one_off(form, w) for w in _added(p.text))}


def _added(text: str) -> list[str]:
    return re.findall(r"(?:Dotyczy także|This concerns also): (\S+)", text)


def _one_off(a: str, b: str) -> bool:
    return len(a) == len(b) and sum(x != y for x, y in zip(a, b, strict=True)) == 1
