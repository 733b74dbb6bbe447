"""Words that recognition made of others: *settlernent* is *settlement*, *5potkania* is *spotkania*.

What is one letter off an engine finds by itself; here are letters read as two, two as one, and
letters read as digits.
"""

from functools import lru_cache

_PAIRS = (("rn", "m"), ("m", "rn"), ("cl", "d"), ("d", "cl"), ("vv", "w"), ("w", "vv"))
_DIGITS = (str.maketrans("01589", "olsbg"), str.maketrans("01589", "oisbg"))
#: A word with more digits is a number.
_MOST_DIGITS = 2
#: So many other words are looked for.
_MOST = 8


@lru_cache(maxsize=10_000)
def readings(word: str) -> tuple[str, ...]:
    """What else a folded word may be, one misreading away; nothing for numbers."""
    digits = sum(not sign.isalpha() for sign in word)
    if digits:
        if digits > _MOST_DIGITS or len(word) < 2 * digits + 3:
            return ()
        found = [word.translate(table) for table in _DIGITS]
        return tuple(dict.fromkeys(other for other in found if other.isalpha()))
    found = []
    for seen, meant in _PAIRS:
        at = word.find(seen)
        while at >= 0:
            found.append(word[:at] + meant + word[at + len(seen) :])
            at = word.find(seen, at + 1)
    return tuple(dict.fromkeys(found))[:_MOST]
