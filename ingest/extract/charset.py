"""Bytes become text: by mark, by validity, and at last by judgement.

Polish offices have left files in six eight-bit encodings. None of them can be
told by validity (nearly every byte is a letter in each), so the candidates are
decoded and judged by what they make of the bytes above 127: Polish letters in
the middle of words speak for an encoding, signs and controls between letters
against it. Letter weights follow the frequencies of Polish letters in running
text (ł, ę, ą, ó, ż most common; ź and ń rare).
"""

import codecs
import re
from dataclasses import dataclass
from typing import Final

_BOMS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: In the order in which they are preferred when the judgement is a draw.
_CANDIDATES: Final = ("cp1250", "iso8859-2", "cp852", "mazovia", "mac_latin2", "cp1252", "cp850")
_SAMPLE: Final = 200_000

#: Polish computers of the 1980s and 90s, and fiscal printers since: code page 437 with these in it.
_MAZOVIA: Final = (
    bytes(range(256))
    .decode("cp437")
    .translate(
        str.maketrans(
            bytes.fromhex("8f95909ca5a398a0a1868d9192a4a29ea6a7").decode("cp437"), "ĄĆĘŁŃÓŚŹŻąćęłńóśźż"
        )
    )
)


def _mazovia(name: str) -> codecs.CodecInfo | None:
    """Python has no such codec; registered, it can be used by its name like the others."""
    if name != "mazovia":
        return None
    return codecs.CodecInfo(
        name="mazovia",
        encode=lambda text, errors="strict": codecs.charmap_encode(text, errors, _MAZOVIA_BYTES),
        decode=lambda data, errors="strict": codecs.charmap_decode(data, errors, _MAZOVIA),
    )


_MAZOVIA_BYTES: Final = codecs.charmap_build(_MAZOVIA)
codecs.register(_mazovia)

_POLISH: Final = {
    "ą": 3.0,
    "ć": 2.0,
    "ę": 3.0,
    "ł": 4.0,
    "ń": 1.6,
    "ó": 2.8,
    "ś": 2.5,
    "ź": 1.2,
    "ż": 2.5,
}
_GERMAN_FRENCH: Final = {**dict.fromkeys("äöüß", 2.0), **dict.fromkeys("éèàçêâîôûëïñ", 1.0)}
_CZECH: Final = dict.fromkeys("áíýěščřžůťďúňľ", 0.7)
_WEIGHTS: Final = _CZECH | _GERMAN_FRENCH | _POLISH
_TYPOGRAPHY: Final = frozenset("–—„”“‘’…§°€«»•·×±µ²³½¼©®™\u00a0")
_HIGH_RUN: Final = re.compile(r"[^\x00-\x7f]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """`guessed` where the encoding is not certain, `damaged` where some bytes fit no encoding."""

    text: str
    charset: str
    guessed: bool = False
    damaged: bool = False

    @property
    def flags(self) -> tuple[str, ...]:
        named = (("charset_guessed", self.guessed), ("damaged", self.damaged))
        return tuple(code for code, holds in named if holds)


def decode(data: bytes, declared: str | None = None) -> Decoded:
    """The text of `data`. `declared` is what the file says of itself; it is believed only if it fits."""
    for mark, name in _BOMS:
        if data.startswith(mark):
            text = data.decode(name, "replace")
            return Decoded(text.removeprefix("\ufeff"), name, damaged="\ufffd" in text)
    if wide := _two_byte_units(data):
        text = data.decode(wide, "replace")
        return Decoded(text, wide, guessed=True, damaged="\ufffd" in text)
    try:
        return Decoded(data.decode("utf-8"), "utf-8")
    except UnicodeDecodeError:
        pass
    if declared and (known := _known(declared)) and known in _CANDIDATES:
        try:
            text = data.decode(known)
        except UnicodeDecodeError:
            pass
        else:
            if judge(text) >= judge(data.decode(guess(data), "replace")) * 0.8:
                return Decoded(text, known)
    if _mostly_utf8(data):
        text = data.decode("utf-8", "replace")
        return Decoded(text, "utf-8", guessed=True, damaged=True)
    name = guess(data)
    text = data.decode(name, "replace")
    return Decoded(text, name, guessed=True, damaged="\ufffd" in text)


def _known(name: str) -> str | None:
    try:
        return codecs.lookup(name).name
    except LookupError:
        return None


def _two_byte_units(data: bytes) -> str | None:
    """UTF-16 without a mark: in western text nearly every other byte is zero, the rest never."""
    sample = data[: len(data) & ~1][:4096]
    half = len(sample) // 2
    if half < 4:
        return None
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if odd > 0.7 * half and even < 0.02 * half:
        return "utf-16-le"
    if even > 0.7 * half and odd < 0.02 * half:
        return "utf-16-be"
    return None


def _mostly_utf8(data: bytes) -> bool:
    """Whether valid multi-byte sequences outnumber the bytes that are not UTF-8."""
    text = data[:_SAMPLE].decode("utf-8", "replace")
    wrong = text.count("\ufffd")
    right = sum(1 for c in text if c > "\x7f") - wrong
    return right > wrong


def guess(data: bytes) -> str:
    """The likeliest of the eight-bit encodings for `data`."""
    sample = data[:_SAMPLE]
    best, best_score = _CANDIDATES[0], float("-inf")
    for name in _CANDIDATES:
        score = judge(sample.decode(name, "replace"))
        if score > best_score + 1e-9:
            best, best_score = name, score
    return best


def judge(text: str) -> float:
    """How much the characters above 127 look like those of a European business text; higher is better."""
    score = 0.0
    last = len(text) - 1
    for match in _HIGH_RUN.finditer(text):
        at = match.start()
        char = text[at]
        before = text[at - 1] if at else " "
        after = text[at + 1] if at < last else " "
        inside = before.isalpha() or after.isalpha()
        if char.isalpha():
            weight = _WEIGHTS.get(char)
            if weight is None and (weight := _WEIGHTS.get(char.lower())) is not None:
                # Capitals begin words or stand among capitals.
                weight = weight * 0.6 if not (before.isalpha() and before.islower()) else -1.5
            score += weight if weight is not None and inside else (-1.0 if inside else -0.5)
        elif char == "\ufffd" or "\x80" <= char <= "\x9f":
            score -= 5.0
        elif char in _TYPOGRAPHY:
            score += 0.4 if not (before.isalpha() and after.isalpha()) else -2.0
        elif "\u2500" <= char <= "\u259f":  # frames of tables in DOS texts
            score += 0.2 if not inside else -2.0
        else:
            score -= 3.0 if inside else 1.0
    return score
