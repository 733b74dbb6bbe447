"""A small whole file of every format there is a reader for: what fuzzing begins from."""

import gzip
import io
import json
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from typing import Final

from PIL import Image

from tests.papers.facturx import facturx
from tests.papers.ledgers import camt, ledger, mt940
from tests.papers.make import generate
from tests.papers.office97 import excel_file, powerpoint_file, word_file
from tests.papers.outlook import Letter, msg_file, tnef_file
from tests.papers.pictures import saved

_BILL: Final = "Faktura VAT nr FV/7/2026\nData: 2026-03-01\nNIP: 526-000-12-46\nRazem: 1 234,50 PLN\n"
_LETTER: Final = Letter(
    subject="Faktura",
    body=_BILL,
    sender="Anna",
    smtp="anna@firma.test",
    to=[("Jan", "jan@firma.test")],
    files=[("faktura.txt", _BILL.encode()), Letter(subject="wewnątrz", body="Umowa")],
)
_ODF: Final = "urn:oasis:names:tc:opendocument:xmlns"


def _paper(kind: str, medium: str, language: str = "pl") -> Callable[[], bytes]:
    return lambda: generate(kind, 31, language, medium, 100).data  # type: ignore[arg-type]


def _picture(form: str) -> Callable[[], bytes]:
    def make() -> bytes:
        page = Image.open(io.BytesIO(generate("receipt", 31, "pl", "scan", 72).data)).convert("RGB")
        made = io.BytesIO()
        page.resize((page.width // 3, page.height // 3)).save(made, form)
        return made.getvalue()

    return make


def _zip(**members: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), data)
    return made.getvalue()


def _odt() -> bytes:
    content = (
        f'<office:document-content xmlns:office="{_ODF}:office:1.0" xmlns:text="{_ODF}:text:1.0" '
        f'xmlns:table="{_ODF}:table:1.0"><office:body><office:text><text:h>Umowa</text:h><text:p>z dnia '
        f"2026-03-01<text:s text:c='3'/>o pracę</text:p><table:table><table:table-row><table:table-cell "
        f'table:number-columns-repeated="3"><text:p>12,50</text:p></table:table-cell></table:table-row>'
        f"</table:table></office:text></office:body></office:document-content>"
    )
    mime = b"application/vnd.oasis.opendocument.text"
    return _zip(mimetype=mime, content_xml=content.encode(), styles_xml=b"<a/>")


def _tar() -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        member = tarfile.TarInfo("faktura.txt")
        member.size = len(_BILL.encode())
        archive.addfile(member, io.BytesIO(_BILL.encode()))
    return made.getvalue()


def _fhir() -> bytes:
    code = {"text": "Glukoza", "coding": [{"system": "http://loinc.org", "code": "2345-7"}]}
    value = {"value": 5.4, "unit": "mmol/l"}
    seen = {"resourceType": "Observation", "id": "o", "code": code, "valueQuantity": value}
    report = {
        "resourceType": "DiagnosticReport",
        "status": "final",
        "code": code,
        "subject": {"display": "Jan Kowalski"},
        "effectiveDateTime": "2026-03-01",
        "contained": [seen],
    }
    return json.dumps(report).encode()


def _jpk() -> bytes:
    return (
        b'<?xml version="1.0" encoding="UTF-8"?><JPK xmlns="http://jpk.mf.gov.pl/wzor/2022/02/17/02171/">'
        b"<Naglowek><KodFormularza kodSystemowy='JPK_FA (4)' wersjaSchemy='1-0'>JPK_FA</KodFormularza>"
        b"<DataOd>2026-03-01</DataOd><DataDo>2026-03-31</DataDo></Naglowek><Podmiot1><NIP>5260001246</NIP>"
        b"<PelnaNazwa>Firma</PelnaNazwa></Podmiot1><Faktura><P_1>2026-03-01</P_1><P_15>12.50</P_15></Faktura></JPK>"
    )


_PLATE: Final = "\n".join(
    [
        "##BLOCKS= 1",
        "\t".join(["", *map(str, range(1, 13))]),
        *("\t".join([r, *["0.125"] * 12]) for r in "ABC"),
    ]
)
_LOG: Final = "".join(
    f"Mar  1 10:00:{n:02d} brama sshd[{n}]: Failed password for ola from 10.0.0.1\n" for n in range(9)
)
_JOURNAL: Final = "".join(
    json.dumps({"__REALTIME_TIMESTAMP": "1700000000000000", "MESSAGE": "start", "_SYSTEMD_UNIT": "a.service"})
    + "\n"
    for _ in range(4)
)
_RTF: Final = rb"{\rtf1\ansi\ansicpg1250{\fonttbl{\f0 Arial;}}{\pntext 1.}Umowa \'b9 z dnia {\b 2026-03-01}\par Razem\cell 12,50\cell\row}"

#: Name of the sample, file name, and what makes its bytes.
_MAKERS: Final[dict[str, tuple[str, Callable[[], bytes]]]] = {
    "pdf": ("a.pdf", _paper("invoice", "pdf")),
    "scan-pdf": ("a.pdf", _paper("receipt", "scan-pdf")),
    "factur-x": ("a.pdf", lambda: facturx(31).data),
    "ksef": ("a.xml", _paper("invoice", "xml")),
    "ubl": ("a.xml", _paper("invoice", "xml", "en")),
    "upo": ("a.xml", _paper("upo", "xml")),
    "jpk": ("a.xml", _jpk),
    "camt": ("a.xml", lambda: camt(ledger(31)).encode()),
    "mt940": ("a.sta", lambda: mt940(ledger(31)).encode()),
    "hl7": ("a.hl7", _paper("lab_report", "hl7")),
    "fhir": ("a.json", _fhir),
    "json": ("a.json", lambda: json.dumps({"faktura": [{"kwota": "12,50", "n": n} for n in range(9)]}).encode()),
    "text": ("a.txt", _paper("invoice", "text")),
    "csv": ("a.csv", lambda: ("Lp.;Nazwa;Kwota\n" + "1;Śruba;12,50\n" * 9).encode("cp1250")),
    "html": ("a.html", lambda: f"<html><body><h1>Faktura</h1><table><tr><td>{_BILL}</table></body></html>".encode()),
    "log": ("a.log", lambda: _LOG.encode()),
    "journal": ("a.json", lambda: _JOURNAL.encode()),
    "instrument": ("a.txt", lambda: _PLATE.encode("utf-16")),
    "rtf": ("a.rtf", lambda: _RTF),
    "eml": ("a.eml", _paper("invoice", "eml")),
    "msg": ("a.msg", lambda: msg_file(_LETTER)),
    "tnef": ("winmail.dat", lambda: tnef_file(_LETTER)),
    "docx": ("a.docx", _paper("invoice", "docx")),
    "xlsx": ("a.xlsx", _paper("invoice", "xlsx")),
    "odt": ("a.odt", _odt),
    "doc": ("a.doc", lambda: word_file("Umowa o pracę\rz dnia 2026-03-01\r", notes="Przypis\r", piece=7)),
    "xls": ("a.xls", lambda: excel_file({"Arkusz": [["Nazwa", "Kwota"], ["Śruba", 12.5]]}, notes={"A1": "uwaga"})),
    "ppt": ("a.ppt", lambda: powerpoint_file([(["Szkolenie"], ["BHP"], "notatka")])),
    "zip": ("a.zip", lambda: _zip(a_txt=_BILL.encode(), b__c_txt=b"Umowa o prace")),
    "tar": ("a.tar", _tar),
    "gzip": ("a.gz", lambda: gzip.compress(_BILL.encode())),
    "jpeg": ("a.jpg", _picture("JPEG")),
    "png": ("a.png", _picture("PNG")),
    "tiff": ("a.tif", _picture("TIFF")),
    "gif": ("a.gif", _picture("GIF")),
    "bmp": ("a.bmp", _picture("BMP")),
    "webp": ("a.webp", _picture("WEBP")),
    "heic": ("a.heic", lambda: saved(Image.new("RGB", (64, 48), "white"), "HEIF")),
}  # fmt: skip
NAMES: Final = tuple(_MAKERS)


def sample(name: str) -> tuple[str, bytes]:
    """File name and bytes of one sample; always the same."""
    file_name, make = _MAKERS[name]
    return file_name, make()


def samples() -> Iterator[tuple[str, str, bytes]]:
    """(name, file name, bytes) of all samples."""
    for name in NAMES:
        yield (name, *sample(name))
