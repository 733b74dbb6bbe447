"""The forms under which an inflected word is found: its dictionary forms and its stems.

Neither alone is enough: of Polish pairs of inflected forms the dictionary joins 78 %, Snowball
71 %, both together 92 %, with diacritics or without (decision 0026).
"""

from collections.abc import Callable
from functools import cache, lru_cache

from indexer.analysis import polish_stem, stems
from indexer.lemmas import lemmas
from indexer.stages import ALL_STAGES, Stages

#: A shorter word has no form but itself.
FORMS_FROM = 3


def word_forms(word: str, stages: Stages = ALL_STAGES) -> tuple[str, ...]:
    """The forms of a folded word, without repetition; a number or a short word has itself alone.

    Which language a word is of is not asked: a wrong form is only one more.
    """
    return former(stages)(word)


def former(stages: Stages) -> Callable[[str], tuple[str, ...]]:
    """`word_forms` with its stages set, for many words."""
    return _former(stages.lemmas, stages.stems)


@cache
def _former(lemmas_too: bool, stems_too: bool) -> Callable[[str], tuple[str, ...]]:
    @lru_cache(maxsize=100_000)
    def of_word(word: str) -> tuple[str, ...]:
        found = lemmas().of(word) if lemmas_too else ()
        more = stems(word) if stems_too else ()
        if stems_too and not found and word.endswith("ow"):
            # Of a folded word Snowball knows every ending but this, that of "Nowaków".
            more += (polish_stem(word[:-2] + "ów"),)
        return tuple(dict.fromkeys((*found, *more))) or (word,)

    def forms(word: str) -> tuple[str, ...]:
        # Numbers, most of which occur once, would drive the words out of the cache.
        return of_word(word) if len(word) >= FORMS_FROM and word.isalpha() else (word,)

    return forms
