"""Understanding: the type of everyday papers, doubt where there is reason to doubt."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akta.records.reasons import REASONS
from ingest.classify.evidence import lexicon, repair
from ingest.classify.finer import finer_lexicon
from ingest.classify.language import guess
from ingest.classify.types import DOMAINS, TYPES
from ingest.classify.words import skeleton, tokens
from ingest.fields.forms import wanted_fields
from ingest.fields.names import FIELDS
from ingest.model import Page, Reading, Structured, Word
from ingest.understand import WORKING_THRESHOLD, Understanding, load_model, understand
from tests.unit.ingest.understand_papers import NOBODYS, PAPERS


def reading(text: str, **more: object) -> Reading:
    page = Page(1, 595, 842, "recognised" if text.strip() else "blank", "text", "1", text)
    return Reading("application/pdf", (page,), total_pages=1, **more)  # type: ignore[arg-type]


def scanned(text: str, slip: dict[str, str]) -> Reading:
    """`text` as OCR might give it: letters exchanged, words of little confidence."""
    words = []
    for number, line in enumerate(text.splitlines()):
        place = 0.05
        for word in line.split():
            seen = "".join(slip.get(c, c) for c in word)
            top = 0.03 + 0.03 * number
            words.append(Word(seen, (place, top, place + 0.009 * len(word), top + 0.015), 0.6, number))
            place += 0.009 * len(word) + 0.008
    return Reading(
        "image/png", (Page(1, 595, 842, "recognised", "t", "1", "", tuple(words), 0.6),), total_pages=1
    )


def values(found: Understanding) -> dict[str, str]:
    return {f.name: f.value for f in found.fields}


@pytest.mark.parametrize("name", PAPERS)
def test_an_everyday_paper_is_known_with_confidence(name: str) -> None:
    domain, doc_type, text = PAPERS[name]
    found = understand(reading(text))
    assert (found.domain, found.doc_type) == (domain, doc_type)
    assert found.confidence >= WORKING_THRESHOLD
    assert {d.reason for d in found.doubts} <= {"unsure_fields"}


@pytest.mark.parametrize("name", PAPERS)
def test_slips_of_ocr_never_make_a_confident_mistake(name: str) -> None:
    domain, doc_type, text = PAPERS[name]
    found = understand(scanned(text, {"ł": "l", "ą": "a", "ę": "e", "O": "0", "I": "l", "S": "5"}))
    if found.confidence >= WORKING_THRESHOLD:
        assert (found.domain, found.doc_type) == (domain, doc_type)


@pytest.mark.parametrize("name", NOBODYS)
def test_nobodys_paper_goes_to_a_person(name: str) -> None:
    found = understand(reading(NOBODYS[name]))
    assert found.domain == "other" or found.confidence < WORKING_THRESHOLD
    assert {d.reason for d in found.doubts} & {"not_ours", "unsure_type"}


def test_a_blank_page_says_that_nothing_was_read() -> None:
    found = understand(reading(""), "scan.pdf")
    assert [d.reason for d in found.doubts] == ["nothing_read"]
    assert found.domain == "other"
    assert "scan.pdf" in found.title


def test_what_the_file_states_outranks_its_words() -> None:
    stated = Structured("UBL 2.1", "Order", {"order_number": "77"}, domain="order", doc_type="purchase_order")
    found = understand(reading(PAPERS["faktura"][2], structured=stated))
    assert (found.domain, found.doc_type) == ("order", "purchase_order")
    assert values(found)["order_number"] == "77"


def test_a_stated_domain_narrows_the_type() -> None:
    found = understand(reading(PAPERS["rechnung"][2], structured=Structured("mail", "", {}, domain="order")))
    assert found.domain == "order"


def test_an_invoice_is_read_field_by_field() -> None:
    found = understand(reading(PAPERS["faktura"][2]))
    got = values(found)
    assert got["invoice_number"] == "FV/2026/0412"
    assert (got["net"], got["vat"], got["total"], got["currency"]) == ("1020.00", "234.60", "1254.60", "PLN")
    assert (got["date"], got["due_date"]) == ("2026-03-12", "2026-03-26")
    assert (got["vendor"], got["buyer"]) == ("Tkalnia Polesie Sp. z o.o.", "Zakład Meblowy Dąb S.A.")
    assert (got["vendor_nip"], got["buyer_nip"]) == ("7251801126", "5261040828")
    assert found.title == "Faktura FV/2026/0412 · Tkalnia Polesie Sp. z o.o."
    assert found.language == "pl"
    assert found.doubts == ()


def test_a_purchase_order_is_issued_by_its_buyer() -> None:
    got = values(understand(reading(PAPERS["order en"][2])))
    assert (got["vendor"], got["buyer"], got["order_number"]) == (
        "Rope & Sail Co.",
        "Harbour Boats Ltd",
        "77120",
    )


def test_an_invoice_without_a_total_asks_a_person() -> None:
    text = "\n".join(
        line for line in PAPERS["faktura"][2].splitlines() if "020,00" not in line and "254" not in line
    )
    found = understand(reading(text))
    assert [d.reason for d in found.doubts] == ["unsure_fields"]
    assert "total" in found.doubts[0].params["fields"]


def test_the_same_reading_is_understood_the_same_way() -> None:
    assert understand(reading(PAPERS["cmr"][2])) == understand(reading(PAPERS["cmr"][2]))


def test_probabilities_are_probabilities() -> None:
    for domain, _, text in PAPERS.values():
        found = understand(reading(text))
        assert 0.0 <= found.confidence <= found.domain_confidence <= 1.0 + 1e-9
        assert all(0.0 < p < 1.0 and TYPES[c].domain == d for d, c, p in found.alternatives)
        assert domain in DOMAINS


@given(st.text(max_size=600))
def test_no_text_breaks_understanding(text: str) -> None:
    found = understand(reading(text))
    assert found.doc_type in TYPES
    assert all(d.reason in REASONS for d in found.doubts)
    assert all(f.name in FIELDS for f in found.fields)
    assert 0 < len(found.title) <= 120


def test_folding_forgives_accents_case_and_ocr() -> None:
    assert tokens("FAKTURA KORYGUJĄCA") == tokens("faktura korygujaca")
    assert skeleton("lNV0ICE") == skeleton("Invoice")
    assert tokens("F A K T U R A") == [skeleton("faktura")]


def test_a_word_one_letter_off_is_repaired_but_an_ordinary_one_is_kept() -> None:
    assert repair(skeleton("inwoice"), lexicon()) == skeleton("invoice")
    assert repair(skeleton("designation"), lexicon()) == skeleton("designation")
    assert repair(skeleton("zupełnie"), lexicon()) == skeleton("zupełnie")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Proszę o zapłatę kwoty w terminie i na konto", "pl"),
        ("Please pay the amount to the account of this company", "en"),
        ("Bitte zahlen Sie den Betrag auf das Konto der Firma", "de"),
        ("Veuillez payer le montant sur le compte de la société", "fr"),
        ("8817 2210 9921", None),
    ],
)
def test_the_language_is_told_by_small_words(text: str, language: str | None) -> None:
    assert guess([text]) == language


def test_a_letter_is_titled_by_its_subject_and_an_upo_not_by_its_hash() -> None:
    letter = {"subject": "Spotkanie w czwartek", "date": "2022-10-28T12:00:00+00:00"}
    stated = Structured("e-mail", "message", letter, domain="other", doc_type="email")
    assert (
        understand(reading("Dzień dobry", structured=stated), "a.eml").title
        == "Spotkanie w czwartek · 2022-10-28"
    )
    upo = (
        "Urzędowe poświadczenie odbioru\nKrajowy System e-Faktur\nNIP podmiotu 8991026067\n"
        "Numer faktury 48/03/2022\nData przesłania 16.03.2022\nSkrót dokumentu SHA-256 1f3a9c"
    )
    assert "SHA" not in understand(reading(upo)).title


def test_a_total_of_nothing_and_a_tax_number_misread_ask_a_person() -> None:
    receipt = "SKLEP ABC\nPARAGON FISKALNY\n2026-03-01\nChleb 4,50\nSUMA PLN 0,00\nGotówka 10,00"
    assert "total" in str([d.params for d in understand(reading(receipt)).doubts])
    invoice = PAPERS["faktura"][2]
    nip = next(m[1] for m in re.finditer(r"NIP:? ?([\d-]{10,13})", invoice))
    wrong = understand(reading(invoice.replace(nip, nip[:-1] + str((int(nip[-1]) + 1) % 10))))
    asked = str([d.params for d in wrong.doubts])
    assert "vendor_nip" in asked or "vendor_nip" not in values(wrong)


def test_what_a_child_needs_is_there_before_it_is_forked() -> None:
    """Else each child would compile the labels of all forms anew: most of what a short paper costs."""
    load_model()
    caches = (wanted_fields, finer_lexicon, lexicon)
    before = [cache.cache_info().misses for cache in caches]
    understand(reading("Faktura VAT nr 7/2026\nDo zapłaty: 12,00 PLN"))
    assert [cache.cache_info().misses for cache in caches] == before
