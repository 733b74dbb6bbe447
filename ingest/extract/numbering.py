"""Numbers of paragraphs in WordprocessingML (ECMA-376 part 1, 17.9): "§ 1.", "a)" are not in the text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from ingest.extract.einvoice.paper import local
from ingest.extract.zipguard import Package

_LEVELS: Final = 9
_PLACE: Final = re.compile(r"%([1-9])")
_MOST_STYLES_DEEP: Final = 20
_LARGEST: Final = 5000
_ROMAN: Final = (
    (1000, "M"),
    (900, "CM"),
    (500, "D"),
    (400, "CD"),
    (100, "C"),
    (90, "XC"),
    (50, "L"),
    (40, "XL"),
    (10, "X"),
    (9, "IX"),
    (5, "V"),
    (4, "IV"),
    (1, "I"),
)


@dataclass(frozen=True, slots=True)
class _Level:
    start: int
    form: str
    text: str
    legal: bool = False


class Numbering:
    """The lists of one document. Paragraphs are to be asked in the order of the text, for they count."""

    def __init__(self, package: Package) -> None:
        self._abstract: dict[str, dict[int, _Level]] = {}
        self._lists: dict[str, tuple[str, dict[int, _Level]]] = {}
        self._styles: dict[str, tuple[str, str, str]] = {}
        self._counts: dict[str, list[int | None]] = {}
        numbering, styles = package.xml("word/numbering.xml"), package.xml("word/styles.xml")
        for element in numbering if numbering is not None else ():
            if local(element) == "abstractNum":
                self._abstract[_said(element, "abstractNumId")] = dict(_levels(element))
            elif local(element) == "num":
                self._add_list(element)
        for element in styles if styles is not None else ():
            if local(element) == "style":
                number, level = _numbered(element)
                self._styles[_said(element, "styleId")] = (number, level, _value(element, "basedOn"))

    def label(self, paragraph: Any) -> str:
        """What stands before the paragraph's text, with a space behind it; empty for most paragraphs."""
        number, level = _numbered(paragraph)
        if not number:
            number, of_style = self._by_style(paragraph)
            level = level or of_style
        if number in ("", "0") or number not in self._lists:
            return ""
        at = min(int(level), _LEVELS - 1) if level.isdigit() and len(level) < 4 else 0
        name, own = self._lists[number]
        levels = {**self._abstract.get(name, {}), **own}
        if at not in levels:
            return ""
        if number not in self._counts and own:
            self._counts[name] = [None] * _LEVELS  # a list that starts anew shares the look, not the count
        counts = self._counts.setdefault(name, [None] * _LEVELS)
        self._counts.setdefault(number, counts)
        for n in range(at + 1):
            start = levels[n].start if n in levels else 1
            before = counts[n]
            if before is None:
                counts[n] = start
            elif n == at:
                counts[n] = before + 1
        counts[at + 1 :] = [None] * (_LEVELS - at - 1)
        return _written(levels, counts, levels[at])

    def _add_list(self, element: Any) -> None:
        abstract = _value(element, "abstractNumId")
        own: dict[int, _Level] = {}
        for override in element:
            if local(override) != "lvlOverride":
                continue
            own.update(_levels(override))
            at, start = _said(override, "ilvl"), _value(override, "startOverride")
            if at.isdigit() and start.isdigit() and int(at) < _LEVELS:
                base = own.get(int(at)) or self._abstract.get(abstract, {}).get(int(at))
                if base is not None:
                    own[int(at)] = replace(base, start=int(start[:6]))
        self._lists[_said(element, "numId")] = (abstract, own)

    def _by_style(self, paragraph: Any) -> tuple[str, str]:
        properties = next((e for e in paragraph if local(e) == "pPr"), ())
        style = next((_said(e, "val") for e in properties if local(e) == "pStyle"), "")
        level = ""
        for _ in range(_MOST_STYLES_DEEP):
            number, of_style, style = self._styles.get(style, ("", "", ""))
            level = level or of_style
            if number:
                return number, level
        return "", ""


def _levels(element: Any) -> Iterator[tuple[int, _Level]]:
    for level in element:
        at = _said(level, "ilvl")
        if local(level) == "lvl" and at.isdigit() and int(at[:3]) < _LEVELS:
            start = _value(level, "start")
            legal = any(local(e) == "isLgl" for e in level)
            number = int(start[:6]) if start.isdigit() else 0
            form = _value(level, "numFmt") or "decimal"
            yield int(at), _Level(number, form, _value(level, "lvlText"), legal)


def _numbered(element: Any) -> tuple[str, str]:
    """List and level that a paragraph or a style names."""
    properties = next((e for e in element if local(e) == "pPr"), ())
    said = next((e for e in properties if local(e) == "numPr"), None)
    return (_value(said, "numId"), _value(said, "ilvl")) if said is not None else ("", "")


def _value(element: Any, name: str) -> str:
    return next((_said(e, "val") for e in element if local(e) == name), "")


def _said(element: Any, name: str) -> str:
    return next((str(v) for k, v in element.attrib.items() if k.rpartition("}")[2] == name), "")


def _written(levels: dict[int, _Level], counts: list[int | None], level: _Level) -> str:
    if level.form == "bullet":
        return "• "
    if level.form == "none":
        return ""

    def one(found: re.Match[str]) -> str:
        n = int(found[1]) - 1
        # With "legal" numbering the letters of the levels above are shown as digits, too (17.9.4).
        form = "decimal" if level.legal or n not in levels else levels[n].form
        return _number(counts[n] or 0, form)

    text = _PLACE.sub(one, level.text[:100])
    return f"{text} " if text else ""


def _number(number: int, form: str) -> str:
    if not 0 < number < _LARGEST:
        return str(number)
    if form in ("lowerLetter", "upperLetter"):
        letter = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
        return letter if form == "lowerLetter" else letter.upper()
    if form in ("lowerRoman", "upperRoman"):
        text = ""
        for value, sign in _ROMAN:
            text += sign * (number // value)
            number %= value
        return text.lower() if form == "lowerRoman" else text
    return f"{number:02d}" if form == "decimalZero" else str(number)
