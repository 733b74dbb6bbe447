"""The papers that are searched: of the generators with known truth, and those of a manifest.

Generated papers come as their text with the fields that are true of them, as a perfect reader
would leave them. Papers of a manifest come as Akta's own readers read them, and only kinds that
need no recognition; they have no fields, so that all that finds them is their text.
"""

import hashlib
import json
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path

from akta.operations.evaluation.manifest import Truth, load_manifest
from indexer.loading import IDENTIFIERS
from indexer.model import IndexDocument
from ingest.extract.options import ReadOptions
from ingest.model import Reading
from ingest.sandbox import Limits, read_in_sandbox
from ingest.understand import title_of
from tests.papers import KINDS, generate, languages_for
from tests.papers.make import squeezed

_PARTIES = (
    *("vendor", "buyer", "employer", "employee", "holder", "payer", "patient", "client", "contractor"),
    *("consignor", "consignee", "carrier"),
)
#: Fields of a label or a generated paper that identify something.
NUMBERS = (
    *IDENTIFIERS,
    *("corrected_number", "employer_nip", "payer_nip", "specimen", "asset_number", "patient_id"),
)
AMOUNTS = ("total", "net", "vat", "gross_pay", "net_pay", "closing_balance", "opening_balance")
_READ_KINDS = ("born-digital", "text", "xml", "docx", "xlsx", "eml", "msg")
_RECEIVED = date(2026, 6, 1)
_LONGEST = 200_000
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Paper:
    """A paper: what it says, what is true of it, and what type it is of."""

    name: str
    language: str
    domain: str
    doc_type: str
    text: str
    truth: dict[str, str]
    title: str = ""
    generated: bool = True

    @cached_property
    def words(self) -> frozenset[str]:
        """All words of title and text in lower case, with their diacritics."""
        return frozenset(_WORD.findall(f"{self.title}\n{self.text}".casefold()))

    @cached_property
    def squeezed(self) -> str:
        """The text without anything but letters and digits."""
        return squeezed(self.text)

    @cached_property
    def flat(self) -> str:
        """The text with single blanks."""
        return " ".join(self.text.split())

    @property
    def parties(self) -> tuple[str, ...]:
        """Names of companies and people, of generated papers only."""
        return tuple(dict.fromkeys(v for n in _PARTIES if self.generated and (v := self.truth.get(n))))

    @property
    def total(self) -> Decimal | None:
        """The total, of generated papers only."""
        return Decimal(self.truth["total"]) if self.generated and "total" in self.truth else None

    @property
    def dated(self) -> date | None:
        """The paper's own date, of generated papers only."""
        return date.fromisoformat(self.truth["date"]) if self.generated and "date" in self.truth else None

    def document(self) -> IndexDocument:
        """The paper as the index takes it in."""
        truth = self.truth if self.generated else {}
        return IndexDocument(
            record_id=self.name,
            version=1,
            scopes=("all/1",),
            title=self.title,
            text=self.text,
            domain=self.domain or None,
            doc_type=self.doc_type or None,
            state="filed",
            language=self.language,
            parties=self.parties,
            identifiers=tuple(dict.fromkeys(truth[n] for n in IDENTIFIERS if truth.get(n))),
            amounts=tuple(Decimal(truth[n]) for n in ("total", "net", "vat") if n in truth),
            total=self.total,
            currency=truth.get("currency"),
            document_date=self.dated,
            due_date=date.fromisoformat(truth["due_date"]) if "due_date" in truth else None,
            received_on=_RECEIVED,
            keep_until=None,
            record_class=None,
            on_hold=False,
            confidence=None,
            channel="cli",
            file_name="skan.pdf",
        )


def generated(each: int) -> list[Paper]:
    """`each` papers of every kind and language of the generators, always the same."""
    made = []
    for kind in KINDS:
        for language in languages_for(kind):
            for seed in range(1, each + 1):
                paper = generate(kind, seed, language, "text")
                made.append(
                    Paper(
                        f"{kind}-{language}-{seed}",
                        language,
                        paper.domain,
                        paper.doc_type,
                        paper.text,
                        dict(paper.truth),
                        title_of(paper.doc_type, paper.truth, language, None),
                    )
                )
    return made


def labelled(manifest: Path) -> list[Paper]:
    """The papers of a manifest that need no recognition; read once, then kept in the temp folder."""
    mark = hashlib.sha256(manifest.read_bytes()).hexdigest()[:16]
    kept = Path(tempfile.gettempdir(), f"akta-retrieval-{mark}.jsonl")
    if not kept.exists():
        draft = kept.with_suffix(".draft")
        with draft.open("w", encoding="utf-8") as out:
            out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in _read(manifest))
        draft.rename(kept)
    with kept.open(encoding="utf-8") as lines:
        return [Paper(**json.loads(line), generated=False) for line in lines]


def _read(manifest: Path) -> Iterator[dict[str, object]]:
    for number, truth in enumerate(load_manifest(manifest)):
        if truth.kind not in _READ_KINDS:
            continue
        with tempfile.TemporaryDirectory() as out:
            options = ReadOptions(second_reader=False)
            reading = read_in_sandbox(truth.path, truth.path.name, options, Limits(), Path(out))
        if isinstance(reading, Reading) and reading.text.strip():
            yield {
                "name": f"labelled-{number:04}",
                "language": truth.language,
                "domain": truth.domain,
                "doc_type": truth.doc_type,
                "text": reading.text[:_LONGEST],
                "truth": _flat(truth),
            }


def _flat(truth: Truth) -> dict[str, str]:
    return {name: str(value) for name, value in truth.fields.items() if isinstance(value, (str, int, float))}
