"""Snippets and the boxes to mark."""

import time

from indexer.query import parse
from indexer.snippets import PageWords, Snippet, marks, snippets

_TEXT = (
    "Faktura VAT FV/2026/0412 z dnia 2026-03-05\nSprzedawca: Stal-Pol Sp. z o.o. NIP 526-000-12-46\n"
    + "opis opis opis opis opis\n" * 30
    + "Zapłacono fakturami sprzed roku. Razem 1 234,50 zł"
)


def _page(text: str = _TEXT, number: int = 1) -> PageWords:
    # The box of a word is its index, so that a test can see which were marked.
    found = tuple((word, (float(i), 0.0, 1.0, 1.0), 0.9, 0) for i, word in enumerate(text.split()))
    return PageWords(number, text, found)


def _marked(text: str, query: str) -> list[str]:
    return [text.split()[int(box[0])] for box in marks(_page(text), parse(query))]


def _said(found: list[Snippet]) -> list[list[str]]:
    return [[s.text[a:b] for a, b in s.hits] for s in found]


def test_inflected_and_folded_forms_are_marked() -> None:
    assert _said(snippets([_page()], parse("faktura"))) == [["Faktura"], ["fakturami"]]
    assert _marked(_TEXT, "ZAPLACONO") == ["Zapłacono"]


def test_numbers_are_marked_however_they_are_written() -> None:
    assert _said(snippets([_page()], parse("5260001246"))) == [["526-000-12-46"]]
    assert _said(snippets([_page()], parse("1234.50"))) == [["1 234,50"]]
    assert _marked(_TEXT, "1234.50") == ["1", "234,50"]
    assert _marked(_TEXT, "05.03.2026") == ["2026-03-05"]
    assert _marked(_TEXT, "fv/2026*") == ["FV/2026/0412"]
    assert _marked(_TEXT, "nip:526-000-12-46") == ["526-000-12-46"]


def test_a_phrase_is_marked_only_as_a_whole() -> None:
    text = "nota korygująca do noty, nota zwykła, korygująca ręka"
    assert _marked(text, '"nota korygujaca"') == ["nota", "korygująca"]


def test_what_is_left_out_is_not_marked() -> None:
    assert _marked("alfa beta", "alfa -beta NOT gamma") == ["alfa"]


def test_a_damaged_word_is_marked_where_nothing_fits_better() -> None:
    assert _marked("Faktvra nr 5", "faktura") == ["Faktvra"]
    assert _marked("Faktvra i faktura", "faktura") == ["faktura"]
    assert _marked("Faktrua nr 5", "faktura") == ["Faktrua"]
    assert _marked("Fxktvra nr 5", "faktura") == []


def test_the_best_snippet_answers_most_of_the_query() -> None:
    pages = [_page("alfa alfa alfa", 1), _page("alfa beta", 2), _page("nic", 3)]
    found = snippets(pages, parse("alfa beta"))
    assert [s.page for s in found] == [2, 1]
    assert found[0].as_dict()["hits"] == [[0, 4], [5, 9]]


def test_a_snippet_is_a_short_piece_between_words_and_has_the_page_s_boxes() -> None:
    found = snippets([_page("x " * 500 + "szukane " + "słowo " * 500)], parse("szukane"))
    assert len(found) == 1
    assert len(found[0].text) < 400
    assert found[0].text.split()[-1] == "słowo"
    assert found[0].boxes == ((500.0, 0.0, 1.0, 1.0),)


def test_line_ends_become_blanks_and_places_stay() -> None:
    (found,) = snippets([_page("jeden\ndwa\ttrzy")], parse("trzy"))
    assert found.text == "jeden dwa trzy"
    assert found.hits == ((10, 14),)


def test_no_words_no_snippets() -> None:
    assert snippets([_page()], parse("")) == []
    assert snippets([_page()], parse("type:invoice total:>5")) == []
    assert marks(_page(), parse("-faktura")) == []


def test_a_long_page_is_marked_soon_and_not_without_end() -> None:
    page = _page("słowo inne " * 20_000)
    start = time.process_time()
    assert len(marks(page, parse("słowo inne trzecie"))) <= 300
    assert len(snippets([page], parse("słowo* ine~"))) == 3
    assert time.process_time() - start < 5


def test_words_misread_on_the_paper_or_in_the_query_are_marked() -> None:
    assert _marked("Final settlernent of accounts", "settlement") == ["settlernent"]
    assert _marked("Final settlements of accounts", "settlernent") == ["settlements"]
    assert _marked("Protokół ze spotkania zarządu", "5potkania") == ["spotkania"]
