"""Words as the classifier compares them: folded so that accents and OCR slips do not matter."""

import re
from functools import lru_cache
from typing import Final

_WORD: Final = re.compile(r"[^\W_]+")
# Accents that Polish, German, French and Italian papers carry; ł has no decomposition in Unicode.
_PLAIN: Final = str.maketrans("ąćęłńóśźżäöüàâçéèêëîïôùûñìòåø", "acelnoszzaouaaceeeeiiouunioao")
# Shapes that OCR confuses; both sides of a comparison are folded, so nothing is lost but a few
# distinctions that no two words of the lexicon depend on.
_SHAPES: Final = str.maketrans({"0": "o", "1": "l", "i": "l", "5": "s", "8": "b", "ß": "ss"})


#: Characters that nobody sees: they part words, turn the direction of a line, and hide what a value is.
_UNSEEN: Final = dict.fromkeys(
    (
        0x00AD,
        *range(0x200B, 0x2010),
        *range(0x202A, 0x202F),
        *range(0x2060, 0x2065),
        *range(0x2066, 0x206A),
        0xFEFF,
    )
)


def visible(text: str) -> str:
    """`text` without the characters that nobody sees (zero width, direction of writing)."""
    return text if text.isascii() else text.translate(_UNSEEN)


@lru_cache(maxsize=65536)
def skeleton(word: str) -> str:
    """A word without case, accents and the letter shapes that OCR mixes up."""
    return word.lower().translate(_PLAIN).translate(_SHAPES).replace("rn", "m").replace("vv", "w")


def plain(text: str) -> str:
    """`text` in lower case without accents; every character keeps its place."""
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text).translate(_PLAIN)


def tokens(text: str) -> list[str]:
    """The words and numbers of `text` in order, as skeletons; letters set wide apart are joined.

    `F A K T U R A` is one word on paper, so three or more single letters in a row are read as one.
    """
    out: list[str] = []
    run: list[str] = []
    for word in _WORD.findall(text):
        if len(word) == 1 and word.isalpha():
            run.append(word)
            continue
        _close(run, out)
        out.append(skeleton(word))
    _close(run, out)
    return out


def _close(run: list[str], out: list[str]) -> None:
    if len(run) > 3:
        out.append(skeleton("".join(run)))
    else:
        out.extend(skeleton(letter) for letter in run)
    run.clear()
