"""Stems are the same whoever asks at the same time."""

import sys
from concurrent.futures import ThreadPoolExecutor

from indexer.analysis import stems

_WORDS = ["fakturami", "zamowieniach", "rozliczenia", "pracownikow", "national", "relational", "generously"]


def test_threads_do_not_disturb_each_others_stems() -> None:
    alone = {word: stems(word) for word in _WORDS}
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as threads:
            told = list(threads.map(lambda n: (_WORDS[n % 7], stems(_WORDS[n % 7])), range(4_000)))
    finally:
        sys.setswitchinterval(before)
    assert {(word, found) for word, found in told if alone[word] != found} == set()
