"""What stands in somebody's way, in the language of the page.

Errors are written in English where they are raised. Their Polish is in the
catalogue under the same sentence, with `{names}` where facts stand; facts that
are sentences or phrases of the catalogue themselves are translated as well.
"""

import re
from functools import cache

from akta.kernel.errors import AktaError
from api.web import i18n, labels
from ingest.fields.names import FIELDS

_HOLE = re.compile(r"\{\w*\}")


def tell(error: AktaError, language: str) -> str:
    """The sentence of an error; one about a field of a record begins with the field's name."""
    said = translate(error.message, language)
    field = error.params.get("field")
    return f"{labels.field(field, language)}: {said}" if field in FIELDS else said


def translate(sentence: str, language: str) -> str:
    """The sentence in a language; one that the catalogue has not got stays as it is."""
    if not sentence.strip():
        return sentence
    found = i18n.translations(language).gettext(sentence)
    if found != sentence:
        return found
    for pattern, names, told in _patterns(language):
        match = pattern.fullmatch(sentence)
        if match:
            facts = {name: translate(match[n], language) for n, name in enumerate(names, start=1)}
            return _HOLE.sub(lambda hole, facts=facts: facts[hole[0]], told)  # type: ignore[misc]
    return sentence


@cache
def _patterns(language: str) -> tuple[tuple[re.Pattern[str], tuple[str, ...], str], ...]:
    """The catalogue's sentences with facts as patterns, those with more words of their own first."""
    made = []
    for english, told in sorted(i18n.messages(language).items(), key=lambda pair: -len(pair[0])):
        names = tuple(_HOLE.findall(english))
        if names:
            parts = (re.escape(part) for part in _HOLE.split(english))
            made.append((re.compile("(.*?)".join(parts), re.DOTALL), names, told))
    return tuple(made)
