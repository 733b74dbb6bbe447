"""What a paper is headed: the title of a contract, a policy, a notice."""

from collections.abc import Sequence
from typing import Final

from ingest.classify.evidence import lexicon
from ingest.classify.words import tokens
from ingest.fields.found import FoundField, at
from ingest.fields.rows import Row, cells

#: Types that are known by their heading rather than by a number.
TITLED: Final = frozenset(
    [
        "benefits_document",
        "contractor_agreement",
        "employment_contract",
        "equipment_log",
        "hr_policy",
        "it_contract",
        "it_policy",
        "order_form",
        "resignation_letter",
        "risk_register",
        "statement_of_work",
    ]
)
_ROWS: Final = 25
_LONGEST: Final = 9  # words


def find_title(rows: Sequence[Row], doc_type: str) -> FoundField | None:
    """The heading that names the paper's type, as it stands; None where no short line does."""
    titles = lexicon().titles
    best: tuple[float, FoundField] | None = None
    for row in rows[:_ROWS]:
        for cell in cells(row):
            begin, end = cell[0].start, cell[-1].start + len(cell[-1].text)
            text = row.text[begin:end]
            head, colon, rest = text.partition(": ")
            if colon and rest and len(head.split()) <= 3 and head.lower() not in ("re", "date"):
                begin, text = end - len(rest), rest  # `title: Leave types`, `Contoso: Benefit Change Notice`
            words = tokens(text)
            if not 1 <= len(words) <= _LONGEST or text.endswith((".", ":", ";")):
                continue
            share = _named(words, titles, doc_type)
            if share:
                score = share + 20 * row.height - 0.02 * row.index + 0.05 * min(4, len(words))
                if best is None or score > best[0]:
                    best = (score, at(row, begin, end, "title", text.strip(), 0.7, "position"))
    return best[1] if best else None


def _named(words: list[str], titles: dict[str, tuple[tuple[str, float], ...]], doc_type: str) -> float:
    """The largest share of the words that is a title of the type."""
    best = 0.0
    for start in range(len(words)):
        for end in range(start + 1, len(words) + 1):
            entries = titles.get(" ".join(words[start:end]), ())
            if any(code == doc_type for code, _ in entries):
                best = max(best, (end - start) / len(words))
    return best
