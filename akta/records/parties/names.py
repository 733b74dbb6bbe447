"""Names folded so that spellings of one company agree: case, accents, legal forms, abbreviations.

Pure functions over outside text of any length and script; only the first 300 characters count.
"""

import re
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Final


def _set(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


LONGEST: Final = 300
_LONGEST_CORE: Final = 200
_MOST_WORDS: Final = 16
_PLAIN: Final = str.maketrans({"ł": "l", "ß": "ss", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i"})
_WORD: Final = re.compile(r"[^\W_]+")
#: `&` and its words say nothing of who a company is.
_AND: Final = frozenset({"and", "und", "et", "i", "oraz", "y", "e"})
_SAME_WORD: Final = {
    "poland": "polska", "intl": "international", "centre": "center", "bros": "brothers",
    "przeds": "przedsiebiorstwo", "wielobranzowa": "wielobranzowe", "spolki": "spolka",
    "enterprises": "enterprise", "resturant": "restaurant", "restoran": "restaurant",
    "mfg": "manufacturing", "zakl": "zaklad",
}  # fmt: skip
#: Written out at length anywhere in a name; longer ones first.
_LONG_FORMS: Final = re.compile(
    r" (?:spolka z ograniczona odpowiedzialnoscia(?: spolka komandytowa| sp k)?|prosta spolka akcyjna"
    r"|spolka (?:komandytowo )?akcyjna|spolka (?:jawna|komandytowa|cywilna|partnerska)"
    r"|s(?:p|pol?|polka)? z ?[o0] ?[o0](?: sp(?:olka)? ?k(?:omandytowa)?)?|spzoo"
    r"|gmbh(?: co kg)?|gesellschaft mit beschrankter haftung|ug haftungsbeschrankt"
    r"|societe (?:anonyme|a responsabilite limitee)"
    r"|(?:m |malaysia )?(?:sdn|sbn|son|sendirian) (?:bhd|bho|berhad)|private limited|pvt ltd|pte ltd|pty ltd"
    r"|w likwidacji|w upadlosci|w restrukturyzacji) "
)
_FORMS: Final = _set(
    """
    sa spj spk sc ska psa spp spol ltd limited llc inc incorporated corp corporation co company plc llp
    lp pty pvt pte ag kg kgaa ohg ug ek ev eg se mbh gbr sarl sas sasu eurl snc bhd berhad srl spa sl
    slu bv nv vof oy oyj ab aps kft zrt nyrt sro ou sia uab doo lda ltda sb
    """
)
#: Of two letters and words of their own in some names: a legal form only as the last of three or more words.
_DOUBTFUL: Final = frozenset({"as", "sb", "se", "co", "ab", "ou", "sl", "ev", "eg", "ek"})
_SDN_BHD: Final = re.compile(r"(?<![^\W_])s ?/ ?b(?![^\W_])")
_HEAD: Final = {"przedsiebiorstwo": "p", "firma": "f", "zaklad": "z", "hurtownia": "h"}
_TRADES: Final = re.compile(
    r"produkcyj|handlow|uslugow|transportow|budowlan|remontow|wielobranzow|wytworcz|techniczn|inzynieryj"
    r"|importow|eksportow|doradcz|instalacyj"
)
#: Abbreviated kinds of small firms: they tell little, `PHU Nowak` and `Nowak` may be one.
WEAK: Final = _set("fh fhu fph fu fw ph phu pph pphu ppuh pu puh pw zu")
_COMPANY_WORDS: Final = re.compile(
    r"\b(?:trading|restaurant|hotel|cafe|bistro|bakery|shop|store|stores|mart|market|supermarket|hardware|"
    r"pharmacy|apteka|apotheke|sklep|services?|industries|holdings?|group|grupa|bank|szpital|hospital|clinic|"
    r"klinika|enterprise|hurtownia|fabryka|fundacja|stowarzyszenie|urzad|gmina|zaklad|biuro|kancelaria|"
    r"przychodnia|laboratorium|polska|logistics|software|solutions|systems|studio|center|serwis|auto|bud)\b"
)
#: Given names that are common where our papers come from.
_GIVEN: Final = frozenset(Path(__file__).with_name("given.txt").read_text("utf-8").split())
_SHAPES: Final = str.maketrans(
    {"0": "o", "1": "l", "i": "l", "j": "l", "5": "s", "8": "b", "6": "b", "q": "o"}
)


def words(text: str) -> list[str]:
    """The words of a name in lower case without accents and marks; of any script, at most 16."""
    shown = "".join(
        c for c in text[:LONGEST] if unicodedata.category(c) not in ("Cf", "Cc", "Cs") or c in "\t\n"
    )
    plain = unicodedata.normalize("NFKD", shown.casefold().translate(_PLAIN)).translate(_PLAIN)
    plain = "".join(c for c in plain if not unicodedata.combining(c)).replace("'", "").replace("’", "")
    plain = _SDN_BHD.sub(" sdn bhd ", plain)
    out: list[str] = []
    run: list[str] = []
    for word in [*_WORD.findall(plain), ""]:
        if len(word) == 1 and word.isalpha():
            run.append(word)
            continue
        if run:  # `s a`, `P.H.U.`: letters set apart are one word
            out += ["".join(run)]
            run = []
        if word:
            out.append(_SAME_WORD.get(word, word))
    return out[:_MOST_WORDS]


@lru_cache(maxsize=16384)
def fold(text: str) -> str:
    """The core of a name: its words without legal form; all of them if nothing else is there.

    `ORLEN S.A.` and `Orlen SA` are `orlen`; `Przedsiębiorstwo Handlowo-Usługowe Kos` is
    `phu kos`. Empty only where the name has no letter or digit.
    """
    every = words(text)
    if not every:
        return ""
    line = f" {' '.join(every)} "
    for joined, apart in (
        (" zoo ", " z o o "),
        (" spz ", " sp z "),
        (" spj ", " sp j "),
        (" spk ", " sp k "),
    ):
        if joined == " zoo " and " sp zoo " not in line and " spolka zoo " not in line:
            continue
        line = line.replace(joined, apart)
    line = _LONG_FORMS.sub(" ", _LONG_FORMS.sub(" ", line)).replace(" sp j ", " ").replace(" sp k ", " ")
    kept = _shortened([w for w in line.split() if w not in _AND])
    while len(kept) > 1 and kept[-1] in _FORMS and (kept[-1] not in _DOUBTFUL or len(kept) > 2):
        kept.pop()
    return " ".join(kept or every)[:_LONGEST_CORE].strip()


def _shortened(found: list[str]) -> list[str]:
    """`przedsiebiorstwo handlowo uslugowe` as `phu`."""
    out: list[str] = []
    at = 0
    while at < len(found):
        end = at + 1
        if found[at] in _HEAD:
            while end < len(found) and _TRADES.match(found[end]):
                end += 1
        if end > at + 1:
            out.append(_HEAD[found[at]] + "".join(w[0] for w in found[at + 1 : end]))
        else:
            out.append(found[at])
        at = end
    return out


def skeleton(text: str) -> str:
    """A core without the letter shapes that OCR mixes up; words of digits stay as they are."""
    return " ".join(
        w if w.isdigit() else w.replace("rn", "m").replace("vv", "w").replace("cl", "d").translate(_SHAPES)
        for w in text.split()
    )


def squeezed(text: str) -> str:
    return text.replace(" ", "")


def has_legal_form(name: str) -> bool:
    """Whether a name carries a legal form or a word that only companies have."""
    found = [w for w in words(name) if w not in _AND]
    line = f" {' '.join(found)} "
    form = bool(_LONG_FORMS.search(line)) or any(w in _FORMS and w not in _DOUBTFUL for w in found[1:])
    return form or any(w in WEAK for w in found) or bool(_COMPANY_WORDS.search(line))


def looks_like_person(name: str) -> bool:
    """Whether a name reads like a person's: two to four words, a given name among them, no company's word."""
    found = words(name)
    return (
        2 <= len(found) <= 4
        and all(w.isalpha() for w in found)
        and any(w in _GIVEN for w in found)
        and not has_legal_form(name)
    )


def blocks(core: str) -> set[str]:
    """Keys under which a core is looked up: its words, and what slips and word order leave alike."""
    whole = core.split()
    found = {f"w:{word}"[:80] for word in whole}
    strong = [w for w in skeleton(core).split() if w not in WEAK and not w.isdigit()] or skeleton(
        core
    ).split()
    longest = sorted(strong, key=lambda w: (-len(w), w))
    tight = squeezed(skeleton(" ".join(w for w in whole if w not in WEAK))) or squeezed(core)
    heads = sorted(w[:3] for w in longest[:2])
    tails = sorted(w[-3:] for w in longest[:2])
    found |= {f"h:{'+'.join(heads)}", f"t:{'+'.join(tails)}", f"b:{tight[:5]}", f"e:{tight[-5:]}"}
    for word in longest[:3]:
        if len(word) >= 5:
            found.add(f"l:{word}"[:80])
    return found
