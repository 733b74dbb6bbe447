"""What Word shows and does not write into the text: numbers of paragraphs, boxes of forms, corrections."""

from pathlib import Path

from ingest.model import Reading
from tests.papers.broken import broken
from tests.unit.ingest.sandboxed import read_broken
from tests.unit.ingest.test_extract_office import DOCX, W, packed, read

NUMBERING = (
    f"<w:numbering {W}>"
    '<w:abstractNum w:abstractNumId="5">'
    '<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="§ %1."/></w:lvl>'
    '<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="%1.%2)"/></w:lvl>'
    '<w:lvl w:ilvl="2"><w:start w:val="4"/><w:numFmt w:val="upperRoman"/><w:lvlText w:val="%3"/></w:lvl>'
    '<w:lvl w:ilvl="3"><w:numFmt w:val="bullet"/><w:lvlText w:val="x"/></w:lvl></w:abstractNum>'
    '<w:num w:numId="1"><w:abstractNumId w:val="5"/></w:num>'
    '<w:num w:numId="2"><w:abstractNumId w:val="5"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/>'
    "</w:lvlOverride></w:num></w:numbering>"
)
STYLES = (
    f'<w:styles {W}><w:style w:styleId="Paragraf"><w:pPr>'
    '<w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
    '<w:style w:styleId="Dalszy"><w:basedOn w:val="Paragraf"/></w:style></w:styles>'
)


def _item(text: str, level: int = 0, number: int = 1) -> str:
    places = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>'
    return f"<w:p><w:pPr>{places}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def _styled(text: str, style: str, more: str = "") -> str:
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{more}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>'


def _document(body: str, **parts: str) -> bytes:
    return packed(
        {
            "word/document.xml": f"<w:document {W}><w:body>{body}</w:body></w:document>",
            "word/numbering.xml": NUMBERING,
            "word/styles.xml": STYLES,
            **{f"word/{name}.xml": f"<w:x {W}>{inner}</w:x>" for name, inner in parts.items()},
        }
    )


def _lines(tmp_path: Path, data: bytes) -> list[str]:
    result = read(tmp_path, data, DOCX)
    assert isinstance(result, Reading)
    return [" ".join(line.split()) for line in result.text.splitlines() if line.strip()]


def test_paragraphs_of_a_contract_have_their_numbers(tmp_path: Path) -> None:
    body = (
        _item("Przedmiot")
        + _item("pierwsze", 1)
        + _item("drugie", 1)
        + _item("głęboko", 2)
        + _item("dalej", 2)
        + _item("punkt", 3)
        + _styled("Wynagrodzenie", "Dalszy")
        + _item("znów pierwsze", 1)
        + _styled("Bez numeru", "Dalszy", '<w:numPr><w:numId w:val="0"/></w:numPr>')
        + _item("Od nowa", 0, 2)
        + _item("Dalej", 0, 2)
        + "<w:p/>"
    )
    assert _lines(tmp_path, _document(body)) == [
        "§ 1. Przedmiot",
        "1.a) pierwsze",
        "1.b) drugie",
        "IV głęboko",
        "V dalej",
        "• punkt",
        "§ 2. Wynagrodzenie",
        "2.a) znów pierwsze",
        "Bez numeru",
        "§ 1. Od nowa",
        "§ 2. Dalej",
    ]


def test_boxes_of_forms_and_rows_that_were_deleted(tmp_path: Path) -> None:
    def row(text: str, before: str = "") -> str:
        return f"<w:tr>{before}<w:tc><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:tc></w:tr>"

    body = (
        '<w:p><w:r><w:sym w:font="Wingdings" w:char="F0FE"/><w:t xml:space="preserve"> tak </w:t>'
        '<w:sym w:font="Wingdings" w:char="F0A8"/><w:t> nie</w:t>'
        '<w:sym w:font="Inny" w:char="F0A8"/><w:sym w:char="xx"/></w:r></w:p>'
        "<w:tbl>"
        + row("zostaje")
        + row("znika", "<w:trPr><w:del/></w:trPr>")
        + f"<w:sdt><w:sdtContent>{row('w polu')}</w:sdtContent></w:sdt></w:tbl>"
    )
    assert _lines(tmp_path, _document(body)) == ["☑ tak ☐ nie", "zostaje", "w polu"]


def test_a_header_of_three_kinds_of_pages_is_read_once(tmp_path: Path) -> None:
    head = "<w:p><w:r><w:t>Firma</w:t></w:r></w:p>"
    data = _document(_item("Treść"), header1=head, header2=head, header3=head, footer1="<w:p/>")
    assert _lines(tmp_path, data) == ["Firma", "§ 1. Treść"]


def test_broken_packages_are_read_or_refused(tmp_path: Path) -> None:
    data = _document("".join(_item(f"punkt {n}", n % 4) for n in range(60)))
    results = read_broken(tmp_path, broken(data, 30), "a.docx")
    assert any(not isinstance(r, Reading) for r in results)
