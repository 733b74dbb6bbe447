"""Which pages are read a second time, and when the second reading stays."""

from ingest.again import MOST_PAGES, doubts_of, pages_in_doubt, settles, with_pages
from ingest.model import Page, Reading
from ingest.understand import understand

_HEAD = "FAKTURA VAT nr FV/7/2026\nSprzedawca: Tkalnia Polesie Sp. z o.o.\n"
_FOOT = "Nabywca: Roth Handel S.A.\nRazem netto 100,00\nVAT 23% 23,00\nDo zapłaty 123,00 PLN\n"


def _page(text: str, number: int = 1, reader: str = "tesseract") -> Page:
    return Page(number, 595, 842, "recognised", reader, "5", text)


def _reading(*pages: Page) -> Reading:
    return Reading("image/png", pages, total_pages=len(pages))


def _invoice(nip: str = "5260001246", day: str = "Data wystawienia: 17.03.2026\n") -> str:
    return f"{_HEAD}{day}NIP: {nip}\n{_FOOT}"


def test_nothing_is_doubted_where_all_checks_hold() -> None:
    reading = _reading(_page(_invoice()))
    assert doubts_of(understand(reading)) == {}
    assert pages_in_doubt(reading, understand(reading)) == ()


def test_a_failed_check_names_its_page() -> None:
    reading = _reading(_page("Strona tytułowa faktury"), _page(_invoice("5260001244"), 2))
    assert doubts_of(understand(reading)) == {"vendor_nip": "nip wrong"}
    assert pages_in_doubt(reading, understand(reading)) == (2,)


def test_what_is_missing_is_sought_on_the_first_and_the_last_page() -> None:
    pages = [_page(_invoice(day="")), *(_page("Warunki dostawy", n) for n in (2, 3, 4))]
    reading = _reading(*pages)
    assert doubts_of(understand(reading))["date"] == "missing"
    assert pages_in_doubt(reading, understand(reading)) == (1, 4)
    assert len(pages_in_doubt(reading, understand(reading))) <= MOST_PAGES


def test_neither_text_layers_nor_what_both_readers_saw() -> None:
    for reader in ("pdf text layer", "tesseract+ppocr"):
        reading = _reading(_page(_invoice("5260001244"), reader=reader))
        assert doubts_of(understand(reading))
        assert pages_in_doubt(reading, understand(reading)) == ()


def test_a_sum_that_differs_is_doubted_unless_other_amounts_explain_it() -> None:
    text = _invoice().replace("Do zapłaty 123,00", "Do zapłaty 128,00")
    assert "net+vat!=total" in doubts_of(understand(_reading(_page(text)))).values()
    shipped = text.replace("Do zapłaty", "Wysyłka 5,00\nDo zapłaty")
    assert doubts_of(understand(_reading(_page(shipped)))) == {}


def test_the_second_reading_stays_only_if_it_settles_something() -> None:
    wrong, right = _reading(_page(_invoice("5260001244"))), _page(_invoice(), reader="tesseract+ppocr")
    before, after = understand(wrong), understand(with_pages(wrong, [right]))
    assert settles(before, after)
    assert not settles(after, before)
    assert not settles(before, before)
    failed = Page(1, 595, 842, "failed", "tesseract", "5", error="no memory")
    assert with_pages(wrong, [failed]) == wrong
