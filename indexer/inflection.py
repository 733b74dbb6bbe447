"""The forms under which an inflected word is found: its dictionary forms and its stems.

Neither alone is enough: of Polish pairs of inflected forms the dictionary joins 78 %, Snowball
71 %, both together 92 %, with diacritics or without (decision 0026).
"""

from functools import lru_cache

from indexer.analysis import stems
from indexer.lemmas import lemmas
from indexer.stages import ALL_STAGES, Stages

#: A shorter word has no form but itself.
FORMS_FROM = 3


@lru_cache(maxsize=200_000)
def word_forms(word: str, stages: Stages = ALL_STAGES) -> tuple[str, ...]:
    """The forms of a folded word, without repetition; a number or a short word has itself alone.

    Which language a word is of is not asked: a wrong form is only one more.
    """
    if len(word) < FORMS_FROM or not word.isalpha():
        return (word,)
    found = lemmas().of(word) if stages.lemmas else ()
    more = stems(word) if stages.stems else ()
    return tuple(dict.fromkeys((*found, *more))) or (word,)
