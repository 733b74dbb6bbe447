"""Polish and English: messages from `locale/pl.po`, dates and numbers by Babel.

The catalogue is read from its source at start-up, so nothing compiled lies in
the repository and nothing can be out of date.
"""

import gettext
import io
import re
from datetime import date, datetime
from functools import cache, lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import dates, numbers
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = ("pl", "en")
_HOLE = re.compile(r"\{\w*\}")
#: Places of a sentence that hold phrases of the catalogue; what people typed is in others.
_PHRASES = {"{expected}", "{hint}"}
_FOLDER = Path(__file__).parent / "locale"


@cache
def translations(language: str) -> gettext.NullTranslations:
    """The messages of a language; English is written in the templates themselves."""
    file = _FOLDER / f"{language}.po"
    if not file.exists():
        return gettext.NullTranslations()
    with file.open("rb") as source:
        catalogue = read_po(source, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


@cache
def messages(language: str) -> dict[str, str]:
    """The sentences of a language's catalogue by their English."""
    file = _FOLDER / f"{language}.po"
    if not file.exists():
        return {}
    with file.open("rb") as source:
        catalogue = read_po(source, locale=language)
    return {m.id: m.string for m in catalogue if isinstance(m.id, str) and isinstance(m.string, str) and m.id}


def translate(sentence: str, language: str) -> str:
    """The sentence in a language; one that the catalogue has not got stays as it is."""
    if not sentence.strip():
        return sentence
    found = translations(language).gettext(sentence)
    if found != sentence:
        return found
    for pattern, names, told in _patterns(language):
        match = pattern.fullmatch(sentence)
        if match:
            facts = dict(zip(names, match.groups(), strict=True))
            for name in _PHRASES & set(names):
                facts[name] = translate(facts[name], language)
            return _HOLE.sub(lambda hole, facts=facts: facts[hole[0]], told)  # type: ignore[misc]
    return sentence


@cache
def _patterns(language: str) -> tuple[tuple[re.Pattern[str], tuple[str, ...], str], ...]:
    """The catalogue's sentences with facts as patterns, those with more words of their own first."""
    made = []
    for english, told in sorted(messages(language).items(), key=lambda pair: -len(pair[0])):
        names = tuple(_HOLE.findall(english))
        if names:
            parts = (re.escape(part) for part in _HOLE.split(english))
            made.append((re.compile("(.*?)".join(parts), re.DOTALL), names, told))
    return tuple(made)


def choose_language(accept: str) -> str:
    """The language of somebody not signed in, from the Accept-Language header."""
    for part in accept.lower().split(","):
        code = part.split(";")[0].strip()[:2]
        if code in LANGUAGES:
            return code
    return "en"


def say_date(value: date | str | None, language: str) -> str:
    """`31 grudnia 2031` or `31 December 2031`."""
    if not value:
        return ""
    day = date.fromisoformat(value[:10]) if isinstance(value, str) else value
    return dates.format_date(day, format="d MMMM y", locale="pl" if language == "pl" else "en_GB")


def say_day(value: date, language: str) -> str:
    """`5 sty` or `5 Jan`: a day where the year is clear."""
    return dates.format_date(value, format="d MMM", locale="pl" if language == "pl" else "en_GB")


def say_month(value: date, language: str) -> str:
    """`styczeń 2027` or `January 2027`."""
    return dates.format_date(value, format="LLLL y", locale="pl" if language == "pl" else "en_GB")


def say_instant(value: datetime | str | None, language: str, zone: str) -> str:
    """Day and time to the minute in the archive's zone."""
    if not value:
        return ""
    instant = datetime.fromisoformat(value) if isinstance(value, str) else value
    local = instant.astimezone(ZoneInfo(zone))
    return dates.format_datetime(local, format="d MMM y, HH:mm", locale="pl" if language == "pl" else "en_GB")


@lru_cache(maxsize=20_000)  # a page of search results says hundreds, mostly the same small ones
def say_number(value: float, language: str) -> str:
    return numbers.format_decimal(value, locale="pl" if language == "pl" else "en_GB")


def say_short(value: float, language: str) -> str:
    """`40`, `1,2 tys.`, `3M`: a number where there is little room."""
    return numbers.format_compact_decimal(
        value, locale="pl" if language == "pl" else "en_GB", fraction_digits=1 if value >= 1000 else 0
    )


def say_size(size: int, language: str) -> str:
    """A size in bytes in round units (1 kB is 1000 bytes)."""
    value, unit = float(size), "B"
    for larger in ("kB", "MB", "GB"):
        if value < 1000:
            break
        value, unit = value / 1000, larger
    shown = round(value, 1 if value < 10 and unit != "B" else 0)
    return f"{numbers.format_decimal(shown, locale=language)} {unit}"
