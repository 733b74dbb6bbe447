"""What a reading means: domain and type with an honest probability, fields, a title, doubts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from akta.records.doctypes.current import current
from akta.records.doctypes.sensitive import sensitive_fields
from akta.records.doctypes.tree import TypeTree
from ingest.classify.costs import USUAL, default_thresholds, sure
from ingest.classify.decide import HINTS, Decision, decide
from ingest.classify.evidence import lexicon
from ingest.classify.finer import finer_lexicon
from ingest.classify.language import guess
from ingest.classify.residual import BUILT_IN, Model
from ingest.classify.types import kind_of
from ingest.extract.metrics import measure
from ingest.fields.agree import differences
from ingest.fields.alternatives import Alternative, suggest
from ingest.fields.checks import FAILED
from ingest.fields.find import REQUIRED, find_fields
from ingest.fields.forms import wanted_fields, with_forms
from ingest.fields.found import SURE, FoundField
from ingest.fields.names import FIELDS
from ingest.fields.rows import Row, rows_of
from ingest.learning.lessons import SOURCE as LESSON
from ingest.learning.lessons import Lesson, apply, taught_type
from ingest.learning.senders import sender_keys
from ingest.model import Conflict, Reading
from ingest.piles.propose import Parts, propose

#: Below this probability of domain and type being right a person decides, where no costs say otherwise.
WORKING_THRESHOLD: Final = USUAL
_ALTERNATIVES: Final = 4
_TAUGHT: Final = 0.92  # a sender's papers were corrected to this type before
_CONFLICTS: Final = 5  # as many are named; a paper with more is read as a whole anyway
ARCHIVE: Final = "archive"
_ARCHIVES: Final = ("application/zip", "application/x-tar", "application/gzip")
_MAILS: Final = ("message/rfc822", "application/vnd.ms-outlook", "application/vnd.ms-tnef")
#: Checks of `ingest.model.CHECKS` as people call them.
_CHECKS: Final = {
    "line": ("quantity × price of a line", "ilość × cena w pozycji"),
    "lines": ("sum of the lines", "suma pozycji"),
    "net": ("net total", "suma netto"),
    "tax_by_rate": ("tax at one rate", "podatek według stawki"),
    "tax": ("tax total", "suma podatku"),
    "total": ("net and tax", "netto i podatek"),
    "payable": ("amount due", "kwota do zapłaty"),
    "balance": ("opening balance and entries", "saldo początkowe i operacje"),
    "count": ("number of entries", "liczba pozycji"),
}


@dataclass(frozen=True, slots=True)
class Judge:
    """Who judges: a version of the model, and how sure it must be by domain to file unseen."""

    model: Model = BUILT_IN
    thresholds: Mapping[str, float] = field(default_factory=default_thresholds)


@dataclass(frozen=True, slots=True)
class Doubt:
    """A reason code of `akta.records.reasons` with the facts for its sentence."""

    reason: str
    params: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Understanding:
    """What Akta makes of a paper.

    `confidence` is the probability that domain and type are both right,
    `domain_confidence` that the domain is. `alternatives` lists the next likeliest
    (domain, type, probability). An empty `doubts` means it can be filed unseen. `pile` says
    where its papers begin, if it is one. `sender` are the keys of the one who sent it, see
    `ingest.learning.senders`; `taught` says whether a lesson changed anything. `subtype` is a
    finer type below `doc_type`, if there is one. `suggestions` are other values of
    fields that a person may want to correct, by name.
    """

    domain: str
    doc_type: str
    confidence: float
    domain_confidence: float
    alternatives: tuple[tuple[str, str, float], ...]
    fields: tuple[FoundField, ...]
    language: str | None
    title: str
    doubts: tuple[Doubt, ...]
    model_version: str
    pile: Parts | None = None
    sender: Mapping[str, float] = field(default_factory=dict)
    taught: bool = False
    suggestions: Mapping[str, tuple[Alternative, ...]] = field(default_factory=dict)
    subtype: str | None = None


def load_model() -> None:
    """Reads the lexicon, labels and fonts once, so that processes forked afterwards share them.

    Again costs nothing, until an officer has defined other types.
    """
    _load(current())


@lru_cache(maxsize=2)
def _load(tree: TypeTree) -> None:
    lexicon()
    finer_lexicon(tree)
    for code in tree.types:
        wanted_fields(code, tree)
    measure()


def understand(
    reading: Reading,
    file_name: str | None = None,
    lessons: Sequence[Lesson] = (),
    judge: Judge | None = None,
) -> Understanding:
    """Classifies a reading and finds its fields. Pure: the same reading yields the same result.

    What the file states of itself (`reading.structured`) outranks everything read off
    the page. `file_name` only helps to title a paper that says nothing; it is untrusted
    and never evidence. `lessons` are what people corrected on papers of the same sender,
    the newest first; they outrank what is read, not what the file states. `judge` is the
    model's version and the thresholds in force, by default those that Akta comes with.
    """
    judge = judge or Judge()
    rows = rows_of(reading)
    stated = reading.structured
    language = reading.language or guess(r.text for r in rows[:200])
    decision = decide(reading, rows, judge.model, language)
    hinted = stated is not None and stated.syntax in HINTS
    if stated is not None and stated.domain and stated.doc_type and not hinted:
        domain, doc_type, confidence, domain_confidence = stated.domain, stated.doc_type, 0.995, 0.995
        alternatives: tuple[tuple[str, str, float], ...] = ()
    else:
        narrowed = stated.domain if stated is not None and not hinted else None
        domain, doc_type, confidence, domain_confidence = _judged(decision, narrowed)
        alternatives = tuple(
            (kind_of(code).domain, code, round(p, 4))
            for code, p in decision.ranked[: _ALTERNATIVES + 1]
            if code != doc_type and p >= 0.005
        )[:_ALTERNATIVES]
    guessed = doc_type
    subtype = decision.subtype(doc_type)
    stated_type = stated is not None and stated.doc_type is not None and not hinted
    taught = (
        None
        if stated_type
        else taught_type(
            lessons,
            subtype or doc_type,
            confidence >= judge.thresholds.get(domain, WORKING_THRESHOLD),
        )
    )
    if taught is not None and current().given(taught):
        alternatives = ((domain, doc_type, round(min(confidence, 1 - _TAUGHT), 4)), *alternatives)[
            :_ALTERNATIVES
        ]
        domain, confidence, domain_confidence = kind_of(taught).domain, _TAUGHT, _TAUGHT
        doc_type, subtype = current().placed(taught)
    vessel = _vessel(reading)
    if vessel is not None:
        domain, doc_type, confidence, domain_confidence, alternatives = "other", vessel, 0.99, 0.99, ()
        subtype = None
    ocr = decision.shape.ocr
    findings = find_fields(rows, doc_type, ocr, dict(stated.fields) if stated else {})
    findings = with_forms(findings, rows, subtype or doc_type, ocr)
    sender = sender_keys(rows, guessed, {f.name: f for f in findings.fields})
    found = apply(rows, ocr, lessons, findings.fields) if lessons else findings.fields
    known = {f.name for f in found if f.source == LESSON}
    doubtful = [name for name in findings.doubtful if name not in known]
    doubts: list[Doubt] = []
    pile = propose(reading)
    if pile is not None and not pile.sure:
        starts = ", ".join(str(part[0]) for part in pile.pages[1:])
        doubts.append(Doubt("may_be_several", {"papers": len(pile.pages), "starts": starts}))
    if stated is not None and reading.parts:
        doubts += _contradicted(rows, doc_type, ocr, stated.fields)
    if stated is not None:
        doubts += [_sum_doubt(c) for c in stated.conflicts[:_CONFLICTS]]
    if not rows and (stated is None or not stated.fields):
        doubts.append(Doubt("nothing_read", {}))
    elif vessel is not None:
        pass  # what it holds is judged by itself
    elif domain == "other":
        doubts.append(
            Doubt(
                "not_ours" if confidence >= WORKING_THRESHOLD or doc_type == "unknown" else "unsure_type", {}
            )
        )
    elif not sure(domain, confidence, judge.thresholds):
        doubts.append(Doubt("unsure_type", {}))
    elif doubtful:
        doubts.append(Doubt("unsure_fields", {"fields": ", ".join(doubtful)}))
    fields = () if vessel == ARCHIVE else found  # a list of names says nothing of itself
    return Understanding(
        domain=domain,
        doc_type=doc_type,
        confidence=round(confidence, 4),
        domain_confidence=round(domain_confidence, 4),
        alternatives=alternatives,
        fields=fields,
        language=language,
        title=title_of(subtype or doc_type, {f.name: f.value for f in fields}, language, file_name),
        doubts=tuple(doubts),
        model_version=judge.model.version,
        pile=pile,
        sender={} if vessel is not None else sender,
        taught=bool(known) or taught is not None,
        suggestions=_suggestions(rows, ocr, doc_type, fields, doubtful) if doubts and vessel is None else {},
        subtype=subtype,
    )


def _suggestions(
    rows: Sequence[Row], ocr: bool, doc_type: str, fields: Sequence[FoundField], doubtful: Sequence[str]
) -> dict[str, tuple[Alternative, ...]]:
    """Other values of what is in doubt: doubtful fields first, then weak ones, then those it must have."""
    found = {f.name: f for f in fields}
    weak = [f.name for f in fields if f.source != "structured" and (f.confidence < SURE or f.check in FAILED)]
    must = [
        name for name in REQUIRED.get(doc_type, ()) if name not in found or found[name].source != "structured"
    ]
    return suggest(rows, ocr, found, [*doubtful, *weak, *must])


def _vessel(reading: Reading) -> str | None:
    """The type of what only carries other papers: an archive, a mail with papers attached."""
    if reading.media_type in _ARCHIVES:
        return ARCHIVE
    return "email" if reading.children and reading.media_type in _MAILS else None


def _sum_doubt(conflict: Conflict) -> Doubt:
    en, pl = _CHECKS[conflict.check]
    facts = {"check_en": en, "check_pl": pl, "stated": conflict.stated, "computed": conflict.computed}
    return Doubt("sums_differ", {"check": conflict.check, **facts})


def _contradicted(rows: Sequence[Row], doc_type: str, ocr: bool, stated: Mapping[str, str]) -> list[Doubt]:
    """A doubt for each field in which the data inside a paper and its pages differ."""
    return [
        Doubt(
            "data_differs",
            {
                "field": found.field,
                "field_en": FIELDS[found.field].en,
                "field_pl": FIELDS[found.field].pl,
                "stated": found.stated[:200],
                "shown": found.shown[:200] or "–",
            },
        )
        for found in differences(rows, doc_type, ocr, stated)
    ]


def _judged(decision: Decision, stated_domain: str | None) -> tuple[str, str, float, float]:
    """The likeliest type; within the domain the file states, if it states one."""
    ranked = decision.ranked
    if stated_domain is not None:
        inside = [(code, p) for code, p in ranked if kind_of(code).domain == stated_domain]
        total = sum(p for _, p in inside)
        if inside and total > 0:
            code, p = inside[0]
            return stated_domain, code, p / total, 0.99
    code, p = ranked[0]
    domain = kind_of(code).domain
    return domain, code, p, max(p, decision.domain_probability(domain))


def title_of(doc_type: str, values: Mapping[str, str], language: str | None, file_name: str | None) -> str:
    """Such as `Faktura FV/2026/0412 · ORLEN S.A.`, at most 120 characters; `values` by name of field.

    Lists show it, so it has no sensitive value in it.
    """
    kind = kind_of(doc_type)
    head = kind.pl if language == "pl" else kind.en
    hidden = sensitive_fields(doc_type, kind.domain, current())
    values = {name: value for name, value in values.items() if name not in hidden}
    number = next(
        (values[n] for n in ("invoice_number", "order_number", "document_number") if values.get(n)), ""
    )
    who = next(
        (
            values[n]
            for n in ("vendor", "employee", "name", "patient", "payer", "employer", "asset")
            if values.get(n)
        ),
        "",
    )
    parts = [f"{head} {number}".strip()]
    if doc_type == "email" and values.get("subject"):
        parts = [values["subject"]]
    if who:
        parts.append(who)
    if not number and values.get("date"):
        parts.append(values["date"][:10])  # a letter's date has its time of day
    if len(parts) == 1 and not number and file_name:
        shown = "".join(c for c in file_name if c.isprintable())
        parts.append(shown.rsplit("/", 1)[-1])
    return " · ".join(parts)[:120]
