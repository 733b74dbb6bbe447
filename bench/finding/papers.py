"""Records in any number, written straight into the database: what a back office has after years.

Fifteen types in two languages, two thousand parties, words that occur as often as words do
(Zipf's law: the n-th commonest about 1/n as often), numbers, amounts and dates as on paper.
The same number and seed give the same papers. Nothing is read or understood here: this is
what reading and understanding leave behind.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from random import Random
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

import akta.access.models  # noqa: F401 - records refer to users
from akta.db.engine import Database
from akta.kernel.ids import new_id
from akta.records.models import Field, PageText, Party, Record, RecordParty
from akta.records.pages import pack
from akta.records.parties.names import fold

#: Code, domain, confidentiality, language, title, words of its kind.
KINDS = (
    ("invoice", "accounting", 1, "pl", "Faktura", "faktura sprzedawca nabywca netto brutto razem do zapłaty"),
    ("invoice_correction", "accounting", 1, "pl", "Faktura korygująca", "korekta przyczyna korekty różnica"),
    ("receipt", "accounting", 1, "pl", "Paragon", "paragon fiskalny suma gotówka reszta kasa"),
    ("invoice", "accounting", 1, "en", "Invoice", "invoice seller buyer net gross amount due terms"),
    ("bank_statement", "accounting", 2, "pl", "Wyciąg", "wyciąg saldo przelew uznanie obciążenie"),
    ("tax_form", "accounting", 2, "pl", "PIT-11", "podatnik płatnik przychód zaliczka urząd skarbowy"),
    ("employment_contract", "hr", 3, "pl", "Umowa o pracę", "umowa pracodawca pracownik wynagrodzenie"),
    ("medical_certificate", "hr", 3, "pl", "Orzeczenie lekarskie", "orzeczenie lekarz brak przeciwwskazań"),
    ("resume", "hr", 2, "en", "Curriculum vitae", "experience education skills languages references"),
    ("purchase_order", "order", 1, "en", "Purchase order", "purchase order delivery quantity unit price"),
    ("despatch_advice", "order", 1, "pl", "WZ", "wydanie zewnętrzne magazyn ilość odebrał wydał"),
    ("transport_document", "order", 1, "pl", "List przewozowy", "nadawca odbiorca przewoźnik paleta"),
    ("lab_report", "lab", 2, "pl", "Wynik badania", "badanie próbka wynik norma morfologia glukoza"),
    ("equipment_log", "it", 1, "en", "Equipment log", "device event severity restarted temperature"),
    ("service_report", "it", 1, "pl", "Protokół serwisowy", "urządzenie serwis usterka naprawa przegląd"),
)
_ENDINGS_PL = (
    "",
    "a",
    "y",
    "ę",
    "ą",
    "u",
    "em",
    "ami",
    "ach",
    "owi",
    "ów",
    "om",
    "ie",
    "owy",
    "owa",
    "owego",
)
_ENDINGS_EN = ("", "s", "ed", "ing", "er", "ers", "ly", "ment")
_ROWS = """
ka ro mi te la po wi ne sta bo za ku dre pi so ma go ti ra ze cho li by ja szy ło ści wa do fe ni
bra pra le tor men gra wo du kie sy pe ha lon ter
"""
_SYLLABLES = _ROWS.split()
_FORMS = ("Sp. z o.o.", "S.A.", "Sp. j.", "Ltd", "GmbH", "s.c.")
_TRADES = (
    "Handel",
    "Serwis",
    "Transport",
    "Biuro",
    "Hurtownia",
    "Systems",
    "Medica",
    "Budowa",
    "Druk",
    "Agro",
)
_BEGIN = datetime(2021, 1, 4, 7, tzinfo=UTC)
_YEARS = 5.8
_WORDS_A_LINE = 9


@dataclass(frozen=True, slots=True)
class Made:
    """The rows of one record."""

    record: dict[str, Any]
    page: dict[str, Any]
    fields: list[dict[str, Any]]
    parties: list[dict[str, Any]]
    number: str


class Papers:
    """Makes papers; `parties` are inserted before them."""

    def __init__(self, seed: int = 1, parties: int = 2000, vocabulary: int = 40_000) -> None:
        chance = Random(seed)
        self._seed = seed
        self.words: dict[str, list[str]] = {}
        self._weights: dict[str, list[float]] = {}
        for language, endings in (("pl", _ENDINGS_PL), ("en", _ENDINGS_EN)):
            kinds = [k[5].split() for k in KINDS if k[3] == language]
            common = list(dict.fromkeys(itertools.chain.from_iterable(kinds)))
            made = dict.fromkeys(common)
            while len(made) < vocabulary:
                stem = "".join(chance.choices(_SYLLABLES, k=chance.choice((2, 2, 3, 3, 4))))
                for ending in chance.sample(endings, 3):
                    made[stem + ending] = None
            self.words[language] = list(made)
            self._weights[language] = list(itertools.accumulate(1 / (n + 3) for n in range(len(made))))
        names: dict[str, None] = {}
        while len(names) < parties:
            stem = "".join(chance.choices(_SYLLABLES, k=chance.choice((2, 3)))).capitalize()
            names[f"{stem} {chance.choice(_TRADES)} {chance.choice(_FORMS)}"] = None
        self.parties = [(new_id(), name, f"{chance.randrange(10**9, 10**10)}") for name in names]

    def adopt(self, session: Session) -> None:
        """Use the numbers that the parties have in an archive filled before."""
        known = {row.nip: row.id for row in session.execute(select(Party.nip, Party.id))}
        self.parties = [(known.get(nip, i), name, nip) for i, name, nip in self.parties]

    def party_rows(self) -> list[dict[str, Any]]:
        return [
            {"id": i, "key": f"nip:{nip}", "name": "", "nip": nip, "created_at": _BEGIN, "root_id": i}
            for i, _, nip in self.parties
        ]

    def make(self, number: int, total: int, at: datetime | None = None) -> Made:
        """The paper of this number of so many; they are spread over the years in order."""
        chance = Random(self._seed * 10_000_019 + number)
        at = at or _BEGIN + timedelta(days=365 * _YEARS * number / max(1, total))
        code, domain, level, language, title, special = KINDS[
            min(int(chance.expovariate(0.28)), len(KINDS) - 1)
        ]
        party_id, party, nip = self.parties[min(int(chance.paretovariate(0.6)) - 1, len(self.parties) - 1)]
        dated = (at - timedelta(days=chance.randrange(12))).date()
        paper = f"{title[:2].upper()}/{dated.year}/{dated.month:02}/{number}"
        amount = f"{chance.lognormvariate(6, 1.6):.2f}"
        body = chance.choices(
            self.words[language], cum_weights=self._weights[language], k=chance.randrange(50, 150)
        )
        printed = amount.replace(".", ",") if language == "pl" else amount
        words = [
            *title.split(), "nr", paper, *party.split(), "NIP", nip, f"{dated:%d.%m.%Y}",
            *special.split(), *body, printed, "PLN" if language == "pl" else "EUR",
        ]  # fmt: skip
        record_id = new_id(int(at.timestamp() * 1000))
        lines = [words[n : n + _WORDS_A_LINE] for n in range(0, len(words), _WORDS_A_LINE)]
        placed = [
            (word, (0.1 + 0.09 * x, 0.05 + 0.03 * y, 0.18 + 0.09 * x, 0.07 + 0.03 * y), 0.95, y)
            for y, line in enumerate(lines)
            for x, word in enumerate(line)
        ]
        values = {
            "document_number": paper, "date": dated.isoformat(), "total": amount, "vendor": party,
            "vendor_nip": nip, "currency": "PLN" if language == "pl" else "EUR",
        }  # fmt: skip
        review = chance.random() < 0.04
        return Made(
            record={
                "id": record_id, "state": "review" if review else "filed", "row_version": 1,
                "reason": "unsure_fields" if review else None,
                "file_name": f"scan-{number:07}.pdf", "media_type": "application/pdf", "size": 40_000,
                "sha256": f"{number:064x}", "channel": chance.choice(("web", "api", "cli")),
                "title": f"{title} {paper} {party}", "domain": domain, "doc_type": code,
                "confidence": round(chance.uniform(0.6, 1), 3), "language": language,
                "document_date": dated, "page_count": 1, "pages_done": 1,
                "class_code": f"{domain}-{1 + number % 4}", "confidentiality": level,
                "held": chance.random() < 0.01, "received_at": at, "ended_at": at,
            },
            page={
                "record_id": record_id, "number": 1, "width": 595.0, "height": 842.0, "outcome": "text",
                "reader": "bench", "reader_version": "1", "confidence": 0.95,
                "text": "\n".join(" ".join(line) for line in lines), "words": pack(placed),
            },
            fields=[
                {"id": new_id(), "record_id": record_id, "position": n, "name": name, "value": value,
                 "raw": value, "confidence": 0.97, "reader": "bench"}
                for n, (name, value) in enumerate(values.items())
            ],
            parties=[
                {"record_id": record_id, "role": "vendor", "party_id": party_id, "name": party,
                 "core": fold(party)[:200]}
            ],
            number=paper,
        )  # fmt: skip


def insert_made(session: Session, made: list[Made]) -> None:
    """Write the rows of several papers, in the caller's transaction."""
    session.execute(insert(Record), [m.record for m in made])
    session.execute(insert(PageText), [m.page for m in made])
    session.execute(insert(Field), [row for m in made for row in m.fields])
    session.execute(insert(RecordParty), [row for m in made for row in m.parties])


def fill(database: Database, papers: Papers, count: int, batch: int = 1000) -> Iterator[int]:
    """Write all papers, made by two processes; yields how many are in."""
    with database.write() as session:
        session.execute(insert(Party), papers.party_rows())
    parts = [(begin, min(count, begin + batch), count) for begin in range(0, count, batch)]
    done = 0
    with get_context("fork").Pool(2, _set_papers, (papers,)) as pool:
        for made in pool.imap(_make_part, parts):
            with database.write() as session:
                insert_made(session, made)
            done += len(made)
            yield done


_papers: Papers | None = None


def _set_papers(papers: Papers) -> None:
    global _papers
    _papers = papers


def _make_part(part: tuple[int, int, int]) -> list[Made]:
    assert _papers is not None
    begin, end, count = part
    return [_papers.make(number, count) for number in range(begin, end)]
