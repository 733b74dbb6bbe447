"""What eyes, machines and fingers make of words and numbers."""

from collections.abc import Callable
from random import Random

#: Letters that recognition takes for each other, one for one.
_LIKE = {
    "u": "v", "v": "u", "i": "l", "l": "i", "e": "c", "c": "e", "h": "b", "b": "h", "a": "o",
    "o": "a", "n": "u", "t": "f", "f": "t", "r": "n", "g": "q", "y": "v", "z": "s", "s": "z",
}  # fmt: skip
#: Signs taken for two, two for one, and letters for digits.
_UNLIKE = (
    ("rn", "m"),
    ("m", "rn"),
    ("w", "vv"),
    ("d", "cl"),
    ("cl", "d"),
    ("l", "1"),
    ("o", "0"),
    ("s", "5"),
)
#: Digits read as letters.
_LETTERS = {"0": "O", "1": "I", "5": "S", "8": "B"}
_PLAIN = str.maketrans("ąćęłńóśźżĄĆĘŁŃÓŚŹŻ", "acelnoszzACELNOSZZ")
Slip = Callable[[str, Random], str | None]


def plain(word: str) -> str:
    """A word without Polish letters."""
    return word.translate(_PLAIN)


def misread(word: str, chance: Random) -> str | None:
    """One letter taken for another that looks like it; None if none does."""
    places = [at for at, letter in enumerate(word) if at and letter in _LIKE]
    if not places:
        return None
    at = chance.choice(places)
    return word[:at] + _LIKE[word[at]] + word[at + 1 :]


def badly_misread(word: str, chance: Random) -> str | None:
    """One letter read as two or as a digit, or two as one; None if there are none such."""
    there = [(a, b) for a, b in _UNLIKE if a in word]
    if not there:
        return None
    a, b = chance.choice(there)
    return word.replace(a, b, 1)


def mistyped(word: str, chance: Random) -> str | None:
    """A letter left out, doubled, or swapped with the next; never the first."""
    if len(word) < 4:
        return None
    at = chance.randrange(1, len(word) - 1)
    made = chance.choice(
        (
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        )
    )
    return made if made != word else word[:at] + word[at + 1 :]


def digits_as_letters(number: str, chance: Random) -> str | None:
    """O for 0, I for 1 and the like, at one or two places; None if there are none such."""
    places = [at for at, sign in enumerate(number) if sign in _LETTERS]
    if not places:
        return None
    made = list(number)
    for at in chance.sample(places, min(len(places), chance.choice((1, 2)))):
        made[at] = _LETTERS[made[at]]
    return "".join(made)


def wrong_digit(number: str, chance: Random) -> str | None:
    """One digit left out or another in its place; None of what has no digit."""
    places = [at for at, sign in enumerate(number) if sign.isdigit()]
    if not places:
        return None
    at = chance.choice(places)
    other = chance.choice([d for d in "0123456789" if d != number[at]])
    return number[:at] + chance.choice(("", other)) + number[at + 1 :]


def other_separators(number: str, chance: Random) -> str | None:
    """The same number in another manner of writing; None if there is no other."""
    body = "".join(c for c in number if c.isalnum())
    if body != number:
        sign = chance.choice([s for s in ("-", "/", ".", "") if s not in number or not s])
        return "".join(c if c.isalnum() else sign for c in number) if sign else body
    if not body.isdigit() or len(body) < 7:
        return None
    sign = chance.choice("- ")
    return sign.join(body[at : at + 4] for at in range(0, len(body), 4))
