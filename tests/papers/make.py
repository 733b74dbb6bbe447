"""Makes papers: a kind drafts, a medium takes it."""

from datetime import datetime
from random import Random
from typing import Final

from tests.papers import office, pdf, plain, raster
from tests.papers.desk import Desk, printed_dates
from tests.papers.kinds import REGISTRY
from tests.papers.kinds.registry import Draft
from tests.papers.layout import lay_out
from tests.papers.model import Medium, Paper, PlacedWord

#: By name, so that the same seed gives the same pile whatever is imported first.
KINDS: Final = tuple(sorted(REGISTRY))

_MEDIA_TYPES: Final[dict[Medium, tuple[str, str]]] = {
    "pdf": (".pdf", "application/pdf"),
    "scan": (".jpg", "image/jpeg"),
    "scan-pdf": (".pdf", "application/pdf"),
    "photo": (".jpg", "image/jpeg"),
    "tiff": (".tif", "image/tiff"),
    "text": (".txt", "text/plain"),
    "xml": (".xml", "application/xml"),
    "docx": (".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "xlsx": (".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "eml": (".eml", "message/rfc822"),
    "hl7": (".hl7", "x-application/hl7-v2+er7"),
}
_PRODUCERS: Final = ("Fakturnik 11.2", "OfficePrint 5", "PrintCore PDF 3.1", "Ledgerly", "DruKomp 2024")


def media_for(kind: str) -> tuple[Medium, ...]:
    """The media a kind comes in. Raises KeyError for a kind there is not."""
    return REGISTRY[kind].media


def languages_for(kind: str) -> tuple[str, ...]:
    """The languages a kind comes in, `pl` and `en` for most. Raises KeyError for a kind there is not."""
    return REGISTRY[kind].languages


def generate(kind: str, seed: int, language: str = "pl", medium: Medium = "pdf", dpi: int = 300) -> Paper:
    """Make the paper of a kind that belongs to a seed: the same arguments, the same paper.

    What it says depends on kind, seed and language only, not on the medium. `dpi` is for pictures.
    A `scan`, `photo` shows the first page only; its text, words and truth are that page's.
    Raises KeyError for an unknown kind, ValueError for a language or medium the kind has not got.
    """
    made = REGISTRY[kind]
    if medium not in made.media:
        raise ValueError(f"{kind} does not come as {medium}")
    if language not in made.languages:
        raise ValueError(f"{kind} is not made in {language}")
    desk = Desk(kind, language, seed)
    draft = made.build(desk)
    chance = Random(f"{kind}/{language}/{seed}/{medium}/{dpi}")
    ending, media_type = _MEDIA_TYPES[medium]
    words: tuple[PlacedWord, ...] = ()
    truth = desk.truth
    if medium in ("pdf", "scan", "scan-pdf", "photo", "tiff"):
        data, text, words = _pictured(draft, medium, chance, dpi)
        if medium in ("scan", "photo"):
            truth = _standing(truth, text, desk)
    elif medium == "text":
        text = draft.raw if draft.raw is not None else plain.as_text(draft.sheet)
        data = text.encode("utf-8")
    elif medium in draft.forms:
        text = draft.forms[medium]()
        data = text.encode("utf-8")
        truth = _standing(truth, text, desk)
    elif medium == "docx":
        text = plain.as_text(draft.sheet)
        data = office.as_docx(
            draft.sheet, draft.title, chance.choice(("Biuro", "Office", "Admin")), _noon(desk)
        )
    elif medium == "xlsx":
        text = plain.as_text(draft.sheet)
        data = office.as_xlsx(
            draft.sheet, draft.title, chance.choice(("Biuro", "Office", "Admin")), _noon(desk)
        )
    else:
        data, text = _mailed(draft, desk, chance)
    return Paper(
        name=draft.stem + ending,
        data=data,
        media_type=media_type,
        kind=kind,
        domain=made.domain,
        doc_type=made.doc_type,
        language=language,
        medium=medium,
        truth=dict(truth),
        text=text,
        words=words,
    )


def _noon(desk: Desk) -> datetime:
    return datetime(desk.today.year, desk.today.month, desk.today.day, 12)


def _pictured(
    draft: Draft, medium: Medium, chance: Random, dpi: int
) -> tuple[bytes, str, tuple[PlacedWord, ...]]:
    laid = lay_out(draft.sheet)
    printed = pdf.write(laid, draft.title, chance.choice(_PRODUCERS))
    if medium == "pdf":
        return printed, laid.text, tuple(laid.words)
    # A telephone sees no more of a page than this, and twice the pixels take twice the time.
    dpi = min(dpi, 220) if medium == "photo" else dpi
    pages = raster.pages_of(printed, dpi)
    if medium == "tiff":
        return raster.tiff(pages, dpi), laid.text, tuple(laid.words)
    if medium in ("scan", "photo"):
        take = raster.scanned if medium == "scan" else raster.photographed
        picture, move = take(pages[0], chance)
        first = [word for word in laid.words if word[1] == 1]
        text = "\n".join(laid.lines[0])
        return raster.jpeg(picture, dpi, chance.randint(60, 88)), text, raster.moved(first, [move])
    taken = [raster.scanned(page, chance) for page in pages]
    quality = chance.randint(55, 80)
    pictures = [(raster.jpeg(p, dpi, quality), p.width, p.height, False) for p, _ in taken]
    data = pdf.from_pictures(pictures, dpi, draft.title, chance.choice(("ScanStation 4", "MFP-3350")))
    return data, laid.text, raster.moved(laid.words, [move for _, move in taken])


def _standing(truth: dict[str, str], text: str, desk: Desk) -> dict[str, str]:
    """What of the truth stands in this text: as it is, or as this paper prints dates, amounts, numbers."""
    return {field: value for field, value in truth.items() if stands(field, value, text)}


def squeezed(text: str) -> str:
    """Without what printing changes: white space, hyphens within numbers, case."""
    return "".join(c for c in text if c.isalnum()).casefold()


def stands(field: str, value: str, text: str) -> bool:
    """Whether a true value can be read in a text, in any of the ways papers print it."""
    if len(value) == 10 and value[4] == value[7] == "-" and value[:4].isdigit():
        flat = " ".join(text.split())
        return any(form in flat for form in printed_dates(value))
    body = value.replace("PL", "", 1) if field == "iban" else value
    return squeezed(body) in squeezed(text) or (field == "currency" and _SIGNS.get(value, value) in text)


_SIGNS: Final = {"PLN": "zł", "EUR": "€", "GBP": "£", "USD": "$"}


def _mailed(draft: Draft, desk: Desk, chance: Random) -> tuple[bytes, str]:
    """A letter with the paper on it as a PDF, or the paper itself as the letter."""
    sender, recipient = desk.person(), desk.person()
    domain = desk.company()
    address = f"{sender.name} <{domain.email}>"
    ident = f"{chance.getrandbits(64):016x}"
    if draft.raw is not None:
        data = plain.mail(address, recipient.email, draft.title, draft.raw, _noon(desk), ident)
        return data, draft.raw
    laid = lay_out(draft.sheet)
    attached = pdf.write(laid, draft.title, chance.choice(_PRODUCERS))
    body = desk.say(
        "Dzień dobry,\n\nw załączeniu przesyłam dokument: {}.\n\nPozdrawiam\n|Szanowni Państwo,\n\nprzesyłamy {} w załączniku.\n\nZ poważaniem\n|Witam,\n\nproszę o zaksięgowanie: {}.\n\nPozdrawiam\n",
        "Hello,\n\nplease find attached: {}.\n\nKind regards\n|Dear all,\n\nattached is {} for your records.\n\nBest wishes\n|Hi,\n\n{} attached, let me know if anything is missing.\n\nThanks\n",
    ).format(draft.title)
    body += sender.name + "\n" + domain.name + "\n"
    data = plain.mail(
        address,
        recipient.email,
        draft.title,
        body,
        _noon(desk),
        ident,
        (draft.stem + ".pdf", attached, "application/pdf"),
    )
    return data, body + "\n" + laid.text
