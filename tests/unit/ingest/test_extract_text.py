"""Text in all its encodings, tables, logs and instrument exports."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.extract import html, rtf, text
from ingest.extract import json as json_extractor
from ingest.extract.charset import decode
from ingest.extract.context import ReadContext
from ingest.extract.layout import MAX_TEXT_PAGES, Lines, reading
from ingest.extract.options import ReadOptions
from ingest.fields.names import FIELDS
from ingest.model import Reading, Refusal
from ingest.read import read_file
from tests.papers.broken import broken
from tests.unit.ingest.sandboxed import read_broken

POLISH = (
    "Zażółć gęślą jaźń. Spółka zapłaciła za usługę; należność wynosi 1 234,56 zł.\nŁódź, dnia 3 grudnia\n"
)

EIGHT_BITS = ("cp1250", "iso8859-2", "cp852", "mazovia", "mac_latin2")
Run = Callable[..., Reading]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def read(
        extract: Callable[..., Reading | Refusal], data: bytes, name: str, media_type: str = "text/plain"
    ) -> Reading:
        path = tmp_path / "in"
        path.write_bytes(data)
        result = extract(path, media_type, ReadContext(ReadOptions(max_pages=5000), tmp_path, name))
        assert isinstance(result, Reading)
        return result

    return read


@pytest.mark.parametrize(
    "charset",
    [*EIGHT_BITS, "utf-8", "utf-8-sig", "utf-16-le", "utf-16-be", "utf-16"],
)
def test_polish_text_is_read_in_every_encoding_offices_left_behind(charset: str) -> None:
    decoded = decode(POLISH.encode(charset))
    assert decoded.text == POLISH
    assert decoded.guessed == (charset not in ("utf-8", "utf-8-sig", "utf-16"))


#: What offices export, in few words: headings, lists of names, single lines.
SHORT = (
    "Należność: 10,00 zł\n",
    "FAKTURA NR 7\nSPÓŁKA ŻÓŁW, ŁÓDŹ\nNALEŻNOŚĆ 100,00 ZŁ\n",
    "Świętosława Ćwiąkalska;ul. Śniadeckich 5;Gdańsk\n",
    "Lp;Nazwa;Ilość;Wartość\n1;Śruba;10;1 234,56\n2;Wąż ogrodowy;3;99,00\n3;Żarówka;5;15,50\n",
)


@pytest.mark.parametrize("charset", ["cp1250", "iso8859-2", "cp852", "mazovia", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", SHORT)
def test_few_polish_words_are_enough(charset: str, text: str) -> None:
    assert decode(text.encode(charset)).text == text


def test_a_byte_that_is_no_letter_keeps_its_sign_in_mazovia() -> None:
    # Frames of tables and the pound sign's neighbours are those of code page 437.
    assert b"\xc4\xb3\x81\x92".decode("mazovia") == "─│üł"
    assert "ł".encode("mazovia") == b"\x92"
    with pytest.raises(LookupError):
        "ł".encode("mazovia2")


def test_german_text_is_not_taken_for_polish() -> None:
    german = "Rechnung über Büromöbel für die Geschäftsstelle Köln, Größe groß"
    assert decode(german.encode("cp1252")).text == german


def test_wrong_bytes_in_utf8_are_replaced_and_flagged() -> None:
    decoded = decode(POLISH.encode() + b"\xff tail")
    assert decoded.text.startswith(POLISH)
    assert decoded.damaged


def test_every_word_has_a_box_inside_its_page_and_columns_stay_aligned(run: Run) -> None:
    result = run(text.extract, b"Nazwa     Kwota\nPapier    12,00\n", "a.txt")
    words = result.pages[0].words
    assert [w.text for w in words] == ["Nazwa", "Kwota", "Papier", "12,00"]
    assert all(0 <= w.box[0] < w.box[2] <= 1 and 0 <= w.box[1] < w.box[3] <= 1 for w in words)
    assert words[1].box[0] == words[3].box[0]
    assert [w.line for w in words] == [0, 0, 1, 1]


def test_characters_that_are_not_seen_are_written_out(run: Run) -> None:
    result = run(text.extract, "faktura_\u202efdp.exe\x00".encode(), "a.txt")
    assert result.text == "faktura_\\u202efdp.exe\\x00"
    assert result.flags == ("hidden_characters",)


def test_the_pages_of_a_long_text_beyond_those_laid_out_are_text_to_be_found(run: Run) -> None:
    result = run(text.extract, b"line\n" * (70 * MAX_TEXT_PAGES + 3) + b"last\n", "a.txt")
    assert (len(result.pages), result.total_pages, result.flags) == (MAX_TEXT_PAGES + 1,) * 2 + ((),)
    assert all(p.words for p in result.pages[:MAX_TEXT_PAGES])
    last = result.pages[-1]
    assert (last.words, last.text.splitlines(), last.outcome) == ((), ["line"] * 3 + ["last"], "recognised")


def test_long_text_keeps_within_the_page_limit_and_says_so(tmp_path: Path) -> None:
    lines = Lines()
    lines.extend(["line"] * 211)
    result = reading(lines, "text/plain", ReadContext(ReadOptions(max_pages=3), tmp_path), reader="text")
    assert (len(result.pages), result.total_pages, result.flags) == (3, 4, ("partly_read",))


def test_nothing_written_is_a_blank_page(tmp_path: Path) -> None:
    result = reading(Lines(), "text/plain", ReadContext(ReadOptions(), tmp_path), reader="text")
    assert [p.outcome for p in result.pages] == ["blank"]


def test_a_table_is_shown_aligned_with_its_own_delimiter(run: Run) -> None:
    result = run(text.extract, b"nazwa;kwota\nPapier biurowy;12,50\nTusz;7,00\n", "a.csv", "text/csv")
    assert result.text.splitlines() == [
        "nazwa           kwota",
        "Papier biurowy  12,50",
        "Tusz            7,00",
    ]


@pytest.mark.parametrize(
    "entry",
    [
        "Feb 12 14:10:21 host7 sshd[16378]: Invalid user pascal from 192.0.2.9 port 53502",
        '192.0.2.1 - - [24/Jan/2022:16:22:14 +0000] "GET / HTTP/1.1" 404 552',
        "2024-05-01 10:00:00,120 ERROR [main] Cannot connect",
        '{"time":"2022-01-16T15:42:37+00:00","level":2,"message":"Login failed"}',
    ],
)
def test_logs_are_told_by_the_grammar_of_their_lines(run: Run, entry: str) -> None:
    structured = run(text.extract, f"{entry}\n".encode() * 4, "unnamed").structured
    assert structured is not None
    assert (structured.domain, structured.doc_type) == ("it", "system_log")
    assert structured.fields["lines"] == "4"


def test_syslog_names_its_service_and_host(run: Run) -> None:
    line = b"Feb 12 14:10:21 host7 sshd[16378]: error: maximum attempts exceeded\n"
    structured = run(text.extract, line * 3, "auth.log").structured
    assert structured is not None
    assert structured.fields["service"] == "sshd"
    assert structured.fields["host"] == "host7"
    assert structured.fields["errors"] == "3"


def test_a_letter_with_a_date_in_it_is_no_log(run: Run) -> None:
    letter = "Warszawa, 2024-05-01 10:00\n\nSzanowni Państwo,\nprosimy o zapłatę.\nZ poważaniem\nJan Nowak\n"
    assert run(text.extract, letter.encode(), "list.txt").structured is None


def test_instrument_export_yields_what_its_header_says(run: Run) -> None:
    export = (
        "Software Version\t3.12.08\nReader Type:\tSynergy H1\nReader Serial Number:\t1908273\n"
        "Operator:\tmkowalska\n"
        "Date\t10/31/2022\nTime\t9:00:04 PM\nPlate Number\tPlate 1\n\n"
        "Well\tAbsorbance\nA1\t0.12\nA2\t0.31\nA3\t0.9\n"
    )
    structured = run(text.extract, export.encode(), "export.txt").structured
    assert structured is not None
    assert structured.doc_type == "instrument_result"
    assert structured.fields == {
        "software_version": "3.12.08",
        "model": "Synergy H1",
        "serial_number": "1908273",
        "analyst": "mkowalska",
        "date": "2022-10-31T21:00:04",
        "technique": "plate reader",
        "measurements": "3",
    }


def test_an_inventory_with_serial_numbers_is_no_instrument_export(run: Run) -> None:
    rows = b"Asset;Model;Serial number;User\nLaptop;T14;PF123;anna\nLaptop;T14;PF124;piotr\n"
    assert run(text.extract, rows, "assets.csv", "text/csv").structured is None


def test_json_is_shown_and_fhir_yields_fields(run: Run) -> None:
    report = {
        "resourceType": "DiagnosticReport",
        "id": "r1",
        "status": "final",
        "code": {"text": "Morfologia"},
        "effectiveDateTime": "2024-03-02",
        "subject": {"display": "Jan Nowak"},
        "contained": [
            {
                "resourceType": "Observation",
                "code": {"text": "Hemoglobina"},
                "valueQuantity": {"value": 9.1, "unit": "g/dL"},
                "interpretation": [{"coding": [{"code": "L"}]}],
            }
        ],
    }
    result = run(json_extractor.extract, json.dumps(report).encode(), "r.json", "application/json")
    assert result.structured is not None
    assert result.structured.doc_type == "lab_report"
    assert result.structured.fields["patient"] == "Jan Nowak"
    assert result.structured.fields["tests"] == "Morfologia"
    assert result.structured.fields["abnormal_flags"] == "1"
    assert "9.1 g/dL" in result.text


def test_deep_json_is_survived(run: Run) -> None:
    result = run(json_extractor.extract, b"[" * 100_000, "deep.json", "application/json")
    assert "damaged" in result.flags


def test_html_becomes_text_without_its_scripts(run: Run) -> None:
    page = (
        "<html><head><title>Oferta</title><script>steal()</script></head><body><h1>Oferta nr 7</h1>"
        "<table><tr><td>Papier</td><td>12,00</td></tr></table><p>Ważna do <b>31.12.2025</b></p>"
        '<img src="https://tracker.example/x.png"></body></html>'
    )
    result = run(html.extract, page.encode(), "o.html", "text/html")
    assert [line for line in result.text.splitlines() if line] == [
        "Oferta",
        "Oferta nr 7",
        "Papier  12,00",
        "Ważna do 31.12.2025",
    ]
    assert result.flags == ("active_content", "external_references")


def test_rtf_text_is_read_with_its_code_page_and_unicode(run: Run) -> None:
    source = rb"{\rtf1\ansi\ansicpg1250{\fonttbl{\f0 Arial;}}\f0 Umowa o prac\'ea\par Kwota 10 z\u322?\par}"
    assert run(rtf.extract, source, "u.rtf", "application/rtf").text == "Umowa o pracę\nKwota 10 zł"


def test_running_text_is_broken_at_the_width_of_a_sheet(run: Run) -> None:
    paragraph = " ".join(["Pracownik zobowiązuje się do zachowania tajemnicy."] * 12)
    table = "<table><tr>" + "<td>" + "</td><td>".join(["Kwota netto w złotych"] * 9) + "</td></tr></table>"
    letter = run(html.extract, f"<p>{paragraph}</p>".encode() * 80 + table.encode(), "a.html", "text/html")
    first, last = letter.pages[0], letter.pages[-1]
    assert first.width < first.height
    assert all(len(line) <= 110 for line in first.text.splitlines())
    assert last.width > first.width  # what stands in columns stays in its row
    assert " ".join(letter.text.split()).startswith(paragraph)


def test_field_names_are_lower_case_words_with_labels_in_both_languages() -> None:
    assert all(
        name == f.name and name.replace("_", "").isalpha() and f.en and f.pl for name, f in FIELDS.items()
    )
    assert FIELDS["total"].type == "amount"


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])
@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "cp1250", "cp852", "utf-16"])
def test_tables_with_any_delimiter_and_quotes(
    tmp_path: Path, delimiter: str, quoting: int, charset: str
) -> None:
    rows = [
        ["Lp", "Nazwa", "Kwota"],
        ["1", 'Śruba "M6"; długa', "1 234,56"],
        ["2", "Wąż\nogrodowy", "99,00"],
        ["3", "a, b | c", "-5,00"],
    ]
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, quoting=quoting).writerows(rows)  # type: ignore[arg-type]
    path = tmp_path / "in"
    path.write_bytes(out.getvalue().encode(charset))
    for name in ("a.csv", "a"):
        result = read_file(path, ReadContext(ReadOptions(), tmp_path, name))
        assert isinstance(result, Reading)
        assert result.media_type == "text/csv"
        assert [line.rstrip() for line in result.text.splitlines()] == [
            "Lp  Nazwa              Kwota",
            '1   Śruba "M6"; długa  1 234,56',
            "2   Wąż ogrodowy       99,00",
            "3   a, b | c           -5,00",
        ]


@pytest.mark.parametrize("name", ["a.csv", "a.txt", "a.html", "a.json", "a.xml"])
def test_broken_texts_are_read_or_refused(tmp_path: Path, name: str) -> None:
    samples = {
        "a.csv": 'Lp;"Nazwa";Kwota\n1;"Śruba; ""M6""";1 234,56\n' * 30,
        "a.txt": POLISH * 10,
        "a.html": "<html><body><table><tr><td>Śruba</td><td>1,00</td></tr></table></body></html>" * 5,
        "a.json": json.dumps({"nazwa": "Śruba", "pozycje": [{"kwota": 1.5}] * 20}),
        "a.xml": "<?xml version='1.0'?><a><b c='d'>Śruba</b></a>",
    }
    data = samples[name].encode("cp1250" if name == "a.txt" else "utf-8")
    results = read_broken(tmp_path, broken(data, 18), name)
    reasons = {r.reason for r in results if isinstance(r, Refusal)}
    assert reasons <= {"damaged", "unknown_format", "forbidden_xml", "executable", "empty"}
    assert any(isinstance(r, Reading) for r in results)
